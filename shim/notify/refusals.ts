// Which reply means what: at receivers with published codes first, then by the registry of enhanced status codes, then by
// the words, then by the class. One table: the letters, the doctor and the docs read it.

import { isForeignSender } from '../submit/provider.ts';
import type { Table } from './refusal.ts';
import { RECEIVER_TABLES } from './refusals.receivers.ts';

const SUBMISSION: Table = {
  title: { en: 'Logins and senders, at any relay', ru: 'Вход и отправитель, на любом релее' },
  source: 'RFC 4954 section 6, RFC 3207 section 4',
  rules: [
    { is: 'starttls', code: ['x.7.0', 'x.7.10', 'x.7.11'], said: ['starttls'] },
    { is: 'starttls', basic: ['523', '538'] },
    // 432 is also said of a busy mailbox (Exchange).
    { is: 'login', basic: ['432'], code: 'x.7.12' },
    { is: 'login', basic: ['435', '454', '530', '534', '535'] },
    { is: 'sender', said: isForeignSender, like: 'not owned by user' },
  ],
};

const REGISTRY: Table = {
  title: { en: 'The registry of status codes, at any receiver', ru: 'Реестр кодов состояния, у любого получателя' },
  source: 'https://www.iana.org/assignments/smtp-enhanced-status-codes/',
  rules: [
    // RFC 3463, RFC 5248.
    { is: 'address', code: ['x.1.1', 'x.1.3', 'x.1.6'] },
    { is: 'sender-domain', code: ['x.1.7', 'x.1.8'] },
    { is: 'disabled', code: 'x.2.1' },
    { is: 'full', code: 'x.2.2' },
    { is: 'large', code: ['x.2.3', 'x.3.4'] },
    // X.1.10: RFC 7505.
    { is: 'domain', code: ['x.1.2', 'x.1.10', 'x.4.4'] },
    { is: 'loop', code: 'x.4.6' },
    { is: 'recipients', code: 'x.5.3' },
    { is: 'account-blocked', code: 'x.7.13' },
    // RFC 6531.
    { is: 'international', code: ['x.6.7', 'x.6.8', 'x.6.9', 'x.6.10'] },
    // RFC 7372 section 3.
    { is: 'dkim', code: ['x.7.20', 'x.7.21', 'x.7.22'] },
    { is: 'spf', code: ['x.7.23', 'x.7.24'] },
    { is: 'ptr', code: 'x.7.25' },
    { is: 'authentication', code: 'x.7.26' },
    // Gmail's meaning, where a relay has dropped what showed that it was Gmail.
    { is: 'spf', code: 'x.7.27', said: ['spf'] },
    { is: 'no-tls', code: 'x.7.29', said: ['tls'] },
    { is: 'dkim', code: 'x.7.30', said: ['dkim'] },
    // RFC 7505.
    { is: 'sender-null-mx', code: 'x.7.27' },
    // "Mail flood detected".
    { is: 'unsolicited-rate', code: 'x.7.28' },
    // RFC 8617.
    { is: 'arc', code: 'x.7.29' },
    // RFC 8689.
    { is: 'requiretls', code: 'x.7.30' },
  ],
};

