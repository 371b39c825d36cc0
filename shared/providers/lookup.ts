// The domains of free mailboxes; the table of providers takes this file's place.

/** Domains in which anyone can have a mailbox. */
const FREE = new Map([
  ['gmail.com', 'Gmail'],
  ['googlemail.com', 'Gmail'],
  ['outlook.com', 'Outlook.com'],
  ['hotmail.com', 'Outlook.com'],
  ['live.com', 'Outlook.com'],
  ['yahoo.com', 'Yahoo'],
  ['icloud.com', 'iCloud'],
  ['mail.ru', 'Mail.ru'],
  ['bk.ru', 'Mail.ru'],
  ['inbox.ru', 'Mail.ru'],
  ['list.ru', 'Mail.ru'],
  ['yandex.ru', 'Yandex'],
  ['ya.ru', 'Yandex'],
  ['yandex.com', 'Yandex'],
]);

/** The provider in whose domain anyone can have a mailbox, such as gmail.com: only that provider can send from there. */
export function freeMailboxProvider(domain: string): { id: string; name: string } | undefined {
  const name = FREE.get(domain.toLowerCase().replace(/\.$/, ''));
  return name === undefined ? undefined : { id: name.toLowerCase(), name };
}
