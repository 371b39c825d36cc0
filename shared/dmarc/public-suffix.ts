// The registrable domain by the public suffix list, as receivers that still follow RFC 7489 section 3.2 find it.
// The only file that needs the list: it weighs 47 KB gzip in a bundle.
import { getDomain } from 'tldts';

/** One label below the public suffix, private section of the list included; null for a suffix itself or an address. */
export function registrableDomain(domain: string): string | null {
  return getDomain(domain, { allowPrivateDomains: true, validateHostname: false });
}
