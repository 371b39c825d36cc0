// The week's mail in words.
import type { Language } from '../../shared/findings/define.ts';
import { BOUNCE_REASONS } from '../../shared/reports/bounce-words.ts';
import type { SourceClass } from '../../shared/reports/sources.ts';
import type { Digest, DigestItem } from './digest.ts';

interface Words {
  week: (since: string, until: string) => string;
  messages: (total: number, aligned: string) => string;
  noMessages: string;
  failed: (count: number) => string;
  nothing: string;
  closing: string;
  items: { [K in DigestItem['kind']]: (item: Extract<DigestItem, { kind: K }>, domain: string) => string };
}

const CLASSES: Record<Language, Record<SourceClass, string>> = {
  en: {
    'yours-aligned': 'yours',
    'yours-unaligned':
      'It sends in the domain’s name and is not aligned. If you use it, GET /v1/sources has what to set up; if not, switch it off.',
    forwarder: 'It forwards mail of the domain.',
    stranger:
      'Nothing connects it with the domain. If it is yours, set it up; if not, somebody forges your sender address.',
  },
  ru: {
    'yours-aligned': 'ваш',
    'yours-unaligned':
      'Он отправляет письма от имени домена без выравнивания. Если он нужен, что настроить — в GET /v1/sources; если нет, отключите его.',
    forwarder: 'Он пересылает почту домена.',
    stranger:
      'С доменом его ничего не связывает. Если он ваш, настройте его; если нет, кто-то подделывает ваш адрес отправителя.',
  },
};

const WORDS: Record<Language, Words> = {
  en: {
    week: (since, until) => `The week from ${since} to ${until}.`,
    messages: (total, aligned) => `Receivers reported ${total} messages, ${aligned} of them aligned.`,
    noMessages: 'No DMARC report arrived.',
    failed: (count) => `Bounced: ${count}.`,
    nothing: 'Nothing changed, and there is nothing to do.',
    closing:
      'This mail comes once a week, if there is something to say or you asked for it each week ("digest" in PUT /v1/watch). mailshim',
    items: {
      score: ({ before, now }) => `Score: ${now} of 10, a week ago: ${before}. The report says why.`,
      source: ({ name, class: kind, messages }) =>
        `New source: ${name}, ${messages} messages that fail DMARC. ${CLASSES.en[kind]}`,
      aligned: ({ before, now }) =>
        `Aligned messages: ${percent(now)}, the week before: ${percent(before)}. GET /v1/sources says which source it is.`,
      bounces: ({ before, now, reasons }) =>
        `Bounces: ${now}, the week before: ${before}. ${reasons.map(({ reason, messages }) => `${BOUNCE_REASONS[reason].en}: ${messages}.`).join(' ')} GET /v1/bounces says what to do.`,
      complaints: ({ now }) =>
        `Complaints: ${now}. Send to those only who asked for it, and let them unsubscribe with one click.`,
      addresses: ({ now }, domain) =>
        `New addresses that do not exist: ${now}. Take them off your lists: GET /v1/bounces/${domain}/addresses.`,
      step: ({ policy, next }, domain) =>
        `The DMARC policy can go from p=${policy} to p=${next}: the reports of four weeks say nothing against it. GET /v1/next/${domain} has the record.`,
      silent: () =>
        'No DMARC report arrived this week, and some did the week before. See that "rua" in the DMARC record is still the address for reports.',
    },
  },
  ru: {
    week: (since, until) => `Неделя с ${since} по ${until}.`,
    messages: (total, aligned) => `Получатели сообщили о письмах: ${total}, из них с выравниванием ${aligned}.`,
    noMessages: 'Отчётов DMARC не было.',
    failed: (count) => `Возвратов: ${count}.`,
    nothing: 'Ничего не изменилось, делать ничего не нужно.',
    closing:
      'Это письмо приходит раз в неделю, если есть что сообщить или если вы просили присылать его всегда («digest» в PUT /v1/watch). mailshim',
    items: {
      score: ({ before, now }) => `Оценка: ${now} из 10, неделю назад: ${before}. Почему — в отчёте.`,
      source: ({ name, class: kind, messages }) =>
        `Новый источник: ${name}, писем, не прошедших DMARC: ${messages}. ${CLASSES.ru[kind]}`,
      aligned: ({ before, now }) =>
        `Писем с выравниванием: ${percent(now)}, неделей раньше: ${percent(before)}. Какой источник виноват — в GET /v1/sources.`,
      bounces: ({ before, now, reasons }) =>
        `Возвратов: ${now}, неделей раньше: ${before}. ${reasons.map(({ reason, messages }) => `${BOUNCE_REASONS[reason].ru}: ${messages}.`).join(' ')} Что делать — в GET /v1/bounces.`,
      complaints: ({ now }) =>
        `Жалоб на спам: ${now}. Отправляйте рассылки только тем, кто на них подписался, и дайте отписаться одним нажатием.`,
      addresses: ({ now }, domain) =>
        `Новых несуществующих адресов: ${now}. Уберите их из списков рассылки: GET /v1/bounces/${domain}/addresses.`,
      step: ({ policy, next }, domain) =>
        `Политику DMARC можно поднять с p=${policy} до p=${next}: отчёты за четыре недели этому не препятствуют. Запись — в GET /v1/next/${domain}.`,
      silent: () =>
        'На этой неделе отчётов DMARC не было, хотя неделей раньше они приходили. Проверьте, что «rua» в записи DMARC указывает на адрес для отчётов.',
    },
  },
};

/** The text between the opening and the link to the report. */
export function digestLines(
  { since, until, messages, failed, items }: Digest,
  domain: string,
  language: Language,
): string[] {
  const words = WORDS[language];
  const said = <K extends DigestItem['kind']>(item: Extract<DigestItem, { kind: K }>) =>
    words.items[item.kind as K](item, domain);
  return [
    words.week(since, until),
    messages === null
      ? words.noMessages
      : words.messages(messages.total, percent(messages.total === 0 ? 0 : messages.aligned / messages.total)),
    words.failed(failed),
    ...(items.length === 0 ? ['', words.nothing] : items.flatMap((item) => ['', said(item)])),
  ];
}

export function digestClosing(language: Language): string {
  return WORDS[language].closing;
}

/** Rounded down, so that 100 % is all. */
function percent(share: number): string {
  return `${Math.floor(share * 1000) / 10} %`;
}
