// Why the programs differ, by the name of the case. A case that is not here must come out the same.

const NO_FLAG = 'msmtp does not know this flag; sendmail has it, and callers pass it, so mailshim takes it.';
const EX_CODE =
  'Postfix ends with 75 for every failure, which PHP 8.5 takes for success; msmtp and mailshim use sysexits(3).';
const NO_MODE = 'msmtp only sends; mailshim has the modes of sendmail that callers use.';
const QUALIFIED = 'Postfix completes an address with $myorigin; the others leave that to the relay.';
const DUPLICATE = 'msmtp names the same mailbox twice to the relay; Postfix and mailshim send one copy.';
const QUEUED =
  'Postfix has taken the mail into its queue and reports later by mail. msmtp and mailshim ask the relay at once and tell the caller.';
const PARTLY =
  'msmtp gives up the whole mail for one refused recipient; mailshim sends to the others and says by its exit code who was refused. Postfix reports by mail.';
const EIGHT_BIT =
  'mailshim asks for BODY=8BITMIME whenever there is an octet above 127 (RFC 6152 section 2); Postfix only when told by -B or a header, msmtp never.';
const FULL_NAME =
  'Postfix adds the full name of the system user to a From that it makes; mailshim does as msmtp: from_full_name or -F.';
const INJECTION =
  'mailshim refuses what cannot be an address or may be an injected command; the others repair it or hand it on.';
const LONG_FIELD =
  'Postfix cuts lines over 998 octets on the way out, and msmtp sends them, which relays refuse; mailshim folds a header where it may be folded.';
const LONG_LINE =
  'Postfix cuts lines over 998 octets on the way out, and msmtp sends them, which relays refuse; mailshim encodes the text, which is read as it was written.';
const UNREADABLE =
  'Postfix and msmtp guess at what is no address; mailshim refuses it by name, and sends to the others.';
const CLEANED = 'Postfix takes this field out; msmtp and mailshim leave it to the relay.';

