// Findings of the area: dkim.
import { define } from './define.ts';

export const dkimFindings = {} as const;
void define;
