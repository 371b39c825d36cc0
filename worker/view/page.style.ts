// The look of the pages, light and dark, and the one script: both are inline, and the policy has their hashes.

/** Colours of both schemes: every pair of text and ground has a contrast of at least 4.5 (WCAG 2.2 section 1.4.3). */
export const LIGHT =
  '--ground:#f4f5f3;--card:#fff;--well:#f6f7f5;--ink:#17201c;--soft:#57615c;--line:#dfe3df;--edge:#8b958f;--link:#0a5f4e;--accent:#0a5f4e;--on-accent:#fff;--good:#156b3f;--good-ground:#e3f3e9;--fair:#855300;--arc:#c47d0c;--fair-ground:#fcf0d9;--bad:#b0281a;--bad-ground:#fce9e6;--grey:#5a635e;--grey-ground:#eceeec';
export const DARK =
  '--ground:#101412;--card:#191f1c;--well:#121715;--ink:#e9eeeb;--soft:#a7b2ac;--line:#2c3530;--edge:#6d7972;--link:#7fd8bd;--accent:#7fd8bd;--on-accent:#0a1f19;--good:#6fd49a;--good-ground:#16301f;--fair:#f0bd5c;--arc:#f0bd5c;--fair-ground:#352812;--bad:#ff9a8c;--bad-ground:#3b1d19;--grey:#aeb8b2;--grey-ground:#262d2a';
const COLOURS = `:root{color-scheme:light dark;${LIGHT}}
@media(prefers-color-scheme:dark){:root{${DARK}}}`;

