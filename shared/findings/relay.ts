// Findings of a relay's own doors, ports 465 and 587 (RFC 8314, RFC 6409, RFC 3207). They are told to its owner; no domain's score has part in them.
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
      title: 'The relay takes mail over TLS with a valid certificate',
      detail: `${host}, ports ${ports.join(' and ')}.`,
    }),
    ru: ({ host, ports }) => ({
      title: 'Сервер отправки принимает почту по TLS с действительным сертификатом',
      detail: `${host}, порты ${ports.join(' и ')}.`,
    }),
  }),
  'relay.closed': define<{ host: string; reply: string }>({
    ...info,
    source: 'RFC 5321 section 7.1',
    en: ({ host, reply }) => ({
      title: 'The relay refuses to send mail for strangers',
      detail: `${host} says: ${reply}`,
    }),
    ru: ({ host, reply }) => ({
      title: 'Сервер отправки не пересылает чужую почту',
      detail: `${host} отвечает: ${reply}`,
    }),
  }),
  'relay.open': define<{ host: string; port: number; sender: string; recipient: string }>({
    ...broken,
    source: 'RFC 5321 section 7.1',
    en: ({ host, port, sender, recipient }) => ({
      title: 'The relay sends mail for anybody',
      detail: `${host}, port ${port}, agreed to take mail from ${sender} to ${recipient} without a login. Spammers find such a server within hours, and its address lands on every block list.`,
      fix: 'In main.cf: smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; and let mynetworks name your own machines only.',
    }),
    ru: ({ host, port, sender, recipient }) => ({
      title: 'Сервер отправки пересылает почту для кого угодно',
      detail: `${host}, порт ${port}, без входа согласился принять письмо от ${sender} для ${recipient}. Спамеры находят такие серверы за считаные часы, и адрес попадает во все чёрные списки.`,
      fix: 'В main.cf: smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; в mynetworks оставьте только свои машины.',
    }),
  }),
  'relay.open-unknown': define<{ host: string; port: number; reply: string }>({
    ...unknown,
    source: 'RFC 5321 section 4.2.1',
    en: ({ host, port, reply }) => ({
      title: 'Whether the relay sends for strangers is not known',
      detail: `${host}, port ${port}, put the question off: ${reply}`,
    }),
    ru: ({ host, port, reply }) => ({
      title: 'Пересылает ли сервер чужую почту, узнать не удалось',
      detail: `${host}, порт ${port}, отложил ответ: ${reply}`,
    }),
  }),
  'relay.unreachable': define<{ host: string; port: number; detail: string }>({
    ...risk,
    source: 'RFC 8314 section 3.3',
    en: ({ host, port, detail }) => ({
      title: `Port ${port} of the relay does not answer`,
      detail: `${host}: ${detail}. From the Internet no mail can be handed over there.`,
      fix: `Where mail is meant to come in by port ${port}: switch on its line in master.cf, and let the firewall pass TCP ${port}.`,
    }),
    ru: ({ host, port, detail }) => ({
      title: `Порт ${port} сервера отправки не отвечает`,
      detail: `${host}: ${detail}. Из интернета сдать через него почту нельзя.`,
      fix: `Если почта должна приходить на порт ${port}: включите его строку в master.cf и откройте TCP ${port} в межсетевом экране.`,
    }),
  }),
  'relay.greeting': define<{ host: string; port: number; reply: string }>({
    ...risk,
    source: 'RFC 5321 section 3.1',
    en: ({ host, port, reply }) => ({
      title: `The relay turns clients away on port ${port}`,
      detail: `${host} says: ${reply}`,
      fix: 'The log of the relay says why; often a block list or a limit of connections is asked for its own clients.',
    }),
    ru: ({ host, port, reply }) => ({
      title: `Сервер отправки не пускает клиентов на порт ${port}`,
      detail: `${host} отвечает: ${reply}`,
      fix: 'Причина есть в журнале сервера; часто это чёрный список или ограничение числа соединений, применённые к своим же клиентам.',
    }),
  }),
  'relay.plain': define<{ host: string }>({
    ...broken,
    source: 'RFC 8314 section 3.3',
    en: ({ host }) => ({
      title: 'Port 465 speaks plain text',
      detail: `Clients expect TLS from the first byte on port 465; ${host} greets in clear, so that most of them hang or give up.`,
      fix: 'In master.cf, below the line of port 465 (submissions): -o smtpd_tls_wrappermode=yes',
    }),
    ru: ({ host }) => ({
      title: 'Порт 465 работает без TLS',
      detail: `На порту 465 клиенты ждут TLS с первого байта, а ${host} здоровается открытым текстом: большинство программ зависает или сдаётся.`,
      fix: 'В master.cf под строкой порта 465 (submissions) добавьте: -o smtpd_tls_wrappermode=yes',
    }),
  }),
  'relay.no-starttls': define<{ host: string; port: number }>({
    ...broken,
    source: 'RFC 8314 section 3.3; RFC 3207 section 4',
    en: ({ host, port }) => ({
      title: `Port ${port} of the relay has no encryption`,
      detail: `${host} does not offer STARTTLS there: passwords and mail would pass in clear, and careful clients refuse to send.`,
      fix: 'In main.cf: smtpd_tls_security_level = may, with smtpd_tls_cert_file and smtpd_tls_key_file; in master.cf, for submission: -o smtpd_tls_security_level=encrypt',
    }),
    ru: ({ host, port }) => ({
      title: `На порту ${port} сервера отправки нет шифрования`,
      detail: `${host} не предлагает там STARTTLS: пароли и письма пошли бы открытым текстом, и осторожные клиенты отказываются отправлять.`,
      fix: 'В main.cf: smtpd_tls_security_level = may, а также smtpd_tls_cert_file и smtpd_tls_key_file; в master.cf для submission: -o smtpd_tls_security_level=encrypt',
    }),
  }),
  'relay.certificate': define<{ host: string; port: number }>({
    ...broken,
    source: 'RFC 8314 section 3.3; RFC 9525 section 6',
    en: ({ host, port }) => ({
      title: `The certificate on port ${port} is not valid`,
      detail: `TLS with ${host} fails: the certificate has expired, names another host, is not signed by a public authority, or comes without its intermediate certificate.`,
      fix: `Get one for ${host} (certbot), put fullchain.pem into smtpd_tls_cert_file, and let the renewal do "postfix reload". To see what is wrong: openssl s_client -connect ${host}:${port}${port === 465 ? '' : ' -starttls smtp'} -verify_hostname ${host}`,
    }),
    ru: ({ host, port }) => ({
      title: `Сертификат на порту ${port} недействителен`,
      detail: `Соединение TLS с ${host} не удаётся: сертификат просрочен, выдан на другое имя, не подписан общепризнанным центром или отдаётся без промежуточного.`,
      fix: `Получите сертификат на ${host} (certbot), укажите fullchain.pem в smtpd_tls_cert_file, а при продлении делайте «postfix reload». Что именно не так, покажет: openssl s_client -connect ${host}:${port}${port === 465 ? '' : ' -starttls smtp'} -verify_hostname ${host}`,
    }),
  }),
  'relay.no-auth': define<{ host: string; port: number }>({
    ...risk,
    source: 'RFC 6409 section 4.3',
    en: ({ host, port }) => ({
      title: `The relay offers no login on port ${port}`,
      detail: `After TLS ${host} offers no AUTH. Only machines that its mynetworks names can send through it.`,
      fix: 'Where clients log in: smtpd_sasl_auth_enable = yes, with Dovecot or Cyrus behind it. Where they are known by address, this is right.',
    }),
    ru: ({ host, port }) => ({
      title: `Сервер отправки не предлагает вход на порту ${port}`,
      detail: `После TLS ${host} не предлагает AUTH. Отправлять через него могут только машины из его mynetworks.`,
      fix: 'Если клиенты должны входить: smtpd_sasl_auth_enable = yes и за ним Dovecot или Cyrus. Если их узнают по адресу, всё верно.',
    }),
  }),
  'relay.auth-in-clear': define<{ host: string; port: number; mechanisms: readonly string[] }>({
    ...risk,
    source: 'RFC 4954 section 4; RFC 8314 section 3.3',
    en: ({ host, port, mechanisms }) => ({
      title: `Port ${port} takes passwords without encryption`,
      detail: `${host} offers AUTH (${mechanisms.join(', ')}) before TLS: a badly set client sends its password for everybody on the way to read.`,
      fix: 'In main.cf: smtpd_tls_auth_only = yes',
    }),
    ru: ({ host, port, mechanisms }) => ({
      title: `Порт ${port} принимает пароли без шифрования`,
      detail: `${host} предлагает AUTH (${mechanisms.join(', ')}) до TLS: неудачно настроенный клиент отправит пароль так, что по пути его прочтёт любой.`,
      fix: 'В main.cf: smtpd_tls_auth_only = yes',
    }),
  }),
  'relay.name': define<{ host: string; banner: string; ehlo: string; ptr: readonly string[] }>({
    ...risk,
    source: 'RFC 5321 section 4.1.1.1',
    en: ({ host, banner, ehlo, ptr }) => ({
      title: 'The relay gives itself several names',
      detail: `${host} greets as ${banner}, answers EHLO as ${ehlo}, and reverse DNS calls it ${ptr.length === 0 ? 'nothing' : ptr.join(', ')}. Receivers want one name for all three.`,
      fix: `In main.cf: myhostname = ${ptr[0] ?? host}; and let smtpd_banner begin with $myhostname.`,
    }),
    ru: ({ host, banner, ehlo, ptr }) => ({
      title: 'У сервера отправки несколько имён',
      detail: `${host} здоровается как ${banner}, на EHLO отвечает как ${ehlo}, а в обратной зоне ${ptr.length === 0 ? 'имени нет' : `он ${ptr.join(', ')}`}. Получателям нужно одно имя на все три случая.`,
      fix: `В main.cf: myhostname = ${ptr[0] ?? host}; smtpd_banner должен начинаться с $myhostname.`,
    }),
  }),
} as const;
