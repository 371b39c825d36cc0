// The proof behind a finding: what was asked in DNS and answered, the record as a line of a zone file, and where the rule is written.
import { html } from 'hono/html';
import type { TracedQuery } from '../../shared/dns/budget.ts';
import type { RecordType } from '../../shared/dns/types.ts';
import { definitionOf, type Finding, textOf } from '../../shared/findings/catalog.ts';
import type { Area, Language } from '../../shared/findings/define.ts';
import { recordLine } from '../../shared/report/text.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import type { Html } from './page.shell.ts';
import { pageWords } from './page.words.ts';

/** DNS questions shown with one finding; all of them stand at the end of the page. */
const MAX_QUESTIONS = 6;

/** What a finding of each area rests on. */
const TYPES: Partial<Record<Area, readonly RecordType[]>> = {
  spf: ['TXT'],
  dkim: ['TXT', 'CNAME'],
  dmarc: ['TXT'],
  ptr: ['PTR', 'A', 'AAAA'],
  mx: ['MX', 'A', 'AAAA'],
  dnsbl: ['A'],
};

export function evidence(found: Finding, trace: readonly TracedQuery[], language: Language): Html {
  const said = pageWords[language];
  const { record } = textOf(found, language);
  const asked = questionsOf(found, trace).slice(0, MAX_QUESTIONS);
  return html`${
    asked.length === 0
      ? ''
      : html`<p class="soft small">${said.proofAsked}</p><ul class="small">${asked.map((query) => html`<li><code>${query.type} ${toUnicode(query.name)}</code> — ${outcomeText(query, language)}</li>`)}</ul>`
  }${record === undefined ? '' : html`<p class="soft small">${said.zoneLine}</p><p class="small"><code>${recordLine(record)}</code></p>`}<p class="soft small">${sourceLinks(definitionOf(found).source)} · <code>${found.id}</code></p>`;
}

/** The question for the record to publish where it was asked, else those about the names in the finding. */
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
