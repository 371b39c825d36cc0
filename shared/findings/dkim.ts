// Findings of the area: dkim. Those of published keys and those of a message's signatures.
import { dkimKeyFindings } from './dkim.key.ts';
import { dkimMessageFindings } from './dkim.message.ts';

export const dkimFindings = { ...dkimKeyFindings, ...dkimMessageFindings } as const;
