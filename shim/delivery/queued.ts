// One attempt to deliver a mail of the spool, and its end: gone, waiting, or failed.

import type { Account } from '../config/account.ts';
import { refuseBroken } from '../config/files.ts';
import { EX, ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { type Field, fieldValue, isNamed, parseMessage } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';
import { createDialogue } from '../notify/dialogue.ts';
import { EntryError, invocationOf, type OpenEntry, type Submission } from '../spool/entry.ts';
import { isDue, nextAttempt } from '../spool/schedule.ts';
import { copySettled, type EntryState, sinceAccepted } from '../spool/state.ts';
import { forgetDropped, forgetTaken } from '../spool/take.ts';
import { noteUncertain } from '../spool/uncertain.ts';
import { failed, failure } from '../submit/outcome.ts';
import type { Outcome } from '../types.ts';
import { envelopeSender, fallbackOf, openAccount, senderAt } from './account.ts';
import { attemptDelivery } from './attempt.ts';
import { conclude, type Sent } from './conclude.ts';
import { logOfAccount, logOfConfiguration, type MailLog, withNotes, withRecord } from './log.ts';
import { type Outbreak, outbreakText } from './outbreak.ts';
import { overPool, relayOf } from './pooled.ts';
import { type PreparedMail, prepareMail } from './prepare.ts';
import { isAway, withFallback } from './result.ts';
import type { Next, Opened, SenderContext } from './stages.ts';

/** Milliseconds for one mail, whatever the relay does; a large mail over a slow line gets more by its size. */
const DEADLINE = 900_000;
/** Bytes a millisecond that a line must carry beyond that. */
const SLOWEST = 4;
/** Characters of a script's name. */
const MAX_SCRIPT = 200;
/** Milliseconds until a file is looked at again that the system does not let us read. */
const UNREADABLE_PAUSE = 300_000;

const DONE: Next = { kind: 'done' };

/** Looks at an entry without changing it; `force`: now, whatever its time is. */
export function openForAttempt(id: string, context: SenderContext, force: boolean): Opened | Next {
  const { spool, environment, pool } = context;
  const now = environment.now().getTime();
  let entry: OpenEntry;
  try {
    entry = spool.open('queue', id);
  } catch (error) {
    if (!(error instanceof EntryError)) throw error;
    return unusable(id, error, context, now);
  }
  const { submission } = entry;
  const stored = spool.state(id);
  const state = sinceAccepted(stored, submission, context.random);
  if (stored.attempts === 0 && submission.earlier?.uncertain) noteUncertain(spool.folder);
  const invocation = invocationOf(submission);
  let log: MailLog = { settings: undefined, notes: [] };
  try {
    if (!force && !isDue(state, now)) return { kind: 'later', at: state.nextAttempt };
    const configuration = context.configuration(invocation);
    log = logOfConfiguration(configuration, environment);
    refuseBroken(configuration, environment.euid);
    const account = openAccount(configuration, invocation, submission.envelopeFrom, environment);
    const relay = relayOf(account, submission.overrides);
    const expires = (state.retriedAt ?? submission.acceptedAt) + account.queueLifetime;
    const { busy, pausedUntil } = pool.health(relay);
    if (now < expires) {
      if (pausedUntil > now && account.fallbackAccount === undefined)
        return { kind: 'later', at: pausedUntil, relay, expires };
      if (busy >= account.relayConnections)
        return { kind: 'busy', relay, expires, connections: account.relayConnections };
    }
    // Before anything is waited for, or as many as there are mails would see the same free place.
    pool.reserve(relay);
    const opened: Opened = {
      kind: 'opened',
      id,
      entry,
      state,
      configuration,
      account,
      log: withRecord(logOfAccount(account, invocation), { queueId: id, ...uidOf(submission) }),
      dialogue: createDialogue(),
      relay,
      expires,
    };
    // From here on it is for `attempt` to close.
    entry = { ...entry, close: () => undefined };
    return opened;
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // The configuration is wrong, not the mail: it waits until that is corrected.
    return putOff({ id, state, submission, log }, error.message, context, now);
  } finally {
    entry.close();
  }
}

function uidOf({ submittedBy }: Submission): { uid?: number } {
  return submittedBy === undefined ? {} : { uid: submittedBy };
}

/** Sends an entry that was opened; it is never lost, whatever happens. */
export async function attempt(opened: Opened, context: SenderContext): Promise<Next> {
  const { id, entry, state, log } = opened;
  const { spool } = context;
  const { submission } = entry;
  try {
    forgetDropped(spool, id, entry);
    forgetTaken(spool, id);
    if (!spool.move(id, 'queue', 'active')) return DONE;
    const sent = await send(opened, context);
    return 'held' in sent ? hold(sent, opened, context) : await conclude(sent, opened, context);
  } catch (error) {
    // A bug met on one mail must not stop the others; it is deferred, and the log has the reason.
    const what = error instanceof Error ? (error.stack ?? error.message).replace(/\s*\n\s*/g, ' | ') : String(error);
    // Recipients that have it by now are not forgotten.
    const saved = sinceAccepted(spool.state(id), submission, context.random);
    const latest = saved.attempts > state.attempts ? saved : { ...state, settled: saved.settled };
    const next = putOff({ id, state: latest, submission, log }, `internal error: ${what}`, context);
    spool.move(id, 'active', 'queue');
    return next;
  } finally {
    context.pool.release(opened.relay);
    entry.close();
  }
}

/** Held back by the outbreak guard. */
interface Held {
  held: Outbreak;
  log: MailLog;
}

async function send(opened: Opened, context: SenderContext): Promise<Sent | Held> {
  const { id, entry, state, account, configuration } = opened;
  const { submission } = entry;
  const { environment } = context;
  const recipients = submission.recipients.filter((recipient) => state.settled[recipient] === undefined);
  let from = submission.envelopeFrom ?? account.from ?? '';
  let { log } = opened;
  try {
    const parsed = parseMessage(
      filePieces(
        entry.descriptor,
        entry.start,
        entry.size,
        () => new ExitError(EX.IOERR, `the entry ${id} ends too soon`),
      ),
    );
    const script = scriptOf(parsed.fields);
    if (script !== undefined) log = withRecord(log, { script });
    from = envelopeSender(invocationOf(submission), account, headerFrom(parsed.fields));
    const outbreak = judge({ ...opened, log }, { from, ...(script === undefined ? {} : { script }) }, context);
    if (outbreak?.isNew) log = withNotes(log, `outbreak: ${outbreakText(outbreak)}`);
    if (outbreak !== undefined && account.outbreak === 'hold') return { held: outbreak, log };
    const waiting = { ...submission, recipients };
    const by = async (chosen: Account, relay: string, sender = from) =>
      attemptDelivery(
        await prepareMail(chosen, { ...waiting, envelopeFrom: sender }, parsed, environment, context.preflight),
        {
          transmit: (prepared) => transmit(prepared, relay, opened, context),
          // What the pre-flight finds is the same each time.
          tellPreflight: state.attempts === 0,
        },
      );
    const attempted = await by(account, opened.relay);
    const fallback = isAway(attempted.outcome) ? fallbackOf(account, configuration, environment) : undefined;
    if (fallback === undefined) return { ...attempted, log };
    const sender = senderAt(fallback, account, from);
    return { ...withFallback(attempted, fallback, await by(fallback, relayOf(fallback), sender)), log };
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    const kind = error.code === EX.NOPERM || error.code === EX.DATAERR ? 'rejected' : 'deferred';
    // Transactions before this one may have served some.
    const { settled } = context.spool.state(id);
    const rest = recipients.filter((recipient) => settled[recipient] === undefined);
    return { outcome: failed(failure(kind, { ...error.diagnostic, code: error.code })), recipients: rest, from, log };
  }
}

/** PHP's name for the script that made the mail; the mail's author can write it too, so that it only ever narrows. */
function scriptOf(fields: readonly Field[]): string | undefined {
  const field = fields.find((each) => isNamed(each, 'x-php-originating-script'));
  return field === undefined ? undefined : fieldValue(field).slice(0, MAX_SCRIPT);
}

/** Each mail is counted once, at its first attempt. */
function judge(
  { entry, state, account }: Opened,
  { from, script }: { from: string; script?: string },
  context: SenderContext,
): Outbreak | undefined {
  if (account.outbreak === 'off' || state.attempts > 0 || state.held) return undefined;
  const { submittedBy = context.environment.euid, recipients } = entry.submission;
  const source = { user: submittedBy, sender: from, ...(script === undefined ? {} : { script }) };
  const outbreak = context.guard.count(source, recipients.length, account.outbreakLimit);
  if (outbreak?.isNew) context.alert(outbreak, account);
  return outbreak;
}

function hold({ held, log }: Held, { id, state }: Opened, { spool, ledger, log: write }: SenderContext): Next {
  const reason = `held: ${outbreakText(held)}`;
  spool.save(id, { ...state, held: true }, true);
  spool.hold(id, 'active', reason);
  ledger.touch();
  write(log, EX.UNAVAILABLE, reason);
  return DONE;
}

async function transmit(
  prepared: PreparedMail,
  relay: string,
  opened: Opened,
  context: SenderContext,
): Promise<Outcome> {
  const { account, redirected } = prepared;
  const { entry, state, expires } = opened;
  const { pool, environment } = context;
  const { pausedUntil, reason } = pool.health(relay);
  const now = environment.now().getTime();
  // While the relay does not answer, one more question would be the same for each of thousands.
  if (pausedUntil > now && (now >= expires || account.fallbackAccount !== undefined || relay !== opened.relay))
    return failed(
      failure('deferred', { id: '', text: reason ?? state.reason ?? '', code: EX.UNAVAILABLE }, { scope: 'relay' }),
    );
  const progress = (known: Pick<Outcome, 'accepted' | 'refused'>) => {
    // The address that replaces all recipients is not a recipient of the mail.
    if (redirected === undefined) saveProgress(known, opened, context);
  };
  return overPool(pool, relay, prepared, {
    transcript: opened.dialogue,
    limit: DEADLINE + entry.size / SLOWEST,
    progress,
  });
}

/** Between two transactions of one mail: recipients that have it must not get it again, whatever happens next. */
function saveProgress(
  { accepted, refused }: Pick<Outcome, 'accepted' | 'refused'>,
  { id, state: before }: Opened,
  { spool }: SenderContext,
): void {
  const state = spool.state(id);
  const settled = copySettled(state.settled);
  const uncertain = before.uncertain ? { uncertain: true as const } : {};
  for (const { recipient, reply } of accepted)
    settled[recipient] = { result: 'delivered', reply, unreported: true, ...uncertain };
  for (const { recipient, reply, permanent } of refused)
    if (permanent) settled[recipient] = { result: 'failed', reply, unreported: true };
  spool.save(id, { ...state, settled }, true);
}

function unusable(id: string, error: EntryError, context: SenderContext, now: number): Next {
  if (error.kind === 'gone') return DONE;
  if (error.kind === 'unreadable') {
    context.complain(`queue/${id} cannot be read (${error.message}); it is tried again later`);
    return { kind: 'later', at: now + UNREADABLE_PAUSE };
  }
  const state = { ...context.spool.state(id), reason: `the file ${error.message}` };
  context.complain(`queue/${id} ${error.message}; moved to failed/`);
  if (context.spool.move(id, 'queue', 'active')) context.spool.fail(id, state);
  return DONE;
}

function putOff(
  { id, state, submission, log }: { id: string; state: EntryState; submission: Submission; log: MailLog },
  reason: string,
  context: SenderContext,
  now = context.environment.now().getTime(),
): Next {
  const attempts = state.attempts + 1;
  // Its time does not run out by our own fault.
  const lifetime = Number.POSITIVE_INFINITY;
  const at = nextAttempt({ acceptedAt: submission.acceptedAt, now, attempts, random: context.random, lifetime })!;
  context.spool.save(id, { ...state, attempts, lastAttempt: now, nextAttempt: at, reason });
  context.ledger.stuck(submission.account ?? 'default', { reason, pausedUntil: at });
  const full = withNotes(withRecord(log, { queueId: id }), `queued: ${id} next attempt ${new Date(at).toISOString()}`);
  context.log(full, EX.CONFIG, reason);
  return { kind: 'later', at };
}
