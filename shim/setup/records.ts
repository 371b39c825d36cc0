// The DNS records that a shop needs to send mail: from the answers of `mailshim init` and what is published.

import type { Resolver } from '../../shared/dns/types.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider, providerOfMx, providersOf } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { joinedSpf, looksLikeSpf, mergeSpf } from '../../shared/spf/correct.ts';
import { sameName } from '../../shared/text/domain.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { defined } from '../defined.ts';
import type { SetupOptions } from './options.ts';

export type RecordPurpose =
  | 'address'
  | 'mx'
  | 'spf'
  | 'dkim'
  | 'dmarc'
  | 'ptr'
  | 'bounce-mx'
  | 'bounce-spf'
  | 'mta-sts'
  | 'tls-rpt';

export interface WantedRecord {
  purpose: RecordPurpose;
  /** Full name without the final dot. */
  name: string;
  type: 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR';
  value: string;
  /** `new`, `change` (replaces what is published), or `there`: nothing to do. */
  action: 'new' | 'change' | 'there';
  /** Set by the hosting provider that owns the address. */
  byHost?: true;
}

export interface Published {
  /** TXT texts at the domain; undefined where DNS did not answer. */
  domainTexts?: readonly string[];
  dmarcTexts?: readonly string[];
  /** Host names; undefined where DNS did not answer. */
  mx?: readonly string[];
  /** The same at the domain of the envelope sender. */
  bounceTexts?: readonly string[];
  bounceMx?: readonly string[];
  /** Addresses of the relay's name. */
  addresses?: readonly string[];
  /** Names of each address in reverse DNS. */
  names?: Readonly<Record<string, readonly string[]>>;
  /** TXT texts at each DKIM name. */
  dkimTexts?: Readonly<Record<string, readonly string[]>>;
}

export interface WantedMail {
  domain: string;
  /** Host name of the relay. */
  relay: string;
  /** The owner of the relay, where that is not the shop. */
  provider?: Provider;
  /** Addresses that the relay sends from. */
  ips: readonly string[];
  /** Selector and the text to publish for its key. */
  keys: readonly { selector: string; record: string }[];
  /** Host that is to receive the domain's mail; undefined: MX stays. */
  mx?: string;
  /** Domain of the envelope sender, where it has one of its own. */
  bounces?: string;
  /** Where reports go. */
  reportTo: string;
  tlsReports: boolean;
  published: Published;
}

/** In the order in which they are best published. */
export function wantedRecords(wanted: WantedMail): WantedRecord[] {
  const { domain, relay, ips, keys, reportTo, tlsReports, published } = wanted;
  // The shop cannot publish records in such a zone.
  if (freeMailboxProvider(domain) !== undefined) return [];
  const records: WantedRecord[] = [];
  const isOwnName = relay === domain || relay.endsWith(`.${domain}`);
  if (isOwnName) {
    for (const ip of ips) {
      const action = published.addresses?.includes(ip) === true ? 'there' : 'new';
      records.push({ purpose: 'address', name: relay, type: ip.includes(':') ? 'AAAA' : 'A', value: ip, action });
    }
  }
  records.push(...mxRecord(wanted), ...spfRecord(wanted));
  for (const { selector, record } of keys) {
    const name = `${selector}._domainkey.${domain}`;
    const action = actionFor(published.dkimTexts?.[name] ?? [], record);
    records.push({ purpose: 'dkim', name, type: 'TXT', value: record, action });
  }
  const dmarc = (published.dmarcTexts ?? []).filter((text) => /^v=DMARC1/.test(text));
  const policy = dmarc.length === 1 ? dmarc[0]! : `v=DMARC1; p=none; rua=mailto:${reportTo}`;
  const action = actionFor(dmarc, policy);
  records.push({ purpose: 'dmarc', name: `_dmarc.${domain}`, type: 'TXT', value: policy, action });
  for (const ip of ips) {
    // A name that does not resolve to the address does not count (RFC 8601 section 2.7.3).
    if (!isOwnName && published.addresses?.includes(ip) !== true) continue;
    const action = actionFor(published.names?.[ip] ?? [], relay);
    records.push({ purpose: 'ptr', name: reverseName(parseIp(ip)!), type: 'PTR', value: relay, action, byHost: true });
  }
  records.push(...bounceRecords(wanted));
  if (tlsReports) {
    const value = `v=TLSRPTv1; rua=mailto:${reportTo}`;
    records.push({ purpose: 'tls-rpt', name: `_smtp._tls.${domain}`, type: 'TXT', value, action: 'new' });
  }
  return records;
}

