// The words of the owner's pages, in every language.
import type { Language } from '../../shared/findings/define.ts';
import type { SourceClass } from '../../shared/reports/sources.ts';
import type { DigestWish } from '../monitor/digest-wish.ts';
import type { FlowVerdict } from '../monitor/flow.ts';
import type { NextKind } from '../monitor/overview.ts';
import type { EntryKind } from '../reports/entries.ts';

export interface OwnerWords {
  login: string;
  loginText: string;
  token: string;
  tokenHint: string;
  enter: string;
  logout: string;
  wrongToken: string;
  notSetUp: string;
  domains: string;
  all: string;
  next: string;
  nothingNext: string;
  nextText: Record<NextKind, (count: string) => string>;
  noDomains: string;
  domain: string;
  score: string;
  unchecked: string;
  mail: string;
  flow: Record<FlowVerdict, string>;
  noFlow: string;
  queue: (waiting: number, failed: number) => string;
  lastSuccess: (when: string) => string;
  howFlow: string;
  week: (days: number) => string;
  aligned: (part: string, messages: string) => string;
  noReports: string;
  bounced: (count: number) => string;
  add: string;
  addHint: string;
  addButton: string;
  notADomain: string;
  report: string;
  past: string;
  badge: string;
  badgeText: string;
  sources: string;
  sourcesText: (days: number) => string;
  noSources: string;
  sourceClass: Record<SourceClass, string>;
  source: string;
  messages: string;
  passed: string;
  lastSeen: string;
  comments: string;
  changes: string;
  day: string;
  appeared: string;
  gone: string;
  advice: string;
  step: string;
  stepReady: string;
  stepNotYet: string;
  stepText: (policy: string, next: string) => string;
  bounces: string;
  noBounces: string;
  bouncesText: (failed: string, delayed: string, complained: string) => string;
  bounceReason: string;
  bouncedAddresses: string;
  tls: string;
  tlsText: (failed: string, all: string) => string;
  tlsFault: string;
  tlsHost: string;
  tlsSessions: string;
  received: string;
  noReceived: string;
  kind: Record<EntryKind, string>;
  reporter: string;
  arrived: string;
  settings: string;
  ips: string;
  ipsHint: string;
  selectors: string;
  selectorsHint: string;
  helo: string;
  heloHint: string;
  webhook: string;
  webhookHint: string;
  mailTo: string;
  mailToHint: string;
  language: string;
  languages: Record<Language, string>;
  digest: string;
  digests: Record<DigestWish, string>;
  save: string;
  saved: string;
  added: string;
  wrong: Record<'ips' | 'selectors' | 'helo' | 'webhook' | 'mail', string>;
  wrongOther: (detail: string) => string;
  alerts: string;
  noAlerts: string;
  channel: Record<'webhook' | 'mail', string>;
  state: Record<'waiting' | 'delivered' | 'failed', string>;
  attempts: string;
  answer: string;
  test: string;
  tested: string;
  noReceiver: string;
  remove: string;
  removeText: string;
  removeSure: (domain: string) => string;
  removeButton: string;
  removed: (domain: string) => string;
}

