// The SPF record as a tree: every term in plain words, with its DNS lookups (RFC 7208 section 4.6.4).
import { html } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import type { InspectedRecord, InspectedTerm, SpfInspection } from '../../shared/spf/inspect.ts';
import type { SpfOutcome } from '../../shared/spf/types.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import type { Html } from './page.shell.ts';
import { treeWords } from './tree.words.ts';

/** Nested records that are drawn; deeper ones are counted by the include above them. */
const MAX_DEPTH = 12;
/** Terms drawn of one record. */
const MAX_TERMS = 60;

/** The section on SPF, '' where there is no single record. */
export function spfSection(
  { inspection, outcomes }: { inspection: SpfInspection; outcomes: readonly SpfOutcome[] },
  language: Language,
): Html | string {
  const { root, worstCase, exceeded } = inspection;
  if (root.text === null) return '';
  const words = treeWords[language];
  const { lookups, lookupLimit } = worstCase;
  const tone = lookups > lookupLimit ? 'bad' : lookups > lookupLimit - 2 ? 'fair' : 'good';
  const drawing: Drawing = { language, outcomes, limit: exceeded.lookups };
  return html`<section aria-labelledby="spf"><h2 id="spf">${words.title}</h2><div class="panel">
<div class="meter ${tone}">${meter(lookups, lookupLimit)}<span>${words.lookups(lookups, lookupLimit)}</span></div>
<ul class="tree"><li><span class="term"><code>${toUnicode(root.domain)}</code></span>${terms(root, drawing, { depth: 0, within: false })}</li></ul></div></section>`;
}

interface Drawing {
  language: Language;
  outcomes: readonly SpfOutcome[];
  limit: SpfInspection['exceeded']['lookups'];
}

/** One bar for every lookup that is allowed, and for those over the limit. */
function meter(used: number, limit: number): Html {
  const bars = Array.from({ length: Math.min(Math.max(used, limit), 2 * limit) }, (_, index) => index);
  return html`<svg viewBox="0 0 ${bars.length * 13 - 3} 12" width="${bars.length * 13 - 3}" height="12" aria-hidden="true" focusable="false">${bars.map(
    (index) =>
      html`<rect class="${index < used ? 'used' : 'free'}" x="${index * 13}" width="10" height="12" rx="2.5"/>`,
  )}</svg>`;
}

/** The place of a record in the tree: its depth, and whether it is below an include. */
interface Place {
  depth: number;
  within: boolean;
}

function terms(record: InspectedRecord, drawing: Drawing, place: Place): Html {
  const words = treeWords[drawing.language];
  const more = record.omitted + Math.max(0, record.terms.length - MAX_TERMS);
  return html`<ul>${record.terms.slice(0, MAX_TERMS).map((term) => termItem(record, term, drawing, place))}${more > 0 ? html`<li class="soft small">${words.more(more)}</li>` : ''}</ul>`;
}

function termItem(record: InspectedRecord, term: InspectedTerm, drawing: Drawing, { depth, within }: Place): Html {
  const words = treeWords[drawing.language];
  const matched = drawing.outcomes
    .filter(({ match }) => match !== null && match.domain === record.domain && match.at === term.at)
    .map(({ ip }) => ip);
  const here = drawing.limit?.domain === record.domain && drawing.limit.at === term.at;
  const below = term.record;
  const trouble = below === undefined || below.status === 'record' ? undefined : words.status[below.status];
  const line = html`<span class="term"><code>${term.text}</code><span class="soft small">${words.meaning(term, within)}</span>${
    term.lookups > 0 ? html`<span class="tag grey">${words.cost(term.lookups)}</span>` : ''
  }${matched.length > 0 ? html`<span class="tag ${/^[-~?]/.test(term.text) ? 'bad' : 'good'}">${words.matches(matched.join(', '))}</span>` : ''}${
    trouble === undefined ? '' : html`<span class="tag bad">${trouble}</span>`
  }${term.void === true ? html`<span class="tag fair">${words.void}</span>` : ''}${here ? html`<span class="tag bad">${words.overLimit}</span>` : ''}</span>`;
  const deeper = below !== undefined && below.terms.length > 0 && depth < MAX_DEPTH;
  return html`<li>${deeper ? html`<details open><summary>${line}</summary>${terms(below, drawing, { depth: depth + 1, within: within || term.name === 'include' })}</details>` : line}</li>`;
}