export const STYLE = `${COLOURS}
*{box-sizing:border-box}
html{-webkit-text-size-adjust:100%;scroll-behavior:smooth}
body{margin:0;background:var(--ground);color:var(--ink);font:1rem/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
a{color:var(--link);text-underline-offset:.18em;text-decoration-thickness:.06em}
a:hover{text-decoration-thickness:.12em}
h1,h2,h3,p,ul,ol,dl,dd,figure{margin:0;padding:0}
ul,ol{list-style:none}
:focus-visible{outline:3px solid var(--accent);outline-offset:2px;border-radius:.3rem}
[hidden]{display:none!important}
.vh{position:absolute;width:1px;height:1px;margin:-1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip{position:absolute;left:1rem;top:-4rem;background:var(--accent);color:var(--on-accent);padding:.5rem 1rem;border-radius:.4rem;z-index:1}
.skip:focus{top:.5rem}
.bar,main,.foot{max-width:54rem;margin:0 auto;padding-left:1.25rem;padding-right:1.25rem}
.bar{display:flex;align-items:center;justify-content:space-between;gap:1rem;padding-top:1.1rem;padding-bottom:1.1rem}
.brand{display:inline-flex;align-items:center;gap:.55rem;font-weight:650;color:var(--ink);text-decoration:none;letter-spacing:-.01em}
.brand svg{color:var(--accent)}
main{padding-bottom:2rem}
h1{font-size:clamp(1.3rem,1rem + 1.6vw,1.75rem);line-height:1.2;letter-spacing:-.02em;font-weight:650;overflow-wrap:anywhere;text-wrap:balance}
h2{font-size:1.3rem;line-height:1.3;letter-spacing:-.015em;font-weight:650;margin:2.75rem 0 .9rem}
h3{font-size:1.06rem;line-height:1.35;font-weight:620;letter-spacing:-.005em;overflow-wrap:anywhere}
.soft{color:var(--soft)}.small{font-size:.9rem}
.panel{background:var(--card);border:1px solid var(--line);border-radius:1rem;padding:1.4rem}
.hero{display:grid;grid-template-columns:auto 1fr;gap:1.75rem;align-items:center;padding:1.75rem}
.hero .verdict{font-size:1.12rem;margin:.5rem 0 .7rem;text-wrap:pretty}
.ring{position:relative;width:9rem;height:9rem;flex:none}
.ring svg{display:block;width:100%;height:100%}
.ring.fair{color:var(--arc)}.ring .track{stroke:var(--grey-ground)}.ring .arc{stroke:currentColor}.ring .maybe{stroke:currentColor;opacity:.35}
.ring p{position:absolute;inset:0;display:grid;place-content:center;text-align:center;line-height:1.1}
.ring b{font-size:2.7rem;font-weight:680;letter-spacing:-.04em;color:var(--ink);font-variant-numeric:tabular-nums}
.ring span{color:var(--soft);font-size:.88rem}
.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}.grey{color:var(--grey)}
.parts{display:flex;flex-wrap:wrap;gap:.45rem .4rem;margin-top:1rem}
.parts li>*{display:inline-flex;align-items:center;gap:.4rem;border-radius:2rem;padding:.26rem .7rem .26rem .5rem;font-size:.87rem;font-weight:550;color:inherit;text-decoration:none}
.parts a:hover{text-decoration:underline}
.parts .good,.tag.good,.mark.good{background:var(--good-ground)}.parts .fair,.tag.fair,.mark.fair{background:var(--fair-ground)}.parts .bad,.tag.bad,.mark.bad{background:var(--bad-ground)}.parts .grey,.tag.grey,.mark.grey{background:var(--grey-ground)}
.icon{width:1.05em;height:1.05em;flex:none;vertical-align:-.15em}
.steps{display:grid;gap:1rem;counter-reset:step}
.step{counter-increment:step;scroll-margin-top:1rem}
.step header{display:grid;grid-template-columns:auto 1fr auto;gap:.8rem;align-items:start}
.step header::before{content:counter(step);display:grid;place-content:center;width:1.75rem;height:1.75rem;border-radius:50%;background:var(--accent);color:var(--on-accent);font-size:.9rem;font-weight:650;margin-top:-.1rem}
.tag{border-radius:2rem;padding:.12rem .65rem;font-size:.88rem;font-weight:600;white-space:nowrap}
.step p,.list .body p{white-space:pre-line}.step p{margin-top:.6rem;text-wrap:pretty;overflow-wrap:anywhere}
.record{margin-top:1rem;border:1px solid var(--line);border-radius:.7rem;background:var(--well);overflow:hidden}
.record figcaption{padding:.55rem .9rem;font-size:.88rem;color:var(--soft);border-bottom:1px solid var(--line)}
.record dl{display:grid;grid-template-columns:auto 1fr}
.record dl>div{display:grid;grid-template-columns:subgrid;grid-column:1/-1;align-items:start;padding:.5rem .5rem .5rem .9rem}
.record dl>div+div{border-top:1px solid var(--line)}
.record dt{color:var(--soft);font-size:.88rem;padding:.2rem 1.2rem .2rem 0}
.record dd{display:flex;gap:.6rem;align-items:flex-start;justify-content:space-between;min-width:0}.record dd:only-child{grid-column:1/-1}
code,pre{font:.88rem/1.6 ui-monospace,"SF Mono",Menlo,Consolas,"DejaVu Sans Mono",monospace;overflow-wrap:anywhere;white-space:pre-wrap}
.record code{padding:.12rem 0;min-width:0}
button{font:inherit;font-size:.88rem;font-weight:550;border:1px solid var(--edge);border-radius:.45rem;padding:.16rem .7rem;background:var(--card);color:var(--ink);cursor:pointer;flex:none;min-height:1.75rem}
button:hover{border-color:var(--accent);color:var(--accent)}
details{margin-top:.8rem}
summary{cursor:pointer;color:var(--soft);font-size:.92rem;width:fit-content;max-width:100%;padding:.1rem 0}
summary:hover{color:var(--ink)}
.proof{border-left:2px solid var(--line);padding-left:.9rem;margin-top:.4rem;font-size:.92rem}
.proof li{overflow-wrap:anywhere}
.two{display:grid;grid-template-columns:minmax(0,23rem) minmax(0,1fr);gap:1.75rem;align-items:center}
.picture{display:block;width:100%;height:auto}
.picture text{font:500 13px system-ui,-apple-system,"Segoe UI",Roboto,sans-serif;fill:var(--ink)}.picture .low{font-size:11.5px;font-weight:400;fill:var(--soft)}
.picture .box{fill:var(--well);stroke:var(--line)}.picture .main{stroke:var(--edge)}
.picture .wire{fill:none;stroke-width:2.5;stroke:currentColor}.picture .no{stroke-dasharray:4 5}.picture .unknown{stroke-dasharray:1 5;stroke-linecap:round}
.picture .knot{fill:var(--card);stroke:currentColor;stroke-width:2}.picture .sign{fill:none;stroke:currentColor;stroke-width:2.2;stroke-linecap:round;stroke-linejoin:round}
.past .grid{fill:none;stroke:var(--line)}.past .line{fill:none;stroke:var(--accent);stroke-width:2.5;stroke-linejoin:round;stroke-linecap:round}.past circle{fill:var(--accent)}
.voices{display:grid;gap:.9rem}.voices li{display:grid;grid-template-columns:auto 1fr;gap:.7rem}.voices strong{font-weight:620}
.mark{display:grid;place-content:center;width:1.6rem;height:1.6rem;border-radius:50%}
.meter{display:flex;align-items:center;gap:.8rem;flex-wrap:wrap;margin-bottom:.9rem}
.meter svg{height:.75rem;width:auto;flex:none}.meter .used{fill:currentColor}.meter .free{fill:var(--grey-ground)}
.tree,.tree ul{display:grid;gap:.1rem}
.tree ul{margin-left:.55rem;padding-left:.95rem;border-left:2px solid var(--line)}
.tree details{margin:0}.tree summary{color:inherit;width:auto;font-size:1rem;padding:0}
.term{display:inline-flex;flex-wrap:wrap;align-items:baseline;gap:.1rem .6rem;padding:.22rem 0;max-width:calc(100% - 1.4rem);vertical-align:top}
.term code{font-weight:600}.term .tag{font-size:.8rem;padding:0 .55rem}
.list{border:1px solid var(--line);border-radius:1rem;background:var(--card);overflow:hidden}
.list>li+li{border-top:1px solid var(--line)}
.list details{margin:0}.list summary{display:flex;gap:.7rem;align-items:center;width:auto;font-size:1rem;color:var(--ink);padding:.75rem 1.2rem}
.list summary::-webkit-details-marker{display:none}
.list summary::after{content:"";margin-left:auto;flex:none;width:.5rem;height:.5rem;border:solid var(--edge);border-width:0 2px 2px 0;transform:rotate(45deg) translate(-.15rem,-.15rem)}
.list details[open]>summary::after{transform:rotate(-135deg) translate(-.15rem,-.15rem)}
.list .body{padding:0 1.2rem 1.1rem 3.5rem}.list .body p{margin:0 0 .5rem;overflow-wrap:anywhere}.list .body .record{margin:.6rem 0 1rem}.body ul,.proof ul{margin:.2rem 0 .6rem}
table{border-collapse:collapse;width:100%;font-size:.9rem;margin-top:.6rem}
th{font-weight:550;color:var(--soft);text-align:left}th,td{padding:.35rem .9rem .35rem 0;border-bottom:1px solid var(--line);vertical-align:top}td:last-child,th:last-child{text-align:right;padding-right:0;white-space:nowrap}
.badge{display:block;height:1.75rem;width:auto;margin:.7rem 0}
form{display:grid;gap:1rem}
label{font-weight:600;display:block}
.hint{font-size:.9rem;color:var(--soft);margin-top:.1rem}
.ask{display:flex;gap:.6rem;margin-top:.5rem}
input{font:inherit;flex:1;min-width:0;border:1px solid var(--edge);border-radius:.6rem;padding:.7rem .9rem;background:var(--card);color:var(--ink)}
input::placeholder{color:var(--soft);opacity:1}
select{font:inherit;border:1px solid var(--edge);border-radius:.6rem;padding:.6rem .9rem;background:var(--card);color:var(--ink);margin-top:.5rem}
textarea{font:.88rem/1.5 ui-monospace,Menlo,Consolas,monospace;width:100%;border:1px solid var(--edge);border-radius:.6rem;padding:.7rem .9rem;background:var(--card);color:var(--ink);margin-top:.5rem}
.list .wide{padding-left:1.2rem}[aria-current]{outline:2px solid currentColor}
.more{margin-top:1rem}nav+.panel,nav+article>.panel{margin-top:1rem}
.check{display:flex;gap:.6rem;align-items:baseline;font-weight:400}.check input{flex:none}.inline{display:inline}.scroll{overflow-x:auto}.done{border-color:var(--good)}
.plain>li>a{display:flex;gap:.7rem;align-items:center;padding:.75rem 1.2rem;color:inherit;text-decoration:none}.plain .mark{flex:none}.plain>li>a:hover{text-decoration:underline}
.days{margin:.9rem 0;max-height:8rem}.days .aligned{fill:var(--good)}.days .other{fill:var(--bad)}
.go{font-size:1rem;font-weight:620;border:0;border-radius:.6rem;padding:.7rem 1.4rem;background:var(--accent);color:var(--on-accent)}
.go:hover{color:var(--on-accent);filter:brightness(1.1)}
.start{max-width:40rem;margin:clamp(1rem,6vh,4.5rem) auto 0}
.start h1{font-size:clamp(1.9rem,1.3rem + 3vw,2.9rem);line-height:1.1;letter-spacing:-.03em}
.lead{font-size:1.15rem;color:var(--soft);margin:1rem 0 1.75rem;text-wrap:pretty}
.promises{display:grid;grid-template-columns:repeat(3,1fr);gap:1.5rem;margin-top:2.25rem;font-size:.94rem}.promises strong{display:block;font-weight:620}
.alert{border:1px solid var(--bad);background:var(--bad-ground);border-radius:.8rem;padding:.9rem 1.1rem;margin:1.25rem 0;overflow-wrap:anywhere}.alert strong{color:var(--bad)}
.foot{display:flex;flex-wrap:wrap;gap:.4rem 1.5rem;padding-top:1rem;padding-bottom:2.5rem;font-size:.9rem}
main:has(.start)+.foot{max-width:42.5rem}
@media(max-width:40rem){.bar,main,.foot{padding-left:1rem;padding-right:1rem}.hero{grid-template-columns:1fr;gap:1.1rem;padding:1.25rem}.ring{width:8rem;height:8rem}.panel{padding:1.1rem}.two{grid-template-columns:1fr}.promises{grid-template-columns:1fr;gap:.9rem}h2{margin-top:2.25rem}.record dl{grid-template-columns:1fr}.record dl>div{display:block}.record dt{padding:0}.list .body{padding-left:1.2rem}.step header{grid-template-columns:auto 1fr}.step header .tag{grid-column:2;justify-self:start}.record dd{flex-wrap:wrap}.record dd code{flex:1 1 11rem}.tree ul{margin-left:.3rem;padding-left:.6rem}.ask{flex-direction:column}}
@media(prefers-reduced-motion:reduce){html{scroll-behavior:auto}}
@media print{body{background:#fff}.bar,.foot,button,.again{display:none}.panel{break-inside:avoid}}`;

/** The page is complete without it. It shows the buttons only where there is a clipboard, which browsers hide from plain HTTP. */
export const SCRIPT = `if(navigator.clipboard){const s=document.getElementById('said');for(const b of document.querySelectorAll('button[data-copy]')){b.hidden=false;const t=b.textContent;b.addEventListener('click',async()=>{let w=b.dataset.done;try{await navigator.clipboard.writeText(b.dataset.copy)}catch{getSelection().selectAllChildren(b.previousElementSibling);w=b.dataset.failed}b.textContent=w;s.textContent=w;setTimeout(()=>{b.textContent=t;s.textContent=''},2500)})}}`;

/** The value of Content-Security-Policy for pages: only what is inline (CSP Level 3 section 2.3.1). */
export async function contentSecurityPolicy(): Promise<string> {
  const [style, script] = await Promise.all([STYLE, SCRIPT].map(hash));
  return `default-src 'none'; style-src '${style}'; script-src '${script}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}

/** A source expression for exactly this text. */
export async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
