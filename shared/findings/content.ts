// Findings of what a mail shows: MIME, text and HTML, links, files (RFC 2045, RFC 2046).
import { define } from './define.ts';

const weighed = { area: 'message', severity: 'warning', class: 'C' } as const;
const advice = { area: 'message', severity: 'notice', points: 0, class: 'D' } as const;

const MIME: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'no-boundary': 'a part that should hold others names no boundary between them',
    'boundary-not-found': 'the boundary between the parts that the head names does not occur',
    'not-closed': 'the boundary at the end is missing, so the mail looks cut off',
    'too-many-parts': 'it has more parts than real mail has',
    'too-deep': 'its parts are nested deeper than in real mail',
    'encoded-multipart': 'a part that holds others is encoded, which is not allowed',
    'unknown-encoding': 'the Content-Transfer-Encoding is none of the standard',
    'bad-content-type': 'the Content-Type cannot be read',
  },
  ru: {
    'no-boundary': 'в составной части не указана граница (boundary)',
    'boundary-not-found': 'указанная граница между частями не встречается',
    'not-closed': 'нет завершающей границы, письмо выглядит обрезанным',
    'too-many-parts': 'частей больше, чем бывает в настоящих письмах',
    'too-deep': 'части вложены глубже, чем бывает в настоящих письмах',
    'encoded-multipart': 'составная часть закодирована, а это запрещено',
    'unknown-encoding': 'такого Content-Transfer-Encoding нет в стандарте',
    'bad-content-type': 'Content-Type не читается',
  },
};
const ENCODING: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'bad-base64': 'its base64 has characters that do not belong there, or is cut off',
    'bad-quoted-printable': 'its quoted-printable has “=” signs that encode nothing',
    'undeclared-8bit': 'it has letters beyond ASCII although it says 7bit',
    'unknown-charset': 'receivers do not know its character set',
    'not-in-charset': 'its letters are not those of the character set that it names',
    'no-charset': 'it has letters beyond ASCII and names no character set',
  },
  ru: {
    'bad-base64': 'в base64 есть посторонние знаки, или он обрезан',
    'bad-quoted-printable': 'в quoted-printable есть знаки «=», которые ничего не кодируют',
    'undeclared-8bit': 'в ней буквы вне ASCII, хотя указано 7bit',
    'unknown-charset': 'её кодировку получатели не знают',
    'not-in-charset': 'её буквы не соответствуют указанной кодировке',
    'no-charset': 'в ней буквы вне ASCII, а кодировка не указана',
  },
};

interface Links {
  [key: string]: string | number;
  /** The first such link, shortened, and how many there are. */
  address: string;
  count: number;
}

