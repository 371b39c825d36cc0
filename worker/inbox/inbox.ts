// A test inbox: an address that accepts some mails for a day, and the reports on them.
import type { MessageFacts } from '../../shared/check/message.ts';
import type { Report } from '../../shared/check/types.ts';

/** Milliseconds that an inbox accepts mail and its reports are stored. */
export const LIFETIME = 24 * 3600 * 1000;
/** Mails that one inbox accepts: enough to fix and try again, too few to be worth flooding. */
export const MAX_MAILS = 5;
/** Inboxes at one time; with five reports of some 30 KB each they fit the 500 MB of D1's free plan. */
export const MAX_INBOXES = 2000;
/** Of these, the share of all clients without a token; the rest is for clients with one. */
export const OPEN_INBOXES = 1600;
/** Inboxes of one client without a token: an IPv4 address, or the /48 of one site in IPv6 (RFC 6177). */
export const CLIENT_INBOXES = 20;
/** Inboxes of the clients without a token in the administrator's own network, which count as one. */
export const OWN_NETWORK_INBOXES = 400;

/** Seconds until a page or a program polls again. */
export const LOOK_AGAIN = 5;
/** Seconds between two looks once a mail has come: time to read it. */
export const LOOK_FURTHER = 60;

/** Why a mail was rejected. */
export type Refusal = 'too-large' | 'full' | 'other-domain';

export interface Inbox {
  /** The secret for reading: it is in the page's URL, never in a mail. */
  id: string;
  /** Local part of its address; another secret, since every server on the path sees it. */
  local: string;
  /** The domain that the request for it named, or null. */
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

/** The client that requests an inbox: one with a token, or one with a share. */
export type Maker = 'holder' | { client: string; share: number };

/** Why there is no further inbox: the client has its share, or all are in use; with the seconds until one expires. */
export interface NoRoom {
  why: 'share' | 'all';
  retryAfter: number;
}

export interface InboxKey {
  id: string;
  local: string;
}

/** Two secrets: 128 bits to read, 100 bits to write to. `random` returns that many random bytes. */
export function newKey(random: (length: number) => Uint8Array): InboxKey {
  return { id: base32(random(16)), local: `test-${base32(random(13)).slice(0, 20)}` };
}

/** RFC 4648 section 6 in lower case, since mail servers and people may change the case of an address. */
function base32(bytes: Uint8Array): string {
  let bits = 0;
  let value = 0;
  let text = '';
  for (const byte of bytes) {
    value = (value << 8) | byte;
    for (bits += 8; bits >= 5; bits -= 5) text += 'abcdefghijklmnopqrstuvwxyz234567'[(value >>> (bits - 5)) & 31];
    value &= (1 << bits) - 1;
  }
  return bits === 0 ? text : text + 'abcdefghijklmnopqrstuvwxyz234567'[(value << (5 - bits)) & 31];
}
