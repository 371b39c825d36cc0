// What of the records of a shop's mail is in DNS already.

import type { Resolver } from '../../shared/dns/types.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { sameName } from '../../shared/text/domain.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';
import { defined } from '../defined.ts';
import type { Published } from './records.ts';
import type { Wish } from './wish.ts';

/** What DNS did not answer is left out. */
export async function lookUp(wish: Wish, selectors: readonly string[], resolver: Resolver): Promise<Published> {
  const { domain, relay, ips } = wish;
  const bounces = wish.bounces === undefined ? undefined : domainOfAddress(wish.bounces);
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

/** Empty where there are none, or DNS is silent. */
export async function addressesOf(name: string, resolver: Resolver): Promise<string[]> {
  if (parseIp(name) !== undefined) return [];
  const answers = await Promise.all([resolver.query(name, 'A'), resolver.query(name, 'AAAA')]);
  return answers.flatMap((answer) => (answer.kind === 'ok' ? [...answer.records] : []));
}

/** Hosts of one domain that are looked at: more than any domain of a shop has. */
const MAX_HOSTS = 20;

export interface OwnMachine {
  domain: string;
  names: readonly string[];
  addresses: readonly string[];
}

export interface AtRelay {
  host: string;
  address?: string;
  /** No other host receives. */
  only: boolean;
}

/** The host of the domain's MX that is this machine, by name or by address; undefined where none is, or DNS is silent. */
export async function relayAmongMx(own: OwnMachine, resolver: Resolver): Promise<AtRelay | undefined> {
  const answer = await resolver.query(own.domain, 'MX');
  if (answer.kind !== 'ok') return undefined;
  return relayAmong(
    answer.records.map(({ exchange }) => exchange.replace(/\.$/, '')).filter((host) => host !== ''),
    own,
    resolver,
  );
}

/** The same of hosts that are known; without a resolver by their names alone. */
export async function relayAmong(
  hosts: readonly string[],
  { names, addresses }: OwnMachine,
  resolver: Resolver | undefined,
): Promise<AtRelay | undefined> {
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