export const contentFindings = {
  'content.broken-mime': define<{ problem: string; detail: string }>({
    ...weighed,
    points: 1,
    root: 'content.mime',
    source: 'RFC 2046 section 5.1; RFC 2045 section 6',
    en: ({ problem, detail }) => ({
      title: 'The parts of the mail do not fit together',
      detail: `Mail programs may show nothing of it, or the source: ${MIME.en[problem] ?? problem}${detail === '' ? '' : ` (${detail})`}.`,
      fix: 'Let a library put the mail together (PHPMailer, Symfony Mailer, nodemailer) rather than code of your own.',
    }),
    ru: ({ problem, detail }) => ({
      title: 'Части письма не складываются',
      detail: `Почтовая программа может не показать ничего или показать исходный код: ${MIME.ru[problem] ?? problem}${detail === '' ? '' : ` (${detail})`}.`,
      fix: 'Пусть письмо собирает библиотека (PHPMailer, Symfony Mailer, nodemailer), а не собственный код.',
    }),
  }),
  'content.no-mime-version': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2045 section 4; SpamAssassin MIME_HEADER_CTYPE_ONLY',
    en: () => ({
      title: 'MIME-Version is missing',
      detail: 'The mail has a Content-Type and not the header that makes it count. Some receivers show the source.',
      fix: 'Add the header: MIME-Version: 1.0',
    }),
    ru: () => ({
      title: 'Нет MIME-Version',
      detail:
        'В письме есть Content-Type, но нет заголовка, без которого он не действует. Часть получателей покажет исходный код.',
      fix: 'Добавьте заголовок: MIME-Version: 1.0',
    }),
  }),
  'content.bad-encoding': define<{ problem: string; part: string; detail: string }>({
    ...weighed,
    points: 0.5,
    root: 'content.encoding',
    source: 'RFC 2045 section 6; RFC 2046 section 4.1.2',
    en: ({ problem, part, detail }) => ({
      title: 'The text of the mail is encoded wrongly',
      detail: `Part ${part}: ${ENCODING.en[problem] ?? problem}${detail === '' ? '' : ` (${detail})`}. Readers see wrong letters, and relays that correct it break the DKIM signature.`,
      fix: 'Send text as UTF-8: Content-Type: text/plain; charset=utf-8, with Content-Transfer-Encoding: quoted-printable or base64 that matches.',
    }),
    ru: ({ problem, part, detail }) => ({
      title: 'Текст письма закодирован неверно',
      detail: `Часть ${part}: ${ENCODING.ru[problem] ?? problem}${detail === '' ? '' : ` (${detail})`}. Читатель видит «кракозябры», а серверы, которые это исправляют, ломают подпись DKIM.`,
      fix: 'Отправляйте текст в UTF-8: Content-Type: text/plain; charset=utf-8, и Content-Transfer-Encoding: quoted-printable или base64 должен соответствовать.',
    }),
  }),
  'content.empty': define<Record<string, never>>({
    ...weighed,
    points: 0.5,
    root: 'content.text',
    source: 'SpamAssassin EMPTY_MESSAGE',
    en: () => ({
      title: 'The mail has no text',
      detail: 'Neither plain text nor HTML shows anything. Filters take such mail for a trial run of spammers.',
      fix: 'Write some sentences. For a test, send what customers get, such as an order confirmation.',
    }),
    ru: () => ({
      title: 'В письме нет текста',
      detail: 'Ни в тексте, ни в HTML ничего не видно. Фильтры принимают такие письма за пробы спамеров.',
      fix: 'Напишите несколько предложений. Для проверки отправьте то, что получают покупатели, например подтверждение заказа.',
    }),
  }),
  'content.html-only': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2046 section 5.1.4; SpamAssassin MIME_HTML_ONLY',
    en: () => ({
      title: 'The mail is HTML alone',
      detail:
        'It has no plain text beside the HTML. Filters count that, and watches, screen readers and notifications have nothing to show.',
      fix: 'Send both as multipart/alternative. In PHPMailer: $mail->AltBody; in Symfony: ->text().',
    }),
    ru: () => ({
      title: 'Письмо только в HTML',
      detail:
        'Рядом с HTML нет простого текста. Фильтры это учитывают, а часам, экранным дикторам и уведомлениям нечего показать.',
      fix: 'Отправляйте и то и другое в multipart/alternative. В PHPMailer: $mail->AltBody; в Symfony: ->text().',
    }),
  }),
  'content.image-only': define<{ images: number; characters: number }>({
    ...weighed,
    points: 0.5,
    root: 'content.text',
    source: 'SpamAssassin HTML_IMAGE_ONLY',
    en: ({ images, characters }) => ({
      title: 'The mail is hardly more than pictures',
      detail: `Pictures: ${images}; letters of text: ${characters}. Spammers hide their text in pictures, so filters count it; and many programs load no pictures.`,
      fix: 'Write what matters as text and give every picture an alt text.',
    }),
    ru: ({ images, characters }) => ({
      title: 'Письмо — почти одни картинки',
      detail: `Картинок: ${images}, букв текста: ${characters}. Спамеры прячут текст в картинки, и фильтры это учитывают; к тому же многие программы картинки не загружают.`,
      fix: 'Главное напишите текстом и дайте каждой картинке текст alt.',
    }),
  }),
  'content.forms-differ': define<{ percent: number }>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2046 section 5.1.4; SpamAssassin MPART_ALT_DIFF',
    en: ({ percent }) => ({
      title: 'The plain text and the HTML say different things',
      detail: `Of the words of the plain text, ${percent} % are in the HTML. Both are meant to be the same text; spammers show filters one and readers the other, so filters count it.`,
      fix: 'Make the plain text from the HTML: every mail library can do that. A line such as “This mail is HTML only” is no plain text of the mail.',
    }),
    ru: ({ percent }) => ({
      title: 'Простой текст и HTML говорят разное',
      detail: `В HTML встречается ${percent} % слов простого текста. Обе формы должны содержать один и тот же текст; спамеры показывают одно фильтрам, а другое читателям, поэтому фильтры это учитывают.`,
      fix: 'Делайте простой текст из HTML: это умеет любая почтовая библиотека. Строка «Это письмо в формате HTML» текстом письма не считается.',
    }),
  }),
  'content.hidden-text': define<{ characters: number }>({
    ...weighed,
    points: 0.5,
    source: 'SpamAssassin FONT_INVIS and HTML_FONT_LOW_CONTRAST rules; Gmail sender guidelines',
    en: ({ characters }) => ({
      title: 'The HTML holds text that no reader sees',
      detail: `${characters} letters are hidden by their style (display:none, a font size of 0, the colour of the background) and are not in the visible text. Gmail forbids hidden content, and filters count it.`,
      fix: 'Take the hidden blocks out. The line for the list of mails (preheader) may stay: it has a hundred letters or so.',
    }),
    ru: ({ characters }) => ({
      title: 'В HTML есть текст, которого читатель не видит',
      detail: `Букв, скрытых стилем (display:none, нулевой размер шрифта, цвет фона): ${characters}; в видимом тексте этих слов нет. Gmail запрещает скрытое содержимое, и фильтры его учитывают.`,
      fix: 'Уберите скрытые блоки. Строка для списка писем (прехедер) может остаться: в ней около ста букв.',
    }),
  }),
  'content.images-without-text': define<{ count: number; images: number }>({
    ...advice,
    source: 'WCAG 2.2 criterion 1.1.1',
    en: ({ count, images }) => ({
      title: 'Pictures have no text in their place',
      detail: `${count} of ${images} pictures have no alt text; where pictures are not loaded, nothing is seen there.`,
      fix: 'Add alt="…" to each picture, alt="" where it is only decoration.',
    }),
    ru: ({ count, images }) => ({
      title: 'У картинок нет замещающего текста',
      detail: `Без alt: ${count} из ${images}. Если картинки не загружены, на их месте ничего не видно.`,
      fix: 'Добавьте каждой картинке alt="…", а украшениям — alt="".',
    }),
  }),
  'content.html-active': define<{ elements: readonly string[] }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail: supported HTML; SpamAssassin HTML_OBFUSCATE and FORM rules',
    en: ({ elements }) => ({
      title: 'The HTML holds what mail programs do not run',
      detail: `It has ${elements.map((name) => `<${name}>`).join(', ')}. Mail programs take these out, and filters count them.`,
      fix: 'Take them out; link to a page of the shop instead.',
    }),
    ru: ({ elements }) => ({
      title: 'В HTML есть то, что почтовые программы не выполняют',
      detail: `В нём ${elements.map((name) => `<${name}>`).join(', ')}. Почтовые программы это вырезают, а фильтры засчитывают.`,
      fix: 'Уберите это и дайте ссылку на страницу магазина.',
    }),
  }),
  'content.html-clipped': define<{ octets: number; limit: number }>({
    ...advice,
    source: 'Gmail: “[Message clipped]”',
    en: ({ octets, limit }) => ({
      title: 'Gmail cuts the mail off',
      detail: `The HTML has ${Math.round(octets / 1024)} KB; Gmail shows the first ${Math.round(limit / 1024)} KB and hides the rest behind a link, often with the unsubscribe link.`,
      fix: 'Take styles, comments and hidden blocks out of the template.',
    }),
    ru: ({ octets, limit }) => ({
      title: 'Gmail обрежет письмо',
      detail: `HTML занимает ${Math.round(octets / 1024)} КБ; Gmail показывает первые ${Math.round(limit / 1024)} КБ, остальное прячет за ссылкой, часто вместе со ссылкой для отписки.`,
      fix: 'Уберите из шаблона лишние стили, комментарии и скрытые блоки.',
    }),
  }),
  'content.link-other-domain': define<Links & { shown: string; host: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines; SpamAssassin URI rules',
    en: ({ shown, host, count }) => ({
      title: 'A link goes elsewhere than it says',
      detail: `The reader sees ${shown}, and the link goes to ${host}${count > 1 ? ` (and ${count - 1} more like it)` : ''}. That is how forged bank mail works, so filters count it.`,
      fix: `Write words as the text of the link to ${host} rather than the address ${shown}, or count clicks under a name of your own domain.`,
    }),
    ru: ({ shown, host, count }) => ({
      title: 'Ссылка ведёт не туда, куда написано',
      detail: `Читатель видит ${shown}, а ссылка ведёт на ${host}${count > 1 ? ` (и ещё таких: ${count - 1})` : ''}. Так устроены поддельные письма банков, и фильтры это учитывают.`,
      fix: `Пишите текстом ссылки на ${host} слова, а не адрес ${shown}, или считайте переходы через имя в своём домене.`,
    }),
  }),
  'content.link-ip': define<Links>({
    ...weighed,
    points: 0.5,
    source: 'SpamAssassin NORMAL_HTTP_TO_IP',
    en: ({ address, count }) => ({
      title: 'A link goes to a bare IP address',
      detail: `${address}${count > 1 ? ` (and ${count - 1} more)` : ''}. Honest senders have a name, so filters count it.`,
      fix: `In place of ${address}, link to a name of the shop’s domain.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка ведёт на голый IP-адрес',
      detail: `${address}${count > 1 ? ` (и ещё: ${count - 1})` : ''}. У честных отправителей есть имя, и фильтры это учитывают.`,
      fix: `Вместо ${address} ссылайтесь на имя в домене магазина.`,
    }),
  }),
  'content.link-shortened': define<Links>({
    ...weighed,
    points: 0.5,
    source: 'Spamhaus DBL: abused redirectors; Gmail sender guidelines',
    en: ({ address, count }) => ({
      title: 'A link is shortened',
      detail: `${address}${count > 1 ? ` (and ${count - 1} more)` : ''} hides where it goes. Block lists hold such services.`,
      fix: `In place of ${address}, link to the page itself.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка сокращена',
      detail: `${address}${count > 1 ? ` (и ещё: ${count - 1})` : ''} скрывает, куда ведёт. Такие службы бывают в чёрных списках.`,
      fix: `Вместо ${address} ссылайтесь на саму страницу.`,
    }),
  }),
  'content.link-broken': define<Links>({
    ...weighed,
    points: 0.25,
    source: 'RFC 3986 section 4.3',
    en: ({ address, count }) => ({
      title: 'A link leads nowhere',
      detail: `“${address}”${count > 1 ? ` (and ${count - 1} more)` : ''} is no address that works in a mail.`,
      fix: `In place of “${address}”, write the whole address, with https:// and the domain.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка никуда не ведёт',
      detail: `«${address}»${count > 1 ? ` (и ещё: ${count - 1})` : ''} — не тот адрес, который работает в письме.`,
      fix: `Вместо «${address}» пишите адрес целиком: https:// и домен.`,
    }),
  }),
  'content.link-http': define<Links>({
    ...advice,
    source: 'RFC 9110 section 4.2.2',
    en: ({ address, count }) => ({
      title: 'Links are not encrypted',
      detail: `${address}${count > 1 ? ` and ${count - 1} more` : ''}: browsers warn of http pages.`,
      fix: `Link to https, as in ${address.replace(/^http:/i, 'https:')}.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылки без шифрования',
      detail: `${address}${count > 1 ? ` и ещё: ${count - 1}` : ''}: о страницах http браузеры предупреждают.`,
      fix: `Ссылайтесь на https: ${address.replace(/^http:/i, 'https:')}.`,
    }),
  }),
  'content.attachment-executable': define<{ names: readonly string[] }>({
    area: 'message',
    severity: 'error',
    points: 2,
    cap: 5,
    class: 'A',
    source: 'Gmail: blocked file types, 5.7.0; Outlook: blocked attachments',
    en: ({ names }) => ({
      title: 'An attached file is of a kind that is refused',
      detail: `${names.join(', ')}: Gmail and Outlook refuse files that can run, also within archives.`,
      fix: `Put ${names.join(', ')} on the shop’s site and link to it.`,
    }),
    ru: ({ names }) => ({
      title: 'Вложен файл, который не принимают',
      detail: `${names.join(', ')}: исполняемые файлы Gmail и Outlook отклоняют, даже в архивах.`,
      fix: `Выложите ${names.join(', ')} на сайт магазина и дайте ссылку.`,
    }),
  }),
  'content.attachment-suspicious': define<{ names: readonly string[] }>({
    ...weighed,
    points: 0.25,
    source: 'Microsoft 365: common attachments filter',
    en: ({ names }) => ({
      title: 'An attached file is of a kind that filters look at hard',
      detail: `${names.join(', ')}: documents with macros and pages that open in a browser carry viruses and forged sign-in forms.`,
      fix: `In place of ${names.join(', ')}, send a PDF.`,
    }),
    ru: ({ names }) => ({
      title: 'Вложен файл, к которому фильтры придирчивы',
      detail: `${names.join(', ')}: документы с макросами и страницы для браузера переносят вирусы и поддельные формы входа.`,
      fix: `Вместо ${names.join(', ')} отправляйте PDF.`,
    }),
  }),
} as const;
