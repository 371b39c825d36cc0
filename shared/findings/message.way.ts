// Findings of a message's way to the receiver, and of what could not be seen of it (RFC 5321 section 4.4, RFC 3848).
import { define } from './define.ts';

const fact = { area: 'message', severity: 'info', points: 0, class: 'D' } as const;
const unknown = { area: 'message', severity: 'unknown', points: 0, class: 'D' } as const;

export const messageWayFindings = {
  'message.tls': define<{ by: string; version: string }>({
    ...fact,
    source: 'RFC 3848',
    en: ({ by, version }) => ({
      title: 'The mail is sent encrypted',
      detail: `${by === '' ? 'The receiver' : by} takes it over ${version === '' ? 'TLS' : version}.`,
    }),
    ru: ({ by, version }) => ({
      title: 'Письмо передаётся зашифрованным',
      detail: `${by === '' ? 'Получатель' : by} принимает его по ${version === '' ? 'TLS' : version}.`,
    }),
  }),
  'message.not-tls': define<{ by: string; protocol: string }>({
    area: 'message',
    severity: 'error',
    points: 2,
    cap: 6,
    class: 'A',
    source: 'Gmail sender guidelines, 5.7.29',
    en: ({ by, protocol }) => ({
      title: 'The mail is sent unencrypted',
      detail: `${by === '' ? 'The receiver' : by} takes it by ${protocol}, without TLS. Gmail refuses such mail.`,
      fix: 'In Postfix: smtp_tls_security_level = may (postconf -e), then postfix reload.',
    }),
    ru: ({ by, protocol }) => ({
      title: 'Письмо передаётся без шифрования',
      detail: `${by === '' ? 'Получатель' : by} принимает его по ${protocol}, без TLS. Gmail такие письма отклоняет.`,
      fix: 'В Postfix: smtp_tls_security_level = may (postconf -e), затем postfix reload.',
    }),
  }),
  'message.tls-unseen': define<Record<string, never>>({
    ...fact,
    source: 'RFC 3848',
    en: () => ({
      title: 'Whether the mail was sent encrypted is not looked at here',
      detail: 'The server that took the mail does not say whether it came over TLS, so this is no part of the score.',
      fix: 'In Postfix, smtp_tls_security_level = may makes it encrypt wherever it can.',
    }),
    ru: () => ({
      title: 'Передано ли письмо зашифрованным, здесь не видно',
      detail: 'Сервер, который принял письмо, не сообщает, пришло ли оно по TLS, поэтому в оценку это не входит.',
      fix: 'В Postfix настройка smtp_tls_security_level = may включает шифрование везде, где оно возможно.',
    }),
  }),
  'message.tls-unknown': define<Record<string, never>>({
    ...unknown,
    source: 'Gmail sender guidelines, 5.7.29',
    en: () => ({
      title: 'Whether the mail goes out encrypted is not known',
      detail: 'Gmail refuses mail that comes without TLS. The message itself does not tell how it will be sent.',
      fix: 'Where you know it, add ?tls=true or ?tls=false.',
    }),
    ru: () => ({
      title: 'Неизвестно, уходит ли письмо зашифрованным',
      detail: 'Gmail отклоняет письма, пришедшие без TLS. По самому письму не видно, как его отправят.',
      fix: 'Если знаете, добавьте ?tls=true или ?tls=false.',
    }),
  }),
  'message.no-client-ip': define<Record<string, never>>({
    ...unknown,
    source: 'RFC 7208 section 2.4',
    en: () => ({
      title: 'Which server delivered the mail is not known',
      detail: 'So SPF, the PTR record and the block lists were not checked.',
      fix: 'Give the address that receivers see: ?ip=192.0.2.1 or --ip. Where a server of yours received the mail, name it: ?received_by=mx.shop.example or --received-by.',
    }),
    ru: () => ({
      title: 'Неизвестно, какой сервер доставил письмо',
      detail: 'Поэтому SPF, запись PTR и чёрные списки не проверены.',
      fix: 'Укажите адрес, который видят получатели: ?ip=192.0.2.1 или --ip. Если письмо принял ваш сервер, назовите его: ?received_by=mx.shop.example или --received-by.',
    }),
  }),
  'message.no-envelope': define<Record<string, never>>({
    ...unknown,
    source: 'RFC 7208 section 2.4; RFC 5321 section 4.4',
    en: () => ({
      title: 'The envelope sender is not known',
      detail:
        'SPF speaks for the address that was given with MAIL FROM, which is not part of the mail itself. So SPF was not checked.',
      fix: 'Give it: ?sender=bounce@shop.example, or keep the Return-Path header in the mail.',
    }),
    ru: () => ({
      title: 'Отправитель в конверте неизвестен',
      detail: 'SPF проверяет адрес из MAIL FROM, а он не входит в само письмо. Поэтому SPF не проверен.',
      fix: 'Укажите его: ?sender=bounce@shop.example, или оставьте в письме заголовок Return-Path.',
    }),
  }),
  'message.no-lines': define<{ cr: number }>({
    area: 'message',
    severity: 'error',
    points: 4,
    cap: 3,
    class: 'A',
    source: 'RFC 5321 section 2.3.8',
    en: ({ cr }) => ({
      title: 'The mail has no lines',
      detail: `Lines end in CR alone (${cr} times), as on old Macs, and nowhere in LF or CR LF. To every mail server that is one long line without From, To or a text, so nothing else was checked.`,
      fix: 'Let the program that makes the mail end its lines in CR LF or LF. If only the file was saved so, save it anew with the line endings of Unix or Windows.',
    }),
    ru: ({ cr }) => ({
      title: 'В письме нет строк',
      detail: `Строки заканчиваются одним CR (${cr} раз), как на старых Mac, и нигде — LF или CR LF. Для любого почтового сервера это одна длинная строка без From, To и текста, поэтому больше ничего не проверено.`,
      fix: 'Программа, которая создаёт письмо, должна заканчивать строки CR LF или LF. Если так сохранён только файл, сохраните его заново с окончаниями строк Unix или Windows.',
    }),
  }),
  'message.too-large': define<{ octets: number; limit: number }>({
    ...unknown,
    source: 'RFC 5321 section 4.5.3.1.7',
    en: ({ octets, limit }) => ({
      title: 'The mail is too large to be looked at',
      detail: `It has ${kilobytes(octets)} KB, and no more than ${kilobytes(limit)} KB are read. Its text and signatures were not checked.`,
      fix: 'Send a smaller mail, without large attachments.',
    }),
    ru: ({ octets, limit }) => ({
      title: 'Письмо слишком велико для проверки',
      detail: `В нём ${kilobytes(octets)} КБ, а читается не больше ${kilobytes(limit)} КБ. Текст и подписи не проверены.`,
      fix: 'Отправьте письмо поменьше, без больших вложений.',
    }),
  }),
  'message.head-too-large': define<{ limit: number }>({
    ...unknown,
    source: 'Postfix header_size_limit; Gmail: 500 KB of headers',
    en: ({ limit }) => ({
      title: 'The head of the mail is too large to be looked at',
      detail: `No real mail has a head of more than ${kilobytes(limit)} KB or thousands of lines, and servers refuse or cut such mail. Nothing of it was checked.`,
      fix: 'Look for headers that a program adds over and over, or for text without an empty line before it.',
    }),
    ru: ({ limit }) => ({
      title: 'Заголовок письма слишком велик для проверки',
      detail: `Настоящих писем с заголовком больше ${kilobytes(limit)} КБ или в тысячи строк не бывает; серверы такие отклоняют или обрезают. Ничего не проверено.`,
      fix: 'Поищите заголовки, которые программа добавляет снова и снова, или текст без пустой строки перед ним.',
    }),
  }),
} as const;

/** Whole, at least one: for a sentence. */
export function kilobytes(octets: number): number {
  return Math.max(1, Math.round(octets / 1024));
}
