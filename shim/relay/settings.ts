// A send-only relay as parameters of main.cf and services of master.cf, each with its reason (postconf(5), RFC 8314).

import { NO_MAILBOXES } from './merge.ts';
import type { RelayOptions } from './options.ts';

export interface WantedSetting {
  name: string;
  /** As main.cf has it; where `from` is `script`, the name of the variable of the script that has it. */
  value: string;
  why: string;
  from?: 'script';
  /** What a relay has there already stays: it was chosen for that machine. */
  stays?: true;
}
export interface WantedService {
  /** `submissions/inet`, as `postconf -M` names it. */
  name: string;
  /** The whole line of master.cf; undefined: is to be commented out. */
  line: string | undefined;
  why: string;
  /** A condition of the script under which the line is there; unless given, always. */
  when?: string;
}

type Row = [name: string, value: string, why: string];
/** Bytes: what the shim lets through by default. */
const MESSAGE_SIZE = 50 * 1024 * 1024;
/** A minute: a busy shop's worth of order mails, and a night of spam is still noticed. */
const MESSAGES_PER_MINUTE = 300;
const RECIPIENTS_PER_MINUTE = 600;
/** At a time, from one address: PHP opens one connection for each mail that is sent at this moment. */
const CONNECTIONS = 30;
/** RFC 8996 has retired what is older; this way of writing also works before Postfix 3.6. */
const PROTOCOLS = '!SSLv2, !SSLv3, !TLSv1, !TLSv1.1';

/**
 * In the order in which they can be written one by one: who may send is narrowed first, so that no step between is an open relay.
 * With a login and addresses both hold: only from there, and only with the password.
 */
export function wantedSettings(options: RelayOptions): WantedSetting[] {
  return [...senderSettings(), ...settingsOf(options)];
}

/** By what the relay has and what is wanted: `mergeLines` has put it together. */
function senderSettings(): WantedSetting[] {
  const rows: Row[] = [
    ['mynetworks', 'networks', 'this machine and the shops alone'],
    [
      'smtpd_client_restrictions',
      'client',
      'others are refused before anything else; empty where a login is asked for',
    ],
    ['smtpd_relay_restrictions', 'relay', 'the shops may send to any recipient, others to none'],
    ['mydomain', 'mydomain', 'the domain of the first shop'],
  ];
  return rows.map(([name, value, why]) => ({ name, value, why, from: 'script' }));
}

function settingsOf(options: RelayOptions): WantedSetting[] {
  const { hostname, ipv4Only } = options;
  const settings: Row[] = [
    ['smtpd_recipient_restrictions', '', 'nothing that an earlier set-up asked besides'],
    ['smtpd_sender_restrictions', '', 'the same'],
    ['smtpd_helo_restrictions', '', 'the same'],
    ['relay_domains', '', 'no mail is taken on for other domains'],
    ['mydestination', '', 'mail to your own domain goes where MX says, not into this machine'],
    ['local_transport', NO_MAILBOXES, 'nor does mail to an address in brackets'],
    ['relayhost', '', 'straight to the receivers, so that PTR and SPF of this machine count'],
    ['content_filter', '', 'no filter that an earlier set-up left behind'],
    ['myhostname', hostname, 'the name in EHLO; PTR of the sending address has to be the same'],
    ['myorigin', '$mydomain', 'mail of this machine itself (cron) comes from root@ this domain'],
    ['smtpd_banner', '$myhostname ESMTP', 'the name first, and no version for those who look for holes'],
    ['inet_interfaces', 'all', 'the shop comes from outside'],
    ['inet_protocols', ipv4Only ? 'ipv4' : 'all', ipv4Only ? 'no IPv6 address without PTR' : 'IPv4 and IPv6'],
    ...(ipv4Only
      ? []
      : [['smtp_address_preference', 'ipv4', 'receivers refuse IPv6 without PTR sooner than IPv4'] as Row]),
    ['smtpd_tls_chain_files', '', 'would hide the next two'],
    ['smtpd_tls_cert_file', options.certificate, 'the certificate with its chain'],
    ['smtpd_tls_key_file', options.key, 'its key'],
    ['smtpd_tls_security_level', 'encrypt', 'nothing without TLS'],
    ['smtpd_tls_mandatory_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_auth_only', 'yes', 'no password without TLS'],
    ['smtpd_tls_loglevel', '1', 'a line in the log for each handshake'],
    ['smtpd_tls_received_header', 'yes', 'Received says that it came by TLS'],
    ['smtpd_sasl_auth_enable', 'no', 'only on the port below, where a shop logs in'],
    ...(options.dane
      ? ([
          ['smtp_dns_support_level', 'dnssec', 'signed answers of DNS, which DANE needs'],
          ['smtp_tls_security_level', 'dane', 'outward: checked by DANE where offered, else TLS where offered'],
        ] as Row[])
      : [['smtp_tls_security_level', 'may', 'outward: TLS wherever the receiver offers it'] as Row]),
    ['smtp_tls_loglevel', '1', 'a line in the log for each handshake'],
    ['smtpd_forbid_bare_newline', 'yes', 'no second mail hidden in a mail (CVE-2023-51764)'],
    ['smtpd_forbid_bare_newline_exclusions', '', 'not even from mynetworks, where the shop is'],
    ['smtpd_forbid_unauth_pipelining', 'yes', 'nor commands hidden behind others'],
    ['disable_vrfy_command', 'yes', 'nobody asks which addresses exist'],
    ['smtpd_helo_required', 'yes', 'programs that only look for a way in do not say it'],
    ['smtpd_client_connection_count_limit', String(CONNECTIONS), 'at a time, from one address'],
    ['smtpd_client_connection_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute, from one address'],
    ['smtpd_client_auth_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute: passwords are not guessed'],
    ['smtpd_client_message_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute: a broken shop is noticed'],
    ['smtpd_client_recipient_rate_limit', String(RECIPIENTS_PER_MINUTE), 'a minute'],
    ['smtpd_client_event_limit_exceptions', '', 'unless this is empty, the shop is exempt from the limits'],
    ['message_size_limit', String(MESSAGE_SIZE), '50 MB, as much as mailshim lets through'],
    ['mailbox_size_limit', '0', 'must not be smaller than the line above'],
    ['soft_bounce', 'no', 'a refusal is a refusal'],
  ];
  return settings.map(([name, value, why]) => ({
    name,
    value,
    why,
    ...(staysThere(name, options) ? { stays: true } : {}),
  }));
}

