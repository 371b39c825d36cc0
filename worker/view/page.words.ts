// The words of the pages around a report, in every language.
import type { Area, Language } from '../../shared/findings/define.ts';
import type { DomainProblem } from '../../shared/text/domain.ts';
import { figure, type Verdict } from './verdict.ts';

/** Whether SPF or DKIM authenticates the From domain. */
export type Voice = 'yes' | 'no' | 'unknown';

export interface PageWords {
  title: (name: string) => string;
  verdict: Record<Verdict, string>;
  start: string;
  intro: string;
  promises: readonly { title: string; text: string }[];
  domain: string;
  domainHint: string;
  moreOptions: string;
  ip: string;
  ipHint: string;
  check: string;
  testInbox: string;
  ownMail: string;
  another: string;
  nameServer: string;
  ofTen: string;
  scoreLabel: (value: string) => string;
  between: (low: string, value: string) => string;
  checked: string;
  /** Above the report of a domain whose web host was entered. */
  elsewhere: (typed: string, domain: string) => string;
  checkTyped: (typed: string) => string;
  sentFrom: string;
  /** The addresses were not given but taken from the SPF record. */
  assumed: string;
  parts: string;
  area: Record<Area, string>;
  state: Record<'good' | 'fair' | 'bad' | 'grey' | 'info', string>;
  todo: string;
  nothingToDo: string;
  nothingToDoText: string;
  wins: (points: number) => string;
  partOf: string;
  recordName: string;
  recordType: string;
  recordValue: string;
  /** Where to publish a record; for PTR it is the company that assigned the address. */
  recordWhere: string;
  recordWherePtr: string;
  file: string;
  sameRecord: (step: number) => string;
  copy: string;
  copyName: (name: string) => string;
  copyValue: (name: string) => string;
  copyFile: string;
  copySnippet: string;
  copied: string;
  select: string;
  proof: string;
  proofAsked: string;
  zoneLine: string;
  answered: Record<'ok' | 'nodata' | 'nxdomain' | 'none', string>;
  unknown: string;
  advice: string;
  found: string;
  questions: (count: number) => string;
  question: string;
  answer: string;
  took: string;
  milliseconds: string;
  show: string;
  showText: string;
  badgeAlt: (name: string) => string;
  snippet: string;
  otherLanguage: string;
  skip: string;
  home: string;
  api: string;
  docs: string;
  problem: {
    title: string;
    notFound: string;
    broken: string;
    busy: string;
    later: (minutes: number) => string;
    notServed: string;
  };
  domainProblem: Record<DomainProblem, (typed: string) => string>;
  parameterProblem: Record<'ip' | 'selector' | 'helo' | 'lang', string> & { other: (name: string) => string };
}

