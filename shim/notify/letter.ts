// The part of a delivery status notification that people read: the outcome for each recipient, its reason, and what to do.

import { decodeEncodedWords } from '../../shared/message/encoded-word.ts';
import { causeOf, explain, type Lang } from '../../shared/replies/explain.ts';
import type { Action } from '../../shared/replies/status.ts';
import { dateTime, diagnosticOf, oneLine } from './fields.ts';

/** The outcome for one recipient. Times are milliseconds since the epoch. */
export interface LetterRecipient {
  address: string;
  action: Action;
  /** "5.1.1" (RFC 3463), from `statusOf`. */
  status: string;
  /** "smtp; 550 5.1.1 no such user": the server's reply; other types ("x-mailshim") are our diagnostics. */
  diagnostic?: string;
  /** Name of the server that replied. */
  remoteMta?: string;
  /** Host of the relay, even if the reply is not its own; not a field of the report. */
  relay?: string;
  /** For "delayed". */
  willRetryUntil?: number;
}
export interface Letter {
  reportingMta: string;
  /** When the mail was accepted; milliseconds since the epoch. */
  arrivedAt: number;
  /** Of the mail, as in its header. */
  subject: string | undefined;
  recipients: readonly LetterRecipient[];
  /** Reports to this address that were left out since the last one. */
  suppressed: number;
  dialogue: string | undefined;
  /** What the third part holds. */
  returned: 'full' | 'headers';
}

/** Recipients in the text; the second part has all of them. */
const MAX_NAMED = 50;
/** Characters of a subject or a reply. */
const MAX_SHOWN = 500;
/** Characters of the transcript, whose end has the failure. */
const MAX_DIALOGUE = 8 * 1024;
/** Columns at which text is wrapped. */
const WIDTH = 72;

const WORDS = {
  en: {
    intro: (host: string) => `This is mailshim, the program that sends the mail of ${host}.`,
    failed: 'This mail could not be delivered to the following recipients. It will not be tried again:',
    timeUp: 'This mail could not be delivered in time to the following recipients. It will not be tried again:',
    delayed: 'This mail has not been delivered yet to the following recipients. You need not send it again:',
    delivered: 'This mail has been delivered to the mail server of the following recipients:',
    relayed: 'This mail has been relayed to a server that sends no report of delivery, for the following recipients:',
    subject: 'Subject',
    accepted: 'Sent',
    replied: (host: string) => (host === '' ? 'The server replied' : `The server ${host} replied`),
    means: 'What it means',
    advice: 'What to do',
    until: (date: string) => `It will be tried again until ${date}.`,
    more: (count: number) => `... and further recipients: ${count}. The attached report lists them all.`,
    suppressed: (count: number) =>
      `Since the last report to you, further reports were not sent, so that this mailbox is not flooded: ${count}. The log of mailshim has every mail.`,
    dialogue: 'Commands and replies between mailshim and the server:',
    returned: { full: 'The mail itself is attached.', headers: 'The header of the mail is attached.' },
  },
  ru: {
    intro: (host: string) => `Это mailshim — программа, которая отправляет почту сервера ${host}.`,
    failed: 'Это письмо не удалось доставить следующим получателям. Новых попыток не будет:',
    timeUp: 'Это письмо не удалось вовремя доставить следующим получателям, попытки прекращены:',
    delayed: 'Это письмо ещё не доставлено следующим получателям. Отправлять его ещё раз не нужно:',
    delivered: 'Это письмо передано почтовому серверу следующих получателей:',
    relayed: 'Это письмо передано дальше серверу, который не сообщает о доставке, для следующих получателей:',
    subject: 'Тема',
    accepted: 'Отправлено',
    replied: (host: string) => (host === '' ? 'Ответ сервера' : `Ответ сервера ${host}`),
    means: 'Что это значит',
    advice: 'Что делать',
    until: (date: string) => `Попытки продолжатся до ${date}.`,
    more: (count: number) => `... и другие получатели: ${count}. Полный список — в приложенном отчёте.`,
    suppressed: (count: number) =>
      `После предыдущего уведомления часть новых не отправлена, чтобы не переполнить этот ящик: ${count}. Все письма перечислены в журнале mailshim.`,
    dialogue: 'Обмен между mailshim и сервером:',
    returned: { full: 'Само письмо приложено.', headers: 'Заголовок письма приложен.' },
  },
} as const;

