// Every directive of the configuration in one table: those of msmtp, and our own. The reader, the options and the type of an
// account are made from it; documentation.ts has the texts for help and docs.

import {
  address,
  addressOrOff,
  autoOff,
  boolean,
  choice,
  command,
  credential,
  dsnNotify,
  duration,
  file,
  files,
  fingerprint,
  host,
  integer,
  type Kind,
  list,
  mapped,
  onOff,
  orNone,
  patterns,
  port,
  seconds,
  text,
  timeout,
  url,
} from './kinds.ts';

interface Row<V, D extends V | undefined> extends Omit<Kind<V>, 'empty' | 'choices'> {
  /** Its key in the table, and that in camel case. */
  name: string;
  member: string;
  empty: Kind<V>['empty'] | undefined;
  choices: Kind<V>['choices'] | undefined;
  metavar: string;
  /** The default. */
  initial: D;
  /** Ours: msmtp rejects it, so a file that both read has it after "#mailshim:". */
  own: boolean;
  /** Accepted without effect; the log says so. */
  unsupported: boolean;
  /** May be given on the command line as --name=value. */
  longOption: boolean;
  /** Never printed. */
  secret: boolean;
  /** Obsolete: the directive that replaced it, and its value there. */
  means: ((value: V) => [name: string, text: string]) | undefined;
}
type Options<V> = Partial<Pick<Row<V, undefined>, 'own' | 'unsupported' | 'longOption' | 'secret' | 'means'>>;

/** The default metavar of a choice is its values. */
function row<V, const D extends V | undefined = undefined>(
  kind: Kind<V>,
  metavar = '',
  initial: D = none as D,
  options: Options<V> = {},
): Row<V, D> {
  const { type, empty, choices, parse } = kind;
  // All rows have these members, in this order: each run makes the table, and a spread takes ten times as long.
  return {
    name: '',
    member: '',
    type,
    parse,
    empty,
    choices,
    metavar: metavar || (choices ?? []).join('|'),
    initial,
    own: options.own ?? false,
    unsupported: options.unsupported ?? false,
    longOption: options.longOption ?? true,
    secret: options.secret ?? false,
    means: options.means,
  };
}

const own = { own: true, longOption: false };
const none = undefined;
const nothing: string[] = [];
const unused = { unsupported: true };
const old = { longOption: false };
const not = (name: string) => (value: boolean) => [name, value ? 'off' : 'on'] as [string, string];

// biome-ignore format: a long list of words.
const AUTH = choice(
  [
    'on', 'off', 'plain', 'login', 'cram-md5', 'xoauth2', 'oauthbearer', 'scram-sha-1', 'scram-sha-256',
    'external', 'scram-sha-1-plus', 'scram-sha-256-plus', 'digest-md5', 'ntlm', 'gssapi',
  ],
  // Replies to EHLO have methods in capitals, and users copy them from there.
  (value) => value.toLowerCase(),
);
/** Known to msmtp and not offered here; an account that names one cannot be used. */
// biome-ignore format: a long list of words.
export const UNSUPPORTED_AUTH: readonly string[] = [
  'scram-sha-1-plus', 'scram-sha-256-plus', 'digest-md5', 'ntlm', 'gssapi',
];
// biome-ignore format: a long list of words.
const FACILITY = choice([
  'on', 'off', 'LOG_USER', 'LOG_MAIL', 'LOG_LOCAL0', 'LOG_LOCAL1', 'LOG_LOCAL2', 'LOG_LOCAL3', 'LOG_LOCAL4',
  'LOG_LOCAL5', 'LOG_LOCAL6', 'LOG_LOCAL7',
]);

/** 50 MB, more than mail providers accept; one mail must not fill the machine's memory. */
export const DEFAULT_SIZE_LIMIT = 50 * 1024 * 1024;
/** Milliseconds that the sender of a private spool stays without mail. */
export const DEFAULT_SENDER_IDLE = 30_000;
/** Milliseconds: RFC 5321 section 4.5.4.1 asks for at least 4 to 5 days. */
const LIFETIME = 5 * 86_400_000;
const TERABYTE = 1024 ** 4;

