// Why the relay cannot be reached, from what is known beside the failure itself: addresses, other ports, /etc/hosts.

import { isIP } from 'node:net';
import { networkInterfaces } from 'node:os';
import { join } from 'node:path';
import { proxyOf } from '../../shared/providers/proxies.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import type { Account } from '../config/account.ts';
import { readFileOnce } from '../read-file.ts';
import { relayName } from '../submit/open.ts';
import { bareHost } from '../submit/plan.ts';
import { type Result, result } from './link.ts';

export interface Surroundings {
  account: Account;
  /** Addresses of the relay's name, as this machine sees it. */
  addresses: readonly string[];
  /** The same as DNS has them. */
  published: readonly string[];
  /** Other ports of the relay that answer. */
  open: readonly number[];
  root: string;
}

/** Codes of a network that says no by itself: a firewall by ICMP (RFC 1812 section 5.2.7.1), or one of this machine. */
const REJECTED = /\((?:EHOSTUNREACH|ENETUNREACH|EACCES|EPERM)\)$|^(?:EHOSTUNREACH|ENETUNREACH|EACCES|EPERM)$/;
const SUBMISSION: ReadonlySet<number> = new Set([465, 587]);

/** The cause in place of what comes of it; the failure itself where none is known. */
export function causeOf(failure: Result, surroundings: Surroundings): Result {
  const { account, open } = surroundings;
  const where = relayName(account);
  const { id } = failure;
  const byName = nameCause(surroundings);
  if (byName !== undefined) return byName;
  const { code } = ('args' in failure ? failure.args : {}) as { code?: string };
  if (id === 'relay.unreachable' && REJECTED.test(code ?? ''))
    return networkCause(surroundings) ?? result('failure', 'relay.rejected', { where, code: code! });
  const other = open.find((port) => SUBMISSION.has(port)) ?? (id === 'relay.closed' ? open[0] : undefined);
  if ((id === 'relay.closed' || id === 'relay.silent') && other !== undefined)
    return result('failure', 'relay.other-port', { where, other });
  if (id === 'relay.wrapper' && account.port !== 465) return result('failure', 'relay.starttls', { where });
  return failure;
}

/** Of the name: /etc/hosts leads elsewhere than DNS, or a proxy for web sites is in front. */
function nameCause({ account, addresses, published, root }: Surroundings): Result | undefined {
  const host = bareHost(account.host);
  if (isIP(host) !== 0) return undefined;
  const line = host === 'localhost' ? undefined : lineInHosts(root, host);
  // A line that says what DNS says is not the cause.
  const isOther = line !== undefined && published.length > 0 && !published.includes(line.address);
  if (line !== undefined && addresses.includes(line.address) && (isOther || isLoopback(line.address)))
    return result('failure', 'relay.hosts', { host, ...line, published: published.join(', ') });
  for (const each of addresses) {
    const ip = parseIp(each);
    const operator = ip === undefined ? undefined : proxyOf(ip);
    if (operator !== undefined) return result('failure', 'relay.proxied', { host, address: each, operator });
  }
  return undefined;
}

function networkCause({ account, addresses }: Surroundings): Result | undefined {
  if (addresses.length === 0 || !addresses.every((address) => address.includes(':')) || hasIpv6()) return undefined;
  return result('failure', 'relay.ipv6', { host: account.host, addresses: addresses.join(', ') });
}

/** An address that reaches further than the next cable. */
function hasIpv6(): boolean {
  return Object.values(networkInterfaces())
    .flatMap((each) => each ?? [])
    .some(({ family, address, internal }) => {
      const ip = parseIp(address.replace(/%.*$/, ''));
      return family === 'IPv6' && !internal && ip !== undefined && !isUnreachable(ip);
    });
}

export function isLoopback(address: string): boolean {
  return address === '::1' || address.startsWith('127.');
}

/** The relay is this very machine. */
export function isHere(address: string): boolean {
  if (isLoopback(address)) return true;
  return Object.values(networkInterfaces()).some((each) => each?.some((own) => own.address === address));
}

function lineInHosts(root: string, host: string): { address: string; where: string } | undefined {
  const file = join(root || '/', 'etc/hosts');
  const read = readFileOnce(file);
  if ('why' in read) return undefined;
  for (const [index, line] of read.text.split('\n').entries()) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/);
    if (names.some((name) => name.toLowerCase() === host.toLowerCase()))
      return { address, where: `${file}:${index + 1}` };
  }
  return undefined;
}