const en: PageWords = {
  title: (name) => `Is mail from ${name} accepted?`,
  verdict: {
    good: 'Yes. Receivers have no reason to reject it.',
    mostly: 'Yes, with gaps: some of it may be filed as spam.',
    risk: 'Not always: a good part of it may be filed as spam.',
    poor: 'Hardly: receivers reject much of it or file it as spam.',
    refused: 'Not everywhere: some large receivers reject it.',
    unknown: 'Not known yet: too little could be checked.',
    absent: 'No: this domain does not exist.',
  },
  start: 'Does your shop’s mail arrive?',
  intro: 'Order confirmations in the spam folder cost sales. See how receivers judge your domain, and what to publish.',
  promises: [
    { title: 'A score out of ten', text: 'and the reason for every lost point, in plain words.' },
    { title: 'The record to copy', text: 'ready for the DNS panel of your provider.' },
    { title: 'No account', text: 'The check reads public data only.' },
  ],
  domain: 'Domain of your shop’s mail',
  domainHint: 'The part after the @; a whole address or link works too.',
  moreOptions: 'Another server sends the mail',
  ip: 'IP address of the sending server',
  ipHint: 'If empty, it is taken from the SPF record.',
  check: 'Check',
  testInbox: 'Send a test mail and see its score',
  ownMail: 'Score a mail that you have as a file',
  another: 'Check another domain',
  nameServer: 'Enter the sending server',
  ofTen: 'of 10',
  scoreLabel: (value) => `${value} of 10`,
  between: (low, value) => `Between ${low} and ${value}: not everything could be checked.`,
  checked: 'Checked',
  elsewhere: (typed, domain) => `${typed} has no mail; this is the report of ${domain}.`,
  checkTyped: (typed) => `Check ${typed} anyway`,
  sentFrom: 'sent from',
  assumed: 'from the SPF record',
  parts: 'The parts at a glance',
  area: {
    alignment: 'Sender',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    ptr: 'Reverse DNS',
    mx: 'Replies',
    dnsbl: 'Block lists',
    tls: 'Encryption',
    dns: 'DNS',
    message: 'Message',
    relay: 'Relay',
  },
  state: { good: 'in order', fair: 'could be better', bad: 'needs fixing', grey: 'not known', info: 'see the advice' },
  todo: 'What to do',
  nothingToDo: 'Nothing to do',
  nothingToDoText: 'No finding takes off points.',
  wins: (points) => `+${figure(points, 'en')} ${points === 1 ? 'point' : 'points'}`,
  partOf: 'with the above',
  recordName: 'Name',
  recordType: 'Type',
  recordValue: 'Value',
  recordWhere: 'Publish this at your DNS provider',
  recordWherePtr: 'Set by the company that assigned you the address',
  file: 'The file',
  sameRecord: (step) => `The record is the same as in step ${step}.`,
  copy: 'Copy',
  copyName: (name) => `Copy the name ${name}`,
  copyValue: (name) => `Copy the value for ${name}`,
  copyFile: 'Copy the file',
  copySnippet: 'Copy the HTML',
  copied: 'Copied',
  select: 'Selected: press Ctrl+C',
  proof: 'Evidence',
  proofAsked: 'DNS queries:',
  zoneLine: 'The record as a line of a zone file:',
  answered: { ok: 'exists', nodata: 'no such record', nxdomain: 'no such name', none: 'no answer' },
  unknown: 'Could not be checked',
  advice: 'Recommended',
  found: 'Also found',
  questions: (count) => `All ${count} DNS queries of this report`,
  question: 'Query',
  answer: 'Answer',
  took: 'Time',
  milliseconds: 'ms',
  show: 'Show the score',
  showText: 'A badge with the current score, for the admin page of your shop:',
  badgeAlt: (name) => `Mail score of ${name}`,
  snippet: 'HTML for your page',
  otherLanguage: 'Русский',
  skip: 'Skip to the content',
  home: 'mailshim: start page',
  api: 'This report as JSON',
  docs: 'For developers: the API',
  problem: {
    title: 'The request failed',
    notFound: 'There is no such page.',
    broken: 'An internal error occurred. Try again in a minute.',
    busy: 'Too many checks in a short time. Wait a minute and try again.',
    later: (minutes) => `The limit is reached. Try again in ${minutes} min.`,
    notServed: 'This service checks the domains of its owner only, and this is not one of them.',
  },
  domainProblem: {
    empty: () => 'Please enter a domain, such as shop.example.',
    'empty-label': (typed) => `“${typed}” has two dots in a row. A domain looks like shop.example.`,
    'label-too-long': (typed) => `“${typed}” is too long: at most 63 characters are allowed between two dots.`,
    'name-too-long': (typed) => `“${typed}” is too long: a domain has at most 253 characters.`,
    'bad-character': (typed) =>
      `“${typed}” has a character that is not allowed in a domain. A domain looks like shop.example.`,
    'bad-hyphen': (typed) => `In “${typed}”, a part begins or ends with a hyphen, which is not allowed.`,
    'single-label': (typed) => `“${typed}” has no ending such as .com. A domain looks like shop.example.`,
    'ip-address': (typed) => `“${typed}” is an IP address. Enter the domain after the @ of your shop’s mail address.`,
    'not-idna': (typed) => `“${typed}” is not a valid domain. A domain looks like shop.example.`,
  },
  parameterProblem: {
    ip: 'This is not an IP address. Expected at most four addresses such as 192.0.2.1 or 2001:db8::1.',
    selector: 'This is not a DKIM selector. Expected the name before ._domainkey, such as mail or s1.',
    helo: 'This is not a host name. Expected a name such as mail.shop.example.',
    lang: 'Expected one of the languages en and ru.',
    other: (name) => `The address of this page has an unknown parameter: “${name}”.`,
  },
};

