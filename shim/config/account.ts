// The settings of the chosen account as values; secrets are fetched only when they are needed.

import { readFileSync } from 'node:fs';
import { hostname, userInfo } from 'node:os';
import { EX, ExitError } from '../exit.ts';
import { type AccountSection, checkValue, isPattern, modernize } from './accounts.ts';
import { directivesByName, UNSUPPORTED_AUTH } from './directives.ts';

export interface TlsSettings {
  /** `unset`: the configuration says nothing; clear text then only to this machine itself. */
  use: 'on' | 'off' | 'unset';
  /** `unset`: found out by asking the port. */
  starttls: 'on' | 'off' | 'unset';
  certificateCheck: boolean;
  /** File name, or `system`. */
  trustFile: string;
  crlFile?: string;
  /** Lower-case hex without colons. */
  fingerprint?: string;
  keyFile?: string;
  certFile?: string;
  hostOverride?: string;
}

export interface DkimIdentity {
  domain: string;
  selector: string;
  /** The private key to sign with; absent where the relay signs. */
  keyFile?: string;
  /** Base64 of `p=`, once the key is read. */
  publicKey?: string;
}

export interface Account {
  name: string;
  /** File of the configuration, or "command line". */
  file: string;
  line: number;
  host: string;
  port: number;
  lmtp: boolean;
  /** Milliseconds for connecting, and for each reply. */
  timeout?: number;
  /** No limits at all. */
  timeoutOff: boolean;
  ehloName: string;
  socket?: string;
  sourceIp?: string;
  proxy?: { host: string; port: number };
  /** `off`, `on` (choose), or the method. */
  auth: string;
  user?: string;
  password?: string;
  passwordeval?: string;
  tls: TlsSettings;
  /** Undefined where not set or a pattern. */
  from?: string;
  fromFullName?: string;
  allowFromOverride: boolean;
  setFromHeader: 'auto' | 'on' | 'off';
  setDateHeader: boolean;
  setMessageIdHeader: boolean;
  setToHeader: 'on' | 'off' | 'undisclosed_recipients';
  removeBcc: boolean;
  dsnNotify?: string;
  dsnReturn?: string;
  logfile?: string;
  logTimeFormat: string;
  syslog?: string;
  aliases?: string;
  preflight: 'off' | 'warn' | 'enforce';
  preflightUrl?: string;
  preflightToken?: string;
  /** Milliseconds. */
  preflightTimeout: number;
  /** Folder; undefined for the user's own, `off` for none. */
  preflightCache?: string;
  sendingIps: string[];
  senderRewrite: 'off' | 'misaligned' | 'always';
  /** Patterns. */
  allowSender: string[];
  dkim: DkimIdentity[];
  /** Domain that the relay signs for: `dkim_domain` or `dkim_selector` without `dkim_key`. */
  relaySigns?: string;
  dnsServers: string[];
  messageSizeLimit: number;
  /** Undefined where the configuration leaves it to what is set up. */
  delivery?: 'queue' | 'direct';
  /** Folder, or `off`. */
  spool?: string;
  /** Milliseconds. */
  submitDeadline: number;
  /** Milliseconds. */
  queueLifetime: number;
  /** Address, or `off`; undefined for the envelope sender. */
  bounceTo?: string;
  relayConnections: number;
  /** Recipients in one transaction. */
  relayRecipients: number;
  /** Mails over one connection. */
  relayMessages: number;
  /** Name of the account to use while this relay is away. */
  fallbackAccount?: string;
  /** Patterns of the recipients that mail may go to; empty for all. */
  onlyTo: string[];
  /** Address that gets every mail. */
  redirectTo?: string;
  outbreak: 'warn' | 'off' | 'hold';
  /** Mails in ten minutes. */
  outbreakLimit: number;
  outbreakWebhook?: string;
  dropFiles: number;
  dropBytes: number;
  /** What is understood in the configuration but not done here, one sentence each. */
  warnings: string[];
}

