// Findings of block lists (RFC 5782).
import { define } from './define.ts';

const PARTS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    SBL: 'spam was seen from it or its network',
    CSS: 'it sends mail that looks like spam',
    XBL: 'a machine behind it is infected or broken into',
    DROP: 'its network belongs to criminals',
    spam: 'it is advertised by spam',
    phishing: 'it is used for phishing',
    malware: 'it spreads malware',
    botnet: 'it steers a botnet',
    abused: 'somebody abuses a page on it',
    black: 'it is advertised by spam',
    cracked: 'its site was broken into',
  },
  ru: {
    SBL: 'с него или из его сети шёл спам',
    CSS: 'с него идут письма, похожие на спам',
    XBL: 'компьютер за ним заражён или взломан',
    DROP: 'его сеть принадлежит преступникам',
    spam: 'его рекламируют в спаме',
    phishing: 'его используют для фишинга',
    malware: 'он распространяет вредоносные программы',
    botnet: 'он управляет ботнетом',
    abused: 'кто-то злоупотребляет страницей на нём',
    black: 'его рекламируют в спаме',
    cracked: 'его сайт взломан',
  },
};
function why(parts: readonly string[], language: 'en' | 'ru'): string {
  const known = parts.map((part) => PARTS[language][part]).filter((text) => text !== undefined);
  return known.length === 0 ? '' : ` (${parts.join(', ')}: ${known.join('; ')})`;
}

const REASONS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'resolver-refused': 'the list does not answer public DNS resolvers',
    limit: 'the list takes no more questions from this resolver',
    refused: 'the list refused to answer',
    'bad-code': 'its answer has no known meaning',
    'not-a-list': 'its answer is none that a block list gives',
    'bad-key': 'the key for it is not valid',
    'no-answer': 'there was no answer',
  },
  ru: {
    'resolver-refused': 'список не отвечает публичным DNS-серверам',
    limit: 'список больше не принимает вопросов от этого DNS-сервера',
    refused: 'список отказался отвечать',
    'bad-code': 'его ответ ничего не означает',
    'not-a-list': 'так чёрные списки не отвечают',
    'bad-key': 'ключ к нему неверен',
    'no-answer': 'ответа не было',
  },
};

const LINK_FIX = {
  en: (subject: string, removal: string) =>
    `Take the links and pictures of ${subject} out of the mail. If it is yours, find out why it is listed and ask for removal: ${removal}`,
  ru: (subject: string, removal: string) =>
    `Уберите из письма ссылки и картинки с ${subject}. Если домен ваш, выясните причину и попросите исключить его из списка: ${removal}`,
};

interface Listed {
  [key: string]: string | readonly string[];
  subject: string;
  list: string;
  parts: readonly string[];
  removal: string;
}

