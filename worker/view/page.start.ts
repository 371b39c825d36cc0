// The start page: one field; and the same page with a problem.
import { html } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import { MAX_TYPED } from '../../shared/text/typed.ts';
import { type Html, pageDocument } from './page.shell.ts';
import { pageWords } from './page.words.ts';

export interface Trouble {
  /** What was wrong and what to do. */
  text: string;
  /** The field of the form at fault. */
  field?: 'domain' | 'ip';
}

export interface Typed {
  domain?: string;
  ip?: string;
}

/** The start page. */
export function startPage(language: Language, typed: Typed = {}): Html {
  const words = pageWords[language];
  return pageDocument(
    { title: `${words.start} – mailshim`, language, path: '/', query: new URLSearchParams(), listed: true },
    html`<div class="start"><h1>${words.start}</h1><p class="lead">${words.intro}</p>${form(language, typed)}
<p class="small more"><a href="/inbox?lang=${language}">${words.testInbox}</a> · <a href="/message?lang=${language}">${words.ownMail}</a></p>
<ul class="promises">${words.promises.map(({ title, text }) => html`<li><strong>${title}</strong> ${text}</li>`)}</ul></div>`,
  );
}

/** The page of a problem, and the form with the values of the request. */
export function troublePage(language: Language, trouble: Trouble, typed: Typed): Html {
  const words = pageWords[language];
  return pageDocument(
    { title: `${words.problem.title} – mailshim`, language, path: '/', query: new URLSearchParams() },
    html`<div class="start"><h1>${words.problem.title}</h1><p class="alert" role="alert" id="trouble">${trouble.text}</p>${form(language, typed, trouble.field)}</div>`,
  );
}

function form(language: Language, typed: Typed, wrong?: Trouble['field']): Html {
  const words = pageWords[language];
  const described = (field: 'domain' | 'ip', hint: string) =>
    wrong === field ? html`aria-invalid="true" aria-describedby="trouble ${hint}"` : html`aria-describedby="${hint}"`;
  return html`<form class="panel" action="/report" method="get">
<div><label for="domain">${words.domain}</label><p class="hint" id="domain-hint">${words.domainHint}</p>
<div class="ask"><input id="domain" name="domain" value="${typed.domain ?? ''}" required maxlength="${MAX_TYPED}" autocomplete="off" autocapitalize="none" autocorrect="off" spellcheck="false" inputmode="url" placeholder="shop.example" ${described('domain', 'domain-hint')}><button class="go">${words.check}</button></div></div>
<details${wrong === 'ip' || typed.ip !== undefined ? html` open` : ''}><summary>${words.moreOptions}</summary><label for="ip">${words.ip}</label><p class="hint" id="ip-hint">${words.ipHint}</p><div class="ask"><input id="ip" name="ip" value="${typed.ip ?? ''}" maxlength="200" autocomplete="off" spellcheck="false" placeholder="203.0.113.25" ${described('ip', 'ip-hint')}></div></details>
<input type="hidden" name="lang" value="${language}"></form>`;
}
