// Names in MX records that were not entered as they were meant, and those that only proved who owns the domain (RFC 1035 section 5.1, RFC 6761 section 6.4).
import { isWithin, parseDomain } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';

/** How an exchange came to be wrong. */
export type MisnamedCause =
  /**
   * The final dot was left out, and the zone's name was added: "mx.provider.example.shop.example". It may as well be a
   * host of the domain that is gone, so that this is only sure where the name in front is one of a mail host.
   */
  | 'suffix'
  /** The domain stands twice: "mail.shop.example.shop.example". */
  | 'doubled'
  /** Quotes, a preference, a scheme or another character that belongs to no name. */
  | 'characters'
  /** A single label: "mail". */
  | 'one-label'
  /** An IP address, and a name of the domain has that address. */
  | 'address';

export interface MeantExchange {
  cause: MisnamedCause;
  /** What was meant, as A-labels in lower case. */
  name: string;
  /** Whether that name leads to an address that can be reached; null where DNS did not say or was not asked. */
  reachable: boolean | null;
}

/** Zones above the checked domain whose name a panel may have added. */
const MAX_PARENTS = 3;
/** Labels of a mail host in another zone; what is shorter may be a host of the domain ("mail.eu" of "mail.eu.shop.example"). */
const LABELS_OF_FOREIGN_HOST = 3;

/** What `exchange`, an MX host of `domain`, was meant to be; undefined where it is not seen to be wrong. Pure. */
export function meantExchange(exchange: string, domain: string): Omit<MeantExchange, 'reachable'> | undefined {
  const cleaned = cleanedName(exchange);
  if (cleaned === undefined) return undefined;
  for (const zone of [domain, ...parentsOf(domain)]) {
    const front = withoutZone(cleaned, zone);
    if (front === undefined || !isName(front)) continue;
    if (isWithin(front, domain) || isWithin(front, zone)) return { cause: 'doubled', name: front };
    if (front.split('.').length >= LABELS_OF_FOREIGN_HOST) return { cause: 'suffix', name: front };
  }
  // "localhost" is the server itself, whose name cannot be seen.
  if (cleaned === 'localhost') return undefined;
  if (!cleaned.includes('.')) return { cause: 'one-label', name: `${cleaned}.${domain}` };
  return cleaned === exchange || !isName(cleaned) ? undefined : { cause: 'characters', name: cleaned };
}

/** The address that was entered as exchange, alone or with the zone's name added to it; undefined where it is none. */
export function addressIn(exchange: string, domain: string): string | undefined {
  for (const written of [exchange, withoutZone(exchange, domain) ?? '']) {
    const ip = parseIp(written.replace(/^\[(?:ipv6:)?(.*)\]$/, '$1'));
    if (ip !== undefined) return ip.text;
  }
  return undefined;
}

/** Never looked up: RFC 6761 section 6.4 keeps the zone empty, and Microsoft 365 verifies domains by "ms123456.msv1.invalid". */
export function isNeverAName(exchange: string): boolean {
  return isWithin(exchange, 'invalid');
}

/** Whether an exchange without an address only proved to a provider who owns the domain. */
export function isVerification(exchange: string, domain: string): boolean {
  if (isNeverAName(exchange)) return true;
  return !isWithin(exchange, domain) && exchange.split('.').some((label) => /verif(?:y|ication)/.test(label));
}

/** Without what is typed or pasted around a name; undefined where nothing is left that could be one. */
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

/** The zones above a domain, the nearest first; single labels are nobody's zone. */
function parentsOf(domain: string): string[] {
  const labels = domain.split('.');
  return labels
    .slice(1, -1)
    .map((_, index) => labels.slice(index + 1).join('.'))
    .slice(0, MAX_PARENTS);
}

/** What stands in front of the zone's name, added once or more often. */
function withoutZone(name: string, zone: string): string | undefined {
  const suffix = `.${zone}`;
  if (!name.endsWith(suffix)) return undefined;
  let front = name.slice(0, -suffix.length);
  while (front.endsWith(`${suffix}${suffix}`)) front = front.slice(0, -suffix.length);
  return front;
}

function isName(text: string): boolean {
  const parsed = parseDomain(text);
  return parsed.ok && /[a-z]/.test(text.split('.').at(-1)!);
}
