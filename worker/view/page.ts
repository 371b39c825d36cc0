// The report as a page for somebody who knows nothing of DNS: the score, what to do, and behind it the proof.
import { html, raw } from 'hono/html';
import type { DomainFacts } from '../../shared/check/sections.ts';
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, type Finding, textOf } from '../../shared/findings/catalog.ts';
import type { Language } from '../../shared/findings/define.ts';
import { deductions } from '../../shared/findings/score.ts';
import { recordLine } from '../../shared/report/text.ts';
import { words } from '../../shared/report/words.ts';
import type { InspectedRecord } from '../../shared/spf/inspect.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { badgeOf } from './badge.ts';
import { SCRIPT, STYLE } from './page.style.ts';
import { pageWords } from './page.words.ts';

type Html = ReturnType<typeof html>;

const TONES = { green: 'good', yellowgreen: 'fair', orange: 'fair', red: 'bad', grey: 'grey' } as const;
/** Records of an SPF tree below one another that are drawn; deeper ones are summed up by their include. */
const MAX_DEPTH = 6;

/** The page of a report. `query` is kept for the link to the other language and to the JSON. */
export function reportPage(report: Report<DomainFacts>, language: Language, query: URLSearchParams): Html {
  const said = pageWords[language];
  const domain = report.subject.domain ?? '';
  const name = toUnicode(domain);
  const { value, low, coverage } = report.score;
  const costs = deductions(report.findings);
  const todo = report.findings.filter((found) => definitionOf(found).points > 0);
  const rest = (severity: string) => report.findings.filter((found) => definitionOf(found).severity === severity);
  const card = (found: Finding) => findingCard(found, costs[report.findings.indexOf(found)] ?? 0, language);
  const section = (title: string, findings: readonly Finding[]) =>
    findings.length === 0 ? '' : html`<h2>${title}</h2><ul class="plain">${findings.map(card)}</ul>`;
  const api = new URLSearchParams(query);
  api.delete('lang');
  return document(
    said.title(name),
    language,
    `/report/${encodeURIComponent(domain)}`,
    query,
    html`<h1>${said.title(name)}</h1>
<p class="score"><b class="${TONES[badgeOf(report.score).colour]}">${figure(value)}</b> <span>${said.ofTen}</span>${coverage < 1 && low < value ? html` <span class="soft">${said.atLeast(figure(low))}</span>` : ''}</p>
<p class="soft">${said.checked(`${report.checkedAt.slice(0, 16).replace('T', ' ')} UTC`)}${report.subject.ips.length > 0 ? html` · ${report.subject.ips.join(', ')}` : ''}</p>
<h2>${todo.length === 0 ? words[language].allGood : words[language].todo}</h2>
<ol class="todo">${todo.map(card)}</ol>
${section(words[language].unknown, rest('unknown'))}
${alignmentPicture(report, language)}
${spfSection(report.facts.spf?.inspection.root, report.facts.spf?.inspection.worstCase, language)}
${section(words[language].advice, rest('notice'))}
${section(words[language].facts, rest('info'))}
<p><a href="/v1/check/${encodeURIComponent(domain)}${api.size > 0 ? `?${api}` : ''}">${said.api}</a></p>`,
  );
}

/** The start page: one field that matters, and one for those who know. */
export function startPage(language: Language): Html {
  const said = pageWords[language];
  return document(
    said.start,
    language,
    '/',
    new URLSearchParams(),
    html`<h1>${said.start}</h1><p>${said.intro}</p>
<form action="/report" method="get">
<label><span>${said.domain}</span><input name="domain" required autocomplete="off" autocapitalize="none" spellcheck="false" placeholder="shop.example"></label>
<label><span>${said.ip} <span class="soft">(${said.ipHint})</span></span><input name="ip" autocomplete="off" placeholder="203.0.113.25"></label>
<input type="hidden" name="lang" value="${language}">
<button>${said.check}</button>
</form>`,
  );
}

