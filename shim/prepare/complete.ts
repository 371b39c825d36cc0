// Headers a message must have and did not bring: From, Date, Message-ID (RFC 5322 section 3.6).

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
/** Bytes of UTF-8 in one encoded word: 75 characters with its frame (RFC 2047 section 2), whole characters each. */
const ENCODED_WORD_BYTES = 45;

/** "Tue, 24 Nov 2026 06:24:08 +0100", in local time. */
export function dateValue(now: Date): string {
  const two = (number: number) => String(number).padStart(2, '0');
  const offset = -now.getTimezoneOffset();
  const zone = `${offset < 0 ? '-' : '+'}${two(Math.floor(Math.abs(offset) / 60))}${two(Math.abs(offset) % 60)}`;
  const time = `${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`;
  return `${DAYS[now.getDay()]}, ${two(now.getDate())} ${MONTHS[now.getMonth()]} ${now.getFullYear()} ${time} ${zone}`;
}

/** `random` is 128 bits in hex; the right side is the sender's domain, so that it is unique beyond this machine. */
export function messageIdValue(now: Date, random: string, domain: string): string {
  return `<${now.getTime().toString(36)}.${random}@${domain}>`;
}

/** `Name <address>`, the name quoted or encoded as it needs. */
export function fromValue(address: string, name: string | undefined): string {
  if (name === undefined || name === '') return address;
  return `${phrase(name)} <${address}>`;
}

/** A display name (RFC 5322 section 3.2.5, RFC 2047). */
export function phrase(name: string): string {
  const clean = name.replace(/[\x00-\x1f\x7f]+/g, ' ').trim();
  if (/^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~ ]+$/.test(clean)) return clean;
  if (/^[\x20-\x7e]*$/.test(clean)) return `"${clean.replace(/["\\]/g, '\\$&')}"`;
  const words: string[] = [];
  let word = '';
  for (const character of clean) {
    if (Buffer.byteLength(word + character) > ENCODED_WORD_BYTES) {
      words.push(word);
      word = '';
    }
    word += character;
  }
  words.push(word);
  return words.map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ');
}
