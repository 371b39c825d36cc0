// The look of the API's page, light and dark; the policy names it by its hash.

export const DOCS_STYLE = `:root{color-scheme:light dark;--ink:#1b1b1b;--soft:#555;--paper:#fff;--card:#f6f6f4;--line:#d8d8d3;--link:#0b57a4;--get:#23660b;--post:#7a4a00}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b5b5b5;--paper:#161616;--card:#212121;--line:#3d3d3d;--link:#8ec1ff;--get:#8fd05a;--post:#f0b35c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
header,main{max-width:56rem;margin:0 auto;padding:0 1rem}header{padding-top:1rem}main{padding-bottom:3rem}
a{color:var(--link)}h1{font-size:1.6rem;margin:1rem 0}h2{font-size:1.25rem;margin:2.5rem 0 .2rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}h4{font-size:.95rem;margin:1rem 0 .2rem}
.soft{color:var(--soft)}details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0;padding:0 1rem}
summary{cursor:pointer;padding:.65rem 0;overflow-wrap:anywhere}details[open]>summary{border-bottom:1px solid var(--line);margin-bottom:.6rem}details>:last-child{margin-bottom:1rem}details[open]:has(>summary:last-child)>summary{margin:0;border:0}
code,pre{font:.88rem/1.5 ui-monospace,monospace}pre{background:var(--paper);border:1px solid var(--line);border-radius:.35rem;padding:.6rem .8rem;overflow-x:auto}
.verb{display:inline-block;min-width:3.6rem;font-weight:700;color:var(--get)}.verb.post,.verb.put,.verb.delete{color:var(--post)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95rem}th{text-align:left;font-weight:600}th,td{vertical-align:top;padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line)}thead th{border:0;color:var(--soft)}
.target{scroll-margin-top:4rem}ul.members{list-style:none;padding-left:1rem;margin:.2rem 0;border-left:1px solid var(--line)}ul.members li{margin:.2rem 0;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}`;
