// Findings of the area: host.
import { define } from './define.ts';

export const hostFindings = {} as const;
void define;
