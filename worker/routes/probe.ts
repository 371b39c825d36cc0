// GET /v1/probe?host=: probes ports 465 and 587 of the owner's relay. It needs a token, and the host must be in RELAYS.
import { definitionOf, textOf } from '../../shared/findings/catalog.ts';
import { tlsDiagnosis } from '../access/connection.ts';
import { requireToken } from '../access/token.ts';
import type { App, Edge } from '../edge.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import type { RelayProbe } from '../openapi/types.ts';
import { probeRelay } from '../probe/relay.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne } from '../request.ts';
import { languageOf } from '../view/report.ts';

export function probeRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/probe',
    described({
      summary: 'Probe an own relay on ports 465 and 587',
      description:
        'TLS with a valid certificate, its names in greeting and EHLO, login, and whether it rejects relaying for unknown clients. No mail is sent. Only hosts in the setting RELAYS.',
      tag: 'checks',
      token: true,
      parameters: [
        {
          name: 'host',
          in: 'query',
          description: 'The relay’s name.',
          schema: { type: 'string', maxLength: 253 },
          example: 'mail.shop.example',
          required: true,
        },
        languageParameter,
      ],
      answers: { 200: json('What was found.', 'RelayProbe'), 403: problem('The host is not one of RELAYS.') },
    }),
    async (context) => {
      const settings = edge.settings(context.env);
      await requireToken(context, settings);
      const host = domainOf('host', queryOne(context, 'host') ?? '');
      const language = languageOf(context);
      if (!settings.relays.includes(host)) {
        throw new ProblemError({
          status: 403,
          title: 'Not an own relay',
          detail: `${host} is not one of this Worker’s RELAYS. Its owner lists there the relays that may be probed.`,
          parameter: 'host',
        });
      }
      // Imported here, since everything else also runs where there are no sockets.
      const { connect } = await import('cloudflare:sockets');
      const { reverse: _, ...probe } = await probeRelay(host, edge.checkContext(context.env), {
        connect,
        diagnose: tlsDiagnosis(context.env.CONNECTOR),
        connectTo: settings.connectTo,
      });
      const findings = probe.findings.map((found) => {
        const { area, severity, points, source } = definitionOf(found);
        return { id: found.id, area, severity, points, cost: 0, source, args: found.args, ...textOf(found, language) };
      });
      const answer: RelayProbe = { ...probe, findings };
      return context.json(answer, 200, { 'cache-control': 'no-store', 'content-language': language });
    },
  );
}
