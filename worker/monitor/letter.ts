// What is told about a change, as a mail (RFC 5322, RFC 2045).

import type { Language } from '../../shared/findings/define.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { encodeWords } from '../../shared/message/encoded-word.ts';
import { toBase64, toOctets } from '../../shared/message/octets.ts';
import type { Delivery } from './deliveries.ts';
import { digestClosing, digestLines } from './digest.words.ts';
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
  queue: (waiting: number, failed: number, oldestMinutes: number) => string;
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
      'mail.stuck': (domain) => `${domain}: mail does not go out`,
      'mail.silent': (domain) => `${domain}: no word from the shop’s server`,
      'mail.flowing': (domain) => `${domain}: mail goes out again`,
      'mail.test': (domain) => `${domain}: test message`,
      'mail.digest': (domain) => `${domain}: the week’s mail`,
    },
    opening: {
      'mail.worse': (domain) => `Something changed for ${domain} that makes its mail less likely to be accepted.`,
      'mail.better': (domain) => `What was reported for ${domain} is mended.`,
      'mail.stuck': (domain) =>
        `The mail of ${domain} waits on the shop’s server, or its last attempt failed. The log there says why.`,
      'mail.silent': (domain) => `The shop’s server has not reported on the mail of ${domain} for over a day.`,
      'mail.flowing': (domain) => `The mail of ${domain} goes out again.`,
      'mail.digest': (domain) => `What happened to the mail of ${domain}.`,
      'mail.test': (domain) => `This is a test. Changes of the mail set-up of ${domain} will be told to this address.`,
    },
    score: (before, now) => `Score: ${now} of 10, before: ${before}.`,
    queue: (waiting, failed, oldest) => `Waiting: ${waiting}, the oldest for ${oldest} min. Given up: ${failed}.`,
    todo: 'What to do: ',
    publish: 'Record: ',
    report: 'The whole report: ',
    closing: 'Each change is told once. mailshim',
  },
  ru: {
    subject: {
      'mail.worse': (domain) => `${domain}: настройки почты ухудшились`,
      'mail.better': (domain) => `${domain}: настройки почты исправлены`,
      'mail.stuck': (domain) => `${domain}: почта не уходит`,
      'mail.silent': (domain) => `${domain}: сервер магазина молчит`,
      'mail.flowing': (domain) => `${domain}: почта снова уходит`,
      'mail.test': (domain) => `${domain}: проверочное сообщение`,
      'mail.digest': (domain) => `${domain}: почта за неделю`,
    },
    opening: {
      'mail.worse': (domain) => `У ${domain} что-то изменилось, и его письма теперь принимают менее охотно.`,
      'mail.better': (domain) => `То, о чём мы сообщали по ${domain}, исправлено.`,
      'mail.stuck': (domain) =>
        `Письма ${domain} ждут на сервере магазина, или последняя попытка отправки не удалась. Причина есть в журнале сервера.`,
      'mail.silent': (domain) => `Сервер магазина больше суток не сообщал, как идёт почта ${domain}.`,
      'mail.flowing': (domain) => `Почта ${domain} снова уходит.`,
      'mail.digest': (domain) => `Что произошло с почтой ${domain}.`,
      'mail.test': (domain) =>
        `Это проверка. Об изменениях в настройках почты ${domain} мы будем писать на этот адрес.`,
    },
    score: (before, now) => `Оценка: ${now} из 10, раньше: ${before}.`,
    queue: (waiting, failed, oldest) =>
      `Ждут отправки: ${waiting}, самое старое — ${oldest} мин. Не удалось отправить: ${failed}.`,
    todo: 'Что сделать: ',
    publish: 'Запись: ',
    report: 'Отчёт целиком: ',
    closing: 'О каждом изменении сообщаем один раз. mailshim',
  },
};

/** RFC 2045 section 6.8: at most 76 characters a line. */
const BASE64_LINE = 76;
const SECONDS_OF_A_MINUTE = 60;

/** The letter of a queued message. */
export function letterOf(
  { id, target, body }: Delivery,
  { from, date, language }: Pick<Letter, 'from' | 'date' | 'language'>,
): string {
  return letter({ id, from, to: target, date, language, event: JSON.parse(body) as EventBody });
}

/** The message with its header, lines ending in CRLF; only ASCII, and no line begins with a dot. */
export function letter({ id, from, to, date, language, event }: Letter): string {
  const words = WORDS[language];
  const { type, data } = event;
  const { scoreBefore, score, queue, digest } = data;
  const lines = [
    words.opening[type](data.domain),
    ...(scoreBefore === null || score === null ? [] : [words.score(scoreBefore, score)]),
    ...(queue === null
      ? []
      : [words.queue(queue.waiting, queue.failed, Math.round((queue.oldestAge ?? 0) / SECONDS_OF_A_MINUTE))]),
    ...data.appeared.flatMap(({ title, detail, fix, record }) => [
      '',
      title,
      detail,
      ...(fix === undefined ? [] : [`${words.todo}${fix}`]),
      ...(record === undefined ? [] : [`${words.publish}${record.name}. ${record.type} ${record.value}`]),
    ]),
    ...(digest === undefined ? [] : digestLines(digest, data.domain, language)),
    '',
    `${words.report}${data.report}`,
    '',
    digest === undefined ? words.closing : digestClosing(language),
    '',
  ];
  const body = toBase64(toOctets(lines.join('\r\n'))).replace(new RegExp(`.{${BASE64_LINE}}`, 'g'), '$&\r\n');
  const header = [
    `From: mailshim <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodeWords(words.subject[type](data.domain))}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${domainOfAddress(from)}>`,
    // RFC 3834 section 5: nobody's vacation program answers it.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ];
  return `${header.join('\r\n')}\r\n\r\n${body}\r\n`;
}
