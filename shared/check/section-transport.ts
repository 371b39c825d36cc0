// The sections of what protects mail on its way, and of the logo beside it.
import { checkBimi } from '../bimi/record.ts';
import { discoverPolicy } from '../dmarc/discover.ts';
import type { Fetch } from '../dns/doh.ts';
import { type Resolver, recordsOf } from '../dns/types.ts';
import { bimiFindings, daneFindings, mtaStsFindings, tlsRptFindings } from '../findings/tls.rules.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { checkDane } from '../tls/dane.ts';
import { checkMtaSts } from '../tls/mta-sts.ts';
import { checkTlsRpt } from '../tls/tls-rpt.ts';
import { mailHosts } from './mail-hosts.ts';
import type { Asking, Section, SectionRequest } from './section.ts';
import type { CheckContext } from './types.ts';

export async function mtaStsSection(
  { domain }: SectionRequest,
  budget: Asking,
  { fetch, now }: CheckContext,
): Promise<Section> {
  const resolver = budget.at(2);
  const mxHosts = mailHosts(await resolver.query(domain, 'MX'));
  const outcome = await checkMtaSts(domain, mxHosts, resolver, fetch && publicOnly(fetch, resolver), now);
  const id = now.toISOString().replace(/\D/g, '').slice(0, 14);
  return { facts: { 'mta-sts': outcome }, findings: mtaStsFindings(outcome, mxHosts, id), parts: [] };
}

/** The policy host is named by a stranger, so it must not be one that only this machine's network reaches. */
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

export async function tlsRptSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const resolver = budget.at(2);
  const [outcome, mx] = await Promise.all([checkTlsRpt(domain, resolver), resolver.query(domain, 'MX')]);
  const mxHosts = recordsOf(mx).map(({ exchange }) => exchange);
  return { facts: { 'tls-rpt': outcome }, findings: tlsRptFindings(outcome, mxHosts), parts: [] };
}

export async function tlsSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const mx = await budget.at(2).query(domain, 'MX');
  const outcome = await checkDane(mailHosts(mx), mx.kind === 'ok' && mx.authenticated, budget.at(2));
  return { facts: { tls: outcome }, findings: daneFindings(outcome), parts: [] };
}

export async function bimiSection({ domain }: SectionRequest, budget: Asking): Promise<Section> {
  const resolver = budget.at(2);
  // The organizational domain is DMARC's, whose questions are answered already in a whole check.
  const { organizationalDomain } = await discoverPolicy(domain, resolver);
  const outcome = await checkBimi(domain, resolver, organizationalDomain);
  return { facts: { bimi: outcome }, findings: bimiFindings(outcome), parts: [] };
}
