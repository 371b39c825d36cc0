// A send-only relay as parameters of main.cf and services of master.cf, each with its reason (postconf(5), RFC 8314).

import { postfixNetwork, type RelayWish } from './wish.ts';

export interface WantedSetting {
  name: string;
  value: string;
  why: string;
}
export interface WantedService {
  /** `submissions/inet`, as `postconf -M` names it. */
  name: string;
  /** The whole line of master.cf; undefined: is to be commented out. */
  line: string | undefined;
  why: string;
}

/** Octets: what the shim lets through by default. */
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
export function wantedSettings(wish: RelayWish): WantedSetting[] {
  const { hostname, domains, allow, saslUsers, ipv4Only } = wish;
  const login = saslUsers.length > 0;
  const loopback = ipv4Only ? ['127.0.0.0/8'] : ['127.0.0.0/8', '[::1]/128'];
  const settings: [string, string, string][] = [
    ['mynetworks', [...loopback, ...allow.map(postfixNetwork)].join(' '), 'this machine and the shop, nobody else'],
    [
      'smtpd_client_restrictions',
      allow.length > 0 ? 'permit_mynetworks, reject' : '',
      allow.length > 0 ? 'others are refused before anything else' : 'from anywhere, since a login is asked for',
    ],
    [
      'smtpd_relay_restrictions',
      login ? 'permit_sasl_authenticated, reject' : 'permit_mynetworks, reject',
      login
        ? 'who has logged in may send to anybody, others to nobody'
        : 'the shop may send to anybody, others to nobody',
    ],
    ['smtpd_recipient_restrictions', '', 'nothing that an earlier set-up asked besides'],
    ['smtpd_sender_restrictions', '', 'the same'],
    ['smtpd_helo_restrictions', '', 'the same'],
    ['relay_domains', '', 'no mail is taken on for other domains'],
    ['mydestination', '', 'mail to your own domain goes where MX says, not into this machine'],
    ['local_transport', 'error:5.1.1 this machine has no mailboxes', 'nor does mail to an address in brackets'],
    ['relayhost', '', 'straight to the receivers, so that PTR and SPF of this machine count'],
    ['content_filter', '', 'no filter that an earlier set-up left behind'],
    ['myhostname', hostname, 'the name in EHLO; PTR of the sending address has to be the same'],
    ['mydomain', domains[0], 'the domain of the shop'],
    ['myorigin', '$mydomain', 'mail of this machine itself (cron) comes from root@ this domain'],
    ['smtpd_banner', '$myhostname ESMTP', 'the name first, and no version for those who look for holes'],
    ['inet_interfaces', 'all', 'the shop comes from outside'],
    ['inet_protocols', ipv4Only ? 'ipv4' : 'all', ipv4Only ? 'no IPv6 address without PTR' : 'IPv4 and IPv6'],
    ...(ipv4Only
      ? []
      : ([['smtp_address_preference', 'ipv4', 'receivers refuse IPv6 without PTR sooner than IPv4']] as [
          string,
          string,
          string,
        ][])),
    ['smtpd_tls_chain_files', '', 'would hide the next two'],
    ['smtpd_tls_cert_file', wish.certificate, 'the certificate with its chain'],
    ['smtpd_tls_key_file', wish.key, 'its key'],
    ['smtpd_tls_security_level', 'encrypt', 'nothing without TLS'],
    ['smtpd_tls_mandatory_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_protocols', PROTOCOLS, 'TLS 1.2 and later'],
    ['smtpd_tls_auth_only', 'yes', 'no password without TLS'],
    ['smtpd_tls_loglevel', '1', 'a line in the log for each handshake'],
    ['smtpd_tls_received_header', 'yes', 'Received says that it came by TLS'],
    ...saslSettings(login),
    ...(wish.dane
      ? ([
          ['smtp_dns_support_level', 'dnssec', 'signed answers of DNS, which DANE needs'],
          ['smtp_tls_security_level', 'dane', 'outward: checked by DANE where offered, else TLS where offered'],
        ] as [string, string, string][])
      : ([['smtp_tls_security_level', 'may', 'outward: TLS wherever the receiver offers it']] as [
          string,
          string,
          string,
        ][])),
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
  return settings.map(([name, value, why]) => ({ name, value, why }));
}

function saslSettings(login: boolean): [string, string, string][] {
  if (!login) return [['smtpd_sasl_auth_enable', 'no', 'the address of the shop is enough']];
  return [
    ['smtpd_sasl_auth_enable', 'no', 'only on the port below'],
    ['smtpd_sasl_type', 'cyrus', 'passwords by Cyrus SASL'],
    ['smtpd_sasl_path', 'smtpd', 'the name of sasl/smtpd.conf'],
    ['smtpd_sasl_local_domain', '$myhostname', 'the realm of the logins'],
    ['smtpd_sasl_security_options', 'noanonymous', 'no login without a name'],
    ['smtpd_sasl_tls_security_options', 'noanonymous', 'nor over TLS'],
  ];
}

/** Port 465 by implicit TLS, and no other port: the machine sends, it takes no mail from the Internet. */
export function wantedServices(wish: RelayWish): WantedService[] {
  const options = [
    'syslog_name=postfix/submissions',
    'smtpd_tls_wrappermode=yes',
    `smtpd_sasl_auth_enable=${wish.saslUsers.length > 0 ? 'yes' : 'no'}`,
  ];
  return [
    { name: 'smtp/inet', line: undefined, why: 'port 25 inward: this machine takes no mail from the Internet' },
    { name: 'submission/inet', line: undefined, why: 'port 587: the shop comes by 465' },
    { name: 'smtps/inet', line: undefined, why: 'an older name of port 465' },
    { name: '465/inet', line: undefined, why: 'the same by its number' },
    {
      name: 'submissions/inet',
      // Outside the chroot, where certificates and passwords are.
      line: `submissions inet n - n - - smtpd${options.map((option) => ` -o ${option}`).join('')}`,
      why: 'port 465: TLS from the first byte (RFC 8314)',
    },
  ];
}
