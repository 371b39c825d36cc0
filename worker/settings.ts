// The Worker's settings: strings from wrangler.toml's [vars] and from secrets, checked on each request, with their defaults.
import type { D1Database, RateLimit, SendEmail } from '@cloudflare/workers-types';
import * as z from 'zod/mini';
import { parseAddress } from '../shared/message/address.ts';
import { parseDomain } from '../shared/text/domain.ts';
import type { Connector } from './access/connection.ts';
import { type MailRelay, parseMailRelay } from './monitor/mail.ts';

/** Cloudflare's bindings. All are optional: a route that needs a missing one answers how to set it up. */
export interface Bindings {
  DOH_URL?: string;
  DNS_TIMEOUT_MS?: string;
  MAX_QUERIES?: string;
  DNSBL_KEY?: string;
  ALLOWED_DOMAINS?: string;
  WATCH_INTERVAL_MINUTES?: string;
  CHECKS_PER_RUN?: string;
  RELAYS?: string;
  CONNECT_TO?: string;
  INBOX_DOMAIN?: string;
  INBOX_RECEIVED_BY?: string;
  REPORT_ADDRESS?: string;
  /** Secrets: `wrangler secret put`. */
  API_TOKENS?: string;
  WEBHOOK_SECRET?: string;
  MAIL_RELAY?: string;
  MAIL_FROM?: string;
  /** Watched domains and their history. */
  DB?: D1Database;
  /** Sends the mails of watching. */
  SEND_EMAIL?: SendEmail;
  /** Limits the requests of one address. */
  RATE_LIMITER?: RateLimit;
  /** On an own server: makes the connections to hosts that requests name (scripts/start/connector.ts). */
  CONNECTOR?: Connector;
}

const wholeNumber = (name: string, least: number, most: number) =>
  z.string(`${name} must be a whole number from ${least} to ${most}`).check(
    z.regex(/^\d+$/),
    z.refine(
      (text) => Number(text) >= least && Number(text) <= most,
      `${name} must be a whole number from ${least} to ${most}`,
    ),
  );

const words = (text: string) => text.split(/[\s,]+/).filter((word) => word !== '');
const domains = (name: string) =>
  z
    .string()
    .check(
      z.refine(
        (text) => words(text).every((word) => parseDomain(word).ok),
        `${name} must be domain names with blanks between them`,
      ),
    );

const domain = (name: string) =>
  z.string().check(z.refine((text) => text === '' || parseDomain(text).ok, `${name} must be a domain name`));

/** 20 characters of a random alphabet are over 100 bits. */
const MIN_TOKEN = 20;

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
  ALLOWED_DOMAINS: z._default(domains('ALLOWED_DOMAINS'), ''),
  WATCH_INTERVAL_MINUTES: z._default(wholeNumber('WATCH_INTERVAL_MINUTES', 5, 10_080), '60'),
  CHECKS_PER_RUN: z._default(wholeNumber('CHECKS_PER_RUN', 1, 20), '1'),
  RELAYS: z._default(domains('RELAYS'), ''),
  CONNECT_TO: z._default(
    z
      .string()
      .check(
        z.refine(
          (text) => words(text).every((word) => /^[a-z0-9.-]+:\d{1,5}=[a-z0-9.-]+:\d{1,5}$/i.test(word)),
          'CONNECT_TO must be host:port=host:port, with blanks between several',
        ),
      ),
    '',
  ),
  INBOX_DOMAIN: z._default(domain('INBOX_DOMAIN'), ''),
  INBOX_RECEIVED_BY: z._default(domain('INBOX_RECEIVED_BY'), ''),
  REPORT_ADDRESS: z._default(
    z
      .string()
      .check(
        z.refine(
          (text) => text === '' || (/^[\x21-\x7e]+$/.test(text) && parseAddress(text)?.address === text),
          'REPORT_ADDRESS must be a mail address: reports@shop.example',
        ),
      ),
    '',
  ),
  API_TOKENS: z._default(
    z
      .string()
      .check(
        z.refine(
          (text) => words(text).every((word) => word.length >= MIN_TOKEN),
          `API_TOKENS must be tokens of ${MIN_TOKEN} characters or more, with blanks between them: openssl rand -base64 32`,
        ),
      ),
    '',
  ),
  MAIL_RELAY: z.optional(
    z
      .string()
      .check(
        z.refine(
          (text) => parseMailRelay(text) !== undefined,
          'MAIL_RELAY must be smtps://user:password@host or smtp://user:password@host:587, with %40 for @ in the user',
        ),
      ),
  ),
  MAIL_FROM: z.optional(
    z
      .string()
      .check(
        z.refine(
          (text) => /^[\x21-\x7e]+$/.test(text) && parseAddress(text)?.address === text,
          'MAIL_FROM must be a mail address: alerts@shop.example',
        ),
      ),
  ),
  WEBHOOK_SECRET: z.optional(
    z
      .string()
      .check(
        z.regex(
          /^whsec_(?:[A-Za-z0-9+/]{4}){8,21}(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/,
          'WEBHOOK_SECRET must be whsec_ and the base64 of 24 to 64 random bytes: echo "whsec_$(openssl rand -base64 32)"',
        ),
      ),
  ),
});

