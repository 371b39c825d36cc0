// What the words of a reply are about, where its code alone does not say: the client, the session, the number of recipients.

/** RFC 3463 section 3.6, RFC 5321 section 4.5.3.1.10; with another enhanced code it is about a mailbox, or the disk. */
const TOO_MANY = /^(?:452|552)(?:[ -](?:[45]\.5\.3\b|(?!\d\.\d+\.\d+\b)|$)|$)/;
const COUNT = /recipient count|too many recipients|(?:maximum|number|limit)[^.]{0,40}\brecipients/i;

/**
 * The relay's own words: without addresses, which a stranger may have chosen, and without what it passes on of another
 * server, which is about that server.
 */
function own(reply: string): string {
  const [words] = reply.split(/\b(?:said|says|replied|responded|returned)\b/i, 1);
  return words!.replace(/<[^>]*>|"[^"]*"@\S*|\S*@\S*/g, '');
}

/** A relay wants this recipient in another transaction. */
export function isTooMany(reply: string): boolean {
  return TOO_MANY.test(reply) || (/^[45]/.test(reply) && COUNT.test(own(reply)));
}

/** Recipients to ask at once after a reply that speaks of their number: what it names, or half. Undefined for other replies. */
export function excessOf(reply: string, asked: number): number | undefined {
  if (!isTooMany(reply) || isAboutSession(reply) || !(COUNT.test(own(reply)) || /^\d+[ -][45]\.5\.3\b/.test(reply)))
    return undefined;
  const named = Number(/\bexceed(?:s|ed)?\D{0,20}(\d{1,5})\b/i.exec(reply)?.[1]);
  const half = Math.floor(asked / 2);
  return named > 0 && named < asked ? named : half;
}

/** The relay does not let this client in, or not under its name or login: no mail of it would fare better. */
export function isAboutClient(reply: string): boolean {
  const words = own(reply);
  // Postfix says 454 of a recipient too that is not its own.
  if (/^(?:530|535|454)(?:[ -]|$)/.test(reply)) return !/\brelay/i.test(words);
  return (isRefusalOfPolicy(reply) && /\bclient host rejected\b/i.test(words)) || isAboutName(reply);
}

/** The name said by EHLO is the matter. */
export function isAboutName(reply: string): boolean {
  const words = own(reply);
  return (
    isRefusalOfPolicy(reply) &&
    /(?<![\w.-])(?:helo|ehlo)(?![\w-]|\.\w)/i.test(words) &&
    !/\b(?:send|first)\b/i.test(words)
  );
}

/** RFC 3463 section 3.2: x.1.y is about an address, never about this client. */
function isRefusalOfPolicy(reply: string): boolean {
  return /^[45](?!\d\d[ -][45]\.1\.)/.test(reply);
}

const SESSION =
  /too many (?:messages|mails|e-?mails|transactions|deliveries)\b|(?:messages?|mails?|transactions?) (?:per|in (?:this|one|a)|for this|on this|over this) (?:smtp )?(?:session|connection)|\breconnect\b|(?:session|connection)[^.]{0,30}\blimit\b|\blimit\b[^.]{0,30}(?:session|connection)\b/i;

/** This connection has carried enough mails. */
export function isAboutSession(reply: string): boolean {
  return /^421/.test(reply) || (/^[45]/.test(reply) && SESSION.test(own(reply)) && !/recipient/i.test(reply));
}

/** RFC 5321 section 4.2.2: unknown command, syntax, out of sequence. */
export function isUnknownCommand(reply: string): boolean {
  return /^50[0-4]/.test(reply);
}

/** 550 5.1.1, also where the code stands on each line of a longer reply (RFC 3463 section 3.2). */
export function isUnknownUser(reply: string): boolean {
  return /^550[ -]5\.1\.1\b/.test(reply);
}
