// The sections of hosts: those that send, those that receive, block lists, and the zone itself.
import { type Answer, isUnknown, type RecordData, recordsOf } from '../dns/types.ts';
import { checkDnsbl } from '../dnsbl/check.ts';
import { finding } from '../findings/catalog.ts';
import { dnsblFindings } from '../findings/dnsbl.rules.ts';
import { mxFindings, reverseFindings } from '../findings/host.rules.ts';
import { caaFindings, dnssecFindings } from '../findings/tls.rules.ts';
import { checkMx } from '../mx/check.ts';
import { checkReverse } from '../rdns/reverse.ts';
import { checkCaa } from '../tls/caa.ts';
import type { Asking, Section, SectionRequest } from './section.ts';
import type { CheckContext } from './types.ts';
import { withWantedName } from './wanted-name.ts';

export async function ptrSection(
  { domain, ips = [], inferredIps, helo }: SectionRequest,
  budget: Asking,
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
  return { facts: { ptr: outcomes }, findings, parts: [{ part: 'ptr', weight: 2, known }] };
}

export async function mxSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const outcome = await checkMx(domain, budget.at(1));
  return {
    facts: { mx: outcome },
    findings: mxFindings(outcome),
    parts: [{ part: 'mx', weight: 1, known: outcome.canReceive !== null }],
  };
}

export async function dnsblSection(
  { domain, ips = [], inferredIps }: SectionRequest,
  budget: Asking,
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
  return { facts: { dnsbl: outcome }, findings: dnsblFindings(outcome), parts: [{ part: 'dnsbl', weight: 3, known }] };
}

export async function dnsSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
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

/** NXDOMAIN for one type holds for all (RFC 8020); an alias that leads nowhere exists itself. */
function existence(answers: readonly Answer<unknown>[]): boolean | null {
  if (answers.some((answer) => answer.kind === 'ok' || answer.kind === 'nodata')) return true;
  const nx = answers.find((answer) => answer.kind === 'nxdomain');
  return nx === undefined || nx.kind !== 'nxdomain' ? null : nx.aliases.length > 0;
}

function texts(answer: Answer<RecordData['TXT']>): string[] {
  return recordsOf(answer).map((strings) => strings.join(''));
}
