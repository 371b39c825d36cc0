// Whether the relay is open, seen from where strangers are: the Worker's probe, where it may be asked (GET /v1/probe).

import type { Account } from '../config/account.ts';

/** Milliseconds: the probe holds two dialogues, each with pauses of Postfix. */
const PATIENCE = 20_000;

export interface OutsideView {
  result: 'refused' | 'accepted';
  /** The relay's words. */
  reply: string;
}

/** Undefined where there is no Worker, it may not probe this relay, or did not get so far. */
export async function seenFromOutside({
  host,
  port,
  preflightUrl,
  preflightToken,
}: Account): Promise<OutsideView | undefined> {
  if (preflightUrl === undefined) return undefined;
  try {
    const response = await fetch(`${preflightUrl.replace(/\/+$/, '')}/v1/probe?host=${encodeURIComponent(host)}`, {
      headers: preflightToken === undefined ? {} : { authorization: `Bearer ${preflightToken}` },
      // The token is for this address alone.
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    });
    if (!response.ok) return undefined;
    const { ports } = (await response.json()) as {
      ports?: { port?: unknown; relaying?: { result?: unknown; reply?: unknown } | null }[];
    };
    const relaying = ports?.find((each) => each.port === port)?.relaying;
    if (relaying?.result !== 'refused' && relaying?.result !== 'accepted') return undefined;
    return { result: relaying.result, reply: String(relaying.reply ?? '').slice(0, 300) };
  } catch {
    // That the Worker does not answer has been told with the program.
    return undefined;
  }
}
