// Findings of how a reader gets off the list (RFC 2369, RFC 8058, Gmail's and Yahoo's rules for senders).
import { define } from './define.ts';

const GMAIL = 'RFC 8058 section 3.1; Gmail and Yahoo sender guidelines';
const expected = { area: 'message', severity: 'warning', points: 1, class: 'B', root: 'content.unsubscribe' } as const;
const FIELDS =
  'List-Unsubscribe: <https://shop.example/unsubscribe?id=…>, <mailto:unsubscribe@shop.example>\nList-Unsubscribe-Post: List-Unsubscribe=One-Click';

const SIGNS: Record<'en' | 'ru', (signs: readonly string[]) => string> = {
  en: (signs) => signs.map((sign) => `the header ${sign}`).join(', '),
  ru: (signs) => signs.map((sign) => `заголовку ${sign}`).join(', '),
};
const WHY: Record<'en' | 'ru', Record<string, string>> = {
  en: {
    'no-post': 'the header List-Unsubscribe-Post is missing',
    'bad-post': 'List-Unsubscribe-Post says something else than List-Unsubscribe=One-Click',
    'no-https': 'List-Unsubscribe holds no https address',
    unreadable: 'the addresses in List-Unsubscribe cannot be read; put each into angle brackets',
  },
  ru: {
    'no-post': 'нет заголовка List-Unsubscribe-Post',
    'bad-post': 'в List-Unsubscribe-Post стоит не List-Unsubscribe=One-Click',
    'no-https': 'в List-Unsubscribe нет адреса https',
    unreadable: 'адреса в List-Unsubscribe не читаются; каждый берут в угловые скобки',
  },
};

export const unsubscribeFindings = {
  'content.unsubscribe-missing': define<{ signs: readonly string[] }>({
    ...expected,
    source: GMAIL,
    en: ({ signs }) => ({
      title: 'Mail to many, without a way off the list',
      detail: `The mail is taken for mail to many${signs.length === 0 ? '' : `, by ${SIGNS.en(signs)}`}, and has no List-Unsubscribe header. Gmail and Yahoo want one-click unsubscribing; without it readers use the spam button.`,
      fix: `Add these two headers, and let the address take a POST without asking anything:\n${FIELDS}`,
    }),
    ru: ({ signs }) => ({
      title: 'Рассылка, от которой нельзя отписаться',
      detail: `Письмо считается рассылкой${signs.length === 0 ? '' : ` по ${SIGNS.ru(signs)}`}, а заголовка List-Unsubscribe в нём нет. Gmail и Yahoo требуют отписку в один щелчок; без неё читатели жмут «Спам».`,
      fix: `Добавьте два заголовка, и пусть адрес принимает POST без вопросов:\n${FIELDS}`,
    }),
  }),
  'content.unsubscribe-not-one-click': define<{ why: string }>({
    ...expected,
    source: GMAIL,
    en: ({ why }) => ({
      title: 'Unsubscribing takes more than one click',
      detail: `List-Unsubscribe is there, but ${WHY.en[why] ?? why}. Gmail and Yahoo show their unsubscribe button for mail with both headers.`,
      fix: `Write both headers, and let the address take a POST without asking anything:\n${FIELDS}`,
    }),
    ru: ({ why }) => ({
      title: 'Отписка не в один щелчок',
      detail: `List-Unsubscribe есть, но ${WHY.ru[why] ?? why}. Свою кнопку отписки Gmail и Yahoo показывают для писем с обоими заголовками.`,
      fix: `Поставьте оба заголовка, и пусть адрес принимает POST без вопросов:\n${FIELDS}`,
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
      title: 'The unsubscribe headers are not signed',
      detail: `No DKIM signature that is valid covers ${fields.join(' and ')}. Receivers then offer no one-click unsubscribing.`,
      fix: `Add ${fields.join(' and ')} to the headers that are signed (opendkim: SignHeaders *,+${fields.join(',+')}). mailshim signs them.`,
    }),
    ru: ({ fields }) => ({
      title: 'Заголовки отписки не подписаны',
      detail: `Ни одна верная подпись DKIM не охватывает ${fields.join(' и ')}. Тогда получатели не предлагают отписку в один щелчок.`,
      fix: `Добавьте ${fields.join(' и ')} к подписываемым заголовкам (opendkim: SignHeaders *,+${fields.join(',+')}). mailshim их подписывает.`,
    }),
  }),
  'content.unsubscribe-not-visible': define<Record<string, never>>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'B',
    source: 'Gmail, Yahoo and Outlook sender guidelines',
    en: () => ({
      title: 'Mail to many, without an unsubscribe link in its text',
      detail:
        'Gmail, Yahoo and Outlook want mail to many to have a clearly visible link for unsubscribing in the text, beside the headers. None was found in the links and the text.',
      fix: 'Write a line such as “Unsubscribe” with a link at the end of the text. If the mail goes to one person, leave the list headers out of it.',
    }),
    ru: () => ({
      title: 'Рассылка без ссылки для отписки в тексте',
      detail:
        'Gmail, Yahoo и Outlook требуют, чтобы в тексте рассылки была хорошо заметная ссылка для отписки — помимо заголовков. Ни в ссылках, ни в тексте её не нашлось.',
      fix: 'Добавьте в конец письма строку «Отписаться» со ссылкой. Если письмо предназначено одному человеку, уберите из него заголовки списка рассылки.',
    }),
  }),
  'content.unsubscribe-in-text': define<Record<string, never>>({
    area: 'message',
    severity: 'notice',
    points: 0,
    class: 'D',
    source: GMAIL,
    en: () => ({
      title: 'The text offers to unsubscribe, the headers do not',
      detail:
        'For a mail to one customer, such as an order confirmation, that is in order. If it goes to many, Gmail and Yahoo want one-click unsubscribing in the headers, too.',
      fix: `For mail to many, add these two headers, and let the address take a POST without asking anything:\n${FIELDS}`,
    }),
    ru: () => ({
      title: 'Отписка предложена в тексте, но не в заголовках',
      detail:
        'Для письма одному покупателю, например подтверждения заказа, это нормально. Если же это рассылка, Gmail и Yahoo требуют отписку в один щелчок и в заголовках.',
      fix: `Для рассылки добавьте два заголовка, и пусть адрес принимает POST без вопросов:\n${FIELDS}`,
    }),
  }),
  'content.unsubscribe-ok': define<Record<string, never>>({
    area: 'message',
    severity: 'info',
    points: 0,
    class: 'D',
    source: 'RFC 8058',
    en: () => ({
      title: 'Readers can unsubscribe with one click',
      detail: 'List-Unsubscribe and List-Unsubscribe-Post are there, and signed.',
    }),
    ru: () => ({
      title: 'Отписаться можно в один щелчок',
      detail: 'List-Unsubscribe и List-Unsubscribe-Post на месте и подписаны.',
    }),
  }),
} as const;
