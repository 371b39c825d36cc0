// Addresses of arguments and headers as the envelope takes them: plain, safe to stand in an SMTP command (RFC 5321 section 4.1.2).
import { type Mailbox, parseAddressList as parseMailboxes } from '../../shared/message/address.ts';
import { toAscii } from '../../shared/text/domain.ts';
import { hasControl } from '../text/printable.ts';

export interface AddressList {
  /** `local@domain`, domains as A-labels, or a bare local part; in order, groups flattened. */
  addresses: string[];
  /** Why the text is not an address list, where it is not. */
  problem?: string;
}

/** RFC 5321 section 4.5.3.1: 64 octets of local part, 255 of domain. */
const MAX_LOCAL = 64;
const MAX_DOMAIN = 255;

/** One address, or undefined: for flags, where a list would be a mistake. */
export function parseAddress(text: string): string | undefined {
  const { addresses, problem } = parseAddressList(text);
  return problem === undefined && addresses.length === 1 ? addresses[0] : undefined;
}

/** Reads an address list; never throws. `undisclosed-recipients:;` is a list of none, and so is nothing at all. */
export function parseAddressList(text: string): AddressList {
  const { mailboxes, problems } = parseMailboxes(text);
  const addresses: string[] = [];
  for (const mailbox of mailboxes) {
    const read = envelopeAddress(mailbox);
    if ('problem' in read) return { addresses, problem: read.problem };
    addresses.push(read.address);
  }
  const dotted = mailboxes.filter(hasStrayDots).length;
  const bad = problems.filter(({ kind }) => kind === 'bad-address').length;
  // A local part alone is a local user, which the relay completes.
  const allowed = ['empty', 'no-domain', ...(bad === dotted ? ['bad-address'] : [])];
  const problem = problems.find(({ kind }) => !allowed.includes(kind));
  if (problem !== undefined)
    return {
      addresses,
      problem: `${JSON.stringify(problem.text)} is not an address (${problem.kind.replace('-', ' ')})`,
    };
  return { addresses };
}

/** No RFC allows "a..b@" or "a.@", yet mobile operators gave out such addresses; they do no harm in a command. */
function hasStrayDots({ local, domain }: Mailbox): boolean {
  return /^\.|\.\.|\.$/.test(local) && /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]+$/.test(local) && /^[^[]/.test(domain);
}

function envelopeAddress({ address, local, domain }: Mailbox): { address: string } | { problem: string } {
  const shown = JSON.stringify(address);
  if (local === '') return { problem: `${shown} has nothing before the "@"` };
  if (hasControl(address)) return { problem: `${shown} has a control character` };
  if (!address.startsWith('"') && /[\s<>()[\]\\,;:"]/.test(local))
    return { problem: `${shown} needs quotes before the "@"` };
  if (/[<>]/.test(local)) return { problem: `${shown} has an angle bracket` };
  if (local.length > MAX_LOCAL || domain.length > MAX_DOMAIN) return { problem: `${shown} is too long` };
  if (address.startsWith('-')) return { problem: `${shown} starts with a hyphen` };
  const at = address.lastIndexOf('@');
  if (domain === '') return address.endsWith('@') ? { problem: `${shown} has nothing after the "@"` } : { address };
  if (domain.startsWith('[')) return { address };
  const ascii = toAscii(domain);
  return ascii.ok
    ? { address: `${address.slice(0, at)}@${/[^\x00-\x7f]/.test(domain) ? ascii.name : domain}` }
    : { problem: `${shown} has no valid domain` };
}
