// The words of test inboxes, in every language: the page, and why nothing may have arrived.
import type { Language } from '../../shared/findings/define.ts';
import type { Refusal } from './inbox.ts';

export interface Reason {
  id: 'wait' | 'queue' | 'refused' | 'port' | 'address';
  title: string;
  text: string;
}

interface InboxWords {
  title: string;
  intro: string;
  make: string;
  notSetUp: string;
  sendTo: string;
  sendHow: string;
  copyAddress: string;
  until: (when: string) => string;
  left: (count: number) => string;
  waiting: string;
  waitingText: string;
  arrived: (number: number) => string;
  another: string;
  why: string;
  domainReport: (name: string) => string;
  refusedTitle: string;
  refused: Record<Refusal, string>;
  reasons: readonly Reason[];
  unread: string;
  mails: string;
  from: string;
  noSubject: string;
  header: string;
  source: string;
  paste: string;
  pasteTitle: string;
  pasteIntro: string;
  pasteText: string;
  pasteHint: string;
  pasteFile: string;
  pasteButton: string;
  pasteEmpty: string;
  scored: string;
}

export const inboxWords: Record<Language, InboxWords> = {
  en: {
    title: 'Test inbox',
    intro:
      'Send a mail from your shop to an address that exists for this one purpose, and see how receivers judge it: sender, signatures, server, text and links, with a score out of ten.',
    make: 'Make an address',
    notSetUp:
      'This service has no test inboxes: its owner has not given it a domain for them (INBOX_DOMAIN) or a database (DB). A mail that you have as a file can be scored all the same: curl --data-binary @mail.eml -H "content-type: message/rfc822" …/v1/message?format=text',
    sendTo: 'Send a mail to this address',
    sendHow: 'From your shop, the way customers get theirs: place a test order with this address, for example.',
    copyAddress: 'Copy the address',
    until: (when) =>
      `The address takes mail until ${when}; then all of it is deleted. Only this page’s address opens it.`,
    left: (count) => `It takes ${count} more ${count === 1 ? 'mail' : 'mails'}.`,
    waiting: 'Nothing has arrived yet',
    waitingText: 'This page looks again by itself every few seconds.',
    arrived: (number) => `Mail ${number}`,
    another: 'Make another address',
    why: 'Why nothing may have arrived',
    domainReport: (name) => `See whether ${name} is set up right`,
    refusedTitle: 'A mail was refused',
    refused: {
      'too-large': 'A mail came and was refused, since it is too large. Send one without large attachments.',
      full: 'More mails came than this address takes. Make another address.',
      'other-domain': 'A mail came and was refused: this service takes test mails of its owner’s domains only.',
    },
    reasons: [
      {
        id: 'wait',
        title: 'It is under way',
        text: 'Mail takes from some seconds to a few minutes. Wait two minutes before you look further.',
      },
      {
        id: 'queue',
        title: 'It waits on your side',
        text: 'On the shop’s server, mailshim’s log says whether the relay took it; on the relay, “mailq” shows what waits and why, and /var/log/mail.log (or journalctl -u postfix@-) has the line with this address.',
      },
      {
        id: 'refused',
        title: 'It was refused',
        text: 'Where Cloudflare takes the mail for this address, it turns away mail that neither SPF nor DKIM speaks for, mail that fails its domain’s DMARC policy, and mail from servers on block lists. The relay’s log then has a reply that begins with 5 (or 4), and your sender address a bounce.',
      },
      {
        id: 'port',
        title: 'Port 25 is closed',
        text: 'Many providers block outgoing mail of new servers. On the relay, “nc -vz gmail-smtp-in.l.google.com 25” must answer “open” or “succeeded”. Where it does not, ask the provider to open port 25, or send through a relay that has it open.',
      },
      {
        id: 'address',
        title: 'The address is not quite this one',
        text: 'The address must be copied whole. Each address is good for one day.',
      },
    ],
    unread: 'The mail was unusually long, so that only the score and the findings were kept.',
    mails: 'Mails of this inbox',
    from: 'From',
    noSubject: '(no subject)',
    header: 'Header of the mail',
    source: 'Source of the mail',
    paste: 'Score a mail that you have as a file',
    pasteTitle: 'Score a mail',
    pasteIntro:
      'Paste the source of a mail, or choose its file. In Gmail: “Show original”; in Outlook and Thunderbird: save it as a file. Nothing of it is kept.',
    pasteText: 'Source of the mail',
    pasteHint: 'With its header: it begins with lines such as “Received:” or “From:”.',
    pasteFile: 'Or a file (.eml)',
    pasteButton: 'Score it',
    pasteEmpty: 'Paste a mail or choose a file first.',
    scored: 'Your mail',
  },
  ru: {
    title: 'Тестовый ящик',
    intro:
      'Отправьте письмо из магазина на адрес, который создан только для этого, и посмотрите, как его оценят получатели: отправитель, подписи, сервер, текст и ссылки — с оценкой по десятибалльной шкале.',
    make: 'Создать адрес',
    notSetUp:
      'Тестовых ящиков в этой службе нет: владелец не указал домен для них (INBOX_DOMAIN) или базу данных (DB). Письмо в виде файла можно оценить и так: curl --data-binary @mail.eml -H "content-type: message/rfc822" …/v1/message?format=text',
    sendTo: 'Отправьте письмо на этот адрес',
    sendHow: 'Из магазина, так же, как письма получают покупатели: например, оформите пробный заказ с этим адресом.',
    copyAddress: 'Копировать адрес',
    until: (when) =>
      `Адрес принимает письма до ${when}; затем всё удаляется. Открыть эту страницу можно только по её адресу.`,
    left: (count) => `Он примет ещё писем: ${count}.`,
    waiting: 'Пока ничего не пришло',
    waitingText: 'Страница сама проверяет каждые несколько секунд.',
    arrived: (number) => `Письмо ${number}`,
    another: 'Создать другой адрес',
    why: 'Почему письмо могло не прийти',
    domainReport: (name) => `Посмотреть, правильно ли настроен ${name}`,
    refusedTitle: 'Письмо отклонено',
    refused: {
      'too-large': 'Письмо пришло, но отклонено: оно слишком велико. Отправьте без больших вложений.',
      full: 'Писем пришло больше, чем принимает этот адрес. Создайте другой.',
      'other-domain':
        'Письмо пришло, но отклонено: служба принимает пробные письма только от доменов своего владельца.',
    },
    reasons: [
      {
        id: 'wait',
        title: 'Оно в пути',
        text: 'Письмо идёт от нескольких секунд до нескольких минут. Подождите две минуты, прежде чем искать дальше.',
      },
      {
        id: 'queue',
        title: 'Оно ждёт у вас',
        text: 'На сервере магазина журнал mailshim покажет, принял ли его релей; на релее команда «mailq» покажет, что ждёт и почему, а в /var/log/mail.log (или journalctl -u postfix@-) есть строка с этим адресом.',
      },
      {
        id: 'refused',
        title: 'Его отклонили',
        text: 'Если почту для этого адреса принимает Cloudflare, он не пропускает письма, за которые не ручаются ни SPF, ни DKIM, письма, не прошедшие политику DMARC своего домена, и письма с серверов из чёрных списков. Тогда в журнале релея есть ответ, который начинается с 5 (или 4), а на адрес отправителя пришло уведомление.',
      },
      {
        id: 'port',
        title: 'Порт 25 закрыт',
        text: 'Многие хостинги закрывают исходящую почту новым серверам. На релее «nc -vz gmail-smtp-in.l.google.com 25» должна ответить «open» или «succeeded». Если нет, попросите хостинг открыть порт 25 или отправляйте через релей, где он открыт.',
      },
      {
        id: 'address',
        title: 'Адрес не совсем тот',
        text: 'Адрес нужно скопировать целиком. Каждый адрес действует один день.',
      },
    ],
    unread: 'Письмо было необычно длинным, поэтому сохранены только оценка и замечания.',
    mails: 'Письма этого ящика',
    from: 'От',
    noSubject: '(без темы)',
    header: 'Заголовки письма',
    source: 'Исходный текст письма',
    paste: 'Оценить письмо из файла',
    pasteTitle: 'Оценка письма',
    pasteIntro:
      'Вставьте исходный текст письма или выберите файл. В Gmail — «Показать оригинал», в Яндекс Почте — «Свойства письма», в Outlook и Thunderbird — сохранить как файл. Письмо не сохраняется.',
    pasteText: 'Исходный текст письма',
    pasteHint: 'Вместе с заголовками: он начинается со строк вроде «Received:» или «From:».',
    pasteFile: 'Или файл (.eml)',
    pasteButton: 'Оценить',
    pasteEmpty: 'Сначала вставьте письмо или выберите файл.',
    scored: 'Ваше письмо',
  },
};
