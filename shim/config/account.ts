// The settings of the chosen account as values; secrets are read only when they are needed.

import { readFileSync } from 'node:fs';
import { defined } from '../defined.ts';
import { type Diagnostic, EX, ExitError, placed } from '../exit.ts';
import { type Arguments, type DiagnosticId, diagnostic } from '../messages/catalogue.ts';
import { type AccountSection, isPattern, readAsWritten, type Setting } from './accounts.ts';
import { directiveNamed, directives, directivesByName, UNSUPPORTED_AUTH, type Values } from './directives.ts';
import { isProblem } from './kinds.ts';

export { DEFAULT_SIZE_LIMIT } from './directives.ts';

export interface TlsSettings {
  /** `unset`: the configuration does not set it; clear text then only to this machine. */
  use: 'on' | 'off' | 'unset';
  /** `unset`: found out by connecting. */
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
  /** The private key to sign with; absent if the relay signs. */
  keyFile?: string;
  /** Base64 of `p=`, once the key is read. */
  publicKey?: string;
}

/** Directives that an account has in another form or under another name, or that have no effect. */
type Composed =
  | Extract<keyof Values, `tls${string}` | `dkim${string}` | `proxy${string}` | `autoFrom` | `${string}domain`>
  | ('protocol' | 'host' | 'port' | 'timeout' | 'from' | 'setMsgidHeader' | 'removeBccHeaders' | 'logfileTimeFormat')
  | ('sendingIp' | 'dnsServer');

/** Other members have the name of the directive in camel case and the type of its kind; times are milliseconds. */
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
  /** Undefined if not set, or a pattern. */
  from?: string;
  setMessageIdHeader: boolean;
  removeBcc: boolean;
  sendingIps: string[];
  dkim: DkimIdentity[];
  /** Domain that the relay signs for: `dkim_domain` or `dkim_selector` without `dkim_key`. */
  relaySigns?: string;
  dnsServers: string[];
  /** Why the variable of the password gives none. */
  passwordMissing?: Diagnostic;
  /** Where a directive is set, "file:line" or an option; otherwise where the account begins. */
  place: (name: string) => string;
  /** Settings without effect, or with one that is probably not meant. */
  warnings: Diagnostic[];
}

export interface LogSettings extends Pick<Values, 'logfile' | 'syslog'> {
  logTimeFormat: string;
}

type Settings = ReadonlyMap<string, Setting>;

/**
 * The account, with the options of the command line in place of its directives.
 * @throws ExitError 78 if a setting is missing or contradicts another
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
  if (wrong !== undefined) throw new ExitError(placed(`${place(wrong[0])}: account ${section.name}`, wrong[1]));
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
    const read = readAsWritten(directiveNamed(name), value);
    if (isProblem(read)) throw new ExitError(placed(`option --${name.replaceAll('_', '-')}`, read.problem), EX.USAGE);
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
    if (type === 'file' && typeof value === 'string') values[member] = expandHome(value, home);
    else if (type === 'files' && Array.isArray(value)) values[member] = value.map((each) => expandHome(each, home));
    else values[member] = value;
  }
  // The table of directives is what the type is made from: each member was parsed by its kind.
  return values as unknown as Values;
}

/** Without the password, which is read when it is needed, by the sender: only there its variable may be set. */
function missingValue(settings: Settings): Wrong | undefined {
  for (const [name, { missing }] of settings)
    if (missing !== undefined && name !== 'password') return [name, placed(name, missing)];
  return undefined;
}

type Wrong = [directive: string, problem: Diagnostic];
const bad = <K extends DiagnosticId>(directive: string, id: K, ...args: Arguments<K>): Wrong => [
  directive,
  diagnostic(id, ...args),
];

/** The first contradiction between directives. */
function contradiction(values: Values): Wrong | undefined {
  return (
    relayContradiction(values) ?? tlsContradiction(values) ?? loginContradiction(values) ?? senderContradiction(values)
  );
}

function relayContradiction({ host, socket, protocol, port }: Values): Wrong | undefined {
  if (socket !== undefined) return undefined;
  if (host === undefined) return bad('host', 'account.no-host');
  if (protocol === 'lmtp' && port === undefined) return bad('protocol', 'account.lmtp-port');
  return undefined;
}

