// Which addresses send a domain's mail: those that the user gave, else those that its SPF record names.
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

/** A shop has one relay, of one or two addresses; more are a provider's. */
const MAX_ASSUMED = 2;

/**
 * `given`: the user said so. `published`: the SPF record names these addresses and no other, so that no other can pass.
 * `inferred`: the record names them beside others, or a host name in it leads there; whether mail leaves from them is
 * not known, and nothing about them costs points.
 */
export type Origin = 'given' | 'published' | 'inferred';
export interface Sender {
  /** In canonical form. */
  ip: string;
  origin: Origin;
}

/**
 * The addresses to check where none is given. None where the record includes a mailbox or sending provider, or its `a`
 * and `mx` terms lead to one or to a web proxy: mail does not leave from there. At most five questions.
 */
export async function assumedSenders(domain: string, resolver: Resolver): Promise<Sender[]> {
  const record = await meantRecordOf(domain, resolver);
  if (record === undefined || includesProvider(record)) return [];
  // A site builder's address that somebody wrote into SPF sends nothing either.
  const allowed = allowedTerms(record);
  const single = allowed
    .filter((term) => isSingleAddress(term) && proxyOf(term.network!) === undefined)
    .map(({ network }) => network!.text);
  const hosts = allowed.filter(({ name }) => name === 'a' || name === 'mx');
  if (single.length > 0) {
    const only = single.length <= MAX_ASSUMED && allowed.length === single.length + hosts.length;
    const origin = only && !redirects(record) && (await leadTo(hosts, domain, single, resolver));
    return single.slice(0, MAX_ASSUMED).map((ip) => ({ ip, origin: origin ? 'published' : 'inferred' }));
  }
  for (const term of hosts) {
    const addresses = (await addressesOf(term, domain, resolver)) ?? [];
    if (addresses.length > 0) return addresses.slice(0, MAX_ASSUMED).map((ip) => ({ ip, origin: 'inferred' }));
  }
  return [];
}

/** The published record; where it is not valid, what it was meant as: the senders are the same before and after it is corrected. */
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

/** Mechanisms that let someone send, in front of `all`. */
function allowedTerms({ terms }: SpfRecord): Mechanism[] {
  const mechanisms = terms.filter((term): term is Mechanism => term.kind === 'mechanism');
  const end = mechanisms.findIndex(({ name }) => name === 'all');
  return (end === -1 ? mechanisms : mechanisms.slice(0, end)).filter(({ qualifier }) => qualifier === '+');
}

function isSingleAddress({ network, prefix4, prefix6 }: Mechanism): boolean {
  return network !== undefined && (network.version === 4 ? prefix4 === 32 : prefix6 === 128);
}

function redirects({ terms }: SpfRecord): boolean {
  return terms.some((term) => term.kind === 'modifier' && term.name === 'redirect');
}

/** The provider sends from addresses of its own, and which of them sends this domain's mail cannot be seen. */
function includesProvider({ terms }: SpfRecord): boolean {
  return terms.some((term) => {
    if (term.kind === 'invalid' || (term.name !== 'include' && term.name !== 'redirect')) return false;
    const spec = term.kind === 'modifier' ? term.value : term.domain;
    const name = spec === undefined ? undefined : staticText(spec);
    return name !== undefined && providerOfSpfName(name) !== undefined;
  });
}

/** True where the terms add no address to those that the record names anyway; at most two of them are looked up. */
async function leadTo(
  hosts: readonly Mechanism[],
  domain: string,
  known: readonly string[],
  resolver: Resolver,
): Promise<boolean> {
  if (hosts.length > 2) return false;
  const found = await Promise.all(hosts.map((term) => addressesOf(term, domain, resolver)));
  return found.every((addresses) => addresses?.every((ip) => known.includes(ip)) === true);
}

/** Addresses of an `a` or `mx` term that can be the domain's own sending host; undefined where it leads to a provider, a proxy or another's host. */
async function addressesOf(
  { name, domain: spec }: Mechanism,
  domain: string,
  resolver: Resolver,
): Promise<string[] | undefined> {
  const target = spec === undefined ? domain : staticText(spec);
  if (target === undefined || providerOfSpfName(target) !== undefined) return undefined;
  const host = name === 'a' ? target : await preferredHost(target, resolver);
  if (host === undefined) return [];
  // A mail server of another's receives for many, and sends from elsewhere.
  if (providerOfMx(host) !== undefined || (name === 'mx' && !isWithin(host, target))) return undefined;
  const answer = await resolver.query(host, 'A');
  // An alias into another's zone is a web host's, a content network's or a mail service's.
  const end = answer.kind === 'error' ? undefined : answer.aliases.at(-1);
  if (end !== undefined && registrableDomain(end) !== registrableDomain(host)) return undefined;
  const ips = recordsOf(answer).map(parseIp);
  return ips.some((ip) => ip === undefined || proxyOf(ip) !== undefined) ? undefined : ips.map((ip) => ip!.text);
}

async function preferredHost(domain: string, resolver: Resolver): Promise<string | undefined> {
  const hosts = [...recordsOf(await resolver.query(domain, 'MX'))].sort(
    (one, other) => one.preference - other.preference,
  );
  return hosts[0]?.exchange;
}
