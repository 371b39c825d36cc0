// Findings of the area: spf.
import { define } from './define.ts';

export const spfFindings = {} as const;
void define;
