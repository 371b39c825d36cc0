// Every message of the shim, by its id. What causes it and what to do about it: scripts/docs/troubles.*.ts, for the docs.

import type { Diagnostic } from '../exit.ts';
import { commandLineMessages } from './command-line.ts';
import { commandMessages } from './commands.ts';
import type { Definition } from './define.ts';
import { setupMessages } from './setup.ts';

export const catalogue = { ...commandLineMessages, ...commandMessages, ...setupMessages } as const;

export type DiagnosticId = keyof typeof catalogue;
type ArgsOf<K extends DiagnosticId> = (typeof catalogue)[K] extends Definition<infer A> ? A : never;

/** @example throw new ExitError(diagnostic('option.unknown', { option: '-x', word: '-xt' })) */
export function diagnostic<K extends DiagnosticId>(
  id: K,
  ...args: Record<never, never> extends ArgsOf<K> ? [] : [ArgsOf<K>]
): Diagnostic {
  const { text, code } = catalogue[id] as Definition<object>;
  return { id, text: text(args[0] ?? {}), ...(code === undefined ? {} : { code }) };
}
