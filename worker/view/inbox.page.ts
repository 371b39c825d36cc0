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
${available ? html`<form action="/inbox?lang=${language}" method="post"><button class="go" type="submit">${words.make}</button></form>` : html`<p class="alert">${words.notSetUp}</p>`}<p class="small"><a href="/message?lang=${language}">${words.paste}</a></p></section>`,
  );
}

/** A mail of an inbox with its source, '' where that is not kept. */
export type ShownMail = InboxMail & { source: string };

/** The page of one inbox with one of its mails; `address` is the whole mail address. */
export function inboxPage(inbox: Inbox, address: string, mail: ShownMail | undefined, language: Language): Html {
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
      : html`${mailList(inbox, mail, language)}${mail === undefined ? '' : mailSection(mail, language)}${refusal(inbox, language)}${send}`,
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

/** A link to each mail, '' where there is one. */
function mailList({ id, mails }: Inbox, shown: InboxMail | undefined, language: Language): Html | string {
  if (mails.length < 2) return '';
  const rows = mails.map(
    ({ number, report }) =>
      html`<li><a class="${toneOf(report)}" href="/inbox/${id}?mail=${number}&amp;lang=${language}"${number === shown?.number ? html` aria-current="page"` : ''}>${scoreFigure(report.score, language)} · ${headOf(report)?.subject || inboxWords[language].arrived(number)}</a></li>`,
  );
  return html`<nav aria-label="${inboxWords[language].mails}"><ul class="parts">${rows}</ul></nav>`;
}

/** What the header says; undefined where only the score was kept. */
function headOf({ facts }: InboxMail['report']): { subject: string; fromAddress: string } | undefined {
  // Facts that were too long are not kept.
  return (facts as Partial<InboxMail['report']['facts']>).message?.content?.headers;
}

/** The page of a mail that was pasted or uploaded. */
export function scoredPage(report: InboxMail['report'], source: string, receivedAt: number, language: Language): Html {
  const words = inboxWords[language];
  return pageDocument(
    {
      title: words.pasteTitle,
      language,
      path: '/message',
      query: new URLSearchParams(),
      footer: html`<a href="/message?lang=${language}">${words.paste}</a>`,
    },
    mailSection({ number: 1, receivedAt, report, source }, language, words.scored),
  );
}

/** The form for a mail that is at hand as text or as a file. */
export function pastePage(language: Language, wrong?: string): Html {
  const words = inboxWords[language];
  return pageDocument(
    { title: words.pasteTitle, language, path: '/message', query: new URLSearchParams(), listed: true },
    html`<div class="start"><h1>${words.pasteTitle}</h1><p class="lead">${words.pasteIntro}</p>${wrong === undefined ? '' : html`<p class="alert" role="alert">${wrong}</p>`}
<form class="panel" action="/message?lang=${language}" method="post" enctype="multipart/form-data"><div><label for="text">${words.pasteText}</label><p class="hint" id="text-hint">${words.pasteHint}</p><textarea id="text" name="text" rows="10" spellcheck="false" aria-describedby="text-hint"></textarea></div>
<div><label for="file">${words.pasteFile}</label><div class="ask"><input id="file" name="file" type="file" accept=".eml,message/rfc822,text/plain"></div></div><button class="go">${words.pasteButton}</button></form></div>`,
  );
}

function mailSection(mail: ShownMail, language: Language, title?: string): Html {
  const { number, report, source } = mail;
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
  return html`<article aria-labelledby="mail-${number}">${hero(mail, title, language)}
<h2>${todo.length === 0 ? words.nothingToDo : words.todo}</h2>
${todo.length === 0 ? html`<p class="soft">${words.nothingToDoText}</p>` : html`<ol class="steps">${todo.map((step) => stepCard(step, language))}</ol>`}
${rows(reportWords[language].wrong, ['error', 'warning'], 'fair')}${rows(words.unknown, ['unknown'], 'grey')}${rows(words.advice, ['notice'], 'info')}${rows(words.found, ['info'], 'good')}${sourceOf(source, language)}</article>`;
}

/** The mail itself, folded: its header, and all of it. */
function sourceOf(source: string, language: Language): Html | string {
  if (source === '') return '';
  const words = inboxWords[language];
  const [header = ''] = source.split(/\r?\n\r?\n/, 1);
  const folded = (title: string, text: string) =>
    html`<li><details><summary>${title}</summary><div class="body wide"><pre>${text}</pre></div></details></li>`;
  return html`<h2>${words.source}</h2><ul class="list">${folded(words.header, header)}${folded(words.source, source)}</ul>`;
}

function hero({ number, receivedAt, report }: InboxMail, given: string | undefined, language: Language): Html {
  const words = pageWords[language];
  const { value, low, coverage } = report.score;
  const { domain, ips } = report.subject;
  const name = domain === null ? '' : toUnicode(domain);
  const head = headOf(report);
  const title = given ?? `${inboxWords[language].arrived(number)}${name === '' ? '' : `: ${name}`}`;
  const about =
    head === undefined
      ? ''
      : html`<p class="small"><strong>${head.subject || inboxWords[language].noSubject}</strong><br>${inboxWords[language].from}: ${head.fromAddress}</p>`;
  const time = new Date(receivedAt).toISOString();
  return html`<section class="panel hero"><div class="ring ${toneOf(report)}">${ring(report.score)}<p><b>${scoreFigure(report.score, language)}</b> <span>${words.ofTen}</span></p></div>
<div><h1 id="mail-${number}">${title}</h1>${about}<p class="verdict">${words.verdict[verdictOf(report)]}</p>${coverage < 1 && low < value ? html`<p class="small">${words.between(figure(low, language), figure(value, language))}</p>` : ''}
<p class="soft small"><time datetime="${time}">${time.slice(0, 16).replace('T', ' ')} UTC</time>${ips.length > 0 ? ` · ${words.sentFrom} ${ips.join(', ')}` : ''}</p>${isEmpty(report.facts) ? html`<p class="soft small">${inboxWords[language].unread}</p>` : ''}</div></section>`;
}

function isEmpty(facts: unknown): boolean {
  return typeof facts === 'object' && facts !== null && Object.keys(facts).length === 0;
}
