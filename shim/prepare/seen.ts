// What receivers will see of an account's mail, as far as the configuration has it: the sending address, its name, the signing domain.

import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import type { Account } from '../config/account.ts';
import { isPrivateRelay, providerOf } from '../submit/provider.ts';

/**
 * Mail is sent from the relay's name and address, except at a provider, whose submission hosts do not send, and from a relay
 * with a private address: there only `sending_ip` has the address.
 */
export function seenSender(account: Account): { ip?: string; helo?: string } {
  const [ip] = account.sendingIps;
  const elsewhere = isPrivateRelay(account) || providerOf(account) !== undefined;
  return { ...(ip === undefined ? {} : { ip }), ...(elsewhere ? {} : { helo: account.host }) };
}

/** Signatures that the mail gets after it has left this machine; empty if mailshim signs, or no signer is known. */
export function signedLater(account: Account): { domain: string; selector?: string }[] {
  const { dkim, relaySigns, from } = account;
  if (dkim.some(({ keyFile }) => keyFile !== undefined)) return [];
  if (dkim.length > 0) return dkim.map(({ domain, selector }) => ({ domain, selector }));
  if (relaySigns !== undefined) return [{ domain: relaySigns }];
  const provider = providerOf(account);
  if (provider === undefined || from?.includes('@') !== true) return [];
  const domain = domainOfAddress(from);
  // A provider signs for the domains of its customers, not for the mailbox domains of other providers.
  const owner = freeMailboxProvider(domain);
  return owner === undefined || owner === provider ? [{ domain }] : [];
}