const en: OwnerWords = {
  login: 'Log in',
  loginText: 'These pages show the domains that this Worker watches. They are for its owner.',
  token: 'API token',
  tokenHint: 'One of the tokens in API_TOKENS. The login ends after eight hours.',
  enter: 'Log in',
  logout: 'Log out',
  wrongToken: 'This is not one of the API tokens of this Worker.',
  notSetUp:
    'This Worker has no API tokens or no database. Set both up: npx wrangler secret put API_TOKENS, and [[d1_databases]] in wrangler.toml.',
  domains: 'Your domains',
  all: 'All domains',
  next: 'What to do next',
  nothingNext: 'Nothing: mail flows, and nothing costs points.',
  nextText: {
    stuck: (count) => `Mail is stuck on the shop’s server (${count} in the queue). Run “mailshim status” there.`,
    refused: (count) => `Receivers reject mail: up to ${count} points to gain. See the report.`,
    silent: () => 'The shop’s server no longer reports. Check its cron job, “mailshim status --post”.',
    unaligned: (count) => `Messages that were not aligned in the last week: ${count}. See who sends.`,
    findings: (count) => `Up to ${count} points to gain. See the report.`,
    bounced: (count) => `Recipients that bounced in the last week: ${count}. See which.`,
  },
  noDomains: 'No domain is watched yet. Add the first one.',
  domain: 'Domain',
  score: 'Score',
  unchecked: 'not checked yet',
  mail: 'Mail queue',
  flow: { flowing: 'flowing', stuck: 'stuck', silent: 'no reports' },
  noFlow: 'not connected',
  queue: (waiting, failed) => `${waiting} waiting, ${failed} failed`,
  lastSuccess: (when) => `Last message sent: ${when}`,
  howFlow: 'The shop’s server has not reported yet. There, run “mailshim status --post” by cron; see docs/spool.md.',
  week: (days) => `Last ${days} days`,
  aligned: (part, messages) => `${part} of ${messages} aligned`,
  noReports: 'no reports',
  bounced: (count) => `${count} bounced`,
  add: 'Add a domain',
  addHint: 'The domain of the shop’s mail addresses.',
  addButton: 'Add',
  notADomain: 'This is not a domain name. One looks like shop.example.',
  report: 'Report with records to publish',
  past: 'Score over time',
  badge: 'Badge and card',
  badgeText: 'For the admin page of your shop:',
  sources: 'Who sends as this domain',
  sourcesText: (days) => `From the DMARC reports of the last ${days} days.`,
  noSources:
    'No DMARC report has arrived yet. Publish rua= with the address of this Worker (docs/reports.md); the first one arrives a day later.',
  sourceClass: {
    'yours-aligned': 'yours, aligned',
    'yours-unaligned': 'yours, not aligned',
    forwarder: 'forwarder',
    stranger: 'stranger',
  },
  source: 'Source',
  messages: 'Messages',
  passed: 'Aligned',
  lastSeen: 'Last seen',
  comments: 'Receivers comment:',
  changes: 'What changed',
  day: 'Day',
  appeared: 'New',
  gone: 'Fixed',
  advice: 'What to do',
  step: 'Next DMARC policy',
  stepReady: 'ready',
  stepNotYet: 'not yet',
  stepText: (policy, next) => `The policy is p=${policy}; the next one is p=${next}.`,
  bounces: 'What bounced',
  noBounces: 'No bounce and no complaint arrived in the last 30 days.',
  bouncesText: (failed, delayed, complained) =>
    `In the last 30 days: ${failed} failed, ${delayed} delayed, ${complained} complaints.`,
  bounceReason: 'Reason',
  bouncedAddresses: 'Addresses that do not exist (CSV)',
  tls: 'TLS of incoming mail',
  tlsText: (failed, all) => `${failed} of ${all} connections failed, as TLS reports of the last 30 days have it.`,
  tlsFault: 'Failure',
  tlsHost: 'Mail server',
  tlsSessions: 'Connections',
  received: 'Reports received',
  noReceived: 'No report has arrived yet.',
  kind: {
    aggregate: 'DMARC report',
    tls: 'TLS report',
    failure: 'DMARC failure report',
    feedback: 'complaint',
    bounce: 'bounce',
  },
  reporter: 'From',
  arrived: 'Arrived',
  settings: 'Settings',
  ips: 'Sending IP addresses',
  ipsHint: 'Separated by blanks. Default: those that the SPF record names.',
  selectors: 'DKIM selectors',
  selectorsHint: 'Separated by blanks. Default: the usual ones are tried.',
  helo: 'EHLO name of the sending server',
  heloHint: 'Such as mail.shop.example.',
  webhook: 'Webhook for alerts',
  webhookHint: 'An https URL.',
  mailTo: 'Mail address for alerts',
  mailToHint: 'Better one at another domain than the watched one.',
  language: 'Language of the alerts',
  languages: { en: 'English', ru: 'Russian' },
  digest: 'Mail about each week',
  digests: { changes: 'when something changed', always: 'every week', off: 'never' },
  save: 'Save',
  saved: 'Saved. The next check uses these settings.',
  added: 'The domain is watched from now on. The first check runs within minutes.',
  wrong: {
    ips: 'One of these is not an IP address. One looks like 192.0.2.1 or 2001:db8::1; at most four.',
    selectors: 'One of these is not a DKIM selector: the name before ._domainkey, such as mail or s1.',
    helo: 'This is not a host name. One looks like mail.shop.example.',
    webhook: 'Alerts cannot be sent there: expected an https URL on the public Internet, and WEBHOOK_SECRET to be set.',
    mail: 'Alerts cannot be sent there: expected a mail address in ASCII, and MAIL_FROM with SEND_EMAIL or MAIL_RELAY to be set.',
  },
  wrongOther: (detail) => `The settings were not saved: ${detail}`,
  alerts: 'Alerts sent',
  noAlerts: 'None yet.',
  channel: { webhook: 'webhook', mail: 'mail' },
  state: { waiting: 'waiting', delivered: 'delivered', failed: 'failed' },
  attempts: 'Attempts',
  answer: 'Last reply',
  test: 'Send a test alert',
  tested: 'A test alert is queued. It goes out within minutes.',
  noReceiver: 'There is no receiver for alerts: set a webhook or a mail address first.',
  remove: 'Stop watching',
  removeText: 'Deletes the settings, history, reports and bounces of this domain.',
  removeSure: (domain) => `Yes, delete everything about ${domain}`,
  removeButton: 'Stop watching',
  removed: (domain) => `${domain} is not watched any more.`,
};

