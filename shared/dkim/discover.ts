// Finds the keys of a domain with unknown selectors: proof of absence first, then providers, then guesses (RFC 8020, RFC 6376 section 3.1).
import type { Resolver } from '../dns/types.ts';
import { providersOf } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import { toAscii } from '../text/domain.ts';
import { type DkimKeyOutcome, doubledKeys, doubledNames, inspectDkimKey, type KeyStatus } from './inspect.ts';

/** Selectors queried without a limit of the caller's: of the 45 queries of a whole check DKIM may use a third. */
export const MAX_SELECTORS = 12;
/** Defaults of signing software and guides: opendkim, Plesk, cPanel, ISPmanager, Postfix tutorials. */
const COMMON_SELECTORS: readonly string[] = [
  ...['default', 'mail', 'dkim', 'selector1', 's1', 'k1', 'google', 'key1', 'mail2', 'dkim1', 'smtp', 'email'],
];
/** No domain publishes a key here; an answer comes from a wildcard. */
const IMPROBABLE = 'mailshim-no-such-selector';

export interface DiscoverInput {
  domain: string;
  /** Names of the MX hosts. */
  mxHosts: readonly string[];
  /** Terms of the SPF record, `include:_spf.google.com` or the names alone. */
  spfTerms: readonly string[];
  /** Selectors from a message or the user; queried first, without limit. */
  known?: readonly string[];
}

export interface DiscoverLimits {
  selectors?: number;
}

export interface TriedSelector {
  selector: string;
  name: string;
  /** The reason for trying it. */
  because: 'known' | 'provider' | 'common';
  /** The name of the provider, where `because` is "provider". */
  provider?: string;
  status: KeyStatus;
}

export interface DiscoveryOutcome {
  domain: string;
  /** "absent": DNS says that no name exists below `_domainkey.domain`, and none of the names tried is answered. */
  domainkey: 'exists' | 'absent' | 'unknown';
  /** Every name below `_domainkey` has a record, so an answer alone does not mean a key. */
  wildcard: boolean;
  /** Every selector queried, in order. */
  tried: TriedSelector[];
  /** The published keys, usable or not. */
  keys: DkimKeyOutcome[];
  /**
   * Names that were only guessed and have a revoked key or a dangling alias: probably left over from a key change or a
   * former mail service.
   */
  retired: { name: string; how: 'revoked' | 'dangling' }[];
  /** Names of the providers that MX and SPF refer to. */
  providers: string[];
  /** Providers among them with individual selectors, which cannot be guessed. */
  unguessable: string[];
  /**
   * "found"; "absent" only where DNS denies `_domainkey` and every name tried; "not-found": the names tried have no key,
   * another may; "unknown": DNS did not answer.
   */
  verdict: 'found' | 'absent' | 'not-found' | 'unknown';
  /** The smallest TTL of the answers in seconds; absent where there was none. */
  ttl?: number;
}

/**
 * Looks for the keys of a domain.
 * @param limits `selectors`: the most that are queried (default: `MAX_SELECTORS`), in addition to two queries.
 * @returns what was tried and what was found; guesses alone never give "absent". Never rejects.
 */
