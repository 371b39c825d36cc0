// The cause of a bounce, with what to do about it: the server's words decide, else the reason that the bounce was read to have.
import { freeMailboxProvider, providerOfMx } from '../providers/lookup.ts';
import type { Provider } from '../providers/types.ts';
import type { BouncedRecipient, BounceReason } from '../reports/types.ts';
import { causeOf } from './explain.ts';
import type { Cause } from './explanations.ts';

/** What each reason means where the server's words say no more. */
const OF_REASON: Readonly<Record<BounceReason, Cause>> = {
  'no-such-address': 'address',
  'no-such-domain': 'domain',
  'address-moved': 'address',
  'bad-sender': 'sender-domain',
  'mailbox-disabled': 'disabled',
  'mailbox-full': 'full',
  'too-large': 'large',
  'mail-system': 'busy',
  network: 'unreachable',
  'routing-loop': 'loop',
  expired: 'unreachable',
  protocol: 'protocol',
  content: 'format',
  policy: 'policy',
  authentication: 'authentication',
  rate: 'rate',
  unknown: 'other',
};
/** Causes that say little: a reason that says more goes first. */
const VAGUE: ReadonlySet<Cause> = new Set(['other', 'policy', 'protocol', 'busy', 'unreachable']);

export function causeOfBounce({
  action,
  status,
  diagnostic,
  remoteMta,
  reason,
}: Pick<BouncedRecipient, 'action' | 'status' | 'diagnostic' | 'remoteMta' | 'reason'>): Cause {
  const said = causeOf(action === 'delayed' ? 'delayed' : 'failed', status, diagnostic, remoteMta);
  return VAGUE.has(said) ? OF_REASON[reason] : said;
}

/** The provider of the recipient's mailbox, by its domain, else by the host that answered. */
export function receiverOf(domain: string, host: string): Provider | undefined {
  return freeMailboxProvider(domain) ?? (host === '' ? undefined : providerOfMx(host));
}