/** The action where only this value may be published. */
function actionFor(there: readonly string[], value: string): WantedRecord['action'] {
  if (there.length === 0) return 'new';
  return there.length === 1 && there[0] === value ? 'there' : 'change';
}

// The relay only sends: replies and bounces go to the current MX, or to the host of --mx.
function mxRecord({ domain, mx, published }: WantedMail): WantedRecord[] {
  if (mx === undefined) return [];
  const there = published.mx ?? [];
  const action = there.includes(mx) ? 'there' : there.length === 0 ? 'new' : 'change';
  return [{ purpose: 'mx', name: domain, type: 'MX', value: `10 ${mx}`, action }];
}

// RFC 7208 section 3.2: a domain has one record, so that a new sender joins the one that is there.
function spfRecord({ domain, ips, provider, published }: WantedMail): WantedRecord[] {
  const texts = (published.domainTexts ?? []).filter(looksLikeSpf);
  const terms = includesOf(provider, texts);
  // The record of the domain itself is not evaluated for mail whose return path is the provider's.
  if (ips.length === 0 && (provider?.returnPath === 'provider' || provider?.spf?.include === undefined)) return [];
  const name = { purpose: 'spf', name: domain, type: 'TXT' } as const;
  const [text] = texts;
  if (text === undefined) {
    const owners = [...new Set((published.mx ?? []).map(providerOfMx))];
    const mailboxes = owners.flatMap((owner) => includesOf(owner, terms));
    // Other senders of the domain are not known: none is to be rejected.
    return [{ ...name, value: mergeSpf('v=spf1 ~all', { ips, terms: [...terms, ...mailboxes] }), action: 'new' }];
  }
  if (texts.length > 1) {
    const isStrict = texts.every((one) => /(?:^|\s)-all\b/i.test(one));
    const joined = isStrict ? joinedSpf(texts) : joinedSpf(texts).replace(/ -all\b/, ' ~all');
    return [{ ...name, value: mergeSpf(joined, { ips, terms }), action: 'change' }];
  }
  // With "all" a redirect is ignored (RFC 7208 section 6.1): an include was intended.
  const idle = /\s[+\-~?]?all(?:\s|$)/i.test(text) ? /\sredirect=(\S+)/i.exec(text)?.[1] : undefined;
  const base = idle === undefined ? text : text.replace(/\s+redirect=\S+/gi, '');
  const value = mergeSpf(base, { ips, terms: [...(idle === undefined ? [] : [`include:${idle}`]), ...terms] });
  return [{ ...name, value, action: value === text ? 'there' : 'change' }];
}

/** The relay receives bounces, unless another host does already; and it alone sends with that envelope sender. */
function bounceRecords({ bounces, relay, ips, published }: WantedMail): WantedRecord[] {
  if (bounces === undefined) return [];
  const texts = (published.bounceTexts ?? []).filter(looksLikeSpf);
  const spf = mergeSpf(texts.length === 1 ? texts[0]! : 'v=spf1 -all', { ips, terms: [] });
  const isReceived = (published.bounceMx ?? []).length > 0;
  return [
    ...(isReceived
      ? []
      : [{ purpose: 'bounce-mx', name: bounces, type: 'MX', value: `10 ${relay}`, action: 'new' } as const]),
    { purpose: 'bounce-spf', name: bounces, type: 'TXT', value: spf, action: actionFor(texts, spf) },
  ];
}

/** The include of the provider, unless a record has it. */
function includesOf(provider: Provider | undefined, texts: readonly string[]): string[] {
  const include = provider?.spf?.include;
  if (provider === undefined || include === undefined) return [];
  const named = providersOf(
    [],
    texts.flatMap((text) => text.split(/\s+/)),
  );
  return named.includes(provider) ? [] : [`include:${include}`];
}

