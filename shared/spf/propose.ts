// The one record to publish instead of a domain's own: everything mended that its inspection found; pure (RFC 7208).
import { correctedSpf, joinedSpf, mergeSpf } from './correct.ts';
import type { SpfInspection } from './inspect.ts';
import { mendedSpf, partedText } from './lint.ts';
import { parseSpfRecord } from './parse.ts';
import { openTerm } from './reach.ts';

/**
 * The record that mends everything, so that whichever finding is followed, all are settled.
 * @param ips addresses that send the domain's mail
 * @param unauthorised of these the ones that the record does not let send
 * @returns the text; '' where the domain has no record, what it was meant as cannot be told, or nothing would be left of it
 */
export function proposedSpf(
  { domain, status, texts, stringLengths, broken, root, worstCase }: SpfInspection,
  ips: readonly string[],
  unauthorised: readonly string[],
): string {
  const [text] = texts;
  if (text === undefined || status === 'none' || status === 'unknown') return '';
  if (status === 'several') return mergeSpf(joinedSpf(texts), { ips });
  if (status === 'invalid') {
    const corrected = correctedSpf(partedText(text, stringLengths));
    return corrected === undefined ? '' : mergeSpf(corrected, { ips });
  }
  const parsed = parseSpfRecord(partedText(text, stringLengths));
  const open = openTerm(root);
  const own = broken.filter((one) => one.domain === domain).map(({ term }) => term);
  const without = new Set([...own.filter(isMeant), ...nowhereTerms(root, worstCase), ...(open?.vias ?? [])]);
  // Whoever sent by the term that lets everyone send may have to be named yet: till then nobody is refused for it.
  if (open !== undefined) for (const term of parsed.terms) if (/^[+\-~?]?all$/i.test(term.text)) without.add(term.text);
  const mended = mergeSpf(mendedSpf(parsed, without), { ips: open === undefined ? unauthorised : ips });
  return without.size > 0 && open === undefined && /^v=spf1 [+\-~?]?all\b/i.test(mended) ? '' : mended;
}

/** True for a term that mending leaves as it is: what was only written wrong has to be mended, not taken out. */
export function isMeant(term: string): boolean {
  return correctedSpf(`v=spf1 ${term}`)?.split(' ')[1] === term;
}

/** The record's own terms that find nothing, where there are too many of them. */
export function nowhereTerms(
  root: SpfInspection['root'],
  { voidLookups, voidLimit }: SpfInspection['worstCase'],
): string[] {
  return voidLookups > voidLimit ? root.terms.filter((term) => term.void === true).map(({ text }) => text) : [];
}
