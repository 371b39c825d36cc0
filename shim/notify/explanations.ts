// What a refusal means for the owner of a shop, and what to do about it, in English and Russian.

import type { FindingId } from '../../shared/findings/catalog.ts';

export interface Explanation {
  means: string;
  advice: string;
}
export type Lang = 'en' | 'ru';

interface Texts extends Record<Lang, Explanation> {
  /** Findings of the check that name the cause in the sender's own DNS or mail. */
  findings?: readonly FindingId[];
  /** Page of docs/ that has more. */
  page?: string;
}

/** How readers' complaints are counted, and where the rate is shown. */
const SPAM_RATE = 'message.md#what-no-mail-shows-the-spam-rate';

export const EXPLANATIONS = {
  login: {
    en: {
      means: 'The relay did not accept the user name or the password of this server.',
      advice:
        'Check "user" and "password" in the configuration ("mailshim config show" prints what is in force), then send the mail again.',
    },
    ru: {
      means: 'Почтовый сервер не принял имя пользователя или пароль этой машины.',
      advice:
        'Проверьте «user» и «password» в настройках («mailshim config show» покажет действующие) и отправьте письмо ещё раз.',
    },
  },
  starttls: {
    en: {
      means: 'The relay takes mail and logins only over an encrypted connection.',
      advice:
        'Set "tls on" in the configuration, with "tls_starttls on" for port 587 and "tls_starttls off" for port 465.',
    },
    ru: {
      means: 'Почтовый сервер принимает письма и вход только по шифрованному соединению.',
      advice:
        'Укажите в настройках «tls on», а также «tls_starttls on» для порта 587 или «tls_starttls off» для порта 465.',
    },
  },
  sender: {
    en: {
      means: 'The server does not let this account send in the name of this sender address.',
      advice: 'Set "from" to an address that belongs to the account, or ask the provider to allow this sender.',
    },
    ru: {
      means: 'Сервер не разрешает этой учётной записи отправлять письма с таким адресом отправителя.',
      advice:
        'Укажите в «from» адрес, который принадлежит учётной записи, или попросите провайдера разрешить этого отправителя.',
    },
  },
  'account-blocked': {
    en: {
      means: 'The provider has blocked the account that sends: spam came from it, or its password has to be renewed.',
      advice:
        'Log in to the account on the web, change its password, and look for a script that was misused. The provider lifts the block.',
    },
    ru: {
      means: 'Провайдер заблокировал учётную запись, с которой идёт отправка: с неё шёл спам или нужно сменить пароль.',
      advice:
        'Войдите в учётную запись через сайт, смените пароль и проверьте, не взломан ли какой-нибудь скрипт. Блокировку снимает провайдер.',
    },
  },
  'sending-limit': {
    en: {
      means: 'The account has sent as many mails as its provider allows in this time.',
      advice:
        'Wait until the limit is counted anew, usually the next day. If the shop regularly needs more, take a larger plan or another relay.',
    },
    ru: {
      means: 'Учётная запись исчерпала лимит отправки, установленный провайдером.',
      advice:
        'Подождите, пока лимит обновится, обычно это сутки. Если магазину постоянно нужно больше, смените тариф или почтовый сервер.',
    },
  },
  relaying: {
    en: {
      means:
        'The server takes no mail for other domains from this machine: it does not know it, or there was no login.',
      advice: 'Check "auth", "user" and "password" in the configuration, or have this machine allowed on the server.',
    },
    ru: {
      means: 'Сервер не пересылает письма этой машины в другие домены: он её не знает, или вход не был выполнен.',
      advice: 'Проверьте «auth», «user» и «password» в настройках или разрешите эту машину на сервере.',
    },
  },
  ehlo: {
    en: {
      means: 'The server does not accept the name by which this machine introduces itself (EHLO).',
      advice: 'Set "domain" in the configuration to the full host name of this machine, such as www.shop.example.',
    },
    ru: {
      means: 'Сервер не принимает имя, которым эта машина представляется (EHLO).',
      advice: 'Укажите в настройках «domain» — полное имя этой машины, например www.shop.example.',
    },
  },
  full: {
    en: {
      means: 'The mailbox of the recipient is full.',
      advice: 'Reach the recipient in another way, or send the mail again in a few days.',
    },
    ru: {
      means: 'Почтовый ящик получателя переполнен.',
      advice: 'Свяжитесь с получателем другим способом или отправьте письмо ещё раз через несколько дней.',
    },
  },
  large: {
    en: {
      means: 'The mail, or a part of it, is larger than the server takes.',
      advice: 'Send it with smaller attachments, or put the files on your site and send a link.',
    },
    ru: {
      means: 'Письмо или его часть больше, чем принимает сервер.',
      advice: 'Уменьшите вложения или разместите файлы на сайте и отправьте ссылку.',
    },
  },
  recipients: {
    en: {
      means: 'The mail has more recipients than the server takes at once.',
      advice: 'Send one mail to each recipient, or to fewer at a time.',
    },
    ru: {
      means: 'В письме больше получателей, чем сервер принимает за один раз.',
      advice: 'Отправляйте письмо каждому получателю отдельно или меньшими группами.',
    },
  },
  address: {
    en: {
      means: 'There is no mailbox with this address.',
      advice:
        'Look for a typing error in the address, and ask the recipient for the right one. Sending again will not help.',
    },
    ru: {
      means: 'Почтового ящика с таким адресом нет.',
      advice: 'Проверьте, нет ли опечатки в адресе, и уточните его у получателя. Повторная отправка не поможет.',
    },
  },
  domain: {
    en: {
      means: 'The domain of the address does not exist or takes no mail.',
      advice: 'Look for a typing error behind the "@", and ask the recipient for the right address.',
    },
    ru: {
      means: 'Домена из этого адреса не существует, или он не принимает почту.',
      advice: 'Проверьте, нет ли опечатки после «@», и уточните адрес у получателя.',
    },
  },
  disabled: {
    en: {
      means: 'The mailbox exists but takes no mail at present.',
      advice: 'Reach the recipient in another way.',
    },
    ru: {
      means: 'Почтовый ящик существует, но сейчас не принимает письма.',
      advice: 'Свяжитесь с получателем другим способом.',
    },
  },
  'closed-recipient': {
    en: {
      means: 'This address takes mail only from its own organisation, or from senders on its list.',
      advice: 'Ask the recipient to have your address allowed there, or to name another address.',
    },
    ru: {
      means: 'Этот адрес принимает письма только от своей организации или от отправителей из своего списка.',
      advice: 'Попросите получателя разрешить там ваш адрес или назвать другой.',
    },
  },
  'recipient-policy': {
    en: {
      means: 'A rule of the organisation that the recipient belongs to refuses this mail.',
      advice:
        'Only the mail administrator of that organisation can change the rule: reach the recipient in another way.',
    },
    ru: {
      means: 'Письмо отклонено правилом организации получателя.',
      advice:
        'Изменить правило может только администратор почты этой организации: свяжитесь с получателем другим способом.',
    },
  },
  'recipient-rate': {
    en: {
      means: 'This mailbox is receiving more mail at present than its provider allows.',
      advice: 'Send the mail again later, and send fewer mails an hour to this address. Nothing in DNS needs a change.',
    },
    ru: {
      means: 'В этот ящик сейчас приходит больше писем, чем допускает его провайдер.',
      advice: 'Отправьте письмо позже и пишите на этот адрес реже. В DNS менять ничего не нужно.',
    },
  },
  'sender-domain': {
    en: {
      means:
        'The sender address is not valid for the receiver: its domain does not exist in DNS or cannot be looked up.',
      advice:
        'Set "from" to an address of your own domain, and give that domain an MX or address record if it has none.',
    },
    ru: {
      means: 'Получателя не устраивает адрес отправителя: его домена нет в DNS, или он не находится.',
      advice: 'Укажите в «from» адрес своего домена; если у домена нет записи MX или адреса, добавьте её.',
    },
    findings: ['mx.none'],
  },
  'sender-null-mx': {
    en: {
      means: 'The domain of the sender says in DNS that it takes no mail (null MX), so no answer could arrive.',
      advice: 'Send from a domain that takes mail, or publish an MX record of a real mail server in place of "MX 0 .".',
    },
    ru: {
      means: 'В DNS домена отправителя указано, что он не принимает почту (null MX): на такое письмо нельзя ответить.',
      advice: 'Отправляйте с домена, который принимает почту, или замените «MX 0 .» на запись настоящего сервера.',
    },
    findings: ['mx.null'],
  },
  authentication: {
    en: {
      means: 'The receiver could not verify that the mail comes from your domain: neither SPF nor DKIM passed.',
      advice:
        'Open the mailshim report of your domain: it says which DNS record is missing or wrong and what to publish.',
    },
    ru: {
      means: 'Получатель не смог убедиться, что письмо отправлено от вашего домена: не прошли ни SPF, ни DKIM.',
      advice:
        'Откройте отчёт mailshim о вашем домене: он покажет, какой записи DNS не хватает или какая неверна и что опубликовать.',
    },
    findings: ['alignment.none', 'spf.fail', 'dkim.message-unsigned'],
  },
  'authentication-all': {
    en: {
      means:
        'The receiver takes mail of a domain that sends much only if SPF, DKIM and DMARC all pass; here one does not.',
      advice: 'Open the mailshim report of your domain: it says which of the three is missing and what to publish.',
    },
    ru: {
      means:
        'От домена с большим объёмом рассылок получатель принимает письма, только если проходят и SPF, и DKIM, и DMARC; здесь что-то одно не прошло.',
      advice: 'Откройте отчёт mailshim о вашем домене: он покажет, чего из трёх не хватает и что опубликовать.',
    },
    findings: ['alignment.none', 'spf.fail', 'dkim.message-unsigned', 'dmarc.none'],
  },
  spf: {
    en: {
      means: 'SPF did not pass: the SPF record of the sender domain does not name the server that delivered the mail.',
      advice:
        'Add the address of the relay to the SPF record; the mailshim report of your domain shows the new record.',
    },
    ru: {
      means: 'SPF не прошёл: в записи SPF домена отправителя нет сервера, который доставил письмо.',
      advice: 'Добавьте адрес релея в запись SPF; новую запись покажет отчёт mailshim о вашем домене.',
    },
    findings: ['spf.fail', 'spf.none'],
  },
  'spf-suspicious': {
    en: {
      means: 'The receiver distrusts the SPF record of your domain: it lets far more servers send than is usual.',
      advice: 'Take out of the SPF record what does not send for you: large networks, "+all", forgotten services.',
    },
    ru: {
      means: 'Получатель не доверяет записи SPF вашего домена: она разрешает отправку слишком многим серверам.',
      advice: 'Уберите из записи SPF всё лишнее: большие сети, «+all», забытые сервисы.',
    },
    findings: ['spf.plus-all'],
  },
  dkim: {
    en: {
      means: 'DKIM did not pass: the mail is not signed, or its signature does not fit the mail or the published key.',
      advice:
        'Run "mailshim doctor": it compares the key that signs here with the key in DNS. "mailshim test" shows whether the signature arrives whole.',
    },
    ru: {
      means: 'DKIM не прошёл: письмо не подписано, или подпись не подходит к письму либо к ключу в DNS.',
      advice:
        'Запустите «mailshim doctor»: он сравнит ключ подписи с ключом в DNS. «mailshim test» покажет, доходит ли подпись целой.',
    },
    findings: ['dkim.message-unsigned', 'dkim.message-body-altered'],
  },
  dmarc: {
    en: {
      means:
        'The DMARC policy of your domain asks receivers to refuse this mail: neither SPF nor DKIM passed for the domain in From.',
      advice:
        'Sign with a DKIM key of the domain in From, or send with an envelope sender of that domain. The mailshim report shows what is missing.',
    },
    ru: {
      means: 'Политика DMARC вашего домена велит отклонить это письмо: для домена из From не прошли ни SPF, ни DKIM.',
      advice:
        'Подписывайте письма ключом DKIM домена из From или отправляйте с адресом конверта этого домена. Чего не хватает, покажет отчёт mailshim.',
    },
    findings: ['dmarc.message-fail'],
  },
  'dmarc-missing': {
    en: {
      means: 'The receiver wants a DMARC record from domains that send much; yours has none, or one without a policy.',
      advice: 'Publish a DMARC record, at first with p=none; the mailshim report of your domain has it ready to copy.',
    },
    ru: {
      means:
        'От доменов с большим объёмом рассылок получатель требует записи DMARC; у вашего её нет, или в ней нет политики.',
      advice: 'Опубликуйте запись DMARC, для начала с p=none; готовая запись есть в отчёте mailshim о вашем домене.',
    },
    findings: ['dmarc.none'],
  },
  alignment: {
    en: {
      means: 'SPF or DKIM passed, but for another domain than the one that readers see in From.',
      advice:
        'Sign with a DKIM key of the domain in From, or use an envelope sender of that domain; "mailshim test" shows which domains were seen.',
    },
    ru: {
      means: 'SPF или DKIM прошли, но для другого домена, не того, который читатель видит в From.',
      advice:
        'Подписывайте письма ключом DKIM домена из From или используйте адрес конверта этого домена; «mailshim test» покажет, какие домены видит получатель.',
    },
    findings: ['alignment.none'],
  },
  arc: {
    en: {
      means: 'The mail was forwarded, and the record that the forwarder keeps of it (ARC) does not verify.',
      advice: 'Send to the final address directly, or tell the administrator of the server that forwards.',
    },
    ru: {
      means: 'Письмо было переслано, и запись о пересылке (ARC) не проходит проверку.',
      advice: 'Отправьте письмо прямо на конечный адрес или сообщите администратору сервера, который пересылает.',
    },
  },
  requiretls: {
    en: {
      means: 'The mail asks to be sent over TLS only (REQUIRETLS), and a server on its way cannot promise that.',
      advice: 'Send it without that demand, or reach the recipient in another way.',
    },
    ru: {
      means: 'Письмо требует передачи только по TLS (REQUIRETLS), а сервер на его пути этого не обещает.',
      advice: 'Отправьте письмо без этого требования или свяжитесь с получателем другим способом.',
    },
  },
  'no-tls': {
    en: {
      means: 'The relay delivered the mail without TLS, and the receiver takes it over TLS only.',
      advice: 'Let the relay use TLS towards other servers: in Postfix, smtp_tls_security_level = may.',
    },
    ru: {
      means: 'Релей передал письмо без TLS, а получатель принимает почту только по TLS.',
      advice: 'Включите на релее TLS для исходящей почты: в Postfix это smtp_tls_security_level = may.',
    },
    findings: ['message.not-tls'],
  },
  ptr: {
    en: {
      means:
        'The address of the sending server has no name in reverse DNS (PTR), or the name does not lead back to it.',
      advice:
        'Ask the provider of that server to set the PTR record to its host name, and give that name an address record with the same address.',
    },
    ru: {
      means: 'У адреса отправляющего сервера нет имени в обратной зоне (PTR), или это имя не ведёт обратно на адрес.',
      advice:
        'Попросите провайдера этого сервера задать PTR с именем сервера и добавьте для этого имени запись с тем же адресом.',
    },
    findings: ['ptr.none', 'ptr.not-confirmed'],
  },
  ipv6: {
    en: {
      means:
        'The mail came over IPv6, and the receiver takes none, or only from addresses with PTR, SPF and DKIM in order.',
      advice:
        'Set PTR and SPF for the IPv6 address too, or let the relay send over IPv4: in Postfix, inet_protocols = ipv4.',
    },
    ru: {
      means: 'Письмо пришло по IPv6, а получатель такие не принимает или требует для IPv6 исправных PTR, SPF и DKIM.',
      advice:
        'Настройте PTR и SPF и для адреса IPv6 или отправляйте с релея по IPv4: в Postfix это inet_protocols = ipv4.',
    },
    findings: ['ptr.none', 'spf.fail'],
  },
  dynamic: {
    en: {
      means:
        'The address of the sending server looks like one of a home line: dynamic, or with a name made from numbers.',
      advice:
        'Send through a relay with a fixed address, or ask its provider for a PTR record with a host name of your domain.',
    },
    ru: {
      means: 'Адрес отправляющего сервера похож на домашний: динамический или с именем из цифр.',
      advice:
        'Отправляйте через релей с постоянным адресом или попросите провайдера задать PTR с именем из вашего домена.',
    },
    findings: ['ptr.generic'],
  },
  listed: {
    en: {
      means: 'The address of the sending server, or a domain in the mail, is on a block list.',
      advice:
        'Follow the link in the reply: the list says why. Stop the cause, then ask for removal. At a mail provider, tell its support.',
    },
    ru: {
      means: 'Адрес отправляющего сервера или домен из письма в чёрном списке.',
      advice:
        'Откройте ссылку из ответа: в списке указана причина. Устраните её, затем попросите об исключении. Если релей у провайдера, сообщите в его поддержку.',
    },
    findings: ['dnsbl.refused'],
  },
  'listed-microsoft': {
    en: {
      means: 'Microsoft 365 has banned the address of the sending server.',
      advice:
        'Stop what caused it (a script that was misused, bought addresses), then ask for removal: https://sender.office.com/',
    },
    ru: {
      means: 'Microsoft 365 заблокировал адрес отправляющего сервера.',
      advice:
        'Устраните причину (взломанный скрипт, купленная база адресов), затем подайте запрос: https://sender.office.com/',
    },
    page: SPAM_RATE,
  },
  'listed-outlook': {
    en: {
      means: 'Outlook.com blocks the address of the sending server, or the network around it.',
      advice:
        'Look it up in SNDS (https://sendersupport.olc.protection.outlook.com/snds/), stop the cause, and ask Outlook.com for removal there. In a rented network its provider has to ask.',
    },
    ru: {
      means: 'Outlook.com блокирует адрес отправляющего сервера или всю его сеть.',
      advice:
        'Проверьте адрес в SNDS (https://sendersupport.olc.protection.outlook.com/snds/), устраните причину и подайте там запрос в Outlook.com. За арендованную сеть просит её провайдер.',
    },
    page: SPAM_RATE,
  },
  'listed-yandex': {
    en: {
      means:
        'Yandex takes no mail from the sending server, because mostly spam came from it. The block lasts 24 hours.',
      advice: 'Stop the spam (look for a script that was misused), wait a day, and send again.',
    },
    ru: {
      means:
        'Яндекс не принимает почту от отправляющего сервера: с него шёл в основном спам. Блокировка длится 24 часа.',
      advice: 'Остановите спам (проверьте, не взломан ли скрипт), подождите сутки и отправьте письмо ещё раз.',
    },
    page: SPAM_RATE,
  },
  abused: {
    en: {
      means: 'The receiver takes the sending server for one that is misused: an open relay, or infected.',
      advice: 'Run "mailshim relay audit" on the relay, and look for a script or a login that strangers use.',
    },
    ru: {
      means: 'Получатель считает, что отправляющим сервером злоупотребляют: открытый релей или заражение.',
      advice:
        'Запустите на релее «mailshim relay audit» и проверьте, не пользуются ли скриптом или логином посторонние.',
    },
    page: 'relay.md',
  },
  reputation: {
    en: {
      means: 'The receiver distrusts the sending server or your domain: their reputation is poor.',
      advice:
        'Send only to people who asked for it, and little at first: reputation grows over weeks. The receivers show it to the owner of the domain.',
    },
    ru: {
      means: 'Получатель не доверяет отправляющему серверу или вашему домену: у них плохая репутация.',
      advice:
        'Пишите только тем, кто согласился, и сначала понемногу: репутация растёт неделями. Владельцу домена получатели её показывают.',
    },
    page: SPAM_RATE,
  },
  'reputation-rate': {
    en: {
      means:
        'The receiver takes only little at a time from the sending server, because it does not know it well or distrusts it.',
      advice:
        'Send fewer mails at a time and the rest later; the limit rises as the server becomes known. Nothing in DNS lifts it at once.',
    },
    ru: {
      means: 'Получатель ограничивает приём писем с отправляющего сервера: он его мало знает или не доверяет ему.',
      advice:
        'Отправляйте меньше писем за раз, остальные — позже; со временем предел растёт. Изменения в DNS сразу его не снимут.',
    },
    page: SPAM_RATE,
  },
  'unsolicited-rate': {
    en: {
      means:
        'The receiver sees much unwanted mail from your server, domain or links, and limits or blocks what comes from there.',
      advice:
        'Send slower, and only to people who asked for it; take off those who complain. Gmail shows the spam rate at https://postmaster.google.com/. No DNS record changes this.',
    },
    ru: {
      means:
        'Получатель видит много нежелательных писем с вашего сервера, домена или с вашими ссылками и ограничивает или блокирует их.',
      advice:
        'Отправляйте медленнее и только тем, кто согласился; исключайте тех, кто жалуется. Долю спама Gmail показывает на https://postmaster.google.com/. Записи DNS здесь не помогут.',
    },
    page: SPAM_RATE,
  },
  tenant: {
    en: {
      means:
        'Microsoft 365 lets your organisation send nothing: it sent too much, or its addresses or plan are restricted.',
      advice:
        'An administrator of Microsoft 365 finds the cause in the Defender portal (restricted entities); then Microsoft support lifts the block.',
    },
    ru: {
      means:
        'Microsoft 365 не даёт вашей организации отправлять почту: отправлено слишком много, или её адреса либо тариф ограничены.',
      advice:
        'Администратор Microsoft 365 найдёт причину в портале Defender (ограниченные объекты); затем блокировку снимает поддержка Microsoft.',
    },
  },
  'tenant-domain': {
    en: {
      means: 'Your organisation sends through Microsoft 365 from a domain that is not registered there.',
      advice: 'Add the domain to Microsoft 365 and validate it, or set "from" to an address of a domain that is there.',
    },
    ru: {
      means: 'Ваша организация отправляет через Microsoft 365 с домена, который там не зарегистрирован.',
      advice: 'Добавьте и подтвердите домен в Microsoft 365 или укажите в «from» адрес уже подключённого домена.',
    },
  },
  spam: {
    en: {
      means: 'The filter of the receiver took the mail for spam.',
      advice:
        'If other mails of yours arrive, change the text, links or attachments of this one; "mailshim test" scores it. If none arrive, look at the reputation of the server.',
    },
    ru: {
      means: 'Фильтр получателя счёл письмо спамом.',
      advice:
        'Если другие ваши письма доходят, измените в этом текст, ссылки или вложения; «mailshim test» его оценит. Если не доходит ничего, дело в репутации сервера.',
    },
    page: SPAM_RATE,
  },
  'spam-appeal': {
    en: {
      means: 'The filter of the receiver took the mail for spam.',
      advice:
        'Open the link in the reply: it leads to a form of the receiver, which already has the number of the refusal. Before that, look at the mailshim report of your domain.',
    },
    ru: {
      means: 'Фильтр получателя счёл письмо спамом.',
      advice:
        'Откройте ссылку из ответа: она ведёт на форму получателя, где номер отказа уже указан. Перед этим проверьте отчёт mailshim о вашем домене.',
    },
    page: SPAM_RATE,
  },
  content: {
    en: {
      means:
        'The receiver refuses what the mail contains: a virus, a kind of file that it does not take, or a link it knows as harmful.',
      advice:
        'Look for a script that was misused. Put files on your site and send a link; leave out links to places that are not yours.',
    },
    ru: {
      means: 'Получатель отклонил содержимое: вирус, недопустимый тип файла или ссылку, известную как вредоносная.',
      advice: 'Проверьте, не взломан ли скрипт. Файлы разместите на сайте и отправьте ссылку; чужие ссылки уберите.',
    },
  },
  format: {
    en: {
      means: 'The mail is not built as the standard (RFC 5322) asks: a header is missing, doubled or malformed.',
      advice: 'Run "mailshim test": it names the header. The program that writes the mail has to be changed.',
    },
    ru: {
      means: 'Письмо построено не по стандарту (RFC 5322): заголовка нет, он повторяется или записан неверно.',
      advice: 'Запустите «mailshim test»: он назовёт заголовок. Исправлять нужно программу, которая создаёт письмо.',
    },
  },
  international: {
    en: {
      means: 'The mail has letters beyond ASCII in an address or header, and the server does not take those.',
      advice: 'Use addresses in Latin letters.',
    },
    ru: {
      means: 'В адресе или заголовке письма есть символы вне ASCII, а сервер их не принимает.',
      advice: 'Используйте адреса латиницей.',
    },
  },
  policy: {
    en: {
      means: 'The server refused the mail by its rules: it took it for spam, or does not take such mail at all.',
      advice:
        'The reply names the reason; the mailshim report of your domain shows what receivers may object to. If other mails of yours arrive, change the text, links or attachments of this one.',
    },
    ru: {
      means: 'Сервер отклонил письмо по своим правилам: счёл его спамом или не принимает такие письма вообще.',
      advice:
        'Причина указана в ответе сервера; отчёт mailshim о вашем домене покажет, к чему могут придраться получатели. Если другие ваши письма доходят, измените в этом текст, ссылки или вложения.',
    },
  },
  greylisted: {
    en: {
      means: 'The receiver puts off mail from a sender that it sees for the first time (greylisting).',
      advice: 'Nothing has to be changed: a later attempt is accepted. Send the mail again if this one was given up.',
    },
    ru: {
      means: 'Получатель откладывает письма от отправителя, которого видит впервые (серый список).',
      advice: 'Ничего менять не нужно: повторная попытка проходит. Если попытки прекращены, отправьте письмо ещё раз.',
    },
  },
  rate: {
    en: {
      means: 'Too many mails or connections came at once for the server.',
      advice: 'Send the rest later and slower; "relay_connections 1" in the configuration leaves one connection.',
    },
    ru: {
      means: 'Для сервера пришло слишком много писем или соединений сразу.',
      advice: 'Отправьте остальное позже и медленнее; «relay_connections 1» в настройках оставит одно соединение.',
    },
  },
  loop: {
    en: {
      means: 'The mail goes round in a circle between servers.',
      advice: 'Look at the forwarding of this address, and at the MX record of its domain.',
    },
    ru: {
      means: 'Письмо ходит по кругу между серверами.',
      advice: 'Проверьте пересылку с этого адреса и запись MX его домена.',
    },
  },
  protocol: {
    en: {
      means: 'The server did not understand what was said to it.',
      advice:
        'Check that "host" and "port" lead to a mail server, and that no firewall changes SMTP on the way. The reply names the command.',
    },
    ru: {
      means: 'Сервер не понял, что ему сказали.',
      advice:
        'Проверьте, что «host» и «port» ведут на почтовый сервер и межсетевой экран не вмешивается в SMTP. Команда указана в ответе.',
    },
  },
  unreachable: {
    en: {
      means: 'The server could not be reached, or the connection broke off.',
      advice: 'Check that the server runs and that no firewall stands in between.',
    },
    ru: {
      means: 'Не удалось связаться с сервером, или соединение оборвалось.',
      advice: 'Проверьте, работает ли сервер и не мешает ли межсетевой экран.',
    },
  },
  busy: {
    en: {
      means: 'The server could not take the mail at that time.',
      advice: 'The reply says why. Unless the reason is a lasting one, send the mail again later.',
    },
    ru: {
      means: 'Сервер в тот момент не мог принять письмо.',
      advice: 'Причина указана в ответе сервера. Если она временная, отправьте письмо ещё раз позже.',
    },
  },
  other: {
    en: {
      means: 'The mail was not accepted.',
      advice: 'The reply says why; show it to the administrator of the relay if it is not clear.',
    },
    ru: {
      means: 'Письмо не принято.',
      advice: 'Причина указана в ответе; если она непонятна, покажите его администратору почтового сервера.',
    },
  },
} as const satisfies Record<string, Texts>;

export type Cause = keyof typeof EXPLANATIONS;

/** Where there is more about it: for the docs. */
export function furtherOf(cause: Cause): Pick<Texts, 'findings' | 'page'> {
  const texts: Texts = EXPLANATIONS[cause];
  return texts;
}