/** Without the records that DNS did not answer. */
export async function lookUp(
  setup: SetupOptions,
  selectors: readonly string[],
  resolver: Resolver,
): Promise<Published> {
  const { domain, relay, ips } = setup;
  const bounces = setup.bounces === undefined ? undefined : domainOfAddress(setup.bounces);
  const all = async <T extends 'TXT' | 'MX' | 'A' | 'AAAA' | 'PTR'>(name: string, type: T) => {
    const answer = await resolver.query(name, type);
    if (answer.kind === 'error') return undefined;
    return answer.kind === 'ok' ? answer.records : [];
  };
  const texts = async (name: string) => (await all(name, 'TXT'))?.map((strings) => strings.join(''));
  const entries = async (names: readonly string[], ask: (name: string) => Promise<readonly string[] | undefined>) => {
    const found = await Promise.all(names.map(ask));
    return Object.fromEntries(names.flatMap((name, at) => (found[at] === undefined ? [] : [[name, found[at]]])));
  };
  const [domainTexts, dmarcTexts, mx, four, six, names, dkimTexts, bounceTexts, bounceMx] = await Promise.all([
    texts(domain),
    texts(`_dmarc.${domain}`),
    all(domain, 'MX'),
    all(relay, 'A'),
    all(relay, 'AAAA'),
    entries(ips, (ip) => all(reverseName(parseIp(ip)!), 'PTR')),
    entries(
      selectors.map((selector) => `${selector}._domainkey.${domain}`),
      texts,
    ),
    bounces === undefined ? undefined : texts(bounces),
    bounces === undefined ? undefined : all(bounces, 'MX'),
  ]);
  return {
    ...defined({ domainTexts, dmarcTexts, mx: mx?.map(({ exchange }) => exchange) }),
    ...defined({ bounceTexts, bounceMx: bounceMx?.map(({ exchange }) => exchange) }),
    addresses: [...(four ?? []), ...(six ?? [])].map((address) => parseIp(address)?.text ?? address),
    names,
    dkimTexts,
  };
}

/** Empty where there are none, or DNS does not answer. */
export async function addressesOf(name: string, resolver: Resolver): Promise<string[]> {
  if (parseIp(name) !== undefined) return [];
  const answers = await Promise.all([resolver.query(name, 'A'), resolver.query(name, 'AAAA')]);
  return answers.flatMap((answer) => (answer.kind === 'ok' ? [...answer.records] : []));
}

/** Hosts of one domain that are checked: more than any shop has. */
const MAX_HOSTS = 20;

export interface RelayHost {
  domain: string;
  names: readonly string[];
  addresses: readonly string[];
}

export interface RelayAmongMx {
  host: string;
  address?: string;
  /** No other host receives. */
  only: boolean;
}

/** The host of the domain's MX that is the relay, by name or address; undefined where none is, or DNS does not answer. */
export async function relayAmongMx(own: RelayHost, resolver: Resolver): Promise<RelayAmongMx | undefined> {
  const answer = await resolver.query(own.domain, 'MX');
  if (answer.kind !== 'ok') return undefined;
  return relayAmong(
    answer.records.map(({ exchange }) => exchange.replace(/\.$/, '')).filter((host) => host !== ''),
    own,
    resolver,
  );
}

/** The same of known hosts; without a resolver by their names only. */
export async function relayAmong(
  hosts: readonly string[],
  { names, addresses }: RelayHost,
  resolver: Resolver | undefined,
): Promise<RelayAmongMx | undefined> {
  const looked = await Promise.all(
    hosts.slice(0, MAX_HOSTS).map(async (host) => {
      const found = (resolver === undefined ? [] : await addressesOf(host, resolver)).map(
        (address) => parseIp(address)?.text ?? address,
      );
      const address = found.find((each) => addresses.includes(each));
      const isOwn = address !== undefined || names.some((name) => sameName(name, host));
      return { host, isOwn, ...(address === undefined ? {} : { address }) };
    }),
  );
  const first = looked.find(({ isOwn }) => isOwn);
  if (first === undefined) return undefined;
  const { isOwn, ...at } = first;
  return { ...at, only: hosts.length === looked.length && looked.every((each) => each.isOwn) };
}
