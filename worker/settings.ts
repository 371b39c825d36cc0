// The Worker's settings: strings from wrangler.toml's [vars], checked once per request batch, with their defaults.
import * as z from 'zod/mini';

/** What Cloudflare hands to the Worker; every value is optional and a string. */
export interface Bindings {
  DOH_URL?: string;
  DNS_TIMEOUT_MS?: string;
  MAX_QUERIES?: string;
  DNSBL_KEY?: string;
}

const wholeNumber = (name: string, least: number, most: number) =>
  z.string(`${name} must be a whole number from ${least} to ${most}`).check(
    z.regex(/^\d+$/),
    z.refine(
      (text) => Number(text) >= least && Number(text) <= most,
      `${name} must be a whole number from ${least} to ${most}`,
    ),
  );

const schema = z.object({
  DOH_URL: z._default(
    z.url({ protocol: /^https?$/, error: 'DOH_URL must be the http or https address of a DNS-over-HTTPS resolver' }),
    'https://cloudflare-dns.com/dns-query',
  ),
  DNS_TIMEOUT_MS: z._default(wholeNumber('DNS_TIMEOUT_MS', 50, 30_000), '3000'),
  DNSBL_KEY: z.optional(
    z.string().check(z.regex(/^[a-z0-9]{10,63}$/i, 'DNSBL_KEY must be a DQS key: letters and digits')),
  ),
  MAX_QUERIES: z._default(wholeNumber('MAX_QUERIES', 5, 1000), '45'),
});

export interface Settings {
  dohUrl: string;
  dnsTimeoutMs: number;
  maxQueries: number;
  /** Key for Spamhaus' DQS; without it the lists refuse public resolvers, which counts as unknown. */
  dnsblKey?: string;
}

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

export function readSettings(bindings: Bindings): SettingsResult {
  const result = schema.safeParse(bindings);
  if (!result.success) return { ok: false, problems: result.error.issues.map((issue) => issue.message) };
  const { DOH_URL, DNS_TIMEOUT_MS, MAX_QUERIES, DNSBL_KEY } = result.data;
  return {
    ok: true,
    settings: {
      dohUrl: DOH_URL,
      dnsTimeoutMs: Number(DNS_TIMEOUT_MS),
      maxQueries: Number(MAX_QUERIES),
      ...(DNSBL_KEY === undefined ? {} : { dnsblKey: DNSBL_KEY }),
    },
  };
}
