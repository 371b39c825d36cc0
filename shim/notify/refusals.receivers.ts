// What replies mean at the receivers that publish their codes, or whose words are known.

import { RECEIVERS, type Table } from './refusal.ts';

const GOOGLE: Table = {
  receiver: 'google',
  title: { en: RECEIVERS.google.name, ru: RECEIVERS.google.name },
  // The list of 2026-02-12. Since 2024 Gmail uses 27, 29 and 30 otherwise than the registry does.
  source: 'https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes',
  rules: [
    { is: 'account-blocked', said: ['temporarily suspended due to abuse'] },
    { is: 'relaying', said: ['invalid credentials for relay', 'email relay denied', 'mail relay denied'] },
    { is: 'sending-limit', said: ['daily smtp relay', 'peak smtp relay limit', 'sending limit exceeded'] },
    { is: 'sending-limit', code: 'x.4.5', said: ['limit'] },
    {
      is: 'recipient-rate',
      said: [
        'is receiving email too',
        'is receiving mail too',
        'receiving email at a rate',
        'receiving mail at a rate',
      ],
    },
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
    {
      is: 'format',
      said: [
        'not rfc 5322',
        'missing a valid',
        'multiple addresses in the from',
        'encoded-word syntax',
        'unicode character in a disallowed header',
        'malformed',
      ],
    },
    { is: 'recipient-policy', said: ['gcdp', 'policy that prohibit', 'ip not in whitelist'] },
    { is: 'spam', said: ['likely unsolicited', 'likely suspicious'] },
    { is: 'rate', code: 'x.7.1', said: ['rate limited'] },
  ],
};

const OUTLOOK: Table = {
  receiver: 'outlook',
  title: { en: RECEIVERS.outlook.name, ru: RECEIVERS.outlook.name },
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
};

const MICROSOFT_365: Table = {
  receiver: 'microsoft365',
  title: { en: RECEIVERS.microsoft365.name, ru: RECEIVERS.microsoft365.name },
  source:
    'https://learn.microsoft.com/en-us/exchange/mail-flow-best-practices/non-delivery-reports-in-exchange-online/non-delivery-reports-in-exchange-online',
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
};

const YAHOO: Table = {
  receiver: 'yahoo',
  title: { en: RECEIVERS.yahoo.name, ru: RECEIVERS.yahoo.name },
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
};

const YANDEX: Table = {
  receiver: 'yandex',
  title: { en: RECEIVERS.yandex.name, ru: 'Яндекс' },
  source: 'https://yandex.com/support/yandex-360/customers/mail/en/bounces/yandex',
  rules: [
    { is: 'spam', said: ['under suspicion of spam'] },
    { is: 'listed-yandex', said: ['blocked by spam statistics', 'blocked using'] },
    { is: 'disabled', said: ['policy rejection on the target address'] },
    {
      is: 'address',
      said: ['no such user', 'bad recipient address syntax', 'bad address mailbox syntax', 'no correct recipients'],
    },
    { is: 'full', said: ['mailbox size exceeded', 'mailbox size limit exceeded'] },
    { is: 'content', said: ['infected by virus'] },
    { is: 'recipient-rate', said: ['exceeded their message rate limit'] },
  ],
};

const MAILRU: Table = {
  receiver: 'mailru',
  title: { en: RECEIVERS.mailru.name, ru: RECEIVERS.mailru.name },
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
};

const ICLOUD: Table = {
  receiver: 'icloud',
  title: { en: RECEIVERS.icloud.name, ru: RECEIVERS.icloud.name },
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
};

export const RECEIVER_TABLES: readonly Table[] = [GOOGLE, OUTLOOK, MICROSOFT_365, YAHOO, YANDEX, MAILRU, ICLOUD];
