// Mail hosts and addresses that somebody published as TXT, where nobody looks for them (RFC 5321 section 5.1).
import { sameName } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** A TXT record, and the record that it was meant to be. */
export interface MeantRecord {
  /** Where the TXT record stands. */
  name: string;
  text: string;
  type: 'MX' | 'A' | 'AAAA';
  /** In zone-file form: "10 mail.shop.example.", "192.0.2.1". */
  value: string;
}

const NAME = '((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])';
/** "MX 10 mail.example.org.", "mx: mail.example.org": the line of a guide, typed as TXT. */
const WITH_TYPE = new RegExp(`^(?:in\\s+)?mx(?=[\\s:=])\\s*[:=]?\\s*(?:(\\d{1,5})\\s+)?${NAME}\\.?$`, 'i');
/** "10 mail.example.org" */
const WITH_PREFERENCE = new RegExp(`^(\\d{1,5})\\s+${NAME}\\.?$`, 'i');
/** A bare name that is plainly a mail host's. */
const BARE = new RegExp(`^${NAME}\\.?$`, 'i');
const MAIL_LABEL = /^(?:mail|mx|smtp|imap|pop3?|relay|mta)[0-9-]*$/i;
/** A name has 253 bytes; what is longer is something else. */
const LONGEST = 280;
const USUAL_PREFERENCE = 10;

/** The records that the TXT records at `name` were meant to be; pure. `texts` are the joined strings, one for each record. */
export function meantRecords(name: string, texts: readonly string[]): MeantRecord[] {
  return texts.flatMap((written): MeantRecord[] => {
    if (written.length > LONGEST) return [];
    const text = written.trim().replace(/^"(.*)"$/, '$1');
    const ip = parseIp(text.replace(/^(?:a|aaaa)\s+/i, ''));
    if (ip !== undefined) return [{ name, text, type: ip.version === 4 ? 'A' : 'AAAA', value: ip.text }];
    const meant = WITH_TYPE.exec(text) ?? WITH_PREFERENCE.exec(text);
    const host = meant?.[2] ?? BARE.exec(text)?.[1];
    if (host === undefined) return [];
    if (meant === null && (sameName(host, name) || !MAIL_LABEL.test(host.split('.')[0]!))) return [];
    const preference = Math.min(65535, Number(meant?.[1] ?? USUAL_PREFERENCE));
    return [{ name, text, type: 'MX', value: `${preference} ${host.toLowerCase()}.` }];
  });
}
