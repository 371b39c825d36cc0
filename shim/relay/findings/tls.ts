// Findings about ports and TLS of the relay (RFC 8314, TLS_README).
import { define } from './define.ts';

const WEAK = '!SSLv2, !SSLv3, !TLSv1, !TLSv1.1';

// biome-ignore format: a line for each language.
export const tlsFindings = {
  'no-465': define('error', ['master.cf: submissions inet n - n - - smtpd', 'master.cf:   -o smtpd_tls_wrappermode=yes'],
    'No service listens on port 465, where the shop hands over its mail by TLS from the first byte.',
    'Порт 465, на который магазин отдаёт почту с TLS с первого байта, никто не слушает.'),
  '465-without-wrappermode': define<{ service: string }>('error', ['master.cf:   -o smtpd_tls_wrappermode=yes'],
    ({ service }) => `${service} is on port 465 but lacks smtpd_tls_wrappermode=yes: it answers in plain text where the client begins with TLS ("wrong version number").`,
    ({ service }) => `${service} на порту 465 без smtpd_tls_wrappermode=yes: сервер отвечает открытым текстом, а клиент начинает с TLS («wrong version number»).`),
  'wrappermode-elsewhere': define<{ service: string; port: number }>('error', ['master.cf:   -o smtpd_tls_wrappermode=no'],
    ({ service, port }) => `${service} on port ${port} has smtpd_tls_wrappermode=yes, but clients begin there in plain text and then ask for STARTTLS: nobody gets in. It belongs to port 465 alone.`,
    ({ service, port }) => `${service} на порту ${port} с smtpd_tls_wrappermode=yes, но клиенты начинают там открытым текстом и затем просят STARTTLS: никто не войдёт. Настройка нужна только порту 465.`),
  'wrappermode-global': define('error', ['main.cf: smtpd_tls_wrappermode = no', 'master.cf:   -o smtpd_tls_wrappermode=yes'],
    'smtpd_tls_wrappermode = yes in main.cf holds for every port, also where clients begin in plain text. It belongs to the service on port 465 in master.cf.',
    'smtpd_tls_wrappermode = yes в main.cf действует на все порты, в том числе где клиенты начинают открытым текстом. Его место в master.cf у службы на порту 465.'),
  'submission-without-tls': define<{ service: string; level: string }>('danger', ['master.cf:   -o smtpd_tls_security_level=encrypt'],
    ({ service, level }) => `${service} takes mail without TLS (smtpd_tls_security_level is ${level}): whoever listens on the way reads orders and passwords.`,
    ({ service, level }) => `${service} принимает почту без TLS (smtpd_tls_security_level: ${level}): кто слушает канал, прочтёт заказы и пароли.`),
  'duplicate-listener': define<{ service: string; other: string; first: number; port: number }>('error', ({ service }) => [`run: postconf -M# ${service}/inet`],
    ({ service, other, first, port }) => `${service} and ${other} (line ${first}) both want port ${port}: Postfix takes only the last one, or ends with "Address already in use".`,
    ({ service, other, first, port }) => `${service} и ${other} (строка ${first}) претендуют на один порт ${port}: Postfix возьмёт только последнюю или завершится с «Address already in use».`),
  'old-tls': define<{ parameter: string; versions: string }>('warning', ({ parameter }) => [`main.cf: ${parameter} = ${WEAK}`],
    ({ parameter, versions }) => `${parameter} lets ${versions} through, which RFC 8996 has retired.`,
    ({ parameter, versions }) => `${parameter} допускает ${versions}; эти версии отменены RFC 8996.`),
  'obsolete-tls': define<{ name: string; instead: string }>('warning', ({ instead }) => [`main.cf: ${instead}`],
    ({ name, instead }) => `${name} is obsolete: Postfix passes over it as soon as the level is set. Write ${instead}.`,
    ({ name, instead }) => `${name} устарел: Postfix не смотрит на него, как только задан уровень. Пишите ${instead}.`),
  'outbound-tls-off': define<{ level: string }>('warning', ['main.cf: smtp_tls_security_level = may'],
    'Mail leaves in plain text even to servers that offer TLS. Gmail shows such mail with an open red lock.',
    'Почта уходит открытым текстом даже на серверы, где есть TLS. Gmail показывает у таких писем красный открытый замок.'),
  'outbound-tls-forced': define<{ level: string }>('warning', ['main.cf: smtp_tls_security_level = may'],
    ({ level }) => `smtp_tls_security_level is ${level} for every recipient: mail to a server without TLS, or with another certificate, stays in the queue and comes back after days.`,
    ({ level }) => `smtp_tls_security_level равен ${level} для всех получателей: письмо на сервер без TLS или с другим сертификатом застрянет в очереди и вернётся через несколько дней.`),
  'dane-without-dnssec': define<{ level: string }>('error', ['main.cf: smtp_dns_support_level = dnssec'],
    ({ level }) => `smtp_tls_security_level is ${level}, but smtp_dns_support_level is not dnssec: Postfix asks for no signed answers, and DANE never works.`,
    ({ level }) => `smtp_tls_security_level равен ${level}, но smtp_dns_support_level не dnssec: Postfix не запрашивает подписанных ответов, и DANE не работает.`),
} as const;
