// What is known of a message's way to the receiver: given with it, or told by the receiver's own Received field (RFC 5321 section 4.4).
import { registrableDomain } from '../dmarc/public-suffix.ts';
import { parseAddressList } from '../message/address.ts';
import { fieldText, type HeaderField } from '../message/header.ts';
import { parseReceived, type ReceivedField } from '../message/received.ts';
import { sameName } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';

/** Received fields from the top in which the receiver's own is looked for: Exchange Online adds up to seven above it. */
const MAX_HOPS = 16;
/** Longer names are none. */
const MAX_NAME = 255;

export interface Envelope {
  /** RFC5321.MailFrom without angle brackets, '' for the null sender, null where not known. */
  mailFrom: string | null;
  clientIp: string | null;
  helo: string | null;
  /** 'unseen': the receiver's Received field does not tell of TLS either way; null: nothing is known of the way. */
  tls: { used: boolean; version: string } | 'unseen' | null;
  /** Milliseconds since 1970: as the topmost Received says, else the time of the check; never later than that. */
  arrival: number;
  /** As asked for. */
  receivedBy: string | null;
  /** Host and transmission type in the receiver's field; absent where none was found. */
  by?: string;
  protocol?: string;
  /** Fields from the top that the receiver wrote. */
  receivedFields: number;
}

export interface KnownEnvelope {
  envelopeFrom?: string;
  clientIp?: string;
  helo?: string;
  tls?: boolean;
  receivedBy?: string;
}

/** Joins what was given with what the receiver's field tells; what was given counts. Never throws. */
export function envelopeOf(fields: readonly HeaderField[], given: KnownEnvelope, now: number): Envelope {
  const found = given.receivedBy === undefined ? undefined : hopOf(fields, given.receivedBy);
  const hop = found?.hop;
  const helo = given.helo ?? hop?.helo?.slice(0, MAX_NAME);
  const by = hop?.by?.slice(0, MAX_NAME);
  return {
    mailFrom: given.envelopeFrom ?? returnPath(fields) ?? null,
    clientIp: given.clientIp ?? hop?.clientIp ?? null,
    helo: helo ?? null,
    tls: given.tls === undefined ? tlsOf(hop) : { used: given.tls, version: hop?.tls?.version ?? '' },
    arrival: Math.min(hop?.time ?? topmostTime(fields) ?? now, now),
    receivedBy: given.receivedBy ?? null,
    ...(by === undefined ? {} : { by }),
    ...(hop?.protocol === undefined ? {} : { protocol: hop.protocol.slice(0, MAX_NAME) }),
    receivedFields: found === undefined ? 0 : found.index + 1,
  };
}

/**
 * The topmost Received that names the host. Gmail, Mail.ru and Outlook.com pass a mail on within, under other names, so
 * fields of their own stand above it; a field by which a mail came from outside does not, and ends the search. Whoever
 * sends a mail writes below all of these what he likes, and nothing below the one that is found is looked at.
 */
function hopOf(fields: readonly HeaderField[], receivedBy: string): { hop: ReceivedField; index: number } | undefined {
  const hops = fields
    .flatMap((field, index) => (field.key === 'received' ? [{ field, index }] : []))
    .slice(0, MAX_HOPS)
    .map(({ field, index }) => ({ hop: parseReceived(fieldText(field)), index }));
  const names = ({ hop }: { hop: ReceivedField }) => hop.by !== undefined && sameName(hop.by, receivedBy);
  let at = 0;
  while (at < hops.length && !names(hops[at]!)) {
    if (!isWithinReceiver(hops[at]!.hop, hops[at + 1]?.hop)) return undefined;
    at++;
  }
  // A filter of the host's own hands the mail back to it from an address within: then the next field is the host's, too.
  for (; at < hops.length && names(hops[at]!); at++) {
    if (clientOf(hops[at]!.hop) === 'outside') return hops[at];
  }
  return undefined;
}

/** Where the client of a hop is: the field names an address of the Internet, one that is reached from within only, or none. */
function clientOf({ clientIp }: ReceivedField): 'outside' | 'within' | 'unnamed' {
  const ip = clientIp === undefined ? undefined : parseIp(clientIp);
  return ip === undefined ? 'unnamed' : isUnreachable(ip) ? 'within' : 'outside';
}

/** A hop between two hosts of the receiver: without a client on the Internet, or from a host of its own or of that below. */
function isWithinReceiver(hop: ReceivedField, below: ReceivedField | undefined): boolean {
  if (clientOf(hop) !== 'outside') return true;
  const from = ownerOf(hop.reverseName ?? hop.helo);
  return from !== null && [hop.by, below?.by].some((by) => ownerOf(by) === from);
}

function ownerOf(host: string | undefined): string | null {
  return host === undefined ? null : registrableDomain(host.toLowerCase().replace(/\.$/, ''));
}

/** A saved message is judged by the time it came, whoever received it: a false time there deceives nobody but its sender. */
function topmostTime(fields: readonly HeaderField[]): number | undefined {
  const [field] = fields.filter(({ key }) => key === 'received');
  return field === undefined ? undefined : parseReceived(fieldText(field)).time;
}

function tlsOf(hop: ReceivedField | undefined): Envelope['tls'] {
  if (hop === undefined) return null;
  if (hop.tls !== undefined) return { used: true, version: hop.tls.version ?? '' };
  // RFC 3848: with TLS it would be ESMTPS. Without the word nothing is said.
  return /^E?SMTPA?$/.test(hop.protocol ?? '') ? { used: false, version: '' } : 'unseen';
}

/** RFC 5321 section 4.4: the receiver puts it on top; there is one at most. */
function returnPath(fields: readonly HeaderField[]): string | undefined {
  const [field] = fields.filter(({ key }) => key === 'return-path');
  if (field === undefined) return undefined;
  const text = fieldText(field).slice(0, 1000);
  if (/^<\s*>$/.test(text)) return '';
  const { mailboxes, problems } = parseAddressList(text);
  return mailboxes.length === 1 && problems.length === 0 ? mailboxes[0]!.address : undefined;
}