function document(title: string, language: Language, path: string, query: URLSearchParams, body: Html): Html {
  const said = pageWords[language];
  const other = language === 'en' ? 'ru' : 'en';
  const switched = new URLSearchParams(query);
  switched.set('lang', other);
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${title}</title><style>${raw(STYLE)}</style></head>
<body><header><a href="/?lang=${language}">mailshim</a><a href="${path}?${switched.toString()}" lang="${other}" hreflang="${other}">${said.otherLanguage}</a></header>
<main>${body}</main><script>${raw(SCRIPT)}</script></body></html>
`;
}

function findingCard(found: Finding, cost: number, language: Language): Html {
  const said = pageWords[language];
  const { title, detail, fix, record } = textOf(found, language);
  const { points, source } = definitionOf(found);
  const line = record === undefined ? undefined : recordLine(record);
  return html`<li class="card"><h3>${title}</h3>${points > 0 ? html`<p class="wins">${cost > 0 ? said.wins(figure(cost)) : said.partOf}</p>` : ''}
${fix === undefined ? html`<p>${detail}</p>` : html`<p>${paragraphs(fix)}</p>`}
${line === undefined ? '' : html`<div class="record"><code>${line}</code><button type="button" hidden data-copy="${record!.value}" data-done="${said.copied}">${said.copy}</button></div>`}
${fix === undefined ? '' : html`<details><summary>${said.proof}</summary><p>${detail}</p><p class="soft">${found.id} · ${source}</p></details>`}</li>`;
}

/** Lines of a policy file stay lines. */
function paragraphs(text: string): Html | string {
  const [first, ...lines] = text.split('\n');
  return lines.length === 0 ? text : html`${first}<br>${lines.map((line) => html`${line}<br>`)}`;
}

function spfSection(
  root: InspectedRecord | undefined,
  counts: { lookups: number; lookupLimit: number } | undefined,
  language: Language,
): Html | string {
  if (root?.text == null || counts === undefined) return '';
  const said = pageWords[language];
  return html`<h2>${said.spfTree}</h2><details open><summary>${said.lookups(counts.lookups, counts.lookupLimit)}</summary>${spfTree(root, 0)}</details>`;
}

function spfTree(record: InspectedRecord, depth: number): Html {
  return html`<ul class="tree"><li><code>${toUnicode(record.domain)}</code>${record.terms.map(
    (term) =>
      html`<ul><li><code>${term.text}</code>${term.lookups > 0 ? html` <span class="soft">${term.lookups}</span>` : ''}${term.record !== undefined && depth < MAX_DEPTH ? spfTree(term.record, depth + 1) : ''}</li></ul>`,
  )}</li></ul>`;
}

/** Three boxes and two lines: the From domain, SPF and DKIM; words beside the colours, since not everybody sees those. */
function alignmentPicture({ subject, facts }: Report<DomainFacts>, language: Language): Html | string {
  if (facts.spf === undefined || facts.dkim === undefined) return '';
  const said = pageWords[language];
  const { outcomes } = facts.spf;
  const spf =
    outcomes.length === 0 || outcomes.some(({ unknown }) => unknown)
      ? 'unknown'
      : outcomes.every(({ result }) => result === 'pass')
        ? 'yes'
        : 'no';
  const usable = facts.dkim.keys.some(({ status }) => status === 'ok');
  const absent =
    facts.dkim.discovery === undefined ? facts.dkim.keys.length > 0 : facts.dkim.discovery.verdict === 'absent';
  const dkim = usable ? 'yes' : absent ? 'no' : 'unknown';
  const from = toUnicode(subject.domain ?? '');
  const label = `SPF: ${said.aligned[spf]}; DKIM: ${said.aligned[dkim]}`;
  const shownFrom = from.length > 26 ? `${from.slice(0, 25)}…` : from;
  return html`<h2>${said.alignment}</h2><svg viewBox="0 0 560 150" width="100%" role="img" aria-label="${label}">
<rect class="box" x="4" y="50" width="226" height="50" rx="8"/><text x="117" y="80" text-anchor="middle">${said.fromDomain}: ${shownFrom}</text>
<path class="${spf}" d="M230 66 L350 32"/><rect class="box" x="350" y="8" width="206" height="48" rx="8"/><text x="453" y="37" text-anchor="middle">SPF: ${said.aligned[spf]}</text>
<path class="${dkim}" d="M230 84 L350 118"/><rect class="box" x="350" y="94" width="206" height="48" rx="8"/><text x="453" y="123" text-anchor="middle">DKIM: ${said.aligned[dkim]}</text></svg>`;
}

function figure(value: number): string {
  return String(Math.round(value * 100) / 100);
}
