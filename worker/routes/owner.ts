// /login, /logout, /domains, /domains/:domain: the owner's pages. What a form does, the API does: it is asked with the session's token.
import type { Context } from 'hono';
import { parseDomain } from '../../shared/text/domain.ts';
import { domainIn } from '../../shared/text/typed.ts';
import { closeSession, openSession, ownForms, sessionToken } from '../access/session.ts';
import { readBody } from '../body.ts';
import type { App, Edge } from '../edge.ts';
import { readDeliveries } from '../monitor/deliveries.ts';
import { flowVerdict } from '../monitor/flow.ts';
import { findFlow } from '../monitor/flows.ts';
import { readOverview } from '../monitor/overview.ts';
import { storeOf } from '../monitor/store.ts';
import { trendOf } from '../monitor/trend.ts';
import { readDays } from '../monitor/watches.ts';
import { pageOrProblem, problem, textual } from '../openapi/answers.ts';
import { described, TEXT } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type * as shapes from '../openapi/types.ts';
import { type Problem, ProblemError } from '../problem.ts';
import { MAX_RECEIVED, readReceived } from '../reports/received.ts';
import { domainOf } from '../request.ts';
import type { Bindings } from '../settings.ts';
import { domainPage, domainsPage, loginPage, type Notice } from '../view/owner.page.ts';
import { type OwnerWords, ownerWords } from '../view/owner.words.ts';
import { pageResponse } from '../view/page.response.ts';
import { languageOf } from '../view/report.ts';
import { MAX_PAGE } from './bounces.ts';
import { PAST_SHOWN } from './history.ts';
import { NO_STORE, watchOf } from './owned.ts';

type Ctx = Context<{ Bindings: Bindings }>;
/** What a form's page says afterwards, by the word in its address; nothing of a stranger's text is in it. */
const DONE = ['saved', 'added', 'tested', 'noReceiver'] as const;
type Done = (typeof DONE)[number];

/** Of a page that only a session opens. */
const OWN = { ...NO_STORE, vary: 'accept-language, cookie' };
/** Bytes of a form: its fields have 2,000 characters at most, each of which may take nine. */
const MAX_FORM = 64 * 1024;
const MAX_DELIVERIES = 20;
const REPORT_DAYS = 30;