const ru: OwnerWords = {
  login: 'Вход',
  loginText: 'Здесь показаны домены, за которыми следит этот Worker. Страницы доступны только владельцу.',
  token: 'Токен API',
  tokenHint: 'Один из токенов API_TOKENS. Сеанс длится восемь часов.',
  enter: 'Войти',
  logout: 'Выйти',
  wrongToken: 'Такого токена у этого Worker нет.',
  notSetUp:
    'У этого Worker не заданы токены или нет базы данных. Задайте то и другое: npx wrangler secret put API_TOKENS и [[d1_databases]] в wrangler.toml.',
  domains: 'Ваши домены',
  all: 'Все домены',
  next: 'Что сделать',
  nothingNext: 'Ничего: почта уходит, замечаний нет.',
  nextText: {
    stuck: (count) => `Почта застряла на сервере магазина (в очереди: ${count}). Выполните там «mailshim status».`,
    refused: (count) => `Почтовые службы отклоняют письма; можно вернуть до ${count} балла. Откройте отчёт.`,
    silent: () => 'Сервер магазина перестал присылать данные. Проверьте задание cron «mailshim status --post».',
    unaligned: (count) => `Писем без выравнивания за неделю: ${count}. Посмотрите, кто отправляет.`,
    findings: (count) => `Можно вернуть до ${count} балла. Откройте отчёт.`,
    bounced: (count) => `Недоставленных адресов за неделю: ${count}. Посмотрите список.`,
  },
  noDomains: 'Доменов пока нет. Добавьте первый.',
  domain: 'Домен',
  score: 'Оценка',
  unchecked: 'ещё не проверен',
  mail: 'Очередь писем',
  flow: { flowing: 'уходит', stuck: 'застряла', silent: 'нет данных' },
  noFlow: 'не подключена',
  queue: (waiting, failed) => `ожидают: ${waiting}, не доставлены: ${failed}`,
  lastSuccess: (when) => `Последнее отправленное письмо: ${when}`,
  howFlow:
    'Сервер магазина ещё ничего не присылал. Запускайте на нём «mailshim status --post» по cron, см. docs/spool.md.',
  week: (days) => `За ${days} дней`,
  aligned: (part, messages) => `выравнивание: ${part} из ${messages}`,
  noReports: 'отчётов нет',
  bounced: (count) => `не доставлено: ${count}`,
  add: 'Добавить домен',
  addHint: 'Домен из почтовых адресов магазина.',
  addButton: 'Добавить',
  notADomain: 'Это не доменное имя. Пример: shop.example.',
  report: 'Отчёт с записями для публикации',
  past: 'Оценка по дням',
  badge: 'Значок и карточка',
  badgeText: 'Для админки магазина:',
  sources: 'Кто отправляет от имени домена',
  sourcesText: (days) => `По отчётам DMARC за ${days} дней.`,
  noSources:
    'Отчётов DMARC пока нет. Укажите в rua= адрес этого Worker (docs/reports.md); первый отчёт придёт через день.',
  sourceClass: {
    'yours-aligned': 'ваш, выравнивание есть',
    'yours-unaligned': 'ваш, выравнивания нет',
    forwarder: 'пересылка',
    stranger: 'чужой',
  },
  source: 'Источник',
  messages: 'Писем',
  passed: 'Прошли DMARC',
  lastSeen: 'Последний раз',
  comments: 'Комментарии получателей:',
  changes: 'Что изменилось',
  day: 'Дата',
  appeared: 'Появилось',
  gone: 'Исправлено',
  advice: 'Что сделать',
  step: 'Следующая политика DMARC',
  stepReady: 'можно публиковать',
  stepNotYet: 'пока рано',
  stepText: (policy, next) => `Сейчас p=${policy}, следующая политика — p=${next}.`,
  bounces: 'Недоставленные письма',
  noBounces: 'За 30 дней отказов и жалоб не было.',
  bouncesText: (failed, delayed, complained) =>
    `За 30 дней: не доставлено — ${failed}, задержано — ${delayed}, жалоб — ${complained}.`,
  bounceReason: 'Причина',
  bouncedAddresses: 'Несуществующие адреса (CSV)',
  tls: 'TLS входящей почты',
  tlsText: (failed, all) => `Неудачных соединений: ${failed} из ${all}, по отчётам TLS за 30 дней.`,
  tlsFault: 'Ошибка',
  tlsHost: 'Почтовый сервер',
  tlsSessions: 'Соединений',
  received: 'Полученные отчёты',
  noReceived: 'Отчётов пока нет.',
  kind: {
    aggregate: 'отчёт DMARC',
    tls: 'отчёт TLS',
    failure: 'отчёт об ошибке DMARC',
    feedback: 'жалоба на спам',
    bounce: 'отказ в доставке',
  },
  reporter: 'От кого',
  arrived: 'Получен',
  settings: 'Настройки',
  ips: 'IP-адреса отправки',
  ipsHint: 'Через пробел. По умолчанию — адреса из записи SPF.',
  selectors: 'Селекторы DKIM',
  selectorsHint: 'Через пробел. По умолчанию проверяются распространённые.',
  helo: 'Имя EHLO сервера отправки',
  heloHint: 'Например, mail.shop.example.',
  webhook: 'Вебхук для уведомлений',
  webhookHint: 'Адрес, который начинается с https://.',
  mailTo: 'Почта для уведомлений',
  mailToHint: 'Лучше на другом домене.',
  language: 'Язык уведомлений',
  languages: { en: 'английский', ru: 'русский' },
  digest: 'Письмо по итогам недели',
  digests: { changes: 'если есть изменения', always: 'каждую неделю', off: 'не присылать' },
  save: 'Сохранить',
  saved: 'Сохранено. Следующая проверка пройдёт с этими настройками.',
  added: 'Домен добавлен. Первая проверка начнётся через несколько минут.',
  wrong: {
    ips: 'Здесь есть не IP-адрес. Примеры: 192.0.2.1, 2001:db8::1; не больше четырёх.',
    selectors: 'Здесь есть не селектор DKIM. Селектор — имя перед ._domainkey, например mail или s1.',
    helo: 'Это не имя сервера. Пример: mail.shop.example.',
    webhook: 'Отправлять уведомления туда нельзя: нужен общедоступный адрес https и заданный WEBHOOK_SECRET.',
    mail: 'Отправлять уведомления туда нельзя: нужен адрес в ASCII и заданный MAIL_FROM с SEND_EMAIL или MAIL_RELAY.',
  },
  wrongOther: (detail) => `Настройки не сохранены: ${detail}`,
  alerts: 'Отправленные уведомления',
  noAlerts: 'Пока не было.',
  channel: { webhook: 'вебхук', mail: 'письмо' },
  state: { waiting: 'ожидает', delivered: 'доставлено', failed: 'не доставлено' },
  attempts: 'Попыток',
  answer: 'Последний ответ',
  test: 'Отправить пробное уведомление',
  tested: 'Пробное уведомление поставлено в очередь и уйдёт через несколько минут.',
  noReceiver: 'Некому отправлять: сначала укажите вебхук или почтовый адрес.',
  remove: 'Больше не следить',
  removeText: 'Удаляет настройки, историю, отчёты и отказы этого домена.',
  removeSure: (domain) => `Да, удалить все данные домена ${domain}`,
  removeButton: 'Удалить',
  removed: (domain) => `Домен ${domain} удалён из списка.`,
};

export const ownerWords: Record<Language, OwnerWords> = { en, ru };
