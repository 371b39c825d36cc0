// Whether a message passes DMARC, and which policy applies where it fails (RFC 9989 sections 4.4, 4.10.2 and 5.3).

import type { Resolver } from '../dns/types.ts';
import { domainOfAddress } from '../message/address.ts';
import { isWithin, toAscii } from '../text/domain.ts';
import { authorDomain, discoverPolicyWith } from './discover.ts';
import { oneLevelLower, strengthOf } from './enforcement.ts';
import type {
  AlignmentMode,
  DmarcOutcome,
  DmarcPolicy,
  DmarcProblem,
  DmarcResult,
  IdentifierAlignment,
  PolicyDiscovery,
} from './types.ts';
import { type RecordLookup, recordLookup, treeWalk } from './walk.ts';

/** A walk costs up to seven queries; ordinary mail has fewer signing domains than this. */
export const MAX_ALIGNMENT_WALKS = 10;

/** A domain that SPF or DKIM evaluated, with the result (RFC 8601 section 2.7). */
export interface Identifier {
  domain: string;
  result: string;
}

export interface DmarcInput {
  /** Domain of the header From, or the address; U-labels and capitals are accepted. */
  headerFrom: string;
  /** SPF of the envelope sender, or of HELO where that is empty. */
  spf?: Identifier;
  dkim?: readonly Identifier[];
}

export interface DmarcOptions {
  /** Registrable domain by the public suffix list; with it, the outcome has the alignment by that list too. */
  registrableDomain?: (domain: string) => string | null;
}

interface Side {
  domain: string;
  organizationalDomain: string | null;
}

/**
 * Aligned or not (RFC 9989 section 4.4); null where an organizational domain is needed and not known.
 * Domains are A-labels in lower case.
 */
export function isAligned(author: Side, identifier: Side, mode: AlignmentMode): boolean | null {
  if (author.domain === identifier.domain) return true;
  if (mode === 'strict') return false;
  if (author.organizationalDomain === null || identifier.organizationalDomain === null) return null;
  return author.organizationalDomain === identifier.organizationalDomain;
}

/**
 * Evaluates a message by the results of SPF and DKIM. Never throws; at most eight queries for the From domain, one for its
 * existence, seven for each of ten identifiers, every name once.
 * `temperror`: the result depends on a query without an answer. `permerror`: the From domain is not a domain name.
 */
export async function evaluateDmarc(
  input: DmarcInput,
  resolver: Resolver,
  options: DmarcOptions = {},
): Promise<DmarcOutcome> {
  const lookup = recordLookup(resolver);
  const discovery = await discoverPolicyWith(input.headerFrom, lookup);
  const { domain, organizationalDomain, record } = discovery;
  const problems = [...discovery.problems];
  const unusable = typeof authorDomain(input.headerFrom) !== 'string';

  const identifiers = await alignIdentifiers(input, discovery, lookup, options, problems);
  const { spf, dkim } = identifiers;
  const all = spf === undefined ? dkim : [spf, ...dkim];
  const applied = await appliedPolicy(discovery, resolver);
  if (applied?.problem !== undefined) problems.push(applied.problem);

  const result = resultOf();
  const { policy } = applied ?? {};
  return {
    result,
    domain,
    ...(discovery.policyDomain === undefined ? {} : { policyDomain: discovery.policyDomain }),
    organizationalDomain,
    ...(record === undefined ? {} : { record }),
    ...(discovery.source === undefined ? {} : { source: discovery.source }),
    ...(applied === undefined
      ? {}
      : { policyTag: applied.tag, publishedPolicy: applied.published, policy: applied.policy }),
    disposition: result === 'fail' && policy !== undefined ? policy : 'none',
    ...(spf === undefined ? {} : { spf }),
    dkim,
    steps: discovery.steps,
    problems,
    unknown: result === 'temperror',
    ttl: Math.min(discovery.ttl, identifiers.ttl, applied?.ttl ?? Infinity),
  };

  function resultOf(): DmarcResult {
    if (unusable) return addressOrNothing(problems) ? 'none' : 'permerror';
    if (discovery.status === 'unknown') return 'temperror';
    // RFC 9989 section 4.10.1: without a record, or with one without effect, DMARC does not apply.
    if (applied === undefined) return 'none';
    if (all.some((one) => one.aligned === true && one.result === 'pass')) return 'pass';
    // RFC 9989 section 5.3: an aligned identifier could still pass, or an identifier that passes could still align.
    const mayPass = all.some(
      (one) => (one.result === 'temperror' && one.aligned !== false) || (one.result === 'pass' && one.aligned === null),
    );
    return mayPass || applied.problem !== undefined ? 'temperror' : 'fail';
  }
}

/** No From domain, or an IP address, which cannot have a policy: "none" in RFC 9989 section 9.1. */
function addressOrNothing(problems: readonly DmarcProblem[]): boolean {
  return problems.some(({ id, detail }) => id === 'bad-domain' && (detail === 'empty' || detail === 'ip-address'));
}

interface Applied {
  tag: 'p' | 'sp' | 'np';
  published: DmarcPolicy;
  policy: DmarcPolicy;
  problem?: DmarcProblem;
  ttl: number;
}

