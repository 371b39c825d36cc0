// The end of an attempt at a mail of the spool: each recipient done with or waiting, the sender notified, the log written.

import { EX } from '../exit.ts';
import { nextAttempt } from '../spool/schedule.ts';
import { copySettled, type EntryState } from '../spool/state.ts';
import { noteUnconfirmed } from '../spool/unconfirmed.ts';
import { refusedCode } from '../submit/outcome.ts';
import type { Outcome } from '../types.ts';
import { type MailLog, withEnvelope, withNotes } from './log.ts';
import { type Attempted, type Fate, fatesOf, isUncertain, logOfAttempt, refusalsText } from './result.ts';
import type { Next, Opened, SenderContext } from './stages.ts';

/** Milliseconds after which a mail is delayed, as in sendmail: a sender that asked for it (NOTIFY=DELAY) gets one notice. */
const DELAYED = 4 * 3_600_000;
/** What was attempted; without `prepared`, the mail could not be made ready. */
export type Sent =
  | (Attempted & { log: MailLog })
  | { prepared?: undefined; outcome: Outcome; recipients: string[]; from: string; log: MailLog };

/** What an attempt leaves: which recipients are done with, and when the others are tried again. */
interface Concluded {
  state: EntryState;
  failed: { address: string; reply: string }[];
  waiting: string[];
  /** Undefined where nothing waits. */
  at?: number;
}

function concluded(sent: Sent, opened: Opened, context: SenderContext, now: number): Concluded {
  const { state } = opened;
  const { outcome } = sent;
  const fates: ReadonlyMap<string, Fate> = sent.prepared === undefined ? fatesOfUnprepared(sent) : fatesOf(sent, true);
  // With what was saved between transactions: an attempt may end by an error after some recipients have the mail.
  const settled = copySettled({ ...context.spool.state(opened.id).settled, ...state.settled });
  const failed: Concluded['failed'] = [];
  const settle = (address: string, reply: string) => {
    settled[address] = { result: 'failed', reply };
    failed.push({ address, reply });
  };
  const waiting: string[] = [];
  let reason = outcome.failure?.message;
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
    ...(at === undefined ? {} : { at }),
  };
}

function fatesOfUnprepared({ outcome, recipients }: { outcome: Outcome; recipients: readonly string[] }) {
  const { kind, message } = outcome.failure!;
  const fate: Fate =
    kind === 'rejected' ? { kind: 'failed', reply: message } : { kind: 'waiting', reason: message, uncertain: false };
  return new Map(recipients.map((recipient) => [recipient, fate] as const));
}

/** Notices, log, ledger and state after an attempt. */
export async function conclude(sent: Sent, opened: Opened, context: SenderContext): Promise<Next> {
  const { id, entry, state, expires, relay, account } = opened;
  const { spool, environment } = context;
  const now = environment.now().getTime();
  const { outcome } = sent;
  const { failure } = outcome;
  const { state: next, failed, waiting, at } = concluded(sent, opened, context, now);
  const notes: string[] = [];
  const notice = async (action: 'failed' | 'delayed', recipients: Concluded['failed']) => {
    const { dialogue } = next;
    const from = sent.prepared === undefined ? sent.from : sent.prepared.envelope.from;
    const note = await context.notify({
      opened,
      action,
      from,
      recipients,
      ...(dialogue === undefined ? {} : { dialogue }),
    });
    if (note !== undefined) notes.push(note);
  };
  if (failed.length > 0) await notice('failed', failed);
  // Where the relay itself is the matter, a notice would wait for it as the mail does.
  if (
    at !== undefined &&
    failure?.scope !== 'relay' &&
    !state.delayTold &&
    now - entry.submission.acceptedAt >= DELAYED
  ) {
    next.delayTold = true;
    const refused = new Map(outcome.refused.map(({ recipient, reply }) => [recipient, reply]));
    const reply = failure === undefined ? '' : (failure.reply ?? failure.message);
    await notice(
      'delayed',
      waiting.map((address) => ({ address, reply: refused.get(address) ?? reply })),
    );
  }
  logConclusion(sent, opened, context, next, at, notes);
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

// If the relay is the matter, all its mails wait for it together; else each has its own time by its age.
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

function logConclusion(
  sent: Sent,
  { id, entry }: Opened,
  context: SenderContext,
  state: EntryState,
  at: number | undefined,
  notes: readonly string[],
): void {
  const { outcome, log } = sent;
  const { failure } = outcome;
  if (sent.prepared !== undefined && sent.suspicion !== undefined) {
    const { environment, spool } = context;
    const event = { at: environment.now().getTime(), id, reason: sent.suspicion };
    // A provider that also accepts what it drops is not believed: the log and `mailshim status` say so.
    noteUnconfirmed(spool.folder, event, environment.random(8));
  }
  const attempted =
    sent.prepared === undefined
      ? withEnvelope(log, { from: sent.from, recipients: entry.submission.recipients })
      : logOfAttempt(log, sent);
  const doubt =
    failure === undefined
      ? state.uncertain && 'uncertain: an earlier attempt may have delivered it too'
      : isUncertain(sent) && 'uncertain: the relay may have taken the mail; it may arrive twice';
  const full = withNotes(
    attempted,
    ...(doubt === false ? [] : [doubt]),
    ...notes,
    ...(at === undefined ? [] : [`queued: next attempt ${new Date(at).toISOString()}`]),
  );
  if (failure === undefined && outcome.refused.length > 0)
    context.log(full, refusedCode(outcome.refused), refusalsText(outcome.refused));
  else if (failure === undefined) context.log(full, EX.OK);
  else context.log(full, failure.code, failure.message);
}
