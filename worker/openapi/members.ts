// Members that the facts of several sections have.
import * as z from 'zod/mini';
import { said } from './component.ts';

export const text = z.string();
export const texts = z.array(text);
export const count = z.int().check(z.gte(0));
export const known = z.nullable(z.boolean());
export const ttl = said('Seconds that the answers hold; 0 where one is missing.', count);
export const unknown = said('Questions that got no answer.', z.array(z.object({ name: text, detail: text })));
export const problems = said('What is wrong with it, by stable ids.', z.array(z.object({ id: text, detail: text })));
export const problemOf = (...ids: [string, ...string[]]) => z.nullable(z.enum(ids));
export const misplaced = said(
  'A record at a name where nobody looks for it; only looked for where the right place has none.',
  z.optional(z.object({ name: text, text })),
);
