import { checkDomain } from '../../shared/check/domain.ts';
import { mailDomainOf } from '../../shared/check/mail-domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import { boundedReport } from '../../shared/report/bound.ts';
import { domainIn, MAX_TYPED } from '../../shared/text/typed.ts';
import { isAllowed } from '../access/domains.ts';
import type { App, Edge } from '../edge.ts';
import { textual } from '../openapi/answers.ts';
import { described, type Parameter } from '../openapi/describe.ts';
import {
  heloParameter,
  ipParameter,
  languageParameter,
  returnPathParameter,
  selectorParameter,
} from '../openapi/parameters.ts';
import { domainOf, domainRequest, queryOne } from '../request.ts';
import { pageResponse } from '../view/page.response.ts';
import { FAVICON } from '../view/page.shell.ts';
import { startPage } from '../view/page.start.ts';
import { reportPage } from '../view/page.ts';
import { languageOf, maxAgeOf } from '../view/report.ts';
import { pastOf } from './history.ts';

const HOUR = 3600;
const DAY = 86_400;

const typedParameter: Parameter = {
  name: 'domain',
  in: 'query',
  description: 'The input: a domain, or a mail address or link that contains it.',
  schema: { type: 'string', maxLength: MAX_TYPED },
  example: 'shop.example',
  required: true,
};
const page = (description: string) => textual(description, 'text/html');

export function pageRoutes(app: App, edge: Edge): void {
  startRoute(app);
  formRoute(app, edge);
  reportRoute(app, edge);
  faviconRoute(app);
}

function startRoute(app: App): void {
  const start = described({
    summary: 'The start page: a field for the domain',
    tag: 'pages',
    parameters: [
      { ...typedParameter, description: 'The initial value of the field.', required: false },
      languageParameter,
    ],
    answers: { 200: page('The page.') },
  });
  app.get('/', start, (context) => {
    const domain = queryOne(context, 'domain')?.slice(0, MAX_TYPED);
    // A request with a domain comes from its report, to add the address of the server.
    const typed = domain === undefined ? {} : { domain, ip: '' };
    return pageResponse(context, startPage(languageOf(context), typed), kept(HOUR));
  });
}

function formRoute(app: App, edge: Edge): void {
  const form = described({
    summary: 'The target of the start page’s form: redirects to the report',
    tag: 'pages',
    parameters: [typedParameter, ipParameter, languageParameter],
    answers: { 303: { description: 'To the report.', headers: { location: 'Its path.' } } },
  });
  app.get('/report', form, async (context) => {
    const typed = queryOne(context, 'domain') ?? '';
    const name = domainOf('domain', domainIn(typed));
    const { resolver } = edge.checkContext(context.env);
    // The domain of a mail address is exact; and there are no queries for domains that are not served.
    const exact = typed.includes('@') || !isAllowed(name, edge.settings(context.env));
    const found = exact ? name : await mailDomainOf(name, resolver);
    const domain = isAllowed(found, edge.settings(context.env)) ? found : name;
    const query = new URLSearchParams();
    if (domain !== name) query.set('typed', name);
    for (const name of ['ip', 'lang']) {
      const value = queryOne(context, name)?.trim();
      if (value !== undefined && value !== '') query.set(name, value);
    }
    return context.redirect(`/report/${domain}${query.size > 0 ? `?${query}` : ''}`, 303);
  });
}

function reportRoute(app: App, edge: Edge): void {
  const report = described({
    summary: 'The report of a domain as a page',
    tag: 'pages',
    parameters: [
      ipParameter,
      selectorParameter,
      heloParameter,
      returnPathParameter,
      languageParameter,
      {
        name: 'typed',
        in: 'query',
        description: 'The web host of the input, where this report is about the domain above it.',
        schema: { type: 'string', maxLength: 253 },
        example: 'www.shop.example',
      },
    ],
    answers: { 200: page('The page.') },
  });
  app.get('/report/:domain', report, async (context) => {
    const language = languageOf(context);
    const request = domainRequest(context, DOMAIN_PARTS);
    const [checked, past] = await Promise.all([
      checkDomain(request, edge.checkContext(context.env)),
      pastOf(context, request.domain),
    ]);
    const { searchParams: query, origin } = new URL(context.req.url);
    return pageResponse(
      context,
      reportPage(boundedReport(checked), language, { query, origin, past }),
      kept(maxAgeOf(checked)),
    );
  });
}

function faviconRoute(app: App): void {
  const favicon = described({
    summary: 'The sign of the pages in a browser’s tab',
    tag: 'pages',
    answers: { 200: textual('The picture.', 'image/svg+xml') },
  });
  app.get('/favicon.svg', favicon, (context) =>
    context.body(FAVICON, 200, {
      'content-type': 'image/svg+xml; charset=utf-8',
      'cache-control': `public, max-age=${DAY}`,
    }),
  );
}

/** How long every cache may keep a page, in seconds. */
function kept(maxAge: number): Record<string, string> {
  return { 'cache-control': `public, max-age=${maxAge}` };
}
