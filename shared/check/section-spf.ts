// The section of SPF: the record, and what it says of each sending address (RFC 7208).
import type { Resolver } from '../dns/types.ts';
import { spfInspectionFindings, spfOutcomeFindings, withoutAllClear } from '../findings/spf.rules.ts';
import { domainOfAddress } from '../message/address.ts';
import { providerOfMx } from '../providers/lookup.ts';
import { checkHost } from '../spf/check-host.ts';
import { inspectSpf, type SpfInspection } from '../spf/inspect.ts';
import { proposedSpf } from '../spf/propose.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { mailHosts } from './mail-hosts.ts';
import type { Asking, DomainRequest, Section, SectionRequest } from './section.ts';
import type { CheckContext } from './types.ts';

export async function spfSection(request: SectionRequest, budget: Asking, { now }: CheckContext): Promise<Section> {
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
    // What holds the reserve must not wait for what the reserve holds up.
    mxHostsOf(domain, resolver),
  ]);
  const mxHosts = inspection.status === 'none' ? await behindAliases(named, resolver) : named;
  const known = outcomes.slice(0, ips.length);
  // Once the record is merged for one address, it is for all that are given.
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
      { part: 'spf-record', weight: 2, known: inspection.status !== 'unknown' },
      { part: 'spf-result', weight: 2, known: evaluated || resultForAll(inspection) !== undefined },
    ],
  };
}

/** The given addresses that receivers can see: one of a network within is no sender, and has no place in an SPF record. */
export function publicIpsOf({ ips = [] }: DomainRequest): string[] {
  return ips.filter((text) => {
    const ip = parseIp(text);
    return ip === undefined || !isUnreachable(ip);
  });
}

/** The domain whose record receivers evaluate: that of the envelope sender (RFC 7208 section 2.4). */
function spfDomainOf({ domain, sender }: DomainRequest): string {
  const name = sender === undefined ? undefined : toAscii(domainOfAddress(sender));
  return name?.ok === true ? name.name : domain;
}

/** The result that every address gets, whichever it is (RFC 7208 sections 4.5 and 4.6). */
export function resultForAll({ status }: SpfInspection): 'none' | 'permerror' | undefined {
  if (status === 'several' || status === 'invalid') return 'permerror';
  return status === 'none' ? 'none' : undefined;
}

async function mxHostsOf(domain: string, resolver: Resolver): Promise<string[]> {
  return mailHosts(await resolver.query(domain, 'MX')).filter((host) => host !== '.' && host !== '');
}

/** Mail servers of which is asked whether their name is an alias: it is not allowed, but some name their provider so. */
const MAX_ALIASED = 4;

/** The hosts that the names lead to: the name of a provider's may be an alias in the domain's own zone. */
async function behindAliases(hosts: readonly string[], resolver: Resolver): Promise<string[]> {
  const unknown = hosts.filter((host) => providerOfMx(host) === undefined).slice(0, MAX_ALIASED);
  const targets = await Promise.all(
    unknown.map(async (host) => {
      const answer = await resolver.query(host, 'A');
      return answer.kind === 'error' ? host : (answer.aliases.at(-1) ?? host);
    }),
  );
  return hosts.map((host) => targets[unknown.indexOf(host)] ?? host);
}
