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
export function matchesEtag(context: Context, tag: string): boolean {
  const header = (context.req.header('if-none-match') ?? '').slice(0, MAX_HEADER);
  if (header.trim() === '*') return true;
  const tags: string[] = header.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
  return tags.includes(tag.replace(/^W\//, ''));
}

/** Tags kept; the oldest goes first. With their keys about half a megabyte. */
const MAX_TAGS = 1000;
/** Longer addresses are not kept: no reader of ours sends them. */
const MAX_KEY = 400;

export interface EtagCache {
  /** The tag of what was asked for, with the seconds that it still holds; undefined where there is none. */
  find(key: string): { etag: string; left: number } | undefined;
  hold(key: string, etag: string, seconds: number): void;
}

/** `now` in milliseconds. */
export function etagCache(now: () => number): EtagCache {
  const tags = new Map<string, { etag: string; until: number }>();
  return {
    find(key) {
      const tag = tags.get(key);
      if (tag === undefined) return undefined;
      const left = Math.floor((tag.until - now()) / 1000);
      if (left > 0) return { etag: tag.etag, left };
      tags.delete(key);
      return undefined;
    },
    hold(key, etag, seconds) {
      if (seconds <= 0 || key.length > MAX_KEY) return;
      tags.delete(key);
      tags.set(key, { etag, until: now() + seconds * 1000 });
      for (const oldest of tags.keys()) {
        if (tags.size <= MAX_TAGS) break;
        tags.delete(oldest);
      }
    },
  };
}
