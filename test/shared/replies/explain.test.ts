// What refusals mean: replies as receivers document or send them, with addresses and hosts of documentation.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Cause, causeOf, explain, explainReason, isWithin } from '../../../shared/replies/explain.ts';
import { EXPLANATIONS } from '../../../shared/replies/explanations.ts';
import { TABLES } from '../../../shared/replies/refusals.ts';
import { statusOf } from '../../../shared/replies/status.ts';

type Row = [cause: Cause, reply: string, host?: string];

function understood([, reply, host]: Row): Cause {
  const status = statusOf(reply, '5.0.0');
  return causeOf(status.startsWith('4') ? 'delayed' : 'failed', status, reply, host);
}

const GSMTP = 'a640c23a62f3a.12 - gsmtp';
const google: Row[] = [
  // The list of https://knowledge.workspace.google.com/admin/support/troubleshooting/gmail-smtp-errors-and-codes
  ['recipient-rate', `450 4.2.1 The user you are trying to contact is receiving email too quickly. ${GSMTP}`],
  [
    'recipient-rate',
    `450-4.2.1 The user you are trying to contact is receiving mail at a rate that\r\n450-4.2.1 prevents additional messages from being delivered.\r\n450 4.2.1 ${GSMTP}`,
  ],
  [
    'recipient-rate',
    `550 5.2.1 The user you are trying to contact is receiving email at a rate that prevents additional messages from being delivered. ${GSMTP}`,
  ],
  ['sending-limit', `450 4.2.1 Peak SMTP relay limit exceeded for this customer. ${GSMTP}`],
  ['full', `452 4.2.2 The recipient's inbox is out of storage space. ${GSMTP}`],
  ['full', `552 5.2.2 The recipient's inbox is out of storage space and inactive. ${GSMTP}`],
  ['busy', `421 4.3.0 Temporary System Problem. Try again later. ${GSMTP}`],
  ['busy', `421 4.4.5 Server busy, try again later. ${GSMTP}`],
  ['recipients', `452 4.5.3 Your message has too many recipients. ${GSMTP}`],
  ['recipients', `550 5.5.3 Too many recipients for this sender. ${GSMTP}`],
  ['ehlo', `421 4.7.0 Try again later, closing connection. (EHLO) ${GSMTP}`],
  ['ehlo', `501 5.5.4 HELO/EHLO argument "localhost" invalid, closing connection. ${GSMTP}`],
  ['recipient-policy', `421 4.7.0 IP not in whitelist for RCPT domain, closing connection. ${GSMTP}`],
  [
    'ptr',
    `421 4.7.0 The IP address sending this message does not have a PTR record, or the corresponding forward DNS entry does not point to the sending IP. ${GSMTP}`,
  ],
  ['no-tls', `421 4.7.0 TLS required for RCPT domain, closing connection. ${GSMTP}`],
  ['login', `454 4.7.0 Too many login attempts, please try again later. ${GSMTP}`],
  [
    'reputation',
    `421 4.7.0 This message is suspicious due to the very low reputation of the sending IP address. ${GSMTP}`,
  ],
  [
    'reputation',
    '550-5.7.1 [192.0.2.22      18] Our system has detected that this message is 550-5.7.1 likely suspicious due to the very low reputation of the sending IP 550-5.7.1 address. To best protect our users from spam, the message has been 550-5.7.1 blocked. Please visit 550 5.7.1 https://support.google.com/mail/answer/188131 for more information. - gsmtp',
  ],
  [
    'reputation',
    `550 5.7.1 This message is likely suspicious due to the very low reputation of the sending domain. ${GSMTP}`,
  ],
  ['content', `421 4.7.0 This message is suspicious due to the nature of the content or the links within. ${GSMTP}`],
  [
    'ptr',
    `451 4.7.23 The sending IP address for this message doesn't have a PTR record, or the PTR record's forward DNS entry doesn't match the sending IP address. ${GSMTP}`,
  ],
  ['spf-suspicious', `451 4.7.24 The SPF record of the sending domain has one or more suspicious entries. ${GSMTP}`],
  ['spf-suspicious', `550 5.7.24 The SPF record of the sending domain has one or more suspicious entries. ${GSMTP}`],
  ['ptr', `550 5.7.25 This message was blocked because the sending IP address doesn't have a PTR record. ${GSMTP}`],
  [
    'dmarc',
    `451 4.7.26 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy, but temporary DNS failures prevent authentication. ${GSMTP}`,
  ],
  [
    'authentication',
    `421 4.7.26 This email has been rate limited because it is unauthenticated. Gmail requires all senders to authenticate with either SPF or DKIM. ${GSMTP}`,
  ],
  [
    'authentication',
    `550-5.7.26 This mail has been blocked because the sender is unauthenticated.\r\n550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM.\r\n550-5.7.26  Authentication results:\r\n550-5.7.26  DKIM = did not pass\r\n550-5.7.26  SPF [shop.example] with ip: [192.0.2.22] = did not pass\r\n550 5.7.26 ${GSMTP}`,
  ],
  [
    'spf',
    `550 5.7.26 The MAIL FROM domain [shop.example] has an SPF record with a hard fail policy (-all) but it fails to pass SPF checks with the ip: [192.0.2.22]. ${GSMTP}`,
  ],
  [
    'dmarc',
    "550-5.7.26 Unauthenticated email from shop.example is not accepted due to 550-5.7.26 domain's DMARC policy. Please contact the administrator of 550-5.7.26 shop.example domain if this was a legitimate mail. 550 5.7.26 https://support.google.com/mail/?p=DmarcRejection - gsmtp",
  ],
  ['dmarc', `550 5.7.1 Unauthenticated email from shop.example is not accepted due to domain's DMARC policy. ${GSMTP}`],
  [
    'spf',
    `421 4.7.27 Your email has been rate limited because SPF authentication didn't pass for this message. ${GSMTP}`,
  ],
  ['spf', `550 5.7.27 This message was blocked because it didn't pass SPF authentication. ${GSMTP}`],
  [
    'unsolicited-rate',
    `421 4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your IP address. ${GSMTP}`,
  ],
  [
    'unsolicited-rate',
    `421 4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your SPF domain shop.example. ${GSMTP}`,
  ],
  [
    'unsolicited-rate',
    `421 4.7.28 Gmail has detected an unusual rate of unsolicited email originating from your DKIM domain shop.example. ${GSMTP}`,
  ],
  [
    'unsolicited-rate',
    `550 5.7.28 There is an unusual rate of unsolicited email originating from your IP address. ${GSMTP}`,
  ],
  [
    'unsolicited-rate',
    '421-4.7.0 [192.0.2.80 15] Our system has detected an unusual rate of\r\n421-4.7.0 unsolicited mail originating from your IP address.\r\n421 4.7.0 review our Bulk Email Senders Guidelines. - gsmtp',
  ],
  ['no-tls', `421 4.7.29 Your email has been rate limited because you're not using a TLS connection. ${GSMTP}`],
  ['no-tls', `550 5.7.29 This message was blocked because it wasn't sent over a TLS connection. ${GSMTP}`],
  [
    'dkim',
    `421 4.7.30 Your email has been rate limited because DKIM authentication didn't pass for this message. ${GSMTP}`,
  ],
  ['dkim', `550 5.7.30 This message was blocked because it didn't pass DKIM authentication. ${GSMTP}`],
  [
    'dmarc-missing',
    `421 4.7.31 Your email has been rate limited because the sending domain doesn't have a DMARC record. ${GSMTP}`,
  ],
  [
    'dmarc-missing',
    `421 4.7.40 Your email has been rate limited because the sending domain doesn't have a DMARC record, or the DMARC record doesn't specify a DMARC policy. ${GSMTP}`,
  ],
  [
    'dmarc-missing',
    `550 5.7.40 Your message was blocked because the sending domain doesn't have a DMARC record. ${GSMTP}`,
  ],
  [
    'alignment',
    `421 4.7.32 Your email has been rate limited because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain. ${GSMTP}`,
  ],
  // The classes differ in Google's own list.
  [
    'alignment',
    `421 5.7.32 Your email was blocked because the From: header (RFC5322) in this message isn't aligned with either the authenticated SPF or DKIM organizational domain. ${GSMTP}`,
  ],
  [
    'address',
    `550-5.1.1 The email account that you tried to reach does not exist. Please try\r\n550 5.1.1 https://support.google.com/mail/?p=NoSuchUser ${GSMTP}`,
  ],
  ['domain', `553 5.1.2 We weren't able to find the recipient domain. ${GSMTP}`],
  ['sender-domain', `553 5.1.7 The sender address <@> is not a valid RFC 5321 address. ${GSMTP}`],
  ['disabled', `550 5.2.1 The email account that you tried to reach is inactive. ${GSMTP}`],
  ['large', `552 5.3.4 Your message exceeded Google's message size limits. ${GSMTP}`],
  ['sending-limit', `550 5.4.5 Daily user sending limit exceeded. ${GSMTP}`],
  ['loop', `554 5.4.6 Message exceeded 50 hops, this may indicate an email loop. ${GSMTP}`],
  ['format', `554 5.6.0 Email message is malformed. Not accepted. ${GSMTP}`],
  [
    'content',
    `552-5.7.0 This message was blocked because its content presents a potential\r\n552 5.7.0 security issue. ${GSMTP}`,
  ],
  [
    'relaying',
    `550 5.7.0 Email relay denied [192.0.2.1]. Invalid credentials for relay for one of the domains in: shop.example. ${GSMTP}`,
  ],
  [
    'account-blocked',
    `550 5.7.0 Email relay denied [192.0.2.1]. The sending email account has been temporarily suspended due to abuse. ${GSMTP}`,
  ],
  ['login', `530 5.7.0 Authentication required. ${GSMTP}`],
  ['starttls', `530 5.7.0 Must issue a STARTTLS command first. ${GSMTP}`],
  ['login', `535 5.7.8 Username and Password not accepted. ${GSMTP}`],
  ['login', `534 5.7.9 Application-specific password required. ${GSMTP}`],
  ['recipient-policy', `550 5.7.1 This message violates example.com email policy. - gcdp abc ${GSMTP}`],
  [
    'ipv6',
    '550-5.7.1 [2001:db8::2] Our system has detected that this message does\r\n550-5.7.1 not meet IPv6 sending guidelines regarding PTR records and\r\n550-5.7.1 authentication.\r\n550 5.7.1 information. - gsmtp',
  ],
  [
    'spam',
    '550-5.7.1 [192.0.2.102 12] Our system has detected that this message is\r\n550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to Gmail,\r\n550-5.7.1 this message has been blocked.\r\n550 5.7.1 for more information. - gsmtp',
  ],
  ['format', `550 5.7.1 Messages missing a valid Message-ID: header are not accepted. ${GSMTP}`],
  [
    'format',
    `550-5.7.1 This message is not RFC 5322 compliant. There are multiple\r\n550 5.7.1 Subject headers. ${GSMTP}`,
  ],
  [
    'dynamic',
    `550 5.7.1 The IP you're using to send email is not authorized to send email directly to our servers. ${GSMTP}`,
  ],
  ['sending-limit', `550 5.7.1 Daily SMTP relay sending limit exceeded for this customer. ${GSMTP}`],
  // The relay dropped "gsmtp"; the words, or the host, still show whose code it is.
  ['spf', "550 5.7.27 This message was blocked because it didn't pass SPF authentication."],
  ['dkim', '550 5.7.30 rejected', 'gmail-smtp-in.l.google.com'],
];

