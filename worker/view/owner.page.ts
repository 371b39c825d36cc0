// The owner's pages: the login, all watched domains with what to do next, and one domain with everything that is known of it.
import { html } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import type { SourceClass } from '../../shared/reports/sources.ts';
import { toUnicode } from '../../shared/text/domain.ts';
import type { DeliveryState } from '../monitor/deliveries.ts';
import { DIGEST_WISHES } from '../monitor/digest-wish.ts';
import type { Flow, FlowVerdict } from '../monitor/flow.ts';
import type { DomainOverview, Next, Overview } from '../monitor/overview.ts';
import type { WatchSettings } from '../monitor/watches.ts';
import type * as api from '../openapi/types.ts';
import { dayOf } from '../reports/day.ts';
import type { ReceivedReport } from '../reports/received.ts';
import { alignedPicture } from './aligned.picture.ts';
import { type OwnerWords, ownerWords } from './owner.words.ts';
import { copyButton, recordCard } from './page.finding.ts';
import { pastSection, type ShownPast } from './page.past.ts';
import { type Html, icon, pageDocument, type Sign } from './page.shell.ts';
import { pageWords } from './page.words.ts';
import { badgeSnippet, cardSnippet } from './snippet.ts';
import { figure } from './verdict.ts';

/** A message above the page: what a form did, or why it did not. */
export interface Notice {
  text: string;
  wrong: boolean;
}

const FLOW_SIGNS: Record<FlowVerdict, Sign> = { flowing: 'good', stuck: 'bad', silent: 'grey' };
const CLASS_TONES: Record<SourceClass, string> = {
  'yours-aligned': 'good',
  'yours-unaligned': 'bad',
  forwarder: 'grey',
  stranger: 'grey',
};
const STATE_TONES = { delivered: 'good', waiting: 'grey', failed: 'bad' } as const;
const NEXT_TONES: Record<Next['kind'], Sign> = {
  stuck: 'bad',
  refused: 'bad',
  silent: 'grey',
  unaligned: 'fair',
  findings: 'fair',
  bounced: 'fair',
};
/** Where each is explained. */
const NEXT_PATHS: Record<Next['kind'], (domain: string) => string> = {
  stuck: (domain) => `/domains/${domain}#mail`,
  silent: (domain) => `/domains/${domain}#mail`,
  refused: (domain) => `/report/${domain}`,
  findings: (domain) => `/report/${domain}`,
  unaligned: (domain) => `/domains/${domain}#sources`,
  bounced: (domain) => `/domains/${domain}#bounces`,
};
/** Rows of the lists of sources and of reports. */
const MAX_ROWS = 30;

export function loginPage(language: Language, notice?: Notice): Html {
  const words = ownerWords[language];
  return document(
    words.login,
    '/login',
    language,
    undefined,
    html`<div class="start"><h1>${words.login}</h1><p class="lead">${words.loginText}</p>${shownNotice(notice)}
<form class="panel" action="/login?lang=${language}" method="post">${field('token', words.token, words.tokenHint, html`type="password" autocomplete="current-password" required`)}<button class="go">${words.enter}</button></form></div>`,
  );
}

export function domainsPage({ domains, next, days }: Overview, language: Language, notice?: Notice): Html {
  const words = ownerWords[language];
  return document(
    words.domains,
    '/domains',
    language,
    'token',
    html`<h1>${words.domains}</h1>${shownNotice(notice)}
<section aria-labelledby="next"><h2 id="next">${words.next}</h2>${
      next.length === 0
        ? html`<p class="soft">${domains.length === 0 ? words.noDomains : words.nothingNext}</p>`
        : html`<ol class="list plain">${next.map((one) => nextRow(one, language))}</ol>`
    }</section>
${domains.length === 0 ? '' : html`<section aria-labelledby="all"><h2 id="all">${words.all}</h2><div class="panel scroll" tabindex="0" role="group" aria-labelledby="all"><table><thead><tr><th scope="col">${words.domain}</th><th scope="col">${words.score}</th><th scope="col">${words.mail}</th><th scope="col">${words.week(days)}</th></tr></thead><tbody>${domains.map((one) => domainRow(one, language))}</tbody></table></div></section>`}
<section aria-labelledby="add"><h2 id="add">${words.add}</h2><form class="panel" action="/domains?lang=${language}" method="post">${field('domain', words.domain, words.addHint, html`required placeholder="shop.example" autocapitalize="none" spellcheck="false"`)}<button class="go">${words.addButton}</button></form></section>`,
  );
}

