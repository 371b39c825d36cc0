// Trouble between mailshim and the relay.
import { type Chapter, explained, trouble } from './troubles.ts';

export const relayTroubles: Chapter[] = [
  {
    title: { en: 'The relay is not reached', ru: 'Релей недоступен' },
    troubles: [
      explained(
        'dns.no-host',
        [
          'The name in `host` is misspelt, or has no address yet.',
          'Correct `host`; or publish the A record of the relay. `dig mail.shop.example` prints what DNS has.',
        ],
        [
          'Имя в `host` написано с ошибкой или у него ещё нет адреса.',
          'Исправьте `host` или опубликуйте запись A для релея. Что есть в DNS, показывает `dig mail.shop.example`.',
        ],
      ),
      explained(
        'dns.no-answer',
        [
          'The name servers in `/etc/resolv.conf` do not answer. The mail is deferred.',
          'Fix the resolver of the machine; in a container, its network.',
        ],
        [
          'DNS-серверы из `/etc/resolv.conf` не отвечают. Отправка письма отложена.',
          'Исправьте настройку DNS на машине; в контейнере — его сеть.',
        ],
      ),
      explained(
        'connect.refused',
        [
          'No server listens on that port.',
          'On the relay: `systemctl status postfix`, `ss -ltn`. Port 465 needs its service in master.cf: `mailshim relay audit`.',
        ],
        [
          'На этом порту никто не слушает.',
          'На релее: `systemctl status postfix`, `ss -ltn`. Для порта 465 нужна служба в master.cf: `mailshim relay audit`.',
        ],
      ),
      explained(
        ['connect.timeout', 'connect.late'],
        [
          'A firewall drops the packets: on the relay, on the shop’s machine, or at the hosting provider. Many providers close port 25.',
          'Open 465 from the shop to the relay; `mailshim relay postfix` prints the rule. From the shop: `nc -vz mail.shop.example 465`.',
        ],
        [
          'Пакеты отбрасывает межсетевой экран: на релее, на машине магазина или у хостинга. Порт 25 закрывают многие.',
          'Откройте 465 от магазина к релею; нужное правило печатает `mailshim relay postfix`. С машины магазина: `nc -vz mail.shop.example 465`.',
        ],
      ),
      explained(
        'connect.failed',
        [
          'The system cannot connect: no route, no such socket, no permission. The error code of the system is in brackets.',
          'Check `host`, `socket`, `source_ip` and the network of the machine.',
        ],
        [
          'Система не может установить соединение: нет маршрута, сокета или прав. В скобках — код ошибки системы.',
          'Проверьте `host`, `socket`, `source_ip` и сеть машины.',
        ],
      ),
      explained(
        ['proxy.login', 'proxy.refused', 'proxy.closed'],
        [
          'The SOCKS proxy of `proxy_host` does not make the connection.',
          'Use a proxy without a login that may reach the relay; or remove `proxy_host`.',
        ],
        [
          'SOCKS-прокси из `proxy_host` не устанавливает соединение.',
          'Возьмите прокси без пароля, которому доступен релей, или уберите `proxy_host`.',
        ],
      ),
    ],
  },
  {
    title: { en: 'TLS and certificates', ru: 'TLS и сертификаты' },
    troubles: [
      explained(
        ['tls.plaintext', 'tls.upgraded'],
        [
          'Port 465 of the relay is not in wrapper mode. “upgraded by STARTTLS” in the log means that the mail was sent, encrypted.',
          'In master.cf of the relay, below the line of port 465: `-o smtpd_tls_wrappermode=yes`, then `postfix reload`. If the port is one of STARTTLS: `tls_starttls on`.',
        ],
        [
          'У порта 465 релея не включён wrapper mode. «upgraded by STARTTLS» в журнале значит, что письмо отправлено, и зашифрованным.',
          'В master.cf релея под строкой порта 465: `-o smtpd_tls_wrappermode=yes`, затем `postfix reload`. Если на порту STARTTLS: `tls_starttls on`.',
        ],
      ),
      explained(
        ['tls.failed', 'tls.late'],
        [
          'The two sides have no common version of TLS, or a device between them breaks the connection.',
          'Postfix: `smtpd_tls_protocols` must allow TLSv1.2 or newer. `openssl s_client -connect mail.shop.example:465` shows more.',
        ],
        [
          'У сторон нет общей версии TLS, либо соединение рвёт устройство между ними.',
          'В Postfix `smtpd_tls_protocols` должен разрешать TLSv1.2 или новее. Подробности: `openssl s_client -connect mail.shop.example:465`.',
        ],
      ),
      explained(
        'tls.file',
        [
          'A file of `tls_trust_file`, `tls_crl_file`, `tls_key_file` or `tls_cert_file` cannot be read.',
          'Correct its name, or let the user that sends read it.',
        ],
        [
          'Файл из `tls_trust_file`, `tls_crl_file`, `tls_key_file` или `tls_cert_file` не читается.',
          'Исправьте имя или дайте отправляющему пользователю право на чтение.',
        ],
      ),
      explained(
        'certificate.name',
        [
          '`host` is an address, or another name than that of the certificate.',
          'Set `host` to the relay’s name in the certificate.',
        ],
        ['В `host` указан адрес или не то имя, что в сертификате.', 'Укажите в `host` имя релея из сертификата.'],
      ),
      explained(
        'certificate.expired',
        [
          'The certificate was not renewed, or Postfix was not reloaded afterwards. Mail is deferred until that is fixed.',
          'On the relay: `certbot renew`, `postfix reload`. The hook that `mailshim relay postfix` writes reloads Postfix automatically.',
        ],
        [
          'Сертификат не продлён, или после продления не перезагрузили Postfix. До исправления отправка писем откладывается.',
          'На релее: `certbot renew`, `postfix reload`. Обработчик, который создаёт `mailshim relay postfix`, перезагружает Postfix автоматически.',
        ],
      ),
      explained(
        'certificate.not-yet-valid',
        ['The clock of this machine is slow.', '`timedatectl set-ntp true`'],
        ['Часы этой машины отстают.', '`timedatectl set-ntp true`'],
      ),
      explained(
        ['certificate.authority', 'certificate.purpose'],
        [
          'The certificate is self-signed or not for servers, its chain is incomplete, or the package `ca-certificates` is missing.',
          'On the relay: `smtpd_tls_cert_file` names `fullchain.pem`. Here: `apt-get install ca-certificates`. With an authority of your own: `tls_trust_file FILE`.',
        ],
        [
          'Сертификат самоподписанный или не серверный, не хватает цепочки или пакета `ca-certificates`.',
          'На релее: `smtpd_tls_cert_file` указывает на `fullchain.pem`. Здесь: `apt-get install ca-certificates`. Со своим центром сертификации: `tls_trust_file ФАЙЛ`.',
        ],
      ),
      explained(
        ['certificate.revoked', 'certificate.crl-expired', 'certificate.crl-missing'],
        [
          'The list of `tls_crl_file` revokes the certificate, or has expired.',
          'Replace the certificate; download a new list; or remove `tls_crl_file`.',
        ],
        [
          'Сертификат отозван списком из `tls_crl_file`, или сам список устарел.',
          'Замените сертификат, скачайте новый список или уберите `tls_crl_file`.',
        ],
      ),
      explained(
        ['certificate.not-shown', 'certificate.fingerprint'],
        [
          'The relay has a new certificate, or an attacker intercepts the connection.',
          'Ask the administrator of the relay. If the certificate was renewed, set the new fingerprint; better, use a certificate of Let’s Encrypt and no fingerprint.',
        ],
        [
          'У релея новый сертификат, либо соединение перехватывают.',
          'Спросите администратора релея. Если сертификат продлён, укажите новый отпечаток; лучше сертификат Let’s Encrypt без отпечатка.',
        ],
      ),
      explained(
        'starttls.none',
        ['The relay has no TLS on that port.', 'Use port 465, or enable TLS on the relay: `mailshim relay postfix`.'],
        ['На этом порту релея нет TLS.', 'Используйте порт 465 или включите TLS на релее: `mailshim relay postfix`.'],
      ),
      explained(
        'starttls.deferred',
        [
          'The relay replies to STARTTLS with 4xx: it cannot read its certificate or key.',
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
    title: { en: 'What the relay replies', ru: 'Что отвечает релей' },
    troubles: [
      explained(
        'login.rejected',
        [
          'The name or the password is wrong. 535 is permanent; 454 means that the relay cannot read its password store at the moment. Providers often require an application password.',
          'Correct `user` and `password`. At a [provider](providers.md): what the message says after the reply. On a relay of your own: `sasldblistusers2`; the realm after the @ is the relay’s name.',
        ],
        [
          'Неверны имя или пароль. 535 — окончательный отказ; 454 значит, что релей сейчас не может проверить пароль. Почтовым сервисам часто нужен пароль приложения.',
          'Исправьте `user` и `password`. У [почтового сервиса](providers.md) — как указано в сообщении после ответа. На своём релее: `sasldblistusers2`; после @ указано имя релея.',
        ],
      ),
      explained(
        ['login.none-offered', 'login.not-offered', 'login.clear-text', 'login.unknown-methods'],
        [
          '`auth` is set, and the relay offers no such login, or offers it only over TLS.',
          '`auth on` chooses the method automatically. If the relay identifies the shop by its address: `auth off`. On the relay: `smtpd_sasl_auth_enable = yes`.',
        ],
        [
          'Задан `auth`, а релей такого входа не предлагает или предлагает только под TLS.',
          '`auth on` выбирает способ автоматически. Если релей принимает почту магазина по IP-адресу: `auth off`. На релее: `smtpd_sasl_auth_enable = yes`.',
        ],
      ),
      explained(
        ['login.nonce', 'login.challenge', 'login.proof'],
        [
          'The login with SCRAM failed: the server does not follow RFC 5802, or is another server.',
          '`auth plain`, which is safe over TLS; ask the administrator of the relay.',
        ],
        [
          'Вход по SCRAM не удался: сервер нарушает RFC 5802 или это другой сервер.',
          '`auth plain`, под TLS это безопасно; спросите администратора релея.',
        ],
      ),
      explained(
        'reply.foreign-sender',
        [
          'The login may not use this sender (“not owned by”, “SendAsDenied”). Usual with Yandex, Mail.ru, Exchange.',
          'Do what the end of the message says: send as an address that belongs to the login (`from`), with `sender_rewrite always` for mails whose From is another one.',
        ],
        [
          'Этой учётной записи нельзя отправлять от такого адреса («not owned by», «SendAsDenied»). Обычно у Яндекса, Mail.ru, Exchange.',
          'Сделайте, как указано в конце сообщения: отправляйте от адреса этой учётной записи (`from`), а для писем с другим From задайте `sender_rewrite always`.',
        ],
      ),
      explained(
        'reply.rejected',
        [
          'The relay permanently rejects the sender, a recipient or the message (5xx); its reply follows. “Relay access denied” means that it does not know the shop.',
          '`Relay access denied`: on the relay `mailshim relay postfix --hostname NAME --domain DOMAIN --allow ADDRESS --apply` adds the address of the shop; `mailshim relay list` prints the addresses it has. Otherwise follow the reply; the log of the relay has more.',
        ],
        [
          'Релей окончательно (5xx) отклоняет отправителя, получателя или письмо; далее его ответ. «Relay access denied» значит, что магазина он не знает.',
          '`Relay access denied`: на релее `mailshim relay postfix --hostname ИМЯ --domain ДОМЕН --allow АДРЕС --apply` добавит адрес магазина; `mailshim relay list` покажет имеющиеся. Иначе следуйте ответу релея; подробности в его журнале.',
        ],
        [67],
      ),
      explained(
        'session.no-connection',
        [
          'With `delivery direct`, more mails come at once than `relay_connections` can send. The mail is queued.',
          'Raise `relay_connections` if the relay accepts more; or set `delivery queue`, so that no caller waits.',
        ],
        [
          'При `delivery direct` одновременно приходит больше писем, чем позволяет `relay_connections`. Письмо поставлено в очередь.',
          'Увеличьте `relay_connections`, если релей столько принимает, или задайте `delivery queue`: тогда вызывающие не ждут.',
        ],
      ),
      explained(
        'reply.deferred',
        [
          'The relay cannot accept it at the moment (4xx): a limit, a full disk, greylisting. The mail is queued and tried again.',
          'Wait, or read the log of the relay. `mailshim queue run` tries at once.',
        ],
        [
          'Релей сейчас не может принять письмо (4xx): ограничение, полный диск, серые списки. Письмо в очереди, попытки повторяются.',
          'Подождите или посмотрите журнал релея. `mailshim queue run` пробует сразу.',
        ],
      ),
      explained(
        'reply.too-large',
        [
          'The mail is larger than `message_size_limit` of the relay.',
          '`postconf -e message_size_limit=52428800` there; or send a link instead of the file.',
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
      explained(
        'reply.dropped',
        [
          'The provider’s reply has no message id, as for mail that it drops: Cloudflare does so if every recipient is on its suppression list.',
          'Search the suppression list in the panel of the provider, and remove recipients that are there by mistake. See [providers](providers.md#cloudflare-email-sending).',
        ],
        [
          'В ответе сервиса нет идентификатора письма, как для писем, которые он отбрасывает: так отвечает Cloudflare, если все получатели в его списке подавления.',
          'Проверьте список подавления в панели сервиса и уберите попавших туда по ошибке. См. [providers](providers.md#cloudflare-email-sending).',
        ],
        [0],
      ),
      explained(
        'envelope.smtputf8',
        [
          'An address has characters beyond ASCII, and the relay does not offer SMTPUTF8.',
          'Use an ASCII address; or `smtputf8_enable = yes` on the relay.',
        ],
        [
          'В адресе символы вне ASCII, а релей не предлагает SMTPUTF8.',
          'Используйте адрес в ASCII или включите на релее `smtputf8_enable = yes`.',
        ],
      ),
      explained(
        'session.not-admitted',
        [
          'The relay rejects this machine, whatever the mail: a limit of connections, a block list, the name in EHLO, or the port is not one of SMTP. All mail is deferred.',
          'Read the log of the relay; is `port` that of a mail server? If it rejects the name: set `domain` to the full name of the machine.',
        ],
        [
          'Релей не принимает эту машину, каким бы ни было письмо: предел соединений, чёрный список, имя в EHLO, или на порту вообще не SMTP. Вся почта откладывается.',
          'Посмотрите журнал релея; `port` — порт почтового сервера? Если дело в имени, укажите в `domain` полное имя машины.',
        ],
        [65, 74, 76],
      ),
      explained(
        ['session.silent', 'session.closed', 'session.lost', 'session.late'],
        [
          'The connection broke, or the relay was too slow. “It may have the mail all the same”: the mail is sent again, and may arrive twice.',
          'If that repeats: read the log of the relay, and check the network between the two.',
        ],
        [
          'Соединение оборвалось, или релей не успел ответить. «It may have the mail all the same»: письмо будет отправлено ещё раз и может прийти дважды.',
          'Если повторяется: журнал релея и сеть между машинами.',
        ],
      ),
      explained(
        'session.out-of-step',
        [
          'A device between replies in place of the relay, such as a firewall that inspects SMTP.',
          'Disable that inspection, or use port 465.',
        ],
        [
          'Вместо релея отвечает устройство по пути, например межсетевой экран с проверкой SMTP.',
          'Отключите такую проверку или используйте порт 465.',
        ],
      ),
      explained(
        ['session.enough', 'session.spent'],
        [
          'The relay, or `relay_messages`, limits the mails over one connection.',
          'Nothing: the rest is sent over a new connection at once. A `relay_messages` below the limit of the relay avoids its rejections.',
        ],
        [
          'Релей или директива `relay_messages` ограничивает число писем в одном соединении.',
          'Ничего: остальное сразу отправляется через новое соединение. Если указать в `relay_messages` число меньше предела релея, отказов не будет.',
        ],
      ),
      explained(
        'envelope.address',
        [
          'An address of the envelope has a line end or an angle bracket, which the relay would read as a command.',
          'Correct the program that makes the address.',
        ],
        [
          'В адресе отправителя или получателя в конверте есть перевод строки или угловая скобка: релей принял бы их за команду.',
          'Исправьте программу, которая составляет адрес.',
        ],
      ),
      explained(
        'session.bdat',
        [
          'The relay, or a proxy before it, offers a command that it does not have. The mail is queued, and sent from there without that command.',
          'Update the relay. In Postfix, `smtpd_discard_ehlo_keywords = chunking` stops the offer.',
        ],
        [
          'Релей или прокси перед ним предлагает команду, которой у него нет. Письмо ставится в очередь и уйдёт оттуда без этой команды.',
          'Обновите релей. В Postfix её отключает `smtpd_discard_ehlo_keywords = chunking`.',
        ],
      ),
    ],
  },
];
