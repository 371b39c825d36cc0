// Entity tags, and whether what the client has at hand still holds (RFC 9110 sections 8.8.3 and 13.1.2).
import { createHash } from 'node:crypto';
import type { Context } from 'hono';

/** More is not read of If-None-Match: a client has a handful of tags. */
const MAX_HEADER = 2000;

/** The opaque tag, in quotation marks, of an answer that is this text to the octet: a strong one. */
export function strongTag(text: string): string {
  // `crypto.subtle` would answer with a promise only.
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 24)}"`;
}

/** Of an answer whose octets may differ while it says the same, such as the time of a check (section 8.8.1). */
export function weakTag(meaning: string): string {
  return `W/${strongTag(meaning)}`;
}

/** True where If-None-Match names the tag; compared weakly, as section 13.1.2 wants it. */
export function isAtHand(context: Context, tag: string): boolean {
  const header = (context.req.header('if-none-match') ?? '').slice(0, MAX_HEADER);
  if (header.trim() === '*') return true;
  const tags: string[] = header.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
  return tags.includes(tag.replace(/^W\//, ''));
}