/** Of a relay that is set up already: adding a shop must not change these. */
function staysThere(name: string, { ipv4Only, dane, certificateNamed, replace }: RelayOptions): boolean {
  if (replace) return false;
  if (name === 'inet_protocols') return !ipv4Only;
  if (name === 'smtp_tls_security_level') return !dane;
  if (/^smtpd_tls_(?:cert|key)_file$/.test(name)) return !certificateNamed;
  return name === 'message_size_limit' || /^smtpd_client_.*_limit$/.test(name);
}

/** Where a shop logs in: the passwords are those of Cyrus SASL. */
export const LOGIN_SETTINGS: readonly WantedSetting[] = (
  [
    ['smtpd_sasl_type', 'cyrus', 'passwords by Cyrus SASL'],
    ['smtpd_sasl_path', 'smtpd', 'the name of sasl/smtpd.conf'],
    ['smtpd_sasl_local_domain', '$myhostname', 'the realm of the logins'],
    ['smtpd_sasl_security_options', 'noanonymous', 'no login without a name'],
    ['smtpd_sasl_tls_security_options', 'noanonymous', 'nor over TLS'],
  ] satisfies Row[]
).map(([name, value, why]) => ({ name, value, why }));

/** Port 465 by implicit TLS; port 25 only where mail is received to be sent on. */
export const WANTED_SERVICES: readonly WantedService[] = [
  {
    name: 'smtp/inet',
    line: `smtp inet n - n - - smtpd${options([
      'syslog_name=postfix/receive',
      'smtpd_client_restrictions=',
      'smtpd_relay_restrictions=reject_unauth_destination',
      'smtpd_sasl_auth_enable=no',
      'smtpd_tls_security_level=may',
    ])}`,
    when: '[ -n "$receives" ]',
    why: 'port 25 inward: only where mail of a shop is received and sent on, and for no other recipient',
  },
  { name: 'submission/inet', line: undefined, why: 'port 587: the shop comes by 465' },
  { name: 'smtps/inet', line: undefined, why: 'an older name of port 465' },
  { name: '465/inet', line: undefined, why: 'the same by its number' },
  {
    name: 'submissions/inet',
    line: submissions('submissions'),
    when: '[ "$listen" = network ]',
    why: 'port 465: TLS from the first byte (RFC 8314)',
  },
  {
    name: '127.0.0.1:465/inet',
    line: submissions('127.0.0.1:465'),
    when: '[ "$listen" = here ]',
    why: 'the same, where the only shop is on this machine',
  },
];

/** Outside the chroot, where certificates and passwords are. */
function submissions(name: string): string {
  return `${name} inet n - n - - smtpd${options([
    'syslog_name=postfix/submissions',
    'smtpd_tls_wrappermode=yes',
    'smtpd_sasl_auth_enable=$login',
  ])}`;
}

function options(list: readonly string[]): string {
  return list.map((option) => ` -o ${option}`).join('');
}
