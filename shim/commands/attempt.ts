// One attempt to deliver a mail of the spool, and what it leaves: gone, waiting, or failed.

import type { Account } from '../config/account.ts';
import { passwordOf } from '../config/secrets.ts';
import { EX, ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { parseMessage } from '../intake/header.ts';
import { headerFrom } from '../intake/recipients.ts';
import { createDialogue, type Dialogue } from '../notify/dialogue.ts';
import { noteDoubt } from '../spool/doubt.ts';
import { EntryError, invocationOf, type OpenEntry, type Submission } from '../spool/entry.ts';
import { isDue, nextAttempt } from '../spool/schedule.ts';
import { copySettled, type EntryState, sinceAccepted } from '../spool/state.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import { failed, failure, joined } from '../submit/outcome.ts';
import { tlsPlan } from '../submit/plan.ts';
import { dropSuspicion } from '../submit/provider.ts';
import { unserved } from '../submit/session.ts';
import type { Outcome } from '../types.ts';
import { mailOf } from './direct.ts';
import { prepareMail } from './prepare.ts';
import { MailReport } from './report.ts';
import type { SenderContext } from './runner.ts';
import { envelopeSender, openAccount } from './send.ts';

/** Milliseconds for one mail, whatever the relay does; a large mail over a slow line gets more by its size. */
const DEADLINE = 900_000;
/** Milliseconds after which a mail is delayed, as in sendmail: whoever asked to be told of that (NOTIFY=DELAY) is told once. */
const DELAYED = 4 * 3_600_000;
/** Octets a millisecond that a line must carry beyond that. */
const SLOWEST = 4;
/** Milliseconds until a file is looked at again that the system does not let us read. */
const UNREADABLE_PAUSE = 300_000;

/** What to do with the entry next. */
export type Next =
  | { kind: 'done' }
  /** Not before this time. */
  | { kind: 'later'; at: number; relay?: string; expires?: number }
  /** Its relay has no free connection. */
  | { kind: 'busy'; relay: string; expires: number; connections: number };

const DONE: Next = { kind: 'done' };

/** An entry opened and found due, with where it goes. */
export interface Opened {
  kind: 'opened';
  id: string;
  entry: OpenEntry;
  state: EntryState;
  account: Account;
  report: MailReport;
  dialogue: Dialogue;
  /** Mails with the same key may share a connection. */
  relay: string;
  expires: number;
}

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
  if (stored.attempts === 0 && submission.earlier?.uncertain) noteDoubt(spool.folder);
  const report = new MailReport(environment);
  const invocation = invocationOf(submission);
  try {
    if (!force && !isDue(state, now)) return { kind: 'later', at: state.nextAttempt };
    const configuration = context.configuration(invocation, report);
    const account = openAccount(configuration, invocation, submission.envelopeFrom, environment, report);
    const relay = `${account.file} ${account.name} ${JSON.stringify(submission.overrides ?? {})}`;
    const expires = (state.retriedAt ?? submission.acceptedAt) + account.queueLifetime;
    const { busy, pausedUntil } = pool.health(relay);
    if (now < expires) {
      if (pausedUntil > now) return { kind: 'later', at: pausedUntil, relay, expires };
      if (busy >= account.relayConnections)
        return { kind: 'busy', relay, expires, connections: account.relayConnections };
    }
    // Before anything is waited for, or as many as there are mails would see the same free place.
    pool.reserve(relay);
    const dialogue = createDialogue();
    const opened: Opened = { kind: 'opened', id, entry, state, account, report, dialogue, relay, expires };
    // From here on it is for `attempt` to close.
    entry = { ...entry, close: () => undefined };
    return opened;
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    // The configuration is wrong, not the mail: it waits until that is mended.
    return putOff({ id, state, submission, report }, error.message, context, now);
  } finally {
    entry.close();
  }
}

/** Sends an entry that was opened; it is never lost, whatever happens. */
export async function attempt(opened: Opened, context: SenderContext): Promise<Next> {
  const { id, entry, state, account, report } = opened;
  const { spool } = context;
  try {
    if (!spool.move(id, 'queue', 'active')) return DONE;
    const outcome = await send(opened, context);
    return await conclude(outcome, opened, context);
  } catch (error) {
    if (!(error instanceof ExitError)) {
      // A bug met on one mail must not stop the others; it waits, and the log says why.
      const what = error instanceof Error ? (error.stack ?? error.message).replace(/\s*\n\s*/g, ' | ') : String(error);
      // Whom it has reached by now is not forgotten.
      const saved = spool.state(id);
      const latest = saved.attempts > state.attempts ? saved : state;
      const mail = { id, state: latest, submission: entry.submission, report };
      const next = putOff(mail, `internal error: ${what}`, context);
      spool.move(id, 'active', 'queue');
      return next;
    }
    const kind = error.code === EX.NOPERM || error.code === EX.DATAERR ? 'rejected' : 'deferred';
    const outcome = failed(failure(kind, error.code, error.message));
    report.record = { ...report.record!, queueId: id, from: entry.submission.envelopeFrom ?? account.from ?? '' };
    return await conclude(outcome, opened, context);
  } finally {
    context.pool.release(opened.relay);
    entry.close();
  }
}

