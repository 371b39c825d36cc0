// Findings about mail that the relay has accepted: size, filters and settings of other set-ups.

import { type Configuration, effective, isYes, listeners, listOf, placeOf } from './configuration.ts';
import { define, findingsOf, type RelayFinding } from './finding.ts';

// biome-ignore format: a line for each language.
export const deliveryFindings = {
  relayhost: define<{ value: string }>('warning', ['main.cf: relayhost ='],
    ({ value }) => `All mail is sent through ${value} (relayhost). Then SPF and PTR of ${value} count, not those of this machine. Remove it if it is a leftover.`,
    ({ value }) => `Вся почта отправляется через ${value} (relayhost). Поэтому проверяются SPF и PTR сервера ${value}, а не этого. Если это осталось от прежней настройки, удалите строку.`),
  'password-in-main': define<{ parameter: string }>('danger', ({ parameter }) => [`main.cf: ${parameter} = hash:/etc/postfix/sasl_passwd`, 'run: chmod 600 /etc/postfix/sasl_passwd && postmap /etc/postfix/sasl_passwd'],
    ({ parameter }) => `${parameter} contains the password, and every user of this machine can read main.cf.`,
    ({ parameter }) => `В ${parameter} записан сам пароль, а main.cf может прочитать любой пользователь сервера.`),
  'message-size': define<{ value: number }>('warning', ['main.cf: message_size_limit = 52428800'],
    ({ value }) => `Mails of more than ${value} bytes are rejected. Encoding makes an attachment a third larger: customers expect at least 10 MB, and mailshim accepts 50 MB.`,
    ({ value }) => `Письма больше ${value} байт не принимаются. При кодировании вложение увеличивается на треть: от магазина ждут хотя бы 10 МБ, а mailshim принимает 50 МБ.`),
  'mailbox-limit': define<{ mailbox: number; message: number }>('error', ['main.cf: mailbox_size_limit = 0'],
    ({ mailbox, message }) => `mailbox_size_limit (${mailbox}) is smaller than message_size_limit (${message}): local delivery fails.`,
    ({ mailbox, message }) => `mailbox_size_limit (${mailbox}) меньше message_size_limit (${message}): локальная доставка завершается с ошибкой.`),
  'content-filter': define<{ value: string }>('warning', ['main.cf: content_filter ='],
    ({ value }) => `Every mail goes through ${value} (content_filter). If no program answers there any more, all mail stays in the queue.`,
    ({ value }) => `Каждое письмо идёт через ${value} (content_filter). Если там больше ничего не отвечает, вся почта остаётся в очереди.`),
  'content-filter-missing': define<{ value: string; transport: string }>('error', ['main.cf: content_filter ='],
    ({ value, transport }) => `content_filter is ${value}, but master.cf has no service ${transport}: all mail stays in the queue ("mail transport unavailable").`,
    ({ value, transport }) => `content_filter равен ${value}, но в master.cf нет службы ${transport}: вся почта остаётся в очереди («mail transport unavailable»).`),
  'soft-bounce': define('warning', ['main.cf: soft_bounce = no'],
    'soft_bounce is on, which is for tests: a rejected mail is tried again for days, and no bounce shows that the address is wrong.',
    'Включён soft_bounce, он нужен только для тестов: отклонённое письмо отправляется повторно много дней, и уведомления о неверном адресе нет.'),
  'always-bcc': define<{ value: string }>('warning', ['main.cf: always_bcc ='],
    ({ value }) => `A copy of every mail goes to ${value} (always_bcc), including password resets of customers.`,
    ({ value }) => `Копия каждого письма уходит на ${value} (always_bcc), включая письма покупателям для сброса пароля.`),
  debug: define<{ what: string }>('warning', ({ what }) => [what === 'debug_peer_list' ? 'main.cf: debug_peer_list =' : 'master.cf: … smtpd'],
    ({ what }) => `Debugging is on (${what}): whole sessions are logged, with addresses and logins.`,
    ({ what }) => `Включена отладка (${what}): в журнал записываются сеансы целиком, с адресами и логинами.`),
  'dns-off': define('error', ['main.cf: disable_dns_lookups = no'],
    'disable_dns_lookups is on: Postfix does not query MX records and sends to the wrong servers.',
    'Включён disable_dns_lookups: Postfix не запрашивает записи MX и отправляет почту не на те серверы.'),
} as const;

const finding = findingsOf(deliveryFindings);
/** Bytes: attachments that customers and shops expect, encoded. */
const LEAST_MESSAGE_SIZE = 10_000_000;

/** Never fails. */
export function deliveryRules(configuration: Configuration): RelayFinding[] {
  const found: RelayFinding[] = [];
  const value = (name: string) => effective(configuration, name);
  const place = (name: string) => placeOf(configuration, name);
  if (value('relayhost') !== '') found.push(finding('relayhost', { value: value('relayhost') }, place('relayhost')));
  if (/(?:static|inline):/.test(value('smtp_sasl_password_maps')))
    found.push(finding('password-in-main', { parameter: 'smtp_sasl_password_maps' }, place('smtp_sasl_password_maps')));
  // 0 is no limit.
  const message = Number(value('message_size_limit'));
  if (message > 0 && message < LEAST_MESSAGE_SIZE)
    found.push(finding('message-size', { value: message }, place('message_size_limit')));
  const mailbox = Number(value('mailbox_size_limit'));
  if (mailbox > 0 && (message === 0 || mailbox < message))
    found.push(finding('mailbox-limit', { mailbox, message }, place('mailbox_size_limit')));
  found.push(...filterRules(configuration));
  if (isYes(value('soft_bounce'))) found.push(finding('soft-bounce', {}, place('soft_bounce')));
  if (value('always_bcc') !== '')
    found.push(finding('always-bcc', { value: value('always_bcc') }, place('always_bcc')));
  if (listOf(value('debug_peer_list')).length > 0)
    found.push(finding('debug', { what: 'debug_peer_list' }, place('debug_peer_list')));
  for (const { service } of listeners(configuration)) {
    const flag = service.flags.find((word) => /^-v+$/.test(word));
    if (flag !== undefined) found.push(finding('debug', { what: `smtpd ${flag}` }, service));
  }
  if (isYes(value('disable_dns_lookups'))) found.push(finding('dns-off', {}, place('disable_dns_lookups')));
  return found;
}

function filterRules(configuration: Configuration): RelayFinding[] {
  const filter = effective(configuration, 'content_filter');
  if (filter === '') return [];
  const transport = filter.split(':')[0]!;
  const known = configuration.services.some(({ name, type }) => name === transport && type === 'unix');
  // Without master.cf nothing is known of its services.
  const missing = configuration.services.length > 0 && !known;
  const place = placeOf(configuration, 'content_filter');
  return [
    missing
      ? finding('content-filter-missing', { value: filter, transport }, place)
      : finding('content-filter', { value: filter }, place),
  ];
}
