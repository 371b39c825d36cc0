// The form of a row of the catalogue: what the shim prints when something is wrong.

import type { ExitCode } from '../exit.ts';

export interface Definition<A> {
  /** Arguments as they occur; the docs show the text with each. */
  readonly examples: readonly A[];
  readonly text: (args: A) => string;
  /** How a run ends that fails for this alone; none for what is only a note, or where the place decides. */
  readonly code?: ExitCode;
}

/**
 * A message with arguments; `examples` has one for each form that the text takes.
 * @example define([{ option: '-x' }], ({ option }) => `option ${option} takes no argument`, EX.USAGE)
 */
export function define<A extends object>(
  examples: readonly [A, ...A[]],
  text: (args: A) => string,
  code?: ExitCode,
): Definition<A> {
  return { examples, text, ...(code === undefined ? {} : { code }) };
}

/** A message that is always the same. */
export function fixed(text: string, code?: ExitCode): Definition<Record<never, never>> {
  return { examples: [{}], text: () => text, ...(code === undefined ? {} : { code }) };
}
