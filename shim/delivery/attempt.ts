// One attempt at a prepared mail: asked about, handed to the relay, and what came of it. The same for a mail that is sent
// at once and for one of the spool; they differ in how the relay is reached.

import { EX } from '../exit.ts';
import { failed, failure, joined } from '../submit/outcome.ts';
import { dropSuspicion } from '../submit/provider.ts';
import { type Progress, unsettled } from '../submit/session.ts';
import type { Envelope, Outcome } from '../types.ts';
import type { PreparedMail } from './prepare.ts';
import type { Attempted } from './result.ts';

/** Hands the mail to the relay; never rejects for what the network or the relay does. */
export type Transmit = (prepared: PreparedMail) => Promise<Outcome>;

export interface HowToAttempt {
  transmit: Transmit;
  /** Log the pre-flight's answer also if it does not decide; it is the same for each attempt, so once is enough. */
  tellPreflight: boolean;
}

/** @throws ExitError for what `transmit` needs and does not have, such as a password */
export async function attemptDelivery(
  prepared: PreparedMail,
  { transmit, tellPreflight }: HowToAttempt,
): Promise<Attempted> {
  const { account, preflight, envelope } = prepared;
  const decides = account.preflight === 'enforce';
  const notes = [...prepared.notes];
  if (decides) {
    const { note, refusal } = await preflight();
    if (note !== undefined) notes.push(note);
    if (refusal !== undefined)
      return {
        prepared,
        outcome: failed(failure('rejected', { id: '', text: refusal, code: EX.NOPERM })),
        unsent: true,
        notes,
      };
  }
  const outcome: Outcome =
    envelope.recipients.length === 0 ? { accepted: [], refused: [], notes: [] } : await transmit(prepared);
  // If the answer decides nothing, it is awaited once the mail has left.
  if (!decides && tellPreflight) {
    const { note } = await preflight();
    if (note !== undefined) notes.push(note);
  }
  notes.push(...outcome.notes.map(({ text }) => `note: ${text}`));
  const reply = outcome.accepted.at(-1)?.reply;
  const suspicion = reply === undefined ? undefined : dropSuspicion(account, reply)?.text;
  return { prepared, outcome, notes, ...(suspicion === undefined ? {} : { suspicion }) };
}

export interface OverOneSession {
  outcome: Outcome;
  /** The connection served no mail before. */
  fresh: boolean;
}

/**
 * Goes on over a new connection where one takes no more mail, and where one that was kept open turns out to be closed:
 * the end of a connection is not about the mail. `progress` is called between two that both have recipients.
 */
export async function overSessions(
  envelope: Envelope,
  once: (rest: Envelope) => Promise<OverOneSession>,
  progress?: Progress,
): Promise<Outcome> {
  let sofar: Outcome = { accepted: [], refused: [], notes: [] };
  for (;;) {
    const { outcome, fresh } = await once({ ...envelope, recipients: unsettled(envelope, sofar) });
    sofar = joined(envelope.recipients, sofar, outcome);
    const isProgress = !fresh || outcome.accepted.length + outcome.refused.length > 0;
    if (sofar.failure?.scope !== 'session' || !isProgress) return sofar;
    if (sofar.accepted.length + sofar.refused.length > 0) progress?.(sofar);
  }
}
