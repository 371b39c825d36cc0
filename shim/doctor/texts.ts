// The doctor's words, area by area, under the ids that `--json` gives.

import { localTexts } from './texts.local.ts';
import { mxTexts } from './texts.mx.ts';
import { networkTexts } from './texts.network.ts';
import { phpTexts } from './texts.php.ts';
import { relayTexts } from './texts.relay.ts';
import { sessionTexts } from './texts.session.ts';
import { startedTexts } from './texts.started.ts';

export const texts = {
  ...startedTexts,
  ...localTexts,
  ...phpTexts,
  ...relayTexts,
  ...sessionTexts,
  ...networkTexts,
  ...mxTexts,
} as const;

export type LinkTexts = typeof texts;
export type LinkId = keyof LinkTexts;
