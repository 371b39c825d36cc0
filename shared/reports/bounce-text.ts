// Bounces that are only text: qmail, Exim, old Postfix, Gmail, Exchange, Yahoo, Mail.ru, GMX, Zoho and others.
// One reader for all of them: the failed address is alone on its line, or before the text of a server.
import { decodeEncodedWords } from '../message/encoded-word.ts';
import { fieldsNamed, fieldText } from '../message/header.ts';
import type { ReportMail } from './message.ts';
import { originalInText } from './original.ts';
import { hasReason } from './status.ts';
import { bounded, MAX_COMMENT } from './text.ts';

export interface Found {
  address: string;
  diagnostic: string;
}
export interface TextBounce {
  recipients: Found[];
  /** The mail is deferred, not failed. */
  delayed: boolean;
}

/** Recipients that are read. */
const MAX_FOUND = 100;
/** Characters of a line that are read. */
const MAX_LINE = 600;
/** Lines of a diagnostic. */
const MAX_DIAGNOSTIC_LINES = 30;

const ADDRESS = String.raw`[^\s<>"'()\[\]:;,@\\=]{1,64}@[A-Za-z0-9\u0080-\uffff](?:[A-Za-z0-9._\u0080-\uffff-]{0,252}[A-Za-z0-9\u0080-\uffff])?`;
/** The address alone on its line, in brackets or quotes, with a colon and text after it. */
const ALONE = new RegExp(
  `^[ \\t]{0,12}(?:[*•-][ \\t]{1,3})?[<"]?(${ADDRESS})[>"]?[ \\t]*(?:<mailto:[^>]{1,300}>)?[ \\t]*(?::[ \\t]*(.*)|)$`,
);
/** "address on Thu, 29 Apr …", as written by Exchange. */
const DATED = new RegExp(
  `^[ \\t]{0,12}[<"]?(${ADDRESS})[>"]?[ \\t]+(?:on|am|le|el|il|em|op|den|в)[ \\t]+\\S.*\\d{1,2}:\\d\\d`,
);
/** The address first, and the reason on the same line. */
const LEADING = new RegExp(`^[ \\t]{0,12}[<"]?(${ADDRESS})[>"]?(?:\\.{3}|[ \\t:,-]+)[ \\t]*(\\S.*)$`);
/** "Recipient: address", "target mail address: address", "Address: <address>". */
const LABELLED = new RegExp(
  `(?:recipients?|address(?:es)?|mailbox|получател[а-я]{1,3}|адрес[а-я]{0,2})[^:\\n]{0,20}:[ \\t]*[<"]?(${ADDRESS})[>"]?(.*)$`,
  'i',
);
const ANYWHERE = new RegExp(`[<"]?(${ADDRESS})[>"]?`, 'g');

const DAEMON =
  /mailer-?daemon|postmaster@|mail delivery (?:sub)?system|mail administrator|system administrator|bounce-?noreply|mdaemon|mail\.?daemon/i;
const SUBJECT =
  /undeliver|non[- ]?deliver|deliver(?:y|ing)? (?:status|fail|report|problem|error)|mail delivery|returned (?:mail|to sender)|failure notice|mail failure|message (?:status|not delivered|delayed)|could not be delivered|delayed|delivery (?:notification|incomplete|warning)|bounced?\b|warning: (?:message|could not send)|недостав|не (?:было )?доставлен|невозможно доставить|unzustellbar|non remis|no se (?:ha )?(?:pudo|podido) entregar|non recapitato/i;
const DELAYED =
  /\bdelayed\b|will (?:be retried|continue to be|keep trying)|not yet been delivered|warning message only|still (?:being )?(?:trying|retried)|delivery attempts will continue|no action is required|задерж|попытки доставки будут/i;
const GIVEN_UP = /permanent(?:ly)? (?:error|fail)|failed permanently|given up|permanent fatal|no further attempts/i;

/** The recipients in the text, undefined where the mail is not a bounce. */
export function textBounce(mail: ReportMail): TextBounce | undefined {
  const subject = decodeEncodedWords(mail.subject);
  const failed = failedRecipients(mail);
  if (failed.length === 0 && !looksLikeBounce(mail, subject)) return undefined;
  const { at } = originalInText(mail.lines);
  const lines = mail.lines.slice(0, at).map((line) => line.slice(0, MAX_LINE));
  const found = joined(failed, recipientsIn(lines, ownAddresses(mail), failed));
  if (found.length === 0) return undefined;
  const [only, ...others] = found;
  // "Reject reason: …" may be above the address.
  if (only !== undefined && others.length === 0 && !hasReason(only.diagnostic))
    only.diagnostic = lines.find(hasReason)?.trim() ?? only.diagnostic;
  const whole = `${subject}\n${lines.join('\n')}`;
  return { recipients: found, delayed: DELAYED.test(whole) && !GIVEN_UP.test(whole) };
}

/** Whether From or subject are those of a bounce; people reply to bounces too. */
function looksLikeBounce({ from, nullSender, structure }: ReportMail, subject: string): boolean {
  if (DAEMON.test(from)) return true;
  return SUBJECT.test(subject) && (nullSender || structure.root.type === 'multipart/report' || /no-?reply/.test(from));
}

