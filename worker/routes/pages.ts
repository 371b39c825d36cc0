// GET / and /report/:domain: the pages for people.
import type { Context } from 'hono';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/sections.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { allowParameters, domainOf, domainRequest, queryOne } from '../request.ts';
import { contentSecurityPolicy } from '../view/page.style.ts';
import { reportPage, startPage } from '../view/page.ts';
import { languageOf, maxAgeOf } from '../view/report.ts';

export function pageRoutes(app: App, edge: Edge): void {
  app.get('/', async (context) => {
    allowParameters(context, ['lang']);
    return page(context, startPage(languageOf(context)), 3600);
  });
  // The form sends the domain as a parameter; its page has an address that can be passed on.
  app.get('/report', (context) => {
    allowParameters(context, ['domain', 'ip', 'lang']);
    const domain = domainOf('domain', queryOne(context, 'domain') ?? '');
    const query = new URLSearchParams();
    for (const name of ['ip', 'lang']) {
      const value = queryOne(context, name)?.trim();
      if (value !== undefined && value !== '') query.set(name, value);
    }
    return context.redirect(`/report/${domain}${query.size > 0 ? `?${query}` : ''}`, 303);
  });
  app.get('/report/:domain', async (context) => {
    allowParameters(context, ['ip', 'selector', 'helo', 'lang']);
    const report = await checkDomain(domainRequest(context, DOMAIN_PARTS), edge.checkContext(context.env));
    const query = new URL(context.req.url).searchParams;
    return page(context, reportPage(report, languageOf(context), query), maxAgeOf(report));
  });
}

async function page(context: Context, content: ReturnType<typeof startPage>, maxAge: number): Promise<Response> {
  return context.html(content, 200, {
    'cache-control': `public, max-age=${maxAge}`,
    'content-security-policy': await contentSecurityPolicy(),
    vary: 'accept-language',
    'content-language': languageOf(context),
  });
}
