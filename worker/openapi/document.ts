// The OpenAPI 3.1 document, made from the descriptions of the app's routes.
import type { Hono } from 'hono';
import type { Bindings } from '../settings.ts';
import { problem } from './answers.ts';
import components from './components.json' with { type: 'json' };
import {
  type Answer,
  type Content,
  descriptionOf,
  type JsonSchema,
  type Parameter,
  type RouteDescription,
  TAGS,
  TEXT,
} from './describe.ts';
import { pathParameters } from './parameters.ts';

/** Its first part is raised by a change that breaks clients. */
const API_VERSION = '1.0.0';

export interface Operation {
  operationId: string;
  summary: string;
  description?: string;
  tags: string[];
  security?: Record<string, never[]>[];
  parameters?: {
    name: string;
    in: string;
    required: boolean;
    description: string;
    example?: string | string[];
    explode?: boolean;
    schema: JsonSchema;
  }[];
  requestBody?: { required: true; description: string; content: Record<string, { schema: JsonSchema }> };
  responses: Record<
    string,
    {
      description: string;
      headers?: Record<string, { description: string; schema: JsonSchema }>;
      content?: Record<string, { schema: JsonSchema }>;
    }
  >;
}

export interface OpenApiDocument {
  openapi: '3.1.1';
  info: { title: string; version: string; description: string; license: { name: string; identifier: string } };
  servers: { url: string }[];
  /** The default of routes: no token. */
  security: [];
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, JsonSchema>; securitySchemes: Record<string, unknown> };
}

type Routes = Pick<Hono<{ Bindings: Bindings }>, 'routes'>;

/** The document of all routes that are described; `undescribed` names the others, "GET /path". */
export function openApiDocument({ routes }: Routes): { document: OpenApiDocument; undescribed: string[] } {
  const paths: OpenApiDocument['paths'] = {};
  const all = new Set<string>();
  const done = new Set<string>();
  for (const { path, method, handler } of routes) {
    if (method === 'ALL') continue;
    all.add(`${method} ${path}`);
    const description = descriptionOf(handler);
    if (description === undefined) continue;
    done.add(`${method} ${path}`);
    const template = templateOf(path);
    paths[template] = { ...paths[template], [method.toLowerCase()]: operationOf(method, path, description) };
  }
  return {
    document: {
      openapi: '3.1.1',
      info: {
        title: 'mailshim',
        version: API_VERSION,
        description:
          'Checks whether a domain’s mail is accepted: SPF, DKIM, DMARC, PTR, MX, TLS. Every GET answers HEAD too. Unknown query parameters are rejected. Errors are application/problem+json (RFC 9457).',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      security: [],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
      paths,
      components: {
        schemas: Object.fromEntries(
          Object.entries<JsonSchema>(components).map(([name, schema]) => [name, withRequired(schema)]),
        ),
        securitySchemes: { token: { type: 'http', scheme: 'bearer', description: 'A token of this service’s owner.' } },
      },
    },
    undescribed: [...all].filter((route) => !done.has(route)),
  };
}

/** "/badge/:file{.+}" in Hono is "/badge/{file}" in OpenAPI. */
function templateOf(path: string): string {
  return path.replace(/:(\w+)(\{[^}]*\})?\??/g, '{$1}');
}

function operationOf(method: string, path: string, description: RouteDescription): Operation {
  const inPath = Array.from(path.matchAll(/:(\w+)/g), ([name]) => name.slice(1));
  const given = description.parameters ?? [];
  const parameters = [
    ...inPath
      .filter((name) => !given.some((parameter) => parameter.in === 'path' && parameter.name === name))
      .map((name) => pathParameters[name] ?? bug(`the path parameter ${name} of ${path} is not described`)),
    ...given,
  ];
  return {
    operationId: `${method.toLowerCase()}${path.replace(/[^a-z0-9]+([a-z0-9])?/gi, (_, next?: string) => next?.toUpperCase() ?? '')}`,
    summary: description.summary,
    ...(description.description === undefined ? {} : { description: description.description }),
    tags: [description.tag],
    ...(description.token === true ? { security: [{ token: [] }] } : {}),
    ...(parameters.length === 0 ? {} : { parameters: parameters.map(parameterOf) }),
    ...(description.body === undefined
      ? {}
      : {
          requestBody: {
            required: true,
            description: description.body.description,
            content: contentOf(description.body.content),
          },
        }),
    responses: responsesOf(path, description),
  };
}

