// The registrable domain by the public suffix list, as receivers of RFC 7489 section 3.2 determine it.
// The only file that imports the list, which adds 47 KB gzip to a bundle.
import { getDomain } from 'tldts';

/** One label below the public suffix, private section of the list included; null for a suffix itself or an address. */
export function registrableDomain(domain: string): string | null {
  return getDomain(domain, { allowPrivateDomains: true, validateHostname: false });
}
