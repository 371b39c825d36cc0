// The hosts of a domain’s MX records.
import { type Answer, type RecordData, recordsOf } from '../dns/types.ts';
import { isNeverAName } from '../mx/names.ts';

/** The hosts of MX records, without those that only verify who owns the domain. */
export function mailHosts(mx: Answer<RecordData['MX']>): string[] {
  return recordsOf(mx)
    .map(({ exchange }) => exchange)
    .filter((exchange) => !isNeverAName(exchange));
}
