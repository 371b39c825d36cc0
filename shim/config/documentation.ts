// The help of each directive, apart from the table: only help and docs need it, and it is not loaded for a mail.

import { type Directive, type DirectiveName, directives } from './directives.ts';

/** The help, and the default in words where the value of the table does not say it. */
type Words = string | readonly [help: string, unset: string];

// biome-ignore format: one directive is one line.
const WORDS: Readonly<Record<DirectiveName, Words>> = {
  host: ['The relay: a name or an address; [::1] is ::1.', 'required'],
  port: ['Its port.', '25; 465 with tls on and tls_starttls off'],
  protocol: 'Protocol of the relay.',
  timeout: ['Time for the connection and for each reply.', '30 to connect, 300 for a reply'],
  connect_timeout: 'Older name of timeout.',
  domain: 'Name sent in EHLO.',
  socket: 'Unix socket of the relay instead of host and port.',
  source_ip: 'Local address to connect from.',
  proxy_host: 'SOCKS5 proxy to connect through.',
  proxy_port: 'Its port.',
  auth: 'Log in; on chooses the method.',
  user: 'User name at the relay.',
  password: 'Password; the file must then be readable by its owner alone.',
  passwordeval: 'Command that prints the password on its first line of output.',
  password_credential: ['Credential of systemd (LoadCredential=NAME:FILE) that holds the password.', 'mailshim.password.ACCOUNT, mailshim.password'],
  ntlmdomain: 'Domain for NTLM.',
  tls: ['on: always TLS. off: clear text.', 'TLS, but clear text to this machine itself'],
  tls_starttls: ['on: STARTTLS. off: TLS from the first byte (port 465).', 'found out'],
  tls_trust_file: 'Certificate authorities, PEM.',
  tls_crl_file: 'Revocation list, PEM.',
  tls_fingerprint: 'SHA-256 (or SHA-1) fingerprint that the certificate must have; trust file and name are then not checked.',
  tls_certcheck: 'off accepts any certificate: an attacker on the network can read mail and password.',
  tls_key_file: 'Key of the client certificate, PEM.',
  tls_cert_file: 'Client certificate, PEM.',
  tls_min_dh_prime_bits: 'Obsolete.',
  tls_priorities: 'GnuTLS cipher list.',
  tls_host_override: ['Name the certificate must be for.', 'host'],
  from: ['Envelope sender; with * ? [ a pattern that -f is matched against.', 'address of the header From'],
  from_full_name: 'Display name of a From header that is added.',
  allow_from_override: 'off: -f does not override from.',
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
  keepbcc: ['Obsolete: the opposite of remove_bcc_headers.', 'off'],
  add_missing_from_header: ['Obsolete: set_from_header.', 'on'],
  add_missing_date_header: ['Obsolete: set_date_header.', 'on'],
  tls_nocertcheck: 'Obsolete: tls_certcheck off.',
  tls_nostarttls: 'Obsolete: tls_starttls off.',
  tls_force_sslv3: 'Obsolete, ignored.',
  preflight: 'Check whether the sender is aligned: warn logs the result, enforce rejects mail that is not.',
  preflight_url: ['URL of the Worker.', 'checked here, without a Worker'],
  preflight_token: 'Token for the Worker.',
  preflight_timeout: ['Time for the answer, at most 60; after that the mail is sent unchecked.', '2'],
  preflight_cache: ['Directory where answers are kept for their time to live.', 'a directory of the user'],
  sending_ip: ['Addresses that receivers see.', 'addresses of host'],
  sender_rewrite: 'Replace other senders by "from": always, or if the pre-flight finds them misaligned. The display name stays, the old address becomes Reply-To.',
  allow_sender: 'Senders besides "from" that the relay lets this account use; others are rewritten or, with sender_rewrite off, rejected.',
  dkim_domain: 'Domain of the DKIM signatures. Without dkim_key it means that the relay signs.',
  dkim_selector: 'Selectors of the signatures; without dkim_domain, of the domain of "from".',
  dkim_key: 'Private keys, PEM, one for each selector and in their order: mailshim then signs, with RSA and Ed25519 if both are there.',
  dns_server: ['Name servers for the pre-flight.', 'servers of the system'],
  message_size_limit: 'Largest message that is accepted.',
  delivery: ['queue: the mail is written to the spool and sent in the background. direct: it is sent at once, and kept in the spool if the relay defers it.', 'queue if a spool is set up, otherwise direct'],
  spool: ['Directory of queued mail. off: none; mail that the relay defers is then an error.', '/var/spool/mailshim if it is set up, otherwise a directory of the user'],
  submit_deadline: ['Time for a mail that is sent at once, from connecting to the relay’s last reply, at most 3600; after that it is queued.', '10'],
  queue_lifetime: ['How long a queued mail is tried; s, m or h after the number means seconds, minutes or hours.', '5'],
  envelope_sender: ['Envelope sender of all mail, which receives the bounces; the header is not changed. In a subdomain of the From domain, SPF stays aligned.', 'that of the mail'],
  bounce_to: ['Address for the report on a queued mail that could not be delivered.', 'the envelope sender'],
  relay_connections: 'Connections to the relay at once, when many mails are queued: 1 to 100.',
  relay_recipients: 'Recipients in one transaction, 1 to 10000; a mail for more takes several transactions, over the same connection.',
  relay_messages: 'Mails over one connection, 1 to 10000; the next mail gets a new connection.',
  fallback_account: 'Account that sends the mail while this relay is unavailable; used only until this relay has accepted MAIL, so that no mail is sent twice.',
  only_to: ['Staging: recipients that match no pattern are held back, and logged.', 'everyone'],
  redirect_to: 'Staging: every mail is sent to this address; a header field keeps its recipients.',
  outbreak: 'What the daemon does if one user, script or sender sends far more mail than usual: warn logs it, hold keeps the mail in hold/ until it is released, off counts nothing.',
  outbreak_limit: 'Mails in ten minutes that one user, script or sender may always send.',
  outbreak_webhook: 'URL that receives a POST with JSON when an outbreak begins.',
  sender_idle: ['How long the sender of a private spool keeps running with an empty queue, so that the next mail need not start it; at most 86400.', '30'],
  drop_files: ['Mails that one user may have in the drop folder at once; more are rejected.', '10000'],
  drop_bytes: ['Bytes of all mails of one user in the drop folder.', '1073741824'],
};

export interface DocumentedDirective extends Directive {
  help: string;
  /** In words. */
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
