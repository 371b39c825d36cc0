// One finding on the page: what to do, the record to copy, and folded behind it the proof.
import { html } from 'hono/html';
import type { TracedQuery } from '../../shared/dns/budget.ts';
import { definitionOf, type Finding, textOf } from '../../shared/findings/catalog.ts';
import type { DnsRecord, Language } from '../../shared/findings/define.ts';
import { recordLine } from '../../shared/report/text.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { type Html, icon, type Sign } from './page.shell.ts';
import { pageWords } from './page.words.ts';

/** DNS questions shown with one finding; all of them stand at the end of the page. */
const MAX_QUESTIONS = 6;

export interface Shown {
  found: Finding;
  /** Points of ten that it costs by itself. */
  cost: number;
  /** Of the element, for links to it. */
  anchor: string;
  /** The step that has the same record already, counted from 1. */
  sameAs?: number;
  /** Of the whole check. */
  trace: readonly TracedQuery[];
}

/** A card of the list of what to do. */
export function stepCard({ found, cost, anchor, sameAs, trace }: Shown, language: Language): Html {
  const said = pageWords[language];
  const { title, detail, fix, record } = textOf(found, language);
  const tone = definitionOf(found).severity === 'error' ? 'bad' : 'fair';
  return html`<li class="step panel" id="${anchor}"><header><h3>${title}</h3><span class="tag ${tone}">${cost > 0 ? said.wins(cost) : said.partOf}</span></header>
<p>${fix === undefined ? detail : lines(fix)}</p>
${sameAs !== undefined ? html`<p>${said.sameRecord(sameAs)}</p>` : record === undefined ? '' : recordCard(record, language)}
${proof(found, fix === undefined ? undefined : detail, trace, language)}</li>`;
}

/** A row of a list that folds out. */
export function findingRow({ found, anchor, trace }: Shown, sign: Sign, language: Language): Html {
  const { title, detail, fix, record } = textOf(found, language);
  return html`<li id="${anchor}"><details><summary><span class="mark ${sign === 'info' ? 'grey' : sign}">${icon(sign)}</span>${title}</summary><div class="body"><p>${detail}</p>${fix === undefined ? '' : html`<p>${lines(fix)}</p>`}${record === undefined ? '' : recordCard(record, language)}${evidence(found, trace, language)}</div></details></li>`;
}

/** A record as the panels of DNS providers ask for it: name, type and value each in a field. */
function recordCard({ name, type, value }: DnsRecord, language: Language): Html {
  const said = pageWords[language];
  const copy = (text: string, label: string) =>
    html`<button type="button" hidden aria-label="${label}" data-copy="${text}" data-done="${said.copied}" data-failed="${said.select}">${said.copy}</button>`;
  return html`<figure class="record"><figcaption>${type === 'PTR' ? said.recordWherePtr : said.recordWhere}</figcaption><dl>
<div><dt>${said.recordType}</dt><dd><code>${type}</code></dd></div>
<div><dt>${said.recordName}</dt><dd><code>${name}</code>${copy(name, said.copyName(name))}</dd></div>
<div><dt>${said.recordValue}</dt><dd><code>${value}</code>${copy(value, said.copyValue(name))}</dd></div></dl></figure>`;
}

function proof(found: Finding, detail: string | undefined, trace: readonly TracedQuery[], language: Language): Html {
  return html`<details><summary>${pageWords[language].proof}</summary><div class="proof">${detail === undefined ? '' : html`<p>${detail}</p>`}${evidence(found, trace, language)}</div></details>`;
}

/** The questions to DNS that are about the names of the finding, and where its rule is written. */
function evidence(found: Finding, trace: readonly TracedQuery[], language: Language): Html {
  const said = pageWords[language];
  const names = new Set(
    Object.values(found.args)
      .flat()
      .filter((value) => typeof value === 'string')
      .map((name) => name.toLowerCase()),
  );
  const { record } = textOf(found, language);
  if (record !== undefined) names.add(record.name);
  const asked = trace.filter(({ name }) => names.has(name)).slice(0, MAX_QUESTIONS);
  return html`${record === undefined ? '' : html`<p class="soft small">${said.zoneLine}</p><p class="small"><code>${recordLine(record)}</code></p>`}${asked.length === 0 ? '' : html`<p class="soft small">${said.proofAsked}</p><ul class="small">${asked.map((query) => html`<li><code>${query.type} ${toUnicode(query.name)}</code> — ${outcomeText(query, language)}</li>`)}</ul>`}<p class="soft small">${sourceLinks(definitionOf(found).source)} · <code>${found.id}</code></p>`;
}

export function outcomeText({ outcome }: TracedQuery, language: Language): string {
  const { answered } = pageWords[language];
  if (outcome === 'ok' || outcome === 'nodata' || outcome === 'nxdomain') return answered[outcome];
  return `${answered.none} (${outcome})`;
}

/** "RFC 7208 section 2.6; Gmail 5.7.27" with its RFCs as links to their sections. */
export function sourceLinks(source: string): Html {
  const parts = source.split(/(RFC \d+(?: (?:section|appendix) [A-Z\d]+(?:\.\d+)*)?)/);
  return html`${parts.map((part) => {
    const match = /^RFC (\d+)(?: (section|appendix) (\S+))?$/.exec(part);
    if (match === null) return part;
    const place = match[2] === undefined ? '' : `#${match[2]}-${match[3]}`;
    return html`<a href="https://www.rfc-editor.org/rfc/rfc${match[1]!}${place}" rel="noreferrer">${part}</a>`;
  })}`;
}

/** Lines of a policy file stay lines. */
function lines(text: string): Html | string {
  const [first, ...rest] = text.split('\n');
  return rest.length === 0 ? text : html`${first}${rest.map((line) => html`<br>${line}`)}`;
}
