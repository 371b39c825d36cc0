// A test inbox: an address that takes some mails for a day, and the reports on them.
import type { MessageFacts } from '../../shared/check/message.ts';
import type { Report } from '../../shared/check/types.ts';

/** Milliseconds that an inbox takes mail and its reports are kept. */
export const LIFETIME = 24 * 3600 * 1000;
/** Mails that one inbox takes: enough to mend and try again, too few to be worth flooding. */
export const MAX_MAILS = 5;
/** Inboxes at one time; with five reports of some 30 KB each they fit the 500 MB of D1's free plan. */
export const MAX_INBOXES = 2000;
/** Of these, what clients without a token may have in all: the rest is kept for holders of one. */
export const OPEN_INBOXES = 1600;
/** What one client without a token may have: an address of IPv4, or the /48 that one site has of IPv6 (RFC 6177). */
export const CLIENT_INBOXES = 20;
/** What clients without a token in the operator's own network, which all count as one, may have together. */
export const OWN_NETWORK_INBOXES = 400;

/** Seconds until a page, or a program, looks again. */
export const LOOK_AGAIN = 5;
/** Seconds between two looks once a mail has come: time to read it. */
export const LOOK_FURTHER = 60;

/** What came and was not taken. */
export type Refusal = 'too-large' | 'full' | 'other-domain';

export interface Inbox {
  /** Whoever knows it may read: it stands in the page's address, never in a mail. */
  id: string;
  /** Local part of its address; another secret, since every server on the way sees it. */
  local: string;
  /** The domain that its maker named, or null. */
  domain: string | null;
  /** Milliseconds since 1970. */
  createdAt: number;
  expiresAt: number;
  refused: Refusal | null;
  mails: InboxMail[];
}

export interface InboxMail {
  /** From 1. */
  number: number;
  receivedAt: number;
  report: Report<{ message: MessageFacts }>;
}

/** Whether it has taken all its mails. */
export function isFull({ mails }: Pick<Inbox, 'mails'>): boolean {
  return (mails[0]?.number ?? 0) >= MAX_MAILS;
}

/** Who asks for an inbox: a holder of a token, or a client that has a share. */
export type Maker = 'holder' | { client: string; share: number };

/** Why there is no further inbox: the client has its share, or all places are taken; with the seconds until one is free. */
export interface NoRoom {
  why: 'share' | 'all';
  retryAfter: number;
}

export interface InboxKey {
  id: string;
  local: string;
}

/** Two secrets from so many random octets: 128 bits to read, 100 bits to write to. */
export function newKey(random: (octets: number) => Uint8Array): InboxKey {
  return { id: base32(random(16)), local: `test-${base32(random(13)).slice(0, 20)}` };
}

/** RFC 4648 section 6 in lower case: what mail servers and people may do to letters does it no harm. */
function base32(octets: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const octet of octets) {
    value = (value << 8) | octet;
    for (bits += 8; bits >= 5; bits -= 5) text += 'abcdefghijklmnopqrstuvwxyz234567'[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + 'abcdefghijklmnopqrstuvwxyz234567'[(value << (5 - bits)) & 31];
}
