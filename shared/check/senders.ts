// The sending addresses of a domain: those given by the user, else those of its SPF record.
import { registrableDomain } from '../dmarc/public-suffix.ts';
import { type Resolver, recordsOf } from '../dns/types.ts';
import { providerOfMx, providerOfSpfName } from '../providers/lookup.ts';
import { proxyOf } from '../providers/proxies.ts';
import { correctedSpf } from '../spf/correct.ts';
import { inspectSpf } from '../spf/inspect.ts';
import { staticText } from '../spf/macro.ts';
import { parseSpfRecord } from '../spf/parse.ts';
import { fetchRecord } from '../spf/record.ts';
import type { Mechanism, SpfRecord } from '../spf/types.ts';
import { isWithin } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** A shop has one relay with one or two addresses; more are a provider's. */
const MAX_ASSUMED = 2;

/**
 * `given`: by the user. `published`: the only addresses of the SPF record, so that no other can pass. `inferred`: the record
 * has others too, or a host name that resolves to them; whether they send mail is unknown, and their findings cost no points.
 */
export type Origin = 'given' | 'published' | 'inferred';
export interface Sender {
  /** In canonical form. */
  ip: string;
  origin: Origin;
}

/**
 * The addresses to check where none is given. None where the record includes a mailbox or sending provider, or its `a`
 * and `mx` terms resolve to one or to a web proxy, which sends no mail. At most five queries.
 */
export async function assumedSenders(domain: string, resolver: Resolver): Promise<Sender[]> {
  const record = await meantRecordOf(domain, resolver);
  if (record === undefined || includesProvider(record)) return [];
  // A site builder's address in SPF sends no mail either.
  const allowed = allowedTerms(record);
  const single = allowed.flatMap(({ network, prefix4, prefix6 }) => {
    const isSingle = network !== undefined && (network.version === 4 ? prefix4 === 32 : prefix6 === 128);
    return isSingle && proxyOf(network) === undefined ? [network.text] : [];
  });
  const hosts = allowed.filter(({ name }) => name === 'a' || name === 'mx');
  if (single.length > 0) {
    const only = single.length <= MAX_ASSUMED && allowed.length === single.length + hosts.length;
    const origin = only && !redirects(record) && (await addNone(hosts, domain, single, resolver));
    return single.slice(0, MAX_ASSUMED).map((ip) => ({ ip, origin: origin ? 'published' : 'inferred' }));
  }
  for (const term of hosts) {
    const addresses = (await addressesOf(term, domain, resolver)) ?? [];
    if (addresses.length > 0) return addresses.slice(0, MAX_ASSUMED).map((ip) => ({ ip, origin: 'inferred' }));
  }
  return [];
}

/** The published record; where it is not valid, the corrected one: the senders are the same before and after the correction. */
async function meantRecordOf(domain: string, resolver: Resolver): Promise<SpfRecord | undefined> {
  const fetched = await fetchRecord(domain, resolver);
  if (fetched.kind === 'record' && fetched.record.problems.length === 0) return fetched.record;
  if (fetched.kind === 'error') return undefined;
  const { status, meant, texts, misplaced } = await inspectSpf(domain, resolver);
  const [text] = texts;
  const corrected = status === 'none' && text !== undefined ? correctedSpf(text) : undefined;
  const record = parseSpfRecord(meant?.text || corrected || misplaced?.text || '');
  return record.problems.length === 0 ? record : undefined;
}

/** Mechanisms that authorize senders, before `all`. */
function allowedTerms({ terms }: SpfRecord): Mechanism[] {
  const mechanisms = terms.filter((term): term is Mechanism => term.kind === 'mechanism');
  const end = mechanisms.findIndex(({ name }) => name === 'all');
  return (end === -1 ? mechanisms : mechanisms.slice(0, end)).filter(({ qualifier }) => qualifier === '+');
}

function redirects({ terms }: SpfRecord): boolean {
  return terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
}

/** A provider sends from its own addresses, and it is unknown which of them sends this domain's mail. */
function includesProvider({ terms }: SpfRecord): boolean {
  return terms.some((term) => {
    if (term.kind === 'invalid' || (term.name !== 'include' && term.name !== 'redirect')) return false;
    const spec = term.kind === 'modifier' ? term.value : term.domain;
    const name = spec === undefined ? undefined : staticText(spec);
    return name !== undefined && providerOfSpfName(name) !== undefined;
  });
}

/** Whether the terms add no address to the known ones; at most two of them are looked up. */
async function addNone(
  hosts: readonly Mechanism[],
  domain: string,
  known: readonly string[],
  resolver: Resolver,
): Promise<boolean> {
  if (hosts.length > 2) return false;
  const found = await Promise.all(hosts.map((term) => addressesOf(term, domain, resolver)));
  return found.every((addresses) => addresses?.every((ip) => known.includes(ip)) === true);
}

/** Addresses of an `a` or `mx` term that can be the domain's own sending host; undefined for those of a provider, a proxy or another domain's host. */
async function addressesOf(
  { name, domain: spec }: Mechanism,
  domain: string,
  resolver: Resolver,
): Promise<string[] | undefined> {
  const target = spec === undefined ? domain : staticText(spec);
  if (target === undefined || providerOfSpfName(target) !== undefined) return undefined;
  const host = name === 'a' ? target : await preferredHost(target, resolver);
  if (host === undefined) return [];
  // A mail server in another domain receives for many, and sends from other addresses.
  if (providerOfMx(host) !== undefined || (name === 'mx' && !isWithin(host, target))) return undefined;
  const answer = await resolver.query(host, 'A');
  // An alias into another zone is that of a web host, a content network or a mail service.
  const end = answer.kind === 'error' ? undefined : answer.aliases.at(-1);
  if (end !== undefined && registrableDomain(end) !== registrableDomain(host)) return undefined;
  const texts = recordsOf(answer);
  const ips = texts.flatMap((text) => parseIp(text) ?? []).filter((ip) => proxyOf(ip) === undefined);
  return ips.length < texts.length ? undefined : ips.map(({ text }) => text);
}

async function preferredHost(domain: string, resolver: Resolver): Promise<string | undefined> {
  const hosts = [...recordsOf(await resolver.query(domain, 'MX'))].sort(
    (one, other) => one.preference - other.preference,
  );
  return hosts[0]?.exchange;
}
