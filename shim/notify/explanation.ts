// The form of an explanation: what a refusal means for the owner of a shop, and what to do about it.

import type { FindingId } from '../../shared/findings/catalog.ts';

export interface Explanation {
  means: string;
  advice: string;
}
export type Lang = 'en' | 'ru';

export interface Texts extends Record<Lang, Explanation> {
  /** Findings of the check that name the cause in the sender's own DNS or mail. */
  findings?: readonly FindingId[];
  /** Page of docs/ that has more. */
  page?: string;
}

/** How readers' complaints are counted, and where the rate is shown. */
export const SPAM_RATE = 'message.md#what-no-mail-shows-the-spam-rate';