/** 50 MB, above what mail providers take; one mail must not fill the machine's memory. */
export const DEFAULT_SIZE_LIMIT = 50 * 1024 * 1024;
/** Seconds that a shopper may wait in the worst case. */
const DEFAULT_DEADLINE = 10;
/** RFC 5321 section 4.5.4.1: "at least 4-5 days". */
const DEFAULT_LIFETIME = '5d';
/** Enough to hide the round trips, few enough for any relay. */
const DEFAULT_CONNECTIONS = 6;

/**
 * The account with the options of the command line over it.
 * @throws ExitError 78 where something that is needed is missing or contradicts itself
 */
export function accountOf(
  section: AccountSection,
  overrides: ReadonlyMap<string, string>,
  home: string | undefined,
): Account {
  const settings = new Map<string, string>();
  for (const [name, setting] of section.settings) settings.set(name, setting.value);
  for (const [name, value] of overrides) {
    const checked = checkValue(directivesByName.get(name)!, value);
    if (typeof checked !== 'string')
      throw new ExitError(EX.USAGE, `option --${name.replaceAll('_', '-')}: ${checked.problem}`);
    settings.set(...modernize(name, checked));
  }
  const get = (name: string) => {
    const value = settings.get(name);
    return value === '' ? undefined : value;
  };
  const file = (name: string) => {
    const value = get(name);
    return value === undefined ? undefined : expandHome(value, home);
  };
  const isOn = (name: string, unset: boolean) => (settings.get(name) ?? (unset ? 'on' : 'off')) === 'on';
  const where = (name: string) => {
    const setting = section.settings.get(name);
    return setting === undefined ? `${section.file}:${section.line}` : `${setting.file}:${setting.line}`;
  };
  const fail = (name: string, message: string): never => {
    throw new ExitError(EX.CONFIG, `${where(name)}: account ${section.name}: ${message}`);
  };

  const tls: TlsSettings = {
    use: (settings.get('tls') as 'on' | 'off' | undefined) ?? 'unset',
    starttls: (settings.get('tls_starttls') as 'on' | 'off' | undefined) ?? 'unset',
    certificateCheck: isOn('tls_certcheck', true),
    trustFile: file('tls_trust_file') ?? 'system',
    ...optional('crlFile', file('tls_crl_file')),
    ...optional('fingerprint', get('tls_fingerprint')),
    ...optional('keyFile', file('tls_key_file')),
    ...optional('certFile', file('tls_cert_file')),
    ...optional('hostOverride', get('tls_host_override')),
  };
  if (tls.fingerprint?.length === 32)
    fail('tls_fingerprint', 'MD5 fingerprints can be forged; write the SHA-256 one into tls_fingerprint');
  const lmtp = get('protocol') === 'lmtp';
  const socket = file('socket');
  const host = get('host');
  if (host === undefined && socket === undefined) fail('host', 'no relay is named; add "host NAME"');
  const port = get('port') ?? (tls.use === 'on' && tls.starttls === 'off' ? '465' : '25');
  if (lmtp && get('port') === undefined && socket === undefined)
    fail('protocol', 'LMTP has no usual port; add "port N"');
  if ((tls.keyFile === undefined) !== (tls.certFile === undefined)) {
    fail(
      tls.keyFile === undefined ? 'tls_cert_file' : 'tls_key_file',
      'tls_key_file and tls_cert_file belong together',
    );
  }
  const auth = get('auth') ?? 'off';
  if (UNSUPPORTED_AUTH.includes(auth)) fail('auth', `auth ${auth} is not supported; use "auth on"`);
  if (auth !== 'off' && auth !== 'external' && get('user') === undefined) fail('auth', '"auth" needs "user NAME"');
  const timeout = get('timeout');
  const from = get('from');
  const proxyHost = get('proxy_host');
  const preflightCache = file('preflight_cache');
  const selectors = list(get('dkim_selector'));
  const keyFiles = list(get('dkim_key')).map((name) => expandHome(name, home));
  const sender = senderOf(from, isOn('auto_from', false), get('maildomain'));
  const domain = get('dkim_domain') ?? (keyFiles.length === 0 && selectors.length > 0 ? domainIn(sender) : undefined);
  if (keyFiles.length > 0 && (domain === undefined || selectors.length !== keyFiles.length)) {
    fail(
      'dkim_key',
      `${keyFiles.length} dkim_key for ${selectors.length} dkim_selector and ${domain === undefined ? 'no' : 'a'} dkim_domain; each key needs its selector, and all need the domain`,
    );
  }
  const senderRewrite = (get('sender_rewrite') as Account['senderRewrite'] | undefined) ?? 'off';
  if (senderRewrite !== 'off' && (from === undefined || isPattern(from))) {
    fail('sender_rewrite', `sender_rewrite ${senderRewrite} needs "from ADDRESS", the sender to put in`);
  }
  if (senderRewrite === 'misaligned' && get('preflight') === 'off') {
    fail('sender_rewrite', 'sender_rewrite misaligned needs the pre-flight; set "preflight warn"');
  }
  const warnings: string[] = [];
  if (from !== undefined && /[\s<>,]/.test(from) && !isPattern(from))
    warnings.push(`${where('from')}: from ${from} is not an address; a display name is from_full_name`);
  for (const name of settings.keys()) {
    if (directivesByName.get(name)?.unsupported) warnings.push(`${where(name)}: ${name} has no effect in mailshim`);
  }
  return {
    name: section.name,
    file: section.file,
    line: section.line,
    host: host ?? 'localhost',
    port: Number(port),
    lmtp,
    timeoutOff: timeout === 'off',
    ...optional('timeout', timeout === undefined || timeout === 'off' ? undefined : Number(timeout) * 1000),
    ehloName: expandName(get('domain') ?? 'localhost'),
    ...optional('socket', socket),
    ...optional('sourceIp', get('source_ip')),
    ...optional(
      'proxy',
      proxyHost === undefined ? undefined : { host: proxyHost, port: Number(get('proxy_port') ?? 1080) },
    ),
    auth,
    ...optional('user', get('user')),
    ...optional('password', get('password')),
    ...optional('passwordeval', get('passwordeval')),
    tls,
    ...optional('from', sender),
    ...optional('fromFullName', get('from_full_name')),
    allowFromOverride: isOn('allow_from_override', true),
    setFromHeader: (get('set_from_header') as Account['setFromHeader'] | undefined) ?? 'auto',
    setDateHeader: get('set_date_header') !== 'off',
    setMessageIdHeader: get('set_msgid_header') !== 'off',
    setToHeader: (get('set_to_header') as Account['setToHeader'] | undefined) ?? 'off',
    removeBcc: isOn('remove_bcc_headers', true),
    ...optional('dsnNotify', unlessOff(get('dsn_notify'))),
    ...optional('dsnReturn', unlessOff(get('dsn_return'))),
    ...logSettingsOf((name) => settings.get(name), home),
    ...optional('aliases', file('aliases')),
    preflight: (get('preflight') as Account['preflight'] | undefined) ?? 'warn',
    ...optional('preflightUrl', get('preflight_url')?.replace(/\/+$/, '')),
    ...optional('preflightToken', get('preflight_token')),
    preflightTimeout: Number(get('preflight_timeout') ?? 2) * 1000,
    ...optional('preflightCache', preflightCache),
    sendingIps: list(get('sending_ip')),
    senderRewrite,
    allowSender: list(get('allow_sender')),
    dkim:
      domain === undefined
        ? []
        : selectors.map((selector, index) => ({ domain, selector, ...optional('keyFile', keyFiles[index]) })),
    ...optional('relaySigns', keyFiles.length === 0 ? domain : undefined),
    dnsServers: list(get('dns_server')),
    messageSizeLimit: Number(get('message_size_limit') ?? DEFAULT_SIZE_LIMIT),
    ...optional('delivery', get('delivery') as Account['delivery']),
    ...optional('spool', file('spool')),
    submitDeadline: Number(get('submit_deadline') ?? DEFAULT_DEADLINE) * 1000,
    queueLifetime: duration(get('queue_lifetime') ?? DEFAULT_LIFETIME),
    ...optional('bounceTo', get('bounce_to')),
    relayConnections: Number(get('relay_connections') ?? DEFAULT_CONNECTIONS),
    relayRecipients: Number(get('relay_recipients') ?? 50),
    relayMessages: Number(get('relay_messages') ?? 100),
    ...optional('fallbackAccount', get('fallback_account')),
    onlyTo: list(get('only_to')),
    ...optional('redirectTo', get('redirect_to')),
    outbreak: (get('outbreak') as Account['outbreak'] | undefined) ?? 'warn',
    outbreakLimit: Number(get('outbreak_limit') ?? 100),
    ...optional('outbreakWebhook', get('outbreak_webhook')),
    dropFiles: Number(get('drop_files') ?? 10_000),
    dropBytes: Number(get('drop_bytes') ?? 1024 ** 3),
    warnings,
  };
}

