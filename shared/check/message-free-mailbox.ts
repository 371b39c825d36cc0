// Mail that names a free mailbox as its sender: its domain is the provider's, so that no finding may propose to change it.
import { catalog, type Finding, finding } from '../findings/catalog.ts';
import { domainOfAddress } from '../message/address.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { isWithin } from '../text/domain.ts';
import type { MessageFacts } from './message.ts';

/** Facts about the mail itself; whatever else SPF, DKIM, DMARC and MX say of such a domain is for its provider to read. */
const FACTS: ReadonlySet<string> = new Set([
  ...['spf.pass', 'dkim.message-pass', 'dmarc.message-pass', 'dkim.message-body-altered'],
  ...['dkim.message-signature-mismatch', 'dkim.unknown'],
]);
/** Areas whose findings are about the zone of a domain. */
const ZONE_AREAS: ReadonlySet<string> = new Set(['spf', 'dkim', 'dmarc', 'mx']);
/** What speaks of the From domain without naming its own in the arguments. */
const UNSIGNED: ReadonlySet<string> = new Set(['dkim.message-unsigned', 'dmarc.message-fail']);

/** The findings without advice on a zone of a mailbox provider, and with what to do instead. */
export function withoutForeignZones(
  findings: readonly Finding[],
  { spf, dmarc }: Pick<MessageFacts, 'spf' | 'dmarc'>,
  aligned: boolean | null,
): Finding[] {
  const headerFrom = dmarc?.outcome.domain ?? '';
  const free = (domain: string) => domain !== '' && freeMailboxProvider(domain) !== undefined;
  const spfDomain = spf?.inspection.domain ?? '';
  const foreign = [headerFrom, spfDomain].filter(free);
  if (foreign.length === 0) return [...findings];
  const fromFree = free(headerFrom);
  const kept = findings.filter(({ id, args }) => {
    const { area } = catalog[id];
    if (fromFree && (area === 'alignment' || UNSIGNED.has(id))) return false;
    if (!ZONE_AREAS.has(area) || FACTS.has(id)) return true;
    const names = ['domain', 'name', 'headerFrom', 'identifier', 'at'].map(
      (key) => (args as Record<string, unknown>)[key],
    );
    return !names.some(
      (name) => typeof name === 'string' && foreign.some((domain) => isWithin(domainOfAddress(name), domain)),
    );
  });
  const result = spf?.outcome?.result;
  return [
    ...(fromFree && aligned === false ? [finding('alignment.free-mailbox', { headerFrom })] : []),
    ...(fromFree && aligned === null ? [finding('message.from-free-mailbox', { headerFrom })] : []),
    ...(free(spfDomain) && spfDomain !== headerFrom && result !== undefined && !['pass', 'temperror'].includes(result)
      ? [finding('message.envelope-free-mailbox', { domain: spfDomain, result })]
      : []),
    ...kept,
  ];
}
