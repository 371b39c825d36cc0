// Every directive of the configuration in one table: msmtp's own language and ours; reader, options and docs are made from it.

export type DirectiveType = 'string' | 'boolean' | 'integer' | 'choice' | 'file' | 'command' | 'list';

export interface Directive {
  name: string;
  type: DirectiveType;
  metavar: string;
  /** The values of a choice; an empty argument stands for the first where that is on or auto. */
  choices?: readonly string[];
  /** What holds where it is not set, in words. */
  default: string;
  /** Ours: msmtp stops at it, so a file that both read has it behind "#mailshim:". */
  own: boolean;
  /** Understood but not acted upon here; said once in the log where it is set. */
  unsupported: boolean;
  /** May be given on the command line as --name=value. */
  longOption: boolean;
  help: string;
}

type Options = Partial<Pick<Directive, 'choices' | 'own' | 'unsupported' | 'longOption'>>;
const directive = (
  name: string,
  type: DirectiveType,
  metavar: string,
  defaults: string,
  help: string,
  options: Options = {},
): Directive => ({
  name,
  type,
  metavar,
  default: defaults,
  help,
  own: false,
  unsupported: false,
  longOption: true,
  ...options,
});

const AUTH = [
  'on',
  'off',
  'plain',
  'login',
  'cram-md5',
  'xoauth2',
  'oauthbearer',
  'scram-sha-1',
  'scram-sha-256',
  'external',
  'scram-sha-1-plus',
  'scram-sha-256-plus',
  'digest-md5',
  'ntlm',
  'gssapi',
] as const;
/** Known to msmtp and not offered here; an account that names one cannot be used. */
export const UNSUPPORTED_AUTH: readonly string[] = [
  'scram-sha-1-plus',
  'scram-sha-256-plus',
  'digest-md5',
  'ntlm',
  'gssapi',
];

const own = { own: true, longOption: false };
const unsupported = { unsupported: true };
const FACILITIES = [
  'on',
  'off',
  'LOG_USER',
  'LOG_MAIL',
  ...Array.from({ length: 8 }, (_, index) => `LOG_LOCAL${index}`),
] as const;

