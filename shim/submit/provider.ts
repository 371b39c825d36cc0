// The mail provider that a relay belongs to (shared/providers).

import { providerOfSubmission } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';
import type { Diagnostic } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';

/** Undefined for a relay that the table does not have, and for a connection to a socket. */
export function providerOf({ host, socket }: Pick<Account, 'host' | 'socket'>): Provider | undefined {
  if (socket !== undefined) return undefined;
  if (!known.has(host)) {
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(host, providerOfSubmission(host));
  }
  return known.get(host);
}

/** By host: a sender asks for each of thousands of mails. */
const known = new Map<string, Provider | undefined>();
const MAX_KNOWN = 100;

/** Names of private networks: without a dot, as between containers, or below a reserved name (RFC 6762, RFC 8375). */
const PRIVATE_NAME = /^[^.:]+$|\.(?:local|localhost|internal|intranet|lan|home\.arpa)$/i;

/** Receivers never see such an address: only `sending_ip` has the one that the relay sends from. */
export function isPrivateRelay({ host, socket }: Pick<Account, 'host' | 'socket'>): boolean {
  if (socket !== undefined || PRIVATE_NAME.test(host.replace(/\.$/, ''))) return true;
  const ip = parseIp(host);
  return ip !== undefined && isUnreachable(ip);
}

/**
 * Why an accepted mail may have been dropped: the provider replies with an id to each mail, but with a bare "Ok" to one that
 * it drops.
 */
export function dropSuspicion(account: Pick<Account, 'host' | 'socket'>, reply: string): Diagnostic | undefined {
  const provider = providerOf(account);
  if (provider?.acceptsAndDrops !== true || !/^250[ -](?:2\.\d+\.\d+ )?(?:ok)?[.!]?\s*$/i.test(reply)) return undefined;
  return diagnostic('reply.dropped', { provider: provider.name });
}
