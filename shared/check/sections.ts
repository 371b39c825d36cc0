// The sections of a domain’s check, most important first: each gathers its facts, turns them into findings, and the parts of the score that it determined.

import { checkBimi } from '../bimi/record.ts';
import { discoverSelectors } from '../dkim/discover.ts';
import { inspectDkimKey } from '../dkim/inspect.ts';
import { discoverPolicy } from '../dmarc/discover.ts';
import { inspectDmarc } from '../dmarc/inspect.ts';
import { deadDestinations } from '../dmarc/report-hosts.ts';
import type { Fetch } from '../dns/doh.ts';
import { type Answer, isUnknown, type RecordData, type Resolver, recordsOf } from '../dns/types.ts';
import { checkDnsbl } from '../dnsbl/check.ts';
import { finding } from '../findings/catalog.ts';
import { dkimDiscoveryFindings, dkimKeysFindings } from '../findings/dkim.rules.ts';
import { dmarcDestinationFindings, dmarcRecordFindings } from '../findings/dmarc.rules.ts';
import { dnsblFindings } from '../findings/dnsbl.rules.ts';
import { mxFindings, reverseFindings } from '../findings/host.rules.ts';
import type { ScoredPart } from '../findings/score.ts';
import { spfInspectionFindings, spfOutcomeFindings, withoutAllClear } from '../findings/spf.rules.ts';
import {
  bimiFindings,
  caaFindings,
  daneFindings,
  dnssecFindings,
  mtaStsFindings,
  tlsRptFindings,
} from '../findings/tls.rules.ts';
import { domainOfAddress } from '../message/address.ts';
import { checkMx } from '../mx/check.ts';
import { providerOfMx } from '../providers/lookup.ts';
import { checkReverse } from '../rdns/reverse.ts';
import { checkHost } from '../spf/check-host.ts';
import { inspectSpf, type SpfInspection } from '../spf/inspect.ts';
import { proposedSpf } from '../spf/propose.ts';
import { readRecord } from '../spf/record.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { checkCaa } from '../tls/caa.ts';
import { checkDane } from '../tls/dane.ts';
import { checkMtaSts } from '../tls/mta-sts.ts';
import { checkTlsRpt } from '../tls/tls-rpt.ts';
import { mailHosts } from './mail-hosts.ts';
import type { DomainPart, DomainRequest, Resolvers, Run, Section, SectionRequest } from './section.ts';
import type { CheckContext } from './types.ts';
import { withWantedName } from './wanted-name.ts';
import { scored } from './weights.ts';

/** Priority 0 decides about delivery, 1 supports it, 2 is good practice. */
export const sections: readonly { part: DomainPart; priority: 0 | 1 | 2; run: Run }[] = [
  { part: 'spf', priority: 0, run: spfSection },
  { part: 'dmarc', priority: 0, run: dmarcSection },
  { part: 'dmarc', priority: 2, run: dmarcReportsSection },
  { part: 'ptr', priority: 0, run: ptrSection },
  // There are many guessed selectors, and a missing one means little.
  { part: 'dkim', priority: 1, run: dkimSection },
  { part: 'mx', priority: 1, run: mxSection },
  { part: 'dnsbl', priority: 1, run: dnsblSection },
  { part: 'dns', priority: 2, run: dnsSection },
  { part: 'mta-sts', priority: 2, run: mtaStsSection },
  { part: 'tls-rpt', priority: 2, run: tlsRptSection },
  { part: 'tls', priority: 2, run: tlsSection },
  { part: 'bimi', priority: 2, run: bimiSection },
];

export async function spfSection(request: SectionRequest, budget: Resolvers, { now }: CheckContext): Promise<Section> {
  const { inferredIps, helo } = request;
  const ips = publicIpsOf(request);
  const domain = spfDomainOf(request);
  const resolver = budget.at(0);
  const mailFrom = request.sender ?? `postmaster@${domain}`;
  const [inspection, outcomes, named] = await Promise.all([
    inspectSpf(domain, resolver),
    Promise.all(
      [...ips, ...inferredIps].map((ip) => checkHost({ ip, helo: helo ?? domain, mailFrom }, resolver, { now })),
    ),
    // A section that keeps the reserve must not wait for queries that the reserve delays.
    mxHostsOf(domain, resolver),
  ]);
  const mxHosts = inspection.status === 'none' ? await aliasTargets(named, resolver) : named;
  const known = outcomes.slice(0, ips.length);
  // A record that is extended for one address is extended for all given ones.
  const unauthorised = known.filter(({ result }) => result !== 'pass').map(({ ip }) => ip);
  const proposed = proposedSpf(inspection, ips, unauthorised);
  const findings = withoutAllClear([
    ...spfInspectionFindings(inspection, ips, mxHosts, unauthorised),
    ...outcomes.flatMap((outcome) =>
      spfOutcomeFindings(outcome, unauthorised, outcome.domain === inspection.domain ? proposed : ''),
    ),
  ]);
  const evaluated = known.length > 0 && known.every(({ result }) => result !== 'temperror');
  return {
    facts: { spf: { inspection, outcomes } },
    findings,
    parts: [
      scored('spf-record', inspection.status !== 'unknown'),
      scored('spf-result', evaluated || resultForAll(inspection) !== undefined),
    ],
  };
}

