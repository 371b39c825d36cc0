// The queue as text: a table, Postfix's form for mailq, JSON, and one mail in full.

import { explainReason } from '../../shared/replies/explain.ts';
import { ExitError } from '../exit.ts';
import { filePieces } from '../file-pieces.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { ageText } from '../spool/age.ts';
import type { QueuedMail } from '../spool/listing.ts';
import { isTime } from '../spool/time.ts';
import { printableJson, printableLines, terminal } from '../text/printable.ts';

/** Bytes of a mail's text that `show` prints. */
const SHOWN = 64 * 1024;

export function queueTable(mails: readonly QueuedMail[], now: number): string {
  if (mails.length === 0) return 'The queue is empty.\n';
  const lines: string[] = [];
  for (const mail of mails) {
    const { id, state, acceptedAt, size, sender, recipients, progress, problem } = mail;
    const shown = state === 'failed' ? 'failed' : 'waiting';
    const waiting = recipients.filter(({ status }) => status === shown).map(({ address }) => address);
    lines.push(
      `${id}  ${STATE_WORDS[state].padEnd(8)}  ${ageText(now - acceptedAt).padStart(9)}  ${sizeText(size).padStart(8)}  ${terminal(senderText(sender))} → ${terminal(shorten(waiting))}`,
    );
    const next =
      state === 'queue' && progress.attempts > 0 ? `; next attempt ${nextText(progress.nextAttempt, now)}` : '';
    const attempts =
      progress.attempts === 0 ? '' : `${progress.attempts} ${progress.attempts === 1 ? 'attempt' : 'attempts'}: `;
    const reason = problem ?? progress.reason;
    if (reason !== undefined || next !== '') lines.push(`    ${attempts}${terminal(reason ?? '')}${next}`);
    if (progress.uncertain) lines.push('    it may have been delivered already');
  }
  const count = (state: QueuedMail['state']) => mails.filter((mail) => mail.state === state).length;
  const waits = count('queue') + count('active') + count('stuck');
  lines.push('', `${waits} waiting, ${count('hold')} held, ${count('failed')} failed`);
  return `${lines.join('\n')}\n`;
}

const STATE_WORDS: Record<QueuedMail['state'], string> = {
  active: 'sending',
  stuck: 'stuck',
  queue: 'waiting',
  hold: 'held',
  failed: 'failed',
};

/** As mailq of Postfix prints it. */
export function mailqTable(mails: readonly QueuedMail[]): string {
  if (mails.length === 0) return 'Mail queue is empty\n';
  const lines = ['-Queue ID-------  --Size-- ----Arrival Time---- -Sender/Recipient-------'];
  let bytes = 0;
  for (const { id, state, size, acceptedAt, sender, recipients, progress, problem } of mails) {
    bytes += size;
    const mark = state === 'active' ? '*' : state === 'hold' ? '!' : ' ';
    lines.push(
      `${id}${mark} ${String(size).padStart(8)} ${arrivalText(acceptedAt)}  ${terminal(sender === '' ? 'MAILER-DAEMON' : (sender ?? ''))}`,
    );
    const reason = problem ?? progress.reason;
    if (reason !== undefined) lines.push(`(${terminal(reason)})`);
    for (const { address, status } of recipients)
      if (status === 'waiting') lines.push(`${' '.repeat(41)}${terminal(address)}`);
    lines.push('');
  }
  lines.push(`-- ${Math.ceil(bytes / 1024)} Kbytes in ${mails.length} Request${mails.length === 1 ? '' : 's'}.`);
  return `${lines.join('\n')}\n`;
}

export function queueJson(mails: readonly QueuedMail[], now: number): string {
  const rows = mails.map(({ id, state, acceptedAt, size, sender, recipients, submittedBy, progress, problem }) => ({
    id,
    state,
    acceptedAt: dateText(acceptedAt),
    ageSeconds: Math.round((now - acceptedAt) / 1000),
    size,
    sender: sender ?? null,
    recipients,
    ...(submittedBy === undefined ? {} : { submittedBy }),
    attempts: progress.attempts,
    lastAttempt: progress.lastAttempt === undefined ? null : dateText(progress.lastAttempt),
    nextAttempt: state === 'queue' ? dateText(Math.max(progress.nextAttempt, acceptedAt)) : null,
    reason: problem ?? progress.reason ?? null,
    uncertain: progress.uncertain,
  }));
  return `${printableJson(rows)}\n`;
}

export function showText(
  mail: QueuedMail,
  text: { descriptor: number; start: number; size: number },
  now: number,
): string {
  const { id, state, acceptedAt, sender, recipients, progress } = mail;
  const lines = [
    `Id:         ${id}`,
    `State:      ${STATE_WORDS[state]}`,
    `Accepted:   ${dateText(acceptedAt)} (${ageText(now - acceptedAt)} ago)`,
    `Sender:     ${terminal(senderText(sender))}`,
    ...recipients.map(({ address, status, reply }) =>
      `Recipient:  ${terminal(address)} ${status}${reply === undefined ? '' : `: ${terminal(reply)}`}`.trimEnd(),
    ),
    `Attempts:   ${progress.attempts}`,
  ];
  if (progress.lastAttempt !== undefined) lines.push(`Last:       ${dateText(progress.lastAttempt)}`);
  if (progress.reason !== undefined) {
    const { means, advice } = explainReason(progress.reason, 'en');
    lines.push(`Reason:     ${terminal(progress.reason)}`, `Meaning:    ${means}`, `Advice:     ${advice}`);
  }
  if (state === 'queue') lines.push(`Next:       ${nextText(progress.nextAttempt, now)}`);
  if (progress.uncertain) lines.push('Uncertain:  it may have been delivered already');
  if (progress.dialogue !== undefined)
    lines.push('', 'Dialogue:', ...progress.dialogue.split('\n').map((line) => `  ${terminal(line)}`));
  lines.push('');
  const failed = () => new ExitError(diagnostic('queue.short', { id }));
  let shown = '';
  for (const piece of filePieces(text.descriptor, text.start, Math.min(text.size, SHOWN), failed))
    shown += piece.toString('utf8');
  if (text.size > SHOWN) shown += `\n… and ${sizeText(text.size - SHOWN)} more`;
  return `${lines.join('\n')}\n${printableLines(shown).trimEnd()}\n`;
}

/** The null sender is that of bounces. */
function senderText(sender: string | undefined): string {
  return sender === undefined ? '(from the account)' : sender || '<>';
}

function nextText(at: number, now: number): string {
  return at <= now ? 'now' : `in ${ageText(at - now)}`;
}

function sizeText(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`;
  return bytes < 1024 * 1024 ? `${Math.round(bytes / 1024)} KB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
}

function shorten(addresses: readonly string[]): string {
  return addresses.length <= 3
    ? addresses.join(', ')
    : `${addresses.slice(0, 2).join(', ')} and ${addresses.length - 2} more`;
}

/** Text of RFC 3339; "unknown" for what is not a date. */
function dateText(at: number): string {
  return isTime(at) ? new Date(at).toISOString() : 'unknown';
}

/** "Tue Nov 24 12:15:17" in local time. */
function arrivalText(at: number): string {
  if (!isTime(at)) return 'unknown'.padEnd(19);
  const [, day, month, date, time] = /^(\w+) (\w+) (\d+) \d+ ([\d:]+)/.exec(new Date(at).toString())!;
  return `${day} ${month} ${date!.replace(/^0/, ' ')} ${time}`;
}
