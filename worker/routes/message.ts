// POST /v1/message: a mail as a file, scored before or after it was sent.
import type { Context } from 'hono';
import * as z from 'zod/mini';
import { checkMessage, MAX_MESSAGE_BYTES, type MessageRequest } from '../../shared/check/message.ts';
import { inspectHeaders } from '../../shared/content/headers.ts';
import { otherFile } from '../../shared/content/other-file.ts';
import { readHeader, withoutSavedLines } from '../../shared/content/read-header.ts';
import { MESSAGE_KINDS as KINDS } from '../../shared/findings/message.rules.ts';
import { parseAddress } from '../../shared/message/address.ts';
import { fromBase64, toBytes } from '../../shared/message/bytes.ts';
import { toAscii } from '../../shared/text/domain.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { requireAllowed } from '../access/domains.ts';
import { readBody } from '../body.ts';
import type { App, Edge } from '../edge.ts';
import { jsonBody } from '../json-body.ts';
import { problem, reportAnswers } from '../openapi/answers.ts';
import { described, type Parameter, TEXT } from '../openapi/describe.ts';
import { formatParameter, heloParameter, languageParameter, minScoreParameter } from '../openapi/parameters.ts';
import { ProblemError } from '../problem.ts';
import { domainOf, hostOf, ipOf, queryOne, shown } from '../request.ts';
import type { Settings } from '../settings.ts';
import { reportResponse } from '../view/report.ts';

/** JSON escapes a line ending in four characters, and base64 takes a third more. */
const MAX_JSON = 2 * MAX_MESSAGE_BYTES;
const MAX_TEXT = 320;
/** Relays that sign what passes through them; one signs for one domain or two. */
const MAX_SIGNERS = 4;
const text = z
  .string()
  .check(z.maxLength(MAX_TEXT), z.regex(/^[^\x00-\x1f\x7f]*$/, 'must not have control characters'));
const isSender = (value: string) => value === '' || value === '<>' || parseAddress(value) !== undefined;
const sender = text.check(z.refine(isSender, 'is neither a mail address nor empty'));
const address = text.check(z.refine((value) => parseIp(value) !== undefined, 'is not an IP address'));
const signer = z.string().check(z.refine((value) => toAscii(value).ok, 'is not a domain name'));
const host = z.string().check(z.regex(/^[\x21-\x7e]{1,253}$/, 'is not a host name'));

export const messageRequest = z
  .strictObject({
    raw: z.optional(z.string().check(z.describe('The whole mail, header and body, as text. This or `rawBase64`.'))),
    rawBase64: z.optional(z.string().check(z.describe('The bytes of the mail, for one that is not UTF-8.'))),
    envelopeFrom: z.optional(
      sender.check(z.describe('The envelope sender; empty for the null sender. Default: Return-Path.')),
    ),
    clientIp: z.optional(address.check(z.describe('The address of the client that the receiver sees.'))),
    helo: z.optional(host.check(z.describe('The name that the client gives in HELO or EHLO.'))),
    tls: z.optional(z.boolean().check(z.describe('Whether it is sent over TLS.'))),
    receivedBy: z.optional(
      host.check(z.describe('The receiving host; the topmost Received field that names it is trusted.')),
    ),
    signedLater: z.optional(
      z
        .array(z.strictObject({ domain: signer, selector: z.optional(host) }))
        .check(
          z.minLength(1),
          z.maxLength(MAX_SIGNERS),
          z.describe('Signatures that a relay adds on the path: a missing one is then unknown instead of absent.'),
        ),
    ),
    kind: z.optional(
      z.enum(KINDS).check(z.describe('Whether it is sent to many recipients; default: judged by the mail.')),
    ),
  })
  .check(z.describe('A mail with what is known of its path.'));