const MSFT = '[AM0EUR02FT012.eop-EUR02.prod.protection.outlook.com]';
const microsoft: Row[] = [
  // https://postmaster.live.com/pm/troubleshooting.aspx and the blog post of 2025-04-02
  [
    'authentication-all',
    `550 5.7.515 Access denied, sending domain SHOP.EXAMPLE doesn't meet the required authentication level. Spf= Fail , Dkim= Pass , DMARC= Pass ${MSFT}`,
  ],
  [
    'reputation-rate',
    '421 RP-001 The mail server IP connecting to Outlook.com server has exceeded the rate limit allowed.',
  ],
  ['reputation-rate', "421 RP-003 (BAY004) Unfortunately, some messages from 192.0.2.1 weren't sent."],
  ['reputation', "550 SC-001 (COL004) Unfortunately, messages from 192.0.2.1 weren't sent."],
  ['listed-outlook', '550 SC-002 Mail rejected by Outlook.com for policy reasons.'],
  [
    'abused',
    '550 SC-003 Mail rejected by Outlook.com for policy reasons. Your IP address appears to be an open proxy/relay.',
  ],
  ['unsolicited-rate', '550 SC-004 Mail rejected by Outlook.com for policy reasons.'],
  ['dynamic', '550 DY-001 Mail rejected by Outlook.com for policy reasons.'],
  ['abused', '550 DY-002 Mail rejected by Outlook.com for policy reasons.'],
  ['listed', '550 OU-001 Mail rejected by Outlook.com for policy reasons.'],
  ['reputation', '550 OU-002 Mail rejected by Outlook.com for policy reasons.'],
  [
    'listed-outlook',
    `550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150). ${MSFT}`,
  ],
  [
    'listed-outlook',
    `550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). ${MSFT}`,
  ],
  [
    'reputation-rate',
    `451 4.7.650 The mail server [192.0.2.1] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) ${MSFT}`,
  ],
  ['busy', `451 4.7.500 Server busy. Please try again later from [192.0.2.2]. (AS761) ${MSFT}`],
  ['busy', `451 4.7.700 PFA agent busy, please try again. ${MSFT}`],
  // https://learn.microsoft.com/…/non-delivery-reports-in-exchange-online
  ['recipient-rate', `432 4.3.2 STOREDRV.Deliver; recipient thread limit exceeded ${MSFT}`, ''],
  ['reputation-rate', `451 4.7.550 Access denied, please try again later ${MSFT}`],
  ['reputation-rate', `451 4.7.851 Access denied, please try again later ${MSFT}`],
  ['address', `550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup ${MSFT}`],
  ['address', `550 5.4.1 <someone@customer.example>: Recipient address rejected: Access denied ${MSFT}`],
  ['account-blocked', '550 5.1.8 Access denied, bad outbound sender', 'smtp.office365.com'],
  [
    'sending-limit',
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for message recipients",
    'smtp.office365.com',
  ],
  [
    'recipient-rate',
    `550 5.2.121 RESOLVER.RST.RecipLimit; recipient's per hour message receive limit from specific sender exceeded ${MSFT}`,
  ],
  ['full', `552 5.2.2 STOREDRV.Deliver: mailbox full. ${MSFT}`],
  ['closed-recipient', `550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required ${MSFT}`],
  ['closed-recipient', `550 5.7.124 RESOLVER.RST.NotAuthorized; sender not in allowed-senders list ${MSFT}`],
  ['ipv6', `550 5.7.25 Service unavailable, sending IPv6 address [2001:db8::1] must have reverse DNS record ${MSFT}`],
  ['spf', `550 5.7.23 The message was rejected because of Sender Policy Framework violation ${MSFT}`],
  ['ehlo', `550 5.7.506 Access denied, bad HELO ${MSFT}`],
  ['recipient-policy', `550 5.7.507 Access denied, rejected by recipient ${MSFT}`],
  ['rate', `550 5.7.508 Access denied, [2001:db8::1] has exceeded permitted limits within /64 range ${MSFT}`],
  [
    'dmarc',
    `550 5.7.509 Access denied, sending domain [SHOP.EXAMPLE] does not pass DMARC verification and has a DMARC policy of reject. ${MSFT}`,
  ],
  ['ipv6', `550 5.7.510 Access denied, customer.example does not accept email over IPv6 ${MSFT}`],
  [
    'listed-microsoft',
    '550 5.7.511 Access denied, banned sender[192.0.2.1]. To request removal from this list please forward this message to delist@messaging.microsoft.com.',
  ],
  ['format', `550 5.7.512 Access denied, message must be RFC 5322 section 3.6.2 compliant ${MSFT}`],
  [
    'recipient-policy',
    `550 5.7.513 Service unavailable, Client host [192.0.2.1] blocked by customer.example using Customer Block list (AS16012607) ${MSFT}`,
  ],
  [
    'listed-microsoft',
    '550 5.7.606 Access denied, banned sending IP [192.0.2.45]. To request removal from this list please visit https://sender.office.com/ and follow the directions.',
  ],
  ['listed-microsoft', '550 5.7.649 Access denied, banned sending IP [192.0.2.45].'],
  ['tenant', '550 5.7.705 Access denied, tenant has exceeded threshold', 'smtp.office365.com'],
  ['tenant', '550 5.7.708 Service unavailable. Access denied, traffic not accepted from this IP.'],
  ['tenant-domain', '550 5.7.750 Service unavailable. Client blocked from sending from unregistered domains.'],
  [
    'listed',
    `550 5.7.1 Service unavailable, Client host [192.0.2.9] blocked using Spamhaus. To request removal from this list see https://www.spamhaus.org/query/ip/192.0.2.9 (AS16012611) ${MSFT}`,
  ],
  [
    'login',
    '530 5.7.57 SMTP; Client was not authenticated to send anonymous mail during MAIL FROM',
    'smtp.office365.com',
  ],
  [
    'sender',
    '554 5.2.252 SendAsDenied; shop@shop.example not allowed to send as orders@shop.example',
    'smtp.office365.com',
  ],
];

