// The end of an attempt at a mail of the spool: each recipient done with or waiting, the sender notified, the log written.

import { EX, type ExitCode } from '../exit.ts';
import { nextAttempt } from '../spool/schedule.ts';
import { copySettled, type EntryState, type Settled } from '../spool/state.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import { refusedCode } from '../submit/outcome.ts';
import type { Outcome } from '../types.ts';
import { type MailLog, withEnvelope, withNotes, withRecord } from './log.ts';
import { type Attempted, type Fate, fatesOf, isUncertain, logOfAttempt, refusalsText } from './result.ts';
import type { Next, Opened, SenderContext } from './stages.ts';

/** Milliseconds after which a mail is delayed, as in sendmail: a sender that asked for it (NOTIFY=DELAY) gets one notice. */
const DELAYED = 4 * 3_600_000;
const MAYBE_TWICE = 'uncertain: an earlier attempt may have delivered it too';
/** What was attempted; without `prepared`, the mail could not be made ready. */
export type Sent =
  | (Attempted & { log: MailLog })
  | { prepared?: undefined; outcome: Outcome; recipients: string[]; from: string; log: MailLog };

/** What an attempt leaves: which recipients are done with, and when the others are tried again. */
interface Concluded {
  state: EntryState;
  failed: { address: string; reply: string }[];
  waiting: string[];
  /** Done with by an attempt that came to no end. */
  unreported: (Settled & { address: string })[];
  /** Undefined where nothing waits. */
  at?: number;
}

function concluded(sent: Sent, opened: Opened, context: SenderContext, now: number): Concluded {
  const { state } = opened;
  const { outcome } = sent;
  const fates: ReadonlyMap<string, Fate> = sent.prepared === undefined ? fatesOfUnprepared(sent) : fatesOf(sent, true);
  // Without a prepared mail, transactions of this very attempt may have served some before it failed.
  const { settled, unreported } = reported(sent.prepared === undefined ? context.spool.state(opened.id) : state);
  const failed: Concluded['failed'] = unreported.filter(({ result }) => result === 'failed');
  const settle = (address: string, reply: string) => {
    settled[address] = { result: 'failed', reply };
    failed.push({ address, reply });
  };
  const waiting: string[] = [];
  let reason = outcome.failure?.problem.text;
  for (const [recipient, fate] of fates) {
    if (settled[recipient] !== undefined) continue;
    if (fate.kind === 'failed') settle(recipient, fate.reply);
    else if (fate.kind === 'delivered') settled[recipient] = { result: 'delivered', reply: fate.reply };
    else if (fate.kind === 'held') settled[recipient] = { result: 'held', reply: 'only_to' };
    else {
      waiting.push(recipient);
      reason ??= fate.reason;
    }
  }
  const attempts = state.attempts + 1;
  const at = waiting.length === 0 ? undefined : nextTime(outcome, opened, context, now, attempts);
  if (at === undefined)
    for (const recipient of waiting.splice(0)) settle(recipient, `4.4.7 not delivered in time: ${reason ?? ''}`);
  return {
    state: {
      ...state,
      attempts,
      lastAttempt: now,
      nextAttempt: at ?? 0,
      settled,
      uncertain: state.uncertain || isUncertain(sent),
      ...(reason === undefined ? {} : { reason }),
      ...(failed.length === 0 ? {} : { dialogue: opened.dialogue.text() }),
    },
    failed,
    waiting,
    unreported,
    ...(at === undefined ? {} : { at }),
  };
}

/** With nothing left in it that is to be reported. */
function reported(state: EntryState): { settled: EntryState['settled']; unreported: Concluded['unreported'] } {
  const settled = copySettled(state.settled);
  const unreported: Concluded['unreported'] = [];
  for (const [address, known] of Object.entries(settled)) {
    if (!known.unreported) continue;
    unreported.push({ ...known, address });
    settled[address] = { result: known.result, reply: known.reply };
  }
  return { settled, unreported };
}

function fatesOfUnprepared({ outcome, recipients }: { outcome: Outcome; recipients: readonly string[] }) {
  const { kind, problem } = outcome.failure!;
  const message = problem.text;
  const fate: Fate = kind === 'rejected' ? { kind: 'failed', reply: message } : { kind: 'waiting', reason: message };
  return new Map(recipients.map((recipient) => [recipient, fate] as const));
}

