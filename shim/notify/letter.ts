// The part of a delivery status notification that people read: what happened to whom, why, and what to do.

import { decodeEncodedWords } from '../../shared/message/encoded-word.ts';
import { causeOf, explain, type Lang } from '../../shared/replies/explain.ts';
import type { Action } from '../../shared/replies/status.ts';
import { dateTime, diagnosticOf, oneLine } from './fields.ts';

/** The outcome for one recipient, as a notice reports it. Times are milliseconds since the epoch. */
export interface LetterRecipient {
  address: string;
  action: Action;
  /** "5.1.1" (RFC 3463), from `statusOf`. */
  status: string;
  /** "smtp; 550 5.1.1 no such user": what the server said; other types ("x-mailshim") are our own words. */
  diagnostic?: string;
  /** Name of the server that said it. */
  remoteMta?: string;
  /** Host of the relay, also where it is not the one that is quoted; no field of the report. */
  relay?: string;
  /** For "delayed". */
  willRetryUntil?: number;
}
export interface Letter {
  reportingMta: string;
  /** When the mail was taken; milliseconds since the epoch. */
  arrivedAt: number;
  /** Of the mail itself, as in its header. */
  subject: string | undefined;
  recipients: readonly LetterRecipient[];
  /** Notices to this address that were left out since the last one. */
  suppressed: number;
  dialogue: string | undefined;
  /** What the third part holds. */
  returned: 'full' | 'headers';
}

/** Recipients told one by one; the second part has them all. */
const MAX_TOLD = 50;
/** Characters of a subject or a reply that people are shown. */
const MAX_SHOWN = 500;
/** Characters of the dialogue: its end says what went wrong. */
const MAX_DIALOGUE = 8 * 1024;
/** Columns at which text is wrapped. */
const WIDTH = 72;

const WORDS = {
  en: {
    intro: (host: string) => `This is mailshim, the program that sends the mail of ${host}.`,
    failed: 'This mail could not be delivered to the following recipients. It will not be tried again:',
    timeUp: 'This mail could not be delivered in time to the following recipients, and has been given up:',
    delayed: 'This mail has not been delivered yet to the following recipients. You need not send it again:',
    delivered: 'This mail has been handed to the mail server of the following recipients:',
    relayed: 'This mail has been handed on to a server that gives no notice of delivery, for the following recipients:',
    subject: 'Subject',
    accepted: 'Sent',
    said: (host: string) => (host === '' ? 'The server said' : `The server ${host} said`),
    means: 'What it means',
    advice: 'What to do',
    until: (date: string) => `It will be tried again until ${date}.`,
    more: (count: number) => `... and further recipients: ${count}. The attached report lists them all.`,
    suppressed: (count: number) =>
      `Since the last notice to you, further ones were left out, so as not to flood this mailbox: ${count}. The log of mailshim names every mail.`,
    dialogue: 'What was said between mailshim and the server:',
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
    said: (host: string) => (host === '' ? 'Ответ сервера' : `Ответ сервера ${host}`),
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

type Told = 'failed' | 'timeUp' | 'delayed' | 'delivered' | 'relayed';

/** The letter in both languages, `lang` first; LF line ends. The dialogue stands once, at the end. */
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
  const told = letter.recipients.slice(0, MAX_TOLD);
  for (const [kind, recipients] of Map.groupBy(told, kindOf)) {
    lines.push(...wrapped(words[kind], ''), '');
    for (const recipient of recipients) lines.push(...recipientLines(recipient, lang), '');
  }
  const more = letter.recipients.length - told.length;
  if (more > 0) lines.push(...wrapped(words.more(more), ''), '');
  if (letter.suppressed > 0) lines.push(...wrapped(words.suppressed(letter.suppressed), ''), '');
  lines.push(words.returned[letter.returned]);
  return `${lines.join('\n')}\n`;
}

// A failure whose last reply was "not now" is one of time.
function kindOf({ action, status }: LetterRecipient): Told {
  return action === 'failed' && status.startsWith('4') ? 'timeUp' : action;
}

function recipientLines(recipient: LetterRecipient, lang: Lang): string[] {
  const words = WORDS[lang];
  const lines = [`  ${oneLine(recipient.address, MAX_SHOWN)}`];
  const { type, words: reply } = diagnosticOf(recipient.diagnostic ?? '');
  const said = oneLine(reply, MAX_SHOWN);
  if (said !== '') {
    const host = oneLine(recipient.remoteMta ?? '', MAX_SHOWN);
    // Only "smtp" is a server's reply; others ("x-mailshim") are our own words.
    const label = type === 'smtp' ? `${words.said(host)}: ` : '';
    lines.push(...wrapped(`${label}${said}`, '    '));
  }
  if (recipient.action === 'failed' || recipient.action === 'delayed') {
    // The whole reply: what shows whose it is may stand at its end.
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
  // A line that the cut goes through is left out.
  const cut = dialogue.length > MAX_DIALOGUE ? dialogue.slice(-MAX_DIALOGUE).replace(/^[^\n]*\n/, '...\n') : dialogue;
  const lines = cut.split(/\r?\n/).filter((line) => line !== '');
  return `${WORDS[lang].dialogue}\n\n${lines.map((line) => `  ${oneLine(line)}\n`).join('')}`;
}

/** Lines of `WIDTH` columns where the words allow it. */
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
