// The report as a page for people without knowledge of DNS: the score, what to do, and the evidence.
import { html } from 'hono/html';
import type { DomainFacts } from '../../shared/check/section.ts';
import type { Report } from '../../shared/check/types.ts';
import { definitionOf, textOf } from '../../shared/findings/catalog.ts';
import type { Area, Language } from '../../shared/findings/define.ts';
import { deductions } from '../../shared/findings/score.ts';
import { isWithin, parseDomain, toUnicode } from '../../shared/text/domain.ts';
import { copyButton, findingRow, outcomeText, type Shown, stepCard } from './page.finding.ts';
import { pastSection, type ShownPast } from './page.past.ts';
import { type Html, icon, pageDocument, type Sign } from './page.shell.ts';
import { pageWords } from './page.words.ts';
import { alignmentSection } from './picture.ts';
import { badgeSnippet } from './snippet.ts';
import { spfSection } from './tree.ts';
import { figure, isAbsent, ring, scoreFigure, toneOf, verdictOf } from './verdict.ts';

/** Facts that are neither good nor bad. */
const NEUTRAL: ReadonlySet<string> = new Set([
  'check.assumed-ip',
  'check.no-sending-ip',
  'alignment.sender',
  'dns.dnssec',
  'dns.caa',
]);
const AREAS: readonly Area[] = ['alignment', 'spf', 'dkim', 'dmarc', 'ptr', 'mx', 'dnsbl', 'tls', 'dns', 'message'];

/**
 * The page of a report. `query` is for the links to the other language and to the JSON; `origin`, as in
 * "https://mail.example", is for the snippet for other pages; `past` is that of a watched domain.
 */
export function reportPage(
  report: Report<DomainFacts>,
  language: Language,
  { query, origin, past }: { query: URLSearchParams; origin: string; past?: ShownPast | undefined },
): Html {
  const words = pageWords[language];
  const domain = report.subject.domain ?? '';
  const name = toUnicode(domain);
  const shown = shownFindings(report);
  const absent = isAbsent(report);
  const ofSeverity = (severity: string) => shown.filter(({ found }) => definitionOf(found).severity === severity);
  const todo = steps(shown, language);
  const others = (severity: string) => ofSeverity(severity).filter(({ found }) => definitionOf(found).points === 0);
  const list = (title: string, sign: Sign, rows: readonly Shown[]) =>
    rows.length === 0
      ? ''
      : html`<section><h2>${title}</h2><ul class="list">${rows.map((row) => findingRow(row, sign === 'good' && NEUTRAL.has(row.found.id) ? 'info' : sign, language))}</ul></section>`;
  const api = new URLSearchParams(query);
  api.delete('lang');
  api.delete('typed');
  const asked = api.size > 0 ? `?${api}` : '';
  return pageDocument(
    {
      title: `${name}: ${words.scoreLabel(figure(report.score.value, language))}`,
      language,
      path: `/report/${encodeURIComponent(domain)}`,
      query,
      footer: html`<a href="/v1/check/${encodeURIComponent(domain)}${asked}">${words.api}</a>`,
    },
    html`${checkedAboveNote(query.get('typed'), domain, language)}${hero(report, name, language)}
${partsList(shown, language)}
<section aria-labelledby="todo"><h2 id="todo">${todo.length === 0 ? words.nothingToDo : words.todo}</h2>
${todo.length === 0 ? html`<p class="soft">${words.nothingToDoText}</p>` : html`<ol class="steps">${todo.map((step) => stepCard(step, language))}</ol>`}</section>
${list(words.unknown, 'grey', ofSeverity('unknown'))}
${pastSection(past, language)}
${absent ? '' : alignmentSection(report, language)}
${absent || report.facts.spf === undefined ? '' : spfSection(report.facts.spf, language)}
${list(words.advice, 'info', others('notice'))}
${list(words.found, 'good', others('info'))}
${absent ? '' : badgeSection(domain, name, { origin, asked }, language)}
${questions(report, language)}`,
  );
}

/** The findings that cost points, those with the most points first; `sameAs` names an earlier step with the same record. */
export function steps(shown: readonly Shown[], language: Language): Shown[] {
  const records = new Map<string, number>();
  return shown
    .filter(({ found }) => definitionOf(found).points > 0)
    .sort((a, b) => b.cost - a.cost)
    .map((step, index) => {
      const { record } = textOf(step.found, language);
      if (record === undefined) return step;
      const key = `${record.type} ${record.name} ${record.value}`;
      const sameAs = records.get(key);
      if (sameAs !== undefined) return { ...step, sameAs };
      records.set(key, index + 1);
      return step;
    });
}

/** The findings of a report with the points that each takes off. */
export function shownFindings({ findings, queries }: Report): Shown[] {
  const costs = deductions(findings);
  return findings.map((found, index) => ({
    found,
    cost: costs[index] ?? 0,
    anchor: `finding-${index + 1}`,
    trace: queries.trace,
  }));
}

