// One finding on the page: what to do, the record to copy, and its evidence.
import { html } from 'hono/html';
import type { TracedQuery } from '../../shared/dns/budget.ts';
import type { RecordType } from '../../shared/dns/types.ts';
import { definitionOf, type Finding, textOf } from '../../shared/findings/catalog.ts';
import type { Area, DnsRecord, Language } from '../../shared/findings/define.ts';
import { readableText } from '../../shared/report/rendered.ts';
import { recordLine } from '../../shared/report/text.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { type Html, icon, type Sign } from './page.shell.ts';
import { pageWords } from './page.words.ts';

export interface Shown {
  found: Finding;
  /** Points of ten that it takes off. */
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
  const words = pageWords[language];
  const { title, detail, fix, record } = readableText(found, language);
  const tone = definitionOf(found).severity === 'error' ? 'bad' : 'fair';
  // No record wins points for a domain that does not exist.
  const won = found.id === 'check.no-such-domain' ? '' : cost > 0 ? words.wins(cost) : words.partOf;
  return html`<li class="step panel" id="${anchor}"><header><h3>${title}</h3>${won === '' ? '' : html`<span class="tag ${tone}">${won}</span>`}</header>
${fix === undefined ? html`<p>${detail}</p>` : advice(found, fix, language)}
${sameAs !== undefined ? html`<p>${words.sameRecord(sameAs)}</p>` : record === undefined ? '' : recordCard(record, language)}
${proof(found, fix === undefined ? undefined : detail, trace, language)}</li>`;
}

/** A row of a list that folds out. */
export function findingRow({ found, anchor, trace }: Shown, sign: Sign, language: Language): Html {
  const { title, detail, fix, record } = readableText(found, language);
  return html`<li id="${anchor}"><details><summary><span class="mark ${sign === 'info' ? 'grey' : sign}">${icon(sign)}</span>${title}</summary><div class="body"><p>${detail}</p>${fix === undefined ? '' : advice(found, fix, language)}${record === undefined ? '' : recordCard(record, language)}${evidence(found, trace, language)}</div></details></li>`;
}

/** A record with the fields of DNS providers' panels: name, type and value. */
export function recordCard({ name, type, value }: DnsRecord, language: Language): Html {
  const words = pageWords[language];
  return html`<figure class="record"><figcaption>${type === 'PTR' ? words.recordWherePtr : words.recordWhere}</figcaption><dl>
<div><dt>${words.recordType}</dt><dd><code>${type}</code></dd></div>
<div><dt>${words.recordName}</dt><dd><code>${name}</code>${copyButton(name, words.copyName(name), language)}</dd></div>
<div><dt>${words.recordValue}</dt><dd><code>${value}</code>${copyButton(value, words.copyValue(name), language)}</dd></div></dl></figure>`;
}

function proof(found: Finding, detail: string | undefined, trace: readonly TracedQuery[], language: Language): Html {
  return html`<details><summary>${pageWords[language].proof}</summary><div class="proof">${detail === undefined ? '' : html`<p>${detail}</p>`}${evidence(found, trace, language)}</div></details>`;
}

/** What to do; a file to publish among the arguments is shown separately, to be copied whole. */
function advice(found: Finding, fix: string, language: Language): Html {
  const words = pageWords[language];
  const file = Object.values<unknown>(found.args).find(
    (value): value is string => typeof value === 'string' && value.includes('\n') && fix.includes(value),
  );
  if (file === undefined) return html`<p>${fix}</p>`;
  const [before = '', after = ''] = fix.split(file);
  return html`<p>${before.trim()}</p><figure class="record"><figcaption>${words.file}</figcaption><dl><div><dd><code>${file}</code>${copyButton(file, words.copyFile, language)}</dd></div></dl></figure>${after.trim() === '' ? '' : html`<p>${after.trim()}</p>`}`;
}

/** The script shows it where the clipboard is available; it copies the element before it. */
export function copyButton(text: string, label: string, language: Language): Html {
  const words = pageWords[language];
  return html`<button type="button" hidden aria-label="${label}" data-copy="${text}" data-done="${words.copied}" data-failed="${words.select}">${words.copy}</button>`;
}

/** DNS queries shown with one finding; all are at the end of the page. */
const MAX_QUESTIONS = 6;

/** Types of the queries that are the evidence of each area. */
const TYPES: Partial<Record<Area, readonly RecordType[]>> = {
  spf: ['TXT'],
  dkim: ['TXT', 'CNAME'],
  dmarc: ['TXT'],
  ptr: ['PTR', 'A', 'AAAA'],
  mx: ['MX', 'A', 'AAAA'],
  dnsbl: ['A'],
};

export function evidence(found: Finding, trace: readonly TracedQuery[], language: Language): Html {
  const words = pageWords[language];
  const { record } = textOf(found, language);
  const asked = questionsOf(found, trace).slice(0, MAX_QUESTIONS);
  return html`${
    asked.length === 0
      ? ''
      : html`<p class="soft small">${words.proofAsked}</p><ul class="small">${asked.map((query) => html`<li><code>${query.type} ${toUnicode(query.name)}</code> — ${outcomeText(query, language)}</li>`)}</ul>`
  }${record === undefined ? '' : html`<p class="soft small">${words.zoneLine}</p><p class="small"><code>${recordLine(record)}</code></p>`}<p class="soft small">${sourceLinks(definitionOf(found).source)} · <code>${found.id}</code></p>`;
}

/** The query for the record to publish where there was one, else those about the names in the finding. */
function questionsOf(found: Finding, trace: readonly TracedQuery[]): TracedQuery[] {
  const { record } = textOf(found, 'en');
  const exact = trace.filter(({ name, type }) => name === record?.name && type === record.type);
  if (exact.length > 0) return exact;
  const names = new Set(
    Object.values(found.args)
      .flat()
      .filter((value) => typeof value === 'string')
      .map((value) => value.toLowerCase()),
  );
  const types = TYPES[definitionOf(found).area];
  return trace.filter(({ name, type }) => names.has(name) && (types === undefined || types.includes(type)));
}

export function outcomeText({ outcome }: TracedQuery, language: Language): string {
  const { answered } = pageWords[language];
  if (outcome === 'ok' || outcome === 'nodata' || outcome === 'nxdomain') return answered[outcome];
  return `${answered.none} (${outcome})`;
}

/** "RFC 7208 section 2.6; Gmail 5.7.27" with its RFCs as links to their sections. */
function sourceLinks(source: string): Html {
  const parts = source.split(/(RFC \d+(?: (?:section|appendix) [A-Z\d]+(?:\.\d+)*)?)/);
  return html`${parts.map((part) => {
    const match = /^RFC (\d+)(?: (section|appendix) (\S+))?$/.exec(part);
    if (match === null) return part;
    const place = match[2] === undefined ? '' : `#${match[2]}-${match[3]}`;
    return html`<a href="https://www.rfc-editor.org/rfc/rfc${match[1]!}${place}" rel="noreferrer">${part}</a>`;
  })}`;
}
