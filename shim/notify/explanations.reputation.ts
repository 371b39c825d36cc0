// Explanations of refusals for which the reason is trust: block lists, reputation, rates, filters.

import { SPAM_RATE, type Texts } from './explanation.ts';

export const reputationExplanations = {
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
} as const satisfies Record<string, Texts>;
