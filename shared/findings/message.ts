// Findings of a message's head and lines (RFC 5322 sections 2 and 3.6).
import { define } from './define.ts';
import { kilobytes } from './message.way.ts';

/** Gmail and others refuse what is no mail by the standard; one such fault is as bad as two. */
const malformed = {
  area: 'message',
  severity: 'error',
  points: 2,
  cap: 5,
  class: 'A',
  root: 'message.form',
} as const;
const weighed = { area: 'message', severity: 'warning', class: 'C' } as const;
const fact = { area: 'message', severity: 'info', points: 0, class: 'D' } as const;

export const messageFindings = {
  'message.seen': define<{ octets: number; parts: readonly string[]; links: number; attachments: number }>({
    ...fact,
    source: 'RFC 2045 section 5',
    en: ({ octets, parts, links, attachments }) => ({
      title: 'What the mail consists of',
      detail: `${kilobytes(octets)} KB; parts: ${parts.join(', ')}; links: ${links}; attached files: ${attachments}.`,
    }),
    ru: ({ octets, parts, links, attachments }) => ({
      title: 'Из чего состоит письмо',
      detail: `${kilobytes(octets)} КБ; части: ${parts.join(', ')}; ссылок: ${links}; вложенных файлов: ${attachments}.`,
    }),
  }),
  'message.missing-field': define<{ field: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6; Gmail sender guidelines',
    en: ({ field }) => ({
      title: `The mail has no ${field} header`,
      detail: `Every mail must have the header ${field}. Gmail and Outlook refuse mail without it or file it as spam.`,
      fix: `Let the program that makes the mail set ${field}. mailshim adds a missing Date by itself.`,
    }),
    ru: ({ field }) => ({
      title: `В письме нет заголовка ${field}`,
      detail: `Заголовок ${field} обязателен в каждом письме. Без него Gmail и Outlook письмо отклоняют или кладут в спам.`,
      fix: `Пусть программа, которая составляет письмо, ставит ${field}. Недостающий Date mailshim добавляет сам.`,
    }),
  }),
  'message.duplicate-field': define<{ field: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6; Gmail sender guidelines',
    en: ({ field }) => ({
      title: `The mail has the header ${field} more than once`,
      detail: `${field} may stand in a mail once. Which of them counts is not defined, so Gmail refuses such mail.`,
      fix: `Look for two places that set ${field}, such as the shop's own code and a mail module (in PHP: the fourth argument of mail()), and keep one.`,
    }),
    ru: ({ field }) => ({
      title: `Заголовок ${field} стоит в письме несколько раз`,
      detail: `${field} может стоять в письме один раз. Какой из них считать верным, не определено, и Gmail такие письма отклоняет.`,
      fix: `Найдите два места, где ставится ${field}: например, код магазина и почтовый модуль (в PHP — четвёртый аргумент mail()). Оставьте одно.`,
    }),
  }),
  'message.bad-from': define<{ value: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6.2',
    en: ({ value }) => ({
      title: 'The sender in From cannot be read',
      detail: `From holds “${value}”, which is not one mail address at a domain of the Internet.`,
      fix: 'Write it as: Shop <orders@shop.example>. Put a name with a comma, a dot or brackets into quotation marks.',
    }),
    ru: ({ value }) => ({
      title: 'Отправитель в From не читается',
      detail: `В From стоит «${value}» — это не один почтовый адрес в домене Интернета.`,
      fix: 'Пишите так: Shop <orders@shop.example>. Имя с запятой, точкой или скобками берут в кавычки.',
    }),
  }),
  'message.several-from': define<{ addresses: string }>({
    ...malformed,
    source: 'RFC 9989 section 5.3; Gmail sender guidelines',
    en: ({ addresses }) => ({
      title: 'From holds several addresses',
      detail: `From names ${addresses}. Receivers cannot tell whose mail it is, and Gmail refuses it.`,
      fix: 'Put one address into From and the others into Reply-To.',
    }),
    ru: ({ addresses }) => ({
      title: 'В From несколько адресов',
      detail: `В From стоят ${addresses}. Получатель не может понять, чьё это письмо, и Gmail его отклоняет.`,
      fix: 'Оставьте в From один адрес, остальные укажите в Reply-To.',
    }),
  }),
  'message.not-a-field': define<{ line: string }>({
    ...weighed,
    points: 1,
    root: 'message.head',
    source: 'RFC 5322 section 2.2',
    en: ({ line }) => ({
      title: 'The head of the mail has a line that is no header',
      detail: `“${line}” is among the headers. Some receivers read everything from there on as the text of the mail.`,
      fix: 'Often an empty line or a line break got into a header. In PHP, take line breaks out of every value that is put into the headers.',
    }),
    ru: ({ line }) => ({
      title: 'В заголовке письма есть посторонняя строка',
      detail: `Среди заголовков стоит «${line}». Часть получателей примет всё после неё за текст письма.`,
      fix: 'Обычно в заголовок попал перевод строки. В PHP убирайте переводы строк из всех значений, которые подставляются в заголовки.',
    }),
  }),
  'message.bad-date': define<{ value: string }>({
    ...weighed,
    points: 0.5,
    root: 'message.date',
    source: 'RFC 5322 section 3.3',
    en: ({ value }) => ({
      title: 'The date of the mail is not written as the standard wants it',
      detail: `Date holds “${value}”, which receivers read in different ways or not at all.`,
      fix: 'Write it as: Tue, 17 Nov 2026 10:00:00 +0000. In PHP: date(DATE_RFC2822).',
    }),
    ru: ({ value }) => ({
      title: 'Дата письма записана не по стандарту',
      detail: `В Date стоит «${value}»: получатели прочитают это по-разному или не прочитают вовсе.`,
      fix: 'Пишите так: Tue, 17 Nov 2026 10:00:00 +0000. В PHP: date(DATE_RFC2822).',
    }),
  }),
  'message.date-off': define<{ value: string; future: boolean }>({
    ...weighed,
    points: 0.5,
    root: 'message.date',
    source: 'RFC 5322 section 3.6.1; SpamAssassin DATE_IN_FUTURE and DATE_IN_PAST',
    en: ({ value, future }) => ({
      title: `The date of the mail lies in the ${future ? 'future' : 'past'}`,
      detail: `Date says “${value}”, and the mail arrived ${future ? 'more than a day before' : 'more than five days after'} that. Filters know this from spam.`,
      fix: 'Set the clock and the time zone of the server right (timedatectl set-ntp true).',
    }),
    ru: ({ value, future }) => ({
      title: future ? 'Дата письма — в будущем' : 'Дата письма — в прошлом',
      detail: `В Date стоит «${value}», а письмо пришло ${future ? 'больше чем за сутки до этого' : 'больше чем через пять дней после этого'}. Фильтры знают такое по спаму.`,
      fix: 'Настройте часы и часовой пояс сервера (timedatectl set-ntp true).',
    }),
  }),
  'message.no-message-id': define<Record<string, never>>({
    ...weighed,
    points: 0.5,
    class: 'B',
    root: 'message.id',
    source: 'RFC 5322 section 3.6.4; Gmail sender guidelines',
    en: () => ({
      title: 'The mail has no Message-ID',
      detail: 'Gmail wants a valid Message-ID, and mail programs need it to show answers together.',
      fix: 'Let the mail program set it: <unique-text@your-domain>. mailshim adds a missing one by itself.',
    }),
    ru: () => ({
      title: 'В письме нет Message-ID',
      detail: 'Gmail требует правильный Message-ID, а почтовым программам он нужен, чтобы показывать переписку вместе.',
      fix: 'Пусть его ставит программа, которая составляет письмо: <уникальный-текст@ваш-домен>. Недостающий mailshim добавляет сам.',
    }),
  }),
  'message.bad-message-id': define<{ value: string }>({
    ...weighed,
    points: 0.5,
    class: 'B',
    root: 'message.id',
    source: 'RFC 5322 section 3.6.4; Gmail sender guidelines',
    en: ({ value }) => ({
      title: 'The Message-ID is not written as the standard wants it',
      detail: `“${value}” is not of the form <text@domain>.`,
      fix: 'Write angle brackets around it, one “@” within, and no blanks.',
    }),
    ru: ({ value }) => ({
      title: 'Message-ID записан не по стандарту',
      detail: `«${value}» не имеет вида <текст@домен>.`,
      fix: 'Нужны угловые скобки вокруг, один знак «@» внутри и никаких пробелов.',
    }),
  }),
  'message.no-subject': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 5322 section 3.6.5; SpamAssassin MISSING_SUBJECT',
    en: () => ({
      title: 'The mail has no subject',
      detail: 'Filters count a missing or empty Subject against a mail, and readers pass it over.',
      fix: 'Write what the mail is about, such as: Your order 1042.',
    }),
    ru: () => ({
      title: 'У письма нет темы',
      detail: 'Фильтры засчитывают пустую тему против письма, а читатели его пропускают.',
      fix: 'Напишите, о чём письмо, например: Ваш заказ 1042.',
    }),
  }),
  'message.no-recipient': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 5322 section 3.6.3; SpamAssassin MISSING_HEADERS',
    en: () => ({
      title: 'The mail names no recipient',
      detail: 'It has neither To nor Cc. Filters know that from mail to bought lists.',
      fix: 'Put the customer’s address into To, one mail for each customer.',
    }),
    ru: () => ({
      title: 'В письме не указан получатель',
      detail: 'В нём нет ни To, ни Cc. Фильтрам это знакомо по рассылкам по купленным базам.',
      fix: 'Укажите адрес покупателя в To, каждому — отдельное письмо.',
    }),
  }),
  'message.fake-reply': define<{ subject: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines',
    en: ({ subject }) => ({
      title: 'The subject pretends to be an answer',
      detail: `“${subject}” looks like an answer or a forwarded mail, and no other mail is seen: there is neither In-Reply-To nor References, and none is quoted or attached. Gmail calls that misleading.`,
      fix: 'Leave “Re:” or “Fwd:” out, or set In-Reply-To to the Message-ID that is answered.',
    }),
    ru: ({ subject }) => ({
      title: 'Тема выдаёт письмо за ответ',
      detail: `«${subject}» выглядит как ответ или пересланное письмо, но другого письма не видно: нет ни In-Reply-To, ни References, ни цитаты, ни вложенного письма. Gmail считает это введением в заблуждение.`,
      fix: 'Уберите «Re:» или «Fwd:» либо укажите в In-Reply-To тот Message-ID, на который отвечаете.',
    }),
  }),
  'message.subject-shouts': define<{ subject: string; capitals: boolean }>({
    ...weighed,
    points: 0.25,
    source: 'SpamAssassin SUBJ_ALL_CAPS; Gmail sender guidelines',
    en: ({ subject, capitals }) => ({
      title: capitals
        ? 'The subject is all in capitals'
        : 'The subject has many exclamation, question or currency marks',
      detail: `“${subject}” looks like advertising that shouts. Filters count it, and readers take it for spam.`,
      fix: capitals
        ? 'Write the subject as a sentence, with small letters.'
        : 'One mark at the end is enough; better, say what the mail is about.',
    }),
    ru: ({ subject, capitals }) => ({
      title: capitals
        ? 'Тема написана заглавными буквами'
        : 'В теме много восклицательных, вопросительных знаков или знаков валют',
      detail: `«${subject}» выглядит как крикливая реклама. Фильтры это учитывают, а читатели принимают за спам.`,
      fix: capitals
        ? 'Напишите тему обычным предложением, строчными буквами.'
        : 'Достаточно одного знака в конце; лучше скажите, о чём письмо.',
    }),
  }),
  'message.reply-to-free-mailbox': define<{ replyTo: string; domain: string; fromDomain: string }>({
    ...weighed,
    points: 0.25,
    source: 'SpamAssassin FREEMAIL_FORGED_REPLYTO',
    en: ({ replyTo, domain, fromDomain }) => ({
      title: 'Answers go to a free mailbox that is not the sender’s',
      detail: `Reply-To is ${replyTo}, a free mailbox at ${domain}, and From is at ${fromDomain === '' ? 'another address' : fromDomain}. Fraudsters collect answers that way, so filters count it.`,
      fix: 'In mail to customers let answers go to an address of the shop’s own domain, which may pass them on. In a mail that a contact form sends to the shop itself, the visitor’s address in Reply-To is right.',
    }),
    ru: ({ replyTo, domain, fromDomain }) => ({
      title: 'Ответы уходят в бесплатный ящик, который не принадлежит отправителю',
      detail: `В Reply-To стоит ${replyTo} — бесплатный ящик на ${domain}, а в From ${fromDomain === '' ? 'другой адрес' : `домен ${fromDomain}`}. Так собирают ответы мошенники, и фильтры это учитывают.`,
      fix: 'В письмах покупателям пусть ответы приходят на адрес в домене магазина, откуда их можно пересылать. В письме, которое форма обратной связи отправляет самому магазину, адрес посетителя в Reply-To уместен.',
    }),
  }),
  'message.name-holds-address': define<{ written: string; address: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines',
    en: ({ written, address }) => ({
      title: 'The sender’s name is another mail address',
      detail: `Readers see “${written}” as the name of ${address}. Filters know this from forged mail.`,
      fix: 'Write the shop’s name there. Contact forms: put the visitor’s address into Reply-To.',
    }),
    ru: ({ written, address }) => ({
      title: 'В имени отправителя — другой почтовый адрес',
      detail: `Читатель видит «${written}» как имя адреса ${address}. Фильтрам это знакомо по поддельным письмам.`,
      fix: 'Напишите там название магазина. В формах обратной связи адрес посетителя указывают в Reply-To.',
    }),
  }),
  'message.long-lines': define<{ count: number; line: number; longest: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 2.1.1',
    en: ({ count, line, longest }) => ({
      title: 'Lines of the mail are too long',
      detail: `${count === 1 ? 'One line has' : `${count} lines have`} more than 998 bytes (the first is line ${line}; the longest has ${longest}). Servers break such lines, which makes DKIM fail, or refuse the mail.`,
      fix: 'Encode the text as quoted-printable or base64. In PHPMailer: $mail->Encoding = "quoted-printable".',
    }),
    ru: ({ count, line, longest }) => ({
      title: 'В письме слишком длинные строки',
      detail: `Строк длиннее 998 байт: ${count} (первая — строка ${line}, в самой длинной ${longest}). Серверы такие строки разрывают, и подпись DKIM ломается, либо отклоняют письмо.`,
      fix: 'Кодируйте текст в quoted-printable или base64. В PHPMailer: $mail->Encoding = "quoted-printable".',
    }),
  }),
  'message.bare-line-ending': define<{ lf: number; cr: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5321 section 2.3.8; RFC 5322 section 2.3',
    en: ({ lf, cr }) => ({
      title: 'Line endings of the mail are mixed',
      detail: `Lines of a mail end in CR LF; here ${lf} end in LF alone, and CR occurs alone ${cr} times. Since SMTP smuggling became known, servers refuse such mail.`,
      fix: 'Make all line endings the same before sending: in PHP, "\\r\\n" everywhere, or "\\n" everywhere and mailshim makes CR LF of them.',
    }),
    ru: ({ lf, cr }) => ({
      title: 'В письме смешаны концы строк',
      detail: `Строки письма заканчиваются на CR LF; здесь только на LF — ${lf}, отдельных CR — ${cr}. С тех пор как стала известна подмена через SMTP (smuggling), серверы такие письма отклоняют.`,
      fix: 'Приведите концы строк к одному виду: в PHP либо везде "\\r\\n", либо везде "\\n" — тогда mailshim сделает из них CR LF.',
    }),
  }),
  'message.nul': define<{ count: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 4; RFC 5321 section 4.5.2',
    en: ({ count }) => ({
      title: 'The mail contains NUL bytes',
      detail: `The byte 0 occurs ${count} times. Servers refuse such mail or cut it off there.`,
      fix: 'Encode binary data as base64. Text in UTF-16 becomes UTF-8 first.',
    }),
    ru: ({ count }) => ({
      title: 'В письме есть нулевые байты',
      detail: `Байтов 0: ${count}. Серверы такие письма отклоняют или обрывают на этом месте.`,
      fix: 'Двоичные данные кодируйте в base64. Текст в UTF-16 сначала переведите в UTF-8.',
    }),
  }),
  'message.raw-head': define<Record<string, never>>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 2.2; RFC 6532',
    en: () => ({
      title: 'Headers hold letters that are not encoded',
      detail:
        'Letters beyond ASCII, such as Cyrillic or umlauts, are in the headers as they are. Many servers accept that only over SMTPUTF8, and others show wrong letters.',
      fix: 'Encode the subject and names: in PHP, mb_encode_mimeheader($subject, "UTF-8").',
    }),
    ru: () => ({
      title: 'В заголовках незакодированные буквы',
      detail:
        'Буквы вне ASCII, например кириллица, стоят в заголовках как есть. Многие серверы разрешают это только с SMTPUTF8, другие показывают вместо них «кракозябры».',
      fix: 'Кодируйте тему и имена: в PHP — mb_encode_mimeheader($subject, "UTF-8").',
    }),
  }),
  'message.large': define<{ octets: number }>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: 'RFC 5321 section 4.5.3.1.7; RFC 1870',
    en: ({ octets }) => ({
      title: 'The mail is large',
      detail: `It has ${kilobytes(octets)} KB. Many companies take no more than 10 MB, and a large mail waits longer everywhere.`,
      fix: 'Put large files on the shop’s site and link to them.',
    }),
    ru: ({ octets }) => ({
      title: 'Письмо большое',
      detail: `В нём ${kilobytes(octets)} КБ. Во многих компаниях принимают не больше 10 МБ, и большое письмо везде ждёт дольше.`,
      fix: 'Большие файлы выложите на сайт магазина и дайте ссылку.',
    }),
  }),
} as const;