// biome-ignore format: one directive is one line, as far as its help allows.
const table = {
  host: row(host, 'NAME'),
  port: row(port, 'N'),
  protocol: row(choice(['smtp', 'lmtp']), '', 'smtp'),
  timeout: row(timeout, 'SECONDS|off'),
  connect_timeout: row(timeout, 'SECONDS|off', none, { ...old, means: (value) => ['timeout', value === 'off' ? value : String(value / 1000)] }),
  domain: row(text, 'NAME', 'localhost'),
  socket: row(file, 'PATH'),
  source_ip: row(text, 'ADDRESS'),
  proxy_host: row(text, 'NAME'),
  proxy_port: row(port, 'N', 1080),
  auth: row(AUTH, '', 'off'),
  user: row(text, 'NAME'),
  password: row(text, 'SECRET', none, { ...old, secret: true }),
  passwordeval: row(command, 'COMMAND', none, { secret: true }),
  password_credential: row(credential, 'NAME', none, own),
  ntlmdomain: row(text, 'NAME', none, unused),
  tls: row(onOff),
  tls_starttls: row(onOff),
  tls_trust_file: row(file, 'FILE|system', 'system'),
  tls_crl_file: row(file, 'FILE'),
  tls_fingerprint: row(fingerprint, 'HEX'),
  tls_certcheck: row(boolean, '', true),
  tls_key_file: row(file, 'FILE'),
  tls_cert_file: row(file, 'FILE'),
  tls_min_dh_prime_bits: row({ ...integer(0, 65_536), empty: '0' }, 'N', none, unused),
  tls_priorities: row(text, 'TEXT', none, unused),
  tls_host_override: row(text, 'NAME'),
  from: row(text, 'ADDRESS'),
  from_full_name: row(text, 'NAME'),
  allow_from_override: row(mapped(choice(['off', 'on']), (value) => value === 'on'), 'on|off', true),
  set_from_header: row(choice(['auto', 'on', 'off']), '', 'auto'),
  set_date_header: row(autoOff, '', true),
  set_msgid_header: row(autoOff, '', true),
  set_to_header: row(choice(['on', 'off', 'undisclosed_recipients']), '', 'off'),
  undisclosed_recipients: row(boolean, '', none, { means: (value) => ['set_to_header', value ? 'undisclosed_recipients' : 'off'] }),
  remove_bcc_headers: row(boolean, '', true),
  dsn_notify: row(orNone(dsnNotify), 'off|never|failure,delay,success'),
  dsn_return: row(orNone(choice(['off', 'headers', 'full']))),
  logfile: row(orNone(file, 'none'), 'FILE|-|none'),
  logfile_time_format: row(text, 'STRFTIME', '%b %d %H:%M:%S'),
  syslog: row(orNone(FACILITY), 'on|off|LOG_FACILITY'),
  aliases: row(file, 'FILE'),
  auto_from: row(boolean, '', false),
  maildomain: row(text, 'NAME'),
  keepbcc: row(boolean, '', none, { means: not('remove_bcc_headers') }),
  add_missing_from_header: row(boolean, '', none, { means: (value) => ['set_from_header', value ? 'auto' : 'off'] }),
  add_missing_date_header: row(boolean, '', none, { means: (value) => ['set_date_header', value ? 'auto' : 'off'] }),
  tls_nocertcheck: row(boolean, '', none, { ...old, means: not('tls_certcheck') }),
  tls_nostarttls: row(boolean, '', none, { ...old, means: not('tls_starttls') }),
  tls_force_sslv3: row(boolean, '', none, { ...unused, ...old }),
  preflight: row(choice(['warn', 'off', 'enforce']), 'off|warn|enforce', 'warn', own),
  preflight_url: row(url, 'URL', none, own),
  preflight_token: row(text, 'SECRET', none, { ...own, secret: true }),
  preflight_timeout: row(seconds(60), 'SECONDS', 2000, own),
  preflight_cache: row(file, 'FOLDER|off', none, own),
  sending_ip: row(list, 'ADDRESS ...', nothing, own),
  sender_rewrite: row(choice(['off', 'misaligned', 'always']), '', 'off', own),
  allow_sender: row(list, 'PATTERN ...', nothing, own),
  dkim_domain: row(text, 'NAME', none, own),
  dkim_selector: row(list, 'NAME ...', nothing, own),
  dkim_key: row(files, 'FILE ...', nothing, own),
  dns_server: row(list, 'ADDRESS[:PORT] ...', nothing, own),
  message_size_limit: row(integer(1, TERABYTE), 'BYTES', DEFAULT_SIZE_LIMIT, own),
  delivery: row(choice(['queue', 'direct']), '', none, own),
  spool: row(file, 'FOLDER|off', none, own),
  submit_deadline: row(seconds(3600), 'SECONDS', 10_000, own),
  queue_lifetime: row(duration, 'DAYS', LIFETIME, own),
  envelope_sender: row(address, 'ADDRESS', none, own),
  bounce_to: row(addressOrOff, 'ADDRESS|off', none, own),
  relay_connections: row(integer(1, 100), 'N', 6, own),
  relay_recipients: row(integer(1, 10_000), 'N', 50, own),
  relay_messages: row(integer(1, 10_000), 'N', 100, own),
  fallback_account: row(text, 'NAME', none, own),
  only_to: row(patterns, 'PATTERN ...', nothing, own),
  redirect_to: row(address, 'ADDRESS', none, own),
  outbreak: row(choice(['warn', 'off', 'hold']), 'off|warn|hold', 'warn', own),
  outbreak_limit: row(integer(1, 1_000_000), 'N', 100, own),
  outbreak_webhook: row(url, 'URL', none, { ...own, secret: true }),
  sender_idle: row(seconds(86_400), 'SECONDS', DEFAULT_SENDER_IDLE, own),
  drop_files: row(integer(1, 1_000_000), 'N', 10_000, own),
  drop_bytes: row(integer(1, TERABYTE), 'BYTES', 1024 ** 3, own),
};

