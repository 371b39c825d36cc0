// The doctor's words on the way to the relay: name, ports, TLS.

import type { Provider } from '../../shared/providers/types.ts';
import { remedyAt, text } from './text.ts';

const WHERE = 'mail.shop.example:465';
const HOST = 'mail.shop.example';
const AUDIT = {
  en: 'mailshim relay audit, on the relay, names the line',
  ru: 'mailshim relay audit на релее назовёт строку',
};

const reach = {
  en: ({ name, submission }: Provider) =>
    `${name} takes mail at port ${submission?.port}: is that "port" here? Where it is, the host of this machine closes the port for outgoing mail: ask it to open it`,
  ru: ({ name, submission }: Provider) =>
    `${name} принимает письма на порту ${submission?.port}: он указан в port? Если да, порт для исходящей почты закрывает хостинг этой машины: попросите его открыть`,
};
// biome-ignore format: a line for each language.
export const relayTexts = {
  'relay.resolved': text({ host: HOST, addresses: '203.0.113.25' },
    ['{host} is {addresses}'],
    ['{host} — это {addresses}']),
  'relay.unresolved': text({ host: HOST },
    ['the relay’s name {host} has no address in DNS', 'publish the address of {host} (a record of type A), or correct "host" in the configuration'],
    ['у имени релея {host} нет адреса в DNS', 'опубликуйте адрес {host} (запись типа A) или исправьте host в настройках']),
  'relay.lookup': text({ host: HOST },
    ['the relay’s name {host} cannot be looked up: the name server of this machine does not answer', 'nameserver, in /etc/resolv.conf; resolvectl status'],
    ['имя релея {host} не удаётся найти: DNS-сервер этой машины не отвечает', 'nameserver в /etc/resolv.conf; resolvectl status']),
  'relay.port': text({ port: 25, open: false },
    ({ port, open }) => [open ? `port ${port} answers` : `port ${port} is closed, as it should be: nothing is sent there`],
    ({ port, open }) => [open ? `порт ${port} отвечает` : `порт ${port} закрыт, так и надо: он здесь не нужен`]),
  'relay.port-unknown': text({ port: 25 },
    ['port {port} does not answer this machine; whether it is open to others is not known, and nothing is sent there'],
    ['порт {port} этой машине не отвечает; открыт ли он для других, неизвестно, и здесь он не нужен']),
  'relay.closed': text({ where: WHERE, provider: '' },
    ({ where, provider }) => [
      `${where} refuses connections: nothing listens there, or a firewall closes the port`,
      remedyAt(provider, reach.en, `start Postfix on the relay (systemctl start postfix), and see that it listens on that port: ${AUDIT.en}`),
    ],
    ({ where, provider }) => [
      `${where} отклоняет соединения: порт никто не слушает, или его закрыл межсетевой экран`,
      remedyAt(provider, reach.ru, `запустите Postfix на релее (systemctl start postfix) и проверьте, слушает ли он этот порт: ${AUDIT.ru}`),
    ]),
  'relay.silent': text({ where: WHERE, provider: '' },
    ({ where, provider }) => [
      `${where} does not answer at all: a firewall on the way drops the connection, or the address is wrong`,
      remedyAt(provider, reach.en, 'open the port for the address of this machine in the firewall of the relay and of its provider; mailshim relay postfix prints the lines for firewalld, ufw and nftables'),
    ],
    ({ where, provider }) => [
      `${where} совсем не отвечает: межсетевой экран по пути отбрасывает соединение, или адрес неверен`,
      remedyAt(provider, reach.ru, 'откройте порт для адреса этой машины в межсетевом экране релея и у его хостинга; строки для firewalld, ufw и nftables печатает mailshim relay postfix'),
    ]),
  'relay.unreachable': text({ where: WHERE, code: 'EHOSTUNREACH' },
    ['no connection to {where} can be made ({code})', 'ping, and "host", "port", "proxy" or "socket" in the configuration'],
    ['соединиться с {where} не удаётся ({code})', 'проверьте сеть (ping) и host, port, proxy или socket в настройках']),
  'relay.wrapper': text({ where: WHERE },
    ['{where} speaks plain text first, where TLS is expected', 'in master.cf of the relay, below the line of that port: -o smtpd_tls_wrappermode=yes'],
    ['{where} сначала говорит открытым текстом, а ожидается TLS', 'в master.cf релея под строкой этого порта: -o smtpd_tls_wrappermode=yes']),
  'relay.tls': text({ protocol: 'TLSv1.3', name: HOST, days: 60 },
    ['{protocol}, the certificate is for {name}, trusted, and good for {days} more days'],
    ['{protocol}, сертификат выдан {name}, ему доверяют, действует ещё {days} дн.']),
  'relay.unchecked': text({ where: WHERE },
    ['the certificate of {where} is not checked (tls_certcheck off): anyone on the way can pass for the relay and read all', 'tls_certcheck on, with the right tls_trust_file where the authority is your own'],
    ['сертификат {where} не проверяется (tls_certcheck off): любой по пути может выдать себя за релей и всё прочитать', 'tls_certcheck on и верный tls_trust_file, если центр сертификации свой']),
  'relay.expired': text({ name: HOST, days: 3, now: '2026-11-30' },
    ['the certificate of {name} has expired: {days} days ago by the clock of this machine, which says {now}', 'where that date is right, on the relay: certbot renew && postfix reload; is the timer of certbot on (systemctl list-timers)? Where it is wrong, here: timedatectl set-ntp true'],
    ['срок сертификата {name} истёк: {days} дн. назад по часам этой машины ({now})', 'если дата верна, на релее: certbot renew && postfix reload; включён ли таймер certbot (systemctl list-timers)? Если дата неверна, здесь: timedatectl set-ntp true']),
  'relay.clock': text({ name: HOST },
    ['the certificate of {name} cannot be checked by a wrong clock'],
    ['сертификат {name} не проверить, пока часы неверны']),
  'relay.not-loaded': text({ name: HOST, file: `/etc/letsencrypt/live/${HOST}/fullchain.pem` },
    ['the certificate of {name} was renewed ({file}), but Postfix still uses the one from before', 'postfix reload; the hook of certbot does it after each renewal: mailshim relay postfix prints it'],
    ['сертификат {name} обновлён ({file}), но Postfix использует прежний', 'postfix reload; после каждого обновления это делает обработчик certbot, его печатает mailshim relay postfix']),
  'relay.hosts': text({ host: HOST, address: '127.0.1.1', where: '/etc/hosts:2', published: '203.0.113.25' },
    ({ host, address, where, published }) => [
      `${where} says that ${host} is ${address}, and no relay answers there${published === '' ? '' : `; in DNS it is ${published}`}`,
      `take ${host} out of that line, so that DNS gives the address of the relay; on the relay’s own machine, let Postfix listen at ${address} too: inet_interfaces = all`,
    ],
    ({ host, address, where, published }) => [
      `по строке ${where} имя ${host} — это ${address}, а релей там не отвечает${published === '' ? '' : `; в DNS указано ${published}`}`,
      `уберите ${host} из этой строки, тогда адрес релея даст DNS; если релей на этой же машине, пусть Postfix принимает соединения и на ${address}: inet_interfaces = all`,
    ]),
  'relay.proxied': text({ host: HOST, address: '104.16.0.9', operator: 'Cloudflare' },
    ['{host} is {address}, a proxy of {operator} for web sites: no mail gets through it', 'in the panel of {operator}, switch the proxy off for {host} (“DNS only”), so that its A record is the relay’s own address'],
    ['{host} — это {address}, прокси {operator} для сайтов: почта через него не проходит', 'в панели {operator} отключите прокси для {host} («DNS only»), чтобы в записи A был адрес самого релея']),
  'relay.ipv6': text({ host: HOST, addresses: '2001:db8::25' },
    ['{host} has only IPv6 addresses ({addresses}), and this machine has no IPv6', 'publish the IPv4 address of the relay as a record of type A at {host}, or set up IPv6 on this machine'],
    ['у {host} есть только адреса IPv6 ({addresses}), а у этой машины IPv6 нет', 'опубликуйте адрес IPv4 релея записью типа A у {host} или настройте IPv6 на этой машине']),
  'relay.rejected': text({ where: WHERE, code: 'EHOSTUNREACH' },
    ['a firewall, here or on the way, rejects connections to {where} ({code}), or there is no route to it', 'allow the address of this machine in the firewall of the relay and of its provider, and outgoing connections in that of this machine’s provider; mailshim relay postfix prints the lines for firewalld, ufw and nftables'],
    ['межсетевой экран здесь или по пути отклоняет соединения с {where} ({code}), или туда нет маршрута', 'разрешите адрес этой машины в межсетевом экране релея и у его хостинга, а исходящие соединения — у хостинга этой машины; строки для firewalld, ufw и nftables печатает mailshim relay postfix']),
  'relay.other-port': text({ where: WHERE, other: 587 },
    ({ where, other }) => [
      `${where} does not take connections, but port ${other} of the same relay does`,
      `in the configuration: port ${other} and tls_starttls ${other === 465 ? 'off' : 'on'}${other === 25 ? '; a port for submission is better: mailshim relay postfix, on the relay, sets up 465' : ''}`,
    ],
    ({ where, other }) => [
      `${where} не принимает соединения, а порт ${other} того же релея принимает`,
      `в настройках: port ${other} и tls_starttls ${other === 465 ? 'off' : 'on'}${other === 25 ? '; лучше отдельный порт для отправки: mailshim relay postfix на релее настроит 465' : ''}`,
    ]),
  'relay.starttls': text({ where: 'mail.shop.example:587' },
    ['{where} begins in plain text and goes on to TLS by STARTTLS; the configuration expects TLS from the first byte', 'tls_starttls on; or, where the relay has it, port 465 with tls_starttls off'],
    ['{where} начинает открытым текстом и переходит на TLS по STARTTLS, а в настройках TLS ожидается с первого байта', 'tls_starttls on; или port 465 и tls_starttls off, если он есть на релее']),
  'relay.implicit': text({ where: WHERE },
    ['{where} expects TLS from the first byte; the configuration waits for STARTTLS', 'tls_starttls off'],
    ['{where} ожидает TLS с первого байта, а в настройках указан STARTTLS', 'tls_starttls off']),
  'relay.not-yet-valid': text({ name: HOST },
    ['the certificate of {name} is not valid yet: one of the two clocks is wrong', 'timedatectl set-ntp true, here and on the relay'],
    ['сертификат {name} ещё не действует: одни из двух часов неверны', 'timedatectl set-ntp true здесь и на релее']),
  'relay.other-name': text({ name: HOST, names: 'vps.host.example' },
    ['the certificate is for {names}, not for {name}', 'on the relay: certbot certonly --standalone -d {name}, then its files as smtpd_tls_cert_file and smtpd_tls_key_file; or the name of the certificate as "host" here'],
    ['сертификат выдан {names}, а не {name}', 'на релее: certbot certonly --standalone -d {name}, его файлы — в smtpd_tls_cert_file и smtpd_tls_key_file; или имя из сертификата как host здесь']),
  'relay.untrusted': text({ name: HOST, issuer: 'Some authority' },
    ['the certificate of {name} is signed by {issuer}, which this machine does not trust', 'a certificate of Let’s Encrypt, with its chain (fullchain.pem); or the authority’s own certificate as tls_trust_file'],
    ['сертификат {name} подписан {issuer}, которому эта машина не доверяет', 'сертификат Let’s Encrypt с цепочкой (fullchain.pem); или сертификат самого центра сертификации в tls_trust_file']),
  'relay.certificate': text({ name: HOST, code: 'CERT_REVOKED' },
    ['the certificate of {name} is refused ({code})', 'a new certificate of Let’s Encrypt for the relay; mailshim relay postfix writes the lines for it'],
    ['сертификат {name} не принят ({code})', 'новый сертификат Let’s Encrypt для релея; строки для него печатает mailshim relay postfix']),
  'relay.handshake': text({ where: WHERE, code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    ({ where, code }) => [
      `${where}: TLS does not come about (${code})`,
      `TLS 1.2 or newer, certificate and key on the relay: ${AUDIT.en}; its log (/var/log/mail.log) has more`,
    ],
    ({ where, code }) => [
      `${where}: соединение TLS не устанавливается (${code})`,
      `TLS 1.2 или новее, сертификат и ключ на релее: ${AUDIT.ru}; подробности в его журнале (/var/log/mail.log)`,
    ]),
  'relay.tls-file': text({ file: 'tls_trust_file /etc/ssl/own.pem' },
    ['{file} cannot be read', 'the right path in the configuration'],
    ['{file}: файл не читается', 'верный путь в настройках']),
  'relay.expiring': text({ days: 9, name: HOST },
    ['the certificate of {name} ends in {days} days', 'certbot renew; is its timer on, and does the hook reload Postfix?'],
    ['сертификат {name} закончится через {days} дн.', 'certbot renew; включён ли таймер и перезагружает ли он Postfix?']),
  'relay.clear': text({ where: WHERE },
    ['mail and password go to {where} in clear text', 'tls on, in the configuration'],
    ['почта и пароль идут к {where} открытым текстом', 'tls on в настройках']),
} as const;
