// The command lines and messages of docs/compatibility.md, as data.

import type { CompatCase } from './case.ts';
import { bodyCases } from './cases.body.ts';
import { flagCases } from './cases.flags.ts';
import { headerCases } from './cases.headers.ts';

export const cases: readonly CompatCase[] = [...flagCases, ...headerCases, ...bodyCases];
