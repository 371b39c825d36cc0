// The look of the pages, light and dark, and the one script: both stand in the page, and the policy names them by their hashes.

export const STYLE = `:root{color-scheme:light dark;--ink:#1b1b1b;--soft:#555;--paper:#fff;--card:#f5f5f3;--line:#d5d5d0;--link:#0b57a4;--good:#2f6a08;--fair:#6b5d00;--bad:#a1271b;--grey:#5c5c5c}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b5b5b5;--paper:#161616;--card:#222;--line:#3d3d3d;--link:#8ec1ff;--good:#8fd05a;--fair:#e0c84a;--bad:#ff9488;--grey:#b0b0b0}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
main,header,footer{max-width:46rem;margin:0 auto;padding:0 1rem}header{padding-top:1rem;display:flex;gap:1rem;justify-content:space-between}
a{color:var(--link)}h1{font-size:1.5rem;margin:1rem 0;overflow-wrap:anywhere}h2{font-size:1.15rem;margin:2rem 0 .5rem}h3{font-size:1.05rem;margin:0 0 .3rem}
.score{display:flex;align-items:baseline;gap:.6rem;flex-wrap:wrap}.score b{font-size:3.4rem;line-height:1}.good{color:var(--good)}.fair{color:var(--fair)}.bad{color:var(--bad)}.grey{color:var(--grey)}
.soft{color:var(--soft)}ol.todo,ul.plain{list-style:none;padding:0;margin:0}.card{background:var(--card);border:1px solid var(--line);border-radius:.6rem;padding:.9rem 1rem;margin:.7rem 0}
.card p{margin:.35rem 0}.wins{color:var(--soft);font-size:.9rem}.record{display:flex;gap:.5rem;align-items:flex-start;margin-top:.6rem}.record code{flex:1}
code,pre{font:.88rem/1.5 ui-monospace,monospace;overflow-wrap:anywhere;white-space:pre-wrap}.record code{background:var(--paper);border:1px solid var(--line);border-radius:.35rem;padding:.4rem .55rem}
button,input{font:inherit;border:1px solid var(--line);border-radius:.4rem;padding:.45rem .8rem;background:var(--paper);color:var(--ink)}button{cursor:pointer}form{display:grid;gap:.8rem;max-width:26rem}label span{display:block}input{width:100%}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}details{margin:.6rem 0}summary{cursor:pointer}.tree,.tree ul{list-style:none;padding-left:1.1rem;border-left:1px solid var(--line);margin:.2rem 0}.tree{border:0;padding:0}
svg text{fill:var(--ink);font:14px system-ui,sans-serif}svg .box{fill:var(--card);stroke:var(--line)}svg .yes{stroke:var(--good)}svg .no{stroke:var(--bad);stroke-dasharray:5 5}svg .unknown{stroke:var(--grey);stroke-dasharray:2 5}svg path{fill:none;stroke-width:2.5}
footer{padding-bottom:2rem;margin-top:2rem;font-size:.9rem}[hidden]{display:none}`;

/** Without it the page says the same; the buttons are shown only where it runs. */
export const SCRIPT = `for(const b of document.querySelectorAll('button[data-copy]')){b.hidden=false;b.addEventListener('click',async()=>{await navigator.clipboard.writeText(b.dataset.copy);const t=b.textContent;b.textContent=b.dataset.done;setTimeout(()=>{b.textContent=t},2000)})}`;

/** The value of Content-Security-Policy for pages: nothing but what stands in them (CSP Level 3 section 2.3.1). */
export async function contentSecurityPolicy(): Promise<string> {
  const [style, script] = await Promise.all([STYLE, SCRIPT].map(hash));
  return `default-src 'none'; style-src '${style}'; script-src '${script}'; img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'`;
}

async function hash(text: string): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text)));
  return `sha256-${btoa(String.fromCharCode(...digest))}`;
}