export const directives: readonly Directive[] = [
  directive('host', 'string', 'NAME', 'required', 'The relay.'),
  directive('port', 'integer', 'N', '25; 465 with tls on and tls_starttls off', 'Its port.'),
  directive('protocol', 'choice', 'smtp|lmtp', 'smtp', 'Protocol of the relay.', { choices: ['smtp', 'lmtp'] }),
  directive(
    'timeout',
    'string',
    'SECONDS|off',
    '30 to connect, 300 for a reply',
    'Time for the connection and for each reply.',
  ),
  directive('connect_timeout', 'string', 'SECONDS|off', '', 'Older name of timeout.', { longOption: false }),
  directive('domain', 'string', 'NAME', 'localhost', 'Name given in EHLO.'),
  directive('socket', 'file', 'PATH', '', 'Unix socket of the relay instead of host and port.'),
  directive('source_ip', 'string', 'ADDRESS', '', 'Local address to connect from.'),
  directive('proxy_host', 'string', 'NAME', '', 'SOCKS5 proxy to connect through.'),
  directive('proxy_port', 'integer', 'N', '1080', 'Its port.'),
  directive('auth', 'choice', AUTH.join('|'), 'off', 'Log in; on chooses the method.', { choices: AUTH }),
  directive('user', 'string', 'NAME', '', 'User name at the relay.'),
  directive('password', 'string', 'SECRET', '', 'Password; the file must then be readable by its owner alone.', {
    longOption: false,
  }),
  directive('passwordeval', 'command', 'COMMAND', '', 'Command whose first line of output is the password.'),
  directive('ntlmdomain', 'string', 'NAME', '', 'Domain for NTLM.', unsupported),
  directive(
    'tls',
    'boolean',
    'on|off',
    'TLS, but clear text to this machine itself',
    'on: always TLS. off: clear text, if that is really meant.',
  ),
  directive('tls_starttls', 'boolean', 'on|off', 'found out', 'on: STARTTLS. off: TLS from the first byte (port 465).'),
  directive('tls_trust_file', 'file', 'FILE|system', 'system', 'Certificate authorities, PEM.'),
  directive('tls_crl_file', 'file', 'FILE', '', 'Revocation list, PEM.'),
  directive(
    'tls_fingerprint',
    'string',
    'HEX',
    '',
    'SHA-256 (or SHA-1) fingerprint the certificate must have; trust file and name are then not asked.',
  ),
  directive(
    'tls_certcheck',
    'boolean',
    'on|off',
    'on',
    'off accepts any certificate: anyone in between can read mail and password.',
  ),
  directive('tls_key_file', 'file', 'FILE', '', 'Key of the client certificate, PEM.'),
  directive('tls_cert_file', 'file', 'FILE', '', 'Client certificate, PEM.'),
  directive('tls_min_dh_prime_bits', 'integer', 'N', '', 'Obsolete.', unsupported),
  directive('tls_priorities', 'string', 'TEXT', '', 'GnuTLS cipher list.', unsupported),
  directive('tls_host_override', 'string', 'NAME', 'host', 'Name the certificate must be for.'),
  directive(
    'from',
    'string',
    'ADDRESS',
    'address of the header From',
    'Envelope sender; with * ? [ a pattern that -f is matched against.',
  ),
  directive('from_full_name', 'string', 'NAME', '', 'Display name of a From header that is added.'),
  directive('allow_from_override', 'boolean', 'on|off', 'on', 'off: from stands, whatever -f says.'),
  directive(
    'set_from_header',
    'choice',
    'auto|on|off',
    'auto',
    'auto adds a missing From, on replaces it by the envelope sender.',
    { choices: ['auto', 'on', 'off'] },
  ),
  directive('set_date_header', 'choice', 'auto|off', 'auto', 'auto adds a missing Date.', { choices: ['auto', 'off'] }),
  directive('set_msgid_header', 'choice', 'auto|off', 'auto', 'auto adds a missing Message-ID.', {
    choices: ['auto', 'off'],
  }),
  directive('set_to_header', 'choice', 'on|off|undisclosed_recipients', 'off', 'on replaces To by the recipients.', {
    choices: ['on', 'off', 'undisclosed_recipients'],
  }),
  directive('undisclosed_recipients', 'boolean', 'on|off', 'off', 'on replaces To by undisclosed-recipients:;'),
  directive('remove_bcc_headers', 'boolean', 'on|off', 'on', 'Remove Bcc before sending.'),
  directive(
    'dsn_notify',
    'string',
    'off|never|failure,delay,success',
    'off',
    'Delivery status notifications to ask for.',
  ),
  directive('dsn_return', 'choice', 'off|headers|full', 'off', 'What a notification returns.', {
    choices: ['off', 'headers', 'full'],
  }),
  directive('logfile', 'file', 'FILE|-|none', '', 'File for one line per mail.'),
  directive('logfile_time_format', 'string', 'STRFTIME', '%b %d %H:%M:%S', 'Time at the start of a log line.'),
  directive('syslog', 'choice', 'on|off|LOG_FACILITY', 'off', 'Log to syslog, through logger(1).', {
    choices: FACILITIES,
  }),
  directive('aliases', 'file', 'FILE', '', 'Addresses for recipients without @.'),
  directive('auto_from', 'boolean', 'on|off', 'off', 'Obsolete: from is USER@maildomain.'),
  directive('maildomain', 'string', 'NAME', '', 'Obsolete: domain for auto_from.'),
  directive('keepbcc', 'boolean', 'on|off', 'off', 'Obsolete: the contrary of remove_bcc_headers.'),
  directive('add_missing_from_header', 'boolean', 'on|off', 'on', 'Obsolete: set_from_header.'),
  directive('add_missing_date_header', 'boolean', 'on|off', 'on', 'Obsolete: set_date_header.'),
  directive('tls_nocertcheck', 'boolean', '', '', 'Obsolete: tls_certcheck off.', { longOption: false }),
  directive('tls_nostarttls', 'boolean', '', '', 'Obsolete: tls_starttls off.', { longOption: false }),
  directive('tls_force_sslv3', 'boolean', '', '', 'Obsolete, ignored.', { unsupported: true, longOption: false }),
  directive(
    'preflight',
    'choice',
    'off|warn|enforce',
    'warn',
    'Ask whether the sender is aligned: warn says so in the log, enforce refuses what is not.',
    { choices: ['warn', 'off', 'enforce'], ...own },
  ),
  directive('preflight_url', 'string', 'URL', 'asked here, without a Worker', 'Address of the Worker.', own),
  directive('preflight_token', 'string', 'SECRET', '', 'Token for the Worker.', own),
  directive('preflight_timeout', 'string', 'SECONDS', '2', 'Time for the answer; then the mail goes out.', own),
  directive(
    'preflight_cache',
    'file',
    'FOLDER|off',
    'a folder of the user',
    'Where answers are kept for their time to live.',
    own,
  ),
  directive('sending_ip', 'list', 'ADDRESS ...', 'addresses of host', 'Addresses that receivers see.', own),
  directive(
    'sender_rewrite',
    'choice',
    'off|misaligned|always',
    'off',
    'Put the sender of "from" in the place of others: always, or where the pre-flight finds them misaligned. The display name stays, the old address goes to Reply-To.',
    { ...own, choices: ['off', 'misaligned', 'always'] },
  ),
  directive(
    'allow_sender',
    'list',
    'PATTERN ...',
    '',
    'Senders besides "from" that the relay lets this account use; others are rewritten or, with sender_rewrite off, refused.',
    own,
  ),
  directive(
    'dkim_domain',
    'string',
    'NAME',
    '',
    'Domain of the DKIM signatures. Without dkim_key it says that the relay signs.',
    own,
  ),
  directive(
    'dkim_selector',
    'list',
    'NAME ...',
    '',
    'Selectors of the signatures; without dkim_domain they are of the domain of "from".',
    own,
  ),
  directive(
    'dkim_key',
    'list',
    'FILE ...',
    '',
    'Private keys, PEM, one for each selector and in their order: mailshim then signs itself, RSA and Ed25519 together where both are there.',
    own,
  ),
  directive(
    'dns_server',
    'list',
    'ADDRESS[:PORT] ...',
    'servers of the system',
    'Name servers for the pre-flight.',
    own,
  ),
  directive('message_size_limit', 'integer', 'BYTES', '52428800', 'Largest message taken.', own),
  directive(
    'delivery',
    'choice',
    'queue|direct',
    'queue where a spool was set up, else direct',
    'queue: the mail is made safe on disk and sent in the background. direct: it is sent at once; what the relay cannot take for now is kept in the spool.',
    { ...own, choices: ['queue', 'direct'] },
  ),
  directive(
    'spool',
    'file',
    'FOLDER|off',
    '/var/spool/mailshim where that is set up, else a folder of the user',
    'Where mail waits. off: nowhere; what the relay cannot take is an error then.',
    own,
  ),
  directive(
    'submit_deadline',
    'string',
    'SECONDS',
    '10',
    'Time for a mail that is sent at once, from connecting to the relay’s last word; after that it waits in the spool.',
    own,
  ),
  directive(
    'queue_lifetime',
    'string',
    'DAYS',
    '5',
    'How long a mail that waits is tried; with s, m or h behind the number seconds, minutes or hours.',
    own,
  ),
  directive(
    'bounce_to',
    'string',
    'ADDRESS|off',
    'the envelope sender',
    'Who is told of a mail that waited and could not be delivered.',
    own,
  ),
  directive('relay_connections', 'integer', 'N', '6', 'Connections to the relay at once, when many mails wait.', own),
  directive(
    'relay_recipients',
    'integer',
    'N',
    '50',
    'Recipients in one transaction; a mail for more goes out in several.',
    own,
  ),
  directive('relay_messages', 'integer', 'N', '100', 'Mails over one connection.', own),
  directive(
    'fallback_account',
    'string',
    'NAME',
    '',
    'Account that takes the mail while this relay is away; tried only until this relay has accepted MAIL.',
    own,
  ),
  directive(
    'only_to',
    'list',
    'PATTERN ...',
    '',
    'Staging: recipients that match no pattern are held back, and logged.',
    own,
  ),
  directive(
    'redirect_to',
    'string',
    'ADDRESS',
    '',
    'Staging: every mail goes to this address; a header keeps the recipients it was for.',
    own,
  ),
  directive(
    'outbreak',
    'choice',
    'off|warn|hold',
    'warn',
    'What the daemon does about far more mails than usual by one user, script or sender: warn says so, hold keeps them in hold/ until they are released.',
    { ...own, choices: ['warn', 'off', 'hold'] },
  ),
  directive(
    'outbreak_limit',
    'integer',
    'N',
    '100',
    'Mails in ten minutes by one user, script or sender that are never too many.',
    own,
  ),
  directive(
    'outbreak_webhook',
    'string',
    'URL',
    '',
    'Address that gets a POST with JSON when an outbreak begins.',
    own,
  ),
  directive('drop_files', 'integer', 'N', '10000', 'Mails that one user may have in the drop folder at once.', own),
  directive('drop_bytes', 'integer', 'BYTES', '1073741824', 'Their size together.', own),
];

export const directivesByName: ReadonlyMap<string, Directive> = new Map(directives.map((entry) => [entry.name, entry]));

/** What a directive without an argument means; undefined where it needs one. */
export function emptyValue({ name, type, choices }: Directive): string | undefined {
  if (type === 'boolean') return name === 'allow_from_override' ? undefined : 'on';
  const first = choices?.[0];
  return first === 'on' || first === 'auto' ? first : undefined;
}

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
