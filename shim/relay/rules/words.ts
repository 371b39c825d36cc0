// Words of Postfix, and names that only one machine knows (postconf(5), RFC 6761, RFC 6762).

import { isWithin, parseDomain } from '../../../shared/text/domain.ts';

/** RFC 6761, RFC 6762, and what systems make up. */
const LOCAL = ['localhost', 'localdomain', 'local', 'lan', 'internal', 'home', 'invalid'];

export function isYes(value: string): boolean {
  return /^(?:yes|true|on|1)$/i.test(value);
}

/** No DNS outside the machine or its network has it. */
export function isLocalName(name: string): boolean {
  return LOCAL.some((suffix) => isWithin(name, suffix));
}

/** Others can look it up, if it is published. */
export function isPublicName(name: string): boolean {
  return parseDomain(name).ok && !isLocalName(name);
}