const others: Row[] = [
  // https://senders.yahooinc.com/smtp-error-codes/
  [
    'unsolicited-rate',
    '421 4.7.0 [TSS04] Messages from 192.0.2.192 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes',
  ],
  [
    'unsolicited-rate',
    '421 4.7.1 [TS03] All messages from 192.0.2.192 will be permanently deferred; Retrying will NOT succeed.',
  ],
  [
    'unsolicited-rate',
    '553 5.7.2 [TSS09] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT succeed. See https://postmaster.yahooinc.com/error-codes',
  ],
  [
    'listed',
    "553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.25, because the ip is in Spamhaus's list; see http://postmaster.yahoo.com/550-bl23.html",
  ],
  [
    'content',
    '554 Message not allowed - [PH01] Email not accepted for policy reasons. Please visit https://postmaster.yahooinc.com/error-codes',
  ],
  ['policy', '554 5.7.9 Message not accepted for policy reasons. See https://postmaster.yahooinc.com/error-codes'],
  [
    'authentication',
    '550 5.7.9 This mail has been blocked because the sender is unauthenticated. Yahoo requires all senders to authenticate with either SPF or DKIM.',
    'mta5.am0.yahoodns.net',
  ],
  [
    'sender-domain',
    '451 Message temporarily deferred due to unresolvable RFC.5321 from domain. See https://senders.yahooinc.com/error-codes#unresolvable-from-domain',
  ],
  [
    'address',
    "554 delivery error: dd This user doesn't have a yahoo.com account (someone@yahoo.com) [0] - mta1397.mail.mud.yahoo.com",
  ],
  ['recipient-rate', '450 User is receiving mail too quickly', 'mta5.am0.yahoodns.net'],
  // https://yandex.com/support/yandex-360/customers/mail/en/bounces/yandex
  ['spam', '554 5.7.1 [2] Message rejected under suspicion of SPAM; https://ya.cc/1IrBc 1591105070-ioOx63ynHU'],
  [
    'listed-yandex',
    '554 5.7.1 Service unavailable; Client host [192.0.2.40] blocked using spamsource.yandex.ru; Blocked by spam statistics - see http://feedback.yandex.ru/?from=mail-rejects',
  ],
  ['disabled', '550 5.7.1 Policy rejection on the target address', 'mx.yandex.ru'],
  ['address', '550 5.7.1 No such user!', 'mx.yandex.ru'],
  ['full', '552 5.2.2 Mailbox size limit exceeded', 'mx.yandex.ru'],
  ['content', '554 5.7.1 Message infected by virus', 'mx.yandex.ru'],
  [
    'recipient-rate',
    '451 4.5.1 The recipient <someone@shop.example> has exceeded their message rate limit. Try again later. 1503912808-GWQAq5aSAX',
    'mx.yandex.ru',
  ],
  ['sender', '553 5.7.1 Sender address rejected: not owned by auth user.', 'smtp.yandex.ru'],
  // Mail.ru
  [
    'spam-appeal',
    '550 spam message rejected. Please visit http://help.mail.ru/notspam-support/id?c=Ak1f_ahr or report details to abuse@corp.mail.ru. Error code: FD5F4D02. ID: 0000002600006CEB383A2BF4.',
  ],
  [
    'dmarc',
    '550 5.7.1 This message was not accepted due to domain (shop.example) owner DMARC policy (RFC 7489) https://help.mail.ru/mail-help/postmaster/dmarc',
  ],
  [
    'address',
    '550 Message was not accepted -- invalid mailbox. Local mailbox someone@mail.ru is unavailable: user not found',
    'mxs.mail.ru',
  ],
  [
    'address',
    '550 Message was not accepted -- invalid mailbox. Local mailbox someone@mail.ru is unavailable: user is terminated',
    'mxs.mail.ru',
  ],
  [
    'account-blocked',
    '550 Message was not accepted -- invalid mailbox. Local mailbox shop@mail.ru is unavailable: message sending for this account is disabled: http://help.mail.ru/mail-help/postmaster/error',
  ],
  [
    'dynamic',
    '550 Sorry, we do not accept mail from hosts with dynamic IP or generic DNS PTR-records. Please get a custom reverse DNS name from your ISP for your host 192.0.2.30 or contact abuse@corp.mail.ru in case of error',
    'mxs.mail.ru',
  ],
  ['reputation-rate', '421 Try again later (192.0.2.58). Please contact abuse@corp.mail.ru.', 'mxs.mail.ru'],
  ['sender', '550 not local sender over smtp', 'smtp.mail.ru'],
  // iCloud
  [
    'spam',
    '550 5.7.1 [CS01] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
  ],
  [
    'spam',
    '554 5.7.1 [HM08] Message rejected due to local policy. Please visit https://support.apple.com/en-us/HT204137',
  ],
  [
    'authentication',
    '554 5.7.1 [HME1] This message was blocked for failing both SPF and DKIM authentication checks. See https://support.apple.com/en-us/HT204137',
  ],
  [
    'dmarc',
    "554 5.7.1 Your message was rejected due to shop.example's DMARC policy. See https://support.apple.com/en-us/HT204137",
  ],
  [
    'recipient-rate',
    '421 4.7.1 Messages to someone@icloud.com deferred due to excessive volume. Try again later - https://support.apple.com/en-us/HT204137',
  ],
  [
    'listed',
    '550 5.7.0 Blocked - see https://support.proofpoint.com/dnsbl-lookup.cgi?ip=192.0.2.242',
    'mx5.mail.icloud.com',
  ],
  [
    'listed',
    '550 5.7.1 Your email was rejected due to having a domain present in the Spamhaus DBL -- see https://www.spamhaus.org/dbl/',
    'mx01.mail.icloud.com',
  ],
  ['disabled', '550 5.1.1 <someone@icloud.com>: inactive email address', 'mx01.mail.icloud.com'],
  ['full', '552 5.2.2 <someone@icloud.com>: user is over quota', 'mx01.mail.icloud.com'],
  [
    'sender-domain',
    '450 4.1.8 <orders@shop.example>: Sender address rejected: Domain not found',
    'mx01.mail.icloud.com',
  ],
];

