// Headers a message must have and did not bring: From, Date, Message-ID (RFC 5322 section 3.6).

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

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