type Kind = 'failed' | 'timeUp' | 'delayed' | 'delivered' | 'relayed';

/** The text in both languages, `lang` first, with LF line ends; the transcript only once, at the end. */
export function letterText(letter: Letter, lang: Lang): string {
  const second: Lang = lang === 'en' ? 'ru' : 'en';
  const parts = [inLanguage(letter, lang), inLanguage(letter, second)].join(`\n${'-'.repeat(40)}\n\n`);
  return letter.dialogue === undefined ? parts : `${parts}\n${dialogueText(letter.dialogue, lang)}`;
}

function inLanguage(letter: Letter, lang: Lang): string {
  const words = WORDS[lang];
  const lines = [...wrapped(words.intro(oneLine(letter.reportingMta)), ''), ''];
  if (letter.subject !== undefined) {
    const subject = oneLine(decodeEncodedWords(letter.subject), MAX_SHOWN);
    lines.push(...wrapped(`${words.subject}: ${subject}`, ''));
  }
  lines.push(`${words.accepted}: ${dateTime(letter.arrivedAt)}`, '');
  const named = letter.recipients.slice(0, MAX_NAMED);
  for (const [kind, recipients] of Map.groupBy(named, kindOf)) {
    lines.push(...wrapped(words[kind], ''), '');
    for (const recipient of recipients) lines.push(...recipientLines(recipient, lang), '');
  }
  const more = letter.recipients.length - named.length;
  if (more > 0) lines.push(...wrapped(words.more(more), ''), '');
  if (letter.suppressed > 0) lines.push(...wrapped(words.suppressed(letter.suppressed), ''), '');
  lines.push(words.returned[letter.returned]);
  return `${lines.join('\n')}\n`;
}

// A failure whose last reply was temporary: the lifetime ended.
function kindOf({ action, status }: LetterRecipient): Kind {
  return action === 'failed' && status.startsWith('4') ? 'timeUp' : action;
}

function recipientLines(recipient: LetterRecipient, lang: Lang): string[] {
  const words = WORDS[lang];
  const lines = [`  ${oneLine(recipient.address, MAX_SHOWN)}`];
  const { type, words: reply } = diagnosticOf(recipient.diagnostic ?? '');
  const shown = oneLine(reply, MAX_SHOWN);
  if (shown !== '') {
    const host = oneLine(recipient.remoteMta ?? '', MAX_SHOWN);
    // Only "smtp" is a server's reply; others ("x-mailshim") are our diagnostics.
    const label = type === 'smtp' ? `${words.replied(host)}: ` : '';
    lines.push(...wrapped(`${label}${shown}`, '    '));
  }
  if (recipient.action === 'failed' || recipient.action === 'delayed') {
    // The whole reply: its end may identify the server.
    const cause = causeOf(recipient.action, recipient.status, reply, recipient.remoteMta ?? recipient.relay);
    const { means, advice } = explain(cause, lang, reply, recipient.relay);
    lines.push(...wrapped(`${words.means}: ${means}`, '    '));
    if (recipient.action === 'failed') lines.push(...wrapped(`${words.advice}: ${advice}`, '    '));
  }
  if (recipient.action === 'delayed' && recipient.willRetryUntil !== undefined) {
    lines.push(...wrapped(words.until(dateTime(recipient.willRetryUntil)), '    '));
  }
  return lines;
}

function dialogueText(dialogue: string, lang: Lang): string {
  // Without the line that is cut.
  const cut = dialogue.length > MAX_DIALOGUE ? dialogue.slice(-MAX_DIALOGUE).replace(/^[^\n]*\n/, '...\n') : dialogue;
  const lines = cut.split(/\r?\n/).filter((line) => line !== '');
  return `${WORDS[lang].dialogue}\n\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

/** Lines of at most `WIDTH` columns, unless a word is longer. */
function wrapped(text: string, indent: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent.length + line.length + 1 + word.length > WIDTH) {
      lines.push(indent + line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, indent + line];
}
