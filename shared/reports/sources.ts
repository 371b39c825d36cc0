// The sources of a domain's mail, from the rows of aggregate reports: the owner's, forwarders, and strangers.
import { providerOfMx, providerOfSpfName } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import { isWithin } from '../text/domain.ts';
import type { Disposition, PolicyResult } from './types.ts';

/** Rows of reports with the same outcome, added up. */
export interface SourceRow {
  sourceIp: string;
  messages: number;
  disposition: Disposition | null;
  /** Aligned results. */
  dkim: PolicyResult | null;
  spf: PolicyResult | null;
  envelopeFrom: string;
  /** Domain, selector, result of each signature. */
  dkimResults: readonly (readonly [string, string, string])[];
  spfDomain: string;
  spfResult: string;
  /** Type and comment of each reason for which the policy was not applied. */
  reasons: readonly (readonly [string, string])[];
  /** Milliseconds since 1970, days. */
  firstDay: number;
  lastDay: number;
}

/**
 * `yours-aligned`: it passes DMARC; `yours-unaligned`: a service that sends in the domain's name, but signs with its own
 * domain; `forwarder`: forwarded mail of the domain; `stranger`: no relation to the domain.
 */
export type SourceClass = 'yours-aligned' | 'yours-unaligned' | 'forwarder' | 'stranger';
export const SOURCE_CLASSES: readonly SourceClass[] = ['yours-aligned', 'yours-unaligned', 'forwarder', 'stranger'];

export interface Source {
  /** The provider's name, else that of the host, else the address. */
  name: string;
  /** Id in the table of providers, null for others. */
  provider: string | null;
  class: SourceClass;
  messages: number;
  /** Those that pass DMARC. */
  aligned: number;
  quarantined: number;
  rejected: number;
  /** Messages with an envelope sender of the domain for which SPF did not pass. */
  spfFailed: number;
  firstDay: number;
  lastDay: number;
  /** The largest first. */
  addresses: { ip: string; messages: number }[];
  /** Domains whose signatures pass. */
  dkimDomains: string[];
  /** Domains for which SPF passes. */
  spfDomains: string[];
  /** Comments of receivers: Gmail's "Sender requirement failed: …" and the like. */
  comments: string[];
}

/** Addresses, domains and comments of one source that are shown. */
const MAX_SHOWN = 10;
/** Sources that are returned, the largest ones. */
export const MAX_SOURCES = 200;

/** RFC 7489 appendix C and RFC 9990 section 3.1. */
const FORWARDED: ReadonlySet<string> = new Set(['forwarded', 'trusted_forwarder', 'mailing_list']);

/**
 * Groups the rows by provider, or by host.
 * @param domain the watched domain
 * @param hostOf the name of an address by its PTR record, where that was queried
 * @param networkOf the registered domain of a host: machines of one network are one source
 */
export function sourcesOf(
  rows: readonly SourceRow[],
  domain: string,
  hostOf: (ip: string) => string | undefined,
  networkOf: (host: string) => string,
): Source[] {
  // An address that passes once sends for the domain; its other mail is unaligned, not a stranger's.
  const passing = new Set(rows.filter((row) => row.spf === 'pass').map(({ sourceIp }) => sourceIp));
  const sources = new Map<string, Source>();
  for (const row of rows) {
    const host = hostOf(row.sourceIp);
    const provider = providerOf(row, domain, host);
    const kind = classOf(row, domain, provider, passing);
    const name = provider?.name ?? (host === undefined ? row.sourceIp : networkOf(host));
    const key = `${kind} ${provider?.id ?? ''} ${name}`;
    let source = sources.get(key);
    if (source === undefined) {
      source = newSource(name, provider?.id ?? null, kind, row);
      sources.set(key, source);
    }
    addRow(source, row, domain);
  }
  const all = [...sources.values()].sort((a, b) => b.messages - a.messages || (a.name < b.name ? -1 : 1));
  for (const { addresses } of all) addresses.sort((a, b) => b.messages - a.messages).splice(MAX_SHOWN);
  return all.slice(0, MAX_SOURCES);
}

