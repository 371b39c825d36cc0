// The record that a domain should publish instead of a faulty one (RFC 9989 section 4.7).
import { parseDmarc } from './parse.ts';
import type { DmarcRecord } from './types.ts';

const TAGS = 'v|p|sp|np|adkim|aspf|fo|rua|ruf|t|psd|pct|rf|ri';

/** Where the reports go if nobody has said: an address of the domain itself, which needs no consent. */
export function reportAddress(domain: string): string {
  return `mailto:dmarc@${domain}`;
}

/** A first record: nothing is refused, and reports say who sends in the domain's name. */
export function firstRecord(domain: string): string {
  return `v=DMARC1; p=none; rua=${reportAddress(domain)}`;
}

/** What a record says, written as it should be: obsolete and unknown parts left out, addresses mended, and some tags changed. */
export function correctedRecord(
  record: DmarcRecord,
  domain: string,
  change: {
    policy?: 'none' | 'quarantine';
    subdomainPolicy?: 'none' | 'quarantine' | 'reject';
    withReports?: boolean;
  } = {},
): string {
  const source = record.valid ? record : parseDmarc(recovered(record.text));
  const tags: [string, string][] = [['p', change.policy ?? source.policy ?? 'none']];
  const subdomains = change.subdomainPolicy ?? source.subdomainPolicy;
  if (subdomains !== undefined) tags.push(['sp', subdomains]);
  if (source.nonExistentPolicy !== undefined) tags.push(['np', source.nonExistentPolicy]);
  if (source.publicSuffix !== 'u') tags.push(['psd', source.publicSuffix]);
  // RFC 9989 appendix A.6: "t=y" says what "pct=0" said.
  if (source.testing || source.removed.includes('pct=0')) tags.push(['t', 'y']);
  if (source.alignment.dkim === 'strict') tags.push(['adkim', 's']);
  if (source.alignment.spf === 'strict') tags.push(['aspf', 's']);
  const aggregate = addresses(source, 'rua');
  if (aggregate.length === 0 && change.withReports) aggregate.push(reportAddress(domain));
  if (aggregate.length > 0) tags.push(['rua', aggregate.join(',')]);
  const failure = addresses(source, 'ruf');
  if (failure.length > 0) {
    tags.push(['ruf', failure.join(',')]);
    if (source.failureOptions.length > 0 && source.failureOptions.join(':') !== '0') {
      tags.push(['fo', source.failureOptions.join(':')]);
    }
  }
  return `v=DMARC1; ${tags.map(([name, value]) => `${name}=${value}`).join('; ')}`;
}

// An address without its "mailto:" is the mistake made most; anything else that is invalid is left out.
function addresses(record: DmarcRecord, tag: 'rua' | 'ruf'): string[] {
  const valid = tag === 'rua' ? record.aggregateReports : record.failureReports;
  const mended = record.problems.flatMap(({ id, tag: at, detail }) => {
    const address = /^(?:mailto:?\s*)?([^\s@:,;!]+@[a-z0-9.-]+\.[a-z0-9-]+)(?:![0-9kmgt]*)?$/i.exec(detail);
    return id === 'bad-report-uri' && at === tag && address !== null ? [`mailto:${address[1]}`] : [];
  });
  return [...new Set([...valid.map(({ uri }) => uri), ...mended])];
}

/** What a text that is no record was meant as: quotation marks gone, tags parted, the version in front. */
function recovered(text: string): string {
  const plain = text
    .slice(0, 4096)
    .replace(/["'“”\\]/g, '')
    .replace(/\s+/g, ' ')
    .replace(new RegExp(`[ ,](?=(?:${TAGS}) ?=)`, 'gi'), ';');
  const seen = new Set<string>();
  const tags = plain.split(';').filter((tag) => {
    const name = tag.split('=')[0]!.trim().toLowerCase();
    if (name === 'v' || name === '' || seen.has(name)) return false;
    seen.add(name);
    return true;
  });
  return ['v=DMARC1', ...tags].join(';');
}
