// The card for other pages: score, verdict, the dearest things to do, and the way to the report. No script; it may be framed.
import { html, raw } from 'hono/html';
import type { DomainFacts } from '../../shared/check/section.ts';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { deductions } from '../../shared/findings/score.ts';
import { readableText } from '../../shared/report/rendered.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { CARD_STYLES, THEMES, type Theme } from './embed.style.ts';
import { embedWords } from './embed.words.ts';
import type { Html } from './page.shell.ts';
import { hash } from './page.style.ts';
import { pageWords } from './page.words.ts';
import { ring } from './ring.ts';
import { scoreFigure, type Tone, toneOf, verdictOf } from './verdict.ts';

/** Things to do that are named; a card is small, and the report has them all. */
const MAX_STEPS = 2;

export interface CardOptions {
  language: Language;
  theme: Theme;
  /** Of the report, with the query that the card was asked for. */
  reportPath: string;
}

/** What the address of a card asks for; what it says wrongly is passed over. */
export function cardOptions({ pathname, searchParams }: URL, language: Language): CardOptions {
  const query = new URLSearchParams([['lang', language]]);
  for (const name of ['ip', 'selector', 'helo', 'return_path']) {
    for (const value of searchParams.getAll(name)) query.append(name, value);
  }
  return {
    language,
    theme: THEMES.find((known) => known === searchParams.get('theme')) ?? 'auto',
    reportPath: `${pathname.replace(/^\/embed\//, '/report/')}?${query}`,
  };
}

export function reportCard(report: Report<DomainFacts>, options: CardOptions): Html {
  const { language } = options;
  const costs = deductions(report.findings);
  const verdict = verdictOf(report);
  const found = verdict === 'absent' ? [] : report.findings;
  const steps = found
    .map((step, index) => ({ title: readableText(step, language).title, cost: costs[index] ?? 0 }))
    .filter(({ cost }) => cost > 0)
    .sort((a, b) => b.cost - a.cost);
  const more = steps.length - MAX_STEPS;
  const value = scoreFigure(report.score, language);
  return card(
    options,
    {
      tone: toneOf(report),
      name: toUnicode(report.subject.domain ?? ''),
      figure: value,
      ring: ring(report.score),
    },
    html`<p>${embedWords[language].verdict[verdict]}</p>${
      steps.length === 0
        ? ''
        : html`<ul>${steps.slice(0, MAX_STEPS).map(({ title, cost }) => html`<li><b>${pageWords[language].wins(cost)}</b> ${title}</li>`)}${more > 0 ? html`<li>${embedWords[language].more(more)}</li>` : ''}</ul>`
    }`,
  );
}

/** In place of a report: what was wrong, in the same frame. */
export function troubleCard(text: string, name: string, options: CardOptions): Html {
  const unknown = ring({ value: 0, low: 0, coverage: 0 });
  return card(options, { tone: 'grey', name, figure: '–', ring: unknown }, html`<p>${text}</p>`);
}

interface Head {
  tone: Tone;
  name: string;
  figure: string;
  ring: Html;
}

function card({ language, theme, reportPath }: CardOptions, head: Head, body: Html): Html {
  const said = embedWords[language];
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${said.title(head.name)}</title><style>${raw(CARD_STYLES[theme])}</style></head>
<body><main><div class="ring ${head.tone}">${head.ring}<p><b>${head.figure}</b><span>${pageWords[language].ofTen}</span></p></div><div class="text"><h1>${said.title(head.name)}</h1>${body}<p class="way"><a href="${reportPath}" target="_blank" rel="noopener">${said.report}</a></p></div></main></body></html>
`;
}

/** The policy of a card: nothing but what stands in it, in any page's frame. */
export async function cardPolicy(theme: Theme): Promise<string> {
  return `default-src 'none'; style-src '${await hash(CARD_STYLES[theme])}'; base-uri 'none'; form-action 'none'; frame-ancestors *`;
}