const WORDING: Table = {
  title: { en: 'Words, at any receiver', ru: 'Слова, у любого получателя' },
  // Replies that name their reason beat a general code such as 5.7.1.
  source: 'Postfix, Exim, Exchange, rspamd, Amazon SES',
  rules: [
    {
      is: 'sender-domain',
      said: /sender address rejected: domain not found|domain of sender address \S* ?does not (?:exist|resolve)|unresolvable sender/,
      like: 'Sender address rejected: Domain not found',
    },
    { is: 'sender', said: ['sender address rejected'] },
    {
      is: 'relaying',
      said: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|not permitted to relay|unable to relay/,
      like: 'Relay access denied',
    },
    {
      is: 'ehlo',
      said: /helo command rejected|\((?:ehlo|helo)\)|(?:need|require)s? (?:a )?fully-?\s?qualified host|(?:invalid|bad) (?:helo|ehlo)/,
      like: 'Helo command rejected: need fully-qualified hostname',
    },
    { is: 'greylisted', said: /gr[ae]y-?\s?list/, like: 'Greylisted' },
    { is: 'full', said: /over ?quota|quota exceeded|exceeded .{0,20}quota|mailbox (?:is )?full/, like: 'over quota' },
    { is: 'recipients', said: /too many recipients|recipient count exceeds/, like: 'too many recipients' },
    {
      is: 'large',
      said: /^552[ -].*(?:message|mail).*(?:size|large|big)|message (?:size exceeds|(?:is )?too (?:large|big))/,
      like: 'message size exceeds fixed limit',
    },
    {
      is: 'format',
      said: /not rfc ?\d{4}[ -]compliant|(?:missing(?! dkim)|duplicate|multiple|malformed) .{0,30}headers?\b|duplicate header|8-bit data in message header|bare (?:lf|cr)\b|line (?:is )?too long|maximum allowed line length/,
      like: "Duplicate header 'DKIM-Signature'",
    },
    { is: 'dmarc', said: /dmarc|unauthenticated email from \S+ is not accepted/, like: 'rejected per DMARC policy' },
    {
      is: 'authentication',
      said: /\bspf\b.{0,80}\bdkim\b|\bdkim\b.{0,80}\bspf\b|(?:mail|message|email|sender) is unauthenticated/,
      like: 'neither SPF nor DKIM',
    },
    { is: 'spf', said: /\bspf\b|sender policy framework/, like: 'SPF check failed' },
    { is: 'dkim', said: /\bdkim\b/, like: 'bad DKIM signature' },
    {
      is: 'dynamic',
      said: /dynamic (?:ip|address|host)|generic (?:dns |reverse )?(?:ptr|rdns|dns|name)/,
      like: 'mail from dynamic IP is not accepted',
    },
    {
      is: 'ptr',
      said: /reverse (?:dns|hostname)|\brdns\b|\bptr\b|cannot find your (?:reverse )?host ?name|ip name lookup failed/,
      like: 'cannot find your reverse hostname',
    },
    {
      is: 'listed',
      said: /spamhaus|spamcop|barracuda|proofpoint\.com\/dnsbl|\b(?:dnsbl|rbl)\b|blocked using|block ?list|black ?list/,
      like: 'blocked using zen.spamhaus.org',
    },
    { is: 'reputation', said: ['reputation'] },
    {
      is: 'domain',
      said: /name service error|\bnxdomain\b|host not found|no such domain|domain (?:name )?not found/,
      like: 'Host or domain name not found',
    },
    // Exchange, also on one's own server.
    { is: 'closed-recipient', said: ['resolver.rst.'] },
    {
      is: 'address',
      said: /(?:user|recipient|mailbox|address)(?: is)? (?:unknown|not found)|(?:unknown|no such|invalid) (?:user|recipient)|unknown local part|does not exist|doesn't have an? \S+ account/,
      like: 'User unknown',
    },
    {
      is: 'content',
      said: /content presents a potential|\b(?:virus|malware|phishing)\b|(?:file|attachment)s? .{0,40}(?:blocked|not allowed|prohibited)/,
      like: 'Virus detected',
    },
    {
      is: 'rate',
      said: /too many (?:concurrent |simultaneous )?(?:connections|messages|mails|emails)|\brate.?limit|throttl|too (?:fast|quickly|frequent)|(?:connection|message) rate/,
      like: 'too many connections',
    },
    { is: 'spam', said: /\b(?:spam|junk|unsolicited|bulk mail)\b|message content rejected/, like: 'considered spam' },
    {
      is: 'unreachable',
      said: /connection (?:timed out|refused|reset)|no route to host|network is unreachable/,
      like: 'connection timed out',
    },
    { is: 'policy', said: ['policy'] },
  ],
};

const CLASSES: Table = {
  title: { en: 'What remains', ru: 'Остальное' },
  source: 'RFC 3463 section 3, RFC 5321 section 4.2',
  rules: [
    { is: 'policy', code: '5.7.0-999' },
    { is: 'format', code: 'x.6.0-999' },
    { is: 'protocol', code: '5.5.0-999' },
    // A server that answers was reached.
    {
      is: 'unreachable',
      code: 'x.4.0-999',
      said: (reply) => !/^\d{3}(?:[ -]|$)/.test(reply),
      like: 'connection timed out',
    },
    { is: 'busy', code: '4.0-7.0-999' },
  ],
};

/** The first that fits decides. */
export const TABLES: readonly Table[] = [SUBMISSION, ...RECEIVER_TABLES, REGISTRY, WORDING, CLASSES];