const generic: Row[] = [
  // The registry: https://www.iana.org/assignments/smtp-enhanced-status-codes/
  ['dkim', '550 5.7.20 No passing DKIM signature found'],
  ['dkim', '550 5.7.22 No valid author-matched DKIM signature found'],
  ['spf', '550 5.7.23 SPF validation failed'],
  ['spf', '451 4.7.24 SPF validation error'],
  ['ptr', '550 5.7.25 Reverse DNS validation failed'],
  ['authentication', '550 5.7.26 Multiple authentication checks failed'],
  ['sender-null-mx', '550 5.7.27 Sender address has null MX'],
  ['unsolicited-rate', '450 4.7.28 Mail flood detected'],
  ['arc', '550 5.7.29 ARC validation failure'],
  ['requiretls', '550 5.7.30 REQUIRETLS support required'],
  ['domain', '556 5.1.10 Recipient address has null MX'],
  ['account-blocked', '525 5.7.13 User account disabled'],
  ['starttls', '523 5.7.10 Encryption needed'],
  ['international', '550 5.6.7 Non-ASCII addresses not permitted for that sender/recipient'],
  ['format', '554 5.6.0 Other or undefined media error'],
  ['loop', '554 5.4.6 Routing loop detected'],
  ['protocol', '500 5.5.2 Syntax error'],
  ['recipients', '452 4.5.3 Too many recipients'],
  // Postfix, Exim, rspamd, Exchange, services
  ['ehlo', '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname'],
  ['ehlo', '550 Access denied - Invalid HELO name (See RFC2821 4.1.1.1)'],
  ['ptr', '450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.1]'],
  ['ptr', '554 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.1]'],
  ['ptr', '554 5.7.1 [C14] Missing reverse DNS for 203.0.113.2'],
  ['ptr', '450 4.7.1 Access denied. IP name lookup failed [192.0.2.222]'],
  ['sender-domain', '553 5.1.8 <httpd@host1.example>... Domain of sender address httpd@host1.example does not exist'],
  ['sender-domain', '450 4.1.8 <x@y.example>: Sender address rejected: Domain not found'],
  ['greylisted', '450 4.2.0 <a@x.example>: Recipient address rejected: Greylisted, see http://postgrey.example/'],
  ['greylisted', '451 4.7.1 Greylisting in action, please come back later'],
  ['spf', '550 5.7.1 SPF check failed: 192.0.2.1 is not authorized to send in the name of shop.example.'],
  ['dmarc', '554 5.7.1 Email rejected per DMARC policy'],
  ['authentication', '550 5.7.1 Message does not pass SPF or DKIM'],
  [
    'listed',
    '554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.1',
  ],
  ['listed', '554 Refused. Your IP address is listed in the RBL at b.barracudacentral.org'],
  ['address', '550 5.1.1 <a@b.example>: Recipient address rejected: User unknown in virtual mailbox table'],
  ['address', '550-5.1.1 unknown local part\r\n550 unknown user'],
  ['address', '550 5.5.0 Adresse destinataire invalide. Invalid recipient. LPN007_416'],
  ['content', '550 Virus Detected; Content Rejected'],
  ['format', "554 Transaction failed: Duplicate header 'DKIM-Signature'."],
  ['format', '550 5.6.0 maximum allowed line length is 998 octets'],
  ['recipients', '554 Transaction failed: Recipient count exceeds 50.'],
  ['rate', '451 4.7.1 Too many messages in this session, reconnect'],
  ['rate', '421 4.7.0 mx.example Error: too many connections from 192.0.2.1'],
  ['rate', '450 4.7.1 Error: rate limit exceeded'],
  ['spam', '554 5.7.1 Spam message rejected'],
  ['spam', '551 5.9.9 Message you sent blocked by our bulk spam email filter.'],
  ['policy', '550 Denied by policy'],
  ['policy', '550 5.7.1 Access denied'],
  ['full', '552 Error: disk quota exceeded'],
  ['busy', '421 Service not available, closing transmission channel'],
  ['busy', '452 4.3.1 Insufficient system storage'],
  ['domain', 'Host or domain name not found. Name service error for name=neko.example.jp type=AAAA: Host not found'],
  ['unreachable', 'connect to mx.example[192.0.2.2]:25: No route to host'],
  ['closed-recipient', '550 5.7.1 RESOLVER.RST.AuthRequired; authentication required'],
  ['spam', '550 5.7.1 Message content rejected, UBE, id=00000-00-000'],
  ['dmarc', "550-5.7.1 Unauthenticated email from shop.example is not accepted due to domain's"],
  ['content', '552-5.7.0 This message was blocked because its content presents a potential'],
  ['address', "554 delivery error: dd This user doesn't have a y.example account (someone@y.example) [0]"],
  ['other', '554 5.0.0 Service unavailable'],
  ['other', '550 no'],
  ['other', ''],
  ['other', '554 ¡no!'],
  // An address of another provider does not make the reply one of its own.
  ['sender-null-mx', '550 5.7.27 <someone@gmail.com>: refused'],
  ['requiretls', '550 5.7.30 <someone@yandex.ru> refused'],
];

