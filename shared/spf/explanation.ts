// What the domain's owner says about a fail: the exp= modifier (RFC 7208 section 6.2).

import type { Evaluated } from './evaluate.ts';
import type { Evaluation } from './evaluation.ts';
import { expandExplanation, parseMacroString } from './macro.ts';
import { macroValues, targetName } from './mechanisms.ts';

/**
 * The expanded explanation of a fail, or null: for any other result, where there is none, and where anything is wrong
 * with it, since RFC 7208 section 6.2 then says to "proceed as if no exp modifier was given". Costs no counted lookup.
 */
export async function explanationOf(evaluation: Evaluation, { result, exp }: Evaluated): Promise<string | null> {
  if (result !== 'fail' || exp === undefined) return null;
  const target = await targetName(evaluation, exp.domain, exp.modifier.value, { singleLabel: true });
  if (target === undefined) return null;
  const answer = await evaluation.ask(target, 'TXT');
  if (answer.kind !== 'ok' || answer.records.length !== 1) return null;
  const read = parseMacroString(answer.records[0]!.join(''), 0, { explanation: true });
  if (!read.ok) return null;
  const text = expandExplanation(read.value, await macroValues(evaluation, exp.domain, read.value));
  // RFC 7208 section 6.2: US-ASCII only; a macro may bring in anything else.
  return /^[\x20-\x7e]*$/.test(text) && text !== '' ? text : null;
}
