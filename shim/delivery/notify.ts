// The notification to the sender of a mail that is not delivered (RFC 3464), permanently or yet: made, and put into the
// same spool.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { domainOfAddress } from '../../shared/message/address.ts';
import { statusOf } from '../../shared/replies/status.ts';
import { defined } from '../defined.ts';
import { EX, ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { joinFields, parseMessage } from '../intake/header.ts';
import { type BounceLimiter, createBounceLimiter, decideNotice } from '../notify/policy.ts';
import { deliveryStatus } from '../notify/report.ts';
import { messageIdValue } from '../prepare/headers.ts';
import { commit } from '../spool/commit.ts';
import type { Submission } from '../spool/entry.ts';
import { relayName } from '../submit/open.ts';
import type { SenderContext, Undelivered } from './stages.ts';

/** Notices of the last hour, so that a sender that starts anew still knows them. */
const LIMITER = 'notices.json';

/** Never throws: what becomes of the mail is the same. Returns a note for the log, which has the reason why there is no notice, too. */
export async function notifySender(undelivered: Undelivered, context: SenderContext): Promise<string | undefined> {
  const { opened, action, dialogue } = undelivered;
  const { id, entry, account } = opened;
  const { submission } = entry;
  const { spool, environment } = context;
  const envelopeFrom = submission.envelopeFrom ?? undelivered.from;
  const notify = submission.dsnNotify ?? account.dsnNotify;
  const decision =
    account.bounceTo === 'off'
      ? ({ send: false, why: 'not-wanted' } as const)
      : decideNotice({ envelopeFrom, action, ...defined({ notify, bounceTo: account.bounceTo }) });
  if (!decision.send) {
    // Few senders ask for a notice of a delay; that this one did not is not logged.
    return action === 'delayed' ? undefined : `notice: none for ${id} (${decision.why})`;
  }
  try {
    const now = environment.now().getTime();
    const limiter = readLimiter(spool.folder);
    const allowance = limiter.take(decision.to, now);
    keepLimiter(spool.folder, limiter);
    if (!allowance.allowed) return `notice: none for ${id} (${decision.to} got too many within the hour)`;
    const from =
      account.from ?? (decision.to.includes('@') ? `MAILER-DAEMON@${domainOfAddress(decision.to)}` : decision.to);
    const pieces = filePieces(
      entry.descriptor,
      entry.start,
      entry.size,
      () => new ExitError(EX.IOERR, `${id} ends too soon`),
    );
    const { fields, body } = parseMessage(pieces);
    const seed = environment.random(16);
    const notice = deliveryStatus({
      reportingMta: environment.host,
      arrivedAt: submission.acceptedAt,
      now,
      envelopeFrom,
      ...(submission.envelopeId === undefined ? {} : { envelopeId: submission.envelopeId }),
      to: decision.to,
      from,
      recipients: undelivered.recipients.map(({ address, reply }) => {
        const said = /^[245]\d\d[ -]/.test(reply);
        const unsaid = action === 'delayed' ? '4.4.1' : reply.startsWith('4.4.7') ? '4.4.7' : '5.0.0';
        return {
          address,
          action,
          status: statusOf(reply, unsaid),
          diagnostic: said ? `smtp; ${reply}` : `x-mailshim; ${reply}`,
          ...(said ? { remoteMta: account.host } : {}),
          relay: account.host,
          lastAttempt: now,
          ...(action === 'delayed' ? { willRetryUntil: opened.expires } : {}),
        };
      }),
      ...(dialogue === undefined || dialogue === '' ? {} : { dialogue }),
      original: { head: joinFields(fields), body },
      ret: (submission.dsnReturn ?? account.dsnReturn) === 'full' ? 'full' : 'headers',
      boundary: `mailshim-${environment.random(18)}`,
      messageId: messageIdValue(new Date(now), seed, domainOfAddress(from)),
      suppressed: allowance.suppressed,
    });
    const about: Submission = {
      acceptedAt: now,
      seed,
      recipients: [decision.to],
      envelopeFrom: '',
      account: account.name,
      ...defined({ file: submission.file, overrides: submission.overrides }),
    };
    const place = { kind: 'private', folder: spool.folder, setUp: true } as const;
    const message = (function* () {
      yield notice.head;
      yield* notice.body;
    })();
    const kept = commit(place, about, message, environment.euid, () => environment.random(8));
    const what = action === 'failed' ? 'was not delivered' : 'is not delivered yet';
    return `notice: ${kept.id} reports to ${decision.to} that ${id} ${what} by ${relayName(account)}`;
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error);
    context.complain(`${id} ${action === 'failed' ? 'failed' : 'waits'}, and no notice could be made: ${what}`);
    return `notice: none for ${id} (${what})`;
  }
}

function readLimiter(folder: string): BounceLimiter {
  try {
    return createBounceLimiter(JSON.parse(readFileSync(join(folder, LIMITER), 'utf8')));
  } catch {
    return createBounceLimiter(undefined);
  }
}

function keepLimiter(folder: string, limiter: BounceLimiter): void {
  const temporary = join(folder, 'tmp', LIMITER);
  writeFileSync(temporary, JSON.stringify(limiter.state()), { mode: 0o600 });
  renameSync(temporary, join(folder, LIMITER));
}
