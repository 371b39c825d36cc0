// The words of the pages around a report, in every language.
import type { Area, Language } from '../../shared/findings/define.ts';
import type { DomainProblem } from '../../shared/text/domain.ts';
import { figure, type Verdict } from './verdict.ts';

/** How sure it is that something speaks for the sender. */
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
  /** Above the report of a domain whose web host was typed. */
  elsewhere: (typed: string, domain: string) => string;
  checkTyped: (typed: string) => string;
  sentFrom: string;
  /** The addresses were not told but taken from the SPF record. */
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
  /** Who publishes a record: whoever gave the address, for PTR. */
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
    good: 'Yes. Receivers have no reason to refuse it.',
    mostly: 'Yes, with gaps: some of it may land in spam.',
    risk: 'Not always: a good part of it may land in spam.',
    poor: 'Hardly: much of it is refused or lands in spam.',
    refused: 'Not everywhere: some of the large receivers refuse it.',
    unknown: 'Not known yet: too little could be checked.',
    absent: 'No: this domain does not exist.',
  },
  start: 'Does your shop’s mail arrive?',
  intro: 'Order confirmations that land in spam cost sales. See how receivers judge your domain, and what to publish.',
  promises: [
    { title: 'A score out of ten', text: 'and the reason for every lost point, in plain words.' },
    { title: 'The record to copy', text: 'ready for the DNS panel of your provider.' },
    { title: 'No account', text: 'Nothing is read but what is public anyway.' },
  ],
  domain: 'Domain of your shop’s mail',
  domainHint: 'What stands behind the @; a whole address or link will do.',
  moreOptions: 'Another server sends the mail',
  ip: 'IP address of the sending server',
  ipHint: 'Left empty, it is taken from the SPF record.',
  check: 'Check',
  testInbox: 'Send a test mail and see its score',
  ownMail: 'Score a mail that you have as a file',
  another: 'Check another domain',
  nameServer: 'Name the sending server',
  ofTen: 'of 10',
  scoreLabel: (value) => `${value} of 10`,
  between: (low, value) => `Between ${low} and ${value}: not everything could be checked.`,
  checked: 'Checked',
  elsewhere: (typed, domain) => `${typed} has no mail of its own; this is the report of ${domain}.`,
  checkTyped: (typed) => `Check ${typed} all the same`,
  sentFrom: 'sent from',
  assumed: 'as the SPF record says',
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
  state: { good: 'in order', fair: 'could be better', bad: 'needs mending', grey: 'not known', info: 'see the advice' },
  todo: 'What to do',
  nothingToDo: 'Nothing to do',
  nothingToDoText: 'Nothing that costs points was found.',
  wins: (points) => `+${figure(points, 'en')} ${points === 1 ? 'point' : 'points'}`,
  partOf: 'with the above',
  recordName: 'Name',
  recordType: 'Type',
  recordValue: 'Value',
  recordWhere: 'Publish this at your DNS provider',
  recordWherePtr: 'Set by the company that gave you the address',
  file: 'The file',
  sameRecord: (step) => `The record is that of step ${step}.`,
  copy: 'Copy',
  copyName: (name) => `Copy the name ${name}`,
  copyValue: (name) => `Copy the value for ${name}`,
  copyFile: 'Copy the file',
  copySnippet: 'Copy the HTML',
  copied: 'Copied',
  select: 'Selected: press Ctrl+C',
  proof: 'What this rests on',
  proofAsked: 'Asked in DNS:',
  zoneLine: 'The record as a line of a zone file:',
  answered: { ok: 'there', nodata: 'no such record', nxdomain: 'no such name', none: 'no answer' },
  unknown: 'Could not be checked',
  advice: 'Good to have',
  found: 'Also found',
  questions: (count) => `All ${count} DNS questions behind this report`,
  question: 'Question',
  answer: 'Answer',
  took: 'Time',
  milliseconds: 'ms',
  show: 'Keep an eye on it',
  showText: 'A badge with the current score, for the admin page of your shop:',
  badgeAlt: (name) => `Mail score of ${name}`,
  snippet: 'HTML for your page',
  otherLanguage: 'Русский',
  skip: 'Skip to the content',
  home: 'mailshim, to the start page',
  api: 'This report as JSON',
  docs: 'For developers: the API',
  problem: {
    title: 'That did not work',
    notFound: 'There is no such page.',
    broken: 'Something broke on our side, not on yours. Try again in a minute.',
    busy: 'Too many checks in a short time. Wait a minute and try again.',
    later: (minutes) => `There is no room for more at this time. Try again in ${minutes} min.`,
    notServed: 'This service answers for the domains of its owner only, and this is none of them.',
  },
  domainProblem: {
    empty: () => 'Please enter a domain, such as shop.example.',
    'empty-label': (typed) => `“${typed}” has two dots in a row. A domain looks like shop.example.`,
    'label-too-long': (typed) => `“${typed}” is too long: there may be 63 characters between two dots.`,
    'name-too-long': (typed) => `“${typed}” is too long: a domain has 253 characters at most.`,
    'bad-character': (typed) => `“${typed}” has a character that no domain has. A domain looks like shop.example.`,
    'bad-hyphen': (typed) => `In “${typed}”, a part begins or ends with a hyphen; no domain does.`,
    'single-label': (typed) => `“${typed}” lacks its ending, such as .com: a domain looks like shop.example.`,
    'ip-address': (typed) => `“${typed}” is an IP address. Enter the domain behind the @ of your shop’s mail address.`,
    'not-idna': (typed) => `“${typed}” is no valid domain. One looks like shop.example.`,
  },
  parameterProblem: {
    ip: 'That is not an IP address. One looks like 192.0.2.1 or 2001:db8::1; there may be four of them.',
    selector: 'That is not a DKIM selector. One is the name before ._domainkey, such as mail or s1.',
    helo: 'That is not a host name. One looks like mail.shop.example.',
    lang: 'There are two languages: en and ru.',
    other: (name) => `The address of this page has a part that cannot be used: “${name}”.`,
  },
};

