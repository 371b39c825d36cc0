// The shops of a relay as main.cf keeps them: a comment for each domain with its addresses, logins and forwarded mail.

import { postfixNetwork, type RelayOptions } from './options.ts';

/** A comment for Postfix, which `mailshim relay list` reads. */
export const SHOP_MARK = '# mailshim shop: ';
export const SHOPS_HEADING =
  '# mailshim shops, written by "mailshim relay postfix" and shown by "mailshim relay list".';

export interface Shop {
  /** Null: written by hand, or before shops were named. */
  domain: string | null;
  /** As mynetworks has them: networks, and in the shop without a domain also files and tables. */
  allow: string[];
  logins: string[];
  /** Forwarded mail; `@shop.example` is the whole domain. */
  receive: { address: string; mailbox: string }[];
}

/** The lines for the options. */
export function shopLines({ domains, allow, saslUsers, receive }: RelayOptions): string[] {
  return domains.map((domain) =>
    [
      domain,
      ...allow.map(postfixNetwork),
      ...saslUsers.map((user) => `login:${user}`),
      ...receive
        .filter(({ address }) => address.endsWith(`@${domain}`))
        .map(({ address, mailbox }) => `to:${address}=${mailbox}`),
    ].join(' '),
  );
}

/** Networks that every relay allows, as Postfix and Debian write them. */
const LOOPBACK = /^(?:127\.|\[?::1\]?(?:\/128)?$|\[?::ffff:127\.)/i;

/**
 * Shops in the order of main.cf, and at the end other networks and logins, as a shop without a domain.
 * `networks` are the words of mynetworks. Never throws: an empty line is ignored.
 */
export function shopsOf(main: string, networks: readonly string[], logins: readonly string[]): Shop[] {
  const shops: Shop[] = [];
  for (const line of main.split('\n')) {
    if (!line.startsWith(SHOP_MARK)) continue;
    const [domain, ...words] = line.slice(SHOP_MARK.length).split(/\s+/).filter(Boolean);
    if (domain === undefined) continue;
    const shop: Shop = { domain, allow: [], logins: [], receive: [] };
    for (const word of words) {
      const [, address, mailbox] = /^to:([^=]+)=(.+)$/.exec(word) ?? [];
      if (word.startsWith('login:')) shop.logins.push(word.slice('login:'.length));
      else if (address !== undefined && mailbox !== undefined) shop.receive.push({ address, mailbox });
      else shop.allow.push(word);
    }
    shops.push(shop);
  }
  const known = new Set(shops.flatMap(({ allow }) => allow.map(bareNetwork)));
  const allow = networks.filter((word) => !LOOPBACK.test(word) && !known.has(bareNetwork(word)));
  const others = logins.filter((login) => !shops.some((shop) => shop.logins.includes(login)));
  if (allow.length + others.length > 0) shops.push({ domain: null, allow: [...allow], logins: others, receive: [] });
  return shops;
}

/** One form for `203.0.113.5` and `203.0.113.5/32`, `[2001:db8::5]` and `2001:db8::5/128`. */
function bareNetwork(word: string): string {
  const bare = word.replace(/[[\]]/g, '').toLowerCase();
  return bare.includes(':') ? bare.replace(/\/128$/, '') : bare.replace(/\/32$/, '');
}

const WORDS = {
  en: {
    none: 'No shop may send through this relay.',
    unnamed: 'without a shop',
    allow: 'addresses',
    logins: 'logins',
    receive: 'mail to',
    goes: 'is forwarded to',
    anywhere: 'from any address',
  },
  ru: {
    none: 'Ни одному магазину не разрешено отправлять через этот релей.',
    unnamed: 'магазин не указан',
    allow: 'адреса',
    logins: 'логины',
    receive: 'почта для',
    goes: 'пересылается на',
    anywhere: 'с любого адреса',
  },
} as const;

/** For a terminal: a paragraph for each shop. */
export function shopsText(shops: readonly Shop[], lang: 'en' | 'ru'): string {
  const words = WORDS[lang];
  if (shops.length === 0) return `${words.none}\n`;
  const paragraphs = shops.map(({ domain, allow, logins, receive }) =>
    [
      domain ?? `(${words.unnamed})`,
      ...(allow.length + logins.length === 0 ? [] : [`  ${words.allow}: ${allow.join(' ') || words.anywhere}`]),
      ...(logins.length === 0 ? [] : [`  ${words.logins}: ${logins.join(' ')}`]),
      ...receive.map(({ address, mailbox }) => `  ${words.receive} ${address} ${words.goes} ${mailbox}`),
    ].join('\n'),
  );
  return `${paragraphs.join('\n')}\n`;
}