export interface Settings {
  dohUrl: string;
  dnsTimeoutMs: number;
  maxQueries: number;
  /** Key for Spamhaus' DQS; without it the lists reject public resolvers, which counts as unknown. */
  dnsblKey?: string;
  /** As A-labels; these and those below them are served; all where it is empty. */
  allowedDomains: readonly string[];
  /** Minutes between two checks of a watched domain. */
  watchIntervalMinutes: number;
  /** Domains that one run by cron checks at most. */
  checksPerRun: number;
  /** Hosts that the probe may connect to. */
  relays: readonly string[];
  /** `host:port` to `host:port`: the other target of a connection, as curl's --connect-to. */
  connectTo: ReadonlyMap<string, string>;
  /** As A-labels: the domain of test inboxes; Email Routing delivers its mail to the Worker. */
  inboxDomain?: string;
  /** The host that writes the Received field of mail for test inboxes, where that is not Cloudflare. */
  inboxReceivedBy?: string;
  /** In lower case: the address for reports and bounces. */
  reportAddress?: string;
  apiTokens: readonly string[];
  webhookSecret?: string;
  /** How messages are mailed: the sender, and the binding, the relay, or both. */
  mail?: MailSettings;
}

export interface MailSettings {
  from: string;
  /** Of Cloudflare, where it is bound. */
  binding?: SendEmail;
  relay?: MailRelay;
}

export type SettingsResult = { ok: true; settings: Settings } | { ok: false; problems: string[] };

export function readSettings(bindings: Bindings): SettingsResult {
  const result = schema.safeParse(bindings);
  if (!result.success) return { ok: false, problems: result.error.issues.map((issue) => issue.message) };
  const { data } = result;
  const relay = data.MAIL_RELAY === undefined ? undefined : parseMailRelay(data.MAIL_RELAY);
  const [inboxDomain] = names(data.INBOX_DOMAIN);
  const [inboxReceivedBy] = names(data.INBOX_RECEIVED_BY);
  return {
    ok: true,
    settings: {
      dohUrl: data.DOH_URL,
      dnsTimeoutMs: Number(data.DNS_TIMEOUT_MS),
      maxQueries: Number(data.MAX_QUERIES),
      ...(data.DNSBL_KEY === undefined ? {} : { dnsblKey: data.DNSBL_KEY }),
      allowedDomains: names(data.ALLOWED_DOMAINS),
      watchIntervalMinutes: Number(data.WATCH_INTERVAL_MINUTES),
      checksPerRun: Number(data.CHECKS_PER_RUN),
      relays: names(data.RELAYS),
      connectTo: new Map(
        words(data.CONNECT_TO.toLowerCase()).flatMap((word): [string, string][] => {
          const [from, to] = word.split('=');
          return from === undefined || to === undefined ? [] : [[from, to]];
        }),
      ),
      ...(inboxDomain === undefined ? {} : { inboxDomain }),
      ...(inboxReceivedBy === undefined ? {} : { inboxReceivedBy }),
      ...(data.REPORT_ADDRESS === '' ? {} : { reportAddress: data.REPORT_ADDRESS.toLowerCase() }),
      apiTokens: words(data.API_TOKENS),
      ...(data.WEBHOOK_SECRET === undefined ? {} : { webhookSecret: data.WEBHOOK_SECRET }),
      ...mailSettings(data.MAIL_FROM, bindings.SEND_EMAIL, relay),
    },
  };
}

function mailSettings(from?: string, binding?: SendEmail, relay?: MailRelay): { mail?: MailSettings } {
  if (from === undefined || (binding === undefined && relay === undefined)) return {};
  return { mail: { from, ...(binding === undefined ? {} : { binding }), ...(relay === undefined ? {} : { relay }) } };
}

function names(text: string): string[] {
  return words(text).flatMap((word) => {
    const domain = parseDomain(word);
    return domain.ok ? [domain.name] : [];
  });
}
