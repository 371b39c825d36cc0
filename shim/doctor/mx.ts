// Who receives the answers: a domain whose MX names a relay that only sends loses replies, bounces and reports.

import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { Account } from '../config/account.ts';
import { addressesOf, relayAmongMx } from '../setup/records.ts';
import { OpenError } from '../submit/open.ts';
import { oneLine } from '../submit/outcome.ts';
import { providerOf } from '../submit/provider.ts';
import type { DoctorContext } from './context.ts';
import { greeted } from './greeted.ts';
import { type Result, result } from './link.ts';

const PORT = 25;
/** Milliseconds to connect. */
const PATIENCE = 6000;
/** Characters of a reply that are shown. */
const SHOWN = 300;

/** What the relay does with mail that comes to it from outside, asked with a recipient of the domain; nothing is sent. */
export type Reception = { kind: 'closed' | 'silent' | 'takes' | 'busy' } | { kind: 'rejects'; reply: string };

export async function checkMx(
  context: DoctorContext,
  receptionAt: (address: string, domain: string) => Promise<Reception> = askReception(context.account),
): Promise<Result[]> {
  const { account, resolver, seen } = context;
  if (account?.from?.includes('@') !== true || providerOf(account) !== undefined) return [];
  const domain = domainOfAddress(account.from);
  if (freeMailboxProvider(domain) !== undefined) return [];
  const relay = seen.greeting ?? account.tls.hostOverride ?? account.host;
  const own = await ownAddresses(context, relay);
  const at = await relayAmongMx({ domain, names: [relay, account.host], addresses: own }, resolver);
  if (at === undefined) return [];
  const address = at.address ?? own[0];
  if (address === undefined) return [];
  const reception = await receptionAt(address, domain);
  const args = { domain, host: at.host, relay };
  // Where another host receives as well, mail comes late and is not lost.
  const level = at.only ? 'failure' : 'warning';
  switch (reception.kind) {
    case 'closed':
      return [result(level, 'dns.mx-at-relay', { ...args, reply: '' })];
    case 'rejects':
      return [result(level, 'dns.mx-at-relay', { ...args, reply: reception.reply })];
    case 'takes':
      return [result('ok', 'dns.mx-received', { domain, host: at.host })];
    default:
      return [result('skipped', 'dns.mx-unknown', { domain, host: at.host })];
  }
}

async function ownAddresses({ account, resolver, seen }: DoctorContext, relay: string): Promise<string[]> {
  const named = (
    await Promise.all([...new Set([relay, account!.host])].map((name) => addressesOf(name, resolver)))
  ).flat();
  const all = [...account!.sendingIps, ...(seen.address === undefined ? [] : [seen.address]), ...named];
  return [...new Set(all.map((address) => parseIp(address)?.text ?? address))];
}

function askReception(account: Account | undefined): (address: string, domain: string) => Promise<Reception> {
  return async (address, domain) => {
    const { socket: _socket, proxy: _proxy, ...rest } = account!;
    // Plain text: what a certificate at this port is worth does not matter for receiving.
    const plain: Account = {
      ...rest,
      host: address,
      port: PORT,
      timeoutOff: false,
      timeout: PATIENCE,
      tls: { ...rest.tls, use: 'off' },
    };
    try {
      return await greeted(
        plain,
        async ({ ask }): Promise<Reception> => {
          const sender = await ask('MAIL FROM:<>');
          const reply = sender?.code === 250 ? await ask(`RCPT TO:<postmaster@${domain}>`) : sender;
          if (reply === undefined) return { kind: 'silent' };
          if (reply.code >= 200 && reply.code < 300) return { kind: 'takes' };
          return reply.code >= 500 ? { kind: 'rejects', reply: oneLine(reply.text, SHOWN) } : { kind: 'busy' };
        },
        () => ({ kind: 'busy' }),
      );
    } catch (error) {
      return { kind: error instanceof OpenError && /refused the connection/.test(error.message) ? 'closed' : 'silent' };
    }
  };
}