/** Notices, log, ledger and state after an attempt. */
export async function conclude(sent: Sent, opened: Opened, context: SenderContext): Promise<Next> {
  const { id, entry, state, expires, relay, account } = opened;
  const { spool, environment } = context;
  const now = environment.now().getTime();
  const { outcome } = sent;
  const { failure } = outcome;
  const { state: next, failed, waiting, unreported, at } = concluded(sent, opened, context, now);
  const notes: string[] = [];
  const notice = async (action: 'failed' | 'delayed', recipients: Concluded['failed']) => {
    const { dialogue } = next;
    const note = await context.notify({
      opened,
      action,
      from: senderOf(sent),
      recipients,
      ...(dialogue === undefined ? {} : { dialogue }),
    });
    if (note !== undefined) notes.push(note);
  };
  if (failed.length > 0) await notice('failed', failed);
  // If the relay itself fails, a notice would be deferred like the mail.
  if (
    at !== undefined &&
    failure?.scope !== 'relay' &&
    !state.delayTold &&
    now - entry.submission.acceptedAt >= DELAYED
  ) {
    next.delayTold = true;
    const refused = new Map(outcome.refused.map(({ recipient, reply }) => [recipient, reply]));
    const reply = failure === undefined ? '' : (failure.reply ?? failure.problem.text);
    await notice(
      'delayed',
      waiting.map((address) => ({ address, reply: refused.get(address) ?? reply })),
    );
  }
  logInterrupted(unreported, sent, opened, context);
  logConclusion(sent, opened, context, at, notes);
  const isNewlyUncertain = next.uncertain && !state.uncertain;
  context.outcome({
    id,
    account: account.name,
    relay,
    outcome,
    at: now,
    ...(at === undefined ? {} : { next: at }),
    waiting: waiting.length,
    failed: failed.length,
    uncertain: isNewlyUncertain,
    ...(failed[0] === undefined ? {} : { reason: failed[0].reply }),
  });
  if (at !== undefined) {
    const changed = Object.keys(next.settled).length > Object.keys(state.settled).length;
    spool.save(id, next, changed || isNewlyUncertain);
    spool.move(id, 'active', 'queue');
    return { kind: 'later', at, relay, expires };
  }
  if (Object.values(next.settled).some(({ result }) => result === 'failed')) spool.fail(id, next);
  else spool.remove(id, 'active');
  return { kind: 'done' };
}

// If the relay fails, all its mails get the same time; otherwise each gets one by its age.
function nextTime(
  { failure }: Outcome,
  { entry, state, account, relay, expires }: Opened,
  { pool, random }: SenderContext,
  now: number,
  attempts: number,
): number | undefined {
  if (now >= expires) return undefined;
  const { pausedUntil } = pool.health(relay);
  if (failure?.scope === 'relay' && pausedUntil > now) return Math.min(pausedUntil, expires);
  const acceptedAt = state.retriedAt ?? entry.submission.acceptedAt;
  return nextAttempt({ acceptedAt, now, attempts, random, lifetime: account.queueLifetime });
}

/** Envelope sender, as the mail was sent. */
function senderOf(sent: Sent): string {
  return sent.prepared === undefined ? sent.from : sent.prepared.envelope.from;
}

/** What an attempt did that a sender's end cut off from its own log line. */
function logInterrupted(
  unreported: Concluded['unreported'],
  sent: Sent,
  { log }: Opened,
  context: SenderContext,
): void {
  const write = (which: Concluded['unreported'], note: string[], code: ExitCode, error?: string) => {
    if (which.length === 0) return;
    const recipients = which.map(({ address }) => address);
    const known = withRecord(withEnvelope({ ...log, notes: [] }, { from: senderOf(sent), recipients }), {
      reply: which[0]!.reply,
    });
    context.log(withNotes(known, 'interrupted: an earlier attempt came so far', ...note), code, error);
  };
  const delivered = unreported.filter(({ result }) => result === 'delivered');
  const refused = unreported.filter(({ result }) => result === 'failed');
  write(
    delivered.filter(({ uncertain }) => !uncertain),
    [],
    EX.OK,
  );
  write(
    delivered.filter(({ uncertain }) => uncertain),
    [MAYBE_TWICE],
    EX.OK,
  );
  const error = refused.map(({ address, reply }) => `${address}: ${reply}`).join('; ');
  write(refused, [], EX.UNAVAILABLE, error);
}

function logConclusion(
  sent: Sent,
  { id, entry, state }: Opened,
  context: SenderContext,
  at: number | undefined,
  notes: readonly string[],
): void {
  const { outcome, log } = sent;
  const { failure } = outcome;
  if (sent.prepared !== undefined && sent.suspicion !== undefined) {
    const { environment, spool } = context;
    const event = { at: environment.now().getTime(), id, reason: sent.suspicion };
    // A provider that also accepts what it drops is not trusted: the log and `mailshim status` report it.
    noteUnconfirmed(spool.folder, event, environment.random(8));
  }
  const attempted =
    sent.prepared === undefined
      ? withEnvelope(log, { from: sent.from, recipients: entry.submission.recipients })
      : logOfAttempt(log, sent);
  const full = withNotes(
    attempted,
    ...(state.uncertain && outcome.accepted.length > 0 ? [MAYBE_TWICE] : []),
    ...(isUncertain(sent) ? ['uncertain: the relay may have taken the mail; it may arrive twice'] : []),
    ...notes,
    ...(at === undefined ? [] : [`queued: next attempt ${new Date(at).toISOString()}`]),
  );
  if (failure === undefined && outcome.refused.length > 0)
    context.log(full, refusedCode(outcome.refused), refusalsText(outcome.refused));
  else if (failure === undefined) context.log(full, EX.OK);
  else context.log(full, failure.code, failure.problem.text);
}