const plural = new Intl.PluralRules('ru');
/** Fractions take the form of "other", which is the fallback. */
const POINTS_RU: Partial<Record<Intl.LDMLPluralRule, string>> = { one: 'балл', few: 'балла', many: 'баллов' };

const ru: PageWords = {
  title: (name) => `Принимают ли почту от ${name}?`,
  verdict: {
    good: 'Да. У получателей нет причин её отклонять.',
    mostly: 'Да, но есть пробелы: часть писем может попадать в спам.',
    risk: 'Не всегда: заметная часть писем может попадать в спам.',
    poor: 'Скорее нет: многие письма отклоняют или кладут в спам.',
    refused: 'Не везде: некоторые крупные почтовые службы её отклоняют.',
    unknown: 'Пока неизвестно: проверить удалось слишком мало.',
    absent: 'Нет: такого домена не существует.',
  },
  start: 'Доходят ли письма вашего магазина?',
  intro:
    'Подтверждения заказов, попавшие в спам, — это потерянные продажи. Узнайте, как получатели оценивают ваш домен и что опубликовать.',
  promises: [
    { title: 'Оценка из десяти', text: 'и причина каждого потерянного балла простыми словами.' },
    { title: 'Готовая запись', text: 'которую остаётся скопировать в панель DNS.' },
    { title: 'Без регистрации', text: 'Читается только то, что и так открыто всем.' },
  ],
  domain: 'Домен почты магазина',
  domainHint: 'То, что стоит после @; можно вставить весь адрес или ссылку.',
  moreOptions: 'Почту отправляет другой сервер',
  ip: 'IP-адрес отправляющего сервера',
  ipHint: 'Если оставить пустым, он берётся из SPF-записи.',
  check: 'Проверить',
  testInbox: 'Отправить пробное письмо и узнать его оценку',
  ownMail: 'Оценить письмо из файла',
  another: 'Проверить другой домен',
  nameServer: 'Указать сервер отправки',
  ofTen: 'из 10',
  scoreLabel: (value) => `${value} из 10`,
  between: (low, value) => `От ${low} до ${value}: проверить удалось не всё.`,
  checked: 'Проверено',
  elsewhere: (typed, domain) => `У ${typed} своей почты нет; это отчёт о домене ${domain}.`,
  checkTyped: (typed) => `Всё равно проверить ${typed}`,
  sentFrom: 'отправка с',
  assumed: 'по SPF-записи',
  parts: 'Коротко по частям',
  area: {
    alignment: 'Отправитель',
    spf: 'SPF',
    dkim: 'DKIM',
    dmarc: 'DMARC',
    ptr: 'Обратная зона',
    mx: 'Ответы',
    dnsbl: 'Чёрные списки',
    tls: 'Шифрование',
    dns: 'DNS',
    message: 'Письмо',
    relay: 'Сервер отправки',
  },
  state: { good: 'в порядке', fair: 'можно улучшить', bad: 'нужно исправить', grey: 'неизвестно', info: 'есть совет' },
  todo: 'Что сделать',
  nothingToDo: 'Делать ничего не нужно',
  nothingToDoText: 'Ничего, что снижало бы оценку, не найдено.',
  wins: (points) => `+${figure(points, 'ru')} ${POINTS_RU[plural.select(points)] ?? 'балла'}`,
  partOf: 'вместе с пунктом выше',
  recordName: 'Имя',
  recordType: 'Тип',
  recordValue: 'Значение',
  recordWhere: 'Опубликуйте у своего DNS-провайдера',
  recordWherePtr: 'Ставит компания, которая дала вам адрес',
  file: 'Файл',
  sameRecord: (step) => `Запись — та же, что в пункте ${step}.`,
  copy: 'Копировать',
  copyName: (name) => `Копировать имя ${name}`,
  copyValue: (name) => `Копировать значение для ${name}`,
  copyFile: 'Копировать файл',
  copySnippet: 'Копировать HTML',
  copied: 'Скопировано',
  select: 'Выделено: нажмите Ctrl+C',
  proof: 'На чём это основано',
  proofAsked: 'Вопросы к DNS:',
  zoneLine: 'Та же запись строкой файла зоны:',
  answered: { ok: 'есть', nodata: 'такой записи нет', nxdomain: 'такого имени нет', none: 'ответа нет' },
  unknown: 'Проверить не удалось',
  advice: 'Желательно',
  found: 'Что ещё видно',
  questions: (count) => `Все вопросы к DNS для этого отчёта: ${count}`,
  question: 'Вопрос',
  answer: 'Ответ',
  took: 'Время',
  milliseconds: 'мс',
  show: 'Держите на виду',
  showText: 'Значок с текущей оценкой — для страницы администратора магазина:',
  badgeAlt: (name) => `Оценка почты ${name}`,
  snippet: 'HTML для вашей страницы',
  otherLanguage: 'English',
  skip: 'К содержанию',
  home: 'mailshim, на главную',
  api: 'Этот отчёт в виде JSON',
  docs: 'Разработчикам: API',
  problem: {
    title: 'Не получилось',
    notFound: 'Такой страницы нет.',
    broken: 'Сломалось у нас, не у вас. Попробуйте ещё раз через минуту.',
    busy: 'Слишком много проверок за короткое время. Подождите минуту и попробуйте ещё раз.',
    later: (minutes) => `Свободных мест сейчас нет. Попробуйте ещё раз через ${minutes} мин.`,
    notServed: 'Эта служба проверяет только домены своего владельца, а этого домена среди них нет.',
  },
  domainProblem: {
    empty: () => 'Введите домен, например shop.example.',
    'empty-label': (typed) => `В «${typed}» две точки подряд. Домен выглядит так: shop.example.`,
    'label-too-long': (typed) => `«${typed}» слишком длинно: между точками может быть не больше 63 знаков.`,
    'name-too-long': (typed) => `«${typed}» слишком длинно: в домене не больше 253 знаков.`,
    'bad-character': (typed) =>
      `В «${typed}» есть знак, которого в домене быть не может. Домен выглядит так: shop.example.`,
    'bad-hyphen': (typed) => `В «${typed}» часть имени начинается или кончается дефисом; в доменах так не бывает.`,
    'single-label': (typed) => `В «${typed}» нет окончания, например .ru. Домен выглядит так: shop.example.`,
    'ip-address': (typed) => `«${typed}» — это IP-адрес. Введите домен, который стоит после @ в адресе магазина.`,
    'not-idna': (typed) => `«${typed}» — недопустимое имя домена. Домен выглядит так: shop.example.`,
  },
  parameterProblem: {
    ip: 'Это не IP-адрес. Он выглядит так: 192.0.2.1 или 2001:db8::1; их может быть не больше четырёх.',
    selector: 'Это не селектор DKIM. Селектор — имя перед ._domainkey, например mail или s1.',
    helo: 'Это не имя сервера. Оно выглядит так: mail.shop.example.',
    lang: 'Есть два языка: en и ru.',
    other: (name) => `В адресе этой страницы есть часть, которую нельзя использовать: «${name}».`,
  },
};

export const pageWords: Record<Language, PageWords> = { en, ru };
