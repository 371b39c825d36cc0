// The section of DKIM: the keys of the selectors that are given or found (RFC 6376).
import { discoverSelectors } from '../dkim/discover.ts';
import { inspectDkimKey } from '../dkim/inspect.ts';
import { recordsOf } from '../dns/types.ts';
import { dkimDiscoveryFindings, dkimKeysFindings } from '../findings/dkim.rules.ts';
import type { ScoredPart } from '../findings/score.ts';
import { inspectSpf } from '../spf/inspect.ts';
import { readRecord } from '../spf/record.ts';
import type { Asking, Section, SectionRequest } from './section.ts';

/** Selectors tried if none is given: what the rest of a whole check leaves of its questions. */
const SELECTORS_TRIED = 8;

export async function dkimSection({ domain, selectors = [] }: SectionRequest, budget: Asking): Promise<Section> {
  const resolver = budget.at(selectors.length > 0 ? 0 : 1);
  const part = (known: boolean): ScoredPart => ({ part: 'dkim', weight: 2, known });
  if (selectors.length > 0) {
    const keys = await Promise.all(selectors.map((selector) => inspectDkimKey(domain, selector, resolver)));
    return {
      facts: { dkim: { keys } },
      findings: dkimKeysFindings(keys),
      parts: [part(keys.every(({ status }) => status !== 'unknown'))],
    };
  }
  const [mx, txt] = await Promise.all([resolver.query(domain, 'MX'), resolver.query(domain, 'TXT')]);
  const mxHosts = recordsOf(mx).map(({ exchange }) => exchange);
  const record = readRecord(txt);
  const terms = record.kind === 'record' ? record.record.terms.map(({ text }) => text) : [];
  const limits = { selectors: SELECTORS_TRIED };
  let discovery = await discoverSelectors({ domain, mxHosts, spfTerms: terms }, resolver, limits);
  if (discovery.verdict === 'not-found') {
    // Records behind the domain's own may tell of more providers; by now they are there, and most selectors were asked.
    const { targets } = await inspectSpf(domain, resolver);
    discovery = await discoverSelectors({ domain, mxHosts, spfTerms: [...terms, ...targets] }, resolver, limits);
  }
  // A key that only guesses did not find is not known to be missing.
  const known = discovery.verdict === 'found' || discovery.verdict === 'absent';
  return {
    facts: { dkim: { keys: discovery.keys, discovery } },
    findings: dkimDiscoveryFindings(discovery),
    parts: [part(known)],
  };
}
