// The settings of the chosen account as values; secrets are fetched only when they are needed.

import { readFileSync } from 'node:fs';
import { defined } from '../defined.ts';
import { EX, ExitError } from '../exit.ts';
import { type AccountSection, isPattern, readAsWritten, type Setting } from './accounts.ts';
import { directives, directivesByName, UNSUPPORTED_AUTH, type Values } from './directives.ts';
import { isProblem } from './kinds.ts';

export { DEFAULT_SIZE_LIMIT } from './directives.ts';

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

/** Directives that an account has in another form or under another name, or that do nothing. */
type Composed =
  | Extract<keyof Values, `tls${string}` | `dkim${string}` | `proxy${string}` | `autoFrom` | `${string}domain`>
  | ('protocol' | 'host' | 'port' | 'timeout' | 'from' | 'setMsgidHeader' | 'removeBccHeaders' | 'logfileTimeFormat')
  | ('sendingIp' | 'dnsServer');

/** What is not named here has the name of the directive in camel case, and the type that its kind makes; times are milliseconds. */
export interface Account extends Omit<Values, Composed>, LogSettings {
  name: string;
  /** File of the configuration, or "command line". */
  file: string;
  line: number;
  host: string;
  port: number;
  lmtp: boolean;
  /** For connecting, and for each reply. */
  timeout?: number;
  /** No limits at all. */
  timeoutOff: boolean;
  ehloName: string;
  proxy?: { host: string; port: number };
  tls: TlsSettings;
  /** Undefined where not set or a pattern. */
  from?: string;
  setMessageIdHeader: boolean;
  removeBcc: boolean;
  sendingIps: string[];
  dkim: DkimIdentity[];
  /** Domain that the relay signs for: `dkim_domain` or `dkim_selector` without `dkim_key`. */
  relaySigns?: string;
  dnsServers: string[];
  /** Why there is no password, where a variable is to hold it. */
  passwordMissing?: string;
  /** Where a directive is set, "file:line" or an option; else where the account begins. */
  place: (name: string) => string;
  /** What is understood in the configuration but not done here, one sentence each. */
  warnings: string[];
}

export interface LogSettings extends Pick<Values, 'logfile' | 'syslog'> {
  logTimeFormat: string;
}

type Settings = ReadonlyMap<string, Setting>;

/**
 * The account with the options of the command line over it.
 * @throws ExitError 78 where something that is needed is missing or contradicts itself
 */
export function accountOf(
  section: AccountSection,
  overrides: ReadonlyMap<string, string>,
  home: string | undefined,
): Account {
  const settings = settingsOf(section, overrides);
  const place = (name: string) => {
    if (overrides.has(name)) return `option --${name.replaceAll('_', '-')}`;
    const { file, line } = section.settings.get(name) ?? section;
    return `${file}:${line}`;
  };
  const values = valuesOf(settings, home);
  const wrong = missingValue(settings) ?? contradiction(values);
  if (wrong !== undefined) throw new ExitError(EX.CONFIG, `${place(wrong[0])}: account ${section.name}: ${wrong[1]}`);
  const { from, timeout, proxyHost, ...direct } = values;
  return {
    ...direct,
    ...logOf(values),
    ...defined({
      from: senderOf(values),
      timeout: timeout === 'off' ? undefined : timeout,
      proxy: proxyHost === undefined ? undefined : { host: proxyHost, port: values.proxyPort },
      relaySigns: values.dkimKey.length === 0 ? signingDomain(values) : undefined,
      passwordMissing: settings.get('password')?.missing,
    }),
    name: section.name,
    file: section.file,
    line: section.line,
    host: values.host ?? 'localhost',
    port: values.port ?? (values.tls === 'on' && values.tlsStarttls === 'off' ? 465 : 25),
    lmtp: values.protocol === 'lmtp',
    timeoutOff: timeout === 'off',
    ehloName: expandName(values.domain),
    tls: tlsOf(values),
    setMessageIdHeader: values.setMsgidHeader,
    removeBcc: values.removeBccHeaders,
    sendingIps: values.sendingIp,
    dkim: identitiesOf(values),
    dnsServers: values.dnsServer,
    place,
    warnings: warningsOf(settings, from, place),
  };
}

function settingsOf(section: AccountSection, overrides: ReadonlyMap<string, string>): Settings {
  if (overrides.size === 0) return section.settings;
  const settings = new Map(section.settings);
  for (const [name, value] of overrides) {
    const read = readAsWritten(directivesByName.get(name)!, value);
    if (isProblem(read)) throw new ExitError(EX.USAGE, `option --${name.replaceAll('_', '-')}: ${read.problem}`);
    settings.set(read.name, { ...read.setting, file: section.file, line: section.line });
  }
  return settings;
}

function valuesOf(settings: Settings, home: string | undefined): Values {
  const values: Record<string, unknown> = {};
  for (const { name, member, type, initial } of directives) {
    const setting = settings.get(name);
    const value = setting?.value ? setting.parsed : initial;
    if (value === undefined) continue;
    if (type === 'file') values[member] = expandHome(value as string, home);
    else if (type === 'files') values[member] = (value as string[]).map((each) => expandHome(each, home));
    else values[member] = value;
  }
  return values as unknown as Values;
}

/** A password is asked for when it is needed, and then by who sends: its variable may be set there alone. */
function missingValue(settings: Settings): Wrong | undefined {
  for (const [name, { missing }] of settings)
    if (missing !== undefined && name !== 'password') return [name, `${name}: ${missing}`];
  return undefined;
}

