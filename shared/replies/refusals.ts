// The meaning of replies: by the codes that receivers publish, then by the registry of enhanced status codes, by the text, and
// by the class. The reports, the doctor and the docs use these tables.

import type { Cause } from './explanations.ts';
import { isForeignSender } from './provider-help.ts';

export interface Rule {
  /** All members must fit; of several codes or texts one. */
  is: Cause;
  /** "5.7.26", "x.7.26" for any class, "5.7.606-649" for a range of details. */
  code?: string | readonly string[];
  /** Basic codes, "535". */
  basic?: readonly string[];
  /** Text of the reply, in lower case. A pattern has `like`, for the docs. */
  words?: readonly string[] | RegExp | ((reply: string) => boolean);
  /** An example that `words` fits. */
  like?: string;
}

export interface Table {
  /** Only for receivers whose host or reply has this; tested on lower-case text without addresses. */
  sign?: RegExp;
  title: { en: string; ru: string };
  /** The source of the rules. */
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
      { is: 'starttls', code: ['x.7.0', 'x.7.10', 'x.7.11'], words: ['starttls'] },
      { is: 'starttls', basic: ['523', '538'] },
      // Exchange replies 432 for a busy mailbox too.
      { is: 'login', basic: ['432'], code: 'x.7.12' },
      { is: 'login', basic: ['435', '454', '530', '534', '535'] },
      { is: 'sender', words: isForeignSender, like: 'not owned by user' },
    ],
  },
  {
    // "gsmtp" is in every rejection of Gmail, also "gcdp" for a rule of an administrator of Workspace.
    sign: /\bg(?:smtp|cdp)\b|\b(?:google|googlemail|gmail)\.com\b/,
    title: { en: 'Gmail', ru: 'Gmail' },
    // The list of 2026-02-12. Since 2024 Gmail uses 27, 29 and 30 differently from the registry.
    source: 'https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes',
    rules: [
      { is: 'account-blocked', words: ['temporarily suspended due to abuse'] },
      { is: 'relaying', words: ['invalid credentials for relay', 'email relay denied', 'mail relay denied'] },
      { is: 'sending-limit', words: ['daily smtp relay', 'peak smtp relay limit', 'sending limit exceeded'] },
      { is: 'sending-limit', code: 'x.4.5', words: ['limit'] },
      { is: 'recipient-rate', words: ['is receiving email too', 'is receiving mail too', 'receiving email at a rate', 'receiving mail at a rate'] },
      { is: 'ehlo', words: ['connection. (ehlo)', 'connection. (helo)', 'helo/ehlo argument'] },
      { is: 'recipients', words: ['too many recipients'] },
      { is: 'ptr', code: ['x.7.23', 'x.7.25'] },
      { is: 'spf-suspicious', code: 'x.7.24' },
      { is: 'dmarc', code: ['x.7.26', 'x.7.1'], words: ['dmarc policy'] },
      { is: 'spf', code: 'x.7.26', words: ['hard fail'] },
      { is: 'authentication', code: 'x.7.26' },
      { is: 'spf', code: 'x.7.27' },
      { is: 'unsolicited-rate', code: 'x.7.28' },
      { is: 'no-tls', code: 'x.7.29' },
      { is: 'dkim', code: 'x.7.30' },
      { is: 'dmarc-missing', code: ['x.7.31', 'x.7.40'] },
      { is: 'alignment', code: 'x.7.32' },
      { is: 'ipv6', words: ['ipv6 sending guidelines'] },
      { is: 'ptr', words: ['ptr record'] },
      { is: 'no-tls', words: ['tls required'] },
      { is: 'unsolicited-rate', words: ['unusual rate of', 'unusual amount of'] },
      { is: 'reputation', words: ['low reputation'] },
      { is: 'content', words: ['potential security issue', 'nature of the content'] },
      { is: 'dynamic', words: ['not authorized to send email directly', 'not authorized to send mail directly'] },
      { is: 'format', words: ['not rfc 5322', 'missing a valid', 'multiple addresses in the from', 'encoded-word syntax', 'unicode character in a disallowed header', 'malformed'] },
      { is: 'recipient-policy', words: ['gcdp', 'policy that prohibit', 'ip not in whitelist'] },
      { is: 'spam', words: ['likely unsolicited', 'likely suspicious'] },
      { is: 'rate', code: 'x.7.1', words: ['rate limited'] },
    ],
  },
  {
    sign: /\boutlook\.com\b|\b(?:live|hotmail)\.com\b|\b(?:rp|sc|dy|ou)-00\d\b|\b5\.7\.515\b/,
    title: { en: 'Outlook.com, Hotmail', ru: 'Outlook.com, Hotmail' },
    source: 'https://postmaster.live.com/pm/troubleshooting.aspx',
    rules: [
      { is: 'authentication-all', code: '5.7.515' },
      { is: 'reputation-rate', words: ['rp-001', 'rp-002', 'rp-003', '(s775)'] },
      { is: 'reputation-rate', code: '4.7.650' },
      { is: 'reputation', words: ['sc-001', 'ou-002'] },
      { is: 'abused', words: ['sc-003', 'dy-002'] },
      { is: 'listed-outlook', words: ['sc-002'] },
      { is: 'unsolicited-rate', words: ['sc-004'] },
      { is: 'dynamic', words: ['dy-001'] },
      { is: 'listed', words: ['ou-001'] },
      { is: 'listed-outlook', words: ['is on our block list', '(s3140)', '(s3150)', '(as3140)', '(as3150)'] },
      { is: 'spf', words: ['sender id validation failure'] },
    ],
  },
  {
    // Only Microsoft has codes with a detail from 500 on.
    sign: /\boutlook\.com\b|\boffice(?:365)?\.com\b|\b[45]\.7\.[5-9]\d\d\b/,
    title: { en: 'Microsoft 365', ru: 'Microsoft 365' },
    source: 'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online',
    rules: [
      { is: 'account-blocked', code: ['5.1.8', '5.7.501-503'] },
      { is: 'sending-limit', code: '5.1.90' },
      { is: 'sending-limit', code: '5.2.2', words: ['submission quota exceeded'] },
      { is: 'recipient-rate', code: ['5.2.121', '5.2.122'] },
      { is: 'recipient-rate', code: '4.3.2', words: ['recipient thread limit'] },
      { is: 'address', code: ['5.1.10', '5.1.351', '5.7.504', '5.7.505'] },
      { is: 'address', code: '5.4.1', words: ['recipient address rejected'] },
      { is: 'relaying', code: '5.7.64' },
      { is: 'login', code: '5.7.57' },
      { is: 'login', words: ['client was not authenticated'] },
      { is: 'closed-recipient', code: ['5.7.12', '5.7.13', '5.7.124', '5.7.133-136'] },
      { is: 'closed-recipient', words: ['resolver.rst.'] },
      { is: 'ipv6', code: ['5.7.25', '4.7.26', '5.7.510'], words: ['ipv6'] },
      { is: 'ehlo', code: '5.7.506' },
      { is: 'recipient-policy', code: ['5.7.507', '5.7.513', '5.7.900-999'] },
      { is: 'rate', code: '5.7.508' },
      { is: 'dmarc', code: '5.7.509' },
      { is: 'listed-microsoft', code: ['5.7.511', '5.7.606-649'] },
      { is: 'format', code: ['5.7.512', '5.6.11'] },
      { is: 'reputation-rate', code: ['4.7.500-699', '4.7.850-899'], words: ['access denied'] },
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
      { is: 'unsolicited-rate', words: /\[tss?\d\d\]/, like: '[TSS04]' },
      { is: 'unsolicited-rate', words: ['user complaints', 'permanently deferred'] },
      { is: 'listed', words: /\[bl\d\d\]/, like: '[BL21]' },
      { is: 'content', words: /\[ph\d\d\]/, like: '[PH01]' },
      { is: 'authentication', words: ['sender is unauthenticated', 'authenticate with either spf or dkim'] },
      { is: 'sender-domain', words: ['unresolvable rfc'] },
      { is: 'format', words: ['not rfc compliant'] },
      { is: 'recipient-rate', words: ['receiving mail too quickly'] },
      { is: 'address', words: ["this user doesn't have a", 'is no longer valid', 'mailbox not found'] },
      { is: 'disabled', words: ['mailbox is disabled'] },
      { is: 'rate', words: ['max message per connection'] },
    ],
  },
  {
    sign: /\byandex\.(?:ru|net|com)\b|\bya\.cc\b/,
    title: { en: 'Yandex', ru: 'Яндекс' },
    source: 'https://yandex.com/support/yandex-360/customers/mail/en/bounces/yandex',
    rules: [
      { is: 'spam', words: ['under suspicion of spam'] },
      { is: 'listed-yandex', words: ['blocked by spam statistics', 'blocked using'] },
      { is: 'disabled', words: ['policy rejection on the target address'] },
      { is: 'address', words: ['no such user', 'bad recipient address syntax', 'bad address mailbox syntax', 'no correct recipients'] },
      { is: 'full', words: ['mailbox size exceeded', 'mailbox size limit exceeded'] },
      { is: 'content', words: ['infected by virus'] },
      { is: 'recipient-rate', words: ['exceeded their message rate limit'] },
    ],
  },
  {
    sign: /\bmail\.ru\b/,
    title: { en: 'Mail.ru', ru: 'Mail.ru' },
    // No list of codes is published: the texts are those of its replies, which link to these pages.
    source: 'https://help.mail.ru/mail-help/postmaster/error, https://help.mail.ru/notspam-support/',
    rules: [
      { is: 'account-blocked', words: ['message sending for this account is disabled'] },
      { is: 'full', words: ['mailbox full', 'mailbox is full', 'quota exceeded'] },
      { is: 'address', words: ['user not found', 'no such user', 'user is terminated'] },
      { is: 'spam-appeal', words: ['spam message rejected', 'spam message discarded', 'notspam-support'] },
      { is: 'dmarc', words: ['owner dmarc policy'] },
      { is: 'dynamic', words: ['dynamic ip or generic dns ptr'] },
      { is: 'reputation-rate', basic: ['421', '451'], words: ['try again later'] },
    ],
  },
  {
    sign: /\bicloud\.com\b|\bme\.com\b|\bsupport\.apple\.com\b|\[(?:cs|hm)[\de]\d\]/,
    title: { en: 'iCloud', ru: 'iCloud' },
    // Apple publishes requirements and no list of codes: the texts are those of its replies.
    source: 'https://support.apple.com/en-us/102322',
    rules: [
      { is: 'dmarc', words: ['dmarc policy'] },
      { is: 'authentication', words: ['failing both spf and dkim', '[hme1]'] },
      { is: 'listed', words: ['spamhaus', 'proofpoint.com/dnsbl'] },
      { is: 'recipient-rate', words: ['deferred due to excessive volume'] },
      { is: 'disabled', words: ['inactive email address'] },
      { is: 'address', words: ['user does not exist', 'unknown or illegal alias', 'recipient no longer on server'] },
      { is: 'spam', words: ['due to local policy'] },
      { is: 'spam', words: /\[(?:cs|hm)\d\d\]/, like: '[HM08]' },
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
      // Gmail's meaning, if the relay removed the text that identifies Gmail.
      { is: 'spf', code: 'x.7.27', words: ['spf'] },
      { is: 'no-tls', code: 'x.7.29', words: ['tls'] },
      { is: 'dkim', code: 'x.7.30', words: ['dkim'] },
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
    title: { en: 'Text, at any receiver', ru: 'Текст ответа, у любого получателя' },
    // Before the general codes, such as 5.7.1: the text has the reason.
    source: 'Postfix, Exim, Exchange, rspamd, Amazon SES',
    rules: [
      { is: 'sender-domain', words: /sender address rejected: domain not found|domain of sender address \S* ?does not (?:exist|resolve)|unresolvable sender/, like: 'Sender address rejected: Domain not found' },
      { is: 'sender', words: ['sender address rejected'] },
      { is: 'relaying', words: /relay(?:ing)? (?:access )?(?:is )?(?:denied|not (?:permitted|allowed))|not permitted to relay|unable to relay/, like: 'Relay access denied' },
      { is: 'ehlo', words: /helo command rejected|\((?:ehlo|helo)\)|(?:need|require)s? (?:a )?fully-?\s?qualified host|(?:invalid|bad) (?:helo|ehlo)/, like: 'Helo command rejected: need fully-qualified hostname' },
      { is: 'greylisted', words: /gr[ae]y-?\s?list/, like: 'Greylisted' },
      { is: 'full', words: /over ?quota|quota exceeded|exceeded .{0,20}quota|mailbox (?:is )?full/, like: 'over quota' },
      { is: 'recipients', words: /too many recipients|recipient count exceeds/, like: 'too many recipients' },
      { is: 'large', words: /^552[ -].*(?:message|mail).*(?:size|large|big)|message (?:size exceeds|(?:is )?too (?:large|big))/, like: 'message size exceeds fixed limit' },
      { is: 'format', words: /not rfc ?\d{4}[ -]compliant|(?:missing(?! dkim)|duplicate|multiple|malformed) .{0,30}headers?\b|duplicate header|8-bit data in message header|bare (?:lf|cr)\b|line (?:is )?too long|maximum allowed line length/, like: "Duplicate header 'DKIM-Signature'" },
      { is: 'dmarc', words: /dmarc|unauthenticated email from \S+ is not accepted/, like: 'rejected per DMARC policy' },
      { is: 'authentication', words: /\bspf\b.{0,80}\bdkim\b|\bdkim\b.{0,80}\bspf\b|(?:mail|message|email|sender) is unauthenticated/, like: 'neither SPF nor DKIM' },
      { is: 'spf', words: /\bspf\b|sender policy framework/, like: 'SPF check failed' },
      { is: 'dkim', words: /\bdkim\b/, like: 'bad DKIM signature' },
      { is: 'dynamic', words: /dynamic (?:ip|address|host)|generic (?:dns |reverse )?(?:ptr|rdns|dns|name)/, like: 'mail from dynamic IP is not accepted' },
      { is: 'ptr', words: /reverse (?:dns|hostname)|\brdns\b|\bptr\b|cannot find your (?:reverse )?host ?name|ip name lookup failed/, like: 'cannot find your reverse hostname' },
      { is: 'listed', words: /spamhaus|spamcop|barracuda|proofpoint\.com\/dnsbl|\b(?:dnsbl|rbl)\b|blocked using|block ?list|black ?list/, like: 'blocked using zen.spamhaus.org' },
      { is: 'reputation', words: ['reputation'] },
      { is: 'domain', words: /name service error|\bnxdomain\b|host not found|no such domain|domain (?:name )?not found/, like: 'Host or domain name not found' },
      // Exchange on other servers.
      { is: 'closed-recipient', words: ['resolver.rst.'] },
      { is: 'address', words: /(?:user|recipient|mailbox|address)(?: is)? (?:unknown|not found)|(?:unknown|no such|invalid) (?:user|recipient)|unknown local part|does not exist|doesn't have an? \S+ account/, like: 'User unknown' },
      { is: 'content', words: /content presents a potential|\b(?:virus|malware|phishing)\b|(?:file|attachment)s? .{0,40}(?:blocked|not allowed|prohibited)/, like: 'Virus detected' },
      { is: 'rate', words: /too many (?:concurrent |simultaneous )?(?:connections|messages|mails|emails)|\brate.?limit|throttl|too (?:fast|quickly|frequent)|(?:connection|message) rate/, like: 'too many connections' },
      { is: 'spam', words: /\b(?:spam|junk|unsolicited|bulk mail)\b|message content rejected/, like: 'considered spam' },
      { is: 'unreachable', words: /connection (?:timed out|refused|reset)|no route to host|network is unreachable/, like: 'connection timed out' },
      { is: 'policy', words: ['policy'] },
    ],
  },
  {
    title: { en: 'Other replies', ru: 'Остальные ответы' },
    source: 'RFC 3463 section 3, RFC 5321 section 4.2',
    rules: [
      { is: 'policy', code: '5.7.0-999' },
      { is: 'format', code: 'x.6.0-999' },
      { is: 'protocol', code: '5.5.0-999' },
      // A server that replied was reached.
      { is: 'unreachable', code: 'x.4.0-999', words: (reply) => !/^\d{3}(?:[ -]|$)/.test(reply), like: 'connection timed out' },
      { is: 'busy', code: '4.0-7.0-999' },
    ],
  },
];
