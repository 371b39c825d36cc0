// The doctor's words on what lies beyond the relay: DNS, and the queue that waits for all of it.

import { text } from './text.ts';

const SPOOL = '/var/spool/mailshim';

/** Whole hours, or minutes below one. */
function hours(minutes: number, unit: { hours: string; minutes: string }): string {
  return minutes < 60 ? `${minutes} ${unit.minutes}` : `${Math.floor(minutes / 60)} ${unit.hours}`;
}

// biome-ignore format: a line for each language.
export const networkTexts = {
  'dns.good': text({ domain: 'shop.example', score: '10' },
    ['{domain}: {score} out of 10'],
    ['{domain}: {score} из 10']),
  'dns.keys': text({ names: 'mailshim._domainkey.shop.example' },
    ['the published keys are those that sign here: {names}'],
    ['опубликованы те же ключи, которыми подписывается почта: {names}']),
  'dns.keys-unknown': text({ names: 'mailshim._domainkey.shop.example' },
    ['whether the published keys are those that sign here is not known: DNS did not answer for {names}'],
    ['опубликованы ли те же ключи, которыми подписывается почта, неизвестно: DNS не отвечает для {names}']),
  'dns.mailbox': text({ domain: 'gmail.com', provider: 'Google Workspace' },
    ['the DNS of {domain} is that of {provider}, which sends and signs this mail: it was not looked at'],
    ['DNS домена {domain} ведёт {provider}, он же отправляет и подписывает письма: проверка не нужна']),
  'dns.mailbox-elsewhere': text({ domain: 'gmail.com', provider: 'Google Workspace' },
    ['mail from {domain} is believed only where {provider} sends it, and this relay is another', 'an address of your own domain as "from", with sender_rewrite always: answers still go to the old address'],
    ['письмам с адресов {domain} верят, только если их отправляет {provider}, а этот релей другой', 'в from — адрес своего домена, и sender_rewrite always: ответы по-прежнему придут на прежний адрес']),
  'dns.key-missing': text({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['the key that signs here is not published at {name}: receivers cannot check the signature', '{name} TXT {record}'],
    ['ключ, которым подписывается почта, не опубликован в {name}: получатели не могут проверить подпись', '{name} TXT {record}']),
  'dns.key-misplaced': text({ name: 'mailshim._domainkey.shop.example', wrong: 'mailshim._domainkey.shop.example.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['the key that signs here is published at {wrong} in place of {name}: the panel adds the name of the domain by itself', 'enter the name without the domain, so that the record is: {name} TXT {record}'],
    ['ключ, которым подписывается почта, опубликован в {wrong} вместо {name}: панель сама добавляет имя домена', 'введите имя без домена, чтобы получилась запись: {name} TXT {record}']),
  'dns.key-cut': text({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…', length: 255 },
    ['the key at {name} is cut off after {length} characters: receivers cannot check the signature', 'enter the whole value again, as several strings in quotation marks of at most 255 characters each where the panel takes no more in one: {name} TXT {record}'],
    ['ключ в {name} обрезан после {length} символов: получатели не могут проверить подпись', 'введите значение заново целиком; если панель не принимает больше 255 символов, разделите его на несколько строк в кавычках: {name} TXT {record}']),
  'dns.key-quoted': text({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['quotation marks or backslashes became part of the key at {name}: receivers cannot check the signature', 'enter the value without them: {name} TXT {record}'],
    ['в значение ключа {name} попали кавычки или обратные косые черты: получатели не могут проверить подпись', 'введите значение без них: {name} TXT {record}']),
  'dns.sending-ip': text({ given: '203.0.113.9', address: '203.0.113.25' },
    ['sending_ip {given} in the configuration is out of date: the relay is {address}, and DNS fits that address', 'sending_ip {address}, or take the line out'],
    ['sending_ip {given} в настройках устарел: адрес релея {address}, и записи DNS ему соответствуют', 'sending_ip {address} или уберите строку']),
  'dns.key-other': text({ name: 'mailshim._domainkey.shop.example', record: 'v=DKIM1; k=rsa; p=MIIB…' },
    ['{name} does not hold the key that signs here: receivers take every signature for a forgery', '{name} TXT {record}'],
    ['в {name} опубликован не тот ключ, которым подписывается почта: получатели считают каждую подпись поддельной', '{name} TXT {record}']),
  'queue.good': text({ waiting: 0 },
    ({ waiting }) => [waiting === 0 ? 'nothing waits' : `${waiting} waiting, and being sent`],
    ({ waiting }) => [waiting === 0 ? 'ничего не ждёт' : `ждёт: ${waiting}, идёт отправка`]),
  'queue.old': text({ minutes: 200, folder: SPOOL },
    ({ minutes, folder }) => [
      `a mail has waited ${hours(minutes, { hours: 'h', minutes: 'min' })}`,
      `mailshim queue list --spool ${folder} says why; once that is resolved, mailshim queue run tries all now`,
    ],
    ({ minutes, folder }) => [
      `письмо ждёт уже ${hours(minutes, { hours: 'ч', minutes: 'мин' })}`,
      `mailshim queue list --spool ${folder} скажет почему; когда причина устранена, mailshim queue run попробует всё сейчас`,
    ]),
  'queue.unsent': text({ count: 3, folder: SPOOL },
    ['mails that wait: {count}; and no sender is at work', 'mailshim queue run --spool {folder} sends them now'],
    ['писем в очереди: {count}, и никто их не отправляет', 'mailshim queue run --spool {folder} отправит их сейчас']),
  'queue.failed': text({ count: 2, reason: '550 5.1.1 no such user', folder: SPOOL },
    ({ count, reason, folder }) => [
      `mails that could not be delivered: ${count}${reason === '' ? '' : `; the last one: ${reason}`}`,
      `mailshim queue list --failed --spool ${folder} shows them; mailshim queue retry, or delete, with the id, ends it`,
    ],
    ({ count, reason, folder }) => [
      `недоставленных писем: ${count}${reason === '' ? '' : `; последнее: ${reason}`}`,
      `mailshim queue list --failed --spool ${folder} покажет их; дальше mailshim queue retry или delete с номером письма`,
    ]),
} as const;
