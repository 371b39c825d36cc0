// The parameters that several routes take, each described once.
import { FORMAT_NAMES } from '../../shared/report/formats.ts';
import { type Parameter, TEXT } from './describe.ts';

/** Those in a path, by their name in it. */
export const pathParameters: Record<string, Parameter> = {
  domain: {
    name: 'domain',
    in: 'path',
    description: 'The domain after the @; an internationalised one in either form.',
    schema: { type: 'string', maxLength: 253 },
    example: 'shop.example',
  },
  ip: {
    name: 'ip',
    in: 'path',
    description: 'An IPv4 or IPv6 address.',
    schema: TEXT,
    example: '203.0.113.25',
  },
};

export const ipParameter: Parameter = {
  name: 'ip',
  in: 'query',
  description:
    'Addresses that send the domain’s mail, at most 4, repeated or separated by commas; default: those that the SPF record lets pass.',
  schema: TEXT,
  example: '203.0.113.25',
  repeated: true,
};

export const selectorParameter: Parameter = {
  name: 'selector',
  in: 'query',
  description: 'DKIM selectors, at most 8, repeated or separated by commas; default: the usual ones are tried.',
  schema: { type: 'string', maxLength: 180 },
  example: 'mail',
  repeated: true,
};

export const heloParameter: Parameter = {
  name: 'helo',
  in: 'query',
  description: 'The name that the sending server gives in HELO or EHLO.',
  schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,253}$' },
  example: 'mail.shop.example',
};

export const senderParameter: Parameter = {
  name: 'sender',
  in: 'query',
  description: 'The envelope sender that SPF is evaluated for; default: postmaster of the domain.',
  schema: TEXT,
  example: 'orders@shop.example',
};

export const returnPathParameter: Parameter = {
  name: 'return_path',
  in: 'query',
  description: 'The domain or address of the envelope sender where the relay sets its own: SPF is evaluated there.',
  schema: { type: 'string', maxLength: 320 },
  example: 'bounce.shop.example',
};

export const languageParameter: Parameter = {
  name: 'lang',
  in: 'query',
  description: 'The language of the texts; overrides the header field Accept-Language.',
  schema: { type: 'string', enum: ['en', 'ru'] },
};

export const formatParameter: Parameter = {
  name: 'format',
  in: 'query',
  description: 'The format of the answer; overrides the header field Accept.',
  schema: { type: 'string', enum: FORMAT_NAMES },
};

export const minScoreParameter: Parameter = {
  name: 'min_score',
  in: 'query',
  description: 'Below this score the same answer has status 422, so that `curl -f` fails a CI job.',
  schema: { type: 'string', pattern: '^(10(\\.0)?|\\d(\\.\\d)?)$' },
  example: '9',
};

const ifNoneMatch: Parameter = {
  name: 'if-none-match',
  in: 'header',
  description: 'The ETag of the client’s copy; 304 where it is still current.',
  schema: TEXT,
};

const prettyParameter: Parameter = {
  name: 'pretty',
  in: 'query',
  description: 'JSON with line breaks and indentation; default: for browsers only.',
  schema: { type: 'string', enum: ['1', '0'] },
};

/** The parameters of every route that answers with a report. */
export const reportParameters: readonly Parameter[] = [
  formatParameter,
  prettyParameter,
  languageParameter,
  minScoreParameter,
  ifNoneMatch,
];
