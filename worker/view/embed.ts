// The card for other pages: score, verdict, the steps that win the most points, and the link to the report. No script; it may be framed.
import { html, raw } from 'hono/html';
import type { DomainFacts } from '../../shared/check/section.ts';
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { deductions } from '../../shared/findings/score.ts';
import { readableText } from '../../shared/report/rendered.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { embedWords } from './embed.words.ts';
import type { Html } from './page.shell.ts';
import { DARK, hash, LIGHT } from './page.style.ts';
import { pageWords } from './page.words.ts';
import { ring, scoreFigure, type Tone, toneOf, verdictOf } from './verdict.ts';

export const THEMES = ['auto', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const CARD = `*{box-sizing:border-box;margin:0;padding:0}
html{background:transparent}
body{font:.94rem/1.45 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;color:var(--ink);padding:1px}
main{display:grid;grid-template-columns:auto 1fr;gap:1.1rem;align-items:center;background:var(--card);border:1px solid var(--line);border-radius:.9rem;padding:1rem 1.1rem;max-width:30rem}
.ring{position:relative;width:5.5rem;height:5.5rem}
.ring svg{display:block;width:100%;height:100%}.track{stroke:var(--grey-ground)}.arc{stroke:currentColor}.maybe{stroke:currentColor;opacity:.35}
.ring p{position:absolute;inset:0;display:grid;place-content:center;text-align:center;line-height:1.1}
.ring b{font-size:1.6rem;font-weight:680;letter-spacing:-.03em;color:var(--ink);font-variant-numeric:tabular-nums}.ring span{font-size:.78rem;color:var(--soft)}
.good{color:var(--good)}.fair{color:var(--arc)}.bad{color:var(--bad)}.grey{color:var(--grey)}
h1{font-size:1rem;font-weight:650;letter-spacing:-.01em;overflow-wrap:anywhere}
.text p{margin-top:.15rem}
ul{list-style:none;margin-top:.4rem;font-size:.88rem;color:var(--soft)}li{overflow-wrap:anywhere}li b{color:var(--ink);font-weight:620;white-space:nowrap}
.text .way{margin-top:.45rem;font-size:.9rem}a{color:var(--link);text-underline-offset:.18em}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
@media(max-width:22rem){main{grid-template-columns:1fr;gap:.6rem}}`;

/** Without color-scheme: a frame whose scheme differs from its page's gets an opaque background (CSS Color Adjustment section 2.3). */
export const CARD_STYLES: Record<Theme, string> = {
  auto: `:root{${LIGHT}}\n@media(prefers-color-scheme:dark){:root{${DARK}}}\n${CARD}`,
  light: `:root{${LIGHT}}\n${CARD}`,
  dark: `:root{${DARK}}\n${CARD}`,
};

/** Steps on a card; the report has all. */
const MAX_STEPS = 2;

export interface CardOptions {
  language: Language;
  theme: Theme;
  /** Of the report, with the query that the card was asked for. */
  reportPath: string;
}

/** Options in the URL of a card; invalid ones are ignored. */
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

/** The card of a problem. */
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
  const words = embedWords[language];
  return html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex"><title>${words.title(head.name)}</title><style>${raw(CARD_STYLES[theme])}</style></head>
<body><main><div class="ring ${head.tone}">${head.ring}<p><b>${head.figure}</b><span>${pageWords[language].ofTen}</span></p></div><div class="text"><h1>${words.title(head.name)}</h1>${body}<p class="way"><a href="${reportPath}" target="_blank" rel="noopener">${words.report}</a></p></div></main></body></html>
`;
}

/** The policy of a card: nothing is loaded, and any page may frame it. */
export async function cardPolicy(theme: Theme): Promise<string> {
  return `default-src 'none'; style-src '${await hash(CARD_STYLES[theme])}'; base-uri 'none'; form-action 'none'; frame-ancestors *`;
}
