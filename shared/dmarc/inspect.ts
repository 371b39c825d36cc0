// The DMARC setup of a domain, without a message: policy, report addresses, and misplaced records (RFC 9989, RFC 9990).
import { receivesMail } from '../dns/receives.ts';
import type { Resolver } from '../dns/types.ts';
import { isWithin } from '../text/domain.ts';
import { type ReportDestination, verifyReportDestinations } from './destinations.ts';
import { discoverPolicyWith } from './discover.ts';
import { oneLevelLower } from './enforcement.ts';
import { readIntent } from './intent.ts';
import { looksLikeDmarc, parseDmarc } from './parse.ts';
import { registrableDomain } from './public-suffix.ts';
import { parseReportUris } from './report-uri.ts';
import type { DmarcPolicy, DmarcRecord, PolicyDiscovery, ReportUri } from './types.ts';
import { type RecordLookup, recordLookup, treeWalk } from './walk.ts';

export interface DmarcInspection {
  discovery: PolicyDiscovery;
  /** The policy for mail from this domain, after `t=y`; absent where there is none. */
  policy?: DmarcPolicy;
  /** Of `rua`, one for each domain. */
  aggregateDestinations: ReportDestination[];
  /** Of `ruf`. */
  failureDestinations: ReportDestination[];
  /** Whether the domain of the record receives mail, so that reports could go there; absent where the record names addresses. */
  takesReports?: boolean | null;
  /** A DMARC record at a wrong name; searched only where no policy was found. */
  misplaced?: { name: string; text: string };
  /** The result of the public suffix list, which receivers of RFC 7489 use. */
  suffixList: {
    registrableDomain: string | null;
    /** Not the organizational domain of the tree walk. */
    differs: boolean;
  };
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/** The basis of a corrected record: its domain and the texts at its name. */
export interface RecordSubject {
  domain: string;
  /** Empty where there is no record. */
  texts: string[];
}

/**
 * Inspects a domain's DMARC; never throws. At most 8 + 4 queries, one for the domain's MX, and those for report addresses in
 * other domains.
 */
export async function inspectDmarc(domain: string, resolver: Resolver): Promise<DmarcInspection> {
  const lookup = recordLookup(resolver);
  const discovery = await discoverPolicyWith(domain, lookup);
  const ttls = [discovery.ttl];
  const hasNone = discovery.status === 'none' && discovery.steps[0]?.status === 'none';
  const misplaced = hasNone ? await findMisplaced(discovery.domain, resolver) : undefined;
  if (misplaced !== undefined) ttls.push(misplaced.ttl);
  const registrable = registrableDomain(discovery.domain);
  const { organizationalDomain } = discovery;
  const suffixList = {
    registrableDomain: registrable,
    // Without a record there is no alignment.
    differs:
      discovery.status === 'found' &&
      registrable !== null &&
      organizationalDomain !== null &&
      registrable !== organizationalDomain,
  };

  const subject = recordSubject({ discovery, suffixList, ...(misplaced === undefined ? {} : { misplaced }) });
  const { aggregate, failure } = addressesOf(subject, discovery);
  const corrected = withRecordAt(subject, lookup);
  const ofSubject =
    subject.texts.length === 0 ? null : (await treeWalk(subject.domain, corrected)).organizationalDomain;
  const verified = (uris: readonly ReportUri[]) =>
    verifyReportDestinations(subject.domain, ofSubject, uris, resolver, corrected);
  const [aggregateDestinations, failureDestinations, takesReports] = await Promise.all([
    verified(aggregate),
    verified(failure),
    aggregate.some(({ domain: at }) => at !== '') || discovery.steps.length === 0
      ? undefined
      : receivesMail(subject.domain, resolver),
  ]);
  for (const { status, ttl } of [...aggregateDestinations, ...failureDestinations]) {
    if (status === 'unknown') ttls.push(0);
    else if (ttl !== undefined) ttls.push(ttl);
  }

  const policy = policyOf(discovery);
  return {
    discovery,
    ...(policy === undefined ? {} : { policy }),
    aggregateDestinations,
    failureDestinations,
    ...(takesReports === undefined ? {} : { takesReports }),
    ...(misplaced === undefined ? {} : { misplaced: { name: misplaced.name, text: misplaced.text } }),
    suffixList,
    ttl: Math.min(...ttls),
  };
}

/** The record in force, else the text that was meant as one, with the domain where the corrected one belongs. */
export function recordSubject({
  discovery,
  misplaced,
  suffixList,
}: Pick<DmarcInspection, 'discovery' | 'misplaced' | 'suffixList'>): RecordSubject {
  const { domain, record, policyDomain, source, organizationalDomain, steps } = discovery;
  if (source === 'public-suffix') return { domain: organizationalDomain ?? domain, texts: [] };
  if (record !== undefined && policyDomain !== undefined) return { domain: policyDomain, texts: [record.text] };
  if (misplaced !== undefined) return { domain, texts: [misplaced.text] };
  const registrable = suffixList.registrableDomain ?? domain;
  const discarded = steps.find(
    (step) => (step.status === 'several' || step.status === 'invalid') && isWithin(step.domain, registrable),
  );
  return discarded === undefined
    ? { domain: registrable, texts: [] }
    : { domain: discarded.domain, texts: discarded.texts ?? [] };
}

/** The answers as they will be with a correct record published: it may decide the organizational domain. */
function withRecordAt({ domain, texts }: RecordSubject, lookup: RecordLookup): RecordLookup {
  return async (name) => {
    const looked = await lookup(name);
    const { status } = looked.step;
    if (name !== domain || texts.length === 0 || status === 'record' || status === 'unknown') return looked;
    return { ...looked, step: { domain, status: 'record', record: parseDmarc('v=DMARC1; p=none') } };
  };
}

/** The addresses that receivers use, and those that they would use if they were valid. */
function addressesOf({ texts }: RecordSubject, { record }: PolicyDiscovery) {
  const intent = readIntent(texts);
  const all = (tag: 'rua' | 'ruf', used: readonly ReportUri[] = []) => [
    ...used,
    ...intent[tag]
      .flatMap((uri) => parseReportUris(uri, tag).uris)
      .filter(({ uri }) => !used.some((one) => one.uri === uri)),
  ];
  const own: Partial<DmarcRecord> = texts.length === 0 ? {} : (record ?? {});
  return { aggregate: all('rua', own.aggregateReports), failure: all('ruf', own.failureReports) };
}

// A domain that is checked is assumed to exist, so `np` does not apply.
function policyOf({ record, source }: PolicyDiscovery): DmarcPolicy | undefined {
  if (record?.applied == null) return undefined;
  const published = source === 'domain' ? record.applied.domain : record.applied.subdomains;
  return record.testing ? oneLevelLower(published) : published;
}

/** At the domain itself, or at the name with the domain appended again, as some panels do. */
async function findMisplaced(
  domain: string,
  resolver: Resolver,
): Promise<{ name: string; text: string; ttl: number } | undefined> {
  // With the zone's name appended again, which for a subdomain is mostly the one above; or without the underscore.
  const above = registrableDomain(domain);
  const zones = [domain, ...(above === null || above === domain ? [] : [above])];
  const names = [domain, ...zones.map((zone) => `_dmarc.${domain}.${zone}`), `dmarc.${domain}`];
  const answers = await Promise.all(names.map(async (name) => ({ name, answer: await resolver.query(name, 'TXT') })));
  for (const { name, answer } of answers) {
    if (answer.kind !== 'ok') continue;
    const text = answer.records.map((strings) => strings.join('')).find(looksLikeDmarc);
    if (text !== undefined) return { name, text, ttl: answer.ttl };
  }
  return undefined;
}
