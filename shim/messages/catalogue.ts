// Every message of the shim, by its id. What causes it and what to do about it: scripts/docs/troubles.*.ts, for the docs.

import type { Diagnostic } from '../exit.ts';
import { commandLineMessages } from './command-line.ts';
import { commandMessages } from './commands.ts';
import { configurationMessages } from './configuration.ts';
import type { Definition } from './define.ts';
import { mailMessages } from './mail.ts';
import { relayMessages } from './relay.ts';
import { setupMessages } from './setup.ts';

export const catalogue = {
  ...commandLineMessages,
  ...configurationMessages,
  ...mailMessages,
  ...relayMessages,
  ...commandMessages,
  ...setupMessages,
} as const;

export type DiagnosticId = keyof typeof catalogue;
type ArgsOf<K extends DiagnosticId> = (typeof catalogue)[K] extends Definition<infer A> ? A : never;
/** What follows the id. */
export type Arguments<K extends DiagnosticId> =
  Record<never, never> extends ArgsOf<K> ? [args?: ArgsOf<K>] : [args: ArgsOf<K>];

/** @example throw new ExitError(diagnostic('option.unknown', { option: '-x', word: '-xt' })) */
export function diagnostic<K extends DiagnosticId>(id: K, ...args: Arguments<K>): Diagnostic {
  // A row's own type of arguments is what `Arguments` asked for.
  const { text, code } = catalogue[id] as Definition<object>;
  return { id, text: text(args[0] ?? {}), ...(code === undefined ? {} : { code }) };
}