export interface LogSettings {
  logfile?: string;
  logTimeFormat: string;
  syslog?: string;
}

/** Where an account logs, without asking whether the rest of it is usable: for errors of the configuration itself. */
export function logSettings(section: AccountSection, home: string | undefined): LogSettings {
  return logSettingsOf((name) => section.settings.get(name)?.value, home);
}

function logSettingsOf(value: (name: string) => string | undefined, home: string | undefined): LogSettings {
  const syslog = value('syslog') ?? 'off';
  return {
    ...optional('logfile', logfileOf(value('logfile'), home)),
    logTimeFormat: value('logfile_time_format') || '%b %d %H:%M:%S',
    ...optional('syslog', syslog === 'off' ? undefined : syslog),
  };
}

function logfileOf(value: string | undefined, home: string | undefined): string | undefined {
  return value === undefined || value === '' || value === 'none' ? undefined : expandHome(value, home);
}

/** `~` and `~/…` by the home, where there is one. */
export function expandHome(value: string, home: string | undefined): string {
  if (home === undefined || !(value === '~' || value.startsWith('~/'))) return value;
  return home + value.slice(1);
}

function senderOf(from: string | undefined, auto: boolean, maildomain: string | undefined): string | undefined {
  if (from === undefined) return auto ? `${userName()}@${maildomain ?? hostname()}` : undefined;
  // %F is the address of the header From, which is what holds without any "from" too.
  return isPattern(from) || from.includes('%F') ? undefined : expandName(from);
}