type Table = typeof table;
export type DirectiveName = keyof Table;
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Value<R> = R extends Row<infer V, infer D> ? (D extends undefined ? V : Exclude<V, undefined>) : never;
type Optional = { [K in DirectiveName]: Table[K]['initial'] extends undefined ? K : never }[DirectiveName];

/** The typed values of all directives, under their names in camel case; optional without a default. */
export type Values = { [K in Exclude<DirectiveName, Optional> as Camel<K>]: Value<Table[K]> } & {
  [K in Optional as Camel<K>]?: Exclude<Value<Table[K]>, undefined>;
};

export interface Directive extends Row<unknown, unknown> {
  name: DirectiveName;
}
export const directives: readonly Directive[] = Object.entries(table).map(([name, entry]) => {
  // The type of a row's value is lost in the list; `Values` has it by name.
  const directive = entry as Row<unknown, unknown> as Directive;
  directive.name = name as DirectiveName;
  directive.member = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return directive;
});
export const directivesByName: ReadonlyMap<string, Directive> = new Map(directives.map((entry) => [entry.name, entry]));

/** @throws where there is no such directive, which is a bug */
export function directiveNamed(name: string): Directive {
  const directive = directivesByName.get(name);
  if (directive === undefined) throw new Error(`not a directive: ${name}`);
  return directive;
}

/** The directive that a misspelt word most likely means; undefined if none is near. */
export function nearestDirective(word: string): string | undefined {
  let best: string | undefined;
  let least = Math.max(2, Math.floor(word.length / 3)) + 1;
  for (const name of [...directivesByName.keys(), 'account', 'defaults', 'eval']) {
    const distance = editDistance(word.toLowerCase().replaceAll('-', '_'), name);
    if (distance < least) {
      least = distance;
      best = name;
    }
  }
  return best;
}

function editDistance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const letter of a) {
    let [left = 0] = row;
    const next = [++left];
    for (let j = 1; j <= b.length; j++) {
      const [diagonal = 0, above = 0] = row.slice(j - 1, j + 1);
      left = Math.min(diagonal + (letter === b[j - 1] ? 0 : 1), above + 1, left + 1);
      next.push(left);
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
