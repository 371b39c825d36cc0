// The look of the card, by scheme: that of the reader's system, or one that the page around it names.
import { DARK, LIGHT } from './page.style.ts';

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

/** No color-scheme is named: a frame whose scheme differs from its page's is given an opaque ground (CSS Color Adjustment section 2.3). */
export const CARD_STYLES: Record<Theme, string> = {
  auto: `:root{${LIGHT}}\n@media(prefers-color-scheme:dark){:root{${DARK}}}\n${CARD}`,
  light: `:root{${LIGHT}}\n${CARD}`,
  dark: `:root{${DARK}}\n${CARD}`,
};
