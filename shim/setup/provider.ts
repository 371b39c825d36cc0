// The answers of `mailshim init` where the relay is a mail provider's: what its row of the table says need not be asked.

import { freeMailboxProvider, providerOfSubmission } from '../../shared/providers/lookup.ts';
import { PROVIDERS } from '../../shared/providers/table.ts';
import type { Provider } from '../../shared/providers/types.ts';
import { EX, ExitError } from '../exit.ts';

export type SubmittingProvider = Provider & Required<Pick<Provider, 'submission'>>;

/** Words as they were given; "" is none. */
export interface Answers {
  domain?: string | undefined;
  provider?: string | undefined;
  relay?: string | undefined;
  /** Name of a relay on this machine. */
  hostname?: string | undefined;
  /** Mailbox that mail of the domain is sent on to by the relay. */
  receiveAt?: string | undefined;
  port?: string | undefined;
  ip?: readonly string[] | undefined;
  sender?: string | undefined;
  delivery?: string | undefined;
  selector?: string | undefined;
  mx?: string | undefined;
  /** Envelope sender, below the domain. */
  bounces?: string | undefined;
  worker?: string | undefined;
  login?: string | undefined;
}

/** Providers that take mail from programs. */
export const SUBMITTING: readonly SubmittingProvider[] = PROVIDERS.filter(
  (provider): provider is SubmittingProvider => provider.submission !== undefined,
);

/** By id or name. @throws ExitError 64 with all ids */
function providerNamed(name: string): SubmittingProvider {
  const wanted = name.trim().toLowerCase();
  const found = SUBMITTING.find((each) => each.id === wanted || each.name.toLowerCase() === wanted);
  if (found !== undefined) return found;
  throw new ExitError(
    EX.USAGE,
    `init: --provider ${JSON.stringify(name)} is not known; known are ${SUBMITTING.map(({ id }) => id).join(', ')}`,
  );
}

/** The one that was named, or whose host the relay is; undefined for a relay of one's own. @throws ExitError 64 */
export function providerIn({ provider, relay }: Answers): SubmittingProvider | undefined {
  if (provider !== undefined && provider !== '') return providerNamed(provider);
  return relay === undefined ? undefined : (providerOfSubmission(relay) as SubmittingProvider | undefined);
}

/** The host to submit to, where there is one for all customers. */
export function fixedHost({ submission }: SubmittingProvider): string | undefined {
  const [first] = submission.hosts;
  return first === undefined || first.includes('*') ? undefined : first;
}

/** The user name where it is the same for all, or that of the mailbox which sends. */
export function usualLogin({ kind, submission }: SubmittingProvider, sender: string | undefined): string | undefined {
  return submission.user ?? (kind === 'mailbox' ? sender : undefined);
}

/** The answers with what follows from the provider. @throws ExitError 64 for what contradicts it, and for a region or login that is missing */
export function withProvider(answers: Answers, provider: SubmittingProvider): Answers {
  const { submission, name, id } = provider;
  const relay = answers.relay || fixedHost(provider);
  if (relay === undefined)
    throw new ExitError(
      EX.USAGE,
      `init: --provider ${id} needs --relay with the host of your region, such as ${submission.hosts[0]!.replace('*', 'REGION')}`,
    );
  if (providerOfSubmission(relay) !== provider)
    throw new ExitError(
      EX.USAGE,
      `init: --relay ${JSON.stringify(relay)} is not a host of ${name} (${submission.hosts.join(', ')})`,
    );
  if (answers.ip !== undefined && answers.ip.length > 0 && answers.ip.join('') !== '')
    throw new ExitError(EX.USAGE, `init: mail through ${name} leaves from addresses of ${name}: leave --ip out`);
  const login = answers.login || usualLogin(provider, answers.sender);
  // That of a mailbox is the sender, which is asked for by itself.
  if (login === undefined && provider.kind !== 'mailbox')
    throw new ExitError(EX.USAGE, `init: --login is missing: ${name} takes mail only after a login`);
  return {
    ...answers,
    relay,
    ...(login === undefined ? {} : { login }),
    port: answers.port || String(submission.port),
  };
}

/** @throws ExitError 64 for an address that only its own provider can send for */
export function refuseForeignMailbox(domain: string, provider: Provider | undefined): void {
  const owner = freeMailboxProvider(domain);
  if (owner === undefined || owner === provider) return;
  throw new ExitError(
    EX.USAGE,
    `init: mail from ${domain} is believed only where ${owner.name} sends it: take a sender at a domain of your own, or --provider ${owner.id}`,
  );
}