async function send(opened: Opened, context: SenderContext): Promise<Outcome> {
  const { id, entry, state, account, report, relay } = opened;
  const { submission } = entry;
  const { environment, pool } = context;
  const pieces = filePieces(
    entry.descriptor,
    entry.start,
    entry.size,
    () => new ExitError(EX.IOERR, `the entry ${id} ends too soon`),
  );
  const parsed = parseMessage(pieces);
  const from = envelopeSender(invocationOf(submission), account, headerFrom(parsed.fields));
  const recipients = submission.recipients.filter((recipient) => state.settled[recipient] === undefined);
  report.record = { ...report.record!, from, recipients, queueId: id };
  const waiting = { ...submission, envelopeFrom: from, recipients };
  const prepared = await prepareMail(account, waiting, parsed, environment, report, context.preflight);
  const { preflight, envelope } = prepared;
  report.record = { ...report.record, from: envelope.from, tls: tlsPlan(account) !== 'clear' };
  if (account.preflight === 'enforce') await preflight.conclude(report);
  const now = environment.now().getTime();
  if (now >= opened.expires && pool.health(relay).pausedUntil > now) {
    // Its time is up while the relay does not answer: one more question would be the same for each of thousands.
    const reason = failure('deferred', EX.UNAVAILABLE, pool.health(relay).reason ?? state.reason ?? '');
    return failed({ ...reason, scope: 'relay' });
  }
  let total: Outcome = { accepted: [], refused: [], notes: [] };
  for (;;) {
    const taken = await pool.take(relay, account, () => passwordOf(account), opened.dialogue);
    if (!('session' in taken)) return joined(envelope.recipients, total, taken);
    const { session, notes } = taken;
    for (const note of notes) report.note(`note: ${note}`);
    const timer = setTimeout(() => session.close(), DEADLINE + entry.size / SLOWEST);
    let outcome: Outcome | undefined;
    try {
      const rest = { ...envelope, recipients: unserved(envelope, total) };
      outcome = await session.send(rest, mailOf(prepared, account, submission));
    } finally {
      clearTimeout(timer);
      pool.give(relay, session, outcome?.failure);
    }
    total = joined(envelope.recipients, total, outcome);
    if (outcome.failure?.scope === 'session') continue;
    if (total.accepted.length > 0) report.record = { ...report.record, mailsize: prepared.measured.logSize };
    // What the pre-flight finds is the same each time.
    if (state.attempts === 0 && account.preflight === 'warn') await preflight.conclude(report);
    return total;
  }
}

async function conclude(outcome: Outcome, opened: Opened, context: SenderContext): Promise<Next> {
  const { id, entry, state, report, expires } = opened;
  const { spool, environment } = context;
  const now = environment.now().getTime();
  const { submission } = entry;
  const settled = copySettled(state.settled);
  const waiting = new Set(submission.recipients.filter((recipient) => settled[recipient] === undefined));
  const settle = (recipient: string, result: 'delivered' | 'failed', reply: string) => {
    settled[recipient] = { result, reply };
    waiting.delete(recipient);
  };
  const { failure: reasonOf } = outcome;
  const refused = new Map(outcome.refused.map((refusal) => [refusal.recipient, refusal]));
  let reason: string | undefined;
  for (const { recipient, reply } of outcome.accepted) settle(recipient, 'delivered', reply);
  for (const recipient of [...waiting]) {
    const refusal = refused.get(recipient);
    if (refusal?.permanent) settle(recipient, 'failed', refusal.reply);
    else if (refusal !== undefined) reason = `${recipient}: ${refusal.reply}`;
    else if (reasonOf?.kind === 'rejected' && reasonOf.scope === 'mail')
      settle(recipient, 'failed', reasonOf.reply ?? reasonOf.message);
  }
  if (reasonOf !== undefined) reason = reasonOf.message;
  const attempts = state.attempts + 1;
  let at: number | undefined;
  if (waiting.size > 0) {
    at = nextTime(outcome, opened, context, now, attempts);
    if (at === undefined) {
      for (const recipient of waiting) settle(recipient, 'failed', `4.4.7 not delivered in time: ${reason ?? ''}`);
    }
  }
  const failedNow = Object.entries(settled).filter(
    ([recipient, { result }]) => result === 'failed' && state.settled[recipient] === undefined,
  );
  const next: EntryState = {
    ...state,
    attempts,
    lastAttempt: now,
    nextAttempt: at ?? 0,
    settled,
    uncertain: state.uncertain || (reasonOf?.uncertain.length ?? 0) > 0,
    ...(reason === undefined ? {} : { reason }),
    ...(failedNow.length === 0 ? {} : { dialogue: opened.dialogue.text() }),
  };
  if (failedNow.length > 0)
    await context.notify({
      opened,
      action: 'failed',
      recipients: failedNow.map(([address, { reply }]) => ({ address, reply })),
      dialogue: next.dialogue,
    });
  // Where the relay itself is the matter, a notice would wait for it as the mail does.
  const isRelays = reasonOf?.scope === 'relay';
  if (at !== undefined && !isRelays && !state.delayTold && now - submission.acceptedAt >= DELAYED) {
    next.delayTold = true;
    const reply = reasonOf?.reply ?? reasonOf?.message ?? '';
    await context.notify({
      opened,
      action: 'delayed',
      recipients: [...waiting].map((address) => ({ address, reply: refused.get(address)?.reply ?? reply })),
    });
  }
  if (outcome.accepted.length > 0) noteSuspicion(outcome.accepted.at(-1)!.reply, opened, context);
  logAttempt(outcome, next, report, waiting.size > 0 ? at : undefined, context);
  const changed = Object.keys(settled).length > Object.keys(state.settled).length;
  context.outcome({
    id,
    account: opened.account.name,
    relay: opened.relay,
    outcome,
    at: now,
    ...(at === undefined ? {} : { next: at }),
    waiting: waiting.size,
    failed: failedNow.length,
    uncertain: next.uncertain && !state.uncertain,
    ...(failedNow[0] === undefined ? {} : { reason: failedNow[0][1].reply }),
  });
  if (waiting.size > 0 && at !== undefined) {
    spool.save(id, next, changed || (next.uncertain && !state.uncertain));
    spool.move(id, 'active', 'queue');
    return { kind: 'later', at, relay: opened.relay, expires };
  }
  if (Object.values(settled).some(({ result }) => result === 'failed')) spool.fail(id, next);
  else spool.remove(id, 'active');
  return DONE;
}