function domainIn(address: string | undefined): string | undefined {
  return address?.includes('@') === true ? address.slice(address.lastIndexOf('@') + 1) : undefined;
}

// %U user, %H host name, %C canonical host name (not asked of DNS here), %M the machine's name for mail.
function expandName(text: string): string {
  return text.replace(/%[UHCM]/g, (code) => {
    if (code === '%U') return userName();
    return (code === '%M' ? mailName() : undefined) ?? hostname();
  });
}

// A container's uid is often in no passwd file.
function userName(): string {
  try {
    return userInfo().username;
  } catch {
    return process.env.USER ?? process.env.LOGNAME ?? `uid${process.geteuid?.() ?? ''}`;
  }
}

function mailName(): string | undefined {
  try {
    return readFileSync('/etc/mailname', 'utf8').split('\n')[0]!.trim() || undefined;
  } catch {
    return undefined;
  }
}

const UNITS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds of "5", "5d", "12h", "30m" or "90s". */
function duration(text: string): number {
  return Number.parseInt(text, 10) * UNITS[/[smhd]$/.exec(text)?.[0] ?? 'd']!;
}

function list(text: string | undefined): string[] {
  return text === undefined ? [] : text.split(/[\s,]+/).filter((word) => word !== '');
}

function unlessOff(text: string | undefined): string | undefined {
  return text === 'off' ? undefined : text;
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return (value === undefined ? {} : { [key]: value }) as { [P in K]?: V };
}
