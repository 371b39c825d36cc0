// The transmission of a message to the receiver: given with it, or read from the receiver's own Received field (RFC 5321 section 4.4).
import { registrableDomain } from '../dmarc/public-suffix.ts';
import { parseAddressList } from '../message/address.ts';
import { fieldText, type HeaderField } from '../message/header.ts';
import { parseReceived, type ReceivedField } from '../message/received.ts';
import { sameName } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';

/** Received fields from the top that are searched for the receiver's own: Exchange Online adds up to seven above it. */
const MAX_HOPS = 16;
const MAX_NAME = 255;

export interface Envelope {
  /** RFC5321.MailFrom without angle brackets, '' for the null sender, null where not known. */
  mailFrom: string | null;
  clientIp: string | null;
  helo: string | null;
  /** 'unseen': the receiver's Received field does not show whether TLS was used; null: there is no such field. */
  tls: { used: boolean; version: string } | 'unseen' | null;
  /** Milliseconds since 1970: by the topmost Received, else the time of the check; never later than that. */
  arrival: number;
  /** As given. */
  receivedBy: string | null;
  /** Host and protocol in the receiver's field; absent where none was found. */
  by?: string;
  protocol?: string;
  /** Number of fields at the top that the receiver added. */
  receivedFields: number;
}

export interface KnownEnvelope {
  envelopeFrom?: string;
  clientIp?: string;
  helo?: string;
  tls?: boolean;
  receivedBy?: string;
}

/** Combines the given values with those of the receiver's field; given ones take precedence. Never throws. */
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
 * The topmost Received with the host's name. Gmail, Mail.ru and Outlook.com forward a mail internally under other names, so
 * their own fields may be above it; a field of a transmission from outside ends the search. The sender can forge all
 * fields below these, so fields below the one that is found are not read.
 */
function hopOf(fields: readonly HeaderField[], receivedBy: string): { hop: ReceivedField; index: number } | undefined {
  const hops = fields
    .flatMap((field, index) => (field.key === 'received' ? [{ field, index }] : []))
    .slice(0, MAX_HOPS)
    .map(({ field, index }) => ({ hop: parseReceived(fieldText(field)), index }));
  const names = ({ hop }: { hop: ReceivedField }) => hop.by !== undefined && sameName(hop.by, receivedBy);
  let found = false;
  for (const [at, one] of hops.entries()) {
    if (names(one)) {
      // The host's own filter returns the mail from an internal address: then the next field is the host's, too.
      if (clientOf(one.hop) === 'outside') return one;
      found = true;
    } else if (found || !isWithinReceiver(one.hop, hops[at + 1]?.hop)) return undefined;
  }
  return undefined;
}

/** The client of a hop: with a public address, with an internal one, or without. */
function clientOf({ clientIp }: ReceivedField): 'outside' | 'within' | 'unnamed' {
  const ip = clientIp === undefined ? undefined : parseIp(clientIp);
  return ip === undefined ? 'unnamed' : isUnreachable(ip) ? 'within' : 'outside';
}

/** A hop between two hosts of the receiver: without a public client address, or from its own host or that of the field below. */
function isWithinReceiver(hop: ReceivedField, below: ReceivedField | undefined): boolean {
  if (clientOf(hop) !== 'outside') return true;
  const from = ownerOf(hop.reverseName ?? hop.helo);
  return from !== null && [hop.by, below?.by].some((by) => ownerOf(by) === from);
}

function ownerOf(host: string | undefined): string | null {
  return host === undefined ? null : registrableDomain(host.toLowerCase().replace(/\.$/, ''));
}

/** The arrival of a saved message; the sender gains nothing from a forged time. */
function topmostTime(fields: readonly HeaderField[]): number | undefined {
  const [field] = fields.filter(({ key }) => key === 'received');
  return field === undefined ? undefined : parseReceived(fieldText(field)).time;
}

function tlsOf(hop: ReceivedField | undefined): Envelope['tls'] {
  if (hop === undefined) return null;
  if (hop.tls !== undefined) return { used: true, version: hop.tls.version ?? '' };
  // RFC 3848: with TLS it would be ESMTPS. Without a protocol it is unknown.
  return /^E?SMTPA?$/.test(hop.protocol ?? '') ? { used: false, version: '' } : 'unseen';
}

/** RFC 5321 section 4.4: the receiver adds it at the top; there is at most one. */
function returnPath(fields: readonly HeaderField[]): string | undefined {
  const [field] = fields.filter(({ key }) => key === 'return-path');
  if (field === undefined) return undefined;
  const text = fieldText(field).slice(0, 1000);
  if (/^<\s*>$/.test(text)) return '';
  const { mailboxes, problems } = parseAddressList(text);
  const [only, ...others] = mailboxes;
  return others.length === 0 && problems.length === 0 ? only?.address : undefined;
}
