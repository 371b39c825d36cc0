// A notification about a change, as a mail (RFC 5322, RFC 2045).

import type { Language } from '../../shared/findings/define.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { toBase64, toBytes } from '../../shared/message/bytes.ts';
import { encodeWords } from '../../shared/message/encoded-word.ts';
import type { Delivery } from './deliveries.ts';
import { digestClosing, digestLines } from './digest.words.ts';
import type { EventBody } from './event.ts';

export interface Notification {
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
      'mail.worse': (domain) => `${domain}: mail configuration got worse`,
      'mail.better': (domain) => `${domain}: mail configuration is fixed`,
      'mail.stuck': (domain) => `${domain}: mail is not sent`,
      'mail.silent': (domain) => `${domain}: no reports from the shop’s server`,
      'mail.flowing': (domain) => `${domain}: mail is sent again`,
      'mail.test': (domain) => `${domain}: test message`,
      'mail.digest': (domain) => `${domain}: the week’s mail`,
    },
    opening: {
      'mail.worse': (domain) => `A change for ${domain} makes receivers more likely to reject its mail.`,
      'mail.better': (domain) => `The problems reported for ${domain} are fixed.`,
      'mail.stuck': (domain) =>
        `Mail of ${domain} is queued on the shop’s server, or the last attempt to send it failed. The log there has the reason.`,
      'mail.silent': (domain) => `The shop’s server has not reported on the mail of ${domain} for more than a day.`,
      'mail.flowing': (domain) => `The shop’s server sends mail of ${domain} again.`,
      'mail.digest': (domain) => `What changed for the mail of ${domain}.`,
      'mail.test': (domain) =>
        `This is a test. Changes of the mail configuration of ${domain} will be reported to this address.`,
    },
    score: (before, now) => `Score: ${now} of 10, before: ${before}.`,
    queue: (waiting, failed, oldest) => `Queued: ${waiting}, the oldest for ${oldest} min. Failed: ${failed}.`,
    todo: 'What to do: ',
    publish: 'Record: ',
    report: 'Full report: ',
    closing: 'Each change is reported once. mailshim',
  },
  ru: {
    subject: {
      'mail.worse': (domain) => `${domain}: настройки почты ухудшились`,
      'mail.better': (domain) => `${domain}: настройки почты исправлены`,
      'mail.stuck': (domain) => `${domain}: почта не отправляется`,
      'mail.silent': (domain) => `${domain}: нет данных от сервера магазина`,
      'mail.flowing': (domain) => `${domain}: почта снова отправляется`,
      'mail.test': (domain) => `${domain}: тестовое сообщение`,
      'mail.digest': (domain) => `${domain}: почта за неделю`,
    },
    opening: {
      'mail.worse': (domain) => `Настройки ${domain} изменились: вероятность того, что письма отклонят, выросла.`,
      'mail.better': (domain) => `Проблемы, о которых сообщалось для ${domain}, исправлены.`,
      'mail.stuck': (domain) =>
        `Письма ${domain} стоят в очереди на сервере магазина, или последняя попытка отправки не удалась. Причина указана в журнале сервера.`,
      'mail.silent': (domain) => `Сервер магазина больше суток не присылал данных о почте ${domain}.`,
      'mail.flowing': (domain) => `Почта ${domain} снова отправляется.`,
      'mail.digest': (domain) => `Что изменилось в почте ${domain}.`,
      'mail.test': (domain) =>
        `Это тестовое сообщение. На этот адрес будут приходить уведомления об изменениях в настройках почты ${domain}.`,
    },
    score: (before, now) => `Оценка: ${now} из 10, раньше: ${before}.`,
    queue: (waiting, failed, oldest) =>
      `В очереди: ${waiting}, самое старое письмо — ${oldest} мин. Не удалось отправить: ${failed}.`,
    todo: 'Что сделать: ',
    publish: 'Запись: ',
    report: 'Полный отчёт: ',
    closing: 'О каждом изменении приходит одно уведомление. mailshim',
  },
};

/** RFC 2045 section 6.8: at most 76 characters a line. */
const BASE64_LINE = 76;
const SECONDS_OF_A_MINUTE = 60;

/** The mail of a queued message, whose body `eventsFor` wrote. */
export function notificationMail(
  { id, target, body }: Delivery,
  { from, date, language }: Pick<Notification, 'from' | 'date' | 'language'>,
): string {
  return mailText({ id, from, to: target, date, language, event: JSON.parse(body) as EventBody });
}

/** The message with its header, lines ending in CRLF; only ASCII, and no line begins with a dot. */
export function mailText({ id, from, to, date, language, event }: Notification): string {
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
  const body = toBase64(toBytes(lines.join('\r\n'))).replace(new RegExp(`.{${BASE64_LINE}}`, 'g'), '$&\r\n');
  const header = [
    `From: mailshim <${from}>`,
    `To: <${to}>`,
    `Subject: ${encodeWords(words.subject[type](data.domain))}`,
    `Date: ${date.toUTCString().replace('GMT', '+0000')}`,
    `Message-ID: <${id}@${domainOfAddress(from)}>`,
    // RFC 3834 section 5: vacation programs do not answer it.
    'Auto-Submitted: auto-generated',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
  ];
  return `${header.join('\r\n')}\r\n\r\n${body}\r\n`;
}