/** A note that the domain above a web host was checked. */
function checkedAboveNote(typed: string | null, domain: string, language: Language): Html | string {
  const parsed = parseDomain(typed ?? '');
  if (!parsed.ok || parsed.name === domain || !isWithin(parsed.name, domain)) return '';
  const words = pageWords[language];
  return html`<p class="soft">${words.elsewhere(toUnicode(parsed.name), toUnicode(domain))} <a href="/report/${parsed.name}?lang=${language}">${words.checkTyped(toUnicode(parsed.name))}</a></p>`;
}

function hero(report: Report<DomainFacts>, name: string, language: Language): Html {
  const words = pageWords[language];
  const { value, low, coverage } = report.score;
  const assumed = report.findings.some(({ id }) => id === 'check.assumed-ip');
  const named = new URLSearchParams({ domain: name, lang: language });
  const when = html`<time datetime="${report.checkedAt}">${report.checkedAt.slice(0, 16).replace('T', ' ')} UTC</time>`;
  return html`<section class="panel hero"><div class="ring ${toneOf(report)}">${ring(report.score)}<p><b>${scoreFigure(report.score, language)}</b> <span>${words.ofTen}</span></p></div>
<div><h1>${words.title(name)}</h1><p class="verdict">${words.verdict[verdictOf(report)]}</p>${coverage < 1 && low < value ? html`<p class="small">${words.between(figure(low, language), figure(value, language))}</p>` : ''}
<p class="soft small">${words.checked} ${when}${report.subject.ips.length > 0 ? ` · ${words.sentFrom} ${report.subject.ips.join(', ')}${assumed ? ` (${words.assumed})` : ''}` : ''}</p>
<p class="small again">${assumed || report.subject.ips.length === 0 ? html`<a href="/?${named}">${words.nameServer}</a> · ` : ''}<a href="/?lang=${language}">${words.another}</a> · <a href="/inbox?lang=${language}">${words.testInbox}</a></p></div></section>`;
}

/** The worst finding of each area, as a row of signs that link to it. */
function partsList(shown: readonly Shown[], language: Language): Html {
  const words = pageWords[language];
  const chips = AREAS.flatMap((area) => {
    const inArea = shown.filter(({ found }) => definitionOf(found).area === area);
    if (inArea.length === 0) return [];
    const worst = (['error', 'warning', 'unknown'] as const).flatMap((severity) =>
      inArea.filter(({ found }) => definitionOf(found).severity === severity),
    )[0];
    // Good needs a finding that says so: an area with only advice, such as to publish a record, is not.
    const proven = inArea.some(({ found }) => definitionOf(found).severity === 'info' && !NEUTRAL.has(found.id));
    const linked = worst ?? (proven ? undefined : inArea[0]);
    const sign =
      worst === undefined ? (proven ? 'good' : 'info') : (TONES[definitionOf(worst.found).severity] ?? 'grey');
    const content = html`${icon(sign)}${words.area[area]}<span class="vh">: ${words.state[sign]}</span>`;
    const tone = sign === 'info' ? 'grey' : sign;
    return [
      html`<li>${linked === undefined ? html`<span class="${tone}">${content}</span>` : html`<a class="${tone}" href="#${linked.anchor}">${content}</a>`}</li>`,
    ];
  });
  return html`<nav aria-label="${words.parts}"><ul class="parts">${chips}</ul></nav>`;
}

const TONES: Partial<Record<string, Exclude<Sign, 'info'>>> = { error: 'bad', warning: 'fair', unknown: 'grey' };

function badgeSection(
  domain: string,
  name: string,
  { origin, asked }: { origin: string; asked: string },
  language: Language,
): Html {
  const words = pageWords[language];
  const path = encodeURIComponent(domain);
  const query = `${asked}${asked === '' ? '?' : '&'}lang=${language}`;
  const alt = words.badgeAlt(name);
  const snippet = badgeSnippet({ origin, domain: path, query, alt });
  return html`<section aria-labelledby="show"><h2 id="show">${words.show}</h2><div class="panel"><p>${words.showText}</p><img class="badge" src="/badge/${path}.svg${query}" alt="${alt}">
<figure class="record"><figcaption>${words.snippet}</figcaption><dl><div><dd><code>${snippet}</code>${copyButton(snippet, words.copySnippet, language)}</dd></div></dl></figure></div></section>`;
}

function questions({ queries }: Report, language: Language): Html | string {
  const words = pageWords[language];
  if (queries.trace.length === 0) return '';
  const rows = queries.trace.map(
    (query) =>
      html`<tr><td><code>${query.type} ${toUnicode(query.name)}</code></td><td>${outcomeText(query, language)}</td><td>${Math.round(query.took)} ${words.milliseconds}</td></tr>`,
  );
  return html`<section><h2 class="vh">${words.proof}</h2><details><summary>${words.questions(queries.trace.length)}</summary><table><thead><tr><th scope="col">${words.question}</th><th scope="col">${words.answer}</th><th scope="col">${words.took}</th></tr></thead><tbody>${rows}</tbody></table></details></section>`;
}
