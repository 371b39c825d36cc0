// Senders at a free mailbox: their domain is the provider's, so that no finding may ask the reader to change it.
import { catalog, definitionOf, type Finding, finding } from '../findings/catalog.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { isWithin } from '../text/domain.ts';

export interface FreeMailboxInput {
  /** The From domain, and that of which SPF is asked; '' where it is not known. */
  headerFrom: string;
  spfDomain: string;
  /** SPF of the sending address; absent where it was not evaluated. */
  spfResult?: string | undefined;
  /** Null where it depends on what could not be asked. */
  aligned: boolean | null;
  /** A report of a mail server, which comes from its provider's own domain. */
  report?: boolean;
}

/** Whether a domain is one in which only its mailbox provider sends. */
export function isFreeMailbox(domain: string): boolean {
  return domain !== '' && freeMailboxProvider(domain) !== undefined;
}

/** The findings without advice on a zone of a mailbox provider, and with what to do instead. */
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

/** What is wrong with the mail itself, though a zone's record shows it. */
const OF_THE_MAIL: ReadonlySet<string> = new Set(['dkim.message-body-altered', 'dkim.message-signature-mismatch']);
const OF_HOSTS: ReadonlySet<string> = new Set(['ptr', 'dnsbl', 'relay', 'message']);

/** Whether a finding is for the owner of those zones to read; facts, and what was not answered, are for all. */
function isAdviceOn(found: Finding, headerFrom: string, ofEnvelope: boolean): boolean {
  const { area } = catalog[found.id];
  if (['info', 'unknown'].includes(definitionOf(found).severity) || OF_THE_MAIL.has(found.id)) return false;
  if (OF_HOSTS.has(area)) return false;
  if (area === 'spf') return ofEnvelope;
  if (headerFrom === '') return false;
  // A key of the domain's own is its owner's affair, though it does not help here.
  return area !== 'dkim' || found.id === 'dkim.message-unsigned' || keyIsWithin(found.args, headerFrom);
}

/** Whether a finding of DKIM is about a signature or key of that domain. */
function keyIsWithin(args: Finding['args'], domain: string): boolean {
  const { name, domain: signer } = args as { name?: unknown; domain?: unknown };
  return [name, signer].some((one) => typeof one === 'string' && isWithin(one, domain));
}
