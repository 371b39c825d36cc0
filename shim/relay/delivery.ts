// Findings about mail that the relay has accepted: size, filters and settings of other set-ups.

import { type Configuration, effective, isYes, listeners, listOf, placeOf } from './configuration.ts';
import { define, findingsOf, type RelayFinding } from './finding.ts';

// biome-ignore format: a line for each language.
export const deliveryFindings = {
  relayhost: define<{ value: string }>('warning', ['main.cf: relayhost ='],
    ({ value }) => `All mail goes on through ${value} (relayhost). If that is left over from before, SPF and PTR of this machine do not matter and those of ${value} do.`,
    ({ value }) => `Вся почта уходит дальше через ${value} (relayhost). Если это осталось от прежней настройки, то важны SPF и PTR не этой машины, а ${value}.`),
  'password-in-main': define<{ parameter: string }>('danger', ({ parameter }) => [`main.cf: ${parameter} = hash:/etc/postfix/sasl_passwd`, 'run: chmod 600 /etc/postfix/sasl_passwd && postmap /etc/postfix/sasl_passwd'],
    ({ parameter }) => `${parameter} has the password itself, and every user of this machine may read main.cf and postconf.`,
    ({ parameter }) => `В ${parameter} записан сам пароль, а main.cf и postconf может прочесть любой пользователь машины.`),
  'message-size': define<{ value: number }>('warning', ['main.cf: message_size_limit = 52428800'],
    ({ value }) => `Mails over ${value} octets are refused. An attachment grows by a third on its way: 10 MB is the least that customers expect, and the shim lets 50 MB through.`,
    ({ value }) => `Письма больше ${value} байт не принимаются. Вложение в пути вырастает на треть: от магазина ждут хотя бы 10 МБ, а mailshim пропускает 50 МБ.`),
  'mailbox-limit': define<{ mailbox: number; message: number }>('error', ['main.cf: mailbox_size_limit = 0'],
    ({ mailbox, message }) => `mailbox_size_limit (${mailbox}) is smaller than message_size_limit (${message}): local delivery ends with a fatal error.`,
    ({ mailbox, message }) => `mailbox_size_limit (${mailbox}) меньше message_size_limit (${message}): местная доставка прерывается с ошибкой.`),
  'content-filter': define<{ value: string }>('warning', ['main.cf: content_filter ='],
    ({ value }) => `Every mail takes a detour through ${value} (content_filter). If nothing answers there any more, all mail waits in the queue.`,
    ({ value }) => `Каждое письмо идёт через ${value} (content_filter). Если там больше никто не отвечает, вся почта стоит в очереди.`),
  'content-filter-missing': define<{ value: string; transport: string }>('error', ['main.cf: content_filter ='],
    ({ value, transport }) => `content_filter is ${value}, but master.cf has no service ${transport}: all mail waits in the queue ("mail transport unavailable").`,
    ({ value, transport }) => `content_filter равен ${value}, но в master.cf нет службы ${transport}: вся почта стоит в очереди («mail transport unavailable»).`),
  'soft-bounce': define('warning', ['main.cf: soft_bounce = no'],
    'soft_bounce is on, a switch for tests: a refused mail is tried again for days, and nobody learns that the address is wrong.',
    'Включён soft_bounce, он нужен только для испытаний: отвергнутое письмо отправляется снова много дней, и никто не узнает, что адрес неверен.'),
  'always-bcc': define<{ value: string }>('warning', ['main.cf: always_bcc ='],
    ({ value }) => `A copy of every mail goes to ${value} (always_bcc): password resets of customers too.`,
    ({ value }) => `Копия каждого письма уходит на ${value} (always_bcc), в том числе письма для смены пароля покупателей.`),
  debug: define<{ what: string }>('warning', ({ what }) => [what === 'debug_peer_list' ? 'main.cf: debug_peer_list =' : 'master.cf: … smtpd'],
    ({ what }) => `Debugging is on (${what}): whole conversations go into the log, with addresses and logins.`,
    ({ what }) => `Включена отладка (${what}): в журнал попадают целые диалоги с адресами и логинами.`),
  'dns-off': define('error', ['main.cf: disable_dns_lookups = no'],
    'disable_dns_lookups is on: Postfix asks for no MX records and sends to the wrong machines.',
    'Включён disable_dns_lookups: Postfix не смотрит записи MX и отправляет почту не на те машины.'),
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
