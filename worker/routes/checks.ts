// GET /v1/check/:domain and its single parts: the report of a domain or an address.
import type { Context } from 'hono';
import { checkAddress } from '../../shared/check/address.ts';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS, type DomainPart } from '../../shared/check/sections.ts';
import { parseAddress } from '../../shared/message/address.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { ProblemError } from '../problem.ts';
import { allowParameters, domainRequest, hostOf, ipOf, queryOne, shown } from '../request.ts';
import { reportResponse } from '../view/report.ts';

const FORMAT_PARAMETERS = ['format', 'lang', 'min_score'];

/** The parts that have an endpoint of their own, with what each takes. */
const SECTIONS: Record<Exclude<DomainPart, 'ptr'>, readonly string[]> = {
  spf: ['ip', 'helo', 'sender'],
  dkim: ['selector'],
  dmarc: [],
  mx: [],
  dnsbl: ['ip'],
  dns: [],
  'mta-sts': [],
  'tls-rpt': [],
  tls: [],
  bimi: [],
};

export function checkRoutes(app: App, edge: Edge): void {
  app.get('/v1/check/:domain', (context) => {
    allowParameters(context, ['ip', 'selector', 'helo', ...FORMAT_PARAMETERS]);
    return domainReport(context, edge, DOMAIN_PARTS);
  });
  for (const [part, parameters] of Object.entries(SECTIONS)) {
    app.get(`/v1/${part}/:domain`, (context) => {
      allowParameters(context, [...parameters, ...FORMAT_PARAMETERS]);
      return domainReport(context, edge, [part as DomainPart]);
    });
  }
  app.get('/v1/ptr/:ip', async (context) => {
    allowParameters(context, ['helo', ...FORMAT_PARAMETERS]);
    const ip = ipOf('ip', context.req.param('ip')).text;
    const helo = queryOne(context, 'helo');
    const report = await checkAddress(
      { ip, ...(helo === undefined ? {} : { helo: hostOf('helo', helo) }) },
      edge.checkContext(context.env),
    );
    return reportResponse(context, report);
  });
}

async function domainReport(context: Context, edge: Edge, parts: readonly DomainPart[]): Promise<Response> {
  const sender = senderOf(queryOne(context, 'sender'));
  const request = { ...domainRequest(context, parts), ...(sender === undefined ? {} : { sender }) };
  return reportResponse(context, await checkDomain(request, edge.checkContext(context.env)));
}

function senderOf(text: string | undefined): string | undefined {
  if (text === undefined || parseAddress(text) !== undefined) return text;
  throw new ProblemError({
    status: 400,
    title: 'Not a mail address',
    detail: `“${shown(text)}” is not a mail address. One looks like orders@shop.example.`,
    parameter: 'sender',
  });
}
