// What a program did with a case, as a cell of docs/compatibility.md, and the document itself.
import type { CompatCase } from './case.ts';
import type { Observed } from './programs.ts';
import { reasons } from './reasons.ts';
import type { Recorded } from './recorder.ts';

export const COLUMNS = ['Postfix sendmail', 'msmtp', 'mailshim'] as const;
export type Column = (typeof COLUMNS)[number];
/** One cell per program that ran. */
export type Row = Partial<Record<Column, string>>;

/** Added by every server on the way: says nothing about the program. */
const TRACE = /^received$/i;
/** Whose value is worth a look when it was added. */
const TELLING = /^(from|to|cc|bcc)$/i;

export function cell(entry: CompatCase, { code, stdout, stderr, mails }: Observed): string {
  const parts = [`exit ${code}`];
  if (stderr !== '') parts.push(`stderr “${oneLine(stderr)}”`);
  if (stdout !== '') parts.push(`stdout ${printed(entry, stdout)}`);
  parts.push(...mails.map((mail) => describe(entry, mail)).sort());
  if (mails.length === 0) parts.push('nothing sent');
  return parts.map(escapeCell).join('<br>');
}

function describe(entry: CompatCase, mail: Recorded): string {
  // Every relay adds ORCPT, and no order is promised.
  const to = mail.to
    .map((argument) => argument.replace(/ ORCPT=\S+/, ''))
    .sort()
    .join(' ');
  // A report that Postfix wrote itself has nothing to be compared with.
  if (mail.from.startsWith('<>') && /^Auto-Submitted: auto-replied/im.test(mail.message)) return `report to ${to}`;
  const changes = compare(messageOf(entry), mail.message);
  return [`${mail.from} → ${to}`, ...changes].join('; ');
}

/** For -bs, what stands between DATA and the dot. */
function messageOf({ args, input }: CompatCase): string {
  if (!args.includes('-bs')) return input;
  return /^DATA\r?\n([\s\S]*?)^\.\r?\n/m.exec(input)?.[1] ?? '';
}

interface Parts {
  fields: [name: string, value: string][];
  /** Whether an empty line ends the header. */
  separated: boolean;
  body: string;
}

function compare(before: string, after: string): string[] {
  const old = partsOf(before);
  const now = partsOf(after);
  const changes: string[] = [];
  const left = [...old.fields];
  for (const [name, value] of now.fields) {
    if (TRACE.test(name)) continue;
    const at = left.findIndex(([other]) => other.toLowerCase() === name.toLowerCase());
    if (at === -1) changes.push(TELLING.test(name) ? `+${name}: ${value}` : `+${spelt(name)}`);
    else if (left.splice(at, 1)[0]![1] !== value) changes.push(`${name} changed: ${steady(value)}`);
  }
  for (const [name] of left) changes.push(`−${name}`);
  if (now.separated && !old.separated) changes.push('empty line put before the body');
  if (old.body !== now.body) changes.push('body changed');
  return changes.sort();
}

/** Message-Id and Message-ID are one name. */
function spelt(name: string): string {
  return name.replace(/-Id$/, '-ID');
}

function steady(value: string): string {
  return value.replace(/^\w{3}, \d+ \w{3} \d{4} [\d:]+ [+-]\d{4}.*/, 'the time of sending').slice(0, 60);
}

function partsOf(message: string): Parts {
  const lines = message.replace(/\r*\n/g, '\n').split('\n');
  const fields: [string, string][] = [];
  let at = 0;
  for (; at < lines.length; at++) {
    const line = lines[at]!;
    const field = /^([!-9;-~]+)[ \t]*:(.*)$/.exec(line);
    if (/^>?From /.test(line)) fields.push(['“From ” line', line]);
    else if (field !== null) fields.push([field[1]!, field[2]!.trim()]);
    else if (/^[ \t]/.test(line) && fields.length > 0) fields.at(-1)![1] += ` ${line.trim()}`;
    else break;
  }
  const separated = lines[at] === '';
  if (separated) at++;
  return { fields, separated, body: lines.slice(at).join('\n').replace(/\n*$/, '') };
}

function printed({ args }: CompatCase, stdout: string): string {
  if (args.includes('-bs')) return `replies ${(stdout.match(/^\d{3}(?= )/gm) ?? []).join(' ')}`;
  const lines = stdout.trimEnd().split('\n');
  return lines.length === 1 ? `“${oneLine(stdout)}”` : 'several lines';
}

function oneLine(text: string): string {
  const line = text
    .trim()
    .replace(/^(\/\S*\/)?(sendmail|msmtp|mailshim|postdrop): /gm, '')
    .replace(/\s*\n\s*/g, ' / ')
    .replace(/127\.0\.0\.1:\d+|port \d+/g, 'the relay')
    .replace(/\b\w+\(0\): /g, '');
  return line.length > 140 ? `${line.slice(0, 139)}…` : line;
}

const MARKUP: Record<string, string> = { '|': '\\|', '<': '&lt;', '>': '&gt;', '*': '\\*', '`': '\\`' };
function escapeCell(text: string): string {
  const printable = text.replace(/[^ -~–-⁋→−]/g, (c) => `\\x${c.charCodeAt(0).toString(16).padStart(2, '0')}`);
  return printable.replace(/[|<>*`]/g, (character) => MARKUP[character]!);
}

/** A line of the document; a program that did not run keeps the cell that `kept` holds for it. */
export function line(number: number, entry: CompatCase, row: Row): string {
  const words = entry.args.map((word) => (/^[\w@.,=:/+-]+$/.test(word) ? word : JSON.stringify(word)));
  const first = `${escapeCell(entry.name)}<br>${escapeCell(words.join(' '))}`;
  const cells = COLUMNS.map((column) => row[column] ?? '(not run)');
  return `| ${[number, first, ...cells, reasons[entry.name] ?? (same(row) ? 'The same' : '(no reason given)')].join(' | ')} |`;
}

export function same(row: Row): boolean {
  return new Set(Object.values(row)).size === 1;
}

/** Cells of the document by the number of the case. */
export function readDocument(text: string): Map<number, Row> {
  const rows = new Map<number, Row>();
  for (const match of text.matchAll(/^\| (\d+) \| (.*) \|$/gm)) {
    const [, postfix, msmtp, mailshim] = match[2]!.split(/(?<!\\) \| /);
    rows.set(Number(match[1]), { 'Postfix sendmail': postfix!, msmtp: msmtp!, mailshim: mailshim! });
  }
  return rows;
}
