// What a route accepts and answers, described next to its handler: it rejects unknown parameters, and makes the OpenAPI document.
import type { MiddlewareHandler } from 'hono';
import { allowParameters } from '../request.ts';
import type { Bindings } from '../settings.ts';
import type components from './components.json';

/** The groups of the document, in its order. */
export const TAGS = {
  checks: 'Reports on a domain or an address',
  mail: 'Judging a single mail before or after it is sent',
  watching: 'Domains that are checked again and again, and their history',
  reports: 'Reports and bounces that receivers send about a domain’s mail',
  embedding: 'Badges and cards for other pages',
  pages: 'Pages for people',
  service: 'About this service itself',
} as const;
export type Tag = keyof typeof TAGS;

/** A JSON Schema of draft 2020-12, the dialect of OpenAPI 3.1. */
export interface JsonSchema {
  type?: string | string[];
  description?: string;
  properties?: Record<string, JsonSchema>;
  required?: readonly string[];
  items?: JsonSchema;
  anyOf?: readonly JsonSchema[];
  allOf?: readonly JsonSchema[];
  enum?: readonly unknown[];
  const?: unknown;
  $ref?: string;
  [other: string]: unknown;
}
/** The name of a shape in components.json, or a schema of this one body. */
export type Content = keyof typeof components | JsonSchema;

export const TEXT: JsonSchema = { type: 'string' };

export interface Parameter {
  name: string;
  /** Those in the path are described in `pathParameters`, or given here where a route's own differs. */
  in: 'query' | 'path' | 'header';
  description: string;
  schema: JsonSchema;
  example?: string;
  required?: boolean;
  /** The parameter may be given more than once; `schema` is that of one value. */
  repeated?: boolean;
}

export interface Answer {
  description: string;
  /** By media type, without parameters such as charset; absent where the body is empty. */
  content?: Record<string, Content>;
  /** Names of headers with their meaning; those of every answer are not repeated. */
  headers?: Record<string, string>;
}

export interface RouteDescription {
  /** One line, without a full stop. */
  summary: string;
  /** Whole sentences; a blank line parts paragraphs. */
  description?: string;
  tag: Tag;
  parameters?: readonly Parameter[];
  /** By media type. */
  body?: { description: string; content: Record<string, Content> };
  /** By status. The problems that any route may answer with are added: 400, 429, 500; 401 and 501 with `token`; 403 with a domain in the path. */
  answers: Record<number, Answer>;
  /** A bearer token is needed. */
  token?: boolean;
  /** A picture or an embedded card must not break: unknown parameters are ignored, and no problem is answered. */
  ignoresUnknownParameters?: boolean;
}

/** By the middleware that is in `app.routes`. */
const descriptions = new WeakMap<object, RouteDescription>();

/** Goes before a route's handler: `app.get(path, described({…}), handler)`. Rejects query parameters that are not described. */
export function described(description: RouteDescription): MiddlewareHandler<{ Bindings: Bindings }> {
  const names = (description.parameters ?? []).filter((parameter) => parameter.in === 'query').map(({ name }) => name);
  const middleware: MiddlewareHandler<{ Bindings: Bindings }> = async (context, next) => {
    if (description.ignoresUnknownParameters !== true) allowParameters(context, names);
    await next();
  };
  descriptions.set(middleware, description);
  return middleware;
}

/** The description of a handler of `app.routes`; undefined where `described` did not make it. */
export function descriptionOf(handler: object): RouteDescription | undefined {
  return descriptions.get(handler);
}
