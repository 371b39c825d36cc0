// The entity tags of reports that this isolate has answered with: while a report holds, who has it at hand need not have it made anew.

/** Tags kept; the oldest goes first. With their keys about half a megabyte. */
const MAX_TAGS = 1000;
/** Longer addresses are not kept: no reader of ours sends them. */
const MAX_KEY = 400;

export interface HeldTags {
  /** The tag of what was asked for, with the seconds that it still holds; undefined where there is none. */
  find(key: string): { etag: string; left: number } | undefined;
  hold(key: string, etag: string, seconds: number): void;
}

/** `now` in milliseconds. */
export function heldTags(now: () => number): HeldTags {
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