function nextRow({ domain, kind, count }: Next, language: Language): Html {
  const sign = NEXT_TONES[kind];
  return html`<li><a href="${NEXT_PATHS[kind](domain).replace(/(#|$)/, `?lang=${language}$1`)}"><span class="mark ${sign}">${icon(sign)}</span><span><strong>${toUnicode(domain)}</strong> ${ownerWords[language].nextText[kind](number(count, language))}</span></a></li>`;
}

function domainRow({ domain, check, mail, reports }: DomainOverview, language: Language): Html {
  const words = ownerWords[language];
  const tone = check === null ? 'grey' : check.refused || check.score < 5 ? 'bad' : check.score < 9 ? 'fair' : 'good';
  const share = `${words.aligned(percent(reports.aligned, reports.messages), number(reports.messages, language))}`;
  return html`<tr><th scope="row"><a href="/domains/${domain}?lang=${language}">${toUnicode(domain)}</a></th><td><span class="tag ${tone}">${check === null ? words.unchecked : figure(check.score, language)}</span></td><td>${mail === null ? html`<span class="soft">${words.noFlow}</span>` : html`${words.flow[mail.verdict]}<br><span class="soft">${words.queue(mail.waiting, mail.failed)}</span>`}</td><td>${reports.messages === 0 ? html`<span class="soft">${words.noReports}</span>` : share}${reports.bounced === 0 ? '' : html`<br>${words.bounced(reports.bounced)}`}</td></tr>`;
}

export interface OwnedDomain {
  domain: string;
  settings: WatchSettings;
  deliveries: readonly DeliveryState[];
  past: (ShownPast & { entries: readonly (ShownPast['entries'][number] & Checked)[] }) | undefined;
  flow: (Flow & { verdict: FlowVerdict }) | undefined;
  /** Days back that they are of. */
  sourceDays: number;
  sources: api.Sources;
  step: api.NextStep;
  bounces: api.Bounces;
  received: readonly ReceivedReport[];
  tls: api.TlsReports;
  /** Where this Worker is reached, for the snippet of the badge. */
  origin: string;
}

export function domainPage(owned: OwnedDomain, language: Language, notice?: Notice): Html {
  const words = ownerWords[language];
  const { domain, past } = owned;
  const name = toUnicode(domain);
  return document(
    name,
    `/domains/${domain}`,
    language,
    'token',
    html`<p class="small"><a href="/domains?lang=${language}">${words.all}</a></p><h1>${name}</h1>${shownNotice(notice)}
<p><a href="/report/${domain}${reportQuery(owned.settings, language)}">${words.report}</a></p>
${past === undefined ? '' : pastSection({ entries: past.entries, trend: past.trend }, language)}
${changesSection(past?.entries ?? [], language)}
${flowSection(owned.flow, language)}
${sourcesSection(owned, language)}
${stepSection(owned.step, language)}
${bouncesSection(owned.bounces, language)}
${tlsSection(owned.tls, language)}
${receivedSection(owned.received, language)}
${alertsSection(owned, language)}
${settingsSection(owned, language)}
${badgeSection(owned, language)}
<section aria-labelledby="remove"><h2 id="remove">${words.remove}</h2><form class="panel" action="/domains/${domain}/remove?lang=${language}" method="post"><p>${words.removeText}</p><label class="check"><input type="checkbox" name="sure" value="yes" required> ${words.removeSure(name)}</label><button>${words.removeButton}</button></form></section>`,
  );
}

