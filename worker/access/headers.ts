// The header fields of every answer, the door's of an own server among them.

/** Answers without a policy of their own hold nothing that a browser should run or load. */
export const DEFAULT_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";

export const USUAL_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  // Reports hold nothing but public DNS, so any page may read them. Never with credentials.
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag, location, retry-after',
} as const;
