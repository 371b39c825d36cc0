// The mail provider that a relay belongs to (shared/providers).

import { providerOfSubmission } from '../../shared/providers/lookup.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';

/** Undefined for a relay that is in no row of the table, and for a connection to a socket. */
export function providerOf({ host, socket }: Pick<Account, 'host' | 'socket'>): Provider | undefined {
  return socket === undefined ? providerOfSubmission(host) : undefined;
}

/** Names of networks of one's own: without a dot, as between containers, or below a name kept for them (RFC 6762, RFC 8375). */
const PRIVATE_NAME = /^[^.:]+$|\.(?:local|localhost|internal|intranet|lan|home\.arpa)$/i;

/** Receivers never see such an address; where the relay sends from, only `sending_ip` says then. */
export function isPrivateRelay({ host, socket }: Pick<Account, 'host' | 'socket'>): boolean {
  if (socket !== undefined || PRIVATE_NAME.test(host.replace(/\.$/, ''))) return true;
  const ip = parseIp(host);
  return ip !== undefined && isUnreachable(ip);
}

/**
 * Why a mail that was taken may not be on its way: the provider gives every mail an id and says it, but answers a bare "Ok"
 * to one that it drops.
 */
export function dropSuspicion(account: Pick<Account, 'host' | 'socket'>, reply: string): string | undefined {
  const provider = providerOf(account);
  if (provider?.acceptsAndDrops !== true || !/^250[ -](?:2\.\d+\.\d+ )?(?:ok)?[.!]?\s*$/i.test(reply)) return undefined;
  return `${provider.name} accepted the mail without a message id: probably it was dropped, because every recipient is on the suppression list there`;
}
