// Trouble between mailshim and the relay.
import { type Chapter, trouble } from './troubles.ts';

export const relayTroubles: Chapter[] = [
  {
    title: { en: 'The relay is not reached', ru: 'Релей недоступен' },
    troubles: [
      trouble(
        'host … does not exist in DNS',
        [
          'The name after `host` is misspelt, or has no address yet.',
          'Correct `host`; or publish the A record of the relay. `dig mail.shop.example` shows what DNS says.',
        ],
        [
          'Имя в `host` написано с ошибкой или у него ещё нет адреса.',
          'Исправьте `host` или опубликуйте запись A для релея. Что отвечает DNS, показывает `dig mail.shop.example`.',
        ],
        [68],
      ),
      trouble(
        'host … could not be looked up for now: DNS does not answer',
        [
          'The name servers in `/etc/resolv.conf` do not answer. The mail waits.',
          'Mend the resolver of the machine. In a container: its network.',
        ],
        [
          'DNS-серверы из `/etc/resolv.conf` не отвечают. Письмо ждёт.',
          'Исправьте настройку DNS на машине; в контейнере — его сеть.',
        ],
        [68],
      ),
      trouble(
        '… refused the connection; is the relay running, and "port" right?',
        [
          'Nothing listens on that port.',
          'On the relay: `systemctl status postfix`, `ss -ltn`. Port 465 needs its service in master.cf: `mailshim relay audit`.',
        ],
        [
          'На этом порту никто не слушает.',
          'На релее: `systemctl status postfix`, `ss -ltn`. Для порта 465 нужна служба в master.cf: `mailshim relay audit`.',
        ],
        [69],
      ),
      trouble(
        ['… did not answer; is a firewall in between?', '… did not answer in … s'],
        [
          'A firewall drops the packets: on the relay, on the shop’s machine, or at the host. Many hosts close port 25.',
          'Open 465 from the shop to the relay; `mailshim relay postfix` prints the rule. From the shop: `nc -vz mail.shop.example 465`.',
        ],
        [
          'Пакеты отбрасывает межсетевой экран: на релее, на машине магазина или у хостинга. Порт 25 закрывают многие.',
          'Откройте 465 от магазина к релею; нужное правило печатает `mailshim relay postfix`. С машины магазина: `nc -vz mail.shop.example 465`.',
        ],
        [69],
      ),
      trouble(
        '…: cannot connect (…)',
        [
          'The system has no way there: no route, no such socket, no permission. The word in brackets is the system’s.',
          'Look at `host`, `socket`, `source_ip` and the network of the machine.',
        ],
        [
          'Система не может туда попасть: нет маршрута, сокета или прав. В скобках — слово системы.',
          'Проверьте `host`, `socket`, `source_ip` и сеть машины.',
        ],
        [69],
      ),
      trouble(
        ['it wants a login, which is not supported', 'it could not connect to … (code …)', 'it closed the connection'],
        [
          'The SOCKS proxy of `proxy_host` does not let the connection through.',
          'Take a proxy without a login that may reach the relay; or take `proxy_host` out.',
        ],
        [
          'SOCKS-прокси из `proxy_host` не пропускает соединение.',
          'Возьмите прокси без пароля, которому доступен релей, или уберите `proxy_host`.',
        ],
        [69],
      ),
    ],
  },
  {
    title: { en: 'TLS and certificates', ru: 'TLS и сертификаты' },
    troubles: [
      trouble(
        ['… answers in plain text, not TLS', '… answered in plain text; upgraded by STARTTLS. Add …'],
        [
          'Port 465 of the relay lacks the wrapper mode. Where the log says “upgraded by STARTTLS” the mail went out encrypted all the same.',
          'In master.cf of the relay, below the line of port 465: `-o smtpd_tls_wrappermode=yes`, then `postfix reload`. If the port means STARTTLS: `tls_starttls on`.',
        ],
        [
          'У порта 465 релея не включён wrapper mode. Если в журнале «upgraded by STARTTLS», письмо всё же ушло зашифрованным.',
          'В master.cf релея под строкой порта 465: `-o smtpd_tls_wrappermode=yes`, затем `postfix reload`. Если на порту STARTTLS: `tls_starttls on`.',
        ],
        [76],
      ),
      trouble(
        ['…: TLS handshake failed (…)', '…: no TLS handshake in … s'],
        [
          'Both sides speak TLS and find no common version, or a box in between breaks it off.',
          'Postfix: no `smtpd_tls_protocols` older than TLSv1.2 alone. See more by `openssl s_client -connect mail.shop.example:465`.',
        ],
        [
          'Обе стороны говорят по TLS, но общей версии нет, либо соединение рвёт устройство между ними.',
          'В Postfix `smtpd_tls_protocols` не должен ограничиваться версиями старше TLSv1.2. Подробности: `openssl s_client -connect mail.shop.example:465`.',
        ],
        [69, 76],
      ),
      trouble(
        'the certificate is not for … (…); use the name it is for in "host" or tls_host_override',
        [
          '`host` is an address, or another name than the certificate has.',
          'Write the relay’s name into `host`, as it stands in the certificate.',
        ],
        [
          'В `host` стоит адрес или не то имя, что в сертификате.',
          'Укажите в `host` имя релея, как оно записано в сертификате.',
        ],
        [69],
      ),
      trouble(
        'the certificate has expired; renew it at the relay',
        [
          'Renewal does not run, or Postfix was not reloaded after it. Mails wait until it is mended.',
          'On the relay: `certbot renew`, `postfix reload`. The hook that `mailshim relay postfix` writes does the second by itself.',
        ],
        [
          'Продление не работает, или после него не перезагрузили Postfix. Письма ждут, пока это не исправят.',
          'На релее: `certbot renew`, `postfix reload`. Второе само делает обработчик, который создаёт `mailshim relay postfix`.',
        ],
        [69],
      ),
      trouble(
        'the certificate is not valid yet; is the clock right?',
        ['The clock of this machine is behind.', '`timedatectl set-ntp true`'],
        ['Часы этой машины отстают.', '`timedatectl set-ntp true`'],
        [69],
      ),
      trouble(
        [
          'the certificate is not signed by an authority … (…); name the right file by tls_trust_file',
          'the certificate is not one for servers; replace it at the relay',
        ],
        [
          'The certificate is self-signed, or its chain is missing, or the package `ca-certificates` is.',
          'On the relay: `smtpd_tls_cert_file` names `fullchain.pem`. Here: `apt-get install ca-certificates`. With an authority of your own: `tls_trust_file FILE`.',
        ],
        [
          'Сертификат самоподписанный, не хватает цепочки или пакета `ca-certificates`.',
          'На релее: `smtpd_tls_cert_file` указывает на `fullchain.pem`. Здесь: `apt-get install ca-certificates`. Со своим центром сертификации: `tls_trust_file ФАЙЛ`.',
        ],
        [69],
      ),
      trouble(
        [
          'the certificate is revoked by tls_crl_file …; replace it at the relay',
          'the list in tls_crl_file … has expired; fetch it anew',
          'tls_crl_file … has no list of the authority that signed the certificate',
        ],
        [
          'The revocation list that you named refuses the certificate, or is no longer good.',
          'Fetch the list anew, or take `tls_crl_file` out.',
        ],
        [
          'Сертификат есть в указанном списке отзыва, или сам список устарел.',
          'Скачайте список заново или уберите `tls_crl_file`.',
        ],
        [69],
      ),
      trouble(
        [
          'the server showed no certificate to compare with tls_fingerprint',
          'the certificate has the fingerprint …, not the one of tls_fingerprint',
        ],
        [
          'The relay has a new certificate, or somebody is in between.',
          'Ask the relay’s owner. If the certificate was renewed, write its fingerprint; better use no fingerprint and a certificate of Let’s Encrypt.',
        ],
        [
          'У релея новый сертификат, либо кто-то вклинился в соединение.',
          'Спросите владельца релея. Если сертификат продлён, запишите новый отпечаток; лучше без отпечатка и с сертификатом Let’s Encrypt.',
        ],
        [69],
      ),
      trouble(
        '… offers no STARTTLS, and mail is not sent in clear text…; …',
        [
          'The relay has no TLS on that port.',
          'Take port 465, or switch TLS on at the relay: `mailshim relay postfix`.',
        ],
        ['На этом порту релея нет TLS.', 'Возьмите порт 465 или включите TLS на релее: `mailshim relay postfix`.'],
      ),
      trouble(
        '… cannot start TLS for now…',
        [
          'The relay answers STARTTLS with 4xx: its certificate or key cannot be read.',
          'On the relay: `mailshim relay audit`, `/var/log/mail.log`.',
        ],
        [
          'Релей отвечает на STARTTLS кодом 4xx: не читается его сертификат или ключ.',
          'На релее: `mailshim relay audit`, `/var/log/mail.log`.',
        ],
      ),
    ],
  },
  {
    title: { en: 'What the relay answers', ru: 'Что отвечает релей' },
    troubles: [
      trouble(
        '…: … was refused: …',
        [
          'The name or the password is wrong. 535 is final, 454 means that the relay cannot ask its password store now. Providers often want an application password.',
          'Correct `user` and `password`. At a [provider](providers.md): what the message says behind its reply. On a relay of your own: `sasldblistusers2`; the realm after the @ is the relay’s name.',
        ],
        [
          'Неверны имя или пароль. 535 — окончательный отказ; 454 значит, что релей сейчас не может проверить пароль. Почтовым сервисам часто нужен пароль приложения.',
          'Исправьте `user` и `password`. У [почтового сервиса](providers.md) — как сказано в сообщении после его ответа. На своём релее: `sasldblistusers2`; после @ стоит имя релея.',
        ],
      ),
      trouble(
        [
          'the relay offers no login, and mail is not sent without one',
          'the relay does not offer the login method …; it offers …',
          'the relay offers only logins that show the password, and there is no TLS',
          'the relay offers no login method that is known here; it offers …',
        ],
        [
          '`auth` is set, and the relay offers no such login, or offers it only under TLS.',
          '`auth on` chooses by itself. Where the relay knows the shop by its address: `auth off`. On the relay: `smtpd_sasl_auth_enable = yes`.',
        ],
        [
          'Задан `auth`, а релей такого входа не предлагает или предлагает только под TLS.',
          '`auth on` выбирает способ сам. Если релей принимает почту магазина по IP-адресу: `auth off`. На релее: `smtpd_sasl_auth_enable = yes`.',
        ],
        [69, 77],
      ),
      trouble(
        ['the server changed the nonce', 'the challenge of the server makes no sense'],
        [
          'The login by SCRAM failed: the server does not follow RFC 5802, or is not the one it should be.',
          '`auth plain`, which is safe under TLS; ask the relay’s owner.',
        ],
        [
          'Вход по SCRAM не удался: сервер нарушает RFC 5802 или это не тот сервер.',
          '`auth plain`, под TLS это безопасно; спросите владельца релея.',
        ],
        [77],
      ),
      trouble(
        '… does not let … send as <…>: …; …',
        [
          'The login may not use this sender (“not owned by”, “SendAsDenied”). Usual with Yandex, Mail.ru, Exchange.',
          'Send as an address that belongs to the login: `from`, with `sender_rewrite always` for mails whose From is another one.',
        ],
        [
          'Этой учётной записи нельзя отправлять от такого адреса («not owned by», «SendAsDenied»). Обычно у Яндекса, Mail.ru, Exchange.',
          'Отправляйте от адреса этой учётной записи: `from`, а для писем с другим From — `sender_rewrite always`.',
        ],
      ),
      trouble(
        [
          'add "from ADDRESS" with an address that belongs to …, and "sender_rewrite always"',
          'put an address that belongs to … into "from"',
          'take it out of "allow_sender", so that From becomes …',
          'send as …, or add "sender_rewrite always": From then becomes …, and answers still go to the old address',
        ],
        ['The end of the message above: what to write.', 'Do what it says.'],
        ['Конец предыдущего сообщения: что записать.', 'Сделайте, как там сказано.'],
        [77],
      ),
      trouble(
        '… refused …: …',
        [
          'The relay refuses the sender, a recipient or the message for good (5xx); its words follow. “Relay access denied” means that it does not know the shop.',
          '`Relay access denied`: on the relay `mailshim relay postfix --hostname NAME --domain DOMAIN --allow ADDRESS --apply` adds the address of the shop; `mailshim relay list` shows those it has. Else do what the relay says; its log has more.',
        ],
        [
          'Релей окончательно (5xx) отказывает отправителю, получателю или письму; дальше его слова. «Relay access denied» значит, что магазина он не знает.',
          '`Relay access denied`: на релее `mailshim relay postfix --hostname ИМЯ --domain ДОМЕН --allow АДРЕС --apply` добавит адрес магазина; `mailshim relay list` покажет имеющиеся. Иначе следуйте словам релея; подробности в его журнале.',
        ],
        [65, 67],
      ),
      trouble(
        'all … connections to … were in use for … s (directive relay_connections)',
        [
          'With `delivery direct`, more mails come at once than the connections to the relay can carry. The mail waits in the queue and is sent from there.',
          'Raise `relay_connections` if the relay takes more; or `delivery queue`, by which no caller waits.',
        ],
        [
          'При `delivery direct` одновременно приходит больше писем, чем пропускают соединения с релеем. Письмо ждёт в очереди и уходит оттуда.',
          'Увеличьте `relay_connections`, если релей столько принимает; или `delivery queue`: тогда никто не ждёт.',
        ],
      ),
      trouble(
        '… put off …: …',
        [
          'The relay cannot take it now (4xx): a limit, a full disk, greylisting. The mail waits in the spool and is tried again.',
          'Wait, or read the log of the relay. `mailshim queue run` tries at once.',
        ],
        [
          'Релей сейчас не может принять письмо (4xx): ограничение, полный диск, серые списки. Письмо ждёт в спуле, попытки повторяются.',
          'Подождите или посмотрите журнал релея. `mailshim queue run` пробует сразу.',
        ],
        [69],
      ),
      trouble(
        '…: the message is larger than the relay takes (…)',
        [
          'The mail is larger than `message_size_limit` of the relay.',
          '`postconf -e message_size_limit=52428800` there; or send a link in place of the file.',
        ],
        [
          'Письмо больше, чем `message_size_limit` релея.',
          'На релее: `postconf -e message_size_limit=52428800`; или вместо файла пришлите ссылку.',
        ],
      ),
      trouble(
        'account … (…): fallback_account: …',
        [
          '`fallback_account` names an account that is not defined, while the relay of the account itself is away.',
          'Write the name of an account of the same configuration. See [a second relay](delivery.md#a-second-relay).',
        ],
        [
          'В `fallback_account` указана учётная запись, которой нет, а релей самой записи недоступен.',
          'Укажите имя учётной записи из тех же настроек. См. [второй релей](delivery.md#a-second-relay).',
        ],
      ),
      trouble(
        ['outbreak_webhook: HTTP …', 'outbreak_webhook: …'],
        [
          'An outbreak was announced, and the address of `outbreak_webhook` did not accept the message. The log and `mailshim status` have it.',
          'Check the address. See [outbreaks](delivery.md#outbreaks).',
        ],
        [
          'О всплеске писем сообщено, но адрес из `outbreak_webhook` не принял сообщение. Оно есть в журнале и в `mailshim status`.',
          'Проверьте адрес. См. [outbreaks](delivery.md#outbreaks).',
        ],
      ),
      trouble(
        'fallback: …, since …',
        [
          'The relay of the account was away, and the account of `fallback_account` sent the mail.',
          'Nothing to do for this mail; the reason says what is the matter with the first relay. See [a second relay](delivery.md#a-second-relay).',
        ],
        [
          'Релей учётной записи недоступен, письмо отправила запись из `fallback_account`.',
          'С этим письмом ничего делать не нужно; причина описывает ошибку первого релея. См. [второй релей](delivery.md#a-second-relay).',
        ],
        [0],
      ),
      trouble(
        ['held back by only_to: …', 'redirected to=… from=…'],
        [
          'The account is for staging: `only_to` or `redirect_to` is set, so that mail does not go to these recipients.',
          'On a live shop, remove both. See [staging](delivery.md#staging).',
        ],
        [
          'Учётная запись настроена для тестового стенда: задана `only_to` или `redirect_to`, и этим получателям письма не уходят.',
          'На рабочем магазине уберите обе. См. [staging](delivery.md#staging).',
        ],
        [0],
      ),
      trouble(
        'outbreak: …',
        [
          'One script, sender or user sends far more mail than usual: often a site that was broken into, or a contact form without a captcha.',
          'Look at the script that is named, and at its site’s access log. `mailshim queue list` shows held mail; release it, or delete it. A newsletter: raise `outbreak_limit`. See [outbreaks](delivery.md#outbreaks).',
        ],
        [
          'Один скрипт, отправитель или пользователь отправляет намного больше писем, чем обычно: часто это взломанный сайт или форма без капчи.',
          'Проверьте названный скрипт и журнал доступа его сайта. Задержанные письма показывает `mailshim queue list`; отпустите их или удалите. Если это рассылка, увеличьте `outbreak_limit`. См. [outbreaks](delivery.md#outbreaks).',
        ],
        [0],
      ),
      trouble(
        'interrupted: an earlier attempt came so far',
        [
          'The sender was ended between two transactions of a mail to many. The line says which recipients had an outcome by then; they are not tried again.',
          'Nothing to do. If senders end often, look into the journal for the reason (memory, a full disk).',
        ],
        [
          'Отправитель был остановлен между двумя транзакциями письма многим получателям. В строке — получатели, чья судьба к тому времени решилась; им письмо снова не отправляется.',
          'Ничего делать не нужно. Если это происходит часто, причина в журнале системы (память, переполненный диск).',
        ],
        [0, 69],
      ),
      trouble(
        'unconfirmed: …',
        [
          'The provider accepted the mail in the way in which it accepts mail that it drops: without a message id (Cloudflare, where every recipient is on the suppression list).',
          'Look for the recipients in the suppression list of the provider’s panel; take out those that were put there by mistake. See [providers](providers.md#cloudflare-email-sending).',
        ],
        [
          'Сервис принял письмо так, как принимает письма, которые потом отбрасывает: без идентификатора (Cloudflare, если все получатели в списке подавления).',
          'Найдите получателей в списке подавления в панели сервиса и уберите попавших туда по ошибке. См. [providers](providers.md#cloudflare-email-sending).',
        ],
        [0],
      ),
      trouble(
        '… takes no address like … (no SMTPUTF8)',
        [
          'An address has letters beyond ASCII, and the relay does not offer SMTPUTF8.',
          'Use an ASCII address; or `smtputf8_enable = yes` on the relay.',
        ],
        [
          'В адресе буквы вне ASCII, а релей не предлагает SMTPUTF8.',
          'Возьмите адрес в ASCII или включите на релее `smtputf8_enable = yes`.',
        ],
      ),
      trouble(
        '… does not let us in…',
        [
          'The relay turns this machine away, whatever the mail: a limit of connections, a block list, the name said by EHLO, or no SMTP at all. All mail waits.',
          'Read the log of the relay; is `port` that of a mail server? Where it does not take the name: put the full name of the machine into `domain`.',
        ],
        [
          'Релей не пускает эту машину, каким бы ни было письмо: предел соединений, чёрный список, имя в EHLO, или это вообще не SMTP. Вся почта ждёт.',
          'Посмотрите журнал релея; `port` — порт почтового сервера? Если ему не нравится имя, укажите в `domain` полное имя машины.',
        ],
        [65, 69, 74, 76],
      ),
      trouble(
        ['… stopped answering…', '… closed the connection…', '… … while the mail was being sent……'],
        [
          'The connection broke. “It may have the mail all the same”: the mail is sent again, and may arrive twice.',
          'Where it stays: the log of the relay, and the network between the two.',
        ],
        [
          'Соединение оборвалось. «It may have the mail all the same»: письмо будет отправлено ещё раз и может прийти дважды.',
          'Если повторяется: журнал релея и сеть между машинами.',
        ],
      ),
      trouble(
        '… does not follow the dialogue; it said … where that makes no sense',
        [
          'Something on the way speaks in place of the relay, such as a firewall that “inspects SMTP”.',
          'Switch that inspection off, or take port 465.',
        ],
        [
          'Вместо релея отвечает что-то по пути, например экран с «проверкой SMTP».',
          'Отключите такую проверку или возьмите порт 465.',
        ],
      ),
      trouble(
        [
          '… takes no more mail over this connection: …',
          '… has had … mails over this connection (directive relay_messages)',
        ],
        [
          'The relay, or `relay_messages`, limits the mails over one connection.',
          'Nothing: the rest goes over a new connection at once. A `relay_messages` under the limit of the relay spares it the refusal.',
        ],
        [
          'Релей или директива `relay_messages` ограничивает число писем в одном соединении.',
          'Ничего: остальное сразу уходит через новое соединение. Если указать в `relay_messages` число меньше предела релея, отказов не будет.',
        ],
      ),
      trouble(
        '… is no address',
        [
          'An address of the envelope holds a line end or an angle bracket, which would be read as a command.',
          'Correct the program that makes the address.',
        ],
        [
          'В адресе отправителя или получателя в конверте есть перевод строки или угловая скобка: релей принял бы их за команду.',
          'Исправьте программу, которая составляет адрес.',
        ],
        [65],
      ),
      trouble(
        '… offers CHUNKING and does not know BDAT',
        [
          'The relay, or what stands in front of it, promises a command that it does not have. The mail waits in the spool, and goes without that command from there.',
          'Update the relay. Postfix stops promising it by `smtpd_discard_ehlo_keywords = chunking`.',
        ],
        [
          'Релей или программа перед ним обещает команду, которой у него нет. Письмо ждёт в очереди и уйдёт оттуда без этой команды.',
          'Обновите релей. Postfix перестанет её обещать со строкой `smtpd_discard_ehlo_keywords = chunking`.',
        ],
      ),
    ],
  },
];