/** Addresses to look up by PTR, the largest first: those without a provider by their domains. */
export function unnamedAddresses(rows: readonly SourceRow[], domain: string, most: number): string[] {
  const messages = new Map<string, number>();
  for (const row of rows) {
    if (providerOf(row, domain, undefined) !== undefined) continue;
    messages.set(row.sourceIp, (messages.get(row.sourceIp) ?? 0) + row.messages);
  }
  return [...messages]
    .sort(([, a], [, b]) => b - a)
    .slice(0, most)
    .map(([ip]) => ip);
}

/** By a domain that passed other than the owner's, then by the host; a domain that did not pass may be forged. */
function providerOf(row: SourceRow, domain: string, host: string | undefined): Provider | undefined {
  const passed = [
    ...(row.spfResult === 'pass' ? [row.spfDomain] : []),
    ...row.dkimResults.filter(([, , result]) => result === 'pass').map(([name]) => name),
  ].filter((name) => name !== '' && !isWithin(name, domain));
  for (const name of passed) {
    const provider = providerOfSpfName(name);
    if (provider !== undefined) return provider;
  }
  return host === undefined ? undefined : (providerOfMx(host) ?? providerOfSpfName(host));
}

function classOf(
  row: SourceRow,
  domain: string,
  provider: Provider | undefined,
  passing: ReadonlySet<string>,
): SourceClass {
  if (row.reasons.some(([type, comment]) => FORWARDED.has(type) || /\barc=pass\b/i.test(comment))) return 'forwarder';
  if (row.spf === 'pass') return 'yours-aligned';
  const known = passing.has(row.sourceIp);
  if (row.dkim === 'pass') {
    // A valid signature from a server that is not the domain's: forwarded mail with its original sender.
    return row.spfResult === 'pass' || known || provider?.kind === 'sending' ? 'yours-aligned' : 'forwarder';
  }
  // An invalid signature of the domain: a list or a forwarder changed the mail.
  if (row.dkimResults.some(([name, , result]) => isWithin(name, domain) && result === 'fail') && !known)
    return 'forwarder';
  return known || provider?.kind === 'sending' ? 'yours-unaligned' : 'stranger';
}

function newSource(name: string, provider: string | null, kind: SourceClass, { firstDay, lastDay }: SourceRow): Source {
  return {
    ...{
      name,
      provider,
      class: kind,
      messages: 0,
      aligned: 0,
      quarantined: 0,
      rejected: 0,
      spfFailed: 0,
      firstDay,
      lastDay,
    },
    ...{ addresses: [], dkimDomains: [], spfDomains: [], comments: [] },
  };
}

function addRow(source: Source, row: SourceRow, domain: string): void {
  const { messages, sourceIp } = row;
  source.messages += messages;
  if (row.dkim === 'pass' || row.spf === 'pass') source.aligned += messages;
  if (row.disposition === 'quarantine') source.quarantined += messages;
  if (row.disposition === 'reject') source.rejected += messages;
  if (row.spfResult !== 'pass' && row.spfDomain !== '' && isWithin(row.spfDomain, domain)) source.spfFailed += messages;
  source.firstDay = Math.min(source.firstDay, row.firstDay);
  source.lastDay = Math.max(source.lastDay, row.lastDay);
  const known = source.addresses.find(({ ip }) => ip === sourceIp);
  if (known !== undefined) known.messages += messages;
  else if (source.addresses.length < 100) source.addresses.push({ ip: sourceIp, messages });
  for (const [name, , result] of row.dkimResults) if (result === 'pass') remember(source.dkimDomains, name);
  if (row.spfResult === 'pass') remember(source.spfDomains, row.spfDomain);
  for (const [, comment] of row.reasons) remember(source.comments, comment);
}

function remember(list: string[], text: string): void {
  if (text !== '' && list.length < MAX_SHOWN && !list.includes(text)) list.push(text);
}
