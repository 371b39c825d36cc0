// Placeholder until the table of providers is there.

export interface Provider {
  name: string;
}

const FREE: ReadonlySet<string> = new Set([
  ...['gmail.com', 'googlemail.com', 'outlook.com', 'hotmail.com', 'live.com', 'yahoo.com', 'icloud.com', 'aol.com'],
  ...['mail.ru', 'bk.ru', 'inbox.ru', 'list.ru', 'yandex.ru', 'yandex.com', 'ya.ru', 'rambler.ru', 'gmx.de', 'web.de'],
]);

/** The provider at whose domain everybody gets a mailbox, undefined for other domains. */
export function freeMailboxProvider(domain: string): Provider | undefined {
  const name = domain.toLowerCase();
  return FREE.has(name) ? { name } : undefined;
}
