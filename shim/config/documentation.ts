// What each directive is for, beside the table of what it is: help and docs alone need the words, and no mail waits for them.

import { type Directive, type DirectiveName, directives } from './directives.ts';

/** The help; with it, what holds where the directive is not set, where the table's own value does not say that. */
type Words = string | readonly [help: string, unset: string];

// biome-ignore format: one directive is one line.
const WORDS: Readonly<Record<DirectiveName, Words>> = {
  host: ['The relay: a name, or an address; [::1] is ::1.', 'required'],
  port: ['Its port.', '25; 465 with tls on and tls_starttls off'],
  protocol: 'Protocol of the relay.',
  timeout: ['Time for the connection and for each reply.', '30 to connect, 300 for a reply'],
  connect_timeout: 'Older name of timeout.',
  domain: 'Name given in EHLO.',
  socket: 'Unix socket of the relay instead of host and port.',
  source_ip: 'Local address to connect from.',
  proxy_host: 'SOCKS5 proxy to connect through.',
  proxy_port: 'Its port.',
  auth: 'Log in; on chooses the method.',
  user: 'User name at the relay.',
  password: 'Password; the file must then be readable by its owner alone.',
  passwordeval: 'Command whose first line of output is the password.',
  password_credential: ['Credential of systemd (LoadCredential=NAME:FILE) that holds the password.', 'mailshim.password.ACCOUNT, mailshim.password'],
  ntlmdomain: 'Domain for NTLM.',
  tls: ['on: always TLS. off: clear text, if that is really meant.', 'TLS, but clear text to this machine itself'],
  tls_starttls: ['on: STARTTLS. off: TLS from the first byte (port 465).', 'found out'],
  tls_trust_file: 'Certificate authorities, PEM.',
  tls_crl_file: 'Revocation list, PEM.',
  tls_fingerprint: 'SHA-256 (or SHA-1) fingerprint the certificate must have; trust file and name are then not asked.',
  tls_certcheck: 'off accepts any certificate: anyone in between can read mail and password.',
  tls_key_file: 'Key of the client certificate, PEM.',
  tls_cert_file: 'Client certificate, PEM.',
  tls_min_dh_prime_bits: 'Obsolete.',
  tls_priorities: 'GnuTLS cipher list.',
  tls_host_override: ['Name the certificate must be for.', 'host'],
  from: ['Envelope sender; with * ? [ a pattern that -f is matched against.', 'address of the header From'],
  from_full_name: 'Display name of a From header that is added.',
  allow_from_override: 'off: from stands, whatever -f says.',
  set_from_header: 'auto adds a missing From, on replaces it by the envelope sender.',
  set_date_header: ['auto adds a missing Date.', 'auto'],
  set_msgid_header: ['auto adds a missing Message-ID.', 'auto'],
  set_to_header: 'on replaces To by the recipients.',
  undisclosed_recipients: ['on replaces To by undisclosed-recipients:;', 'off'],
  remove_bcc_headers: 'Remove Bcc before sending.',
  dsn_notify: ['Delivery status notifications to ask for.', 'off'],
  dsn_return: ['What a notification returns.', 'off'],
  logfile: 'File for one line per mail.',
  logfile_time_format: 'Time at the start of a log line.',
  syslog: ['Log to syslog, through logger(1), as LOG_USER (on), LOG_MAIL or LOG_LOCAL0 to LOG_LOCAL7.', 'off'],
  aliases: 'Addresses for recipients without @.',
  auto_from: 'Obsolete: from is USER@maildomain.',
  maildomain: 'Obsolete: domain for auto_from.',
  keepbcc: ['Obsolete: the contrary of remove_bcc_headers.', 'off'],
  add_missing_from_header: ['Obsolete: set_from_header.', 'on'],
  add_missing_date_header: ['Obsolete: set_date_header.', 'on'],
  tls_nocertcheck: 'Obsolete: tls_certcheck off.',
  tls_nostarttls: 'Obsolete: tls_starttls off.',
  tls_force_sslv3: 'Obsolete, ignored.',
  preflight: 'Ask whether the sender is aligned: warn says so in the log, enforce refuses what is not.',
  preflight_url: ['Address of the Worker.', 'asked here, without a Worker'],
  preflight_token: 'Token for the Worker.',
  preflight_timeout: ['Time for the answer, at most 60; then the mail goes out.', '2'],
  preflight_cache: ['Where answers are kept for their time to live.', 'a folder of the user'],
  sending_ip: ['Addresses that receivers see.', 'addresses of host'],
  sender_rewrite: 'Put the sender of "from" in the place of others: always, or where the pre-flight finds them misaligned. The display name stays, the old address goes to Reply-To.',
  allow_sender: 'Senders besides "from" that the relay lets this account use; others are rewritten or, with sender_rewrite off, refused.',
  dkim_domain: 'Domain of the DKIM signatures. Without dkim_key it says that the relay signs.',
  dkim_selector: 'Selectors of the signatures; without dkim_domain they are of the domain of "from".',
  dkim_key: 'Private keys, PEM, one for each selector and in their order: mailshim then signs itself, RSA and Ed25519 together where both are there.',
  dns_server: ['Name servers for the pre-flight.', 'servers of the system'],
  message_size_limit: 'Largest message taken.',
  delivery: ['queue: the mail is made safe on disk and sent in the background. direct: it is sent at once; what the relay cannot take for now is kept in the spool.', 'queue where a spool was set up, else direct'],
  spool: ['Where mail waits. off: nowhere; what the relay cannot take is an error then.', '/var/spool/mailshim where that is set up, else a folder of the user'],
  submit_deadline: ['Time for a mail that is sent at once, from connecting to the relay’s last word, at most 3600; after that it waits in the spool.', '10'],
  queue_lifetime: ['How long a mail that waits is tried; with s, m or h behind the number seconds, minutes or hours.', '5'],
  envelope_sender: ['Envelope sender of all mail, to which receivers send bounces; the header stays as it is. In a subdomain of the domain of From, SPF stays aligned.', 'that of the mail'],
  bounce_to: ['Address that is informed of a mail that waited and could not be delivered.', 'the envelope sender'],
  relay_connections: 'Connections to the relay at once, when many mails wait: 1 to 100.',
  relay_recipients: 'Recipients in one transaction, 1 to 10000; a mail for more goes out in several, over the same connection.',
  relay_messages: 'Mails over one connection, 1 to 10000; the next one goes over a new connection.',
  fallback_account: 'Account that takes the mail while this relay is away; tried only until this relay has accepted MAIL, so that no mail goes out twice.',
  only_to: ['Staging: recipients that match no pattern are held back, and logged.', 'everyone'],
  redirect_to: 'Staging: every mail goes to this address; a header keeps the recipients it was for.',
  outbreak: 'What the daemon does about far more mails than usual by one user, script or sender: warn says so, hold keeps them in hold/ until they are released, off counts nothing.',
  outbreak_limit: 'Mails in ten minutes by one user, script or sender that are never too many.',
  outbreak_webhook: 'Address that gets a POST with JSON when an outbreak begins.',
  sender_idle: ['How long the sender of a private spool stays once nothing waits, so that the next mail need not start it; at most 86400.', '30'],
  drop_files: ['Mails that one user may have in the drop folder at once; more are refused.', '10000'],
  drop_bytes: ['Bytes that the mails of one user may have there together.', '1073741824'],
};

export interface DocumentedDirective extends Directive {
  help: string;
  /** What holds where it is not set, in words. */
  default: string;
}

export const documented: readonly DocumentedDirective[] = directives.map((directive) => {
  const words = WORDS[directive.name];
  const [help, unset] = typeof words === 'string' ? [words] : words;
  return { ...directive, help, default: unset ?? shown(directive.initial) };
});

export function helpOf(word: string): string {
  return documented.find(({ name }) => name === word)?.help ?? '';
}

function shown(initial: unknown): string {
  if (typeof initial === 'boolean') return initial ? 'on' : 'off';
  return String(initial ?? '');
}