export const dnsblFindings = {
  'dnsbl.refused': define<Listed>({
    area: 'dnsbl',
    severity: 'error',
    points: 3,
    cap: 4,
    class: 'C',
    root: 'dnsbl',
    source: 'RFC 5782 section 2.1; Spamhaus return codes',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The sender is on a block list that most receivers go by',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Very many receivers refuse its mail.`,
      fix: `Find the cause first: a broken-into shop, a form that sends spam, an infected machine. Fix it, then ask for removal at ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Отправитель в чёрном списке, которому верит большинство получателей',
      detail: `${subject} есть в ${list}${why(parts, 'ru')}. Очень многие получатели отклоняют его почту.`,
      fix: `Сначала найдите причину: взломанный магазин, форма, через которую шлют спам, заражённый компьютер. Устраните её и попросите исключить из списка: ${removal}`,
    }),
  }),
  'dnsbl.policy': define<Listed>({
    area: 'dnsbl',
    severity: 'error',
    points: 3,
    cap: 4,
    class: 'C',
    root: 'dnsbl',
    source: 'RFC 5782 section 2.1; Spamhaus PBL',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The sending address is listed as one that sends no mail',
      detail: `${subject} is on ${list} (${parts.join(', ')}): its provider says that mail should not come from there. It is no reproach, but many receivers refuse such mail.`,
      fix: `Send through the mail server of your provider, or, if the address is a fixed one for a mail server, have it taken off: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Адрес числится среди тех, с которых почту не отправляют',
      detail: `${subject} есть в ${list} (${parts.join(', ')}): его провайдер объявил, что почты оттуда быть не должно. Это не обвинение, но многие получатели такую почту отклоняют.`,
      fix: `Отправляйте через почтовый сервер провайдера или, если адрес постоянный и выделен почтовому серверу, исключите его из списка: ${removal}`,
    }),
  }),
  'dnsbl.listed': define<Listed>({
    area: 'dnsbl',
    severity: 'warning',
    points: 0.5,
    class: 'C',
    source: 'RFC 5782 section 2.1',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The sender is on a block list',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Spam filters count that against its mail.`,
      fix: `Find out why and ask for removal: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Отправитель есть в чёрном списке',
      detail: `${subject} есть в ${list}${why(parts, 'ru')}. Спам-фильтры учитывают это против его писем.`,
      fix: `Выясните причину и попросите исключить из списка: ${removal}`,
    }),
  }),
  'dnsbl.mentioned': define<Listed>({
    area: 'dnsbl',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1',
    en: ({ subject, list, removal }) => ({
      title: 'The sender is on a list that few receivers go by',
      detail: `${subject} is on ${list}.`,
      fix: `Look into it at ${removal}`,
    }),
    ru: ({ subject, list, removal }) => ({
      title: 'Отправитель есть в списке, которым пользуются немногие',
      detail: `${subject} есть в ${list}.`,
      fix: `Подробности: ${removal}`,
    }),
  }),
  'dnsbl.link-refused': define<Listed>({
    area: 'dnsbl',
    severity: 'error',
    points: 1.5,
    class: 'C',
    root: 'dnsbl.link',
    source: 'Spamhaus DBL return codes; SpamAssassin URIBL_DBL_SPAM',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The mail links to a domain on a block list that most receivers go by',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Filters look up the domain of every link, and this listing alone may send the mail to spam, no matter which server it comes from.`,
      fix: LINK_FIX.en(subject, removal),
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Письмо ссылается на домен из чёрного списка, которому верит большинство получателей',
      detail: `${subject} есть в ${list}${why(parts, 'ru')}. Фильтры проверяют домен каждой ссылки, и одного этого может хватить, чтобы письмо сочли спамом, с какого бы сервера оно ни пришло.`,
      fix: LINK_FIX.ru(subject, removal),
    }),
  }),
  'dnsbl.link-listed': define<Listed>({
    area: 'dnsbl',
    severity: 'warning',
    points: 0.5,
    class: 'C',
    root: 'dnsbl.link',
    source: 'SpamAssassin URIBL_BLACK and SURBL rules',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The mail links to a domain on a block list',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Filters look up the domain of every link and count such a listing.`,
      fix: LINK_FIX.en(subject, removal),
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Письмо ссылается на домен из чёрного списка',
      detail: `${subject} есть в ${list}${why(parts, 'ru')}. Фильтры проверяют домен каждой ссылки и учитывают это.`,
      fix: LINK_FIX.ru(subject, removal),
    }),
  }),
  'dnsbl.link-mentioned': define<Listed>({
    area: 'dnsbl',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1',
    en: ({ subject, list, parts, removal }) => ({
      title: 'The mail links to a domain on a list that few receivers go by',
      detail: `${subject} is on ${list} (${parts.join(', ')}).`,
      fix: `Look into it at ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Письмо ссылается на домен из списка, которым пользуются немногие',
      detail: `${subject} есть в ${list} (${parts.join(', ')}).`,
      fix: `Подробности: ${removal}`,
    }),
  }),
  'dnsbl.link-unknown': define<{ subjects: readonly string[]; lists: readonly string[] }>({
    area: 'dnsbl',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1; Spamhaus return codes',
    en: ({ subjects, lists }) => ({
      title: 'Block lists could not be asked about the links',
      detail: `Whether ${subjects.join(', ')} is on ${lists.join(', ')} is not known: these lists gave no answer to this resolver.`,
      fix: 'These lists answer a DNS resolver of your own. With a free key of Spamhaus (DQS) in the settings, its list answers through public resolvers, too.',
    }),
    ru: ({ subjects, lists }) => ({
      title: 'Чёрные списки не удалось спросить о ссылках',
      detail: `Есть ли ${subjects.join(', ')} в ${lists.join(', ')}, неизвестно: этому DNS-серверу списки не ответили.`,
      fix: 'Эти списки отвечают собственному DNS-серверу. С бесплатным ключом Spamhaus (DQS) в настройках его список отвечает и через публичные.',
    }),
  }),
  'dnsbl.clean': define<{ subjects: readonly string[]; lists: readonly string[] }>({
    area: 'dnsbl',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1',
    en: ({ subjects, lists }) => ({
      title: 'The sender is on none of the block lists',
      detail: `${subjects.join(', ')}: not on ${lists.join(', ')}.`,
    }),
    ru: ({ subjects, lists }) => ({
      title: 'Отправителя нет в чёрных списках',
      detail: `${subjects.join(', ')}: нет в ${lists.join(', ')}.`,
    }),
  }),
  'dnsbl.unknown': define<{ subject: string; list: string; reason: string }>({
    area: 'dnsbl',
    severity: 'unknown',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1; Spamhaus return codes',
    en: ({ subject, list, reason }) => ({
      title: 'A block list could not be asked',
      detail: `Whether ${subject} is on ${list} is not known: ${REASONS.en[reason] ?? reason}.`,
      ...(reason === 'resolver-refused' || reason === 'limit'
        ? { fix: 'With a free key of Spamhaus (DQS) in the settings, its lists answer.' }
        : {}),
    }),
    ru: ({ subject, list, reason }) => ({
      title: 'Чёрный список не удалось спросить',
      detail: `Есть ли ${subject} в ${list}, неизвестно: ${REASONS.ru[reason] ?? reason}.`,
      ...(reason === 'resolver-refused' || reason === 'limit'
        ? { fix: 'С бесплатным ключом Spamhaus (DQS) в настройках его списки отвечают.' }
        : {}),
    }),
  }),
} as const;
