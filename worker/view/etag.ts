// Entity tags, and whether a client's copy is still current (RFC 9110 sections 8.8.3 and 13.1.2).
import { createHash } from 'node:crypto';
import type { Context } from 'hono';

/** Characters of If-None-Match that are read; a client has a handful of tags. */
const MAX_HEADER = 2000;

/** The strong tag of an answer with exactly these bytes. */
export function strongTag(text: string): string {
  // Not `crypto.subtle`, which returns promises only.
  return `"${createHash('sha256').update(text).digest('base64url').slice(0, 24)}"`;
}

/** The weak tag of an answer whose bytes may differ while its meaning is the same, such as in the time of a check (section 8.8.1). */
export function weakTag(meaning: string): string {
  return `W/${strongTag(meaning)}`;
}

/** Whether If-None-Match has the tag, by weak comparison (section 13.1.2). */
export function matchesEtag(context: Context, tag: string): boolean {
  const header = (context.req.header('if-none-match') ?? '').slice(0, MAX_HEADER);
  if (header.trim() === '*') return true;
  const tags: string[] = header.match(/"[\x21\x23-\x7e\x80-\xff]*"/g) ?? [];
  return tags.includes(tag.replace(/^W\//, ''));
}

/** Tags in the cache, from which the oldest is dropped first. With their keys about half a megabyte. */
const MAX_TAGS = 1000;
/** Longer keys are not cached. */
const MAX_KEY = 400;

export interface EtagCache {
  /** The tag of a request, with the seconds for which it is valid. */
  get(key: string): { etag: string; left: number } | undefined;
  set(key: string, etag: string, seconds: number): void;
}

/** `now` in milliseconds. */
export function etagCache(now: () => number): EtagCache {
  const tags = new Map<string, { etag: string; until: number }>();
  return {
    get(key) {
      const tag = tags.get(key);
      if (tag === undefined) return undefined;
      const left = Math.floor((tag.until - now()) / 1000);
      if (left > 0) return { etag: tag.etag, left };
      tags.delete(key);
      return undefined;
    },
    set(key, etag, seconds) {
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
