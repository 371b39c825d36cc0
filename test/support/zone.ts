// A DNS zone held in memory: the fake name server of unit tests, behaving as a recursive resolver would.
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from '../../shared/dns/types.ts';

/** What a test may write for a name: strings in zone-file form ("10 mx.example.org"), or how asking fails. */
export type ZoneRecords = {
  [T in RecordType]?: readonly (string | RecordData[T])[];
} & {
  /** Questions for this name fail: all types, or those named. */
  fail?: DnsErrorReason | Partial<Record<RecordType, DnsErrorReason>>;
  ttl?: number;
  authenticated?: boolean;
};
export type Zone = Record<string, ZoneRecords>;

export interface ZoneResolver extends Resolver {
  /** Every question asked, "TXT example.org", in order. */
  readonly asked: string[];
}

const MAX_ALIASES = 8;

/** NXDOMAIN only where nothing exists at or below the name (RFC 8020); empty non-terminals are NODATA. */
export function zoneResolver(zone: Zone): ZoneResolver {
  const names = new Map<string, ZoneRecords>();
  for (const [name, records] of Object.entries(zone)) names.set(fold(name), records);
  const exists = (name: string) => {
    if (names.has(name)) return true;
    for (const known of names.keys()) if (known.endsWith(`.${name}`)) return true;
    return false;
  };
  const asked: string[] = [];
  return {
    asked,
    async query<T extends RecordType>(rawName: string, type: T): Promise<Answer<RecordData[T]>> {
      let name = fold(rawName);
      asked.push(`${type} ${name}`);
      if (name === '' || name.length > 253 || name.split('.').some((label) => label === '' || label.length > 63)) {
        return { kind: 'error', reason: 'badname', detail: `${rawName} is not a name that can be asked for` };
      }
      const aliases: string[] = [];
      for (;;) {
        const records = names.get(name);
        const reason = typeof records?.fail === 'object' ? records.fail[type] : records?.fail;
        if (reason !== undefined) return { kind: 'error', reason, detail: `${type} ${name}` };
        const received = { ttl: records?.ttl ?? 300, aliases, authenticated: records?.authenticated ?? false };
        if (!exists(name)) return { kind: 'nxdomain', ...received };
        const alias = type === 'CNAME' ? undefined : records?.CNAME?.[0];
        if (alias !== undefined) {
          name = fold(alias);
          aliases.push(name);
          if (aliases.length > MAX_ALIASES) return { kind: 'error', reason: 'servfail', detail: 'CNAME loop' };
          continue;
        }
        const found = (records?.[type] ?? []) as readonly (string | RecordData[T])[];
        if (found.length === 0) return { kind: 'nodata', ...received };
        return { kind: 'ok', records: found.map((record) => parseRecord(type, record)), ...received };
      }
    },
  };
}

function fold(name: string): string {
  return name.toLowerCase().replace(/\.$/, '');
}

function parseRecord<T extends RecordType>(type: T, record: string | RecordData[T]): RecordData[T] {
  if (typeof record !== 'string') return record;
  const words = record.split(/\s+/);
  switch (type) {
    case 'MX':
      return { preference: Number(words[0]), exchange: fold(words[1]!) } as RecordData[T];
    case 'TXT':
      // One string here stands for one record; strings over 255 octets are split as a server would.
      return (record.match(/[\s\S]{1,255}/g) ?? ['']) as unknown as RecordData[T];
    case 'TLSA':
      return {
        usage: Number(words[0]),
        selector: Number(words[1]),
        matchingType: Number(words[2]),
        certificate: words.slice(3).join('').toLowerCase(),
      } as RecordData[T];
    case 'CAA':
      return {
        critical: (Number(words[0]) & 128) !== 0,
        tag: words[1]!,
        value: words.slice(2).join(' ').replace(/^"|"$/g, ''),
      } as RecordData[T];
    case 'CNAME':
    case 'NS':
    case 'PTR':
      return fold(record) as RecordData[T];
    default:
      return record as RecordData[T];
  }
}
