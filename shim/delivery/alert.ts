// The one alert of an outbreak: to the journal, and to a webhook if there is one.

import type { Account } from '../config/account.ts';
import { type Outbreak, outbreakText } from './outbreak.ts';

/** Milliseconds for the webhook. */
const TIMEOUT = 10_000;

/** Never throws, and does not wait: mail goes on meanwhile. */
export function alertOutbreak(outbreak: Outbreak, account: Account, complain: (text: string) => void): void {
  const text = `outbreak: ${outbreakText(outbreak)}; ${
    account.outbreak === 'hold'
      ? 'the others are held, `mailshim queue list` shows them'
      : 'all are sent (outbreak warn)'
  }`;
  complain(text);
  const { outbreakWebhook: url } = account;
  if (url === undefined) return;
  const { by, name, user, script = null, count, limit } = outbreak;
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({
      event: 'outbreak',
      text,
      by,
      name,
      user,
      script,
      count,
      limit,
      held: account.outbreak === 'hold',
    }),
    redirect: 'error',
    signal: AbortSignal.timeout(TIMEOUT),
  }).then(
    async (response) => {
      await response.body?.cancel();
      if (!response.ok) complain(`outbreak_webhook: HTTP ${response.status}`);
    },
    (error: unknown) => complain(`outbreak_webhook: ${error instanceof Error ? error.message : error}`),
  );
}
