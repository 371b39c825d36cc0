// Messages about the relay: connecting, TLS and certificates, the login, and what its replies mean for a mail.

import { EX } from '../exit.ts';
import { define, fixed } from './define.ts';

const quoted = (text: string) => JSON.stringify(text);
/** `where`: the relay, as "mail.shop.example:465". */
type At = { where: string };
const AT: At = { where: 'mail.shop.example:465' };
const at = (text: string, code?: (typeof EX)[keyof typeof EX]) =>
  define<At>([AT], ({ where }) => `${where} ${text}`, code);
/** What to do, after what happened; '' if there is no advice. */
const appended = (help: string) => (help === '' ? '' : `; ${help.replace(/\.$/, '')}`);
const { DATAERR, IOERR, NOHOST, NOPERM, PROTOCOL, UNAVAILABLE } = EX;

const connectionMessages = {
  'dns.no-host': define([{ host: 'mail.shop.example' }], ({ host }) => `host ${host} does not exist in DNS`, NOHOST),
  'dns.no-answer': define(
    [{ host: 'mail.shop.example' }],
    ({ host }) => `host ${host} could not be looked up: DNS does not answer`,
    NOHOST,
  ),
  'connect.refused': at('refused the connection; is the relay running, and "port" right?', UNAVAILABLE),
  'connect.timeout': at('did not answer; is there a firewall between?', UNAVAILABLE),
  'connect.late': define<At & { seconds: number }>(
    [{ ...AT, seconds: 30 }],
    ({ where, seconds }) => `${where} did not answer in ${seconds} s`,
    UNAVAILABLE,
  ),
  'connect.failed': define<At & { why: string }>(
    [{ ...AT, why: 'EHOSTUNREACH' }],
    ({ where, why }) => `${where}: cannot connect (${why})`,
    UNAVAILABLE,
  ),
  'proxy.login': define(
    [{ proxy: '127.0.0.1:1080' }],
    ({ proxy }) => `proxy ${proxy}: it requires a login, which is not supported`,
    UNAVAILABLE,
  ),
  'proxy.refused': define<At & { proxy: string; reply: number }>(
    [{ ...AT, proxy: '127.0.0.1:1080', reply: 5 }],
    ({ proxy, where, reply }) => `proxy ${proxy}: it could not connect to ${where} (code ${reply})`,
    UNAVAILABLE,
  ),
  'proxy.closed': define(
    [{ proxy: '127.0.0.1:1080' }],
    ({ proxy }) => `proxy ${proxy}: it closed the connection`,
    UNAVAILABLE,
  ),
} as const;

const wrapperAdvice = (account: string) =>
  `add "-o smtpd_tls_wrappermode=yes" to the line of that port in master.cf of the relay, or "tls_starttls on" to account ${account}`;
type CrlFile = { file: string };
const CRL: CrlFile = { file: '/etc/ssl/crl.pem' };

