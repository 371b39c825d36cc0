// DANE for mail hosts: TLSA records, which apply only with DNSSEC (RFC 6698, RFC 7672).
import type { RecordData, Resolver } from '../dns/types.ts';
import { toAscii } from '../text/domain.ts';

/** Hosts that are looked up, the most preferred first; each costs a query. */
export const MAX_TLSA_HOSTS = 3;
const MAX_RECORDS = 8;
/** Bytes of the digests of RFC 6698 section 2.1.3, by matching type. */
const DIGEST_BYTES: Record<number, number> = { 1: 32, 2: 64 };

export type TlsaFault =
  /** RFC 7672 section 3.1.3: usages 0 and 1 are not used with SMTP. */
  | 'usage'
  | 'selector'
  | 'matching-type'
  /** The digest has the wrong length. */
  | 'length';

export interface TlsaHost {
  /** The mail host. */
  name: string;
  /** 'usable'; 'unsigned': without DNSSEC, so that senders ignore them; 'unusable': all are faulty; 'none'; 'unknown'. */
  status: 'usable' | 'unsigned' | 'unusable' | 'none' | 'unknown';
  records: { usage: number; selector: number; matchingType: number; fault: TlsaFault | null }[];
}

export interface DaneOutcome {
  /** The best status of any host; 'mixed': some hosts have usable records and others do not. */
  result: 'none' | 'usable' | 'mixed' | 'unsigned' | 'unusable' | 'unknown';
  hosts: TlsaHost[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/** The fault of a mail host's TLSA record, or null. Pure. */
export function tlsaFault({ usage, selector, matchingType, certificate }: RecordData['TLSA']): TlsaFault | null {
  if (usage !== 2 && usage !== 3) return 'usage';
  if (selector !== 0 && selector !== 1) return 'selector';
  if (matchingType !== 0 && DIGEST_BYTES[matchingType] === undefined) return 'matching-type';
  const bytes = DIGEST_BYTES[matchingType];
  if (!/^(?:[0-9a-f]{2})+$/i.test(certificate)) return 'length';
  return bytes !== undefined && certificate.length !== bytes * 2 ? 'length' : null;
}

/**
 * Looks up the TLSA records of mail hosts at `_25._tcp.`; never throws. `authenticatedMx`: the MX records of the hosts are
 * authenticated by DNSSEC, without which senders do not use DANE (RFC 7672 section 2.2.1).
 */
export async function checkDane(
  mxHosts: readonly string[],
  authenticatedMx: boolean,
  resolver: Resolver,
): Promise<DaneOutcome> {
  const outcome: DaneOutcome = { result: 'none', hosts: [], unknown: [], ttl: 0 };
  const ttls: number[] = [];
  // A null MX names no host (RFC 7505).
  const hosts = mxHosts.filter((host) => host !== '' && host !== '.');
  outcome.hosts = await Promise.all(
    hosts.slice(0, MAX_TLSA_HOSTS).map(async (written): Promise<TlsaHost> => {
      const ascii = toAscii(written);
      if (!ascii.ok) return { name: written.slice(0, 253), status: 'none', records: [] };
      const name = ascii.name;
      const answer = await resolver.query(`_25._tcp.${name}`, 'TLSA');
      if (answer.kind === 'error') {
        if (answer.reason === 'badname') return { name, status: 'none', records: [] };
        outcome.unknown.push({ name: `_25._tcp.${name}`, detail: `${answer.reason}: ${answer.detail}` });
        return { name, status: 'unknown', records: [] };
      }
      ttls.push(answer.ttl);
      if (answer.kind !== 'ok' || answer.records.length === 0) return { name, status: 'none', records: [] };
      const records = answer.records.slice(0, MAX_RECORDS).map((record) => ({
        usage: record.usage,
        selector: record.selector,
        matchingType: record.matchingType,
        fault: tlsaFault(record),
      }));
      if (!answer.authenticated || !authenticatedMx) return { name, status: 'unsigned', records };
      return { name, status: records.some(({ fault }) => fault === null) ? 'usable' : 'unusable', records };
    }),
  );
  outcome.result = resultOf(outcome.hosts.map(({ status }) => status));
  outcome.ttl = outcome.unknown.length > 0 || ttls.length === 0 ? 0 : Math.min(...ttls);
  return outcome;
}

function resultOf(statuses: readonly TlsaHost['status'][]): DaneOutcome['result'] {
  if (statuses.includes('usable')) {
    if (statuses.every((status) => status === 'usable')) return 'usable';
    return statuses.includes('unknown') ? 'unknown' : 'mixed';
  }
  const found = (['unusable', 'unsigned', 'unknown'] as const).find((status) => statuses.includes(status));
  return found ?? 'none';
}