/** The given addresses that receivers can see: an internal one does not belong in an SPF record. */
export function publicIpsOf({ ips = [] }: DomainRequest): string[] {
  return ips.filter((text) => {
    const ip = parseIp(text);
    return ip === undefined || !isUnreachable(ip);
  });
}

/** The domain of the evaluated record: that of the envelope sender (RFC 7208 section 2.4). */
function spfDomainOf({ domain, sender }: DomainRequest): string {
  const name = sender === undefined ? undefined : toAscii(domainOfAddress(sender));
  return name?.ok === true ? name.name : domain;
}

/** The result for every address, where it does not depend on it (RFC 7208 sections 4.5 and 4.6). */
export function resultForAll({ status }: SpfInspection): 'none' | 'permerror' | undefined {
  if (status === 'several' || status === 'invalid') return 'permerror';
  return status === 'none' ? 'none' : undefined;
}

async function mxHostsOf(domain: string, resolver: Resolver): Promise<string[]> {
  return mailHosts(await resolver.query(domain, 'MX')).filter((host) => host !== '.' && host !== '');
}

/** Mail servers that are queried for an alias: it is not allowed, but some refer to their provider so. */
const MAX_ALIASED = 4;

/** The hosts that the names resolve to: a provider's host may have an alias in the domain's own zone. */
async function aliasTargets(hosts: readonly string[], resolver: Resolver): Promise<string[]> {
  const unknown = hosts.filter((host) => providerOfMx(host) === undefined).slice(0, MAX_ALIASED);
  const targets = await Promise.all(
    unknown.map(async (host) => {
      const answer = await resolver.query(host, 'A');
      return answer.kind === 'error' ? host : (answer.aliases.at(-1) ?? host);
    }),
  );
  return hosts.map((host) => targets[unknown.indexOf(host)] ?? host);
}

/** Selectors tried if none is given: the queries that the rest of a whole check leaves. */
const SELECTORS_TRIED = 8;

export async function dkimSection({ domain, selectors = [] }: SectionRequest, budget: Resolvers): Promise<Section> {
  const resolver = budget.at(selectors.length > 0 ? 0 : 1);
  const part = (known: boolean): ScoredPart => scored('dkim', known);
  if (selectors.length > 0) {
    const keys = await Promise.all(selectors.map((selector) => inspectDkimKey(domain, selector, resolver)));
    return {
      facts: { dkim: { keys } },
      findings: dkimKeysFindings(keys),
      parts: [part(keys.every(({ status }) => status !== 'unknown'))],
    };
  }
  const [mx, txt] = await Promise.all([resolver.query(domain, 'MX'), resolver.query(domain, 'TXT')]);
  const mxHosts = recordsOf(mx).map(({ exchange }) => exchange);
  const record = readRecord(txt);
  const terms = record.kind === 'record' ? record.record.terms.map(({ text }) => text) : [];
  const limits = { selectors: SELECTORS_TRIED };
  let discovery = await discoverSelectors({ domain, mxHosts, spfTerms: terms }, resolver, limits);
  if (discovery.verdict === 'not-found') {
    // Included records may show more providers; they are fetched by now, and most selectors were queried.
    const { targets } = await inspectSpf(domain, resolver);
    discovery = await discoverSelectors({ domain, mxHosts, spfTerms: [...terms, ...targets] }, resolver, limits);
  }
  // A key that guesses did not find may still exist.
  const known = discovery.verdict === 'found' || discovery.verdict === 'absent';
  return {
    facts: { dkim: { keys: discovery.keys, discovery } },
    findings: dkimDiscoveryFindings(discovery),
    parts: [part(known)],
  };
}

export async function dmarcSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const inspection = await inspectDmarc(domain, budget.at(0));
  return {
    facts: { dmarc: inspection },
    findings: dmarcRecordFindings(inspection),
    parts: [scored('dmarc', inspection.discovery.status !== 'unknown')],
  };
}

/** The destinations of DMARC reports; the inspection sends no query again, and the other queries have a low priority. */
export async function dmarcReportsSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const inspection = await inspectDmarc(domain, budget.at(0));
  const destinations = [...inspection.aggregateDestinations, ...inspection.failureDestinations];
  const dead = await deadDestinations(destinations, budget.at(2));
  return { facts: {}, findings: dmarcDestinationFindings(inspection, dead), parts: [] };
}

export async function ptrSection(
  { domain, ips = [], inferredIps, helo }: SectionRequest,
  budget: Resolvers,
): Promise<Section> {
  const resolver = budget.at(0);
  const all = [...ips, ...inferredIps];
  const outcomes = await Promise.all(
    all.map(async (ip) => withWantedName(domain, await checkReverse(ip, helo, resolver), resolver, ips)),
  );
  const known = ips.length > 0 && outcomes.slice(0, ips.length).every(({ result }) => result !== 'temperror');
  const findings =
    all.length === 0
      ? [finding('check.no-sending-ip', { domain })]
      : outcomes.flatMap((outcome) => reverseFindings(outcome, { domain }));
  return { facts: { ptr: outcomes }, findings, parts: [scored('ptr', known)] };
}

