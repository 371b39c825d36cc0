// What is known of a message's way to the receiver: given with it, or told by the receiver's own Received field (RFC 5321 section 4.4).
import { parseAddressList } from '../message/address.ts';
import { fieldText, type HeaderField } from '../message/header.ts';
import { parseReceived, type ReceivedField } from '../message/received.ts';
import { sameName } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';

/** Received fields from the top in which the receiver's own are looked for: filters of its own add some. */
const MAX_HOPS = 8;
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
 * The topmost Received of that host whose client is on the Internet; hops within the receiver stand above it. Nothing
 * below is looked at: whoever sends a message writes there what he likes.
 */
function hopOf(fields: readonly HeaderField[], receivedBy: string): { hop: ReceivedField; index: number } | undefined {
  let seen = 0;
  for (const [index, field] of fields.entries()) {
    if (field.key !== 'received') continue;
    if (++seen > MAX_HOPS) return undefined;
    const hop = parseReceived(fieldText(field));
    if (hop.by === undefined || !sameName(hop.by, receivedBy)) return undefined;
    const ip = hop.clientIp === undefined ? undefined : parseIp(hop.clientIp);
    if (ip !== undefined && !isUnreachable(ip)) return { hop, index };
  }
  return undefined;
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
