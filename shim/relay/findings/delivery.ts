// Findings about what becomes of mail that the relay has taken: size, detours and leftovers of other set-ups.
import { define } from './define.ts';

export const deliveryFindings = {
  relayhost: define<{ value: string }>({
    severity: 'warning',
    fix: () => ['main.cf: relayhost ='],
    en: ({ value }) =>
      `All mail goes on through ${value} (relayhost). If that is left over from before, SPF and PTR of this machine do not matter and those of ${value} do.`,
    ru: ({ value }) =>
      `Вся почта уходит дальше через ${value} (relayhost). Если это осталось от прежней настройки, то важны SPF и PTR не этой машины, а ${value}.`,
  }),
  'password-in-main': define<{ parameter: string }>({
    severity: 'danger',
    fix: ({ parameter }) => [
      `main.cf: ${parameter} = hash:/etc/postfix/sasl_passwd`,
      'run: chmod 600 /etc/postfix/sasl_passwd && postmap /etc/postfix/sasl_passwd',
    ],
    en: ({ parameter }) =>
      `${parameter} has the password itself, and every user of this machine may read main.cf and postconf.`,
    ru: ({ parameter }) =>
      `В ${parameter} записан сам пароль, а main.cf и postconf может прочесть любой пользователь машины.`,
  }),
  'message-size': define<{ value: number }>({
    severity: 'warning',
    fix: () => ['main.cf: message_size_limit = 52428800'],
    en: ({ value }) =>
      `Mails over ${value} octets are refused. An attachment grows by a third on its way: 10 MB is the least that customers expect, and the shim lets 50 MB through.`,
    ru: ({ value }) =>
      `Письма больше ${value} байт не принимаются. Вложение в пути вырастает на треть: от магазина ждут хотя бы 10 МБ, а mailshim пропускает 50 МБ.`,
  }),
  'mailbox-limit': define<{ mailbox: number; message: number }>({
    severity: 'error',
    fix: () => ['main.cf: mailbox_size_limit = 0'],
    en: ({ mailbox, message }) =>
      `mailbox_size_limit (${mailbox}) is smaller than message_size_limit (${message}): local delivery ends with a fatal error.`,
    ru: ({ mailbox, message }) =>
      `mailbox_size_limit (${mailbox}) меньше message_size_limit (${message}): местная доставка прерывается с ошибкой.`,
  }),
  'content-filter': define<{ value: string }>({
    severity: 'warning',
    fix: () => ['main.cf: content_filter ='],
    en: ({ value }) =>
      `Every mail takes a detour through ${value} (content_filter). If nothing answers there any more, all mail waits in the queue.`,
    ru: ({ value }) =>
      `Каждое письмо идёт через ${value} (content_filter). Если там больше никто не отвечает, вся почта стоит в очереди.`,
  }),
  'content-filter-missing': define<{ value: string; transport: string }>({
    severity: 'error',
    fix: () => ['main.cf: content_filter ='],
    en: ({ value, transport }) =>
      `content_filter is ${value}, but master.cf has no service ${transport}: all mail waits in the queue ("mail transport unavailable").`,
    ru: ({ value, transport }) =>
      `content_filter равен ${value}, но в master.cf нет службы ${transport}: вся почта стоит в очереди («mail transport unavailable»).`,
  }),
  'soft-bounce': define<Record<never, never>>({
    severity: 'warning',
    fix: () => ['main.cf: soft_bounce = no'],
    en: () =>
      'soft_bounce is on, a switch for tests: a refused mail is tried again for days, and nobody learns that the address is wrong.',
    ru: () =>
      'Включён soft_bounce, он нужен только для испытаний: отвергнутое письмо отправляется снова много дней, и никто не узнает, что адрес неверен.',
  }),
  'always-bcc': define<{ value: string }>({
    severity: 'warning',
    fix: () => ['main.cf: always_bcc ='],
    en: ({ value }) => `A copy of every mail goes to ${value} (always_bcc): password resets of customers too.`,
    ru: ({ value }) =>
      `Копия каждого письма уходит на ${value} (always_bcc), в том числе письма для смены пароля покупателей.`,
  }),
  debug: define<{ what: string }>({
    severity: 'warning',
    fix: ({ what }) => [what === 'debug_peer_list' ? 'main.cf: debug_peer_list =' : 'master.cf: … smtpd'],
    en: ({ what }) => `Debugging is on (${what}): whole conversations go into the log, with addresses and logins.`,
    ru: ({ what }) => `Включена отладка (${what}): в журнал попадают целые диалоги с адресами и логинами.`,
  }),
  'dns-off': define<Record<never, never>>({
    severity: 'error',
    fix: () => ['main.cf: disable_dns_lookups = no'],
    en: () => 'disable_dns_lookups is on: Postfix asks for no MX records and sends to the wrong machines.',
    ru: () => 'Включён disable_dns_lookups: Postfix не смотрит записи MX и отправляет почту не на те машины.',
  }),
} as const;
