// What a refusal means for the owner of a shop, and what to do about it, in English and Russian.

import type { Texts } from './explanation.ts';
import { authenticationExplanations } from './explanations.authentication.ts';
import { formExplanations } from './explanations.form.ts';
import { recipientExplanations } from './explanations.recipient.ts';
import { reputationExplanations } from './explanations.reputation.ts';

export type { Explanation, Lang } from './explanation.ts';

export const EXPLANATIONS = {
  ...recipientExplanations,
  ...authenticationExplanations,
  ...reputationExplanations,
  ...formExplanations,
} as const;

export type Cause = keyof typeof EXPLANATIONS;

/** Where there is more about it: for the docs. */
export function furtherOf(cause: Cause): Pick<Texts, 'findings' | 'page'> {
  const texts: Texts = EXPLANATIONS[cause];
  return texts;
}
