// A send-only relay as parameters of main.cf and services of master.cf, each with its reason (postconf(5), RFC 8314).

import { NO_MAILBOXES } from './merge.ts';
import type { RelayOptions } from './options.ts';

export interface WantedSetting {
  name: string;
  /** As main.cf has it; where `from` is `script`, the name of the variable of the script that has it. */
  value: string;
  why: string;
  from?: 'script';
  /** An existing value stays: it was chosen for that machine. */
  stays?: true;
}
export interface WantedService {
  /** `submissions/inet`, as `postconf -M` names it. */
  name: string;
  /** The whole line of master.cf; undefined: to be commented out. */
  line: string | undefined;
  why: string;
  /** A condition of the script for the line (default: always). */
  when?: string;
}

type Row = [name: string, value: string, why: string];
/** Bytes: default limit of the shim. */
const MESSAGE_SIZE = 50 * 1024 * 1024;
/** A minute: enough for a busy shop, and few enough to notice spam. */
const MESSAGES_PER_MINUTE = 300;
const RECIPIENTS_PER_MINUTE = 600;
/** At a time, from one address: PHP opens one connection for each mail. */
const CONNECTIONS = 30;
/** RFC 8996 deprecates older versions; this syntax also works before Postfix 3.6. */
const PROTOCOLS = '!SSLv2, !SSLv3, !TLSv1, !TLSv1.1';

/**
 * In an order in which no step between is an open relay: restrictions of senders come first. With a login and addresses both
 * are required.
 */
export function wantedSettings(options: RelayOptions): WantedSetting[] {
  return [...senderSettings(), ...settingsOf(options)];
}

/** Values that `mergeLines` computes from the relay and the options. */
function senderSettings(): WantedSetting[] {
  const rows: Row[] = [
    ['mynetworks', 'networks', 'this machine and the shops alone'],
    ['smtpd_client_restrictions', 'client', 'other clients are rejected first; empty if a login is required'],
    ['smtpd_relay_restrictions', 'relay', 'the shops may send to any recipient, others to none'],
    ['mydomain', 'mydomain', 'the domain of the first shop'],
  ];
  return rows.map(([name, value, why]) => ({ name, value, why, from: 'script' }));
}