export function ownerRoutes(app: App, edge: Edge): void {
  const page = textual('The page.', 'text/html');
  const badPage = pageOrProblem('What was wrong.');
  const tag = 'pages';
  const parameters = [languageParameter];
  const toPage = { description: 'To the page.', headers: { location: 'Its path.' } };
  const form = (fields: string) => ({
    description: `The form: ${fields}.`,
    content: { 'application/x-www-form-urlencoded': TEXT },
  });
  const doneParameter = {
    name: 'done',
    in: 'query' as const,
    description: 'What the form before did.',
    schema: { enum: [...DONE] },
  };

  /** Runs with the session's token, or leads to the login. */
  const owned =
    (answer: (context: Ctx, token: string) => Promise<Response>) =>
    async (context: Ctx): Promise<Response> => {
      const token = await sessionToken(context, edge.settings(context.env));
      return token === undefined ? context.redirect(`/login?lang=${languageOf(context)}`, 303) : answer(context, token);
    };
  /** The API, asked as a program would. */
  const api = (context: Ctx, token: string, method: string, path: string, body?: unknown) =>
    app.request(
      new Request(new URL(path, context.req.url), {
        method,
        headers: {
          authorization: `Bearer ${token}`,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      }),
      undefined,
      { ...context.env, MAX_QUERIES: String(queriesOfPart(edge.settings(context.env).maxQueries)) },
    );

  app.get(
    '/login',
    described({ summary: 'The login of the owner’s pages', tag, parameters, answers: { 200: page, 501: page } }),
    async (context) => {
      const settings = edge.settings(context.env);
      const ready = settings.apiTokens.length > 0 && context.env.DB !== undefined;
      const language = languageOf(context);
      const notice = ready ? undefined : { text: ownerWords[language].notSetUp, wrong: true };
      return pageResponse(context, loginPage(language, notice), OWN, ready ? 200 : 501);
    },
  );
  app.post(
    '/login',
    described({
      summary: 'Log in: sets the cookie of a session of eight hours',
      tag,
      parameters,
      body: form('`token`'),
      answers: { 303: toPage, 403: badPage },
    }),
    ownForms,
    async (context) => {
      const language = languageOf(context);
      const token = (await formOf(context)).get('token')?.trim() ?? '';
      if (await openSession(context, token, edge.settings(context.env)))
        return context.redirect(`/domains?lang=${language}`, 303);
      const notice = { text: ownerWords[language].wrongToken, wrong: true };
      return pageResponse(context, loginPage(language, notice), OWN, 403);
    },
  );
  app.post(
    '/logout',
    described({ summary: 'Log out', tag, parameters, answers: { 303: toPage, 403: badPage } }),
    ownForms,
    async (context) => {
      const language = languageOf(context);
      closeSession(context);
      return context.redirect(`/login?lang=${language}`, 303);
    },
  );
  app.get(
    '/domains',
    described({
      summary: 'All watched domains, and what to do next',
      tag,
      parameters,
      answers: { 200: page, 303: toPage },
    }),
    owned(async (context) => overviewPage(context)),
  );
  app.post(
    '/domains',
    described({
      summary: 'Add a domain (PUT /v1/watch/:domain)',
      tag,
      parameters,
      body: form('`domain`'),
      answers: { 303: toPage, 400: badPage, 403: badPage },
    }),
    ownForms,
    owned(async (context, token) => {
      const language = languageOf(context);
      const typed = parseDomain(domainIn((await formOf(context)).get('domain') ?? ''));
      if (!typed.ok) return overviewPage(context, { text: ownerWords[language].notADomain, wrong: true }, 400);
      const answer = await api(context, token, 'PUT', `/v1/watch/${typed.name}`, { language });
      if (answer.ok) return context.redirect(`/domains/${typed.name}?lang=${language}&done=added`, 303);
      const { detail } = (await answer.json()) as Problem;
      return overviewPage(context, { text: detail, wrong: true }, 400);
    }),
  );
  app.get(
    '/domains/:domain',
    described({
      summary: 'A watched domain: score, mail queue, sources, reports, alerts, settings',
      tag,
      parameters: [languageParameter, doneParameter],
      answers: { 200: page, 303: toPage, 404: problem('The domain is not watched.') },
    }),
    owned(async (context, token) => {
      const done = DONE.find((word) => word === context.req.query('done'));
      const notice = done && { text: ownerWords[languageOf(context)][done], wrong: done === 'noReceiver' };
      return ownedPage(context, token, notice);
    }),
  );
  app.get(
    '/domains/:domain/bounced.csv',
    described({
      summary: 'The addresses that do not exist (GET /v1/bounces/:domain/addresses)',
      tag,
      answers: {
        200: textual('The first page of them.', 'text/csv'),
        303: toPage,
        404: problem('The domain is not watched.'),
      },
    }),
    owned((context, token) =>
      Promise.resolve(
        api(context, token, 'GET', `/v1/bounces/${domainOfPath(context)}/addresses?format=csv&limit=${MAX_PAGE}`),
      ),
    ),
  );
  app.post(
    '/domains/:domain',
    described({
      summary: 'Change the settings (PUT /v1/watch/:domain)',
      tag,
      parameters,
      body: form('`mail`, `webhook`, `ips`, `selectors`, `helo`, `language`, `digest`'),
      answers: { 303: toPage, 400: badPage, 404: problem('The domain is not watched.') },
    }),
    ownForms,
    owned(async (context, token) => {
      const body = settingsOf(await formOf(context));
      const answer = await api(context, token, 'PUT', `/v1/watch/${domainOfPath(context)}`, body);
      if (answer.ok) return back(context, 'saved');
      const said = ownerWords[languageOf(context)];
      return ownedPage(context, token, { text: wrongText(said, (await answer.json()) as Problem), wrong: true }, 400);
    }),
  );
  app.post(
    '/domains/:domain/test',
    described({
      summary: 'Send a test alert (POST /v1/watch/:domain/test)',
      tag,
      parameters,
      answers: { 303: toPage },
    }),
    ownForms,
    owned(async (context, token) => {
      const answer = await api(context, token, 'POST', `/v1/watch/${domainOfPath(context)}/test`);
      return back(context, answer.ok ? 'tested' : 'noReceiver');
    }),
  );
  app.post(
    '/domains/:domain/remove',
    described({
      summary: 'Stop watching a domain (DELETE /v1/watch/:domain)',
      tag,
      parameters,
      body: form('`sure`, which is `yes`'),
      answers: { 303: toPage },
    }),
    ownForms,
    owned(async (context, token) => {
      const language = languageOf(context);
      if ((await formOf(context)).get('sure') === 'yes')
        await api(context, token, 'DELETE', `/v1/watch/${domainOfPath(context)}`);
      return context.redirect(`/domains?lang=${language}`, 303);
    }),
  );

  async function overviewPage(context: Ctx, notice?: Notice, status: 200 | 400 = 200): Promise<Response> {
    const overview = await readOverview(await storeOf(context), Date.now());
    return pageResponse(context, domainsPage(overview, languageOf(context), notice), OWN, status);
  }

  async function ownedPage(context: Ctx, token: string, notice?: Notice, status: 200 | 400 = 200): Promise<Response> {
    const domain = domainOfPath(context);
    const db = await storeOf(context);
    const watch = await watchOf(db, domain);
    const days = `&days=${REPORT_DAYS}`;
    const read = async <T>(what: string, query = ''): Promise<T> => {
      const answer = await api(context, token, 'GET', `/v1/${what}/${domain}?lang=${languageOf(context)}${query}`);
      if (answer.ok) return (await answer.json()) as T;
      throw new ProblemError((await answer.json()) as Problem);
    };
    const [entries, flow, deliveries, received, sources, step, bounces, tls] = await Promise.all([
      readDays(db, domain, Date.now() - PAST_SHOWN),
      findFlow(db, domain),
      readDeliveries(db, domain, MAX_DELIVERIES),
      readReceived(db, domain, MAX_RECEIVED),
      read<shapes.Sources>('sources', days),
      read<shapes.NextStep>('next'),
      read<shapes.Bounces>('bounces', days),
      read<shapes.TlsReports>('tls-reports', days),
    ]);
    const content = domainPage(
      {
        domain,
        settings: watch.settings,
        deliveries,
        past: entries.length === 0 ? undefined : { entries, trend: trendOf(entries) },
        flow: flow && { ...flow, verdict: flowVerdict(flow, Date.now()) },
        sourceDays: REPORT_DAYS,
        sources,
        step,
        bounces,
        received,
        tls,
        origin: new URL(context.req.url).origin,
      },
      languageOf(context),
      notice,
    );
    return pageResponse(context, content, OWN, status);
  }
}

/** Of the path, as a domain: it becomes part of a path of the API. */
const domainOfPath = (context: Ctx) => domainOf('domain', context.req.param('domain') ?? '');

function back(context: Ctx, done: Done): Response {
  return context.redirect(`/domains/${domainOfPath(context)}?lang=${languageOf(context)}&done=${done}`, 303);
}

/** DNS queries of one inner request: a page makes two that send any, and an invocation has 50 on the free plan. */
function queriesOfPart(most: number): number {
  return Math.max(5, Math.floor(most / 2) - 4);
}

/** The members of PUT /v1/watch: an empty field is an absent one. */
function settingsOf(form: URLSearchParams): Record<string, unknown> {
  const one = (name: string) => form.get(name)?.trim() || undefined;
  const several = (name: string) => (form.get(name) ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return {
    ips: several('ips'),
    selectors: several('selectors'),
    helo: one('helo'),
    webhook: one('webhook'),
    mail: one('mail'),
    language: one('language'),
    digest: one('digest'),
  };
}

function wrongText(said: OwnerWords, { parameter, detail }: Problem): string {
  const [member = ''] = (parameter ?? '').split('.');
  return Object.hasOwn(said.wrong, member) ? said.wrong[member as keyof OwnerWords['wrong']] : said.wrongOther(detail);
}

/** @throws ProblemError 413 for a form that is too large */
async function formOf(context: Ctx): Promise<URLSearchParams> {
  const bytes = await readBody(context, MAX_FORM);
  if (bytes !== undefined) return new URLSearchParams(new TextDecoder().decode(bytes));
  throw new ProblemError({ status: 413, title: 'Body too large', detail: `A form may have ${MAX_FORM} bytes.` });
}
