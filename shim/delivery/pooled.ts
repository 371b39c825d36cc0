// A mail sent over connections of the pool: one of the queue, or one whose caller waits for the answer.

import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import type { Submission } from '../spool/entry.ts';
import type { Transcript } from '../submit/dialogue.ts';
import type { RelayPool } from '../submit/pool.ts';
import type { SendOptions, Session } from '../submit/session.ts';
import type { Outcome } from '../types.ts';
import { overSessions } from './attempt.ts';
import type { PreparedMail } from './prepare.ts';

/** Mails with the same key may share a connection. */
export function relayOf(account: Account, overrides: Submission['overrides'] = {}): string {
  return `${account.file} ${account.name} ${JSON.stringify(overrides)}`;
}

export interface Pooled extends SendOptions {
  transcript: Transcript;
  /** Milliseconds for the mail over one connection. */
  limit: number;
  /** The session that has the mail. */
  opened?: (session: Session) => void;
}

/** In a place that was reserved. */
export function overPool(
  pool: RelayPool,
  relay: string,
  { account, envelope, mail }: PreparedMail,
  { transcript, limit, opened, ...options }: Pooled,
): Promise<Outcome> {
  return overSessions(
    envelope,
    async (rest) => {
      const taken = await pool.take(relay, account, () => passwordOf(account), transcript);
      if (!('session' in taken)) return { outcome: taken, fresh: true };
      const { session, fresh, notes } = taken;
      opened?.(session);
      const timer = setTimeout(() => session.close(), limit);
      let outcome: Outcome | undefined;
      try {
        outcome = await session.send(rest, mail, options);
        return { outcome: { ...outcome, notes: [...notes, ...outcome.notes] }, fresh };
      } finally {
        clearTimeout(timer);
        pool.give(relay, session, outcome?.failure);
      }
    },
    options.progress,
  );
}
