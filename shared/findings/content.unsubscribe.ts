// Findings of unsubscribing (RFC 2369, RFC 8058, the sender guidelines of Gmail and Yahoo).
import { phrase } from '../text/language.ts';
import { define } from './define.ts';

const GMAIL = 'RFC 8058 section 3.1; Gmail and Yahoo sender guidelines';
const expected = { area: 'message', severity: 'warning', points: 1, class: 'B', root: 'content.unsubscribe' } as const;
const FIELDS =
  'List-Unsubscribe: <https://shop.example/unsubscribe?id=…>, <mailto:unsubscribe@shop.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click';

const SIGNS: Record<'en' | 'ru', (signs: readonly string[]) => string> = {
  en: (signs) => signs.map((sign) => `the header ${sign}`).join(', '),
  ru: (signs) => signs.map((sign) => `заголовок ${sign}`).join(', '),
};
const WHY: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'no-post': 'the header List-Unsubscribe-Post is missing',
    'bad-post': 'List-Unsubscribe-Post is not List-Unsubscribe=One-Click',
    'no-https': 'List-Unsubscribe has no https address',
    unreadable: 'the addresses in List-Unsubscribe are not valid; put each into angle brackets',
  },
  ru: {
    'no-post': 'нет заголовка List-Unsubscribe-Post',
    'bad-post': 'значение List-Unsubscribe-Post — не List-Unsubscribe=One-Click',
    'no-https': 'в List-Unsubscribe нет адреса https',
    unreadable: 'адреса в List-Unsubscribe некорректны; заключите каждый в угловые скобки',
  },
};

export const unsubscribeFindings = {
  'content.unsubscribe-missing': define<{ signs: readonly string[] }>({
    ...expected,
    source: GMAIL,
    en: ({ signs }) => ({
      title: 'Bulk mail without one-click unsubscribe',
      detail: `Receivers treat the mail as bulk mail${signs.length === 0 ? '' : ` because of ${SIGNS.en(signs)}`}, and it has no List-Unsubscribe header. Gmail and Yahoo require one-click unsubscribe; without it readers use the spam button.`,
      fix: `Add these two headers; the https address must accept a POST without further questions:\n${FIELDS}`,
    }),
    ru: ({ signs }) => ({
      title: 'Рассылка без отписки в один клик',
      detail: `Письмо считается рассылкой${signs.length === 0 ? '' : ` (${SIGNS.ru(signs)})`}, а заголовка List-Unsubscribe в нём нет. Gmail и Yahoo требуют отписку в один клик; без неё получатели нажимают «Спам».`,
      fix: `Добавьте эти два заголовка; адрес https должен принимать POST без дополнительных вопросов:\n${FIELDS}`,
    }),
  }),
  'content.unsubscribe-not-one-click': define<{ why: string }>({
    ...expected,
    source: GMAIL,
    en: ({ why }) => ({
      title: 'Unsubscribing takes more than one click',
      detail: `The mail has List-Unsubscribe, but ${phrase(WHY, 'en', why)}. Gmail and Yahoo show their unsubscribe button for mail with both headers.`,
      fix: `Set both headers; the https address must accept a POST without further questions:\n${FIELDS}`,
    }),
    ru: ({ why }) => ({
      title: 'Отписка не в один клик',
      detail: `Заголовок List-Unsubscribe есть, но ${phrase(WHY, 'ru', why)}. Gmail и Yahoo показывают кнопку отписки для писем с обоими заголовками.`,
      fix: `Укажите оба заголовка; адрес https должен принимать POST без дополнительных вопросов:\n${FIELDS}`,
    }),
  }),
  'content.unsubscribe-unsigned': define<{ fields: readonly string[] }>({
    area: 'message',
    severity: 'warning',
    points: 0.5,
    class: 'B',
    root: 'content.unsubscribe',
    source: 'RFC 8058 section 4',
    en: ({ fields }) => ({
      title: 'DKIM does not sign the unsubscribe headers',
      detail: `No valid DKIM signature covers ${fields.join(' and ')}. Receivers then offer no one-click unsubscribe.`,
      fix: `Add ${fields.join(' and ')} to the signed headers (opendkim: SignHeaders *,+${fields.join(',+')}). mailshim signs them.`,
    }),
    ru: ({ fields }) => ({
      title: 'Заголовки отписки не подписаны',
      detail: `Ни одна действительная DKIM-подпись не охватывает ${fields.join(' и ')}. В этом случае получатели не предлагают отписку в один клик.`,
      fix: `Добавьте ${fields.join(' и ')} в список подписываемых заголовков (opendkim: SignHeaders *,+${fields.join(',+')}). mailshim их подписывает.`,
    }),
  }),
  'content.unsubscribe-not-visible': define<Record<string, never>>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'B',
    source: 'Gmail, Yahoo and Outlook sender guidelines',
    en: () => ({
      title: 'Bulk mail without an unsubscribe link in its text',
      detail:
        'Gmail, Yahoo and Outlook require a clearly visible unsubscribe link in the text of bulk mail, in addition to the headers. The links and the text have none.',
      fix: 'Add a line such as “Unsubscribe” with a link at the end of the text. If the mail goes to one person, remove the list headers.',
    }),
    ru: () => ({
      title: 'Рассылка без ссылки для отписки в тексте',
      detail:
        'Gmail, Yahoo и Outlook требуют хорошо заметную ссылку для отписки в тексте рассылки, помимо заголовков. Ни среди ссылок, ни в тексте её нет.',
      fix: 'Добавьте в конец письма строку «Отписаться» со ссылкой. Если письмо предназначено одному человеку, уберите из него заголовки рассылки.',
    }),
  }),
  'content.unsubscribe-in-text': define<Record<string, never>>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: GMAIL,
    en: () => ({
      title: 'The text has an unsubscribe link, the headers do not',
      detail:
        'For a mail to one customer, such as an order confirmation, nothing has to be done. For bulk mail, Gmail and Yahoo require one-click unsubscribe in the headers too.',
      fix: `For bulk mail, add these two headers; the https address must accept a POST without further questions:\n${FIELDS}`,
    }),
    ru: () => ({
      title: 'Отписка есть в тексте, но не в заголовках',
      detail:
        'Для письма одному покупателю, например подтверждения заказа, это нормально. Для рассылки Gmail и Yahoo требуют отписку в один клик и в заголовках.',
      fix: `Для рассылки добавьте эти два заголовка; адрес https должен принимать POST без дополнительных вопросов:\n${FIELDS}`,
    }),
  }),
  'content.unsubscribe-ok': define<Record<string, never>>({
    area: 'message',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 8058',
    en: () => ({
      title: 'The mail supports one-click unsubscribe',
      detail: 'List-Unsubscribe and List-Unsubscribe-Post are set and signed.',
    }),
    ru: () => ({
      title: 'Отписка в один клик настроена',
      detail: 'Заголовки List-Unsubscribe и List-Unsubscribe-Post есть и подписаны.',
    }),
  }),
} as const;
