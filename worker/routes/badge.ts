// GET /badge/:domain.svg: the score as a picture. Whatever happens, it stays a picture.
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/sections.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { type BadgeColour, badgeOf, badgeSvg } from '../view/badge.ts';

const LABEL = 'mail';
/** Seconds: the shop's admin page may show the last picture while a new one is made. */
const FRESH = 300;
const STALE = 86_400;
/** A picture of trouble is asked for again soon. */
const TROUBLE = 30;

export function badgeRoutes(app: App, edge: Edge): void {
  app.get('/badge/:file', async (context) => {
    const file = context.req.param('file');
    const picture = (message: string, colour: BadgeColour, maxAge: number) =>
      context.body(badgeSvg(LABEL, message, colour), 200, {
        'content-type': 'image/svg+xml; charset=utf-8',
        'cache-control': `public, max-age=${maxAge}, stale-while-revalidate=${STALE}`,
        'content-security-policy': "default-src 'none'; style-src 'unsafe-inline'",
        'x-content-type-options': 'nosniff',
      });
    const domain = parseDomain(file.replace(/\.svg$/i, ''));
    if (!/\.svg$/i.test(file) || !domain.ok) return picture('not a domain', 'grey', FRESH);
    const ips = (context.req.queries('ip') ?? []).slice(0, 2).flatMap((ip) => parseIp(ip)?.text ?? []);
    const selectors = (context.req.queries('selector') ?? [])
      .slice(0, 4)
      .filter((selector) => /^[a-z0-9._-]{1,63}$/i.test(selector));
    try {
      const report = await checkDomain(
        { domain: domain.name, ips, selectors, parts: DOMAIN_PARTS },
        edge.checkContext(context.env),
      );
      const { message, colour } = badgeOf(report.score);
      return picture(message, colour, FRESH);
    } catch {
      // A broken picture on the shop's page would help nobody; the report page shows the trouble itself.
      return picture('unavailable', 'grey', TROUBLE);
    }
  });
}
