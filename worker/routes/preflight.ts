// POST /v1/preflight: the shim's question before it sends.
import * as z from 'zod/mini';
import { preflight } from '../../shared/check/preflight.ts';
import type { PreflightRequest } from '../../shared/check/types.ts';
import { parseAddress } from '../../shared/message/address.ts';
import { parseDomain } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { requireAllowed } from '../access/domains.ts';
import type { App, Edge } from '../edge.ts';
import { jsonBody } from '../json-body.ts';
import { json, problem } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import { returnPathOf } from '../request.ts';

/** An address may have 254 bytes (RFC 5321 section 4.5.3.1.3), an EHLO name 255. */
const MAX_TEXT = 320;
const text = z
  .string()
  .check(z.maxLength(MAX_TEXT), z.regex(/^[^\x00-\x1f\x7f]*$/, 'must not have control characters'));
const address = text.check(z.refine((value) => parseAddress(value) !== undefined, 'is not a mail address'));
const domain = text.check(z.refine((value) => parseDomain(value).ok, 'is not a domain name'));

export const preflightRequest = z
  .strictObject({
    headerFrom: address.check(z.describe('The address in the header field From.')),
    envelopeFrom: z
      .union([z.literal(''), address], 'is neither a mail address nor empty')
      .check(z.describe('The envelope sender; empty for the null sender.')),
    returnPath: z.optional(
      z
        .union([domain, address], 'is neither a domain name nor a mail address')
        .check(
          z.describe(
            'The domain or address that the relay sets as envelope sender in place of `envelopeFrom`: SPF is evaluated there.',
          ),
        ),
    ),
    relayHost: z.optional(
      text.check(
        z.minLength(1),
        z.describe(
          'The host that the mail is submitted to. Where `sendingIps` is empty, its addresses are used as a guess, unless it is private or a mail provider’s.',
        ),
      ),
    ),
    sendingIps: z.optional(
      z
        .array(text.check(z.refine((value) => parseIp(value) !== undefined, 'is not an IP address')))
        .check(z.maxLength(8)),
    ),
    helo: z.optional(text.check(z.describe('The EHLO name of the relay; SPF of the null sender is evaluated for it.'))),
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
    sender: z.optional(
      address.check(z.describe('The configured sender, suggested where it is aligned and `headerFrom` is not.')),
    ),
  })
  .check(z.describe('The sender of a mail, and what is known of its path.'));

export function preflightRoutes(app: App, edge: Edge): void {
  const description = described({
    summary: 'Ask whether mail from a sender through a relay is aligned',
    description: 'The shim requests this before it sends. `unknown` is no reason to keep mail back.',
    tag: 'mail',
    body: { description: 'The sender and the relay.', content: { 'application/json': 'PreflightRequest' } },
    answers: {
      200: json('The verdict.', 'PreflightAnswer'),
      403: problem('The service answers for its owner’s domains only.'),
      413: problem('The body is too large.'),
      415: problem('The body is not sent as JSON.'),
    },
  });
  app.post('/v1/preflight', description, async (context) => {
    const asked = await jsonBody(context, preflightRequest, 'Not a pre-flight request');
    // The schema allows addresses only.
    requireAllowed(parseAddress(asked.headerFrom)!.domain, edge.settings(context.env));
    const { returnPath } = asked;
    const request = {
      ...asked,
      returnPath: returnPath === undefined ? undefined : returnPathOf('returnPath', returnPath),
    };
    // Copied, since zod makes absent members undefined, and the engine distinguishes the two.
    const answer = await preflight(
      JSON.parse(JSON.stringify(request)) as PreflightRequest,
      edge.checkContext(context.env),
    );
    return context.json(answer, 200, { 'cache-control': 'no-store' });
  });
}
