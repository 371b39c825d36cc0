// What the text of a reply is about, if its code does not decide: the client, the session, the number of recipients.

/** RFC 3463 section 3.6, RFC 5321 section 4.5.3.1.10; with another enhanced code the reply is about a mailbox, or the disk. */
const TOO_MANY = /^(?:452|552)(?:[ -](?:[45]\.5\.3\b|(?!\d\.\d+\.\d+\b)|$)|$)/;
const COUNT = /recipient count|too many recipients|(?:maximum|number|limit)[^.]{0,40}\brecipients/i;

/**
 * The relay's own text: without addresses, which an attacker may have chosen, and without the reply of another server, which
 * is about that server.
 */
function own(reply: string): string {
  const [words = ''] = reply.split(/\b(?:said|says|replied|responded|returned)\b/i, 1);
  return words.replace(/<[^>]*>|"[^"]*"@\S*|\S*@\S*/g, '');
}

/** The relay requires this recipient in another transaction. */
export function isTooMany(reply: string): boolean {
  return TOO_MANY.test(reply) || (/^[45]/.test(reply) && COUNT.test(own(reply)));
}

/** Recipients of the next transaction after a reply about their number: the number in it, or half. Undefined for other replies. */
export function excessOf(reply: string, asked: number): number | undefined {
  if (!isTooMany(reply) || isAboutSession(reply) || !(COUNT.test(own(reply)) || /^\d+[ -][45]\.5\.3\b/.test(reply)))
    return undefined;
  const named = Number(/\bexceed(?:s|ed)?\D{0,20}(\d{1,5})\b/i.exec(reply)?.[1]);
  const half = Math.floor(asked / 2);
  return named > 0 && named < asked ? named : half;
}

/** The relay rejects this client, its name or its login: every mail would be rejected. */
export function isAboutClient(reply: string): boolean {
  const words = own(reply);
  // Postfix replies 454 too if it does not relay to a recipient.
  if (/^(?:530|535|454)(?:[ -]|$)/.test(reply)) return !/\brelay/i.test(words);
  return (isPolicy(reply) && /\bclient host rejected\b/i.test(words)) || isAboutName(reply);
}

/** The reply is about the name in EHLO. */
export function isAboutName(reply: string): boolean {
  const words = own(reply);
  return isPolicy(reply) && /(?<![\w.-])(?:helo|ehlo)(?![\w-]|\.\w)/i.test(words) && !/\b(?:send|first)\b/i.test(words);
}

/** RFC 3463 section 3.2: x.1.y is about an address, never about this client. */
function isPolicy(reply: string): boolean {
  return /^[45](?!\d\d[ -][45]\.1\.)/.test(reply);
}

const SESSION =
  /too many (?:messages|mails|e-?mails|transactions|deliveries)\b|(?:messages?|mails?|transactions?) (?:per|in (?:this|one|a)|for this|on this|over this) (?:smtp )?(?:session|connection)|\breconnect\b|(?:session|connection)[^.]{0,30}\blimit\b|\blimit\b[^.]{0,30}(?:session|connection)\b/i;

/** The reply is about the number of mails of this connection. */
export function isAboutSession(reply: string): boolean {
  return /^421/.test(reply) || (/^[45]/.test(reply) && SESSION.test(own(reply)) && !/recipient/i.test(reply));
}

/** RFC 5321 section 4.2.2: unknown command, syntax error, bad sequence. */
export function isUnknownCommand(reply: string): boolean {
  return /^50[0-4]/.test(reply);
}

/** 550 5.1.1 (RFC 3463 section 3.2). */
export function isUnknownUser(reply: string): boolean {
  return /^550[ -]5\.1\.1\b/.test(reply);
}
