// Which reply means what: at receivers with published codes first, then by the registry of enhanced status codes, then by
// the words, then by the class. One table: the letters, the doctor and the docs read it.

import type { Cause } from './explanations.ts';
import { isForeignSender } from './provider-help.ts';

export interface Rule {
  /** All that is given has to fit; of several codes or words one. */
  is: Cause;
  /** "5.7.26", "x.7.26" for any class, "5.7.606-649" for a range of details. */
  code?: string | readonly string[];
  /** Basic codes, "535", where they decide. */
  basic?: readonly string[];
  /** Words of the reply, in lower case. A pattern has `like`, for the docs. */
  said?: readonly string[] | RegExp | ((reply: string) => boolean);
  /** An example of what `said` fits. */
  like?: string;
}

export interface Table {
  /** Only for the receiver whose host, or replies, always have this. Tried on lower-case text without addresses. */
  sign?: RegExp;
  title: { en: string; ru: string };
  /** What the rules were taken from. */
  source: string;
  rules: readonly Rule[];
}

/** The first rule that fits decides. */
// biome-ignore format: a line for each rule.
export const TABLES: readonly Table[] = [
  {
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
  },
  {
    // "gsmtp" is in every refusal of Gmail, "gcdp" beside it for a rule of an administrator of Workspace.
    sign: /\bg(?:smtp|cdp)\b|\b(?:google|googlemail|gmail)\.com\b/,
    title: { en: 'Gmail', ru: 'Gmail' },
    // The list of 2026-02-12. Since 2024 Gmail uses 27, 29 and 30 otherwise than the registry does.
    source: 'https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes',
    rules: [
      { is: 'account-blocked', said: ['temporarily suspended due to abuse'] },
      { is: 'relaying', said: ['invalid credentials for relay', 'email relay denied', 'mail relay denied'] },
      { is: 'sending-limit', said: ['daily smtp relay', 'peak smtp relay limit', 'sending limit exceeded'] },
      { is: 'sending-limit', code: 'x.4.5', said: ['limit'] },
      { is: 'recipient-rate', said: ['is receiving email too', 'is receiving mail too', 'receiving email at a rate', 'receiving mail at a rate'] },
      { is: 'ehlo', said: ['connection. (ehlo)', 'connection. (helo)', 'helo/ehlo argument'] },
      { is: 'recipients', said: ['too many recipients'] },
      { is: 'ptr', code: ['x.7.23', 'x.7.25'] },
      { is: 'spf-suspicious', code: 'x.7.24' },
      { is: 'dmarc', code: ['x.7.26', 'x.7.1'], said: ['dmarc policy'] },
      { is: 'spf', code: 'x.7.26', said: ['hard fail'] },
      { is: 'authentication', code: 'x.7.26' },
      { is: 'spf', code: 'x.7.27' },
      { is: 'unsolicited-rate', code: 'x.7.28' },
      { is: 'no-tls', code: 'x.7.29' },
      { is: 'dkim', code: 'x.7.30' },
      { is: 'dmarc-missing', code: ['x.7.31', 'x.7.40'] },
      { is: 'alignment', code: 'x.7.32' },
      { is: 'ipv6', said: ['ipv6 sending guidelines'] },
      { is: 'ptr', said: ['ptr record'] },
      { is: 'no-tls', said: ['tls required'] },
      { is: 'unsolicited-rate', said: ['unusual rate of', 'unusual amount of'] },
      { is: 'reputation', said: ['low reputation'] },
      { is: 'content', said: ['potential security issue', 'nature of the content'] },
      { is: 'dynamic', said: ['not authorized to send email directly', 'not authorized to send mail directly'] },
      { is: 'format', said: ['not rfc 5322', 'missing a valid', 'multiple addresses in the from', 'encoded-word syntax', 'unicode character in a disallowed header', 'malformed'] },
      { is: 'recipient-policy', said: ['gcdp', 'policy that prohibit', 'ip not in whitelist'] },
      { is: 'spam', said: ['likely unsolicited', 'likely suspicious'] },
      { is: 'rate', code: 'x.7.1', said: ['rate limited'] },
    ],
  },
  {
    sign: /\boutlook\.com\b|\b(?:live|hotmail)\.com\b|\b(?:rp|sc|dy|ou)-00\d\b|\b5\.7\.515\b/,
    title: { en: 'Outlook.com, Hotmail', ru: 'Outlook.com, Hotmail' },
    source: 'https://postmaster.live.com/pm/troubleshooting.aspx',
    rules: [
      { is: 'authentication-all', code: '5.7.515' },
      { is: 'reputation-rate', said: ['rp-001', 'rp-002', 'rp-003', '(s775)'] },
      { is: 'reputation-rate', code: '4.7.650' },
      { is: 'reputation', said: ['sc-001', 'ou-002'] },
      { is: 'abused', said: ['sc-003', 'dy-002'] },
      { is: 'listed-outlook', said: ['sc-002'] },
      { is: 'unsolicited-rate', said: ['sc-004'] },
      { is: 'dynamic', said: ['dy-001'] },
      { is: 'listed', said: ['ou-001'] },
      { is: 'listed-outlook', said: ['is on our block list', '(s3140)', '(s3150)', '(as3140)', '(as3150)'] },
      { is: 'spf', said: ['sender id validation failure'] },
    ],
  },
  {
    // Codes with a detail from 500 on are Microsoft's alone.
    sign: /\boutlook\.com\b|\boffice(?:365)?\.com\b|\b[45]\.7\.[5-9]\d\d\b/,
    title: { en: 'Microsoft 365', ru: 'Microsoft 365' },
    source: 'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online',
    rules: [
      { is: 'account-blocked', code: ['5.1.8', '5.7.501-503'] },
      { is: 'sending-limit', code: '5.1.90' },
      { is: 'sending-limit', code: '5.2.2', said: ['submission quota exceeded'] },
      { is: 'recipient-rate', code: ['5.2.121', '5.2.122'] },
      { is: 'recipient-rate', code: '4.3.2', said: ['recipient thread limit'] },
      { is: 'address', code: ['5.1.10', '5.1.351', '5.7.504', '5.7.505'] },
      { is: 'address', code: '5.4.1', said: ['recipient address rejected'] },
      { is: 'relaying', code: '5.7.64' },
      { is: 'login', code: '5.7.57' },
      { is: 'login', said: ['client was not authenticated'] },
      { is: 'closed-recipient', code: ['5.7.12', '5.7.13', '5.7.124', '5.7.133-136'] },
      { is: 'closed-recipient', said: ['resolver.rst.'] },
      { is: 'ipv6', code: ['5.7.25', '4.7.26', '5.7.510'], said: ['ipv6'] },
      { is: 'ehlo', code: '5.7.506' },
      { is: 'recipient-policy', code: ['5.7.507', '5.7.513', '5.7.900-999'] },
      { is: 'rate', code: '5.7.508' },
      { is: 'dmarc', code: '5.7.509' },
      { is: 'listed-microsoft', code: ['5.7.511', '5.7.606-649'] },
      { is: 'format', code: ['5.7.512', '5.6.11'] },
      { is: 'reputation-rate', code: ['4.7.500-699', '4.7.850-899'], said: ['access denied'] },
      { is: 'tenant-domain', code: '5.7.750' },
      { is: 'tenant', code: '5.7.700-749' },
      { is: 'loop', code: '5.4.14' },
    ],
  },
  {
    sign: /\byahoo(?:dns\.net|inc\.com|\.com)\b|\bverizonmedia\.com\b|\baol\.com\b|\[(?:tss?|ph|bl)\d\d\]/,
    title: { en: 'Yahoo, AOL', ru: 'Yahoo, AOL' },
    source: 'https://senders.yahooinc.com/smtp-error-codes/',
    rules: [
      { is: 'unsolicited-rate', said: /\[tss?\d\d\]/, like: '[TSS04]' },
      { is: 'unsolicited-rate', said: ['user complaints', 'permanently deferred'] },
      { is: 'listed', said: /\[bl\d\d\]/, like: '[BL21]' },
      { is: 'content', said: /\[ph\d\d\]/, like: '[PH01]' },
      { is: 'authentication', said: ['sender is unauthenticated', 'authenticate with either spf or dkim'] },
      { is: 'sender-domain', said: ['unresolvable rfc'] },
      { is: 'format', said: ['not rfc compliant'] },
      { is: 'recipient-rate', said: ['receiving mail too quickly'] },
      { is: 'address', said: ["this user doesn't have a", 'is no longer valid', 'mailbox not found'] },
      { is: 'disabled', said: ['mailbox is disabled'] },
      { is: 'rate', said: ['max message per connection'] },
    ],
  },
  {
    sign: /\byandex\.(?:ru|net|com)\b|\bya\.cc\b/,
    title: { en: 'Yandex', ru: 'Яндекс' },
    source: 'https://yandex.com/support/yandex-360/customers/mail/en/bounces/yandex',
    rules: [
      { is: 'spam', said: ['under suspicion of spam'] },
      { is: 'listed-yandex', said: ['blocked by spam statistics', 'blocked using'] },
      { is: 'disabled', said: ['policy rejection on the target address'] },
      { is: 'address', said: ['no such user', 'bad recipient address syntax', 'bad address mailbox syntax', 'no correct recipients'] },
      { is: 'full', said: ['mailbox size exceeded', 'mailbox size limit exceeded'] },
      { is: 'content', said: ['infected by virus'] },
      { is: 'recipient-rate', said: ['exceeded their message rate limit'] },
    ],
  },
  {
    sign: /\bmail\.ru\b/,
    title: { en: 'Mail.ru', ru: 'Mail.ru' },
    // No list of codes is published: the words are those of its replies, which lead to these pages.
    source: 'https://help.mail.ru/mail-help/postmaster/error, https://help.mail.ru/notspam-support/',
    rules: [
      { is: 'account-blocked', said: ['message sending for this account is disabled'] },
      { is: 'full', said: ['mailbox full', 'mailbox is full', 'quota exceeded'] },
      { is: 'address', said: ['user not found', 'no such user', 'user is terminated'] },
      { is: 'spam-appeal', said: ['spam message rejected', 'spam message discarded', 'notspam-support'] },
      { is: 'dmarc', said: ['owner dmarc policy'] },
      { is: 'dynamic', said: ['dynamic ip or generic dns ptr'] },
      { is: 'reputation-rate', basic: ['421', '451'], said: ['try again later'] },
    ],
  },
  {
    sign: /\bicloud\.com\b|\bme\.com\b|\bsupport\.apple\.com\b|\[(?:cs|hm)[\de]\d\]/,
    title: { en: 'iCloud', ru: 'iCloud' },
    // Apple publishes its demands and no list of codes: the words are those of its replies.
    source: 'https://support.apple.com/en-us/102322',
    rules: [
      { is: 'dmarc', said: ['dmarc policy'] },
      { is: 'authentication', said: ['failing both spf and dkim', '[hme1]'] },
      { is: 'listed', said: ['spamhaus', 'proofpoint.com/dnsbl'] },
      { is: 'recipient-rate', said: ['deferred due to excessive volume'] },
      { is: 'disabled', said: ['inactive email address'] },
      { is: 'address', said: ['user does not exist', 'unknown or illegal alias', 'recipient no longer on server'] },
      { is: 'spam', said: ['due to local policy'] },
      { is: 'spam', said: /\[(?:cs|hm)\d\d\]/, like: '[HM08]' },
    ],
  },
  {
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
  },
  {
    title: { en: 'Words, at any receiver', ru: 'Слова, у любого получателя' },
    // Replies that name their reason beat a general code such as 5.7.1.
    source: 'Postfix, Exim, Exchange, rspamd, Amazon SES',
    rules: [
      { is: 'sender-domain', said: /sender address rejected: domain not found|domain of sender address \S* ?does not (?:exist|resolve)|unresolvable sender/, like: 'Sender address rejected: Domain not found' },
      { is: 'sender', said: ['sender address rejected'] },
      { is: 'relaying', said: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|not permitted to relay|unable to relay/, like: 'Relay access denied' },
      { is: 'ehlo', said: /helo command rejected|\((?:ehlo|helo)\)|(?:need|require)s? (?:a )?fully-?\s?qualified host|(?:invalid|bad) (?:helo|ehlo)/, like: 'Helo command rejected: need fully-qualified hostname' },
      { is: 'greylisted', said: /gr[ae]y-?\s?list/, like: 'Greylisted' },
      { is: 'full', said: /over ?quota|quota exceeded|exceeded .{0,20}quota|mailbox (?:is )?full/, like: 'over quota' },
      { is: 'recipients', said: /too many recipients|recipient count exceeds/, like: 'too many recipients' },
      { is: 'large', said: /^552[ -].*(?:message|mail).*(?:size|large|big)|message (?:size exceeds|(?:is )?too (?:large|big))/, like: 'message size exceeds fixed limit' },
      { is: 'format', said: /not rfc ?\d{4}[ -]compliant|(?:missing(?! dkim)|duplicate|multiple|malformed) .{0,30}headers?\b|duplicate header|8-bit data in message header|bare (?:lf|cr)\b|line (?:is )?too long|maximum allowed line length/, like: "Duplicate header 'DKIM-Signature'" },
      { is: 'dmarc', said: /dmarc|unauthenticated email from \S+ is not accepted/, like: 'rejected per DMARC policy' },
      { is: 'authentication', said: /\bspf\b.{0,80}\bdkim\b|\bdkim\b.{0,80}\bspf\b|(?:mail|message|email|sender) is unauthenticated/, like: 'neither SPF nor DKIM' },
      { is: 'spf', said: /\bspf\b|sender policy framework/, like: 'SPF check failed' },
      { is: 'dkim', said: /\bdkim\b/, like: 'bad DKIM signature' },
      { is: 'dynamic', said: /dynamic (?:ip|address|host)|generic (?:dns |reverse )?(?:ptr|rdns|dns|name)/, like: 'mail from dynamic IP is not accepted' },
      { is: 'ptr', said: /reverse (?:dns|hostname)|\brdns\b|\bptr\b|cannot find your (?:reverse )?host ?name|ip name lookup failed/, like: 'cannot find your reverse hostname' },
      { is: 'listed', said: /spamhaus|spamcop|barracuda|proofpoint\.com\/dnsbl|\b(?:dnsbl|rbl)\b|blocked using|block ?list|black ?list/, like: 'blocked using zen.spamhaus.org' },
      { is: 'reputation', said: ['reputation'] },
      { is: 'domain', said: /name service error|\bnxdomain\b|host not found|no such domain|domain (?:name )?not found/, like: 'Host or domain name not found' },
      // Exchange, also on one's own server.
      { is: 'closed-recipient', said: ['resolver.rst.'] },
      { is: 'address', said: /(?:user|recipient|mailbox|address)(?: is)? (?:unknown|not found)|(?:unknown|no such|invalid) (?:user|recipient)|unknown local part|does not exist|doesn't have an? \S+ account/, like: 'User unknown' },
      { is: 'content', said: /content presents a potential|\b(?:virus|malware|phishing)\b|(?:file|attachment)s? .{0,40}(?:blocked|not allowed|prohibited)/, like: 'Virus detected' },
      { is: 'rate', said: /too many (?:concurrent |simultaneous )?(?:connections|messages|mails|emails)|\brate.?limit|throttl|too (?:fast|quickly|frequent)|(?:connection|message) rate/, like: 'too many connections' },
      { is: 'spam', said: /\b(?:spam|junk|unsolicited|bulk mail)\b|message content rejected/, like: 'considered spam' },
      { is: 'unreachable', said: /connection (?:timed out|refused|reset)|no route to host|network is unreachable/, like: 'connection timed out' },
      { is: 'policy', said: ['policy'] },
    ],
  },
  {
    title: { en: 'What remains', ru: 'Остальное' },
    source: 'RFC 3463 section 3, RFC 5321 section 4.2',
    rules: [
      { is: 'policy', code: '5.7.0-999' },
      { is: 'format', code: 'x.6.0-999' },
      { is: 'protocol', code: '5.5.0-999' },
      // A server that answers was reached.
      { is: 'unreachable', code: 'x.4.0-999', said: (reply) => !/^\d{3}(?:[ -]|$)/.test(reply), like: 'connection timed out' },
      { is: 'busy', code: '4.0-7.0-999' },
    ],
  },
];
