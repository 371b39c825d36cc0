// Findings of the area: dmarc.
import { define } from './define.ts';

export const dmarcFindings = {} as const;
void define;
