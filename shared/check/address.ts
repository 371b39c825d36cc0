// The check of a sending address: its name, and whether it is on block lists.
import { queryBudget } from '../dns/budget.ts';
import { checkDnsbl, type DnsblOutcome } from '../dnsbl/check.ts';
import { dnsblFindings } from '../findings/dnsbl.rules.ts';
import { reverseFindings } from '../findings/host.rules.ts';
import { checkReverse, type ReverseOutcome } from '../rdns/reverse.ts';
import { assemble } from './report.ts';
import type { CheckContext, Report } from './types.ts';
import { scored } from './weights.ts';

export interface AddressRequest {
  /** In canonical form. */
  ip: string;
  /** EHLO name of the host. */
  helo?: string;
}
export interface AddressFacts {
  ptr: ReverseOutcome;
  dnsbl: DnsblOutcome;
}

/** Checks an address. Never throws; queries that were not sent count as unknown. */
export async function checkAddress({ ip, helo }: AddressRequest, context: CheckContext): Promise<Report<AddressFacts>> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const options = context.dnsblKey === undefined ? {} : { key: context.dnsblKey };
  const [ptr, dnsbl] = await Promise.all([
    checkReverse(ip, helo, budget.at(0)),
    checkDnsbl({ ip }, budget.at(1), options),
  ]);
  const listed = dnsbl.listings.length > 0 && dnsbl.listings.every(({ status }) => status !== 'unknown');
  return assemble(
    {
      subject: { domain: null, ips: [ip], helo: helo ?? null, selectors: [] },
      facts: { ptr, dnsbl },
      findings: [...reverseFindings(ptr), ...dnsblFindings(dnsbl)],
      parts: [scored('ptr', ptr.result !== 'temperror'), scored('dnsbl', listed)],
    },
    budget,
    context,
  );
}
