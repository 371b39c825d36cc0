// The provider of a name: of an MX host, a name in an SPF record, a submission host, the domain of a mailbox.
import { fold } from '../text/domain.ts';
import { PROVIDERS } from './table.ts';
import type { Provider } from './types.ts';

/** The provider with this id, for `init --provider`. */
export function providerById(id: string): Provider | undefined {
  return PROVIDERS.find((provider) => provider.id === id.toLowerCase());
}

/** The name and all above it: a domain may have thousands of hosts, and each is found without searching the table. */
function* upwards(name: string): Generator<string> {
  let rest = fold(name);
  while (rest !== '') {
    yield rest;
    const dot = rest.indexOf('.');
    rest = dot === -1 ? '' : rest.slice(dot + 1);
  }
}

const MX_ENTRIES = PROVIDERS.flatMap(({ mx = [] }, index) => mx.map((pattern) => [pattern, index] as const));
/** Names that include all below them, and those with `*`, with the provider's index in the table. */
const MX_SUFFIXES = new Map([...MX_ENTRIES].reverse().filter(([pattern]) => !pattern.includes('*')));
const MX_PATTERNS = MX_ENTRIES.filter(([pattern]) => pattern.includes('*'));

/** The provider of an MX host; of several the first of the table. */
export function providerOfMx(host: string): Provider | undefined {
  let best = MX_PATTERNS.find(([pattern]) => matchesName(host, pattern))?.[1] ?? PROVIDERS.length;
  for (const name of upwards(host)) best = Math.min(best, MX_SUFFIXES.get(name) ?? best);
  return PROVIDERS[best];
}

const SPF_NAMES = new Map(
  PROVIDERS.flatMap((provider) => (provider.spf?.names ?? []).map((name) => [name, provider] as const)),
);

/** The provider of a name in an SPF record, in `include`, `redirect`, `a`, `mx` or `exists`. */
export function providerOfSpfName(name: string): Provider | undefined {
  // No name of the table is within another provider's.
  for (const one of upwards(name)) if (SPF_NAMES.has(one)) return SPF_NAMES.get(one);
  return undefined;
}

/** The provider whose customers submit at this host. */
export function providerOfSubmission(host: string): Provider | undefined {
  return PROVIDERS.find(({ submission }) => submission?.hosts.some((pattern) => matchesName(host, pattern)) === true);
}

const MAILBOX_DOMAINS = new Map(
  PROVIDERS.flatMap((provider) => (provider.mailboxDomains ?? []).map((domain) => [domain, provider] as const)),
);

/** The provider in whose domain anyone can have a mailbox, such as gmail.com: only that provider can send from there. */
export function freeMailboxProvider(domain: string): Provider | undefined {
  return MAILBOX_DOMAINS.get(fold(domain));
}

/** Providers of MX hosts and SPF terms, in the order of the table. Terms as written, or names alone. */
export function providersOf(mxHosts: readonly string[], spfTerms: readonly string[]): Provider[] {
  const names = spfTerms.map((term) =>
    term.replace(/^[+?~-]?(?:include|redirect|a|mx|exists)[:=]/i, '').replace(/\/.*$/, ''),
  );
  const found = new Set([...mxHosts.map(providerOfMx), ...names.map(providerOfSpfName)]);
  return PROVIDERS.filter((provider) => found.has(provider));
}

/** Matches the names of a form; `*` is any label. */
function matchesName(host: string, pattern: string): boolean {
  const labels = fold(host).split('.');
  const wanted = pattern.split('.');
  return labels.length === wanted.length && wanted.every((label, index) => label === '*' || label === labels[index]);
}
