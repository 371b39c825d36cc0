// An account as a configuration makes it.
import assert from 'node:assert/strict';
import { type Account, accountOf } from '../../shim/config/account.ts';
import { buildAccounts } from '../../shim/config/accounts.ts';
import { lexConfig } from '../../shim/config/lex.ts';
import { diagnostic } from '../../shim/messages/catalogue.ts';

/** Of the text of a configuration file, which must be in order; the first of its accounts. */
export function accountFrom(text: string): Account {
  const { accounts, problems } = buildAccounts(lexConfig('rc', text).lines, () => ({
    problem: diagnostic('eval.no-directive'),
  }));
  assert.deepEqual(problems, []);
  return accountOf(accounts[0]!, new Map(), undefined);
}
