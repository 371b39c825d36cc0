// GET /v1/check/:domain and its single parts: the report of a domain or an address.
import type { Context } from 'hono';
import { checkAddress } from '../../shared/check/address.ts';
import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS, type DomainPart } from '../../shared/check/section.ts';
import { parseAddress } from '../../shared/message/address.ts';
import type { App, Edge } from '../edge.ts';
import { reportAnswers } from '../openapi/answers.ts';
import { described, type Parameter } from '../openapi/describe.ts';
import {
  heloParameter,
  ipParameter,
  reportParameters,
  returnPathParameter,
  selectorParameter,
  senderParameter,
} from '../openapi/parameters.ts';
import { ProblemError } from '../problem.ts';
import { domainRequest, hostOf, ipOf, queryOne, shown } from '../request.ts';
import { answerWith } from '../view/report.ts';

/** The parts with their own endpoints, and the parameters of each. */
const SECTIONS: Record<Exclude<DomainPart, 'ptr'>, { summary: string; parameters: readonly Parameter[] }> = {
  spf: {
    summary: 'Check SPF (RFC 7208)',
    parameters: [ipParameter, heloParameter, returnPathParameter, senderParameter],
  },
  dkim: { summary: 'Check the published DKIM keys (RFC 6376)', parameters: [selectorParameter] },
  dmarc: { summary: 'Check the DMARC policy (RFC 9989)', parameters: [] },
  mx: { summary: 'Check where mail for the domain is delivered', parameters: [] },
  dnsbl: { summary: 'Query the block lists', parameters: [ipParameter] },
  dns: { summary: 'Check that the domain exists, its DNSSEC and its CAA records', parameters: [] },
  'mta-sts': { summary: 'Check MTA-STS: the record and the policy file (RFC 8461)', parameters: [] },
  'tls-rpt': { summary: 'Check TLS reporting (RFC 8460)', parameters: [] },
  tls: { summary: 'Check the TLSA records of the mail hosts (RFC 7672)', parameters: [] },
  bimi: { summary: 'Check the logo record (BIMI)', parameters: [] },
};

export function checkRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/check/:domain',
    described({
      summary: 'Check a domain: everything, with a score out of ten',
      tag: 'checks',
      parameters: [ipParameter, selectorParameter, heloParameter, returnPathParameter, ...reportParameters],
      answers: reportAnswers([]),
    }),
    (context) => domainReport(context, edge, DOMAIN_PARTS),
  );
  for (const part of DOMAIN_PARTS) {
    if (part === 'ptr') continue;
    const { summary, parameters } = SECTIONS[part];
    app.get(
      `/v1/${part}/:domain`,
      described({
        summary,
        tag: 'checks',
        parameters: [...parameters, ...reportParameters],
        answers: reportAnswers([part]),
      }),
      (context) => domainReport(context, edge, [part]),
    );
  }
  app.get(
    '/v1/ptr/:ip',
    described({
      summary: 'Check the PTR record of an address, and the name in HELO',
      tag: 'checks',
      parameters: [heloParameter, ...reportParameters],
      answers: reportAnswers(['ptr']),
    }),
    async (context) => {
      const ip = ipOf('ip', context.req.param('ip')).text;
      const helo = queryOne(context, 'helo');
      const request = { ip, ...(helo === undefined ? {} : { helo: hostOf('helo', helo) }) };
      return answerWith(context, edge.tags(context.env), () => checkAddress(request, edge.checkContext(context.env)));
    },
  );
}

async function domainReport(context: Context, edge: Edge, parts: readonly DomainPart[]): Promise<Response> {
  return answerWith(context, edge.tags(context.env), () => {
    const sender = senderOf(queryOne(context, 'sender'));
    const request = { ...domainRequest(context, parts), ...(sender === undefined ? {} : { sender }) };
    return checkDomain(request, edge.checkContext(context.env));
  });
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
