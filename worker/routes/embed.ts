// GET /embed/:domain: the card for an admin page's frame. view/page.trouble.ts makes cards of problems.
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import type { App, Edge } from '../edge.ts';
import { textual } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import {
  heloParameter,
  ipParameter,
  languageParameter,
  returnPathParameter,
  selectorParameter,
} from '../openapi/parameters.ts';
import { domainRequest } from '../request.ts';
import { cardOptions, cardPolicy, reportCard, THEMES } from '../view/embed.ts';
import { languageOf, maxAgeOf } from '../view/report.ts';

export function embedRoutes(app: App, edge: Edge): void {
  const description = described({
    summary: 'The score as a small card for an iframe',
    description:
      'The only page that others may frame. A frame (any request whose Accept names text/html) gets a card in place of a problem, too.',
    tag: 'embedding',
    parameters: [
      ipParameter,
      selectorParameter,
      heloParameter,
      returnPathParameter,
      languageParameter,
      {
        name: 'theme',
        in: 'query',
        description:
          'The colours: `auto`, as the reader’s system has them, or those that suit the page around the card.',
        schema: { type: 'string', enum: THEMES },
      },
    ],
    answers: { 200: textual('The card.', 'text/html') },
  });
  app.get('/embed/:domain', description, async (context) => {
    const options = cardOptions(new URL(context.req.url), languageOf(context));
    const report = await checkDomain(domainRequest(context, DOMAIN_PARTS), edge.checkContext(context.env));
    return context.html(reportCard(report, options), 200, {
      'cache-control': `public, max-age=${maxAgeOf(report)}`,
      'content-security-policy': await cardPolicy(options.theme),
      'content-language': options.language,
      vary: 'accept, accept-language',
    });
  });
}
