// Explanations of refusals for which the reason is the form of the mail, and what is only for now.

import type { Texts } from './explanation.ts';

export const formExplanations = {
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
