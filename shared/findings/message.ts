// Findings of a message's header and lines (RFC 5322 sections 2 and 3.6).
import { define } from './define.ts';
import { kilobytes } from './message.path.ts';

/** Gmail and others reject messages that break the standard; one such fault is as bad as two. */
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
      title: 'Parts of the mail',
      detail: `${kilobytes(octets)} KB; parts: ${parts.join(', ')}; links: ${links}; attached files: ${attachments}.`,
    }),
    ru: ({ octets, parts, links, attachments }) => ({
      title: 'Состав письма',
      detail: `${kilobytes(octets)} КБ; части: ${parts.join(', ')}; ссылок: ${links}; вложенных файлов: ${attachments}.`,
    }),
  }),
  'message.missing-field': define<{ field: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6; Gmail sender guidelines',
    en: ({ field }) => ({
      title: `The mail has no ${field} header`,
      detail: `${field} is required in every mail. Gmail and Outlook reject mail without it or file it as spam.`,
      fix: `Configure the program that creates the mail to set ${field}. mailshim adds a missing Date automatically.`,
    }),
    ru: ({ field }) => ({
      title: `В письме нет заголовка ${field}`,
      detail: `Заголовок ${field} обязателен. Без него Gmail и Outlook отклоняют письмо или помещают его в спам.`,
      fix: `Настройте программу, которая создаёт письмо, так, чтобы она указывала ${field}. Заголовок Date mailshim добавляет сам.`,
    }),
  }),
  'message.duplicate-field': define<{ field: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6; Gmail sender guidelines',
    en: ({ field }) => ({
      title: `The mail has the header ${field} more than once`,
      detail: `${field} may occur once in a mail. Which one applies is not defined, so Gmail rejects such mail.`,
      fix: `Find the two places that set ${field}, such as the shop's own code and a mail module (in PHP: the fourth argument of mail()), and keep one.`,
    }),
    ru: ({ field }) => ({
      title: `Заголовок ${field} указан в письме несколько раз`,
      detail: `${field} может быть в письме только один раз. Какой из них действует, не определено, и Gmail такие письма отклоняет.`,
      fix: `Найдите два места, где задаётся ${field}: например, код магазина и почтовый модуль (в PHP — четвёртый аргумент mail()). Оставьте одно.`,
    }),
  }),
  'message.bad-from': define<{ value: string }>({
    ...malformed,
    source: 'RFC 5322 section 3.6.2',
    en: ({ value }) => ({
      title: 'The From header is not valid',
      detail: `From is “${value}”, which is not one mail address in a domain of the Internet.`,
      fix: 'Write it as: Shop <orders@shop.example>. Put a name with a comma, a dot or brackets into quotation marks.',
    }),
    ru: ({ value }) => ({
      title: 'Некорректный заголовок From',
      detail: `В From указано «${value}» — это не почтовый адрес в домене интернета.`,
      fix: 'Правильный формат: Shop <orders@shop.example>. Имя с запятой, точкой или скобками заключите в кавычки.',
    }),
  }),
  'message.several-from': define<{ addresses: string }>({
    ...malformed,
    source: 'RFC 9989 section 5.3; Gmail sender guidelines',
    en: ({ addresses }) => ({
      title: 'From has several addresses',
      detail: `From is ${addresses}. Receivers cannot determine the sender, and Gmail rejects the mail.`,
      fix: 'Put one address into From and the others into Reply-To.',
    }),
    ru: ({ addresses }) => ({
      title: 'В From несколько адресов',
      detail: `В From указано ${addresses}. Получатель не может определить отправителя, и Gmail такие письма отклоняет.`,
      fix: 'Оставьте в From один адрес, остальные укажите в Reply-To.',
    }),
  }),
  'message.not-a-field': define<{ line: string }>({
    ...weighed,
    points: 1,
    root: 'message.head',
    source: 'RFC 5322 section 2.2',
    en: ({ line }) => ({
      title: 'The header of the mail has a line that is not a header field',
      detail: `“${line}” is among the header fields. Some receivers treat everything after it as the body.`,
      fix: 'The usual cause is an empty line or a line break within a header field. In PHP, remove line breaks from every value that goes into the header.',
    }),
    ru: ({ line }) => ({
      title: 'Среди заголовков письма лишняя строка',
      detail: `Среди заголовков есть строка «${line}». Часть получателей считает всё после неё телом письма.`,
      fix: 'Обычная причина — пустая строка или перевод строки внутри заголовка. В PHP удаляйте переводы строк из всех значений, которые подставляются в заголовки.',
    }),
  }),
  'message.bad-date': define<{ value: string }>({
    ...weighed,
    points: 0.5,
    root: 'message.date',
    source: 'RFC 5322 section 3.3',
    en: ({ value }) => ({
      title: 'The date of the mail does not follow the standard',
      detail: `Date is “${value}”, which receivers interpret differently or not at all.`,
      fix: 'Write it as: Tue, 17 Nov 2026 10:00:00 +0000. In PHP: date(DATE_RFC2822).',
    }),
    ru: ({ value }) => ({
      title: 'Дата письма записана не по стандарту',
      detail: `В Date указано «${value}»: получатели понимают это по-разному или не понимают вовсе.`,
      fix: 'Правильный формат: Tue, 17 Nov 2026 10:00:00 +0000. В PHP: date(DATE_RFC2822).',
    }),
  }),
  'message.date-off': define<{ value: string; future: boolean }>({
    ...weighed,
    points: 0.5,
    root: 'message.date',
    source: 'RFC 5322 section 3.6.1; SpamAssassin DATE_IN_FUTURE and DATE_IN_PAST',
    en: ({ value, future }) => ({
      title: `The date of the mail is in the ${future ? 'future' : 'past'}`,
      detail: `Date is “${value}”, and the mail arrived ${future ? 'more than a day before' : 'more than five days after'} that. Filters count it, as spam often has such dates.`,
      fix: 'Set the clock and the time zone of the server (timedatectl set-ntp true).',
    }),
    ru: ({ value, future }) => ({
      title: future ? 'Дата письма в будущем' : 'Дата письма в прошлом',
      detail: `В Date указано «${value}», а письмо пришло ${future ? 'больше чем за сутки до этого' : 'больше чем через пять дней после этого'}. Такие даты типичны для спама, и фильтры это учитывают.`,
      fix: 'Настройте время и часовой пояс сервера (timedatectl set-ntp true).',
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
      detail: 'Gmail requires a valid Message-ID, and mail programs need it to group conversations.',
      fix: 'Configure the mail program to set it: <unique-text@your-domain>. mailshim adds a missing Message-ID automatically.',
    }),
    ru: () => ({
      title: 'В письме нет Message-ID',
      detail: 'Gmail требует корректный Message-ID, а почтовые программы по нему собирают письма в цепочки.',
      fix: 'Настройте программу, которая создаёт письмо, так, чтобы она его указывала: <уникальный-текст@ваш-домен>. Если Message-ID нет, mailshim добавляет его сам.',
    }),
  }),
  'message.bad-message-id': define<{ value: string }>({
    ...weighed,
    points: 0.5,
    class: 'B',
    root: 'message.id',
    source: 'RFC 5322 section 3.6.4; Gmail sender guidelines',
    en: ({ value }) => ({
      title: 'The Message-ID does not follow the standard',
      detail: `“${value}” does not have the form <text@domain>.`,
      fix: 'Write it in angle brackets, with one “@” and no spaces.',
    }),
    ru: ({ value }) => ({
      title: 'Message-ID не соответствует стандарту',
      detail: `«${value}» не имеет вида <текст@домен>.`,
      fix: 'Нужны угловые скобки, один знак «@» внутри и никаких пробелов.',
    }),
  }),
  'message.no-subject': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 5322 section 3.6.5; SpamAssassin MISSING_SUBJECT',
    en: () => ({
      title: 'The mail has no subject',
      detail: 'Filters count a missing or empty Subject against the mail, and readers skip it.',
      fix: 'Write what the mail is about, such as: Your order 1042.',
    }),
    ru: () => ({
      title: 'У письма нет темы',
      detail: 'Фильтры учитывают пустую тему не в пользу письма, а читатели такое письмо пропускают.',
      fix: 'Напишите, о чём письмо, например: Ваш заказ 1042.',
    }),
  }),
  'message.no-recipient': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 5322 section 3.6.3; SpamAssassin MISSING_HEADERS',
    en: () => ({
      title: 'The mail has no recipient header',
      detail: 'The mail has neither To nor Cc, as is typical of mail to bought lists.',
      fix: 'Put the customer’s address into To, and send one mail to each customer.',
    }),
    ru: () => ({
      title: 'В письме не указан получатель',
      detail: 'В письме нет ни To, ни Cc — это типично для рассылок по купленным базам.',
      fix: 'Укажите адрес покупателя в To и отправляйте каждому отдельное письмо.',
    }),
  }),
  'message.fake-reply': define<{ subject: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines',
    en: ({ subject }) => ({
      title: 'The subject pretends to be a reply',
      detail: `“${subject}” looks like a reply or a forwarded mail, but there is no other mail: neither In-Reply-To nor References is set, and none is quoted or attached. Gmail treats that as misleading.`,
      fix: 'Remove “Re:” or “Fwd:”, or set In-Reply-To to the Message-ID of the mail that is replied to.',
    }),
    ru: ({ subject }) => ({
      title: 'Тема письма выглядит как ответ',
      detail: `«${subject}» выглядит как ответ или пересланное письмо, но исходного письма нет: ни In-Reply-To, ни References, ни цитаты, ни вложенного письма. Gmail считает это введением в заблуждение.`,
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
      detail: `“${subject}” looks like advertising. Filters count it, and readers take it for spam.`,
      fix: capitals
        ? 'Write the subject as a normal sentence.'
        : 'Use one mark at the end at most, and say what the mail is about.',
    }),
    ru: ({ subject, capitals }) => ({
      title: capitals
        ? 'Тема написана заглавными буквами'
        : 'В теме много восклицательных и вопросительных знаков или знаков валют',
      detail: `«${subject}» выглядит как реклама. Фильтры это учитывают, а читатели принимают письмо за спам.`,
      fix: capitals
        ? 'Напишите тему обычным предложением.'
        : 'Оставьте не больше одного знака в конце и укажите, о чём письмо.',
    }),
  }),
  'message.reply-to-free-mailbox': define<{ replyTo: string; domain: string; fromDomain: string }>({
    ...weighed,
    points: 0.25,
    source: 'SpamAssassin FREEMAIL_FORGED_REPLYTO',
    en: ({ replyTo, domain, fromDomain }) => ({
      title: 'Reply-To is a free mailbox of another domain',
      detail: `Reply-To is ${replyTo}, a free mailbox at ${domain}, and From is at ${fromDomain === '' ? 'another address' : fromDomain}. Fraudsters collect replies that way, so filters count it.`,
      fix: 'In mail to customers, set Reply-To to an address of the shop’s own domain, which may forward the replies. In a mail that a contact form sends to the shop itself, the visitor’s address in Reply-To is correct.',
    }),
    ru: ({ replyTo, domain, fromDomain }) => ({
      title: 'В Reply-To бесплатный ящик в чужом домене',
      detail: `В Reply-To указан ${replyTo} — бесплатный ящик на ${domain}, а в From — ${fromDomain === '' ? 'другой адрес' : `домен ${fromDomain}`}. Так собирают ответы мошенники, и фильтры это учитывают.`,
      fix: 'В письмах покупателям указывайте в Reply-To адрес в домене магазина; с него можно настроить пересылку. В письме, которое форма обратной связи отправляет самому магазину, адрес посетителя в Reply-To допустим.',
    }),
  }),
  'message.name-holds-address': define<{ written: string; address: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines',
    en: ({ written, address }) => ({
      title: 'The display name of the sender is another mail address',
      detail: `Readers see “${written}” as the name of ${address}, as in forged mail, so filters count it.`,
      fix: 'Use the name of the shop as the display name. Contact forms: put the visitor’s address into Reply-To.',
    }),
    ru: ({ written, address }) => ({
      title: 'В имени отправителя указан другой почтовый адрес',
      detail: `Получатель видит «${written}» как имя адреса ${address}. Так делают в поддельных письмах, и фильтры это учитывают.`,
      fix: 'Укажите в имени отправителя название магазина. В формах обратной связи адрес посетителя указывайте в Reply-To.',
    }),
  }),
  'message.long-lines': define<{ count: number; line: number; longest: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 2.1.1',
    en: ({ count, line, longest }) => ({
      title: 'Lines of the mail are too long',
      detail: `${count === 1 ? 'One line has' : `${count} lines have`} more than 998 bytes (the first is line ${line}; the longest has ${longest}). Servers reject such mail or break the lines, which makes DKIM fail.`,
      fix: 'Encode the text as quoted-printable or base64. In PHPMailer: $mail->Encoding = "quoted-printable".',
    }),
    ru: ({ count, line, longest }) => ({
      title: 'В письме слишком длинные строки',
      detail: `Строк длиннее 998 байт: ${count} (первая — строка ${line}, в самой длинной ${longest}). Серверы отклоняют такие письма или разбивают строки, и DKIM-подпись перестаёт проходить проверку.`,
      fix: 'Кодируйте текст в quoted-printable или base64. В PHPMailer: $mail->Encoding = "quoted-printable".',
    }),
  }),
  'message.bare-line-ending': define<{ lf: number; cr: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5321 section 2.3.8; RFC 5322 section 2.3',
    en: ({ lf, cr }) => ({
      title: 'The mail has mixed line endings',
      detail: `Lines of a mail end in CR LF; here ${lf} end in LF alone, and CR occurs alone ${cr} times. Because of SMTP smuggling, servers reject such mail.`,
      fix: 'Use one line ending before sending: in PHP, "\\r\\n" everywhere, or "\\n" everywhere, which mailshim converts to CR LF.',
    }),
    ru: ({ lf, cr }) => ({
      title: 'В письме разные окончания строк',
      detail: `Строки письма заканчиваются на CR LF; здесь строк только с LF — ${lf}, отдельных CR — ${cr}. Из-за атак SMTP smuggling серверы такие письма отклоняют.`,
      fix: 'Используйте одно окончание строк: в PHP либо везде "\\r\\n", либо везде "\\n" — тогда mailshim преобразует их в CR LF.',
    }),
  }),
  'message.nul': define<{ count: number }>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 4; RFC 5321 section 4.5.2',
    en: ({ count }) => ({
      title: 'The mail contains NUL bytes',
      detail: `The byte 0 occurs ${count} times. Servers reject such mail or truncate it there.`,
      fix: 'Encode binary data as base64. Convert UTF-16 text to UTF-8 first.',
    }),
    ru: ({ count }) => ({
      title: 'В письме есть нулевые байты',
      detail: `Нулевых байтов: ${count}. Серверы отклоняют такие письма или обрезают их на этом месте.`,
      fix: 'Кодируйте двоичные данные в base64. Текст в UTF-16 сначала преобразуйте в UTF-8.',
    }),
  }),
  'message.raw-head': define<Record<string, never>>({
    ...weighed,
    points: 0.5,
    source: 'RFC 5322 section 2.2; RFC 6532',
    en: () => ({
      title: 'The header has characters that are not encoded',
      detail:
        'The header has characters beyond ASCII, such as Cyrillic or umlauts, without encoding. Many servers accept that only with SMTPUTF8, and others show wrong characters.',
      fix: 'Encode the subject and names: in PHP, mb_encode_mimeheader($subject, "UTF-8").',
    }),
    ru: () => ({
      title: 'В заголовках незакодированные символы',
      detail:
        'Символы вне ASCII, например кириллица, не закодированы. Многие серверы принимают такие заголовки только с SMTPUTF8, другие показывают вместо букв «кракозябры».',
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
      detail: `The mail has ${kilobytes(octets)} KB. Many companies accept at most 10 MB, and large mail takes longer to deliver.`,
      fix: 'Put large files on the shop’s site and link to them.',
    }),
    ru: ({ octets }) => ({
      title: 'Письмо большое',
      detail: `Размер письма — ${kilobytes(octets)} КБ. Во многих компаниях принимают не больше 10 МБ, и большие письма доставляются дольше.`,
      fix: 'Выложите большие файлы на сайт магазина и дайте ссылку.',
    }),
  }),
} as const;
