// Every directive of the configuration in one table: msmtp's own language and ours. Reader, options, the type of an account
// and the docs are made from it.

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
  /** What holds where it is not set. */
  initial: D;
  help: string;
  /** `initial` in words. */
  default: string;
  /** Ours: msmtp stops at it, so a file that both read has it behind "#mailshim:". */
  own: boolean;
  /** Understood but not acted upon here; said once in the log where it is set. */
  unsupported: boolean;
  /** May be given on the command line as --name=value. */
  longOption: boolean;
  /** Never printed. */
  secret: boolean;
  /** Obsolete: the directive that it means, and the text of its value there. */
  means: ((value: V) => [name: string, text: string]) | undefined;
}
type Options<V> = Partial<
  Pick<Row<V, undefined>, 'default' | 'own' | 'unsupported' | 'longOption' | 'secret' | 'means'>
>;

/** Unless given, the metavar of a choice is its values. */
function row<V, const D extends V | undefined>(
  kind: Kind<V>,
  metavar: string,
  initial: D,
  help: string,
  options: Options<V> = {},
): Row<V, D> {
  const shown = typeof initial === 'boolean' ? (initial ? 'on' : 'off') : String(initial ?? '');
  const { type, empty, choices, parse } = kind;
  // All rows have these members, in this order: each mail makes the table anew, and a spread takes ten times as long.
  return {
    name: '',
    member: '',
    type,
    parse,
    empty,
    choices,
    metavar: metavar || (choices ?? []).join('|'),
    initial,
    help,
    default: options.default ?? shown,
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
  // EHLO answers write methods in capitals, and so do people who copy them from there.
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

/** 50 MB, above what mail providers take; one mail must not fill the machine's memory. */
export const DEFAULT_SIZE_LIMIT = 50 * 1024 * 1024;
/** Milliseconds: 4 to 5 days are the least that RFC 5321 section 4.5.4.1 names. */
const LIFETIME = 5 * 86_400_000;
const TERABYTE = 1024 ** 4;

// biome-ignore format: one directive is one line, as far as its help allows.
const table = {
  host: row(host, 'NAME', none, 'The relay: a name, or an address; [::1] is ::1.', { default: 'required' }),
  port: row(port, 'N', none, 'Its port.', { default: '25; 465 with tls on and tls_starttls off' }),
  protocol: row(choice(['smtp', 'lmtp']), '', 'smtp', 'Protocol of the relay.'),
  timeout: row(timeout, 'SECONDS|off', none, 'Time for the connection and for each reply.', { default: '30 to connect, 300 for a reply' }),
  connect_timeout: row(timeout, 'SECONDS|off', none, 'Older name of timeout.', { ...old, means: (value) => ['timeout', value === 'off' ? value : String(value / 1000)] }),
  domain: row(text, 'NAME', 'localhost', 'Name given in EHLO.'),
  socket: row(file, 'PATH', none, 'Unix socket of the relay instead of host and port.'),
  source_ip: row(text, 'ADDRESS', none, 'Local address to connect from.'),
  proxy_host: row(text, 'NAME', none, 'SOCKS5 proxy to connect through.'),
  proxy_port: row(port, 'N', 1080, 'Its port.'),
  auth: row(AUTH, '', 'off', 'Log in; on chooses the method.'),
  user: row(text, 'NAME', none, 'User name at the relay.'),
  password: row(text, 'SECRET', none, 'Password; the file must then be readable by its owner alone.', { ...old, secret: true }),
  passwordeval: row(command, 'COMMAND', none, 'Command whose first line of output is the password.', { secret: true }),
  password_credential: row(credential, 'NAME', none, 'Credential of systemd (LoadCredential=NAME:FILE) that holds the password.', { ...own, default: 'mailshim.password.ACCOUNT, mailshim.password' }),
  ntlmdomain: row(text, 'NAME', none, 'Domain for NTLM.', unused),
  tls: row(onOff, '', none, 'on: always TLS. off: clear text, if that is really meant.', { default: 'TLS, but clear text to this machine itself' }),
  tls_starttls: row(onOff, '', none, 'on: STARTTLS. off: TLS from the first byte (port 465).', { default: 'found out' }),
  tls_trust_file: row(file, 'FILE|system', 'system', 'Certificate authorities, PEM.'),
  tls_crl_file: row(file, 'FILE', none, 'Revocation list, PEM.'),
  tls_fingerprint: row(fingerprint, 'HEX', none, 'SHA-256 (or SHA-1) fingerprint the certificate must have; trust file and name are then not asked.'),
  tls_certcheck: row(boolean, '', true, 'off accepts any certificate: anyone in between can read mail and password.'),
  tls_key_file: row(file, 'FILE', none, 'Key of the client certificate, PEM.'),
  tls_cert_file: row(file, 'FILE', none, 'Client certificate, PEM.'),
  tls_min_dh_prime_bits: row({ ...integer(0, 65_536), empty: '0' }, 'N', none, 'Obsolete.', unused),
  tls_priorities: row(text, 'TEXT', none, 'GnuTLS cipher list.', unused),
  tls_host_override: row(text, 'NAME', none, 'Name the certificate must be for.', { default: 'host' }),
  from: row(text, 'ADDRESS', none, 'Envelope sender; with * ? [ a pattern that -f is matched against.', { default: 'address of the header From' }),
  from_full_name: row(text, 'NAME', none, 'Display name of a From header that is added.'),
  allow_from_override: row(mapped(choice(['off', 'on']), (value) => value === 'on'), 'on|off', true, 'off: from stands, whatever -f says.'),
  set_from_header: row(choice(['auto', 'on', 'off']), '', 'auto', 'auto adds a missing From, on replaces it by the envelope sender.'),
  set_date_header: row(autoOff, '', true, 'auto adds a missing Date.', { default: 'auto' }),
  set_msgid_header: row(autoOff, '', true, 'auto adds a missing Message-ID.', { default: 'auto' }),
  set_to_header: row(choice(['on', 'off', 'undisclosed_recipients']), '', 'off', 'on replaces To by the recipients.'),
  undisclosed_recipients: row(boolean, '', none, 'on replaces To by undisclosed-recipients:;', { default: 'off', means: (value) => ['set_to_header', value ? 'undisclosed_recipients' : 'off'] }),
  remove_bcc_headers: row(boolean, '', true, 'Remove Bcc before sending.'),
  dsn_notify: row(orNone(dsnNotify), 'off|never|failure,delay,success', none, 'Delivery status notifications to ask for.', { default: 'off' }),
  dsn_return: row(orNone(choice(['off', 'headers', 'full'])), '', none, 'What a notification returns.', { default: 'off' }),
  logfile: row(orNone(file, 'none'), 'FILE|-|none', none, 'File for one line per mail.'),
  logfile_time_format: row(text, 'STRFTIME', '%b %d %H:%M:%S', 'Time at the start of a log line.'),
  syslog: row(orNone(FACILITY), 'on|off|LOG_FACILITY', none, 'Log to syslog, through logger(1), as LOG_USER (on), LOG_MAIL or LOG_LOCAL0 to LOG_LOCAL7.', { default: 'off' }),
  aliases: row(file, 'FILE', none, 'Addresses for recipients without @.'),
  auto_from: row(boolean, '', false, 'Obsolete: from is USER@maildomain.'),
  maildomain: row(text, 'NAME', none, 'Obsolete: domain for auto_from.'),
  keepbcc: row(boolean, '', none, 'Obsolete: the contrary of remove_bcc_headers.', { default: 'off', means: not('remove_bcc_headers') }),
  add_missing_from_header: row(boolean, '', none, 'Obsolete: set_from_header.', { default: 'on', means: (value) => ['set_from_header', value ? 'auto' : 'off'] }),
  add_missing_date_header: row(boolean, '', none, 'Obsolete: set_date_header.', { default: 'on', means: (value) => ['set_date_header', value ? 'auto' : 'off'] }),
  tls_nocertcheck: row(boolean, '', none, 'Obsolete: tls_certcheck off.', { ...old, means: not('tls_certcheck') }),
  tls_nostarttls: row(boolean, '', none, 'Obsolete: tls_starttls off.', { ...old, means: not('tls_starttls') }),
  tls_force_sslv3: row(boolean, '', none, 'Obsolete, ignored.', { ...unused, ...old }),
  preflight: row(choice(['warn', 'off', 'enforce']), 'off|warn|enforce', 'warn', 'Ask whether the sender is aligned: warn says so in the log, enforce refuses what is not.', own),
  preflight_url: row(url, 'URL', none, 'Address of the Worker.', { ...own, default: 'asked here, without a Worker' }),
  preflight_token: row(text, 'SECRET', none, 'Token for the Worker.', { ...own, secret: true }),
  preflight_timeout: row(seconds(60), 'SECONDS', 2000, 'Time for the answer, at most 60; then the mail goes out.', { ...own, default: '2' }),
  preflight_cache: row(file, 'FOLDER|off', none, 'Where answers are kept for their time to live.', { ...own, default: 'a folder of the user' }),
  sending_ip: row(list, 'ADDRESS ...', nothing, 'Addresses that receivers see.', { ...own, default: 'addresses of host' }),
  sender_rewrite: row(choice(['off', 'misaligned', 'always']), '', 'off', 'Put the sender of "from" in the place of others: always, or where the pre-flight finds them misaligned. The display name stays, the old address goes to Reply-To.', own),
  allow_sender: row(list, 'PATTERN ...', nothing, 'Senders besides "from" that the relay lets this account use; others are rewritten or, with sender_rewrite off, refused.', own),
  dkim_domain: row(text, 'NAME', none, 'Domain of the DKIM signatures. Without dkim_key it says that the relay signs.', own),
  dkim_selector: row(list, 'NAME ...', nothing, 'Selectors of the signatures; without dkim_domain they are of the domain of "from".', own),
  dkim_key: row(files, 'FILE ...', nothing, 'Private keys, PEM, one for each selector and in their order: mailshim then signs itself, RSA and Ed25519 together where both are there.', own),
  dns_server: row(list, 'ADDRESS[:PORT] ...', nothing, 'Name servers for the pre-flight.', { ...own, default: 'servers of the system' }),
  message_size_limit: row(integer(1, TERABYTE), 'BYTES', DEFAULT_SIZE_LIMIT, 'Largest message taken.', own),
  delivery: row(choice(['queue', 'direct']), '', none, 'queue: the mail is made safe on disk and sent in the background. direct: it is sent at once; what the relay cannot take for now is kept in the spool.', { ...own, default: 'queue where a spool was set up, else direct' }),
  spool: row(file, 'FOLDER|off', none, 'Where mail waits. off: nowhere; what the relay cannot take is an error then.', { ...own, default: '/var/spool/mailshim where that is set up, else a folder of the user' }),
  submit_deadline: row(seconds(3600), 'SECONDS', 10_000, 'Time for a mail that is sent at once, from connecting to the relay’s last word, at most 3600; after that it waits in the spool.', { ...own, default: '10' }),
  queue_lifetime: row(duration, 'DAYS', LIFETIME, 'How long a mail that waits is tried; with s, m or h behind the number seconds, minutes or hours.', { ...own, default: '5' }),
  bounce_to: row(addressOrOff, 'ADDRESS|off', none, 'Address that is informed of a mail that waited and could not be delivered.', { ...own, default: 'the envelope sender' }),
  relay_connections: row(integer(1, 100), 'N', 6, 'Connections to the relay at once, when many mails wait: 1 to 100.', own),
  relay_recipients: row(integer(1, 10_000), 'N', 50, 'Recipients in one transaction, 1 to 10000; a mail for more goes out in several, over the same connection.', own),
  relay_messages: row(integer(1, 10_000), 'N', 100, 'Mails over one connection, 1 to 10000; the next one goes over a new connection.', own),
  fallback_account: row(text, 'NAME', none, 'Account that takes the mail while this relay is away; tried only until this relay has accepted MAIL, so that no mail goes out twice.', own),
  only_to: row(patterns, 'PATTERN ...', nothing, 'Staging: recipients that match no pattern are held back, and logged.', { ...own, default: 'everyone' }),
  redirect_to: row(address, 'ADDRESS', none, 'Staging: every mail goes to this address; a header keeps the recipients it was for.', own),
  outbreak: row(choice(['warn', 'off', 'hold']), 'off|warn|hold', 'warn', 'What the daemon does about far more mails than usual by one user, script or sender: warn says so, hold keeps them in hold/ until they are released, off counts nothing.', own),
  outbreak_limit: row(integer(1, 1_000_000), 'N', 100, 'Mails in ten minutes by one user, script or sender that are never too many.', own),
  outbreak_webhook: row(url, 'URL', none, 'Address that gets a POST with JSON when an outbreak begins.', { ...own, secret: true }),
  drop_files: row(integer(1, 1_000_000), 'N', 10_000, 'Mails that one user may have in the drop folder at once; more are refused.', { ...own, default: '10000' }),
  drop_bytes: row(integer(1, TERABYTE), 'BYTES', 1024 ** 3, 'Bytes that the mails of one user may have there together.', { ...own, default: '1073741824' }),
};

type Table = typeof table;
export type DirectiveName = keyof Table;
type Camel<S extends string> = S extends `${infer A}_${infer B}` ? `${A}${Capitalize<Camel<B>>}` : S;
type Value<R> = R extends Row<infer V, infer D> ? (D extends undefined ? V : Exclude<V, undefined>) : never;
type Optional = { [K in DirectiveName]: Table[K]['initial'] extends undefined ? K : never }[DirectiveName];

/** The typed values of all directives, under their names in camel case; optional where nothing holds unless set. */
export type Values = { [K in Exclude<DirectiveName, Optional> as Camel<K>]: Value<Table[K]> } & {
  [K in Optional as Camel<K>]?: Exclude<Value<Table[K]>, undefined>;
};

export interface Directive extends Row<unknown, unknown> {
  name: DirectiveName;
}
export const directives: readonly Directive[] = Object.entries(table).map(([name, entry]) => {
  const directive = entry as Row<unknown, unknown> as Directive;
  directive.name = name as DirectiveName;
  directive.member = name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase());
  return directive;
});
export const directivesByName: ReadonlyMap<string, Directive> = new Map(directives.map((entry) => [entry.name, entry]));

/** The directive that a misspelt word most likely means, or undefined where none is near. */
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
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