const tlsMessages = {
  'tls.plaintext': define<At & { account: string }>(
    [{ ...AT, account: 'default' }],
    ({ where, account }) => `${where} answers in plain text, not TLS; ${wrapperAdvice(account)}`,
    PROTOCOL,
  ),
  'tls.upgraded': define<At & { account: string }>(
    [{ ...AT, account: 'default' }],
    ({ where, account }) => `${where} answered in plain text; upgraded by STARTTLS; ${wrapperAdvice(account)}`,
  ),
  'tls.failed': define<At & { why: string }>(
    [{ ...AT, why: 'ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION' }],
    ({ where, why }) => `${where}: TLS handshake failed (${why})`,
    PROTOCOL,
  ),
  'tls.late': define<At & { seconds: number }>(
    [{ ...AT, seconds: 30 }],
    ({ where, seconds }) => `${where}: no TLS handshake in ${seconds} s`,
    UNAVAILABLE,
  ),
  'tls.file': define(
    [{ directive: 'tls_trust_file', file: '/etc/ssl/ca.pem', why: 'no such file' }],
    ({ directive, file, why }) => `${directive} ${file}: ${why}`,
    EX.CONFIG,
  ),
  'certificate.name': define(
    [{ name: 'mail.shop.example', why: 'it is not in the cert’s altnames: DNS:shop.example' }],
    ({ name, why }) =>
      `the certificate is not for ${name} (${why}); use the name it is for in "host" or tls_host_override`,
    UNAVAILABLE,
  ),
  'certificate.expired': fixed('the certificate has expired; renew it at the relay', UNAVAILABLE),
  'certificate.not-yet-valid': fixed('the certificate is not valid yet; is the clock right?', UNAVAILABLE),
  'certificate.revoked': define(
    [CRL],
    ({ file }) => `the certificate is revoked by tls_crl_file ${file}; replace it at the relay`,
    UNAVAILABLE,
  ),
  'certificate.crl-expired': define(
    [CRL],
    ({ file }) => `the list in tls_crl_file ${file} has expired; download a new one`,
    UNAVAILABLE,
  ),
  'certificate.crl-missing': define(
    [CRL],
    ({ file }) => `tls_crl_file ${file} has no list of the authority that signed the certificate`,
    UNAVAILABLE,
  ),
  'certificate.purpose': fixed('the certificate is not for servers; replace it at the relay', UNAVAILABLE),
  'certificate.authority': define(
    [
      { trust: 'that this system trusts', why: 'DEPTH_ZERO_SELF_SIGNED_CERT' },
      { trust: 'in /etc/ssl/ca.pem', why: 'UNABLE_TO_GET_ISSUER_CERT_LOCALLY' },
    ],
    ({ trust, why }) =>
      `the certificate is not signed by an authority ${trust} (${why}); set tls_trust_file to the right file`,
    UNAVAILABLE,
  ),
  'certificate.not-shown': fixed('the server sent no certificate to compare with tls_fingerprint', UNAVAILABLE),
  'certificate.fingerprint': define(
    [{ found: '5F:9A:…' }],
    ({ found }) => `the certificate has the fingerprint ${found}, not the one of tls_fingerprint`,
    UNAVAILABLE,
  ),
  'starttls.deferred': define<At & { reply: string }>(
    [{ ...AT, reply: '454 4.7.0 TLS not available due to local problem' }],
    ({ where, reply }) => `${where} cannot start TLS at the moment: ${reply}`,
    UNAVAILABLE,
  ),
  'starttls.none': define<At & { reply: string; account: string; file: string }>(
    [
      { ...AT, reply: '', account: 'default', file: '/etc/mailshimrc' },
      { ...AT, reply: '502 5.5.1 command not recognized', account: 'default', file: '/etc/mailshimrc' },
    ],
    ({ where, reply, account, file }) =>
      `${where} offers no STARTTLS, and mail is not sent in clear text${reply === '' ? '' : `: ${reply}`}; to allow clear text, add "tls off" to account ${account} (${file})`,
    UNAVAILABLE,
  ),
} as const;

const loginMessages = {
  'login.rejected': define<At & { login: string; reply: string; help: string }>(
    [{ ...AT, login: 'login as shop (PLAIN)', reply: '535 5.7.8 authentication failed', help: '' }],
    ({ where, login, reply, help }) => `${where}: ${login} was rejected: ${reply}${appended(help)}`,
    NOPERM,
  ),
  'login.none-offered': fixed('the relay offers no login, and mail is not sent without one', UNAVAILABLE),
  'login.not-offered': define(
    [{ method: 'cram-md5', offered: 'PLAIN, LOGIN' }],
    ({ method, offered }) => `the relay does not offer the login method ${method}; it offers ${offered}`,
    UNAVAILABLE,
  ),
  'login.clear-text': fixed(
    'the relay offers only login methods that send the password itself, and there is no TLS',
    UNAVAILABLE,
  ),
  'login.unknown-methods': define(
    [{ offered: 'GSSAPI, NTLM' }],
    ({ offered }) => `the relay offers no login method that mailshim has; it offers ${offered}`,
    UNAVAILABLE,
  ),
  'login.nonce': fixed('the server changed the nonce', NOPERM),
  'login.challenge': fixed('the challenge of the server is invalid', NOPERM),
  'login.proof': fixed('the server could not prove that it knows the password', NOPERM),
} as const;

