// The texts of the doctor under the ids that `--json` gives; each is in the file of the check that finds it.

import { textOf } from '../../shared/findings/catalog.ts';
import type { Language } from '../../shared/findings/define.ts';
import { defined } from '../defined.ts';
import { certificateTexts } from './certificate.ts';
import { configurationTexts } from './configuration.ts';
import { dnsTexts } from './dns.ts';
import { guardTexts } from './guards.ts';
import { phpTexts } from './php.ts';
import { programTexts } from './program.ts';
import { relayTexts } from './relay.ts';
import { type Definition, type Explanation, explained, type LinkResult, type Result } from './result.ts';
import { sendTexts } from './send.ts';
import { sessionTexts } from './session.ts';
import { spoolTexts } from './spool.ts';

export const texts = {
  ...programTexts,
  ...configurationTexts,
  ...phpTexts,
  ...guardTexts,
  ...spoolTexts,
  ...relayTexts,
  ...certificateTexts,
  ...sessionTexts,
  ...dnsTexts,
  ...sendTexts,
} as const;

/** The rows by id; each result was made by `resultsOf` with the arguments of its row. */
export const rows = texts as unknown as Readonly<Record<string, Definition<LinkResult['args']>>>;

/** In the language where it is translated, else in English. */
export function explain(result: Result, lang: Language): Explanation {
  if ('finding' in result) {
    const { title, detail, fix, record } = textOf(result.finding, lang);
    const remedy = record === undefined ? fix : `${record.name} ${record.type} ${record.value}`;
    return { text: title, ...defined({ cause: detail || undefined, remedy }) };
  }
  return explained(rows[result.id]!, result.args, lang);
}