/** What began and ceased to cost points, day by day: block lists and records alike; '' where nothing changed. */
function changesSection(entries: readonly Checked[], language: Language): Html | string {
  const words = ownerWords[language];
  const changes = changesOf(entries).slice(0, MAX_ROWS);
  if (changes.length === 0) return '';
  const ids = (list: readonly string[]) => list.map((id) => html`<code>${id}</code> `);
  const rows = changes.map(
    ({ checkedAt, appeared, gone }) =>
      html`<tr><th scope="row">${checkedAt.slice(0, 10)}</th><td>${ids(appeared)}</td><td>${ids(gone)}</td></tr>`,
  );
  return html`<section aria-labelledby="changes"><h2 id="changes">${words.changes}</h2><div class="panel scroll" tabindex="0" role="group" aria-labelledby="changes"><table><thead><tr><th scope="col">${words.day}</th><th scope="col">${words.appeared}</th><th scope="col">${words.gone}</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** A check with the ids of what cost points. */
interface Checked {
  checkedAt: string;
  coverage: number;
  findings: readonly string[];
}

/** Between each check and the one before it, newest first; a check that covered less says nothing of what is gone. */
export function changesOf(entries: readonly Checked[]): { checkedAt: string; appeared: string[]; gone: string[] }[] {
  const whole = entries.filter(({ coverage }) => coverage >= 1);
  return whole.flatMap(({ checkedAt, findings }, index) => {
    const before = whole[index + 1]?.findings;
    if (before === undefined) return [];
    const appeared = findings.filter((id) => !before.includes(id));
    const gone = before.filter((id) => !findings.includes(id));
    return appeared.length + gone.length === 0 ? [] : [{ checkedAt, appeared, gone }];
  });
}

/** '' where no TLS report arrived. */
function tlsSection({ days, successful, failed, failures }: api.TlsReports, language: Language): Html | string {
  if (days.length === 0) return '';
  const words = ownerWords[language];
  const rows = failures
    .slice(0, MAX_ROWS)
    .map(
      ({ type, host, sessions, means, advice }) =>
        html`<tr><th scope="row">${means}<br><code>${type}</code></th><td>${host}</td><td>${number(sessions, language)}</td><td>${advice}</td></tr>`,
    );
  const bad = days.filter((day) => day.failed > 0).slice(-MAX_ROWS);
  return html`<section aria-labelledby="tls"><h2 id="tls">${words.tls}</h2><div class="panel"><p>${words.tlsText(number(failed, language), number(successful + failed, language))}</p>${
    rows.length === 0
      ? ''
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="tls"><table><thead><tr><th scope="col">${words.tlsFault}</th><th scope="col">${words.tlsHost}</th><th scope="col">${words.tlsSessions}</th><th scope="col">${words.advice}</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }${bad.length === 0 ? '' : html`<p class="soft">${bad.map((day) => `${day.day}: ${number(day.failed, language)}`).join(' · ')}</p>`}</div></section>`;
}

/** '' where the record has the strictest policy, or no report arrived. */
function stepSection({ verdict, policy, reasons, data, next }: api.NextStep, language: Language): Html | string {
  if (next === null || data.days === 0) return '';
  const words = ownerWords[language];
  const ready = verdict === 'ready';
  return html`<section aria-labelledby="step"><h2 id="step">${words.step}</h2><div class="panel"><p><span class="tag ${ready ? 'good' : 'grey'}">${ready ? words.stepReady : words.stepNotYet}</span> ${words.stepText(policy ?? 'none', next.policy)}</p>${
    reasons.length === 0 ? '' : html`<ul>${reasons.map(({ text }) => html`<li>${text}</li>`)}</ul>`
  }${next.withheld === null ? '' : html`<p>${next.withheld.text}</p>`}${next.record === null ? '' : recordCard(next.record, language)}</div></section>`;
}

function bouncesSection({ domain, failed, delayed, complained, reasons }: api.Bounces, language: Language): Html {
  const words = ownerWords[language];
  const rows = reasons
    .slice(0, MAX_ROWS)
    .map(
      ({ title, messages, advice, example }) =>
        html`<tr><th scope="row">${title}${example === '' ? '' : html`<br><span class="soft">${example}</span>`}</th><td>${number(messages, language)}</td><td>${advice}</td></tr>`,
    );
  return html`<section aria-labelledby="bounces"><h2 id="bounces">${words.bounces}</h2><div class="panel">${
    failed + delayed + complained === 0
      ? html`<p class="soft">${words.noBounces}</p>`
      : html`<p>${words.bouncesText(number(failed, language), number(delayed, language), number(complained, language))}</p>`
  }${
    rows.length === 0
      ? ''
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="bounces"><table><thead><tr><th scope="col">${words.bounceReason}</th><th scope="col">${words.messages}</th><th scope="col">${words.advice}</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }<p><a href="/domains/${domain}/bounced.csv">${words.bouncedAddresses}</a></p></div></section>`;
}

function flowSection(flow: OwnedDomain['flow'], language: Language): Html {
  const words = ownerWords[language];
  const sign = flow === undefined ? 'grey' : FLOW_SIGNS[flow.verdict];
  return html`<section aria-labelledby="mail"><h2 id="mail">${words.mail}</h2><div class="panel">${
    flow === undefined
      ? html`<p class="soft">${words.howFlow}</p>`
      : html`<p><span class="tag ${sign}">${words.flow[flow.verdict]}</span> ${words.queue(flow.waiting, flow.failed)}</p>${flow.lastSuccess === null ? '' : html`<p class="soft">${words.lastSuccess(minute(flow.lastSuccess))}</p>`}`
  }</div></section>`;
}

function sourcesSection({ sources, sourceDays }: OwnedDomain, language: Language): Html {
  const words = ownerWords[language];
  if (sources.messages === 0)
    return html`<section aria-labelledby="sources"><h2 id="sources">${words.sources}</h2><p class="panel soft">${words.noSources}</p></section>`;
  const rows = sources.sources
    .slice(0, MAX_ROWS)
    .map(
      (source) =>
        html`<tr><th scope="row">${source.name}${source.comments.length === 0 ? '' : html`<br><span class="soft">${words.comments} ${source.comments.join('; ')}</span>`}${source.fix === null ? '' : html`<br>${source.fix.text}`}</th><td><span class="tag ${CLASS_TONES[source.class]}">${words.sourceClass[source.class]}</span></td><td>${number(source.messages, language)}</td><td>${percent(source.aligned, source.messages)}</td><td>${source.lastSeen}</td></tr>`,
    );
  return html`<section aria-labelledby="sources"><h2 id="sources">${words.sources}</h2><div class="panel"><p class="soft">${words.sourcesText(sourceDays)} ${words.aligned(percent(sources.aligned, sources.messages), number(sources.messages, language))}</p>${daysPicture(sources, language)}
<div class="scroll" tabindex="0" role="group" aria-labelledby="sources"><table><thead><tr><th scope="col">${words.source}</th><td></td><th scope="col">${words.messages}</th><th scope="col">${words.passed}</th><th scope="col">${words.lastSeen}</th></tr></thead><tbody>${rows}</tbody></table></div></div></section>`;
}

/** The bars of the days of the reports, to today. */
function daysPicture({ since, days }: api.Sources, language: Language): Html {
  const counts = days.map(({ day, ...count }) => ({ day: Date.parse(day), ...count }));
  return alignedPicture(counts, { since: Date.parse(since), until: dayOf(Date.now()) }, language);
}

function receivedSection(received: readonly ReceivedReport[], language: Language): Html {
  const words = ownerWords[language];
  const rows = received
    .slice(0, MAX_ROWS)
    .map(
      ({ kind, reporter, messages, receivedAt }) =>
        html`<tr><th scope="row">${words.kind[kind]}</th><td>${reporter}</td><td>${number(messages, language)}</td><td>${minute(Date.parse(receivedAt))}</td></tr>`,
    );
  return html`<section aria-labelledby="received"><h2 id="received">${words.received}</h2>${
    rows.length === 0
      ? html`<p class="panel soft">${words.noReceived}</p>`
      : html`<div class="panel scroll" tabindex="0" role="group" aria-labelledby="received"><table><thead><tr><th scope="col">${words.received}</th><th scope="col">${words.reporter}</th><th scope="col">${words.messages}</th><th scope="col">${words.arrived}</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }</section>`;
}

function alertsSection({ domain, deliveries, settings }: OwnedDomain, language: Language): Html {
  const words = ownerWords[language];
  const receiver = settings.webhook !== null || settings.mail !== null;
  const rows = deliveries.map(
    ({ channel, state, attempts, lastReply, createdAt }) =>
      html`<tr><th scope="row">${minute(Date.parse(createdAt))}</th><td>${words.channel[channel]}</td><td><span class="tag ${STATE_TONES[state]}">${words.state[state]}</span></td><td>${attempts}</td><td>${lastReply ?? ''}</td></tr>`,
  );
  return html`<section aria-labelledby="alerts"><h2 id="alerts">${words.alerts}</h2><div class="panel">${
    rows.length === 0
      ? html`<p class="soft">${receiver ? words.noAlerts : words.noReceiver}</p>`
      : html`<div class="scroll" tabindex="0" role="group" aria-labelledby="alerts"><table><thead><tr><th scope="col">${words.arrived}</th><td></td><td></td><th scope="col">${words.attempts}</th><th scope="col">${words.answer}</th></tr></thead><tbody>${rows}</tbody></table></div>`
  }${receiver ? html`<form action="/domains/${domain}/test?lang=${language}" method="post"><button>${words.test}</button></form>` : ''}</div></section>`;
}

function settingsSection({ domain, settings }: OwnedDomain, language: Language): Html {
  const words = ownerWords[language];
  const typed = (value: string) => html`value="${value}" autocapitalize="none" spellcheck="false"`;
  const option = (value: string, label: string, selected: string) =>
    html`<option value="${value}"${value === selected ? html` selected` : ''}>${label}</option>`;
  const digests = DIGEST_WISHES.map((wish) => option(wish, words.digests[wish], settings.digest ?? 'changes'));
  return html`<section aria-labelledby="settings"><h2 id="settings">${words.settings}</h2><form class="panel" action="/domains/${domain}?lang=${language}" method="post">
${field('mail', words.mailTo, words.mailToHint, html`${typed(settings.mail ?? '')} inputmode="email"`)}
${field('webhook', words.webhook, words.webhookHint, html`${typed(settings.webhook ?? '')} inputmode="url"`)}
${field('ips', words.ips, words.ipsHint, typed(settings.ips.join(' ')))}
${field('selectors', words.selectors, words.selectorsHint, typed(settings.selectors.join(' ')))}
${field('helo', words.helo, words.heloHint, typed(settings.helo ?? ''))}
<div><label for="language">${words.language}</label><select id="language" name="language">${(['en', 'ru'] as const).map((one) => option(one, words.languages[one], settings.language))}</select></div>
<div><label for="digest">${words.digest}</label><select id="digest" name="digest">${digests}</select></div>
<button class="go">${words.save}</button></form></section>`;
}

function badgeSection({ domain, settings, origin }: OwnedDomain, language: Language): Html {
  const words = ownerWords[language];
  const query = reportQuery(settings, language);
  const alt = pageWords[language].badgeAlt(toUnicode(domain));
  const of = { origin, domain, query, alt };
  const snippets = [badgeSnippet(of), cardSnippet(of)];
  return html`<section aria-labelledby="badge"><h2 id="badge">${words.badge}</h2><div class="panel"><p>${words.badgeText}</p><img class="badge" src="/badge/${domain}.svg${query}" alt="${alt}">${snippets.map((snippet) => html`<figure class="record"><dl><div><dd><code>${snippet}</code>${copyButton(snippet, pageWords[language].copySnippet, language)}</dd></div></dl></figure>`)}</div></section>`;
}

function document(title: string, path: string, language: Language, session: 'token' | undefined, body: Html): Html {
  const words: OwnerWords = ownerWords[language];
  const logout = html`<form class="inline" action="/logout?lang=${language}" method="post"><button>${words.logout}</button></form>`;
  return pageDocument(
    {
      title: `${title} – mailshim`,
      language,
      path,
      query: new URLSearchParams(),
      footer: session === undefined ? '' : logout,
    },
    body,
  );
}

function field(name: string, label: string, hint: string, attributes: unknown): Html {
  return html`<div><label for="${name}">${label}</label><p class="hint" id="${name}-hint">${hint}</p><div class="ask"><input id="${name}" name="${name}" aria-describedby="${name}-hint" maxlength="2000" ${attributes}></div></div>`;
}

function shownNotice(notice: Notice | undefined): Html | string {
  if (notice === undefined) return '';
  return notice.wrong
    ? html`<p class="alert" role="alert">${notice.text}</p>`
    : html`<p class="panel done" role="status">${notice.text}</p>`;
}

function reportQuery({ ips, selectors, helo }: WatchSettings, language: Language): string {
  const query = new URLSearchParams();
  for (const ip of ips) query.append('ip', ip);
  for (const selector of selectors) query.append('selector', selector);
  if (helo !== null) query.set('helo', helo);
  query.set('lang', language);
  return `?${query}`;
}

function percent(part: number, whole: number): string {
  return whole === 0 ? '–' : `${Math.floor((100 * part) / whole)} %`;
}

function number(count: number, language: Language): string {
  return new Intl.NumberFormat(language).format(count);
}

function minute(time: number): string {
  return `${new Date(time).toISOString().slice(0, 16).replace('T', ' ')} UTC`;
}
