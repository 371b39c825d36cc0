// Whether mail for a domain has somewhere to go, as far as the domain's own records say (RFC 5321 section 5.1, RFC 7505).
import type { Resolver } from './types.ts';

/** The domain has an MX record that is not the null MX. One question; null where DNS did not say. */
export async function receivesMail(domain: string, resolver: Resolver): Promise<boolean | null> {
  const way = await mailWay(domain, resolver);
  return way === null ? null : way === 'mx';
}

/** 'mx': by MX records; 'null': the null MX; 'none': no such name; 'no-mx': an address could still take it; null: no answer. */
async function mailWay(domain: string, resolver: Resolver): Promise<'mx' | 'null' | 'none' | 'no-mx' | null> {
  const answer = await resolver.query(domain, 'MX');
  if (answer.kind === 'error') return answer.reason === 'badname' ? 'none' : null;
  if (answer.kind === 'nxdomain') return 'none';
  if (answer.kind === 'nodata' || answer.records.length === 0) return 'no-mx';
  return answer.records.some(({ exchange }) => exchange !== '.' && exchange !== '') ? 'mx' : 'null';
}

/** Why mail for the domain cannot arrive: the null MX, or no mail server at all. At most three questions. */
export async function whyNoMail(domain: string, resolver: Resolver): Promise<'null-mx' | 'no-host' | null> {
  const way = await mailWay(domain, resolver);
  if (way === 'null') return 'null-mx';
  if (way === 'none') return 'no-host';
  if (way !== 'no-mx') return null;
  const addresses = await Promise.all([resolver.query(domain, 'A'), resolver.query(domain, 'AAAA')]);
  return addresses.every(({ kind }) => kind === 'nodata' || kind === 'nxdomain') ? 'no-host' : null;
}
