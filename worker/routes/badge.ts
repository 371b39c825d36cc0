// GET /badge/:domain.svg and .json: the score as a picture, or for shields.io. Whatever happens, it stays a picture.
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/sections.ts';
import type { Language } from '../../shared/findings/define.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { described, type Parameter } from '../openapi/describe.ts';
import { ipParameter, selectorParameter } from '../openapi/parameters.ts';
import { badgeOf, badgeWords, SHIELDS_COLOURS } from '../view/badge.score.ts';
import { BADGE_STYLES, type BadgeColour, badgeSvg, badgeText } from '../view/badge.ts';
import { pastOf } from './past.ts';

/** Seconds: the shop's admin page may show the last picture while a new one is made. */
const FRESH = 300;
const STALE = 86_400;
/** A picture of trouble is asked for again soon. */
const TROUBLE = 30;
const MAX_IPS = 2;
const MAX_SELECTORS = 4;

/** The shape that shields.io reads (https://shields.io/badges/endpoint-badge). */
const shieldsSchema = z.strictObject({
  schemaVersion: z.literal(1),
  label: z.string(),
  message: z.string(),
  color: z.string(),
  isError: z.optional(z.boolean()),
  cacheSeconds: z.optional(z.number()),
});

const parameters: readonly Parameter[] = [
  {
    name: 'file',
    in: 'path',
    description: 'The domain with `.svg` for the picture, or with `.json` for shields.io’s endpoint badge.',
    schema: z.string(),
    example: 'shop.example.svg',
  },
  ipParameter,
  selectorParameter,
  {
    name: 'label',
    in: 'query',
    description: 'The text of the left half, at most 40 characters; empty for none.',
    schema: z.string(),
    example: 'e-mail',
  },
  {
    name: 'lang',
    in: 'query',
    description:
      'The language of the texts. The header Accept-Language has no part in it: a page shows the same to all.',
    schema: z.enum(['en', 'ru']),
  },
  { name: 'style', in: 'query', description: 'The look of the picture.', schema: z.enum(BADGE_STYLES) },
];

interface Badge {
  message: string;
  colour: BadgeColour;
  maxAge: number;
  error?: boolean;
}

export function badgeRoutes(app: App, edge: Edge): void {
  const description = described({
    summary: 'The score as a badge',
    description:
      'Never an error: what is no domain, or could not be checked, is a grey badge that says so, since a page would show anything else as a broken picture.',
    tag: 'embedding',
    parameters,
    ignoresUnknownParameters: true,
    answers: {
      200: {
        description: 'The badge.',
        content: { 'image/svg+xml': z.string(), 'application/json': shieldsSchema },
      },
    },
  });
  app.get('/badge/:file', description, async (context) => {
    const [, name = '', extension] = /^(.*)\.(svg|json)$/i.exec(context.req.param('file')) ?? [];
    const language = languageOf(context);
    const domain = parseDomain(name);
    if (extension === undefined || !domain.ok) {
      const badge: Badge = { message: badgeWords[language].notADomain, colour: 'grey', maxAge: FRESH, error: true };
      return badgeResponse(context, badge, language, extension);
    }
    return badgeResponse(context, await checked(context, edge, domain.name, language), language, extension);
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
    return { ...badgeOf(report, language, past?.trend?.direction), maxAge: FRESH };
  } catch (error) {
    // A broken picture on the shop's page would help nobody; the report page shows the trouble itself.
    console.error(error);
    return { message: badgeWords[language].unavailable, colour: 'grey', maxAge: TROUBLE, error: true };
  }
}

function badgeResponse(
  context: Context,
  { message, colour, maxAge, error }: Badge,
  language: Language,
  extension: string | undefined,
): Response {
  const label = context.req.query('label') ?? badgeWords[language].label;
  const headers = { 'cache-control': `public, max-age=${maxAge}, stale-while-revalidate=${STALE}` };
  if (extension?.toLowerCase() === 'json') {
    const body: z.infer<typeof shieldsSchema> = {
      schemaVersion: 1,
      label: badgeText(label),
      message,
      color: SHIELDS_COLOURS[colour],
      cacheSeconds: FRESH,
      ...(error === true ? { isError: true } : {}),
    };
    return context.json(body, 200, headers);
  }
  const style = BADGE_STYLES.find((known) => known === context.req.query('style')) ?? 'flat';
  return context.body(badgeSvg(label, message, colour, style), 200, {
    'content-type': 'image/svg+xml; charset=utf-8',
    // Opened by itself the picture is a document; nothing in it may load or run.
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; sandbox",
    ...headers,
  });
}

function languageOf(context: Context): Language {
  return context.req.query('lang') === 'ru' ? 'ru' : 'en';
}

/** Values of a parameter that may be repeated or separated by commas; those beyond `most` are passed over. */
function list(context: Context, name: string, most: number): string[] {
  return (context.req.queries(name) ?? []).flatMap((value) => value.split(',')).slice(0, most);
}