async function appliedPolicy(discovery: PolicyDiscovery, resolver: Resolver): Promise<Applied | undefined> {
  const { record, source, domain } = discovery;
  if (record?.applied == null) return undefined;
  const { applied } = record;
  const take = (tag: Applied['tag'], published: DmarcPolicy, ttl: number, problem?: DmarcProblem): Applied => ({
    tag,
    published,
    policy: record.testing ? oneLevelLower(published) : published,
    ...(problem === undefined ? {} : { problem }),
    ttl,
  });
  if (source === 'domain') return take('p', applied.domain, Infinity);
  const inherited = record.subdomainPolicy === undefined ? 'p' : 'sp';
  if (applied.nonExistent === applied.subdomains) return take(inherited, applied.subdomains, Infinity);

  // RFC 9989 section 4.10.1: `np` applies to names that do not exist, by RFC 8020 those with NXDOMAIN for any type. A name
  // with a CNAME exists even where its target does not.
  const answer = await resolver.query(domain, 'A');
  if (answer.kind === 'error' && answer.reason !== 'badname') {
    // The milder of the two, so that the result is not stricter than the policy.
    const milder = strengthOf(applied.nonExistent) < strengthOf(applied.subdomains);
    const problem: DmarcProblem = {
      id: 'no-answer',
      tag: 'np',
      detail: `${answer.reason}: ${answer.detail}`,
      name: domain,
    };
    return take(milder ? 'np' : inherited, milder ? applied.nonExistent : applied.subdomains, 0, problem);
  }
  const exists = answer.kind !== 'error' && (answer.kind !== 'nxdomain' || answer.aliases.length > 0);
  const ttl = answer.kind === 'error' ? Infinity : answer.ttl;
  return exists ? take(inherited, applied.subdomains, ttl) : take('np', applied.nonExistent, ttl);
}

async function alignIdentifiers(
  input: DmarcInput,
  author: PolicyDiscovery,
  lookup: RecordLookup,
  { registrableDomain }: DmarcOptions,
  problems: DmarcProblem[],
): Promise<{ spf?: IdentifierAlignment; dkim: IdentifierAlignment[]; ttl: number }> {
  const modes = author.record?.alignment ?? { spf: 'relaxed', dkim: 'relaxed' };
  const walks = new Map<string, ReturnType<typeof treeWalk>>();
  let tooMany = false;

  // An organizational domain is the domain itself or above it, so only identifiers at or below the author's need a walk
  // (RFC 9989 section 4.10.2), which shares the answers for common names.
  const walk = (domain: string) => {
    const known = walks.get(domain);
    if (known !== undefined) return known;
    if (walks.size >= MAX_ALIGNMENT_WALKS) return undefined;
    const started = treeWalk(domain, lookup);
    walks.set(domain, started);
    return started;
  };

  const align = async ({ domain: written, result }: Identifier, mode: AlignmentMode): Promise<IdentifierAlignment> => {
    const name = toAscii(domainOfAddress(written));
    if (!name.ok) {
      return { domain: written, result, mode, aligned: false, reason: 'bad-domain', organizationalDomain: null };
    }
    const domain = name.name;
    const bySuffix = (): Pick<IdentifierAlignment, 'alignedBySuffixList'> => {
      if (registrableDomain === undefined) return {};
      const registrable = registrableDomain(domain);
      const related = mode === 'relaxed' && registrable !== null && registrable === registrableDomain(author.domain);
      return { alignedBySuffixList: domain === author.domain || related };
    };
    const as = (
      aligned: boolean | null,
      reason: IdentifierAlignment['reason'],
      organizationalDomain: string | null = null,
    ): IdentifierAlignment => ({ domain, result, mode, aligned, reason, organizationalDomain, ...bySuffix() });

    if (domain === author.domain) return as(true, 'same-domain', author.organizationalDomain);
    if (mode === 'strict') return as(false, 'strict-wants-same-domain');
    const organization = author.organizationalDomain;
    if (organization === null) {
      // Domains under different top-level domains never have the same organizational domain.
      return sameTop(domain, author.domain) ? as(null, 'no-answer') : as(false, 'different-organization');
    }
    if (!isWithin(domain, organization)) return as(false, 'different-organization');
    const walked = await walk(domain);
    if (walked === undefined) {
      tooMany = true;
      return as(null, 'not-looked-at');
    }
    const own = walked.organizationalDomain;
    const aligned = isAligned(author, { domain, organizationalDomain: own }, mode);
    if (aligned === null) return as(null, 'no-answer');
    return as(aligned, aligned ? 'same-organization' : 'different-organization', own);
  };

  // Those that pass get the walks first, since they decide.
  const signatures = (input.dkim ?? []).map((identifier, index) => ({ identifier, index }));
  signatures.sort((a, b) => Number(b.identifier.result === 'pass') - Number(a.identifier.result === 'pass'));
  const dkim: IdentifierAlignment[] = [];
  const aligningSpf = input.spf === undefined ? undefined : align(input.spf, modes.spf);
  await Promise.all(
    signatures.map(async ({ identifier, index }) => {
      dkim[index] = await align(identifier, modes.dkim);
    }),
  );
  const spf = await aligningSpf;
  if (tooMany) problems.push({ id: 'too-many-identifiers', tag: '', detail: String(MAX_ALIGNMENT_WALKS) });
  const ttls = (await Promise.all(walks.values())).map(({ ttl }) => ttl);
  return { ...(spf === undefined ? {} : { spf }), dkim, ttl: Math.min(Infinity, ...ttls) };
}

function sameTop(a: string, b: string): boolean {
  return a.slice(a.lastIndexOf('.') + 1) === b.slice(b.lastIndexOf('.') + 1);
}