function settingsOf(options: RelayOptions): WantedSetting[] {
  const { hostname, ipv4Only } = options;
  const settings: Row[] = [
    ['smtpd_recipient_restrictions', '', 'no restrictions of an earlier set-up'],
    ['smtpd_sender_restrictions', '', 'the same'],
    ['smtpd_helo_restrictions', '', 'the same'],
    ['relay_domains', '', 'no mail is relayed to other domains'],
    ['mydestination', '', 'mail for your own domain goes to its MX, not to this machine'],
    ['local_transport', NO_MAILBOXES, 'nor mail for an address in brackets'],
    ['relayhost', '', 'directly to the receivers, so that PTR and SPF of this machine are used'],
    ['content_filter', '', 'no filter of an earlier set-up'],
    ['myhostname', hostname, 'the name in EHLO; PTR of the sending address must be the same'],
    ['myorigin', '$mydomain', 'mail of this machine itself (cron) comes from root@ this domain'],
    ['smtpd_banner', '$myhostname ESMTP', 'the name first, and no version number'],
    ['inet_interfaces', 'all', 'the shop connects from outside'],
    ['inet_protocols', ipv4Only ? 'ipv4' : 'all', ipv4Only ? 'no IPv6 address without PTR' : 'IPv4 and IPv6'],
    ...(ipv4Only
      ? []
      : [['smtp_address_preference', 'ipv4', 'receivers reject IPv6 without PTR more often than IPv4'] as Row]),
    ['smtpd_tls_chain_files', '', 'would override the next two'],
    ['smtpd_tls_cert_file', options.certificate, 'the certificate with its chain'],
    ['smtpd_tls_key_file', options.key, 'its key'],
    ['smtpd_tls_security_level', 'encrypt', 'no mail without TLS'],
    ['smtpd_tls_mandatory_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_auth_only', 'yes', 'no password without TLS'],
    ['smtpd_tls_loglevel', '1', 'a line in the log for each handshake'],
    ['smtpd_tls_received_header', 'yes', 'the Received field names TLS'],
    ['smtpd_sasl_auth_enable', 'no', 'only on the port below, where a shop logs in'],
    ...(options.dane
      ? ([
          ['smtp_dns_support_level', 'dnssec', 'signed answers of DNS, which DANE needs'],
          ['smtp_tls_security_level', 'dane', 'outgoing: verified by DANE if offered, else TLS if offered'],
        ] as Row[])
      : [['smtp_tls_security_level', 'may', 'outgoing: TLS if the receiver offers it'] as Row]),
    ['smtp_tls_loglevel', '1', 'a line in the log for each handshake'],
    ['smtpd_forbid_bare_newline', 'yes', 'no second message hidden in a message (CVE-2023-51764)'],
    ['smtpd_forbid_bare_newline_exclusions', '', 'not even from mynetworks, where the shop is'],
    ['smtpd_forbid_unauth_pipelining', 'yes', 'nor commands hidden behind others'],
    ['disable_vrfy_command', 'yes', 'no client can list addresses'],
    ['smtpd_helo_required', 'yes', 'many attackers do not send it'],
    ['smtpd_client_connection_count_limit', String(CONNECTIONS), 'at a time, from one address'],
    ['smtpd_client_connection_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute, from one address'],
    ['smtpd_client_auth_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute: against guessing passwords'],
    ['smtpd_client_message_rate_limit', String(MESSAGES_PER_MINUTE), 'a minute: against a shop that sends spam'],
    ['smtpd_client_recipient_rate_limit', String(RECIPIENTS_PER_MINUTE), 'a minute'],
    ['smtpd_client_event_limit_exceptions', '', 'empty: the shop is not exempt from the limits'],
    ['message_size_limit', String(MESSAGE_SIZE), '50 MB, the default limit of mailshim'],
    ['mailbox_size_limit', '0', 'must not be smaller than the line above'],
    ['soft_bounce', 'no', 'a permanent rejection is permanent'],
  ];
  return settings.map(([name, value, why]) => ({
    name,
    value,
    why,
    ...(staysThere(name, options) ? { stays: true } : {}),
  }));
}

/** Settings that adding a shop must not change. */
function staysThere(name: string, { ipv4Only, dane, certificateNamed, replace }: RelayOptions): boolean {
  if (replace) return false;
  if (name === 'inet_protocols') return !ipv4Only;
  if (name === 'smtp_tls_security_level') return !dane;
  if (/^smtpd_tls_(?:cert|key)_file$/.test(name)) return !certificateNamed;
  return name === 'message_size_limit' || /^smtpd_client_.*_limit$/.test(name);
}

/** For shops with a login: passwords of Cyrus SASL. */
export const LOGIN_SETTINGS: readonly WantedSetting[] = (
  [
    ['smtpd_sasl_type', 'cyrus', 'passwords by Cyrus SASL'],
    ['smtpd_sasl_path', 'smtpd', 'the name of sasl/smtpd.conf'],
    ['smtpd_sasl_local_domain', '$myhostname', 'the realm of the logins'],
    ['smtpd_sasl_security_options', 'noanonymous', 'no login without a name'],
    ['smtpd_sasl_tls_security_options', 'noanonymous', 'nor over TLS'],
  ] satisfies Row[]
).map(([name, value, why]) => ({ name, value, why }));

/** Port 465 with implicit TLS; port 25 only for mail to forward. */
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
    why: 'port 25: only for mail of a shop that is forwarded, and for no other recipient',
  },
  { name: 'submission/inet', line: undefined, why: 'port 587: the shop uses 465' },
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
    why: 'the same, if the only shop is on this machine',
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