// Where the relay is the matter, all its mails wait for it together; else each has its own time by its age.
function nextTime(
  outcome: Outcome,
  { entry, state, account, relay, expires }: Opened,
  { pool, random }: SenderContext,
  now: number,
  attempts: number,
): number | undefined {
  if (now >= expires) return undefined;
  const { pausedUntil } = pool.health(relay);
  if (outcome.failure?.scope === 'relay' && pausedUntil > now) return Math.min(pausedUntil, expires);
  const acceptedAt = state.retriedAt ?? entry.submission.acceptedAt;
  return nextAttempt({ acceptedAt, now, attempts, random, lifetime: account.queueLifetime });
}

/** A provider that also accepts what it drops is not believed: the log and `mailshim status` say so. */
function noteSuspicion(reply: string, { id, account, report }: Opened, { spool, environment }: SenderContext): void {
  const reason = dropSuspicion(account, reply);
  if (reason === undefined) return;
  report.note(`unconfirmed: ${reason}`);
  noteUnconfirmed(spool.folder, { at: environment.now().getTime(), id, reason }, environment.random(8));
}

function logAttempt(
  outcome: Outcome,
  state: EntryState,
  report: MailReport,
  at: number | undefined,
  context: SenderContext,
): void {
  const { failure } = outcome;
  if (failure === undefined) {
    report.record = { ...report.record!, reply: outcome.accepted.at(-1)?.reply ?? '' };
    if (state.uncertain) report.note('uncertain: an earlier attempt may have delivered it too');
    context.log(report, EX.OK);
    return;
  }
  if (failure.reply !== undefined) report.record = { ...report.record!, reply: failure.reply };
  for (const note of outcome.notes) report.note(`note: ${note}`);
  if (failure.uncertain.length > 0) report.note('uncertain: the relay may have taken the mail; it may arrive twice');
  if (at !== undefined) report.note(`queued: next attempt ${new Date(at).toISOString()}`);
  context.log(report, failure.code, failure.message);
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
  { id, state, submission, report }: { id: string; state: EntryState; submission: Submission; report: MailReport },
  reason: string,
  context: SenderContext,
  now = context.environment.now().getTime(),
): Next {
  const attempts = state.attempts + 1;
  // Its time does not run out by our own fault.
  const lifetime = Number.POSITIVE_INFINITY;
  const at = nextAttempt({ acceptedAt: submission.acceptedAt, now, attempts, random: context.random, lifetime })!;
  context.spool.save(id, { ...state, attempts, lastAttempt: now, nextAttempt: at, reason });
  if (report.record !== undefined) report.record = { ...report.record, queueId: id };
  report.note(`queued: ${id} next attempt ${new Date(at).toISOString()}`);
  context.ledger.stuck(submission.account ?? 'default', { reason, pausedUntil: at });
  context.log(report, EX.CONFIG, reason);
  return { kind: 'later', at };
}
