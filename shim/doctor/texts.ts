// The doctor's words, area by area, under the ids that `--json` gives.

import { localTexts } from './texts.local.ts';
import { networkTexts } from './texts.network.ts';
import { relayTexts } from './texts.relay.ts';
import { sessionTexts } from './texts.session.ts';
import { startedTexts } from './texts.started.ts';

export const texts = { ...startedTexts, ...localTexts, ...relayTexts, ...sessionTexts, ...networkTexts } as const;

export type LinkTexts = typeof texts;
export type LinkId = keyof LinkTexts;
