// POST /v1/preflight: the shim's question before it sends.
import * as z from 'zod/mini';
import { preflight } from '../../shared/check/preflight.ts';
import type { PreflightRequest } from '../../shared/check/types.ts';
import { parseAddress } from '../../shared/message/address.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import type { App } from '../app.ts';
import type { Edge } from '../edge.ts';
import { ProblemError } from '../problem.ts';
import { allowParameters, jsonBody } from '../request.ts';

/** An address may have 254 octets (RFC 5321 section 4.5.3.1.3), an EHLO name 255. */
const MAX_TEXT = 320;
const text = z
  .string()
  .check(z.maxLength(MAX_TEXT), z.regex(/^[^\x00-\x1f\x7f]*$/, 'must not have control characters'));
const address = text.check(z.refine((value) => parseAddress(value) !== undefined, 'is not a mail address'));
const domain = text.check(z.refine((value) => parseDomain(value).ok, 'is not a domain name'));

const requestSchema = z.strictObject({
  headerFrom: address,
  envelopeFrom: z.union([z.literal(''), address], 'is neither a mail address nor empty'),
  relayHost: z.optional(text.check(z.minLength(1))),
  sendingIps: z.optional(
    z
      .array(text.check(z.refine((value) => parseIp(value) !== undefined, 'is not an IP address')))
      .check(z.maxLength(8)),
  ),
  helo: z.optional(text),
  dkim: z.optional(
    z
      .array(
        z.strictObject({
          domain,
          selector: text.check(z.minLength(1)),
          publicKey: z.optional(z.string().check(z.maxLength(2000))),
        }),
      )
      .check(z.maxLength(4)),
  ),
  sender: z.optional(address),
});

export function preflightRoutes(app: App, edge: Edge): void {
  app.post('/v1/preflight', async (context) => {
    allowParameters(context, []);
    const parsed = requestSchema.safeParse(await jsonBody(context));
    if (!parsed.success) {
      const [issue] = parsed.error.issues;
      const member = issue!.path.join('.');
      throw new ProblemError({
        status: 400,
        title: 'Not a pre-flight request',
        detail: `${member === '' ? 'The body' : `“${member}”`}: ${issue!.message}`,
        ...(member === '' ? {} : { parameter: member }),
      });
    }
    // Copied, since zod marks absent members as undefined, and the engine tells the two apart.
    const answer = await preflight(
      JSON.parse(JSON.stringify(parsed.data)) as PreflightRequest,
      edge.checkContext(context.env),
    );
    return context.json(answer, 200, { 'cache-control': 'no-store' });
  });
}
