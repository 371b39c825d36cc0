// Which configuration and which account a mail goes by.

import { type Account, accountOf } from '../config/account.ts';
import { type AccountSection, chooseAccount } from '../config/accounts.ts';
import { type Configuration, readConfiguration, refuseBroken, refuseUntrusted } from '../config/files.ts';
import type { Environment } from '../environment.ts';
import { EX, ExitError } from '../exit.ts';
import { domainOf, withDomain } from '../intake/addresses.ts';
import { diagnostic } from '../messages/catalogue.ts';
import type { Invocation } from '../types.ts';

/** File of an account that is made of options alone. */
export const COMMAND_LINE = 'command line';

/** The configuration as it is, problems included; `usable` refuses one that has any. @throws ExitError 77 */
export function findConfiguration(invocation: Invocation, environment: Environment): Configuration {
  refuseUntrusted(invocation, environment);
  // msmtp's rule: --host asks for no configuration at all.
  if (invocation.overrides.has('host') && invocation.file === undefined && invocation.account === undefined)
    return commandLineConfiguration();
  return readConfiguration(environment, invocation.file);
}

/** @throws ExitError 74, 77 or 78 if the configuration cannot be used */
export function openConfiguration(invocation: Invocation, environment: Environment): Configuration {
  const configuration = findConfiguration(invocation, environment);
  refuseBroken(configuration, environment.euid);
  return configuration;
}

/** The account for a sender. @throws ExitError 78 */
export function openAccount(
  configuration: Configuration,
  invocation: Invocation,
  sender: string | undefined,
  environment: Environment,
): Account {
  const choice = chooseAccount(configuration.accounts, invocation.account, sender);
  if ('problem' in choice)
    throw new ExitError(EX.CONFIG, noAccountMessage(choice.problem.text, configuration, environment));
  return accountFrom(choice.account, invocation, environment);
}

/** The account of mail that names none; undefined if there is none, or it cannot be used. */
export function defaultAccount(configuration: Configuration, environment: Environment): Account | undefined {
  const choice = chooseAccount(configuration.accounts, undefined, undefined);
  if ('problem' in choice) return undefined;
  try {
    return accountFrom(choice.account, { overrides: new Map() }, environment);
  } catch (error) {
    if (!(error instanceof ExitError)) throw error;
    return undefined;
  }
}

/**
 * The account that takes the mail while the relay of this one is away (`fallback_account`).
 * @throws ExitError 78 if no such account is defined
 */
export function fallbackOf(
  account: Account,
  configuration: Configuration,
  environment: Environment,
): Account | undefined {
  const name = account.fallbackAccount;
  if (name === undefined || name === account.name) return undefined;
  const choice = chooseAccount(configuration.accounts, name, undefined);
  if ('problem' in choice)
    throw new ExitError(
      EX.CONFIG,
      `account ${account.name} (${account.file}): fallback_account: ${choice.problem.text}`,
    );
  const fallback = accountFrom(choice.account, { overrides: new Map() }, environment);
  // A copy of a shop must not write to customers by its second relay.
  const { onlyTo, redirectTo } = account;
  return {
    ...fallback,
    ...(onlyTo.length === 0 ? {} : { onlyTo }),
    ...(redirectTo === undefined ? {} : { redirectTo }),
  };
}

/** Envelope sender of a mail that goes by another account: `from` of the one is replaced by `from` of the other. */
export function senderAt(fallback: Account, account: Account, from: string): string {
  const isOwn = from.toLowerCase() === account.from?.toLowerCase();
  return isOwn && fallback.from !== undefined && !/[*?[]/.test(fallback.from) ? fallback.from : from;
}

/** Those of the configuration alone: a sender has the same one for each of thousands of mails. */
const known = new WeakMap<AccountSection, Account>();

function accountFrom(
  section: AccountSection,
  { overrides }: Pick<Invocation, 'overrides'>,
  { home }: Environment,
): Account {
  if (overrides.size > 0) return accountOf(section, overrides, home);
  let account = known.get(section);
  if (account === undefined) {
    account = accountOf(section, overrides, home);
    known.set(section, account);
  }
  return account;
}

function commandLineConfiguration(): Configuration {
  const account = { name: 'default', file: COMMAND_LINE, line: 0, settings: new Map(), explicit: new Set<string>() };
  return { accounts: [account], files: [], owners: {}, unreadable: [], problems: [], lines: [] };
}

function noAccountMessage(problem: string, configuration: Configuration, { euid, home, etc }: Environment): string {
  const [hidden] = configuration.unreadable;
  if (hidden !== undefined) return diagnostic('config.unreadable', { file: hidden.file, why: hidden.why, euid }).text;
  if (configuration.files.length > 0) return `${configuration.files.join(', ')}: ${problem}`;
  const system = `${etc}/msmtprc`;
  return home === undefined
    ? `no configuration: no ${system} exists (nor mailshimrc in its place)`
    : `no configuration: none of ${home.replace(/\/$/, '')}/.msmtprc and ${system} exists (nor mailshimrc in their place)`;
}

/**
 * -f, the account's from, or the author's own address: with that one SPF is about the domain that people see. A sender
 * without a domain, such as cron's "root", gets that of these in their order: no relay accepts it otherwise.
 */
export function envelopeSender(invocation: Invocation, account: Account, author: string | undefined): string {
  const { envelopeFrom, readEnvelopeFrom } = invocation;
  const full = (sender: string) => withDomain(sender, domainOf(account.from), domainOf(author), account.ehloName);
  if (envelopeFrom !== undefined && account.allowFromOverride) return full(envelopeFrom);
  if (readEnvelopeFrom && account.allowFromOverride && author !== undefined) return full(author);
  const from = account.from ?? envelopeFrom ?? author;
  if (from !== undefined) return full(from);
  throw new ExitError(
    EX.CONFIG,
    `no sender: the mail has no From, -f is not given, and account ${account.name} (${account.file}) has no "from ADDRESS"`,
  );
}