const plural = new Intl.PluralRules('ru');
/** Fractions take the form of "other", which is the fallback. */
const POINTS_RU: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'балл', few: 'балла', many: 'баллов' };

const ru: PageWords = {
  title: (name) => `Доходит ли почта с ${name}?`,
  verdict: {
    good: 'Да. У получателей нет причин её отклонять.',
    mostly: 'Да, но есть недочёты: часть писем может попадать в спам.',
    risk: 'Не всегда: заметная часть писем может попадать в спам.',
    poor: 'Скорее нет: многие письма отклоняются или попадают в спам.',
    refused: 'Не везде: некоторые крупные почтовые службы отклоняют письма.',
    unknown: 'Пока неизвестно: данных для проверки слишком мало.',
    absent: 'Нет: домен не существует.',
  },
  start: 'Доходят ли письма вашего магазина?',
  intro:
    'Подтверждения заказов, которые попали в спам, — это потерянные продажи. Узнайте, как получатели оценивают ваш домен и какие DNS-записи нужны.',
  promises: [
    { title: 'Оценка по десятибалльной шкале', text: 'и причина каждого снятого балла простыми словами.' },
    { title: 'Готовая запись', text: 'для копирования в панель DNS.' },
    { title: 'Без регистрации', text: 'Проверяются только общедоступные данные.' },
  ],
  domain: 'Домен почты магазина',
  domainHint: 'Часть адреса после @; можно вставить весь адрес или ссылку.',
  moreOptions: 'Почту отправляет другой сервер',
  ip: 'IP-адрес отправляющего сервера',
  ipHint: 'Если не указать, адрес берётся из SPF-записи.',
  check: 'Проверить',
  testInbox: 'Отправить пробное письмо и узнать его оценку',
  ownMail: 'Оценить письмо из файла',
  another: 'Проверить другой домен',
  nameServer: 'Указать сервер, который отправляет почту',
  ofTen: 'из 10',
  scoreLabel: (value) => `${value} из 10`,
  between: (low, value) => `От ${low} до ${value}: не всё удалось проверить.`,
  checked: 'Проверено',
  elsewhere: (typed, domain) => `На ${typed} почты нет; это отчёт о домене ${domain}.`,
  checkTyped: (typed) => `Всё равно проверить ${typed}`,
  sentFrom: 'отправка с',
  assumed: 'из SPF-записи',
  parts: 'Кратко по разделам',
  area: {
    alignment: 'Отправитель',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    ptr: 'PTR-запись',
    mx: 'Приём почты',
    dnsbl: 'Чёрные списки',
    tls: 'Шифрование',
    dns: 'DNS',
    message: 'Письмо',
    relay: 'Релей',
  },
  state: {
    good: 'в порядке',
    fair: 'можно улучшить',
    bad: 'нужно исправить',
    grey: 'неизвестно',
    info: 'есть рекомендация',
  },
  todo: 'Что сделать',
  nothingToDo: 'Исправлять нечего',
  nothingToDoText: 'Ошибок, за которые снимаются баллы, нет.',
  wins: (points) => `+${figure(points, 'ru')} ${POINTS_RU[plural.select(points)] ?? 'балла'}`,
  partOf: 'вместе с пунктом выше',
  recordName: 'Имя',
  recordType: 'Тип',
  recordValue: 'Значение',
  recordWhere: 'Добавьте в панели DNS-хостинга',
  recordWherePtr: 'Прописывает компания, которая выделила вам IP-адрес',
  file: 'Файл',
  sameRecord: (step) => `Запись та же, что в пункте ${step}.`,
  copy: 'Копировать',
  copyName: (name) => `Копировать имя ${name}`,
  copyValue: (name) => `Копировать значение для ${name}`,
  copyFile: 'Копировать файл',
  copySnippet: 'Копировать HTML',
  copied: 'Скопировано',
  select: 'Выделено: нажмите Ctrl+C',
  proof: 'Данные проверки',
  proofAsked: 'DNS-запросы:',
  zoneLine: 'Та же запись строкой файла зоны:',
  answered: { ok: 'есть', nodata: 'такой записи нет', nxdomain: 'такого имени нет', none: 'нет ответа' },
  unknown: 'Не удалось проверить',
  advice: 'Рекомендации',
  found: 'Сведения',
  questions: (count) => `Все DNS-запросы этого отчёта: ${count}`,
  question: 'Запрос',
  answer: 'Ответ',
  took: 'Время',
  milliseconds: 'мс',
  show: 'Показать оценку у себя',
  showText: 'Значок с текущей оценкой для страницы администратора магазина:',
  badgeAlt: (name) => `Оценка почты ${name}`,
  snippet: 'HTML для вашей страницы',
  otherLanguage: 'English',
  skip: 'К основному содержанию',
  home: 'mailshim: главная страница',
  api: 'Этот отчёт в виде JSON',
  docs: 'Для разработчиков: API',
  problem: {
    title: 'Ошибка',
    notFound: 'Страница не найдена.',
    broken: 'Внутренняя ошибка сервиса. Повторите попытку через минуту.',
    busy: 'Слишком много проверок за короткое время. Подождите минуту и повторите попытку.',
    later: (minutes) => `Достигнут лимит. Повторите попытку через ${minutes} мин.`,
    notServed: 'Этот сервис проверяет только домены своего владельца, а этого домена среди них нет.',
  },
  domainProblem: {
    empty: () => 'Введите домен, например shop.example.',
    'empty-label': (typed) => `В «${typed}» две точки подряд. Домен выглядит так: shop.example.`,
    'label-too-long': (typed) => `«${typed}» — слишком длинное имя: между точками допускается не больше 63 символов.`,
    'name-too-long': (typed) => `«${typed}» — слишком длинное имя: в домене допускается не больше 253 символов.`,
    'bad-character': (typed) =>
      `В «${typed}» есть символ, недопустимый в имени домена. Домен выглядит так: shop.example.`,
    'bad-hyphen': (typed) => `В «${typed}» часть имени начинается или заканчивается дефисом, а это не допускается.`,
    'single-label': (typed) => `В «${typed}» нет окончания, например .ru. Домен выглядит так: shop.example.`,
    'ip-address': (typed) => `«${typed}» — это IP-адрес. Введите домен из адреса магазина (часть после @).`,
    'not-idna': (typed) => `«${typed}» — недопустимое имя домена. Домен выглядит так: shop.example.`,
  },
  parameterProblem: {
    ip: 'Это не IP-адрес. Укажите не больше четырёх адресов, например 192.0.2.1 или 2001:db8::1.',
    selector: 'Это не селектор DKIM. Селектор — имя перед ._domainkey, например mail или s1.',
    helo: 'Это не имя сервера. Имя выглядит так: mail.shop.example.',
    lang: 'Доступны два языка: en и ru.',
    other: (name) => `Неизвестный параметр в адресе страницы: «${name}».`,
  },
};

export const pageWords: Record<Language, PageWords> = { en, ru };
