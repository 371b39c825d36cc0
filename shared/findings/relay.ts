// Findings of a relay's submission ports 465 and 587 (RFC 8314, RFC 6409, RFC 3207). They are for the administrator of the relay and are not part of a domain's score.
import { define } from './define.ts';

const broken = { area: 'relay', severity: 'error', points: 0, class: 'A' } as const;
const risk = { area: 'relay', severity: 'warning', points: 0, class: 'C' } as const;
const info = { area: 'relay', severity: 'info', points: 0, class: 'D' } as const;
const unknown = { area: 'relay', severity: 'unknown', points: 0, class: 'D' } as const;

export const relayFindings = {
  'relay.secure': define<{ host: string; ports: readonly string[] }>({
    ...info,
    source: 'RFC 8314 section 3.3',
    en: ({ host, ports }) => ({
      title: 'The relay accepts mail over TLS with a valid certificate',
      detail: `${host}, ports ${ports.join(' and ')}.`,
    }),
    ru: ({ host, ports }) => ({
      title: 'Релей принимает почту по TLS с действительным сертификатом',
      detail: `${host}, порты ${ports.join(' и ')}.`,
    }),
  }),
  'relay.closed': define<{ host: string; reply: string }>({
    ...info,
    source: 'RFC 5321 section 7.1',
    en: ({ host, reply }) => ({
      title: 'The relay is not an open relay',
      detail: `${host} replied: ${reply}`,
    }),
    ru: ({ host, reply }) => ({
      title: 'Релей не открытый: чужую почту он не пересылает',
      detail: `Ответ ${host}: ${reply}`,
    }),
  }),
  'relay.open': define<{ host: string; port: number; sender: string; recipient: string }>({
    ...broken,
    source: 'RFC 5321 section 7.1',
    en: ({ host, port, sender, recipient }) => ({
      title: 'The relay is an open relay',
      detail: `${host}, port ${port}, accepted a mail from ${sender} to ${recipient} without authentication. Spammers find such a server within hours, and its address gets onto every block list.`,
      fix: 'In main.cf: smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; mynetworks must list your own machines only.',
    }),
    ru: ({ host, port, sender, recipient }) => ({
      title: 'Открытый релей: сервер пересылает почту от кого угодно',
      detail: `${host}, порт ${port}, без авторизации принял письмо от ${sender} для ${recipient}. Спамеры находят такие серверы за считаные часы, и адрес попадает во все чёрные списки.`,
      fix: 'В main.cf: smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; в mynetworks оставьте только свои серверы.',
    }),
  }),
  'relay.open-unknown': define<{ host: string; port: number; reply: string }>({
    ...unknown,
    source: 'RFC 5321 section 4.2.1',
    en: ({ host, port, reply }) => ({
      title: 'Whether the relay is an open relay is not known',
      detail: `${host}, port ${port}, deferred the test mail: ${reply}`,
    }),
    ru: ({ host, port, reply }) => ({
      title: 'Не удалось проверить, открытый ли релей',
      detail: `${host}, порт ${port}, временно отказал в приёме пробного письма: ${reply}`,
    }),
  }),
  'relay.unreachable': define<{ host: string; port: number; detail: string }>({
    ...risk,
    source: 'RFC 8314 section 3.3',
    en: ({ host, port, detail }) => ({
      title: `Port ${port} of the relay does not answer`,
      detail: `${host}: ${detail}. No mail can be submitted there from the Internet.`,
      fix: `If port ${port} should accept mail: enable its line in master.cf, and open TCP ${port} in the firewall.`,
    }),
    ru: ({ host, port, detail }) => ({
      title: `Порт ${port} релея не отвечает`,
      detail: `${host}: ${detail}. Из интернета отправить почту через этот порт нельзя.`,
      fix: `Если порт ${port} нужен для приёма почты, раскомментируйте его строку в master.cf и откройте TCP ${port} в файрволе.`,
    }),
  }),
  'relay.greeting': define<{ host: string; port: number; reply: string }>({
    ...risk,
    source: 'RFC 5321 section 3.1',
    en: ({ host, port, reply }) => ({
      title: `The relay rejects clients on port ${port}`,
      detail: `${host} replied: ${reply}`,
      fix: 'The log of the relay has the reason; often it applies a block list or a connection limit to its own clients.',
    }),
    ru: ({ host, port, reply }) => ({
      title: `Релей отклоняет соединения на порту ${port}`,
      detail: `Ответ ${host}: ${reply}`,
      fix: 'Причина указана в журнале релея; часто к собственным клиентам применяется чёрный список или ограничение числа соединений.',
    }),
  }),
  'relay.plain': define<{ host: string }>({
    ...broken,
    source: 'RFC 8314 section 3.3',
    en: ({ host }) => ({
      title: 'Port 465 does not use TLS',
      detail: `Clients expect TLS from the first byte on port 465; ${host} greets in plain text, so most clients hang or give up.`,
      fix: 'In master.cf, below the line of port 465 (submissions): -o smtpd_tls_wrappermode=yes',
    }),
    ru: ({ host }) => ({
      title: 'Порт 465 работает без TLS',
      detail: `На порту 465 клиенты ожидают TLS с первого байта, а ${host} отвечает открытым текстом: большинство программ зависает или прерывает соединение.`,
      fix: 'В master.cf под строкой порта 465 (submissions) добавьте: -o smtpd_tls_wrappermode=yes',
    }),
  }),
  'relay.no-starttls': define<{ host: string; port: number }>({
    ...broken,
    source: 'RFC 8314 section 3.3; RFC 3207 section 4',
    en: ({ host, port }) => ({
      title: `Port ${port} of the relay does not offer STARTTLS`,
      detail: `${host} does not offer STARTTLS there: passwords and mail would be sent in plain text, and clients that require TLS do not send.`,
      fix: 'In main.cf: smtpd_tls_security_level = may, with smtpd_tls_cert_file and smtpd_tls_key_file; in master.cf, for submission: -o smtpd_tls_security_level=encrypt',
    }),
    ru: ({ host, port }) => ({
      title: `На порту ${port} релея нет STARTTLS`,
      detail: `${host} не предлагает STARTTLS: пароли и письма передавались бы открытым текстом, и клиенты, которые требуют TLS, отправлять не будут.`,
      fix: 'В main.cf: smtpd_tls_security_level = may, а также smtpd_tls_cert_file и smtpd_tls_key_file; в master.cf для submission: -o smtpd_tls_security_level=encrypt',
    }),
  }),
  'relay.certificate': define<{ host: string; port: number }>({
    ...broken,
    source: 'RFC 8314 section 3.3; RFC 9525 section 6',
    en: ({ host, port }) => ({
      title: `The certificate on port ${port} is not valid`,
      detail: `TLS with ${host} fails: the certificate has expired, is for another host, is not signed by a public authority, or comes without its intermediate certificate.`,
      fix: `Get a certificate for ${host} (certbot), set smtpd_tls_cert_file to fullchain.pem, and run "postfix reload" at each renewal. To see the cause: openssl s_client -connect ${host}:${port}${port === 465 ? '' : ' -starttls smtp'} -verify_hostname ${host}`,
    }),
    ru: ({ host, port }) => ({
      title: `Сертификат на порту ${port} недействителен`,
      detail: `Не удалось установить TLS-соединение с ${host}: сертификат просрочен, выдан на другое имя, выпущен недоверенным центром или передаётся без промежуточного сертификата.`,
      fix: `Выпустите сертификат для ${host} (certbot), укажите fullchain.pem в smtpd_tls_cert_file и выполняйте «postfix reload» при каждом продлении. Причину покажет команда: openssl s_client -connect ${host}:${port}${port === 465 ? '' : ' -starttls smtp'} -verify_hostname ${host}`,
    }),
  }),
  'relay.no-auth': define<{ host: string; port: number }>({
    ...risk,
    source: 'RFC 6409 section 4.3',
    en: ({ host, port }) => ({
      title: `The relay offers no authentication on port ${port}`,
      detail: `After TLS ${host} offers no AUTH. Only machines in its mynetworks can send through it.`,
      fix: 'If clients log in: smtpd_sasl_auth_enable = yes, with Dovecot or Cyrus SASL. If the relay accepts clients by address, nothing has to be done.',
    }),
    ru: ({ host, port }) => ({
      title: `Релей не предлагает авторизацию на порту ${port}`,
      detail: `После TLS ${host} не предлагает AUTH. Отправлять через него могут только серверы из mynetworks.`,
      fix: 'Если клиенты авторизуются по паролю: smtpd_sasl_auth_enable = yes и Dovecot или Cyrus SASL. Если доступ разрешён по IP-адресу, ничего делать не нужно.',
    }),
  }),
  'relay.auth-in-clear': define<{ host: string; port: number; mechanisms: readonly string[] }>({
    ...risk,
    source: 'RFC 4954 section 4; RFC 8314 section 3.3',
    en: ({ host, port, mechanisms }) => ({
      title: `Port ${port} accepts passwords without encryption`,
      detail: `${host} offers AUTH (${mechanisms.join(', ')}) before TLS: a client without TLS sends its password in plain text.`,
      fix: 'In main.cf: smtpd_tls_auth_only = yes',
    }),
    ru: ({ host, port, mechanisms }) => ({
      title: `Порт ${port} принимает пароли без шифрования`,
      detail: `${host} предлагает AUTH (${mechanisms.join(', ')}) до TLS: клиент без TLS передаст пароль открытым текстом.`,
      fix: 'В main.cf: smtpd_tls_auth_only = yes',
    }),
  }),
  'relay.name': define<{ host: string; banner: string; ehlo: string; ptr: readonly string[] }>({
    ...risk,
    source: 'RFC 5321 section 4.1.1.1',
    en: ({ host, banner, ehlo, ptr }) => ({
      title: 'The relay uses several names',
      detail: `${host} greets as ${banner}, answers EHLO as ${ehlo}, and its PTR record is ${ptr.length === 0 ? 'missing' : ptr.join(', ')}. Receivers expect one name in all three.`,
      fix: `In main.cf: myhostname = ${ptr[0] ?? host}; smtpd_banner must begin with $myhostname.`,
    }),
    ru: ({ host, banner, ehlo, ptr }) => ({
      title: 'Релей использует разные имена',
      detail: `В приветствии ${host} называет себя ${banner}, в ответе на EHLO — ${ehlo}, а ${ptr.length === 0 ? 'PTR-записи нет' : `в PTR-записи указано ${ptr.join(', ')}`}. Имя должно быть одно и то же.`,
      fix: `В main.cf: myhostname = ${ptr[0] ?? host}; smtpd_banner должен начинаться с $myhostname.`,
    }),
  }),
} as const;
