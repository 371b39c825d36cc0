// GET /badge/:domain.svg and .json: the score as a picture, or for shields.io. Errors are a picture, too.
import type { Context } from 'hono';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import type { Language } from '../../shared/findings/define.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { App, Edge } from '../edge.ts';
import { described, type Parameter, TEXT } from '../openapi/describe.ts';
import { ipParameter, selectorParameter } from '../openapi/parameters.ts';
import {
  type Badge,
  badgeAnswer,
  badgeLanguage,
  badgeOf,
  badgeWords,
  FRESH,
  unavailableBadge,
} from '../view/badge.answer.ts';
import { BADGE_STYLES } from '../view/badge.ts';
import { pastOf } from './history.ts';

/** Seconds: the shop's admin page may show the last picture while a new one is made. */
const STALE = 86_400;
/** Seconds that the picture of an error is cached. */
const TROUBLE = 30;
const keptFor = (seconds: number) => `public, max-age=${seconds}, stale-while-revalidate=${STALE}`;
const MAX_IPS = 2;
const MAX_SELECTORS = 4;

const parameters: readonly Parameter[] = [
  {
    name: 'file',
    in: 'path',
    description: 'The domain with `.svg` for the picture, or with `.json` for shields.io’s endpoint badge.',
    schema: TEXT,
    example: 'shop.example.svg',
  },
  ipParameter,
  selectorParameter,
  {
    name: 'label',
    in: 'query',
    description: 'The text of the left half, at most 40 characters; empty for none.',
    schema: TEXT,
    example: 'e-mail',
  },
  {
    name: 'lang',
    in: 'query',
    description:
      'The language of the texts. The header field Accept-Language is ignored, so that a page shows the same to all.',
    schema: { type: 'string', enum: ['en', 'ru'] },
  },
  {
    name: 'style',
    in: 'query',
    description: 'The look of the picture.',
    schema: { type: 'string', enum: BADGE_STYLES },
  },
];

export function badgeRoutes(app: App, edge: Edge): void {
  const description = described({
    summary: 'The score as a badge',
    description:
      'Never an error: without a valid domain or a result the badge is grey and has the reason, since a page would show an error as a broken picture.',
    tag: 'embedding',
    parameters,
    ignoresUnknownParameters: true,
    answers: {
      200: {
        description: 'The badge.',
        content: { 'image/svg+xml': TEXT, 'application/json': 'ShieldsBadge' },
      },
    },
  });
  app.get('/badge/:file', description, async (context) => {
    const [, name = '', extension] = /^(.*)\.(svg|json)$/i.exec(context.req.param('file')) ?? [];
    const language = badgeLanguage(context);
    const domain = parseDomain(name);
    if (extension === undefined || !domain.ok) {
      const message = badgeWords[language].notADomain;
      return badgeAnswer(context, { message, colour: 'grey', cache: keptFor(FRESH), error: true });
    }
    return badgeAnswer(context, await checked(context, edge, domain.name, language));
  });
}

async function checked(context: Context, edge: Edge, domain: string, language: Language): Promise<Badge> {
  const ips = list(context, 'ip', MAX_IPS).flatMap((ip) => parseIp(ip)?.text ?? []);
  const selectors = list(context, 'selector', MAX_SELECTORS).filter((selector) =>
    /^[a-z0-9._-]{1,63}$/i.test(selector),
  );
  try {
    const [report, past] = await Promise.all([
      checkDomain({ domain, ips, selectors, parts: DOMAIN_PARTS }, edge.checkContext(context.env)),
      pastOf(context, domain),
    ]);
    return { ...badgeOf(report, language, past?.trend?.direction), cache: keptFor(FRESH) };
  } catch (error) {
    // A broken picture on the shop's page would be of no use; the report page shows the error itself.
    console.error(error);
    return unavailableBadge(language, keptFor(TROUBLE));
  }
}

/** Values of a parameter that may be repeated or separated by commas; those beyond `most` are ignored. */
function list(context: Context, name: string, most: number): string[] {
  return (context.req.queries(name) ?? []).flatMap((value) => value.split(',')).slice(0, most);
}
