// Findings of a mail's content: MIME, text and HTML, links, files (RFC 2045, RFC 2046).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

const weighed = { area: 'message', severity: 'warning', class: 'C' } as const;
const advice = { area: 'message', severity: 'notice', points: 0, class: 'D' } as const;

const MIME: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'no-boundary': 'a multipart part has no boundary parameter',
    'boundary-not-found': 'the boundary that the header names does not occur',
    'not-closed': 'the closing boundary is missing, so the mail may be truncated',
    'too-many-parts': 'it has more parts than ordinary mail has',
    'too-deep': 'its parts are nested deeper than in ordinary mail',
    'encoded-multipart': 'a multipart part is encoded, which is not allowed',
    'unknown-encoding': 'the standard does not have its Content-Transfer-Encoding',
    'bad-content-type': 'its Content-Type is not valid',
  },
  ru: {
    'no-boundary': 'в составной части (multipart) не указан boundary',
    'boundary-not-found': 'указанный в заголовке boundary не встречается',
    'not-closed': 'нет закрывающего boundary, письмо могло быть обрезано',
    'too-many-parts': 'частей больше, чем бывает в обычных письмах',
    'too-deep': 'вложенность частей больше, чем бывает в обычных письмах',
    'encoded-multipart': 'составная часть (multipart) закодирована, а это запрещено',
    'unknown-encoding': 'такого Content-Transfer-Encoding нет в стандарте',
    'bad-content-type': 'некорректный Content-Type',
  },
};
const ENCODING: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'bad-base64': 'its base64 has invalid characters or is truncated',
    'bad-quoted-printable': 'its quoted-printable has “=” signs that encode nothing',
    'undeclared-8bit': 'it has characters beyond ASCII but is declared as 7bit',
    'unknown-charset': 'receivers do not know its character set',
    'not-in-charset': 'its bytes are not valid in the character set that it names',
    'no-charset': 'it has characters beyond ASCII and names no character set',
  },
  ru: {
    'bad-base64': 'в base64 есть лишние символы, или он обрезан',
    'bad-quoted-printable': 'в quoted-printable есть знаки «=», которые ничего не кодируют',
    'undeclared-8bit': 'есть символы вне ASCII, хотя указано 7bit',
    'unknown-charset': 'получатели не знают такую кодировку',
    'not-in-charset': 'текст не соответствует указанной кодировке',
    'no-charset': 'есть символы вне ASCII, а кодировка не указана',
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
      title: 'The MIME structure of the mail is not valid',
      detail: `Mail programs may show nothing of it, or its source: ${phrase(MIME, 'en', problem)}${detail === '' ? '' : ` (${detail})`}.`,
      fix: 'Create mail with a library (PHPMailer, Symfony Mailer, nodemailer) rather than with your own code.',
    }),
    ru: ({ problem, detail }) => ({
      title: 'Некорректная структура MIME',
      detail: `Почтовая программа может показать пустое письмо или исходный код: ${phrase(MIME, 'ru', problem)}${detail === '' ? '' : ` (${detail})`}.`,
      fix: 'Создавайте письма с помощью библиотеки (PHPMailer, Symfony Mailer, nodemailer), а не собственного кода.',
    }),
  }),
  'content.no-mime-version': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2045 section 4; SpamAssassin MIME_HEADER_CTYPE_ONLY',
    en: () => ({
      title: 'MIME-Version is missing',
      detail:
        'The mail has Content-Type but not MIME-Version, without which it does not apply. Some receivers show the source.',
      fix: 'Add the header: MIME-Version: 1.0',
    }),
    ru: () => ({
      title: 'Нет MIME-Version',
      detail:
        'В письме есть Content-Type, но нет заголовка MIME-Version, без которого он не действует. Часть получателей покажет исходный код.',
      fix: 'Добавьте заголовок: MIME-Version: 1.0',
    }),
  }),
  'content.bad-encoding': define<{ problem: string; part: string; detail: string }>({
    ...weighed,
    points: 0.5,
    root: 'content.encoding',
    source: 'RFC 2045 section 6; RFC 2046 section 4.1.2',
    en: ({ problem, part, detail }) => ({
      title: 'The text of the mail has a wrong encoding',
      detail: `Part ${part}: ${phrase(ENCODING, 'en', problem)}${detail === '' ? '' : ` (${detail})`}. Readers see wrong characters, and relays that correct it break the DKIM signature.`,
      fix: 'Send text as UTF-8: Content-Type: text/plain; charset=utf-8, with a matching Content-Transfer-Encoding (quoted-printable or base64).',
    }),
    ru: ({ problem, part, detail }) => ({
      title: 'Ошибка кодировки в тексте письма',
      detail: `Часть ${part}: ${phrase(ENCODING, 'ru', problem)}${detail === '' ? '' : ` (${detail})`}. Получатель видит «кракозябры», а серверы, которые исправляют кодировку, ломают DKIM-подпись.`,
      fix: 'Отправляйте текст в UTF-8: Content-Type: text/plain; charset=utf-8 и соответствующий Content-Transfer-Encoding (quoted-printable или base64).',
    }),
  }),
  'content.empty': define<Record<string, never>>({
    ...weighed,
    points: 0.5,
    root: 'content.text',
    source: 'SpamAssassin EMPTY_MESSAGE',
    en: () => ({
      title: 'The mail has no text',
      detail: 'Neither the plain text nor the HTML has visible text. Filters treat such mail as spam.',
      fix: 'Write some sentences. For a test, send what customers receive, such as an order confirmation.',
    }),
    ru: () => ({
      title: 'В письме нет текста',
      detail: 'Ни в текстовой части, ни в HTML нет видимого текста. Фильтры считают такие письма спамом.',
      fix: 'Напишите несколько предложений. Для проверки отправьте то, что получают покупатели, например подтверждение заказа.',
    }),
  }),
  'content.html-only': define<Record<string, never>>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2046 section 5.1.4; SpamAssassin MIME_HTML_ONLY',
    en: () => ({
      title: 'The mail has HTML only',
      detail:
        'The mail has no plain text part. Filters count that, and watches, screen readers and notifications have nothing to show.',
      fix: 'Send both as multipart/alternative. In PHPMailer: $mail->AltBody; in Symfony: ->text().',
    }),
    ru: () => ({
      title: 'В письме только HTML',
      detail:
        'В письме нет текстовой части (text/plain). Фильтры это учитывают, а часам, программам экранного доступа и уведомлениям нечего показать.',
      fix: 'Отправляйте обе части в multipart/alternative. В PHPMailer: $mail->AltBody; в Symfony: ->text().',
    }),
  }),
  'content.image-only': define<{ images: number; characters: number }>({
    ...weighed,
    points: 0.5,
    root: 'content.text',
    source: 'SpamAssassin HTML_IMAGE_ONLY',
    en: ({ images, characters }) => ({
      title: 'The mail has images and little text',
      detail: `Images: ${images}; characters of text: ${characters}. Spammers put their text into images, so filters count it; and many programs load no images.`,
      fix: 'Write the content as text, and give every image an alt text.',
    }),
    ru: ({ images, characters }) => ({
      title: 'В письме много картинок и мало текста',
      detail: `Картинок: ${images}, символов текста: ${characters}. Спамеры прячут текст в картинках, и фильтры это учитывают; кроме того, многие программы картинки не загружают.`,
      fix: 'Напишите главное текстом и добавьте каждой картинке атрибут alt.',
    }),
  }),
  'content.forms-differ': define<{ percent: number }>({
    ...weighed,
    points: 0.25,
    source: 'RFC 2046 section 5.1.4; SpamAssassin MPART_ALT_DIFF',
    en: ({ percent }) => ({
      title: 'The plain text and the HTML differ',
      detail: `The HTML has ${percent} % of the words of the plain text. Both parts should have the same text; spammers show filters one and readers the other, so filters count it.`,
      fix: 'Generate the plain text from the HTML: every mail library can do that. A line such as “This mail is HTML only” does not replace the text.',
    }),
    ru: ({ percent }) => ({
      title: 'Текстовая часть и HTML различаются',
      detail: `В HTML есть ${percent} % слов текстовой части. Текст в обеих частях должен совпадать; спамеры показывают фильтрам одно, а читателям другое, поэтому фильтры это учитывают.`,
      fix: 'Создавайте текстовую часть из HTML: это умеет любая почтовая библиотека. Строка «Это письмо в формате HTML» текст не заменяет.',
    }),
  }),
  'content.hidden-text': define<{ characters: number }>({
    ...weighed,
    points: 0.5,
    source: 'SpamAssassin FONT_INVIS and HTML_FONT_LOW_CONTRAST rules; Gmail sender guidelines',
    en: ({ characters }) => ({
      title: 'The HTML has hidden text',
      detail: `${characters} characters are hidden by their style (display:none, a font size of 0, the colour of the background) and are not in the visible text. Gmail forbids hidden content, and filters count it.`,
      fix: 'Remove the hidden blocks. A preheader (the preview line in the list of mails) of about a hundred characters may stay.',
    }),
    ru: ({ characters }) => ({
      title: 'В HTML есть скрытый текст',
      detail: `Символов, скрытых стилем (display:none, нулевой размер шрифта, цвет фона): ${characters}; в видимом тексте их нет. Gmail запрещает скрытое содержимое, и фильтры его учитывают.`,
      fix: 'Удалите скрытые блоки. Прехедер (строка предпросмотра в списке писем) примерно в сто символов можно оставить.',
    }),
  }),
  'content.images-without-text': define<{ count: number; images: number }>({
    ...advice,
    source: 'WCAG 2.2 criterion 1.1.1',
    en: ({ count, images }) => ({
      title: 'Images have no alt text',
      detail: `${count} of ${images} images have no alt text; if images are not loaded, readers see nothing there.`,
      fix: 'Add alt="…" to each image, and alt="" to decoration.',
    }),
    ru: ({ count, images }) => ({
      title: 'У картинок нет атрибута alt',
      detail: `Без alt: ${count} из ${images}. Если картинки не загружены, читатель ничего не увидит на их месте.`,
      fix: 'Добавьте каждой картинке alt="…", а декоративным — alt="".',
    }),
  }),
  'content.html-active': define<{ elements: readonly string[] }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail: supported HTML; SpamAssassin HTML_OBFUSCATE and FORM rules',
    en: ({ elements }) => ({
      title: 'The HTML has elements that mail programs remove',
      detail: `The HTML has ${elements.map((name) => `<${name}>`).join(', ')}. Mail programs remove these elements, and filters count them.`,
      fix: 'Remove them; link to a page of the shop instead.',
    }),
    ru: ({ elements }) => ({
      title: 'В HTML есть элементы, которые почтовые программы удаляют',
      detail: `В HTML есть ${elements.map((name) => `<${name}>`).join(', ')}. Почтовые программы удаляют такие элементы, а фильтры их учитывают.`,
      fix: 'Уберите их и дайте ссылку на страницу магазина.',
    }),
  }),
  'content.html-clipped': define<{ octets: number; limit: number }>({
    ...advice,
    source: 'Gmail: “[Message clipped]”',
    en: ({ octets, limit }) => ({
      title: 'Gmail clips the mail',
      detail: `The HTML has ${Math.round(octets / 1024)} KB; Gmail shows the first ${Math.round(limit / 1024)} KB and hides the rest behind a link, often with the unsubscribe link.`,
      fix: 'Remove unneeded styles, comments and hidden blocks from the template.',
    }),
    ru: ({ octets, limit }) => ({
      title: 'Gmail обрежет письмо',
      detail: `Размер HTML — ${Math.round(octets / 1024)} КБ; Gmail показывает первые ${Math.round(limit / 1024)} КБ, остальное скрывает за ссылкой, часто вместе со ссылкой для отписки.`,
      fix: 'Удалите из шаблона лишние стили, комментарии и скрытые блоки.',
    }),
  }),
  'content.link-other-domain': define<Links & { shown: string; host: string }>({
    ...weighed,
    points: 0.5,
    source: 'Gmail sender guidelines; SpamAssassin URI rules',
    en: ({ shown, host, count }) => ({
      title: 'The text of a link names another site than its target',
      detail: `The reader sees ${shown}, and the link goes to ${host}${count > 1 ? ` (and ${count - 1} more like it)` : ''}. Phishing mail works like that, so filters count it.`,
      fix: `Use words as the text of the link to ${host} instead of the address ${shown}, or track clicks under a name of your own domain.`,
    }),
    ru: ({ shown, host, count }) => ({
      title: 'Текст ссылки не совпадает с её адресом',
      detail: `Читатель видит ${shown}, а ссылка ведёт на ${host}${count > 1 ? ` (и ещё таких: ${count - 1})` : ''}. Так устроены фишинговые письма, и фильтры это учитывают.`,
      fix: `Для ссылки на ${host} используйте текст, а не адрес ${shown}, или считайте переходы через имя в своём домене.`,
    }),
  }),
  'content.link-ip': define<Links>({
    ...weighed,
    points: 0.5,
    source: 'SpamAssassin NORMAL_HTTP_TO_IP',
    en: ({ address, count }) => ({
      title: 'A link goes to an IP address',
      detail: `${address}${count > 1 ? ` (and ${count - 1} more)` : ''}. Ordinary senders link to names, so filters count it.`,
      fix: `Instead of ${address}, link to a name of the shop’s domain.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка на IP-адрес вместо имени',
      detail: `${address}${count > 1 ? ` (и ещё: ${count - 1})` : ''}. Обычные отправители ссылаются на доменные имена, и фильтры это учитывают.`,
      fix: `Вместо ${address} указывайте имя в домене магазина.`,
    }),
  }),
  'content.link-shortened': define<Links>({
    ...weighed,
    points: 0.5,
    source: 'Spamhaus DBL: abused redirectors; Gmail sender guidelines',
    en: ({ address, count }) => ({
      title: 'A link uses a URL shortener',
      detail: `${address}${count > 1 ? ` (and ${count - 1} more)` : ''} hides its target. Block lists list such services.`,
      fix: `Instead of ${address}, link to the page itself.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка через сервис сокращения',
      detail: `${address}${count > 1 ? ` (и ещё: ${count - 1})` : ''} скрывает адрес назначения. Такие сервисы бывают в чёрных списках.`,
      fix: `Вместо ${address} указывайте адрес самой страницы.`,
    }),
  }),
  'content.link-broken': define<Links>({
    ...weighed,
    points: 0.25,
    source: 'RFC 3986 section 4.3',
    en: ({ address, count }) => ({
      title: 'A link does not work in a mail',
      detail: `“${address}”${count > 1 ? ` (and ${count - 1} more)` : ''} is not a complete address.`,
      fix: `Instead of “${address}”, use the complete address, with https:// and the domain.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылка в письме не работает',
      detail: `«${address}»${count > 1 ? ` (и ещё: ${count - 1})` : ''} — неполный адрес.`,
      fix: `Вместо «${address}» указывайте полный адрес: с https:// и доменом.`,
    }),
  }),
  'content.link-http': define<Links>({
    ...advice,
    source: 'RFC 9110 section 4.2.2',
    en: ({ address, count }) => ({
      title: 'Links are not encrypted',
      detail: `${address}${count > 1 ? ` and ${count - 1} more` : ''}: browsers warn about http pages.`,
      fix: `Link to https, such as ${address.replace(/^http:/i, 'https:')}.`,
    }),
    ru: ({ address, count }) => ({
      title: 'Ссылки без шифрования',
      detail: `${address}${count > 1 ? ` и ещё: ${count - 1}` : ''}: браузеры предупреждают о страницах http.`,
      fix: `Используйте https: ${address.replace(/^http:/i, 'https:')}.`,
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
      title: 'An attached file has a type that receivers reject',
      detail: `${names.join(', ')}: Gmail and Outlook reject executable files, also within archives.`,
      fix: `Put ${names.join(', ')} on the shop’s site and link to it.`,
    }),
    ru: ({ names }) => ({
      title: 'Вложен файл, который получатели отклоняют',
      detail: `${names.join(', ')}: Gmail и Outlook отклоняют исполняемые файлы, в том числе в архивах.`,
      fix: `Выложите ${names.join(', ')} на сайт магазина и дайте ссылку.`,
    }),
  }),
  'content.attachment-suspicious': define<{ names: readonly string[] }>({
    ...weighed,
    points: 0.25,
    source: 'Microsoft 365: common attachments filter',
    en: ({ names }) => ({
      title: 'An attached file has a type that filters treat as suspicious',
      detail: `${names.join(', ')}: documents with macros and HTML pages often carry viruses or phishing forms.`,
      fix: `Instead of ${names.join(', ')}, send a PDF.`,
    }),
    ru: ({ names }) => ({
      title: 'Вложен файл, который фильтры считают подозрительным',
      detail: `${names.join(', ')}: в документах с макросами и страницах HTML часто бывают вирусы и фишинговые формы.`,
      fix: `Вместо ${names.join(', ')} отправляйте PDF.`,
    }),
  }),
} as const;
