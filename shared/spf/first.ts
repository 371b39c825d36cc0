// The first SPF record of a domain that has none; pure (RFC 7208).
import { providerOfMx } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import { mergeSpf } from './correct.ts';

export interface KnownSenders {
  /** Addresses that the user said send the domain's mail. */
  ips: readonly string[];
  /** Hosts that receive the domain's mail: whoever has the mailboxes sends the answers. */
  mxHosts: readonly string[];
}

/**
 * A record that names the given addresses and those who have the mailboxes: a provider by the include of its
 * documentation, another mail server by `mx`. It ends in `~all`, since part of it is inferred.
 * @returns '' where nothing is known, or where a provider documents no include: a record without it would shut out the
 * domain's own mailboxes
 */
export function firstSpf({ ips, mxHosts }: KnownSenders): string {
  const providers = new Set(mxHosts.map(providerOfMx));
  const includes = [...providers].filter((provider) => provider !== undefined).map(includeOf);
  if (includes.includes(undefined)) return '';
  const terms = [...(providers.has(undefined) ? ['mx'] : []), ...includes.map((include) => `include:${include}`)];
  if (ips.length + terms.length === 0) return '';
  return mergeSpf('v=spf1 ~all', { ips, terms });
}

/** A filter in front of mailboxes does not say who has them. */
function includeOf({ kind, spf }: Provider): string | undefined {
  return kind === 'filter' ? undefined : spf?.include;
}