function tlsContradiction({ tlsFingerprint, tlsKeyFile, tlsCertFile }: Values): Wrong | undefined {
  if (tlsFingerprint?.length === 32) return bad('tls_fingerprint', 'account.md5-fingerprint');
  if ((tlsKeyFile === undefined) === (tlsCertFile === undefined)) return undefined;
  return bad(tlsKeyFile === undefined ? 'tls_cert_file' : 'tls_key_file', 'account.client-certificate');
}

function loginContradiction({ auth, user }: Values): Wrong | undefined {
  if (UNSUPPORTED_AUTH.includes(auth)) return bad('auth', 'account.auth', { method: auth });
  if (auth !== 'off' && auth !== 'external' && user === undefined) return bad('auth', 'account.no-user');
  return undefined;
}

function senderContradiction(values: Values): Wrong | undefined {
  const { from, dkimKey, dkimSelector, senderRewrite, preflight } = values;
  const domain = signingDomain(values);
  if (dkimKey.length > 0 && (domain === undefined || dkimSelector.length !== dkimKey.length)) {
    const counts = { keys: dkimKey.length, selectors: dkimSelector.length, hasDomain: domain !== undefined };
    return bad('dkim_key', 'account.dkim-keys', counts);
  }
  if (senderRewrite !== 'off' && (from === undefined || isPattern(from)))
    return bad('sender_rewrite', 'account.rewrite-sender', { rewrite: senderRewrite });
  if (senderRewrite === 'misaligned' && preflight === 'off') return bad('sender_rewrite', 'account.rewrite-preflight');
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

function warningsOf(settings: Settings, from: string | undefined, place: Account['place']): Diagnostic[] {
  const warnings: Diagnostic[] = [];
  if (from !== undefined && /[\s<>,]/.test(from) && !isPattern(from))
    warnings.push(placed(place('from'), diagnostic('account.from', { from })));
  for (const name of settings.keys()) {
    if (directivesByName.get(name)?.unsupported)
      warnings.push(placed(place(name), diagnostic('directive.no-effect', { word: name })));
  }
  return warnings;
}

/** Where an account logs, even if the rest of it cannot be used: for errors of the configuration. */
export function logSettings(section: AccountSection, home: string | undefined): LogSettings {
  return logOf(valuesOf(section.settings, home));
}

function logOf({ logfile, logfileTimeFormat, syslog }: Values): LogSettings {
  return { ...defined({ logfile, syslog }), logTimeFormat: logfileTimeFormat };
}

/** The machine's name for mail. */
export const MAIL_NAME = '/etc/mailname';

// Few configurations need it, and loading it takes as long as reading them.
function hostname(): string {
  return process.getBuiltinModule('node:os').hostname();
}

/** With `home` in place of `~`, if there is a home. */
export function expandHome(value: string, home: string | undefined): string {
  if (home === undefined || !(value === '~' || value.startsWith('~/'))) return value;
  return home + value.slice(1);
}

function senderOf({ from, autoFrom, maildomain }: Values): string | undefined {
  if (from === undefined) return autoFrom ? `${userName()}@${maildomain ?? hostname()}` : undefined;
  // %F is the address of the header From, which is the default of "from" too.
  return isPattern(from) || from.includes('%F') ? undefined : expandName(from);
}

function domainIn(address: string | undefined): string | undefined {
  return address?.includes('@') === true ? address.slice(address.lastIndexOf('@') + 1) : undefined;
}

// %U user, %H host name, %C canonical host name (not looked up in DNS here), %M the machine's name for mail.
function expandName(text: string): string {
  return text.replace(/%[UHCM]/g, (code) => {
    if (code === '%U') return userName();
    return (code === '%M' ? mailName() : undefined) ?? hostname();
  });
}

// The uid of a container often has no entry in passwd.
function userName(): string {
  try {
    return process.getBuiltinModule('node:os').userInfo().username;
  } catch {
    return process.env.USER ?? process.env.LOGNAME ?? `uid${process.geteuid?.() ?? ''}`;
  }
}

function mailName(): string | undefined {
  try {
    return readFileSync(MAIL_NAME, 'utf8').split('\n')[0]?.trim() || undefined;
  } catch {
    return undefined;
  }
}
