// Names in MX records with typing errors, and those that only verified a domain's ownership (RFC 1035 section 5.1, RFC 6761 section 6.4).
import { isWithin, parseDomain } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** The kind of error in an exchange. */
export type MisnamedCause =
  /**
   * The final dot is missing, so that the zone's name was appended: "mx.provider.example.shop.example". It may also be a
   * former host of the domain, so this is only certain where the name before it is that of a mail host.
   */
  | 'suffix'
  /** The domain appears twice: "mail.shop.example.shop.example". */
  | 'doubled'
  /** Quotes, a preference, a scheme or another character that is not part of a name. */
  | 'characters'
  /** A single label: "mail". */
  | 'one-label'
  /** An IP address, and a name of the domain has that address. */
  | 'address';

export interface MeantExchange {
  cause: MisnamedCause;
  /** The intended name, as A-labels in lower case. */
  name: string;
  /** Whether that name has a reachable address; null without an answer or a query. */
  reachable: boolean | null;
}

/** Zones above the checked domain whose name a panel may have added. */
const MAX_PARENTS = 3;
/** Labels of a mail host in another zone; a shorter name may be a host of the domain ("mail.eu" of "mail.eu.shop.example"). */
const LABELS_OF_FOREIGN_HOST = 3;

/** The intended name of `exchange`, an MX host of `domain`; undefined where no error is recognized. Pure. */
export function meantExchange(exchange: string, domain: string): Omit<MeantExchange, 'reachable'> | undefined {
  const cleaned = cleanedName(exchange);
  if (cleaned === undefined) return undefined;
  for (const zone of [domain, ...parentsOf(domain)]) {
    const front = withoutZone(cleaned, zone);
    if (front === undefined || !isName(front)) continue;
    if (isWithin(front, domain) || isWithin(front, zone)) return { cause: 'doubled', name: front };
    if (front.split('.').length >= LABELS_OF_FOREIGN_HOST) return { cause: 'suffix', name: front };
  }
  // "localhost" is the server itself, whose name is unknown.
  if (cleaned === 'localhost') return undefined;
  if (!cleaned.includes('.')) return { cause: 'one-label', name: `${cleaned}.${domain}` };
  return cleaned === exchange || !isName(cleaned) ? undefined : { cause: 'characters', name: cleaned };
}

/** The address that was entered as exchange, with or without the zone's name appended; undefined for a name. */
export function addressIn(exchange: string, domain: string): string | undefined {
  for (const written of [exchange, withoutZone(exchange, domain) ?? '']) {
    const ip = parseIp(written.replace(/^\[(?:ipv6:)?(.*)\]$/, '$1'));
    if (ip !== undefined) return ip.text;
  }
  return undefined;
}

/** Never looked up: RFC 6761 section 6.4 reserves the zone, and Microsoft 365 verifies domains by "ms123456.msv1.invalid". */
export function isNeverAName(exchange: string): boolean {
  return isWithin(exchange, 'invalid');
}

/** Whether an exchange without an address only verified the ownership of the domain. */
export function isVerification(exchange: string, domain: string): boolean {
  if (isNeverAName(exchange)) return true;
  return !isWithin(exchange, domain) && exchange.split('.').some((label) => /verif(?:y|ication)/.test(label));
}

/** The name without text typed or pasted around it; undefined where the rest is not a name. */
function cleanedName(exchange: string): string | undefined {
  const cleaned = exchange
    .replace(/\\032/g, ' ')
    .replace(/\\/g, '')
    .replace(/["'`<>()[\]«»“”„,;]/g, ' ')
    .trim()
    .replace(/^(?:in\s+)?(?:mx\s+)?(?:\d{1,5}\s+)?/, '')
    .replace(/^[a-z]+:\/\//, '')
    .replace(/(?::\d{1,5})?(?:\/.*)?$/, '')
    .replace(/\s*\.+\s*/g, '.')
    .replace(/^[\s.]+|[\s.]+$/g, '');
  return /^[a-z0-9.-]+$/.test(cleaned) ? cleaned : undefined;
}

/** The zones above a domain, the nearest first, without top-level domains. */
function parentsOf(domain: string): string[] {
  const labels = domain.split('.');
  return labels
    .slice(1, -1)
    .map((_, index) => labels.slice(index + 1).join('.'))
    .slice(0, MAX_PARENTS);
}

/** The text before the zone's name, which may have been appended several times. */
function withoutZone(name: string, zone: string): string | undefined {
  const suffix = `.${zone}`;
  if (!name.endsWith(suffix)) return undefined;
  let front = name.slice(0, -suffix.length);
  while (front.endsWith(`${suffix}${suffix}`)) front = front.slice(0, -suffix.length);
  return front;
}

function isName(text: string): boolean {
  const parsed = parseDomain(text);
  return parsed.ok && /[a-z]/.test(text.split('.').at(-1) ?? '');
}
