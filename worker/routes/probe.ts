// GET /v1/probe?host=: what the owner's relay says on ports 465 and 587. A token is needed, and the host must be listed in RELAYS.
import * as z from 'zod/mini';
import { definitionOf, textOf } from '../../shared/findings/catalog.ts';
import type { RelayPort } from '../../shared/findings/relay.rules.ts';
import { tlsDiagnosis } from '../access/connection.ts';
import { requireToken } from '../access/token.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { json, problem } from '../openapi/answers.ts';
import { component, type Fits, said } from '../openapi/component.ts';
import { described } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import { FindingSchema, timestamp } from '../openapi/schemas.ts';
import { probeRelay } from '../probe/relay.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, queryOne } from '../request.ts';
import { languageOf } from '../view/report.ts';

const text = z.string();
const PortSchema = z.object({
  port: z.int(),
  state: z.enum(['open', 'refused', 'unreachable']),
  tls: said(
    '`none`: plain text where TLS is due; null where it did not come so far.',
    z.nullable(z.enum(['trusted', 'untrusted', 'none'])),
  ),
  banner: said('The name in its greeting.', z.nullable(text)),
  ehlo: said('The name in its answer to EHLO.', z.nullable(text)),
  authInClear: said('Ways to log in that it offers before TLS.', z.array(text)),
  auth: said('The same after TLS.', z.array(text)),
  relaying: said(
    'What it said to a stranger’s mail to a stranger, before any content; null where it was not asked.',
    z.nullable(
      z.object({ result: z.enum(['refused', 'accepted', 'unknown']), sender: text, recipient: text, reply: text }),
    ),
  ),
  detail: said('Its words, or the fault of the connection, where something failed.', text),
});
export type PortFits = Fits<RelayPort, z.infer<typeof PortSchema>>;

const ProbeSchema = component(
  'RelayProbe',
  'What a relay says on its ports.',
  z.object({
    host: text,
    checkedAt: timestamp,
    addresses: z.array(text),
    ports: z.array(PortSchema),
    findings: said('Worst first. No score is made of them.', z.array(FindingSchema)),
  }),
);

export function probeRoutes(app: App, edge: Edge): void {
  app.get(
    '/v1/probe',
    described({
      summary: 'Probe an own relay on ports 465 and 587',
      description:
        'TLS with a valid certificate, the names it gives itself, login, and whether it refuses to send for strangers. No mail is handed over. Only hosts in the setting RELAYS.',
      tag: 'checks',
      token: true,
      parameters: [
        {
          name: 'host',
          in: 'query',
          description: 'The relay’s name.',
          schema: text.check(z.maxLength(253)),
          example: 'mail.shop.example',
          required: true,
        },
        languageParameter,
      ],
      answers: { 200: json('What was found.', ProbeSchema), 403: problem('The host is not one of RELAYS.') },
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
      // Only here: everything else also runs where there are no sockets.
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
      return context.json({ ...probe, findings }, 200, { 'cache-control': 'no-store', 'content-language': language });
    },
  );
}