for (const [name, rows] of Object.entries({ google, microsoft, others, generic }))
  describe(`replies: ${name}`, () => {
    for (const row of rows) test(`${row[0]}: ${row[1].slice(0, 90)}`, () => assert.equal(understood(row), row[0]));
  });

test('the replies are many, and no explanation is without one', () => {
  const rows = [...google, ...microsoft, ...others, ...generic];
  assert.ok(rows.length >= 120, String(rows.length));
  const met = new Set<Cause>([...rows.map(([cause]) => cause), 'large', 'relaying']);
  assert.deepEqual(
    Object.keys(EXPLANATIONS).filter((cause) => !met.has(cause as Cause)),
    [],
  );
});

test('temporary failures are never explained by advice to change DNS: rates', () => {
  for (const cause of ['unsolicited-rate', 'recipient-rate', 'reputation-rate', 'rate', 'greylisted', 'busy'] as const)
    for (const lang of ['en', 'ru'] as const)
      assert.doesNotMatch(explain(cause, lang).advice, /\b(?:SPF|DKIM|DMARC|PTR)\b/, cause);
});

describe('the tables', () => {
  for (const { title, rules } of TABLES) {
    test(`${title.en}: every rule is in lower case, and its example fits`, () => {
      for (const { words, like } of rules) {
        if (Array.isArray(words)) for (const each of words) assert.equal(each, each.toLowerCase());
        else if (words !== undefined) {
          assert.ok(like !== undefined, String(words));
          const text = like.toLowerCase();
          assert.ok(words instanceof RegExp ? words.test(text) : (words as (text: string) => boolean)(text), like);
        }
      }
    });
  }
});