const senderParameter: Parameter = {
  name: 'sender',
  in: 'query',
  description: 'The envelope sender; `<>` for the null sender. Default: Return-Path.',
  schema: TEXT,
  example: 'bounce@shop.example',
};
const clientParameter: Parameter = {
  name: 'ip',
  in: 'query',
  description: 'The address that the receiver sees.',
  schema: TEXT,
  example: '203.0.113.25',
};
const tlsParameter: Parameter = {
  name: 'tls',
  in: 'query',
  description: 'Whether the mail is sent over TLS.',
  schema: { type: 'string', enum: ['true', 'false'] },
};
const receivedByParameter: Parameter = {
  name: 'received_by',
  in: 'query',
  description:
    'The receiving host: the topmost Received field that names it has client, HELO, TLS and time. No other is trusted.',
  schema: TEXT,
  example: 'mx.client.example',
};
const kindParameter: Parameter = {
  name: 'kind',
  in: 'query',
  description:
    'Whether the mail is sent to many recipients and so needs one-click unsubscribing; default: judged by the mail.',
  schema: { type: 'string', enum: KINDS },
};

const signedLaterParameter: Parameter = {
  name: 'signed_later',
  in: 'query',
  description:
    'The domain for which a relay adds a DKIM signature later: a missing signature is then unknown instead of absent.',
  schema: TEXT,
  example: 'shop.example',
};

const mailPathParameters = [
  clientParameter,
  senderParameter,
  heloParameter,
  tlsParameter,
  receivedByParameter,
  signedLaterParameter,
  kindParameter,
];

export function messageRoutes(app: App, edge: Edge): void {
  const { 304: _, 200: report, ...others } = reportAnswers([]);
  const description = described({
    summary: 'Score a mail: authentication, alignment, header, MIME, links, unsubscribing, size',
    description:
      'Send the mail as it is, with its header. What is not known of its path takes no points off and widens the band of the score. The mail is not stored.',
    tag: 'mail',
    parameters: [...mailPathParameters, formatParameter, languageParameter, minScoreParameter],
    body: {
      description: 'The mail as a file, or JSON that contains it; with JSON the facts of its path are in the body.',
      content: { 'message/rfc822': TEXT, 'application/json': 'MessageRequest' },
    },
    answers: {
      200: { description: report.description, content: report.content },
      ...others,
      403: problem('The service answers for its owner’s domains only.'),
      413: problem('The mail is too large.'),
      415: problem('The body is neither a mail nor JSON, or is in an unknown content-encoding.'),
    },
  });
  app.post('/v1/message', description, async (context) => {
    const request = await requestOf(context);
    requireOwnMail(request.raw, edge.settings(context.env));
    const response = await reportResponse(context, await checkMessage(request, edge.checkContext(context.env)));
    // The content of a mail is private.
    response.headers.set('cache-control', 'no-store');
    response.headers.delete('etag');
    return response;
  });
}

/** Throws 415 for a file that is not a mail, 403 for a mail of a domain that this Worker does not serve. */
export function requireOwnMail(raw: Uint8Array, settings: Pick<Settings, 'allowedDomains'>): void {
  refuseOtherFile(raw);
  const { fromDomain } = inspectHeaders(readHeader(withoutSavedLines(raw)).fields, 0);
  requireAllowed(fromDomain, settings);
}

/** A report on such a file would only say that it has no From. */
function refuseOtherFile(raw: Uint8Array): void {
  const other = otherFile(raw);
  if (other === undefined) return;
  throw new ProblemError({
    status: 415,
    title: 'Not a mail',
    detail: `The body is ${other.what}. ${other.instead}: a mail is text that begins with its header.`,
  });
}

async function requestOf(context: Context): Promise<MessageRequest> {
  const mediaType = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase();
  // RFC 6532 section 3.7: message/global is the same with UTF-8 in the header.
  if (mediaType === 'message/rfc822' || mediaType === 'message/global') return fromFile(context);
  if (mediaType === 'application/json') return fromJson(context);
  throw new ProblemError({
    status: 415,
    title: 'Neither a mail nor JSON',
    detail:
      'Send the mail as it is: curl --data-binary @mail.eml -H "content-type: message/rfc822"; or as JSON with the member raw.',
    parameter: 'content-type',
  });
}

