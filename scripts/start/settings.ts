// What `npm start` is told: the Worker's settings and its own, from the environment, .dev.vars and wrangler.toml.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { unstable_readConfig } from 'wrangler';

/** The Worker's settings and secrets, as worker/settings.ts has them. */
export const WORKER_SETTINGS = [
  'DOH_URL',
  'DNS_TIMEOUT_MS',
  'MAX_QUERIES',
  'DNSBL_KEY',
  'ALLOWED_DOMAINS',
  'WATCH_INTERVAL_MINUTES',
  'CHECKS_PER_RUN',
  'RELAYS',
  'CONNECT_TO',
  'INBOX_DOMAIN',
  'INBOX_RECEIVED_BY',
  'REPORT_ADDRESS',
  'API_TOKENS',
  'WEBHOOK_SECRET',
  'MAIL_RELAY',
  'MAIL_FROM',
] as const;

/** Requests of one client a minute where nothing is set, as wrangler.toml has it. */
const PER_MINUTE = 60;

export interface StartSettings {
  host: string;
  port: number;
  /** Folder of the database; without it nothing is watched, and there are no test inboxes. */
  data?: string;
  /** Requests that one client may make a minute; absent where they are not counted. */
  perMinute?: number;
  /** Bindings of the Worker: its settings and secrets. */
  vars: Record<string, string>;
  compatibilityDate: string;
  compatibilityFlags: string[];
}
export type StartSettingsResult = { ok: true; settings: StartSettings } | { ok: false; problems: string[] };

type Environment = Record<string, string | undefined>;

/**
 * Of the environment, `.dev.vars` and wrangler.toml in the folder `root`, the first that has a setting counts; an empty
 * one is as good as none. The values of the Worker's own settings are for the Worker to check.
 */
export function readStartSettings(environment: Environment, root: string): StartSettingsResult {
  const config = unstable_readConfig({ config: join(root, 'wrangler.toml') });
  const devVars = join(root, '.dev.vars');
  const given: Environment = {
    ...(config.vars as Record<string, string>),
    ...(existsSync(devVars) ? parseEnv(readFileSync(devVars, 'utf8')) : {}),
    ...Object.fromEntries(Object.entries(environment).filter(([, value]) => value !== '')),
  };
  const problems: string[] = [];
  const wholeNumber = (name: string, least: number, most: number): number | undefined => {
    const text = given[name];
    if (text === undefined || text === '') return undefined;
    if (/^\d{1,9}$/.test(text) && Number(text) >= least && Number(text) <= most) return Number(text);
    problems.push(`${name} must be a whole number from ${least} to ${most}, and is “${text}”`);
    return undefined;
  };
  const port = wholeNumber('PORT', 0, 65_535) ?? 8787;
  const bound = config.ratelimits.find(({ name }: { name: string }) => name === 'RATE_LIMITER')?.simple;
  const perMinute = wholeNumber('RATE_LIMIT', 0, 1_000_000) ?? (bound?.period === 60 ? bound.limit : PER_MINUTE);
  const hasDatabase = config.d1_databases.some(({ binding }: { binding: string }) => binding === 'DB');
  const data = given.DATA || (hasDatabase ? join(root, '.wrangler', 'data') : undefined);
  if (data !== undefined && !data.startsWith('/')) problems.push(`DATA must be a folder’s full path, and is “${data}”`);
  if (problems.length > 0) return { ok: false, problems };
  const vars: Record<string, string> = {};
  for (const name of WORKER_SETTINGS) {
    const value = given[name];
    if (value !== undefined && value !== '') vars[name] = value;
  }
  return {
    ok: true,
    settings: {
      host: given.HOST || '127.0.0.1',
      port,
      ...(data === undefined ? {} : { data }),
      ...(perMinute === 0 ? {} : { perMinute }),
      vars,
      compatibilityDate: config.compatibility_date!,
      compatibilityFlags: config.compatibility_flags,
    },
  };
}