/** X-Failed-Recipients of Exim, Gmail and Mail.ru. */
function failedRecipients({ fields }: ReportMail): string[] {
  return fieldsNamed(fields, 'x-failed-recipients')
    .flatMap((field) =>
      fieldText(field)
        .slice(0, 8000)
        .split(/[\s,]+/),
    )
    .map((text) => bounded(text.replace(/^<|>$/g, '')))
    .filter((text) => text.includes('@'))
    .slice(0, MAX_FOUND);
}

/** Sender and recipients of the bounce: they may be in the text too, but did not fail. */
function ownAddresses({ fields }: ReportMail): Set<string> {
  const own = new Set<string>();
  for (const name of ['to', 'from', 'delivered-to', 'envelope-to', 'x-original-to', 'x-apparently-to']) {
    for (const field of fieldsNamed(fields, name).slice(0, 5)) {
      for (const [, address] of fieldText(field).slice(0, 2000).matchAll(ANYWHERE))
        own.add(address?.toLowerCase() ?? '');
    }
  }
  return own;
}

interface Entry extends Found {
  /** The diagnostic is complete. */
  done: boolean;
  lines: number;
}

function recipientsIn(lines: readonly string[], own: ReadonlySet<string>, failed: readonly string[]): Entry[] {
  const entries: Entry[] = [];
  // "kijitora" alone on its line: Exim writes only the local parts of its own domains.
  const locals = new Map(failed.map((address) => [address.slice(0, address.lastIndexOf('@')), address]));
  let current: Entry | undefined;
  for (const [index, line] of lines.entries()) {
    const local = /^\s/.test(line) ? locals.get(line.trim()) : undefined;
    const heading = local === undefined ? headingOf(line, lines[index - 1] ?? '') : { address: local, rest: '' };
    if (heading !== undefined && entries.length < MAX_FOUND) {
      current = { address: heading.address, diagnostic: heading.rest, done: false, lines: 0 };
      entries.push(current);
    } else if (current !== undefined) {
      collect(current, line);
    }
  }
  const kept = entries.filter(({ address }) => !own.has(address.toLowerCase()));
  const useful = kept.length > 0 ? kept : entries.filter(({ diagnostic }) => hasReason(diagnostic));
  return useful.length > 0 ? useful : recipientsWithReason(lines, own);
}

/** The failed recipient of a line. */
function headingOf(line: string, before: string): { address: string; rest: string } | undefined {
  if (/(?:sent by|from|contact|sender is|written by)\s*:?\s*$/i.test(before.trim() === '' ? '' : before))
    return undefined;
  const [, alone, after = ''] = ALONE.exec(line) ?? [];
  if (alone !== undefined) return { address: alone, rest: after };
  const [, dated] = DATED.exec(line) ?? [];
  if (dated !== undefined) return { address: dated, rest: '' };
  const [, leading, reason] = LEADING.exec(line) ?? [];
  if (leading !== undefined && reason !== undefined && hasReason(reason)) return { address: leading, rest: reason };
  const label = LABELLED.exec(line);
  const address = label?.[1];
  if (label === null || address === undefined) return undefined;
  if (/sender|from|reply|contact|отправител/i.test(line.slice(0, label.index + 20))) return undefined;
  return { address, rest: line.replace(address, '').trim() };
}

/** Adds the line to the diagnostic, until an empty line ends one with a reason. */
function collect(entry: Entry, line: string): void {
  if (entry.done) return;
  if (line.trim() === '') {
    entry.done = hasReason(entry.diagnostic);
    return;
  }
  if (++entry.lines > MAX_DIAGNOSTIC_LINES || entry.diagnostic.length > MAX_COMMENT) entry.done = true;
  else entry.diagnostic = `${entry.diagnostic} ${line.trim()}`.trim();
}

/** As a last resort: an address on a line with a reason. */
function recipientsWithReason(lines: readonly string[], own: ReadonlySet<string>): Entry[] {
  const entries: Entry[] = [];
  for (const line of lines) {
    if (!line.includes('@') || !hasReason(line)) continue;
    for (const [, address = ''] of line.matchAll(ANYWHERE)) {
      if (own.has(address.toLowerCase()) || entries.length >= MAX_FOUND) continue;
      entries.push({ address, diagnostic: line.trim(), done: true, lines: 1 });
    }
  }
  return entries;
}

/** Each address once, with its most informative diagnostic; the addresses of X-Failed-Recipients where it is present. */
function joined(failed: readonly string[], entries: readonly Entry[]): Found[] {
  const words = new Map<string, Found>();
  for (const { address, diagnostic } of entries) {
    const key = address.toLowerCase();
    const known = words.get(key);
    if (known === undefined) words.set(key, { address, diagnostic });
    else if (!hasReason(known.diagnostic) || (!hasCode(known.diagnostic) && hasCode(diagnostic))) {
      known.diagnostic = diagnostic;
    }
  }
  if (failed.length === 0) return [...words.values()];
  return failed.map((address) => ({ address, diagnostic: diagnosticOf(address, words) }));
}

function diagnosticOf(address: string, words: ReadonlyMap<string, Found>): string {
  const [first, ...others] = words.values();
  const found = words.get(address.toLowerCase()) ?? (others.length === 0 ? first : undefined);
  return found?.diagnostic ?? '';
}

function hasCode(text: string): boolean {
  return /(?<![\d.])[245]\.\d{1,3}\.\d{1,3}(?![\d.])|(?<![\w.])[45]\d\d(?=[\s-])/.test(text);
}
