// Findings of block lists (RFC 5782).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

const PARTS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    SBL: 'spam came from it or its network',
    CSS: 'it sends mail that looks like spam',
    XBL: 'a machine behind it is infected or compromised',
    DROP: 'criminals control its network',
    spam: 'spam advertises it',
    phishing: 'it is used for phishing',
    malware: 'it distributes malware',
    botnet: 'it controls a botnet',
    abused: 'a page on it is abused',
    black: 'spam advertises it',
    cracked: 'its site is compromised',
  },
  ru: {
    SBL: 'с этого адреса или из его сети рассылался спам',
    CSS: 'с этого адреса приходят письма, похожие на спам',
    XBL: 'компьютер за этим адресом заражён или взломан',
    DROP: 'сеть контролируют злоумышленники',
    spam: 'рекламируется в спаме',
    phishing: 'используется для фишинга',
    malware: 'распространяет вредоносные программы',
    botnet: 'управляет ботнетом',
    abused: 'на нём есть страница, которую используют злоумышленники',
    black: 'рекламируется в спаме',
    cracked: 'сайт взломан',
  },
};
function why(parts: readonly string[], language: 'en' | 'ru'): string {
  const known = parts.map((part) => PARTS[language][part]).filter((text) => text !== undefined);
  return known.length === 0 ? '' : ` (${parts.join(', ')}: ${known.join('; ')})`;
}

const REASONS: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'resolver-refused': 'the list does not answer public DNS resolvers',
    limit: 'this resolver has exceeded the query limit of the list',
    refused: 'the list refused the query',
    'bad-code': 'its return code is unknown',
    'not-a-list': 'its answer is not that of a block list',
    'bad-key': 'the key for it is not valid',
    'no-answer': 'it did not answer',
  },
  ru: {
    'resolver-refused': 'список не отвечает публичным DNS-серверам',
    limit: 'исчерпан лимит запросов к списку с этого DNS-сервера',
    refused: 'список отклонил запрос',
    'bad-code': 'неизвестный код ответа',
    'not-a-list': 'чёрные списки так не отвечают',
    'bad-key': 'неверный ключ доступа',
    'no-answer': 'нет ответа',
  },
};

