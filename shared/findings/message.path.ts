// Findings of a message's path to the receiver, and of what is not known about it (RFC 5321 section 4.4, RFC 3848).
import { define } from './define.ts';

const fact = { area: 'message', severity: 'info', points: 0, class: 'D' } as const;
const unknown = { area: 'message', severity: 'unknown', points: 0, class: 'D' } as const;

export const messagePathFindings = {
  'message.tls': define<{ by: string; version: string }>({
    ...fact,
    source: 'RFC 3848',
    en: ({ by, version }) => ({
      title: 'The mail is sent with TLS',
      detail: `${by === '' ? 'The receiver' : by} received it over ${version === '' ? 'TLS' : version}.`,
    }),
    ru: ({ by, version }) => ({
      title: 'Письмо передаётся по TLS',
      detail: `${by === '' ? 'Сервер получателя' : by} принял его по ${version === '' ? 'TLS' : version}.`,
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
      title: 'The mail is sent without TLS',
      detail: `${by === '' ? 'The receiver' : by} received it by ${protocol}, without TLS. Gmail rejects such mail.`,
      fix: 'In Postfix: smtp_tls_security_level = may (postconf -e), then postfix reload.',
    }),
    ru: ({ by, protocol }) => ({
      title: 'Письмо передаётся без TLS',
      detail: `${by === '' ? 'Сервер получателя' : by} принял его по ${protocol}, без TLS. Gmail отклоняет такие письма.`,
      fix: 'В Postfix: smtp_tls_security_level = may (postconf -e), затем postfix reload.',
    }),
  }),
  'message.tls-unseen': define<Record<string, never>>({
    ...fact,
    source: 'RFC 3848',
    en: () => ({
      title: 'The inbox does not show whether the mail was sent with TLS',
      detail: 'The server that received the mail does not record TLS, so it is not part of the score.',
      fix: 'In Postfix, smtp_tls_security_level = may uses TLS wherever the receiver offers it.',
    }),
    ru: () => ({
      title: 'Передано ли письмо по TLS, здесь не видно',
      detail: 'Сервер, который принял письмо, не сообщает об использовании TLS, поэтому в оценку это не входит.',
      fix: 'В Postfix параметр smtp_tls_security_level = may включает TLS для всех получателей, которые его поддерживают.',
    }),
  }),
  'message.tls-unknown': define<Record<string, never>>({
    ...unknown,
    source: 'Gmail sender guidelines, 5.7.29',
    en: () => ({
      title: 'Whether the mail is sent with TLS is not known',
      detail: 'Gmail rejects mail that arrives without TLS. The message does not show how it will be sent.',
      fix: 'If you know it, add ?tls=true or ?tls=false.',
    }),
    ru: () => ({
      title: 'Неизвестно, передаётся ли письмо по TLS',
      detail:
        'Gmail отклоняет письма, отправленные без TLS. По самому письму нельзя определить, как оно будет отправлено.',
      fix: 'Если вы это знаете, добавьте ?tls=true или ?tls=false.',
    }),
  }),
  'message.no-client-ip': define<Record<string, never>>({
    ...unknown,
    source: 'RFC 7208 section 2.4',
    en: () => ({
      title: 'The server that delivered the mail is not known',
      detail: 'SPF, the PTR record and the block lists were not checked.',
      fix: 'Give the address that receivers see: ?ip=192.0.2.1 or --ip. If a server of yours received the mail, name it: ?received_by=mx.shop.example or --received-by.',
    }),
    ru: () => ({
      title: 'Неизвестно, какой сервер доставил письмо',
      detail: 'Поэтому SPF, PTR-запись и чёрные списки не проверены.',
      fix: 'Укажите адрес, который видят получатели: ?ip=192.0.2.1 или --ip. Если письмо принял ваш сервер, укажите его имя: ?received_by=mx.shop.example или --received-by.',
    }),
  }),
  'message.no-envelope': define<Record<string, never>>({
    ...unknown,
    source: 'RFC 7208 section 2.4; RFC 5321 section 4.4',
    en: () => ({
      title: 'The envelope sender is not known',
      detail: 'SPF checks the address of MAIL FROM, which is not part of the message. SPF was not checked.',
      fix: 'Give it: ?sender=bounce@shop.example, or keep the Return-Path header in the mail.',
    }),
    ru: () => ({
      title: 'Адрес отправителя в конверте неизвестен',
      detail: 'SPF проверяет адрес из MAIL FROM, а в самом письме его нет. Поэтому SPF не проверен.',
      fix: 'Укажите его: ?sender=bounce@shop.example, или сохраните в письме заголовок Return-Path.',
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
      title: 'The mail has no valid line endings',
      detail: `Lines end in CR alone (${cr} times), and none in LF or CR LF. For every mail server the mail is one long line without From, To or a body, so nothing else was checked.`,
      fix: 'Configure the program that creates the mail to end lines in CR LF or LF. If only the file was saved like this, save it with the line endings of Unix or Windows.',
    }),
    ru: ({ cr }) => ({
      title: 'В письме нет корректных окончаний строк',
      detail: `Строки заканчиваются только на CR (${cr} раз), ни одной — на LF или CR LF. Для почтового сервера это одна длинная строка без From, To и текста, поэтому больше ничего не проверено.`,
      fix: 'Программа, которая создаёт письмо, должна заканчивать строки на CR LF или LF. Если так сохранён только файл, сохраните его с окончаниями строк Unix или Windows.',
    }),
  }),
  'message.too-large': define<{ octets: number; limit: number }>({
    ...unknown,
    source: 'RFC 5321 section 4.5.3.1.7',
    en: ({ octets, limit }) => ({
      title: 'The mail is too large to be checked',
      detail: `The mail has ${kilobytes(octets)} KB, and the check reads at most ${kilobytes(limit)} KB. Its body and signatures were not checked.`,
      fix: 'Send a smaller mail, without large attachments.',
    }),
    ru: ({ octets, limit }) => ({
      title: 'Письмо слишком большое для проверки',
      detail: `Размер письма — ${kilobytes(octets)} КБ, а проверяется не больше ${kilobytes(limit)} КБ. Тело и подписи не проверены.`,
      fix: 'Отправьте письмо меньшего размера, без больших вложений.',
    }),
  }),
  'message.head-too-large': define<{ limit: number }>({
    ...unknown,
    source: 'Postfix header_size_limit; Gmail: 500 KB of headers',
    en: ({ limit }) => ({
      title: 'The header of the mail is too large to be checked',
      detail: `A header of more than ${kilobytes(limit)} KB or thousands of lines does not occur in ordinary mail, and servers reject or truncate it. Nothing of the mail was checked.`,
      fix: 'Look for header fields that a program adds repeatedly, or for text without an empty line before it.',
    }),
    ru: ({ limit }) => ({
      title: 'Заголовки письма слишком велики для проверки',
      detail: `В обычных письмах не бывает заголовков больше ${kilobytes(limit)} КБ или в тысячи строк; серверы отклоняют такие письма или обрезают их. Письмо не проверено.`,
      fix: 'Найдите заголовки, которые программа добавляет многократно, или текст, перед которым нет пустой строки.',
    }),
  }),
} as const;

/** Whole, at least one: for a sentence. */
export function kilobytes(octets: number): number {
  return Math.max(1, Math.round(octets / 1024));
}
