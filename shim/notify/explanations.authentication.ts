// Explanations of refusals for which the reason is what speaks for the sender: its domain, SPF, DKIM, DMARC, TLS and PTR.

import type { Texts } from './explanation.ts';

export const authenticationExplanations = {
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
} as const satisfies Record<string, Texts>;