export async function discoverSelectors(
  input: DiscoverInput,
  resolver: Resolver,
  limits: DiscoverLimits = {},
): Promise<DiscoveryOutcome> {
  const ascii = toAscii(input.domain);
  const domain = ascii.ok ? ascii.name : input.domain;
  const providers = providersOf(input.mxHosts, input.spfTerms);
  const outcome: DiscoveryOutcome = {
    domain,
    domainkey: 'unknown',
    wildcard: false,
    tried: [],
    keys: [],
    retired: [],
    providers: providers.map((provider) => provider.name),
    unguessable: providers.filter((provider) => provider.selectorsVary === true).map((provider) => provider.name),
    verdict: 'unknown',
  };
  if (!ascii.ok) return outcome;
  const seen = (ttl: number | undefined) => {
    if (ttl !== undefined) outcome.ttl = Math.min(outcome.ttl ?? ttl, ttl);
  };
  const candidates = candidatesOf(input, providers, limits.selectors ?? MAX_SELECTORS);
  const improbable = `${IMPROBABLE}._domainkey.${domain}`;

  // RFC 8020 section 2: NXDOMAIN means that no name exists below either. Some servers answer it also for names that only
  // have names below them, so all candidates are queried before the verdict is "absent".
  const [below, first] = await Promise.all([
    resolver.query(`_domainkey.${domain}`, 'TXT'),
    candidates[0] === undefined ? undefined : look(candidates[0]),
  ]);
  if (below.kind !== 'error') seen(below.ttl);
  const denied = below.kind === 'nxdomain' && !isThere(first?.key);
  // Where `_domainkey` is denied, a wildcard matters only if a name below it has an answer all the same.
  const probing = denied ? undefined : resolver.query(improbable, 'TXT');
  const rest = await Promise.all(candidates.slice(1).map(look));
  const answered = rest.some(({ key }) => isThere(key));
  const probe = await (probing ?? (answered ? resolver.query(improbable, 'TXT') : undefined));
  outcome.wildcard = probe?.kind === 'ok';
  const wild = probe?.kind === 'ok' ? probe.records.map((strings) => strings.join('')) : [];
  for (const one of [first, ...rest]) add(one, wild);
  const unanswered = outcome.tried.some((one) => one.status === 'unknown');
  outcome.domainkey = below.kind === 'error' ? 'unknown' : 'exists';
  // A name without an answer may be the one with the key.
  if (denied && !answered) outcome.domainkey = unanswered ? 'unknown' : 'absent';
  if (outcome.keys.length + outcome.retired.length === 0) outcome.keys = await doubled();
  outcome.verdict = verdictOf(outcome, unanswered);
  return outcome;

  /** Keys at names to which a panel added the domain again: one query finds out whether there are any. */
  async function doubled(): Promise<DkimKeyOutcome[]> {
    const selectors = candidates.map(({ selector }) => selector);
    for (const name of doubledNames(`_domainkey.${domain}`, domain)) {
      const answer = await resolver.query(name, 'TXT');
      if (answer.kind === 'error' || answer.kind === 'nxdomain') continue;
      const zone = name.slice(`_domainkey.${domain}.`.length);
      const keys = await doubledKeys(domain, selectors, zone, resolver);
      if (keys.length > 0) return keys;
    }
    return [];
  }

  async function look(candidate: Candidate): Promise<{ candidate: Candidate; key: DkimKeyOutcome }> {
    return {
      candidate,
      key: await inspectDkimKey(domain, candidate.selector, resolver, { misplaced: candidate.because === 'known' }),
    };
  }

  function add(one: { candidate: Candidate; key: DkimKeyOutcome } | undefined, wild: readonly string[] = []): void {
    if (one === undefined) return;
    const { candidate, key } = one;
    seen(key.ttl);
    // A wildcard's record is not a key of this selector, except where the selector was given.
    const fromWildcard = candidate.because !== 'known' && key.record !== undefined && wild.includes(key.record);
    const status = fromWildcard ? 'none' : key.status;
    outcome.tried.push({ ...candidate, name: key.name, status });
    const there =
      status === 'ok' || status === 'unusable' || status === 'revoked' || key.dangling || key.misplaced !== undefined;
    if (!there || fromWildcard) return;
    const retired = retiredBy(candidate, key);
    if (retired === undefined) outcome.keys.push(key);
    else outcome.retired.push({ name: key.name, how: retired });
  }
}

/** A name of a provider that MX or SPF refers to is meant for use today; a common one may be a former service's. */
function retiredBy({ because }: Candidate, key: DkimKeyOutcome): 'revoked' | 'dangling' | undefined {
  if (because === 'known') return undefined;
  if (key.status === 'revoked') return 'revoked';
  return key.dangling && key.misplaced === undefined && key.intendedAlias === undefined && because === 'common'
    ? 'dangling'
    : undefined;
}

/** DNS has a record at the name, usable or not. */
function isThere(key: DkimKeyOutcome | undefined): boolean {
  return key !== undefined && ((key.status !== 'none' && key.status !== 'unknown') || key.dangling);
}

function verdictOf({ keys, domainkey }: DiscoveryOutcome, unanswered: boolean): DiscoveryOutcome['verdict'] {
  if (keys.some((key) => key.status !== 'unknown')) return 'found';
  if (domainkey === 'absent') return 'absent';
  return unanswered || domainkey === 'unknown' ? 'unknown' : 'not-found';
}

type Candidate = Pick<TriedSelector, 'selector' | 'because' | 'provider'>;

function candidatesOf(input: DiscoverInput, providers: readonly Provider[], most: number): Candidate[] {
  const candidates = new Map<string, Candidate>();
  const add = (candidate: Candidate) => {
    if (!candidates.has(candidate.selector)) candidates.set(candidate.selector, candidate);
  };
  for (const selector of input.known ?? []) add({ selector, because: 'known' });
  const known = candidates.size;
  // The most likely one of each provider before the second of any.
  const longest = Math.max(0, ...providers.map(({ selectors = [] }) => selectors.length));
  for (let rank = 0; rank < longest; rank++) {
    for (const provider of providers) {
      const selector = provider.selectors?.[rank];
      if (selector !== undefined) add({ selector, because: 'provider', provider: provider.name });
    }
  }
  for (const selector of COMMON_SELECTORS) add({ selector, because: 'common' });
  return [...candidates.values()].slice(0, Math.max(known, most));
}
