// The words of test inboxes, in every language: the page, and the reasons why a mail may not have arrived.
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
      'Send a mail from your shop to an address created for this test, and see how receivers judge it: sender, signatures, server, text and links, with a score out of ten.',
    make: 'Create an address',
    notSetUp:
      'This service has no test inboxes: its owner has not configured a domain (INBOX_DOMAIN) or a database (DB) for them. A mail in a file can be scored without them: curl --data-binary @mail.eml -H "content-type: message/rfc822" …/v1/message?format=text',
    sendTo: 'Send a mail to this address',
    sendHow: 'Send it from your shop, as customers receive it: place a test order with this address, for example.',
    copyAddress: 'Copy the address',
    until: (when) =>
      `The address accepts mail until ${when}; then everything is deleted. Only the address of this page opens it.`,
    left: (count) => `It accepts ${count} more ${count === 1 ? 'mail' : 'mails'}.`,
    waiting: 'Nothing has arrived yet',
    waitingText: 'This page checks again every few seconds.',
    arrived: (number) => `Mail ${number}`,
    another: 'Create another address',
    why: 'Why a mail may not have arrived',
    domainReport: (name) => `Check the records of ${name}`,
    refusedTitle: 'A mail was rejected',
    refused: {
      'too-large': 'A mail was rejected, because it is too large. Send one without large attachments.',
      full: 'More mails arrived than this address accepts. Create another address.',
      'other-domain': 'A mail was rejected: this service accepts test mails from its owner’s domains only.',
    },
    reasons: [
      {
        id: 'wait',
        title: 'The mail is still being delivered',
        text: 'Delivery takes from some seconds to a few minutes. Wait two minutes before you look further.',
      },
      {
        id: 'queue',
        title: 'The mail is queued on your side',
        text: 'On the shop’s server, the log of mailshim shows whether the relay accepted it; on the relay, “mailq” shows what is queued and why, and /var/log/mail.log (or journalctl -u postfix@-) has the line with this address.',
      },
      {
        id: 'refused',
        title: 'The mail was rejected',
        text: 'If Cloudflare receives the mail for this address, it rejects mail that neither SPF nor DKIM authenticates, mail that fails its domain’s DMARC policy, and mail from servers on block lists. The log of the relay then has a reply that begins with 5 (or 4), and your sender address gets a bounce.',
      },
      {
        id: 'port',
        title: 'Port 25 is closed',
        text: 'Many providers block outgoing mail of new servers. On the relay, “nc -vz gmail-smtp-in.l.google.com 25” must print “open” or “succeeded”. If it does not, ask the provider to open port 25, or send through a relay that can use it.',
      },
      {
        id: 'address',
        title: 'The address is incomplete or has expired',
        text: 'Copy the whole address. Each address is valid for one day.',
      },
    ],
    unread: 'The mail was unusually long, so only the score and the findings were stored.',
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
      'Отправьте письмо из магазина на адрес, созданный для этой проверки, и посмотрите, как его оценят получатели: отправитель, подписи, сервер, текст и ссылки — с оценкой по десятибалльной шкале.',
    make: 'Создать адрес',
    notSetUp:
      'Тестовых ящиков в этом сервисе нет: владелец не настроил для них домен (INBOX_DOMAIN) или базу данных (DB). Письмо из файла можно проверить и без них: curl --data-binary @mail.eml -H "content-type: message/rfc822" …/v1/message?format=text',
    sendTo: 'Отправьте письмо на этот адрес',
    sendHow:
      'Отправьте его из магазина так же, как его получают покупатели: например, оформите тестовый заказ с этим адресом.',
    copyAddress: 'Копировать адрес',
    until: (when) =>
      `Адрес принимает письма до ${when}; затем всё удаляется. Открыть эту страницу можно только по её адресу.`,
    left: (count) => `Ещё можно отправить писем: ${count}.`,
    waiting: 'Пока ничего не пришло',
    waitingText: 'Страница обновляется каждые несколько секунд.',
    arrived: (number) => `Письмо ${number}`,
    another: 'Создать другой адрес',
    why: 'Почему письмо могло не прийти',
    domainReport: (name) => `Проверить DNS-записи ${name}`,
    refusedTitle: 'Письмо отклонено',
    refused: {
      'too-large': 'Письмо отклонено: оно слишком большое. Отправьте письмо без больших вложений.',
      full: 'Писем пришло больше, чем принимает этот адрес. Создайте другой.',
      'other-domain': 'Письмо отклонено: сервис принимает тестовые письма только с доменов своего владельца.',
    },
    reasons: [
      {
        id: 'wait',
        title: 'Письмо ещё доставляется',
        text: 'Доставка занимает от нескольких секунд до нескольких минут. Подождите две минуты.',
      },
      {
        id: 'queue',
        title: 'Письмо в очереди на вашей стороне',
        text: 'На сервере магазина в журнале mailshim видно, принял ли письмо релей; на релее команда «mailq» покажет очередь и причину задержки, а в /var/log/mail.log (или journalctl -u postfix@-) есть строка с этим адресом.',
      },
      {
        id: 'refused',
        title: 'Письмо отклонено',
        text: 'Если почту для этого адреса принимает Cloudflare, он отклоняет письма, которые не прошли ни SPF, ни DKIM, письма, не прошедшие политику DMARC своего домена, и письма с серверов из чёрных списков. В журнале релея будет ответ, который начинается с 5 (или 4), а на адрес отправителя придёт отчёт о недоставке.',
      },
      {
        id: 'port',
        title: 'Порт 25 закрыт',
        text: 'Многие хостинги блокируют исходящую почту новых серверов. На релее команда «nc -vz gmail-smtp-in.l.google.com 25» должна вывести «open» или «succeeded». Если нет, попросите поддержку хостинга открыть порт 25 или отправляйте почту через релей, где он открыт.',
      },
      {
        id: 'address',
        title: 'Адрес неполный или уже не действует',
        text: 'Скопируйте адрес целиком. Каждый адрес действует один день.',
      },
    ],
    unread: 'Письмо было необычно длинным, поэтому сохранены только оценка и результаты проверки.',
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
