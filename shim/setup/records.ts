// The DNS records that a shop's mail needs, from the answers of `mailshim init` and what is published already; pure.

import { joinedSpf, looksLikeSpf, mergeSpf } from '../../shared/spf/correct.ts';
import { parseIp, reverseName } from '../../shared/text/ip.ts';

export type RecordPurpose = 'address' | 'mx' | 'spf' | 'dkim' | 'dmarc' | 'ptr' | 'mta-sts' | 'tls-rpt';

export interface WantedRecord {
  purpose: RecordPurpose;
  /** Full name without the final dot. */
  name: string;
  type: 'A' | 'AAAA' | 'MX' | 'TXT' | 'PTR';
  value: string;
  /** `new`, `change` (publish it in the place of what is there), or `there`: nothing to do. */
  action: 'new' | 'change' | 'there';
  /** Set by the owner of the address, which is the host and not the shop. */
  byHost?: true;
}

export interface Published {
  /** TXT texts at the domain; undefined where DNS did not answer. */
  domainTexts?: readonly string[];
  dmarcTexts?: readonly string[];
  /** Host names; undefined where DNS did not answer. */
  mx?: readonly string[];
  /** Addresses of the relay's name. */
  addresses?: readonly string[];
  /** Names of each address in reverse DNS. */
  names?: Readonly<Record<string, readonly string[]>>;
  /** TXT texts at each DKIM name. */
  dkimTexts?: Readonly<Record<string, readonly string[]>>;
}

export interface WantedMail {
  domain: string;
  /** Host name of the relay. */
  relay: string;
  /** Addresses that the relay sends from. */
  ips: readonly string[];
  /** Selector and the text to publish for its key. */
  keys: readonly { selector: string; record: string }[];
  /** Host that is to receive the domain's mail; undefined: whoever does today. */
  mx?: string;
  /** Where reports go. */
  reportTo: string;
  tlsReports: boolean;
  published: Published;
}

/** In the order in which they are best published. */
export function wantedRecords(wanted: WantedMail): WantedRecord[] {
  const { domain, relay, ips, keys, reportTo, tlsReports, published } = wanted;
  const records: WantedRecord[] = [];
  if (relay === domain || relay.endsWith(`.${domain}`)) {
    for (const ip of ips) {
      records.push({
        purpose: 'address',
        name: relay,
        type: ip.includes(':') ? 'AAAA' : 'A',
        value: ip,
        action: published.addresses?.includes(ip) === true ? 'there' : 'new',
      });
    }
  }
  records.push(...mxRecord(wanted), spfRecord(wanted));
  for (const { selector, record } of keys) {
    const name = `${selector}._domainkey.${domain}`;
    const texts = published.dkimTexts?.[name] ?? [];
    const action = texts.length === 0 ? 'new' : texts.length === 1 && texts[0] === record ? 'there' : 'change';
    records.push({ purpose: 'dkim', name, type: 'TXT', value: record, action });
  }
  const dmarc = (published.dmarcTexts ?? []).filter((text) => /^v=DMARC1/.test(text));
  if (dmarc.length === 1) {
    records.push({ purpose: 'dmarc', name: `_dmarc.${domain}`, type: 'TXT', value: dmarc[0]!, action: 'there' });
  } else {
    const value = `v=DMARC1; p=none; rua=mailto:${reportTo}`;
    records.push({
      purpose: 'dmarc',
      name: `_dmarc.${domain}`,
      type: 'TXT',
      value,
      action: dmarc.length === 0 ? 'new' : 'change',
    });
  }
  for (const ip of ips) {
    const names = published.names?.[ip] ?? [];
    records.push({
      purpose: 'ptr',
      name: reverseName(parseIp(ip)!),
      type: 'PTR',
      value: relay,
      action: names.length === 0 ? 'new' : names.length === 1 && names[0] === relay ? 'there' : 'change',
      byHost: true,
    });
  }
  if (tlsReports) {
    const value = `v=TLSRPTv1; rua=mailto:${reportTo}`;
    records.push({ purpose: 'tls-rpt', name: `_smtp._tls.${domain}`, type: 'TXT', value, action: 'new' });
  }
  return records;
}

// The relay only sends: whoever receives the domain's mail today, or is named, gets the answers and bounces.
function mxRecord({ domain, mx, published }: WantedMail): WantedRecord[] {
  if (mx === undefined) return [];
  const there = published.mx ?? [];
  const action = there.includes(mx) ? 'there' : there.length === 0 ? 'new' : 'change';
  return [{ purpose: 'mx', name: domain, type: 'MX', value: `10 ${mx}`, action }];
}

// RFC 7208 section 3.2: a domain has one record, so that a new sender joins the one that is there.
function spfRecord({ domain, ips, published }: WantedMail): WantedRecord {
  const texts = (published.domainTexts ?? []).filter(looksLikeSpf);
  const value = mergeSpf(texts.length === 0 ? undefined : joinedSpf(texts), { ips });
  const action = texts.length === 0 ? 'new' : texts.length === 1 && texts[0] === value ? 'there' : 'change';
  return { purpose: 'spf', name: domain, type: 'TXT', value, action };
}
