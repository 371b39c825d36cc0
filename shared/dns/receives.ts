// Whether a domain can receive mail, by its DNS records (RFC 5321 section 5.1, RFC 7505).
import type { Resolver } from './types.ts';

/** The domain has an MX record that is not the null MX. One query; null without an answer. */
export async function receivesMail(domain: string, resolver: Resolver): Promise<boolean | null> {
  const kind = await mxOf(domain, resolver);
  return kind === null ? null : kind === 'mx';
}

/** 'mx': MX records; 'null': the null MX; 'none': no such name; 'no-mx': an address may receive it; null: no answer. */
async function mxOf(domain: string, resolver: Resolver): Promise<'mx' | 'null' | 'none' | 'no-mx' | null> {
  const answer = await resolver.query(domain, 'MX');
  if (answer.kind === 'error') return answer.reason === 'badname' ? 'none' : null;
  if (answer.kind === 'nxdomain') return 'none';
  if (answer.kind === 'nodata' || answer.records.length === 0) return 'no-mx';
  return answer.records.some(({ exchange }) => exchange !== '.' && exchange !== '') ? 'mx' : 'null';
}

/** Why the domain cannot receive mail: the null MX, or no mail server. At most three queries. */
export async function whyNoMail(domain: string, resolver: Resolver): Promise<'null-mx' | 'no-host' | null> {
  const kind = await mxOf(domain, resolver);
  if (kind === 'null') return 'null-mx';
  if (kind === 'none') return 'no-host';
  if (kind !== 'no-mx') return null;
  const addresses = await Promise.all([resolver.query(domain, 'A'), resolver.query(domain, 'AAAA')]);
  return addresses.every((answer) => answer.kind === 'nodata' || answer.kind === 'nxdomain') ? 'no-host' : null;
}
