// How the connection is secured, by the configuration and its defaults.

import type { Account } from '../config/account.ts';

export type TlsPlan =
  /** Clear text: the configuration sets it, or the relay is this machine. */
  | 'clear'
  /** TLS from the first byte (RFC 8314 section 3.3). */
  | 'implicit'
  /** STARTTLS or nothing (RFC 3207). */
  | 'starttls'
  /** TLS from the first byte; if the port answers in plain text, STARTTLS or nothing. */
  | 'either';

/** Ports on which by convention the server begins in plain text. */
const STARTTLS_PORTS: ReadonlySet<number> = new Set([24, 25, 587, 2525]);

/**
 * Mail leaves the machine in clear text only if the configuration has `tls off`. In msmtp the default of `tls` is off; here
 * only for a Unix socket or a loopback address, and not on port 465.
 */
export function tlsPlan(account: Account): TlsPlan {
  const { tls, port } = account;
  if (tls.use === 'off') return 'clear';
  if (tls.use === 'unset' && isLocal(account) && port !== 465) return 'clear';
  if (tls.starttls === 'on') return 'starttls';
  if (tls.starttls === 'off' && tls.use === 'on') return 'implicit';
  return account.socket !== undefined || STARTTLS_PORTS.has(port) ? 'starttls' : 'either';
}

/** The relay is this machine. */
export function isLocal({ host, socket }: Pick<Account, 'host' | 'socket'>): boolean {
  const name = bareHost(host);
  return socket !== undefined || name === 'localhost' || name === '::1' || /^127(\.\d{1,3}){3}$/.test(name);
}

/** An IPv6 address without the brackets that it has in a URL; a name as it is. */
export function bareHost(host: string): string {
  return /^\[[\da-f:.]+\]$/i.test(host) ? host.slice(1, -1) : host;
}
