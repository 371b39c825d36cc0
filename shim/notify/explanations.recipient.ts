// Explanations of refusals for which the reason is the relay, its account, and the recipient.

import type { Texts } from './explanation.ts';

export const recipientExplanations = {
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
} as const satisfies Record<string, Texts>;