const codes: [code: string, pattern: string, within: boolean][] = [
  ['5.7.606', '5.7.606-649', true],
  ['5.7.649', '5.7.606-649', true],
  ['5.7.650', '5.7.606-649', false],
  ['4.7.610', '5.7.606-649', false],
  ['4.7.28', 'x.7.28', true],
  ['5.7.2', 'x.7.28', false],
  ['5.1.1', '5.1.10', false],
  ['4.3.2', '4.0-7.0-999', true],
];
for (const [code, pattern, within] of codes)
  test(`${code} is ${within ? '' : 'not '}within ${pattern}`, () => assert.equal(isWithin(code, pattern), within));

describe('hostile replies', () => {
  const MEGABYTE = 1024 * 1024;
  const hostile: [name: string, reply: string, cause: Cause][] = [
    ['a megabyte of one letter', `550 5.7.1 ${'a'.repeat(MEGABYTE)}`, 'policy'],
    ['a megabyte of blanks', `550 ${' '.repeat(MEGABYTE)}`, 'other'],
    ['a megabyte of "spf "', `550 ${'spf '.repeat(MEGABYTE / 4)}`, 'spf'],
    ['a megabyte of addresses', `550 ${'a@b '.repeat(MEGABYTE / 4)}`, 'other'],
    ['a megabyte of @', `550 ${'@'.repeat(MEGABYTE)}`, 'other'],
    ['a megabyte of line ends', `550-5.7.1 x\r\n${'550-5.7.1 x\r\n'.repeat(MEGABYTE / 13)}550 5.7.1 end`, 'policy'],
    ['a megabyte of colons', ': '.repeat(MEGABYTE / 2), 'unreachable'],
    ['controls', '550 5.7.1 \u001b[31mspam\u0007\u009b\u202e', 'policy'],
    ['NUL within a code', '550 5.7\u0000.26 x', 'other'],
    ['a code that is none', '550 5.7.9999 x', 'other'],
  ];
  for (const [name, reply, cause] of hostile)
    test(name, () => {
      const status = statusOf(reply, '4.4.7');
      const action = status.startsWith('5') ? 'failed' : 'delayed';
      assert.equal(causeOf(action, status, reply, 'x'.repeat(MEGABYTE)), cause);
      assert.equal(explainReason(reply, 'en').cause, cause);
    });
});

const reasons: [reason: string, relay: string, cause: Cause][] = [
  ['mail.shop.example:465 refused the recipient a@x.example: 550 5.1.1 no such user', 'mail.shop.example', 'address'],
  ['mail.shop.example:465 put off the message: 451 4.7.1 Greylisted', 'mail.shop.example', 'greylisted'],
  ['mail.shop.example:465: cannot connect (ECONNREFUSED)', 'mail.shop.example', 'unreachable'],
  ['smtp.gmail.com:587 refused the message: 550 5.7.27 blocked', 'smtp.gmail.com', 'spf'],
  [
    'smtp.gmail.com:587 closed the connection before the mail could be sent: 421 4.7.0 Try again later, closing connection. (EHLO)',
    'smtp.gmail.com',
    'ehlo',
  ],
];
describe('explainReason', () => {
  for (const [reason, relay, cause] of reasons)
    test(reason, () => {
      const found = explainReason(reason, 'ru', relay);
      assert.equal(found.cause, cause);
      assert.ok(found.means.length > 10 && found.advice.length > 10);
    });
});
