// The pages of a test inbox: its address while there is no mail, then the report on each mail.
import { html } from 'hono/html';
import { definitionOf } from '../../shared/findings/catalog.ts';
import type { Language, Severity } from '../../shared/findings/define.ts';
import { words as reportWords } from '../../shared/report/words.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import { type Inbox, type InboxMail, MAX_MAILS } from '../inbox/inbox.ts';
import { inboxWords } from '../inbox/words.ts';
import { findingRow, stepCard } from './page.finding.ts';
import { type Html, pageDocument, type Sign } from './page.shell.ts';
import { shownFindings, steps } from './page.ts';
import { pageWords } from './page.words.ts';
import { figure, ring, scoreFigure, toneOf, verdictOf } from './verdict.ts';

/** Facts that are neither good nor bad. */
const NEUTRAL: ReadonlySet<string> = new Set(['message.seen', 'message.tls-unseen']);

/** The page with the button, or what to do instead where this Worker has no inboxes. */
export function newInboxPage(language: Language, available: boolean): Html {
  const words = inboxWords[language];
  return pageDocument(
    { title: words.title, language, path: '/inbox', query: new URLSearchParams(), listed: true },
    html`<section class="start"><h1>${words.title}</h1><p class="lead">${words.intro}</p>
${available ? html`<form action="/inbox?lang=${language}" method="post"><button class="go" type="submit">${words.make}</button></form>` : html`<p class="alert">${words.notSetUp}</p>`}</section>`,
  );
}

/** The page of one inbox; `address` is the whole mail address. */
export function inboxPage(inbox: Inbox, address: string, language: Language): Html {
  const words = inboxWords[language];
  const when = `${new Date(inbox.expiresAt).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  const left = MAX_MAILS - (inbox.mails[0]?.number ?? 0);
  const waits = inbox.mails.length === 0;
  const send = html`${waits ? '' : html`<h2 id="send">${words.sendTo}</h2>`}<section class="panel step" aria-labelledby="send">${waits ? html`<h1 id="send">${words.sendTo}</h1>` : ''}
<figure class="record"><dl><div><dd><code>${address}</code><button type="button" hidden aria-label="${words.copyAddress}" data-copy="${address}" data-done="${pageWords[language].copied}" data-failed="${pageWords[language].select}">${pageWords[language].copy}</button></dd></div></dl></figure>
<p>${words.sendHow}</p><p class="soft small">${words.until(when)} ${words.left(left)}</p></section>`;
  return pageDocument(
    {
      title: words.title,
      language,
      path: `/inbox/${inbox.id}`,
      query: new URLSearchParams(),
      footer: html`<a href="/inbox?lang=${language}">${words.another}</a>`,
    },
    waits
      ? html`${send}${refusal(inbox, language)}${waiting(inbox, language)}`
      : html`${inbox.mails.map((mail, index) => mailSection(mail, index === 0, language))}${refusal(inbox, language)}${send}`,
  );
}

function refusal({ refused }: Inbox, language: Language): Html | string {
  return refused === null ? '' : html`<p class="alert" role="alert">${inboxWords[language].refused[refused]}</p>`;
}

function waiting({ domain }: Inbox, language: Language): Html {
  const words = inboxWords[language];
  const link =
    domain === null
      ? ''
      : html`<p><a href="/report/${encodeURIComponent(domain)}?lang=${language}">${words.domainReport(toUnicode(domain))}</a></p>`;
  return html`<section aria-labelledby="waiting"><h2 id="waiting">${words.waiting}</h2><p class="soft" role="status">${words.waitingText}</p></section>
<section aria-labelledby="why"><h2 id="why">${words.why}</h2><ol class="steps">${words.reasons.map(
    ({ id, title, text }) =>
      html`<li class="step panel"><header><h3>${title}</h3></header><p>${text}</p>${id === 'refused' ? link : ''}</li>`,
  )}</ol></section>`;
}

function mailSection({ number, receivedAt, report }: InboxMail, newest: boolean, language: Language): Html {
  const words = pageWords[language];
  const shown = shownFindings(report).map((one) => ({ ...one, anchor: `mail-${number}-${one.anchor}` }));
  const todo = steps(shown, language);
  const rows = (title: string, severities: readonly Severity[], sign: Sign) => {
    const listed = shown
      .map((row) => ({ row, definition: definitionOf(row.found) }))
      .filter(({ definition }) => severities.includes(definition.severity) && definition.points === 0);
    return listed.length === 0
      ? ''
      : html`<h2>${title}</h2><ul class="list">${listed.map(({ row }) => findingRow(row, NEUTRAL.has(row.found.id) ? 'info' : sign, language))}</ul>`;
  };
  return html`<article aria-labelledby="mail-${number}">${hero({ number, receivedAt, report }, newest, language)}
<h2>${todo.length === 0 ? words.nothingToDo : words.todo}</h2>
${todo.length === 0 ? html`<p class="soft">${words.nothingToDoText}</p>` : html`<ol class="steps">${todo.map((step) => stepCard(step, language))}</ol>`}
${rows(reportWords[language].wrong, ['error', 'warning'], 'fair')}${rows(words.unknown, ['unknown'], 'grey')}${rows(words.advice, ['notice'], 'info')}${rows(words.found, ['info'], 'good')}</article>`;
}

function hero({ number, receivedAt, report }: InboxMail, newest: boolean, language: Language): Html {
  const words = pageWords[language];
  const { value, low, coverage } = report.score;
  const { domain, ips } = report.subject;
  const name = domain === null ? '' : toUnicode(domain);
  const title = `${inboxWords[language].arrived(number)}${name === '' ? '' : `: ${name}`}`;
  const time = new Date(receivedAt).toISOString();
  return html`<section class="panel hero"><div class="ring ${toneOf(report)}">${ring(report.score)}<p><b>${scoreFigure(report.score, language)}</b> <span>${words.ofTen}</span></p></div>
<div>${newest ? html`<h1 id="mail-${number}">${title}</h1>` : html`<h2 id="mail-${number}">${title}</h2>`}<p class="verdict">${words.verdict[verdictOf(report)]}</p>${coverage < 1 && low < value ? html`<p class="small">${words.between(figure(low, language), figure(value, language))}</p>` : ''}
<p class="soft small"><time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time>${ips.length > 0 ? ` · ${words.sentFrom} ${ips.join(', ')}` : ''}</p>${isEmpty(report.facts) ? html`<p class="soft small">${inboxWords[language].unread}</p>` : ''}</div></section>`;
}

function isEmpty(facts: unknown): boolean {
  return typeof facts === 'object' && facts !== null && Object.keys(facts).length === 0;
}
