// What is told about a change, as a mail (RFC 5322, RFC 2045).
import type { Language } from '../../shared/findings/define.ts';
import { encodeWords } from '../../shared/message/encoded-word.ts';
import { toBase64, toOctets } from '../../shared/message/octets.ts';
import type { EventBody } from './event.ts';

export interface Letter {
  id: string;
  from: string;
  to: string;
  date: Date;
  language: Language;
  event: EventBody;
}

interface Words {
  subject: Record<EventBody['type'], (domain: string) => string>;
  opening: Record<EventBody['type'], (domain: string) => string>;
  score: (before: number, now: number) => string;
  todo: string;
  publish: string;
  report: string;
  closing: string;
}
const WORDS: Record<Language, Words> = {
  en: {
    subject: {
      'mail.worse': (domain) => `${domain}: mail set-up got worse`,
      'mail.better': (domain) => `${domain}: mail set-up is mended`,
      'mail.test': (domain) => `${domain}: test message`,
    },
    opening: {
      'mail.worse': (domain) => `Something changed for ${domain} that makes its mail less likely to be accepted.`,
      'mail.better': (domain) => `What was reported for ${domain} is mended.`,
      'mail.test': (domain) => `This is a test. Changes of the mail set-up of ${domain} will be told to this address.`,
    },
    score: (before, now) => `Score: ${now} of 10, before: ${before}.`,
    todo: 'What to do: ',
    publish: 'Record: ',
    report: 'The whole report: ',
    closing: 'Each change is told once. mailshim',
  },
  ru: {
    subject: {
      'mail.worse': (domain) => `${domain}: настройки почты ухудшились`,
      'mail.better': (domain) => `${domain}: настройки почты исправлены`,
      'mail.test': (domain) => `${domain}: проверочное сообщение`,
    },
    opening: {
      'mail.worse': (domain) => `У ${domain} что-то изменилось, и его письма теперь принимают менее охотно.`,
      'mail.better': (domain) => `То, о чём мы сообщали по ${domain}, исправлено.`,
      'mail.test': (domain) =>
        `Это проверка. Об изменениях в настройках почты ${domain} мы будем писать на этот адрес.`,
    },
    score: (before, now) => `Оценка: ${now} из 10, раньше: ${before}.`,
    todo: 'Что сделать: ',
    publish: 'Запись: ',
    report: 'Отчёт целиком: ',
    closing: 'О каждом изменении сообщаем один раз. mailshim',
  },
};

/** RFC 2045 section 6.8: at most 76 characters a line. */
const BASE64_LINE = 76;

/** The message with its header, lines ending in CRLF; only ASCII, and no line begins with a dot. */
export function letter({ id, from, to, date, language, event }: Letter): string {
  const words = WORDS[language];
  const { type, data } = event;
  const { scoreBefore, score } = data;
  const lines = [
    words.opening[type](data.domain),
    ...(scoreBefore === null || score === null ? [] : [words.score(scoreBefore, score)]),
    ...data.appeared.flatMap(({ title, detail, fix, record }) => [
      '',
      title,
      detail,
      ...(fix === undefined ? [] : [`${words.todo}${fix}`]),
      ...(record === undefined ? [] : [`${words.publish}${record.name}. ${record.type} ${record.value}`]),
    ]),
    '',
    `${words.report}${data.report}`,
    '',
    words.closing,
    '',
  ];
  const body = toBase64(toOctets(lines.join('\r\n'))).replace(new RegExp(`.{${BASE64_LINE}}`, 'g'), '$&\r\n');
  const header = [
    `From: mailshim <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodeWords(words.subject[type](data.domain))}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${from.slice(from.lastIndexOf('@') + 1)}>`,
    // RFC 3834 section 5: nobody's vacation program answers it.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ];
  return `${header.join('\r\n')}\r\n\r\n${body}\r\n`;
}
