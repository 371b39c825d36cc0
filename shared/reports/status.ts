// The meaning of a bounce's status code or diagnostic text (RFC 3463, RFC 5248, RFC 7372, RFC 7505).
import type { BouncedRecipient, BounceReason } from './types.ts';

/** Characters of a diagnostic that are searched for codes and words. */
const MAX_SEARCHED = 2000;

/** An enhanced status code that is not part of an address or a version. */
const ENHANCED = /(?<![\d.\w])([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)/;
/** The same right after a reply code, which takes precedence. */
const ENHANCED_REPLY = /(?<![\w.=])[245]\d\d[ -]#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d]|\.\d)/;
const REPLY = /(?<![\w.=[/@-])([45])\d\d(?=[\s:;,.\-'"]|$)/;

/** By subject and detail of the code; the class only distinguishes permanent and temporary. */
const BY_CODE: ReadonlyMap<string, BounceReason> = new Map([
  ...(['1.0', '1.1', '1.3', '1.10', '1.351'] as const).map((code): [string, BounceReason] => [code, 'no-such-address']),
  ...(['1.2', '1.9', '4.310', '4.4', '4.312'] as const).map((code): [string, BounceReason] => [code, 'no-such-domain']),
  ['1.6', 'address-moved'],
  ['1.7', 'bad-sender'],
  ['1.8', 'bad-sender'],
  ['2.1', 'mailbox-disabled'],
  ['2.2', 'mailbox-full'],
  ['2.3', 'too-large'],
  ['3.4', 'too-large'],
  ['3.1', 'mailbox-full'],
  ['4.6', 'routing-loop'],
  ['4.14', 'routing-loop'],
  ['4.7', 'expired'],
  ['4.300', 'expired'],
  ['4.316', 'expired'],
  ...['7.5', '7.7', '7.8', '7.9', '7.20', '7.21', '7.22', '7.23', '7.24', '7.25', '7.26', '7.27', '7.29', '7.30'].map(
    (code): [string, BounceReason] => [code, 'authentication'],
  ),
  ['7.32', 'authentication'],
  ['7.40', 'authentication'],
  ['7.509', 'authentication'],
  ['7.515', 'authentication'],
  ['7.28', 'rate'],
  ['2.121', 'rate'],
  ['2.122', 'rate'],
]);
const BY_SUBJECT: ReadonlyMap<string, BounceReason> = new Map([
  ['1', 'no-such-address'],
  ['2', 'mailbox-disabled'],
  ['3', 'mail-system'],
  ['4', 'network'],
  ['5', 'protocol'],
  ['6', 'content'],
  ['7', 'policy'],
]);
/** Codes that servers use for many reasons: the words decide, if they are known. */
const VAGUE = /^(?:\d\.0|1\.0|2\.0|3\.0|4\.0|4\.1|5\.\d+|6\.0|7\.0|7\.1|3\.5)$/;

/** The first that matches applies. */
const WORDS: readonly [RegExp, BounceReason][] = [
  [/gr[ae]y-?list/i, 'rate'],
  [
    /\b(?:unauthenticated|dmarc|spf (?:check )?fail|sender policy framework|dkim(?!-signature)|authentication (?:level|check)|reverse dns|ptr record|rdns)\b/i,
    'authentication',
  ],
  [
    /mailbox (?:is )?full|over ?quota|quota (?:is )?(?:exceed|full)|exceeded (?:storage|.{0,20}quota)|insufficient (?:system )?storage|mailbox size limit|storage (?:limit|allocation)|disk quota|quota violation|переполнен|ящик.{0,40}полон/i,
    'mailbox-full',
  ],
  [
    /(?:message|mail|size|data)\b.{0,30}(?:too (?:large|big)|exceeds .{0,30}(?:size|limit|maximum))|size limit exceeded|line limit exceeded|maximum (?:message )?size/i,
    'too-large',
  ],
  [
    /account (?:is |has been )?(?:locked|disabled|suspended|inactive|deactivated|expired|closed)|mailbox (?:is )?(?:disabled|inactive|unavailable for|locked|blocked)|user (?:is )?(?:disabled|inactive|suspended)|(?:ящик|аккаунт|учетная запись).{0,40}(?:заблокирован|отключ|неактив)/i,
    'mailbox-disabled',
  ],
  [/too many hops|mail loop|routing loop|loop detected|hop count exceeded/i, 'routing-loop'],
  [
    /host (?:or domain name )?not found|unrouteable (?:mail )?(?:address|domain)|unknown host|no such (?:host|domain)|domain (?:name )?(?:not found|does ?n[o']t exist)|name or service not known|nxdomain|host unknown|bad destination (?:host|system)|name service error|couldn'?t find any host|no mx|null mx|had no relevant answers|doesn'?t receive (?:e-?)?mail/i,
    'no-such-domain',
  ],
  [
    /requested action not taken: mailbox unavailable|(?:user|recipient|mailbox|account|address|addressee)(?: name)?(?:\s+\S{0,80})?\s+(?:is )?(?:unknown|not (?:found|known|recognized|listed|valid|exist)|does(?: not|n'?t) exist|invalid|couldn'?t be found)|(?:unknown|no such|invalid|bad|nonexistent) (?:local )?(?:user|recipient|mailbox|address|account)|user unknown|recipnotfound|account that you tried to reach does not exist|recipient address rejected|no (?:mailbox|user) (?:here|by that name)|not our customer|invalid address|does not like recipient|(?:пользовател|адрес|ящик|получател).{0,40}не (?:существует|найден)|не существует/i,
    'no-such-address',
  ],
  [
    /sender (?:address )?(?:rejected|denied)|domain of sender|from address|invalid (?:domain name|sender)|sender (?:is )?(?:not allowed|invalid|unknown)|my name was rejected/i,
    'bad-sender',
  ],
  [
    /too many (?:connections|messages|recipients)|rate limit|try again later|greylist|throttl|slow ?down|temporarily deferred/i,
    'rate',
  ],
  [
    /connect(?:ion)?\b.{0,80}\b(?:timed? ?out|refused|failed|reset|lost)|no route to host|network (?:is )?unreachable|host (?:is )?not reachable|socket error|did not accept our requests to connect|lost connection|refused to talk to me|: timed out\]/i,
    'network',
  ],
  [
    /retry time(?:out)? (?:not reached|exceeded)|timeout exceeded|in the queue too long|failing for a long time|delivery (?:time )?(?:has )?expired|message expired|could not be delivered for|queue (?:time|lifetime)|deferred until it (?:was )?expired|unable to deliver .{0,40}(?:days|hours)/i,
    'expired',
  ],
  [
    /duplicate header|(?:missing|invalid|bad|multiple) .{0,30}header|malformed|not rfc ?\d{3,4}[- ]compliant|bare lf|8bit/i,
    'content',
  ],
  [
    /\b(?:spam|ube|blacklist|block(?:ed|list)|rbl|dnsbl|reputation|policy|access denied|not permitted|does not accept|denied|virus|malware|prohibited|unsolicited|invalid ip|unverifyable|unverifiable)\b|service unavailable; client host|weren't sent/i,
    'policy',
  ],
  [
    /mail receiving disabled|local error|service (?:not available|unavailable)|command (?:died|failed)|mailer (?:error|died)|system (?:error|failure)|configuration error/i,
    'mail-system',
  ],
];
/** The detail of RFC 3463 for reasons found only by words. */
const DETAILS: Readonly<Record<BounceReason, string>> = {
  'no-such-address': '1.1',
  'no-such-domain': '1.2',
  'address-moved': '1.6',
  'bad-sender': '1.8',
  'mailbox-disabled': '2.1',
  'mailbox-full': '2.2',
  'too-large': '3.4',
  'mail-system': '3.0',
  network: '4.1',
  'routing-loop': '4.6',
  expired: '4.7',
  protocol: '5.0',
  content: '6.0',
  policy: '7.1',
  authentication: '7.1',
  rate: '7.0',
  unknown: '0.0',
};

type Verdict = Pick<BouncedRecipient, 'status' | 'statusFrom' | 'reason'>;

/**
 * The code and the reason from the Status field ('' without) and the diagnostic text.
 * @param permanent the class of the code where there are only words
 */
export function verdictOf(field: string, words: string, permanent: boolean): Verdict {
  const searched = words.slice(0, MAX_SEARCHED);
  const given = /^\s*([245])\.(\d{1,3})\.(\d{1,3})(?!\d)/.exec(field);
  const reply = ENHANCED_REPLY.exec(searched) ?? ENHANCED.exec(searched);
  const [match, statusFrom]: [RegExpExecArray | null, Verdict['statusFrom']] =
    // "5.0.0" has no information; RFC 3464 section 2.3.4 uses it where there is no other code.
    given !== null && (Number(given[2]) + Number(given[3]) > 0 || reply === null) ? [given, 'field'] : [reply, 'reply'];
  const byWords = WORDS.find(([pattern]) => pattern.test(searched))?.[1];
  if (match !== null) {
    const [, kind, subject, detail] = match;
    const code = `${Number(subject)}.${Number(detail)}`;
    // The reply of Exchange Online for an address that is not in its directory.
    if (kind === '5' && code === '4.1' && /access denied/i.test(searched)) {
      return { status: '5.4.1', statusFrom, reason: 'no-such-address' };
    }
    const known = BY_CODE.get(code) ?? BY_SUBJECT.get(String(Number(subject))) ?? 'unknown';
    return { status: `${kind}.${code}`, statusFrom, reason: VAGUE.test(code) ? (byWords ?? known) : known };
  }
  const smtp = REPLY.exec(searched)?.[1];
  if (smtp === undefined && byWords === undefined) {
    return { status: permanent ? '5.0.0' : '4.0.0', statusFrom: 'action', reason: 'unknown' };
  }
  const detail = DETAILS[byWords ?? 'unknown'];
  return {
    status: `${smtp ?? (permanent ? '5' : '4')}.${detail}`,
    statusFrom: byWords === undefined ? 'smtp' : 'words',
    reason: byWords ?? 'unknown',
  };
}

/** Whether the text has a code or known words of a server. */
export function hasReason(text: string): boolean {
  return verdictOf('', text, true).statusFrom !== 'action';
}