async function fromFile(context: Context): Promise<MessageRequest> {
  const given = {
    clientIp: read(context, 'ip', (value) => ipOf('ip', value).text),
    envelopeFrom: read(context, 'sender', senderOf),
    helo: read(context, 'helo', (value) => hostOf('helo', value)),
    tls: read(context, 'tls', flagOf),
    receivedBy: read(context, 'received_by', (value) => hostOf('received_by', value)),
    signedLater: read(context, 'signed_later', (value) => [{ domain: domainOf('signed_later', value) }]),
    kind: read(context, 'kind', kindOf),
  };
  return withoutAbsent({ raw: await bodyOf(context, MAX_MESSAGE_BYTES), ...given });
}

async function fromJson(context: Context): Promise<MessageRequest> {
  for (const { name } of mailPathParameters) {
    if (context.req.query(name) !== undefined) {
      throw bad(
        'Said in the wrong place',
        `With JSON, what is known of the mail’s path belongs in the body, not in ${name}.`,
        name,
      );
    }
  }
  const asked = await jsonBody(context, messageRequest, 'Not a mail', MAX_JSON);
  const { raw, rawBase64, clientIp, envelopeFrom, signedLater, ...rest } = asked;
  const given = raw ?? rawBase64;
  if (given === undefined || (raw !== undefined && rawBase64 !== undefined)) {
    throw bad('Not a mail', 'Give the mail once: as text in raw, or in rawBase64.', 'raw');
  }
  const octets = raw === undefined ? fromBase64(given) : toBytes(given);
  if (octets === undefined) throw bad('Not base64', 'rawBase64 is not base64 (RFC 4648 section 4).', 'rawBase64');
  if (octets.length > MAX_MESSAGE_BYTES) throw tooLarge();
  if (octets.length === 0) throw empty();
  return withoutAbsent({
    raw: octets,
    ...rest,
    signedLater: signedLater?.map(({ domain, selector }) => ({
      domain: domainOf('signedLater', domain),
      ...(selector === undefined ? {} : { selector }),
    })),
    clientIp: clientIp === undefined ? undefined : parseIp(clientIp)?.text,
    envelopeFrom: envelopeFrom === undefined ? undefined : senderOf(envelopeFrom),
  });
}

async function bodyOf(context: Context, most: number): Promise<Uint8Array> {
  const octets = await readBody(context, most);
  if (octets === undefined) throw tooLarge();
  if (octets.length === 0) throw empty();
  return octets;
}

function tooLarge(): ProblemError {
  return new ProblemError({
    status: 413,
    title: 'Mail too large',
    detail: `A mail may have ${MAX_MESSAGE_BYTES} bytes. Leave large attachments out.`,
  });
}

function empty(): ProblemError {
  return bad(
    'No mail',
    'The body is empty. With curl: --data-binary @mail.eml (not -d, which takes the line endings out).',
  );
}

function bad(title: string, detail: string, parameter = ''): ProblemError {
  return new ProblemError({ status: 400, title, detail, ...(parameter === '' ? {} : { parameter }) });
}

function read<T>(context: Context, name: string, parse: (value: string) => T): T | undefined {
  const value = queryOne(context, name);
  return value === undefined ? undefined : parse(value);
}

function senderOf(value: string): string {
  if (value === '' || value === '<>') return '';
  const mailbox = parseAddress(value);
  if (mailbox !== undefined && value.length <= MAX_TEXT) return mailbox.address;
  const detail = `“${shown(value)}” is not a mail address. One looks like bounce@shop.example; <> is the null sender.`;
  throw bad('Not a mail address', detail, 'sender');
}

function flagOf(value: string): boolean {
  if (value === 'true' || value === 'false') return value === 'true';
  throw bad('Neither true nor false', `tls is true or false, not “${shown(value)}”.`, 'tls');
}

function kindOf(value: string): (typeof KINDS)[number] {
  const kind = KINDS.find((known) => known === value);
  if (kind !== undefined) return kind;
  throw bad('Unknown kind', `kind is ${KINDS.join(' or ')}, not “${shown(value)}”.`, 'kind');
}

/** Without the members that are undefined, which the types of `Object.entries` cannot express. The engine distinguishes an absent member from one that is undefined. */
function withoutAbsent(request: { raw: Uint8Array } & { [K in keyof MessageRequest]?: MessageRequest[K] | undefined }) {
  return Object.fromEntries(
    Object.entries(request).filter(([, value]) => value !== undefined),
  ) as unknown as MessageRequest;
}