const sessionMessages = {
  'session.not-admitted': define<At & { reply: string; help: string }>(
    [{ ...AT, reply: '554 5.7.1 Client host rejected: Access denied', help: '' }],
    ({ where, reply, help }) => `${where} does not accept this client: ${reply}${appended(help)}`,
    UNAVAILABLE,
  ),
  'session.silent': define<At & { step: string }>(
    [{ ...AT, step: 'before the mail could be sent' }],
    ({ where, step }) => `${where} stopped answering ${step}`,
    IOERR,
  ),
  'session.closed': define<At & { step: string; reply: string }>(
    [
      { ...AT, step: 'before the mail could be sent', reply: '' },
      { ...AT, step: 'while the mail was being sent', reply: '421 4.3.2 shutting down' },
    ],
    ({ where, step, reply }) => `${where} closed the connection ${step}${reply === '' ? '' : `: ${reply}`}`,
    IOERR,
  ),
  'session.lost': define<At & { how: 'closed' | 'timeout'; uncertain: boolean }>(
    [
      { ...AT, how: 'closed', uncertain: false },
      { ...AT, how: 'timeout', uncertain: true },
    ],
    ({ where, how, uncertain }) =>
      `${where} ${how === 'timeout' ? 'stopped answering' : 'closed the connection'} while the mail was being sent${uncertain ? '; it may have the mail all the same' : ''}`,
    IOERR,
  ),
  'session.late': define<At & { seconds: number }>(
    [{ ...AT, seconds: 10 }],
    ({ where, seconds }) => `${where} did not accept the mail in ${seconds} s (directive submit_deadline)`,
    IOERR,
  ),
  'session.enough': define<At & { reply: string }>(
    [{ ...AT, reply: '450 4.7.1 too many messages in this session' }],
    ({ where, reply }) => `${where} accepts no more mail over this connection: ${reply}`,
    UNAVAILABLE,
  ),
  'session.spent': define<At & { count: number }>(
    [{ ...AT, count: 100 }],
    ({ where, count }) => `${where} received ${count} mails over this connection (directive relay_messages)`,
    UNAVAILABLE,
  ),
  'session.out-of-step': define<At & { reply: string }>(
    [{ ...AT, reply: '250 2.0.0 Ok' }],
    ({ where, reply }) =>
      `${where} does not follow the protocol: it replied ${quoted(reply)}, which does not fit the command`,
    PROTOCOL,
  ),
  'session.no-connection': define(
    [{ most: 6, host: 'mail.shop.example', seconds: 10 }],
    ({ most, host, seconds }) =>
      `all ${most} connections to ${host} were in use for ${seconds} s (directive relay_connections)`,
    UNAVAILABLE,
  ),
  'session.bdat': at('offers CHUNKING and does not know BDAT', PROTOCOL),
} as const;

/** What to change where the login may not send as the sender. */
export type ForeignAdvice = 'set-from' | 'change-from' | 'not-allowed' | 'rewrite';
const FOREIGN = {
  ...AT,
  login: 'shop',
  sender: 'info@shop.example',
  from: 'orders@shop.example',
  reply: '553 5.7.1 not owned by user shop',
  help: '',
};

const replyMessages = {
  'reply.rejected': define<At & { what: string; reply: string; help: string }>(
    [
      { ...AT, what: 'the sender <orders@shop.example>', reply: '550 5.7.1 not allowed', help: '' },
      { ...AT, what: 'the recipient a@two.example', reply: '550 5.1.1 User unknown', help: '' },
      { ...AT, what: 'the message', reply: '554 5.7.1 spam', help: '' },
    ],
    ({ where, what, reply, help }) => `${where} rejected ${what}: ${reply}${appended(help)}`,
    DATAERR,
  ),
  'reply.deferred': define<At & { what: string; reply: string; help: string }>(
    [{ ...AT, what: 'the message', reply: '451 4.3.0 try again later', help: '' }],
    ({ where, what, reply, help }) => `${where} deferred ${what}: ${reply}${appended(help)}`,
    UNAVAILABLE,
  ),
  'reply.foreign-sender': define<typeof FOREIGN & { advice: ForeignAdvice }>(
    [
      { ...FOREIGN, advice: 'set-from' },
      { ...FOREIGN, advice: 'change-from' },
      { ...FOREIGN, advice: 'not-allowed' },
      { ...FOREIGN, advice: 'rewrite' },
    ],
    ({ where, login, sender, from, reply, advice, help }) => {
      const remedy = {
        'set-from': `add "from ADDRESS" with an address that belongs to ${login}, and "sender_rewrite always"`,
        'change-from': `set "from" to an address that belongs to ${login}`,
        'not-allowed': `remove the sender from "allow_sender", so that From becomes ${from}`,
        rewrite: `send as ${from}, or add "sender_rewrite always": From then becomes ${from}, and replies still go to the old address`,
      }[advice];
      return `${where} does not let ${login} send as <${sender}>: ${reply}; ${remedy}${appended(help)}`;
    },
    NOPERM,
  ),
  'reply.too-large': define<At & { most: number }>(
    [{ ...AT, most: 10_485_760 }],
    ({ where, most }) => `${where}: the message is larger than the relay accepts (${most} bytes)`,
    DATAERR,
  ),
  'envelope.address': define(
    [{ address: 'a@shop.example\r\nDATA' }],
    ({ address }) => `${quoted(address)} is not an address`,
    DATAERR,
  ),
  'envelope.smtputf8': define<At & { address: string }>(
    [{ ...AT, address: 'почта@shop.example' }],
    ({ where, address }) => `${where} accepts no address like ${address} (no SMTPUTF8)`,
    DATAERR,
  ),
  'reply.dropped': define(
    [{ provider: 'Cloudflare' }],
    ({ provider }) =>
      `${provider} accepted the mail without a message id: it was probably dropped, because every recipient is on the suppression list there`,
  ),
} as const;

export const relayMessages = {
  ...connectionMessages,
  ...tlsMessages,
  ...loginMessages,
  ...sessionMessages,
  ...replyMessages,
} as const;