function parameterOf({ name, in: place, description, schema, example, required, repeated }: Parameter) {
  return {
    name,
    in: place,
    required: place === 'path' || required === true,
    description,
    ...(example === undefined ? {} : { example: repeated === true ? [example] : example }),
    ...(repeated === true ? { explode: true } : {}),
    schema: repeated === true ? { type: 'array', items: schema } : schema,
  };
}

function responsesOf(
  path: string,
  { answers, body, token, ignoresUnknownParameters }: RouteDescription,
): Operation['responses'] {
  const everywhere: Record<number, Answer> = {
    ...(ignoresUnknownParameters === true
      ? {}
      : {
          400: problem('A part of the request is not valid; `parameter` names it.'),
          ...(body === undefined ? {} : { 408: problem('The body stalled.') }),
          429: problem('Too many requests came from this address.'),
          500: problem('A fault of the service, or of its settings.'),
        }),
    ...(path.includes(':domain') && ignoresUnknownParameters !== true
      ? { 403: problem('The service answers for its owner’s domains only.') }
      : {}),
    ...(token === true
      ? {
          401: problem('The token is missing or wrong.'),
          501: problem('The service has no token, or is not set up for this.'),
        }
      : {}),
  };
  const responses: Operation['responses'] = {};
  for (const [status, { description, content, headers }] of Object.entries({ ...everywhere, ...answers })) {
    responses[status] = {
      description,
      ...(headers === undefined
        ? {}
        : {
            headers: Object.fromEntries(
              Object.entries(headers).map(([name, meaning]) => [name, { description: meaning, schema: TEXT }]),
            ),
          }),
      ...(content === undefined
        ? {}
        : {
            content: contentOf(
              Number(status) >= 400 && isForPeople(path) ? { ...content, 'text/html': TEXT } : content,
            ),
          }),
    };
  }
  return responses;
}

/** On paths of pages a browser gets problems as pages, too (view/page.trouble.ts). */
function isForPeople(path: string): boolean {
  return !/^\/(?:v1|badge)\//.test(path);
}

function contentOf(content: Record<string, Content>): Record<string, { schema: JsonSchema }> {
  return Object.fromEntries(Object.entries(content).map(([type, schema]) => [type, { schema: schemaOf(schema) }]));
}

function schemaOf(content: Content): JsonSchema {
  return typeof content === 'string' ? { $ref: `#/components/schemas/${content}` } : content;
}

/** In components.json a `?` ends the name of an optional member; JSON Schema lists the others as `required`. */
function withRequired(schema: JsonSchema): JsonSchema {
  const inner: JsonSchema = Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [
      key,
      Array.isArray(value)
        ? value.map((one: unknown) => (isSchema(one) ? withRequired(one) : one))
        : isSchema(value)
          ? withRequired(value)
          : value,
    ]),
  );
  if (inner.type !== 'object' || inner.properties === undefined) return inner;
  const members = Object.entries(inner.properties);
  const required = members.map(([name]) => name).filter((name) => !name.endsWith('?'));
  const properties = Object.fromEntries(members.map(([name, one]) => [name.replace('?', ''), one]));
  return { ...inner, properties, ...(required.length === 0 ? {} : { required }) };
}

function isSchema(value: unknown): value is JsonSchema {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function bug(what: string): never {
  throw new Error(what);
}