export async function mxSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const outcome = await checkMx(domain, budget.at(1));
  return {
    facts: { mx: outcome },
    findings: mxFindings(outcome),
    parts: [scored('mx', outcome.canReceive !== null)],
  };
}

export async function dnsblSection(
  { domain, ips = [], inferredIps }: SectionRequest,
  budget: Resolvers,
  { dnsblKey }: CheckContext,
): Promise<Section> {
  const outcome = await checkDnsbl(
    { domain, ip: [...ips, ...inferredIps] },
    budget.at(1),
    dnsblKey === undefined ? {} : { key: dnsblKey },
  );
  const own = outcome.listings.filter(({ subject }) => !inferredIps.includes(subject));
  const asked = ips.length > 0 && own.some(({ kind }) => kind === 'ip');
  const known = asked && own.every(({ status }) => status !== 'unknown');
  return { facts: { dnsbl: outcome }, findings: dnsblFindings(outcome), parts: [scored('dnsbl', known)] };
}

export async function dnsSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const resolver = budget.at(2);
  const [a, aaaa, ns, txt, caa] = await Promise.all([
    resolver.query(domain, 'A'),
    resolver.query(domain, 'AAAA'),
    resolver.query(domain, 'NS'),
    resolver.query(domain, 'TXT'),
    checkCaa(domain, resolver),
  ]);
  const signed = isUnknown(ns) ? null : ns.authenticated;
  const exists = existence([a, aaaa, ns, txt]);
  return {
    facts: {
      dns: {
        exists,
        a: [...recordsOf(a)],
        aaaa: [...recordsOf(aaaa)],
        ns: [...recordsOf(ns)],
        txt: texts(txt),
        signed,
        caa,
      },
    },
    findings: [...dnssecFindings(domain, exists === true ? signed : null), ...caaFindings(caa)],
    parts: [],
  };
}

/** NXDOMAIN for one type applies to all (RFC 8020); a dangling alias exists itself. */
function existence(answers: readonly Answer<unknown>[]): boolean | null {
  if (answers.some((answer) => answer.kind === 'ok' || answer.kind === 'nodata')) return true;
  const nx = answers.find((answer) => answer.kind === 'nxdomain');
  return nx === undefined || nx.kind !== 'nxdomain' ? null : nx.aliases.length > 0;
}

function texts(answer: Answer<RecordData['TXT']>): string[] {
  return recordsOf(answer).map((strings) => strings.join(''));
}

export async function mtaStsSection(
  { domain }: SectionRequest,
  budget: Resolvers,
  { fetch, now }: CheckContext,
): Promise<Section> {
  const resolver = budget.at(2);
  const mxHosts = mailHosts(await resolver.query(domain, 'MX'));
  const outcome = await checkMtaSts(domain, mxHosts, resolver, fetch && publicOnly(fetch, resolver), now);
  const id = now.toISOString().replace(/\D/g, '').slice(0, 14);
  return { facts: { 'mta-sts': outcome }, findings: mtaStsFindings(outcome, mxHosts, id), parts: [] };
}

/** The policy host is foreign, so it must not have an internal address. */
function publicOnly(fetch: Fetch, resolver: Resolver): Fetch {
  return async (url, init) => {
    const { hostname } = new URL(url);
    const answers = await Promise.all([resolver.query(hostname, 'A'), resolver.query(hostname, 'AAAA')]);
    const addresses = answers.flatMap((answer) => (answer.kind === 'ok' ? [...answer.records] : []));
    const unreachable = addresses.find((text) => {
      const ip = parseIp(text);
      return ip === undefined || isUnreachable(ip);
    });
    if (addresses.length === 0) throw new Error(`${hostname} has no address`);
    if (unreachable !== undefined)
      throw new Error(`${hostname} has the address ${unreachable}, which is not on the Internet`);
    return fetch(url, init, addresses);
  };
}

export async function tlsRptSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const resolver = budget.at(2);
  const [outcome, mx] = await Promise.all([checkTlsRpt(domain, resolver), resolver.query(domain, 'MX')]);
  const mxHosts = recordsOf(mx).map(({ exchange }) => exchange);
  return { facts: { 'tls-rpt': outcome }, findings: tlsRptFindings(outcome, mxHosts), parts: [] };
}

export async function tlsSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const mx = await budget.at(2).query(domain, 'MX');
  const outcome = await checkDane(mailHosts(mx), mx.kind === 'ok' && mx.authenticated, budget.at(2));
  return { facts: { tls: outcome }, findings: daneFindings(outcome), parts: [] };
}

export async function bimiSection({ domain }: SectionRequest, budget: Resolvers): Promise<Section> {
  const resolver = budget.at(2);
  // The organizational domain is that of DMARC, whose queries a whole check has already sent.
  const { organizationalDomain } = await discoverPolicy(domain, resolver);
  const outcome = await checkBimi(domain, resolver, organizationalDomain);
  return { facts: { bimi: outcome }, findings: bimiFindings(outcome), parts: [] };
}