export const reasons: Readonly<Record<string, string>> = {
  'sender with -r': NO_FLAG,
  'sender in angle brackets':
    'msmtp doubles the brackets, which strict servers refuse; mailshim reads an address, as Postfix.',
  'sender with a name': 'msmtp sends the name within the brackets; mailshim takes the address out, as Postfix.',
  'sender without a domain':
    'Postfix completes an address with $myorigin, mailshim a sender with the domain of its own; msmtp leaves it to the relay, which refuses it.',
  'sender with a line break': INJECTION,
  'sender with a blank': INJECTION,
  '-t and a recipient already in the header': DUPLICATE,
  'recipient twice': DUPLICATE,
  'recipient twice, domain in capitals': DUPLICATE,
  'same address in To and Cc': DUPLICATE,
  'recipient without a domain': QUALIFIED,
  'local address': `${QUALIFIED} It completes the header too.`,
  'quoted local part': 'msmtp loses a quoted local part; mailshim keeps it, as Postfix.',
  'recipient with a line break': INJECTION,
  'recipient that begins with a hyphen':
    'Postfix takes it and bounces it, msmtp sends it; mailshim refuses before anything is sent.',
  'flag after a recipient':
    'Postfix takes -t for a recipient, msmtp for a flag. mailshim does not guess: mail to the wrong people is worse than an error.',
  'no recipient': EX_CODE,
  'no recipient in the header': EX_CODE,
  'Apparently-To': EX_CODE,
  'nothing at all': EX_CODE,
  'unknown flag': EX_CODE,
  'unknown long flag': EX_CODE,
  'flag without its argument': EX_CODE,
  'unknown mode': EX_CODE,
  '-em': NO_FLAG,
  '-U': NO_FLAG,
  '-x': NO_FLAG,
  '-p': NO_FLAG,
  '-V': NO_FLAG,
  '-B8BITMIME': 'mailshim finds the type from the octets, and here all are ASCII; msmtp ignores the flag.',
  '-B with an unknown type': 'Postfix refuses an unknown type; msmtp and mailshim never use the value.',
  '-n': 'Postfix refuses -n although its manual says it is ignored; msmtp and mailshim ignore it.',
  '-N with a bad value':
    'Postfix warns and sends; msmtp and mailshim refuse, since the caller would wait for a notification in vain.',
  '-v': 'Postfix and msmtp write on stdout, which under PHP is the page, msmtp even its login; mailshim says nothing there.',
  '-c': NO_FLAG,
  'traffic log':
    'Postfix refuses -X; msmtp writes the file that it names, which a visitor’s address may hold; mailshim takes the flag and writes nothing.',
  'run the queue at times': NO_MODE,
  'msmtp’s long flags': 'Postfix has no long flags; mailshim has those of msmtp.',
  'line that is no field':
    'Postfix and mailshim put an empty line before it, so that the body begins there; msmtp sends it within the header.',
  'Bcc behind a line that is no field':
    'Postfix begins the body before it, so that Bcc is neither served nor hidden. msmtp and mailshim read on to the empty line; mailshim makes a field of the line, which no relay stumbles over.',
  'one unreadable address': UNREADABLE,
  'hyphen for an address': 'Postfix bounces it, msmtp sends it; mailshim refuses it by name, and sends to the others.',
  'name without brackets': UNREADABLE,
  'addresses without a comma': 'msmtp takes the last one alone; mailshim all, as Postfix.',
  'address with a bracket too many': 'msmtp sends the bracket; mailshim leaves it out, as Postfix.',
  'domain with a final dot':
    'msmtp sends the dot, which RFC 5321 section 2.3.5 does not have. Postfix and mailshim leave it out, Postfix in the header too.',
  'encoded word with a bare comma': 'Postfix and msmtp take the first half of the name for an address.',
  'hidden recipients without a colon': 'Postfix and msmtp take the words for addresses.',
  'alias database': NO_MODE,
  'alias database, -I': NO_MODE,
  'empty queue': NO_MODE,
  'run the queue': NO_MODE,
  'SMTP: no mail': NO_MODE,
  'SMTP: one mail': NO_MODE,
  'SMTP: RSET': NO_MODE,
  'SMTP: RCPT before MAIL': NO_MODE,
  'SMTP: unknown command': NO_MODE,
  'SMTP: input ends at once': NO_MODE,
  'permanent refusal of the recipient': `${QUEUED} mailshim ends with 67 (no such user), msmtp with 65.`,
  'temporary refusal of the recipient':
    'Postfix and mailshim keep the mail and try again by themselves; msmtp gives it back, and PHP drops it.',
  'one of two recipients refused': PARTLY,
  'refused address in To': PARTLY,
  'refusal of the sender': `${QUEUED} mailshim says what to do about it, and ends with 77 as for every sender that may not be used.`,
  'refusal of the message': `${QUEUED} msmtp ends with 69 (try again) even for a permanent refusal; mailshim with 65.`,
  'Bcc with a blank before the colon':
    'msmtp does not see the obsolete form: the recipient is lost and the line stays visible.',
  'source route': 'RFC 5321 section 4.1.1.3: routes are ignored. msmtp sends it on; Postfix rewrites the header too.',
  'domain in UTF-8':
    'mailshim sends the A-label, which every relay takes; Postfix asks for SMTPUTF8, msmtp sends raw octets.',
  'local part in UTF-8':
    'msmtp sends it without SMTPUTF8, against RFC 6531 section 3.4. mailshim asks for 8BITMIME besides.',
  'unclosed quote':
    'Postfix guesses an address, msmtp ends with 64 as if there was none; mailshim names the field that is broken.',
  'unclosed bracket': 'Postfix and msmtp guess; mailshim names the field that is broken.',
  'Resent-To':
    'Postfix completes the Resent block (RFC 5322 section 3.6.6); msmtp and mailshim leave it as the caller wrote it.',
  'Resent-Bcc':
    'msmtp leaves Resent-Bcc visible to all; Postfix and mailshim take it out, and Postfix completes the block.',
  'Return-Path': CLEANED,
  'Content-Length': CLEANED,
  '8-bit field':
    'Raw octets in a header: Postfix asks for SMTPUTF8, mailshim for BODY=8BITMIME, which more relays offer, msmtp for nothing.',
  '8-bit body': EIGHT_BIT,
  'long field': LONG_FIELD,
  'line of 1200': LONG_LINE,
  'line of 3000': LONG_LINE,
  'no From': FULL_NAME,
  'no From, sender given': FULL_NAME,
  'To alone': FULL_NAME,
  'empty line first': FULL_NAME,
  'no From, name with umlaut':
    'mailshim encodes the name (RFC 2047 section 2); the others put raw octets into the header.',
  'empty Date': 'A field without a value is no date (RFC 5322 section 3.6.1): mailshim fills it in.',
  '“From ” line': 'msmtp leaves the line of a mailbox file in the header; Postfix and mailshim take it off.',
  'first line is no field':
    'Postfix begins the body here, so that no field of it counts; msmtp sends the line within the header, mailshim as a field where an address follows. For the full name see “no From”.',
  'CR inside a line':
    'A bare CR is forbidden (RFC 5321 section 2.3.8) and smuggles mail: Postfix and mailshim replace it.',
  'lone dot without -i':
    'Postfix ends the message at the dot. msmtp and mailshim do not, so that a mail is never cut; on a terminal the dot ends it in mailshim too.',
  NUL: 'No octet 0 is allowed in a mail (RFC 5322 section 3.1): mailshim says where it is, the others send it on.',
};
