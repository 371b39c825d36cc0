// What a proposed record does to the zone: which of the records at its name it replaces.
import type { Change } from '../dns/overlay.ts';
import type { DnsRecord } from '../findings/define.ts';
import { looksLikeSpf } from '../spf/correct.ts';
import { toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** Up to 255 bytes, the most of one character-string (RFC 1035 section 3.3). */
const STRINGS = /.{1,255}/g;

/** The change that publishing the record makes; undefined where its value is not one of its type. */
export function changeOf(record: DnsRecord): Change | undefined {
  const { name, type, value } = record;
  switch (type) {
    case 'TXT': {
      if (value === '' || /[^\x20-\x7e]/.test(value)) return undefined;
      const strings = value.match(STRINGS) ?? [];
      // Beside an SPF record the name has other texts, which stay; the names of the other standards have one record.
      const isReplaced = looksLikeSpf(value) ? looksLikeSpf : () => true;
      return { name, type, change: (present) => [...present.filter((one) => !isReplaced(one.join(''))), strings] };
    }
    case 'A':
    case 'AAAA': {
      const ip = parseIp(value);
      if (ip === undefined || ip.version !== (type === 'A' ? 4 : 6)) return undefined;
      return { name, type, change: (present) => [...new Set([...present, ip.text])] };
    }
    case 'PTR':
    case 'CNAME': {
      const target = toAscii(value);
      return target.ok ? { name, type, change: () => [target.name] } : undefined;
    }
    case 'MX':
      return mxChange(record);
    default:
      return undefined;
  }
}

/** Takes the place of the record that the finding is about, else joins those that are there; a null MX is alone (RFC 7505). */
function mxChange({ name, value, replaces }: DnsRecord): Change | undefined {
  const [, digits, host] = /^(\d{1,5}) (\S+)$/.exec(value) ?? [];
  if (digits === undefined || host === undefined) return undefined;
  const target = toAscii(host);
  if (host !== '.' && !target.ok) return undefined;
  const record = { preference: Number(digits), exchange: target.ok ? target.name : '' };
  const replaced = new Set(['', '.', record.exchange, replaces]);
  return {
    name,
    type: 'MX',
    change: (present) =>
      record.exchange === '' ? [record] : [...present.filter(({ exchange }) => !replaced.has(exchange)), record],
  };
}
