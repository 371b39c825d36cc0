// Mail that names a free mailbox as its sender: its domain is the provider's, so that no finding may propose to change it.
import { catalog, type Finding, finding } from '../findings/catalog.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { isWithin } from '../text/domain.ts';
import type { MessageFacts } from './message.ts';

/** Facts about the mail itself; whatever else is said of such a domain is for its provider to read. */
const FACTS: ReadonlySet<string> = new Set([
  ...['spf.pass', 'dkim.message-pass', 'dmarc.message-pass', 'dkim.message-body-altered'],
  ...['dkim.message-signature-mismatch', 'dkim.unknown', 'spf.unknown'],
]);

/** The findings without advice on a zone of a mailbox provider, and with what to do instead. */
export function withoutForeignZones(
  findings: readonly Finding[],
  { spf, dmarc, content }: Pick<MessageFacts, 'spf' | 'dmarc' | 'content'>,
  aligned: boolean | null,
): Finding[] {
  const headerFrom = dmarc?.outcome.domain ?? '';
  const free = (domain: string) => domain !== '' && freeMailboxProvider(domain) !== undefined;
  const spfDomain = spf?.inspection.domain ?? '';
  const [fromFree, envelopeFree] = [free(headerFrom), free(spfDomain)];
  if (!fromFree && !envelopeFree) return [...findings];
  const kept = findings.filter(({ id, args }) => {
    const { area } = catalog[id];
    if (FACTS.has(id)) return true;
    if (area === 'spf') return !envelopeFree;
    // A key of the domain's own is its owner's affair, though it does not help here.
    if (area === 'dkim') return !fromFree || (id !== 'dkim.message-unsigned' && !keyIsWithin(args, headerFrom));
    return !fromFree;
  });
  const result = spf?.outcome?.result;
  // Bounces of a provider come from its own domain.
  const unclear = aligned === null && content?.automatic !== 'report';
  return [
    ...(fromFree && aligned === false ? [finding('alignment.free-mailbox', { headerFrom })] : []),
    ...(fromFree && unclear ? [finding('message.from-free-mailbox', { headerFrom })] : []),
    ...(envelopeFree && !fromFree && result !== undefined && !['pass', 'temperror'].includes(result)
      ? [finding('message.envelope-free-mailbox', { domain: spfDomain, result })]
      : []),
    ...kept,
  ];
}

/** Whether a finding of DKIM is about a signature or key of that domain. */
function keyIsWithin(args: Finding['args'], domain: string): boolean {
  const { name, domain: signer } = args as { name?: unknown; domain?: unknown };
  return [name, signer].some((one) => typeof one === 'string' && isWithin(one, domain));
}