const LINK_FIX = {
  en: (subject: string, removal: string) =>
    `Remove the links and images of ${subject} from the mail. If the domain is yours, find out why it is listed, and request removal: ${removal}`,
  ru: (subject: string, removal: string) =>
    `Уберите из письма ссылки и картинки с ${subject}. Если это ваш домен, выясните причину и запросите исключение из списка: ${removal}`,
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
      title: 'The sender is on a block list that most receivers use',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Most receivers reject its mail.`,
      fix: `First find and fix the cause: a compromised shop, a form that sends spam, an infected machine. Then request removal: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Отправитель в чёрном списке, который использует большинство получателей',
      detail: `${subject} внесён в ${list}${why(parts, 'ru')}. Большинство получателей отклоняет такую почту.`,
      fix: `Сначала найдите и устраните причину: взломанный магазин, форма, через которую рассылают спам, заражённый компьютер. Затем запросите исключение из списка: ${removal}`,
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
      title: 'The sending address is listed as an address that sends no mail',
      detail: `${subject} is on ${list} (${parts.join(', ')}): its provider declares that no mail is sent from there directly. The listing is not a complaint, but many receivers reject such mail.`,
      fix: `Send through the mail server of your provider, or, if it is a static address of a mail server, request removal: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Адрес отправки указан как адрес, с которого почта не отправляется',
      detail: `${subject} внесён в ${list} (${parts.join(', ')}): провайдер указал, что с этого адреса почта напрямую не отправляется. Это не жалоба на спам, но многие получатели такую почту отклоняют.`,
      fix: `Отправляйте почту через почтовый сервер провайдера или, если это статический адрес почтового сервера, запросите исключение из списка: ${removal}`,
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
      fix: `Find out why, and request removal: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'Отправитель в чёрном списке',
      detail: `${subject} внесён в ${list}${why(parts, 'ru')}. Спам-фильтры учитывают это не в пользу его писем.`,
      fix: `Выясните причину и запросите исключение из списка: ${removal}`,
    }),
  }),
  'dnsbl.mentioned': define<Listed>({
    area: 'dnsbl',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1',
    en: ({ subject, list, removal }) => ({
      title: 'The sender is on a list that few receivers use',
      detail: `${subject} is on ${list}.`,
      fix: `Details: ${removal}`,
    }),
    ru: ({ subject, list, removal }) => ({
      title: 'Отправитель в списке, который используют немногие получатели',
      detail: `${subject} внесён в ${list}.`,
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
      title: 'The mail links to a domain on a block list that most receivers use',
      detail: `${subject} is on ${list}${why(parts, 'en')}. Filters check the domain of every link, and this listing alone can make the mail spam, whichever server sends it.`,
      fix: LINK_FIX.en(subject, removal),
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'В письме ссылка на домен из чёрного списка, который использует большинство получателей',
      detail: `${subject} внесён в ${list}${why(parts, 'ru')}. Фильтры проверяют домен каждой ссылки, и одного этого достаточно, чтобы письмо попало в спам, с какого бы сервера оно ни пришло.`,
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
      detail: `${subject} is on ${list}${why(parts, 'en')}. Filters check the domain of every link and count such a listing.`,
      fix: LINK_FIX.en(subject, removal),
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'В письме ссылка на домен из чёрного списка',
      detail: `${subject} внесён в ${list}${why(parts, 'ru')}. Фильтры проверяют домен каждой ссылки и учитывают это.`,
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
      title: 'The mail links to a domain on a list that few receivers use',
      detail: `${subject} is on ${list} (${parts.join(', ')}).`,
      fix: `Details: ${removal}`,
    }),
    ru: ({ subject, list, parts, removal }) => ({
      title: 'В письме ссылка на домен из списка, который используют немногие получатели',
      detail: `${subject} внесён в ${list} (${parts.join(', ')}).`,
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
      title: 'Block lists did not answer about the links',
      detail: `Whether ${subjects.join(', ')} is on ${lists.join(', ')} is not known: these lists did not answer this resolver.`,
      fix: 'These lists answer your own DNS resolver. With a free key of Spamhaus (DQS) in the settings, its list answers through public resolvers too.',
    }),
    ru: ({ subjects, lists }) => ({
      title: 'Чёрные списки не ответили на запросы о ссылках',
      detail: `Есть ли ${subjects.join(', ')} в ${lists.join(', ')}, неизвестно: списки не ответили этому DNS-серверу.`,
      fix: 'Эти списки отвечают собственному DNS-серверу. С бесплатным ключом Spamhaus (DQS) в настройках список Spamhaus отвечает и публичным DNS-серверам.',
    }),
  }),
  'dnsbl.clean': define<{ subjects: readonly string[]; lists: readonly string[] }>({
    area: 'dnsbl',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 5782 section 2.1',
    en: ({ subjects, lists }) => ({
      title: 'The sender is on no block list',
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
      title: 'A block list did not answer',
      detail: `Whether ${subject} is on ${list} is not known: ${phrase(REASONS, 'en', reason)}.`,
      ...(reason === 'resolver-refused' || reason === 'limit'
        ? { fix: 'With a free key of Spamhaus (DQS) in the settings, its lists answer.' }
        : {}),
    }),
    ru: ({ subject, list, reason }) => ({
      title: 'Чёрный список не ответил',
      detail: `Есть ли ${subject} в ${list}, неизвестно: ${phrase(REASONS, 'ru', reason)}.`,
      ...(reason === 'resolver-refused' || reason === 'limit'
        ? { fix: 'С бесплатным ключом Spamhaus (DQS) в настройках списки Spamhaus отвечают.' }
        : {}),
    }),
  }),
} as const;
