// The mail domain of a web address: that of the shop, not of the host "www".
import { registrableDomain } from '../dmarc/public-suffix.ts';
import type { Resolver } from '../dns/types.ts';
import { isWithin } from '../text/domain.ts';

/** Names that are queried, from the typed one upwards. */
const MAX_NAMES = 4;

/**
 * The first name that has mail, from `name` up to its registrable domain: one with an MX host or with an SPF record that
 * authorizes a sender. The name itself without an answer; where none has mail, the name without its "www".
 */
export async function mailDomainOf(name: string, resolver: Resolver): Promise<string> {
  const top = registrableDomain(name);
  if (top === null || name === top || !isWithin(name, top)) return name;
  const labels = name.split('.');
  const names = labels.map((_, index) => labels.slice(index).join('.')).filter((one) => isWithin(one, top));
  for (const candidate of names.slice(0, MAX_NAMES)) {
    const has = await hasMail(candidate, resolver);
    if (has === null) return name;
    if (has) return candidate;
  }
  return name.replace(/^www\./, '');
}

/** Null without an answer. */
async function hasMail(name: string, resolver: Resolver): Promise<boolean | null> {
  const [mx, txt] = await Promise.all([resolver.query(name, 'MX'), resolver.query(name, 'TXT')]);
  if (mx.kind === 'error' || txt.kind === 'error') return null;
  // A null MX (RFC 7505) and a record that authorizes no server mean that the name has no mail.
  const receives = mx.kind === 'ok' && mx.records.some(({ exchange }) => exchange !== '.' && exchange !== '');
  const texts = txt.kind === 'ok' ? txt.records.map((strings) => strings.join('').trim()) : [];
  return receives || texts.some((text) => /^v=spf1(?: |$)/i.test(text) && !/^v=spf1 +-all$/i.test(text));
}