type Wrong = [directive: string, message: string];
const bad = (directive: string, message: string): Wrong => [directive, message];

/** What no directive can know of itself: the first thing that is wrong between them. */
function contradiction(values: Values): Wrong | undefined {
  return (
    relayContradiction(values) ?? tlsContradiction(values) ?? loginContradiction(values) ?? senderContradiction(values)
  );
}

function relayContradiction({ host, socket, protocol, port }: Values): Wrong | undefined {
  if (socket !== undefined) return undefined;
  if (host === undefined) return bad('host', 'no relay is named; add "host NAME"');
  if (protocol === 'lmtp' && port === undefined) return bad('protocol', 'LMTP has no usual port; add "port N"');
  return undefined;
}

function tlsContradiction({ tlsFingerprint, tlsKeyFile, tlsCertFile }: Values): Wrong | undefined {
  if (tlsFingerprint?.length === 32)
    return bad('tls_fingerprint', 'MD5 fingerprints can be forged; write the SHA-256 one into tls_fingerprint');
  if ((tlsKeyFile === undefined) === (tlsCertFile === undefined)) return undefined;
  return bad(
    tlsKeyFile === undefined ? 'tls_cert_file' : 'tls_key_file',
    'tls_key_file and tls_cert_file belong together',
  );
}

function loginContradiction({ auth, user }: Values): Wrong | undefined {
  if (UNSUPPORTED_AUTH.includes(auth)) return bad('auth', `auth ${auth} is not supported; use "auth on"`);
  if (auth !== 'off' && auth !== 'external' && user === undefined) return bad('auth', '"auth" needs "user NAME"');
  return undefined;
}

function senderContradiction(values: Values): Wrong | undefined {
  const { from, dkimKey, dkimSelector, senderRewrite, preflight } = values;
  const domain = signingDomain(values);
  if (dkimKey.length > 0 && (domain === undefined || dkimSelector.length !== dkimKey.length)) {
    return bad(
      'dkim_key',
      `${dkimKey.length} dkim_key for ${dkimSelector.length} dkim_selector and ${domain === undefined ? 'no' : 'a'} dkim_domain; each key needs its selector, and all need the domain`,
    );
  }
  if (senderRewrite !== 'off' && (from === undefined || isPattern(from)))
    return bad('sender_rewrite', `sender_rewrite ${senderRewrite} needs "from ADDRESS", the sender to put in`);
  if (senderRewrite === 'misaligned' && preflight === 'off')
    return bad('sender_rewrite', 'sender_rewrite misaligned needs the pre-flight; set "preflight warn"');
  return undefined;
}

function tlsOf(values: Values): TlsSettings {
  return {
    use: values.tls ?? 'unset',
    starttls: values.tlsStarttls ?? 'unset',
    certificateCheck: values.tlsCertcheck,
    trustFile: values.tlsTrustFile,
    ...defined({
      crlFile: values.tlsCrlFile,
      fingerprint: values.tlsFingerprint,
      keyFile: values.tlsKeyFile,
      certFile: values.tlsCertFile,
      hostOverride: values.tlsHostOverride,
    }),
  };
}

function signingDomain(values: Values): string | undefined {
  const { dkimDomain, dkimKey, dkimSelector } = values;
  return dkimDomain ?? (dkimKey.length === 0 && dkimSelector.length > 0 ? domainIn(senderOf(values)) : undefined);
}

function identitiesOf(values: Values): DkimIdentity[] {
  const domain = signingDomain(values);
  if (domain === undefined) return [];
  return values.dkimSelector.map((selector, index) => ({
    domain,
    selector,
    ...defined({ keyFile: values.dkimKey[index] }),
  }));
}

function warningsOf(settings: Settings, from: string | undefined, place: Account['place']): string[] {
  const warnings: string[] = [];
  if (from !== undefined && /[\s<>,]/.test(from) && !isPattern(from))
    warnings.push(`${place('from')}: from ${from} is not an address; a display name is from_full_name`);
  for (const name of settings.keys()) {
    if (directivesByName.get(name)?.unsupported) warnings.push(`${place(name)}: ${name} has no effect in mailshim`);
  }
  return warnings;
}

/** Where an account logs, without asking whether the rest of it is usable: for errors of the configuration itself. */
export function logSettings(section: AccountSection, home: string | undefined): LogSettings {
  return logOf(valuesOf(section.settings, home));
}

function logOf({ logfile, logfileTimeFormat, syslog }: Values): LogSettings {
  return { ...defined({ logfile, syslog }), logTimeFormat: logfileTimeFormat };
}

// Most configurations ask nothing of it, and loading it takes as long as reading them.
/** The machine's name for mail. */
export const MAIL_NAME = '/etc/mailname';

function hostname(): string {
  return process.getBuiltinModule('node:os').hostname();
}

/** `~` and `~/…` by the home, where there is one. */
export function expandHome(value: string, home: string | undefined): string {
  if (home === undefined || !(value === '~' || value.startsWith('~/'))) return value;
  return home + value.slice(1);
}

function senderOf({ from, autoFrom, maildomain }: Values): string | undefined {
  if (from === undefined) return autoFrom ? `${userName()}@${maildomain ?? hostname()}` : undefined;
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
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    return process.env.USER ?? process.env.LOGNAME ?? `uid${process.geteuid?.() ?? ''}`;
  }
}

function mailName(): string | undefined {
  try {
    return readFileSync(MAIL_NAME, 'utf8').split('\n')[0]!.trim() || undefined;
  } catch {
    return undefined;
  }
}
