// Senders at a free mailbox: their domain is the provider's, so no finding may advise the reader to change it.
import { catalog, definitionOf, type Finding, finding } from '../findings/catalog.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { isWithin } from '../text/domain.ts';

export interface FreeMailboxInput {
  /** The From domain, and the domain of SPF; '' where it is not known. */
  headerFrom: string;
  spfDomain: string;
  /** SPF of the sending address; absent where it was not evaluated. */
  spfResult?: string | undefined;
  /** Null where it is unknown. */
  aligned: boolean | null;
  /** A report of a mail server, from its provider's own domain. */
  report?: boolean;
}

/** Whether only the mailbox provider sends from a domain. */
export function isFreeMailbox(domain: string): boolean {
  return domain !== '' && freeMailboxProvider(domain) !== undefined;
}

/** The findings without advice on a zone of a mailbox provider, and with the remedy for such a sender. */
export function withoutForeignZones(
  findings: readonly Finding[],
  { headerFrom, spfDomain, spfResult, aligned, report = false }: FreeMailboxInput,
): Finding[] {
  const [fromFree, envelopeFree] = [isFreeMailbox(headerFrom), isFreeMailbox(spfDomain)];
  if (!fromFree && !envelopeFree) return [...findings];
  const refused = spfResult !== undefined && !['pass', 'temperror'].includes(spfResult);
  return [
    ...(fromFree && aligned === false ? [finding('alignment.free-mailbox', { headerFrom })] : []),
    ...(fromFree && aligned === null && !report ? [finding('message.from-free-mailbox', { headerFrom })] : []),
    ...(envelopeFree && !fromFree && refused
      ? [finding('message.envelope-free-mailbox', { domain: spfDomain, result: spfResult })]
      : []),
    ...findings.filter((found) => !isAdviceOn(found, fromFree ? headerFrom : '', envelopeFree)),
  ];
}

/** Problems of the mail itself, though they are found by a zone's record. */
const OF_THE_MAIL: ReadonlySet<string> = new Set(['dkim.message-body-altered', 'dkim.message-signature-mismatch']);
const OF_HOSTS: ReadonlySet<string> = new Set(['ptr', 'dnsbl', 'relay', 'message']);

/** Whether a finding is only for the owner of those zones; facts and missing answers are for all. */
function isAdviceOn(found: Finding, headerFrom: string, ofEnvelope: boolean): boolean {
  const { area } = catalog[found.id];
  if (['info', 'unknown'].includes(definitionOf(found).severity) || OF_THE_MAIL.has(found.id)) return false;
  if (OF_HOSTS.has(area)) return false;
  if (area === 'spf') return ofEnvelope;
  if (headerFrom === '') return false;
  // Keys of the domain are its owner's, and do not help here.
  return area !== 'dkim' || found.id === 'dkim.message-unsigned' || keyIsWithin(found.args, headerFrom);
}

/** Whether a finding of DKIM is about a signature or key of that domain. */
function keyIsWithin(args: Finding['args'], domain: string): boolean {
  // The arguments differ by id; those that name a key or a signer have one of these.
  const { name, domain: signer } = args as { name?: unknown; domain?: unknown };
  return [name, signer].some((one) => typeof one === 'string' && isWithin(one, domain));
}
