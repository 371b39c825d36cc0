// The doctor's words on the relay: name, ports, TLS, login, sender, strangers. What the relay itself says stays as it said it.

import { text } from './text.ts';

const WHERE = 'mail.shop.example:465';
const HOST = 'mail.shop.example';
const AUDIT = {
  en: 'mailshim relay audit, on the relay, names the line',
  ru: 'mailshim relay audit на релее назовёт строку',
};

export const relayTexts = {
  'relay.resolved': text(
    { host: HOST, addresses: '203.0.113.25' },
    ({ host, addresses }) => ({ says: `${host} is ${addresses}` }),
    ({ host, addresses }) => ({ says: `${host} — это ${addresses}` }),
  ),
  'relay.unresolved': text(
    { host: HOST },
    ({ host }) => ({
      says: `the relay’s name ${host} has no address in DNS`,
      remedy: `publish the address of ${host} (a record of type A), or mend "host" in the configuration`,
    }),
    ({ host }) => ({
      says: `у имени релея ${host} нет адреса в DNS`,
      remedy: `опубликуйте адрес ${host} (запись типа A) или исправьте host в настройках`,
    }),
  ),
  'relay.lookup': text(
    { host: HOST },
    ({ host }) => ({
      says: `the relay’s name ${host} cannot be looked up: the name server of this machine does not answer`,
      remedy: 'nameserver, in /etc/resolv.conf; resolvectl status',
    }),
    ({ host }) => ({
      says: `имя релея ${host} не удаётся найти: сервер имён этой машины не отвечает`,
      remedy: 'nameserver в /etc/resolv.conf; resolvectl status',
    }),
  ),
  'relay.port': text(
    { port: 25, open: false },
    ({ port, open }) => ({
      says: open ? `port ${port} answers` : `port ${port} is closed, as it should be: nothing is sent there`,
    }),
    ({ port, open }) => ({
      says: open ? `порт ${port} отвечает` : `порт ${port} закрыт, так и надо: он здесь не нужен`,
    }),
  ),
  'relay.closed': text(
    { where: WHERE },
    ({ where }) => ({
      says: `${where} refuses connections: nothing listens there`,
      remedy: `start Postfix on the relay (systemctl start postfix), and see that it listens on that port: ${AUDIT.en}`,
    }),
    ({ where }) => ({
      says: `${where} отклоняет соединения: там никто не слушает`,
      remedy: `запустите Postfix на релее (systemctl start postfix) и проверьте, слушает ли он этот порт: ${AUDIT.ru}`,
    }),
  ),
  'relay.silent': text(
    { where: WHERE },
    ({ where }) => ({
      says: `${where} does not answer at all: a firewall on the way drops the connection, or the address is wrong`,
      remedy:
        'open the port for the address of this machine in the firewall of the relay and of its provider; mailshim relay postfix prints the lines for firewalld, ufw and nftables',
    }),
    ({ where }) => ({
      says: `${where} совсем не отвечает: межсетевой экран по пути отбрасывает соединение, или адрес неверен`,
      remedy:
        'откройте порт для адреса этой машины в межсетевом экране релея и у его хостинга; строки для firewalld, ufw и nftables печатает mailshim relay postfix',
    }),
  ),
  'relay.unreachable': text(
    { where: WHERE, code: 'EHOSTUNREACH' },
    ({ where, code }) => ({
      says: `no connection to ${where} can be made (${code})`,
      remedy: `ping, and "host", "port", "proxy" or "socket" in the configuration`,
    }),
    ({ where, code }) => ({
      says: `соединиться с ${where} не удаётся (${code})`,
      remedy: 'проверьте сеть (ping) и host, port, proxy или socket в настройках',
    }),
  ),
  'relay.wrapper': text(
    { where: WHERE },
    ({ where }) => ({
      says: `${where} speaks plain text first, where TLS is expected`,
      remedy: 'in master.cf of the relay, below the line of that port: -o smtpd_tls_wrappermode=yes',
    }),
    ({ where }) => ({
      says: `${where} сначала говорит открытым текстом, а ожидается TLS`,
      remedy: 'в master.cf релея под строкой этого порта: -o smtpd_tls_wrappermode=yes',
    }),
  ),
  'relay.tls': text(
    { protocol: 'TLSv1.3', name: HOST, days: 60 },
    ({ protocol, name, days }) => ({
      says: `${protocol}, the certificate is for ${name}, trusted, and good for ${days} more days`,
    }),
    ({ protocol, name, days }) => ({
      says: `${protocol}, сертификат выдан ${name}, ему доверяют, действует ещё ${days} дн.`,
    }),
  ),
  'relay.unchecked': text(
    { where: WHERE },
    ({ where }) => ({
      says: `the certificate of ${where} is not checked (tls_certcheck off): whoever is on the way can pass for the relay and read all`,
      remedy: 'tls_certcheck on, with the right tls_trust_file where the authority is your own',
    }),
    ({ where }) => ({
      says: `сертификат ${where} не проверяется (tls_certcheck off): любой по пути может выдать себя за релей и всё прочитать`,
      remedy: 'tls_certcheck on и верный tls_trust_file, если центр сертификации свой',
    }),
  ),
  'relay.expired': text(
    { name: HOST, days: 3 },
    ({ name, days }) => ({
      says: `the certificate of ${name} has expired (${days} days ago)`,
      remedy: 'on the relay: certbot renew && postfix reload; is the timer of certbot on (systemctl list-timers)?',
    }),
    ({ name, days }) => ({
      says: `срок сертификата ${name} истёк (дней назад: ${days})`,
      remedy: 'на релее: certbot renew && postfix reload; включён ли таймер certbot (systemctl list-timers)?',
    }),
  ),
  'relay.not-yet-valid': text(
    { name: HOST },
    ({ name }) => ({
      says: `the certificate of ${name} is not valid yet: one of the two clocks is wrong`,
      remedy: 'timedatectl set-ntp true, here and on the relay',
    }),
    ({ name }) => ({
      says: `сертификат ${name} ещё не действует: одни из двух часов неверны`,
      remedy: 'timedatectl set-ntp true здесь и на релее',
    }),
  ),
  'relay.other-name': text(
    { name: HOST, names: 'vps.host.example' },
    ({ name, names }) => ({
      says: `the certificate is for ${names}, not for ${name}`,
      remedy: `on the relay: certbot certonly --standalone -d ${name}, then its files as smtpd_tls_cert_file and smtpd_tls_key_file; or the name of the certificate as "host" here`,
    }),
    ({ name, names }) => ({
      says: `сертификат выдан ${names}, а не ${name}`,
      remedy: `на релее: certbot certonly --standalone -d ${name}, его файлы — в smtpd_tls_cert_file и smtpd_tls_key_file; или имя из сертификата как host здесь`,
    }),
  ),
  'relay.untrusted': text(
    { name: HOST, issuer: 'Some authority' },
    ({ name, issuer }) => ({
      says: `the certificate of ${name} is signed by ${issuer}, whom this machine does not trust`,
      remedy:
        'a certificate of Let’s Encrypt, with its chain (fullchain.pem); or the authority’s own certificate as tls_trust_file',
    }),
    ({ name, issuer }) => ({
      says: `сертификат ${name} подписан ${issuer}, которому эта машина не доверяет`,
      remedy:
        'сертификат Let’s Encrypt с цепочкой (fullchain.pem); или сертификат самого центра сертификации в tls_trust_file',
    }),
  ),
  'relay.certificate': text(
    { name: HOST, code: 'CERT_REVOKED' },
    ({ name, code }) => ({
      says: `the certificate of ${name} is refused (${code})`,
      remedy: 'a new certificate of Let’s Encrypt for the relay; mailshim relay postfix writes the lines for it',
    }),
    ({ name, code }) => ({
      says: `сертификат ${name} не принят (${code})`,
      remedy: 'новый сертификат Let’s Encrypt для релея; строки для него печатает mailshim relay postfix',
    }),
  ),
  'relay.handshake': text(
    { where: WHERE, code: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' },
    ({ where, code }) => ({
      says: `${where}: TLS does not come about (${code})`,
      remedy: `TLS 1.2 or newer, certificate and key on the relay: ${AUDIT.en}; its log (/var/log/mail.log) has more`,
    }),
    ({ where, code }) => ({
      says: `${where}: соединение TLS не устанавливается (${code})`,
      remedy: `TLS 1.2 или новее, сертификат и ключ на релее: ${AUDIT.ru}; подробности в его журнале (/var/log/mail.log)`,
    }),
  ),
  'relay.tls-file': text(
    { file: 'tls_trust_file /etc/ssl/own.pem' },
    ({ file }) => ({ says: `${file} cannot be read`, remedy: 'the right path in the configuration' }),
    ({ file }) => ({ says: `${file}: файл не читается`, remedy: 'верный путь в настройках' }),
  ),
  'relay.expiring': text(
    { days: 9, name: HOST },
    ({ days, name }) => ({
      says: `the certificate of ${name} ends in ${days} days`,
      remedy: 'certbot renew; is its timer on, and does the hook reload Postfix?',
    }),
    ({ days, name }) => ({
      says: `сертификат ${name} закончится через ${days} дн.`,
      remedy: 'certbot renew; включён ли таймер и перезагружает ли он Postfix?',
    }),
  ),
  'relay.clear': text(
    { where: WHERE },
    ({ where }) => ({ says: `mail and password go to ${where} in clear text`, remedy: 'tls on, in the configuration' }),
    ({ where }) => ({ says: `почта и пароль идут к ${where} открытым текстом`, remedy: 'tls on в настройках' }),
  ),
  'relay.session': text(
    { where: WHERE, reply: '421 4.3.2 all server ports are busy' },
    ({ where, reply }) => ({
      says: reply === '' ? `${where} does not answer in the way of SMTP` : `${where} does not let us in: ${reply}`,
      remedy: 'the log of the relay (/var/log/mail.log) says why',
    }),
    ({ where, reply }) => ({
      says: reply === '' ? `${where} отвечает не так, как положено в SMTP` : `${where} не впускает: ${reply}`,
      remedy: 'причина — в журнале релея (/var/log/mail.log)',
    }),
  ),
  'relay.login': text(
    { user: 'shop' },
    ({ user }) => ({ says: `login as ${user} works` }),
    ({ user }) => ({ says: `вход под именем ${user} работает` }),
  ),
  'relay.login-refused': text(
    { user: 'shop', reply: '535 5.7.8 Error: authentication failed' },
    ({ user, reply }) => ({
      says: `the relay refuses the login as ${user}: ${reply}`,
      remedy: `user and password here as they are there; on the relay a new one: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`,
    }),
    ({ user, reply }) => ({
      says: `релей отклоняет вход под именем ${user}: ${reply}`,
      remedy: `имя и пароль здесь — такие же, как там; новый пароль на релее: saslpasswd2 -f /etc/postfix/sasl/sasldb2 -u $(postconf -h myhostname) ${user}`,
    }),
  ),
  'relay.no-login': text(
    { where: WHERE, offered: '' },
    ({ where, offered }) => ({
      says:
        offered === ''
          ? `${where} offers no login, but the configuration has one`
          : `${where} offers no login that can be used here (${offered})`,
      remedy:
        'on the relay, below that port in master.cf: -o smtpd_sasl_auth_enable=yes; or "auth off" here, where the relay knows this machine by its address',
    }),
    ({ where, offered }) => ({
      says:
        offered === ''
          ? `${where} не предлагает входа, а в настройках он есть`
          : `${where} не предлагает пригодного способа входа (${offered})`,
      remedy:
        'на релее под этим портом в master.cf: -o smtpd_sasl_auth_enable=yes; или auth off здесь, если релей узнаёт эту машину по адресу',
    }),
  ),
  'relay.no-password': text(
    { user: 'shop' },
    ({ user }) => ({
      says: `there is no password for ${user}, or what should give it fails`,
      remedy: 'the file or command of passwordeval, as the user who sends; mailshim init --force asks for it anew',
    }),
    ({ user }) => ({
      says: `пароля для ${user} нет, или команда, которая его даёт, не работает`,
      remedy: 'проверьте файл или команду в passwordeval; mailshim init --force спросит пароль заново',
    }),
  ),
  'relay.sender': text(
    { from: 'orders@shop.example', to: 'orders@shop.example' },
    ({ from, to }) => ({ says: `the relay takes mail from ${from} (asked with ${to}; nothing was sent)` }),
    ({ from, to }) => ({ says: `релей принимает почту от ${from} (спрошено с ${to}; ничего не отправлено)` }),
  ),
  'relay.sender-refused': text(
    { from: 'orders@shop.example', reply: '553 5.7.1 not owned by user shop' },
    ({ from, reply }) => ({
      says: `the relay does not take mail from ${from}: ${reply}`,
      remedy:
        'as "from" the sender that the relay lets this login use, and sender_rewrite always; or let it use this one, on the relay: smtpd_sender_login_maps',
    }),
    ({ from, reply }) => ({
      says: `релей не принимает почту от ${from}: ${reply}`,
      remedy:
        'в from — отправитель, разрешённый этой учётной записи, и sender_rewrite always; или разрешите его на релее: smtpd_sender_login_maps',
    }),
  ),
  'relay.recipient-refused': text(
    { to: 'someone@shop.example', reply: '450 4.1.1 unknown' },
    ({ to, reply }) => ({
      says: `the relay does not take mail to ${to}: ${reply}`,
      remedy: 'ask with another recipient: mailshim doctor --to ADDRESS; the log of the relay says why',
    }),
    ({ to, reply }) => ({
      says: `релей не принимает почту для ${to}: ${reply}`,
      remedy: 'спросите с другим получателем: mailshim doctor --to ADDRESS; причина — в журнале релея',
    }),
  ),
  'relay.not-allowed': text(
    { where: WHERE, reply: '554 5.7.1 Client host rejected: Access denied' },
    ({ where, reply }) => ({
      says: `${where} takes nothing from the address of this machine: ${reply}`,
      remedy: 'on the relay: mailshim relay postfix … --allow ADDRESS --apply, with the public address of this machine',
    }),
    ({ where, reply }) => ({
      says: `${where} ничего не принимает с адреса этой машины: ${reply}`,
      remedy: 'на релее: mailshim relay postfix … --allow ADDRESS --apply с внешним адресом этой машины',
    }),
  ),
  'relay.closed-to-strangers': text(
    { where: WHERE },
    ({ where }) => ({ says: `${where} passes on nothing for those who have not logged in` }),
    ({ where }) => ({ says: `${where} не пересылает почту тех, кто не вошёл` }),
  ),
  'relay.closed-outside': text(
    { where: WHERE },
    ({ where }) => ({ says: `${where} passes on nothing for strangers: the Worker has tried, from outside` }),
    ({ where }) => ({ says: `${where} не пересылает почту чужих: Worker проверил это снаружи` }),
  ),
  'relay.open': text(
    { where: WHERE, reply: '250 2.1.5 Ok' },
    ({ where, reply }) => ({
      says: `${where} passes on mail without a login: an open relay, or open to this machine (${reply})`,
      remedy: `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.en}`,
    }),
    ({ where, reply }) => ({
      says: `${where} пересылает почту без входа: открытый релей, или открыт для этой машины (${reply})`,
      remedy: `smtpd_relay_restrictions = permit_sasl_authenticated, reject; ${AUDIT.ru}`,
    }),
  ),
  'relay.by-address': text(
    { where: WHERE },
    ({ where }) => ({
      says: `${where} knows this machine by its address; whether strangers may send, only others can see: mailshim relay audit, on the relay`,
    }),
    ({ where }) => ({
      says: `${where} узнаёт эту машину по адресу; могут ли отправлять чужие, видно только снаружи: mailshim relay audit на релее`,
    }),
  ),
} as const;
