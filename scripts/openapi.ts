// `node scripts/openapi.ts`: writes worker/openapi/components.json, the JSON Schemas of the API, from worker/openapi/types.ts
// and from the schemas of request bodies.
import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type Config,
  createFormatter,
  createParser,
  createProgram,
  DEFAULT_CONFIG,
  SchemaGenerator,
  type SubNodeParser,
  UnknownType,
} from 'ts-json-schema-generator';
import * as z from 'zod/mini';
import type { Components } from '../worker/openapi/types.ts';
import { messageRequest } from '../worker/routes/message.ts';
import { preflightRequest } from '../worker/routes/preflight.ts';
import { mailFlow } from '../worker/routes/status.ts';
import { watchRequest } from '../worker/routes/watch.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
export const COMPONENTS_FILE = `${root}worker/openapi/components.json`;
const REQUESTS = {
  MailFlow: mailFlow,
  MessageRequest: messageRequest,
  PreflightRequest: preflightRequest,
  WatchRequest: watchRequest,
};

/** Values of an enumeration that readers may rely on. */
const MAX_ENUM = 15;

type Schema = Record<string, unknown>;
const DEFINITIONS = '#/definitions/';
const CONFIG = {
  ...DEFAULT_CONFIG,
  path: `${root}worker/openapi/types.ts`,
  tsconfig: `${root}worker/tsconfig.json`,
  type: 'Components',
  topRef: false,
  encodeRefs: false,
  sortProps: false,
  // `npm run typecheck` does that.
  skipTypeCheck: true,
  // An answer may get further members; readers ignore those that they do not know.
  additionalProperties: true,
  // In docstrings: numbers are whole and not negative, unless `@fraction` or `@signed` say otherwise; the members of a value
  // that is `@opaque` are not described, since they change with the findings that rest on them.
  extraTags: ['fraction', 'signed', 'opaque', 'additionalProperties'],
} satisfies Config;

/** The union of all findings is the default of type parameters that types.ts sets, and takes half a minute to read. */
const withoutCatalog: SubNodeParser = {
  supportsNode: (node) =>
    /^export type Finding =/.test(node.getText()) && /\/catalog\.ts$/.test(node.getSourceFile().fileName),
  createType: () => new UnknownType(),
};

/** The file's text. */
export function componentsJson(): string {
  const program = createProgram(CONFIG);
  const parser = createParser(program, CONFIG, (chain) => chain.addNodeParser(withoutCatalog));
  const { properties, definitions } = new SchemaGenerator(
    program,
    parser,
    createFormatter(CONFIG),
    CONFIG,
  ).createSchema('Components' satisfies keyof { Components: Components }) as {
    properties: Record<string, Schema>;
    definitions: Record<string, Schema>;
  };
  const answers = namedSchemas(properties, definitions);
  const requests = Object.entries(REQUESTS).map(([name, schema]): [string, unknown] => {
    const { $schema: _, ...rest } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
    return [name, rest];
  });
  const sorted = [...answers, ...requests].sort(([one], [other]) => (one < other ? -1 : 1));
  return `{\n${sorted.map(([name, schema]) => `"${name}": ${JSON.stringify(withMarks(schema))}`).join(',\n')}\n}\n`;
}

/** The schemas of `properties`, each under its name there; other definitions are written out where they are used. */
function namedSchemas(properties: Record<string, Schema>, definitions: Record<string, Schema>): [string, unknown][] {
  const resolve = (schema: Schema): { name?: string; schema: Schema } => {
    const { $ref, ...own } = schema;
    if (typeof $ref !== 'string') return { schema };
    const name = $ref.slice(DEFINITIONS.length);
    const inner = resolve(definitions[name] ?? bug(name));
    return { name: inner.name ?? name, schema: { ...inner.schema, ...own } };
  };
  const names = new Map(Object.entries(properties).map(([name, schema]) => [resolve(schema).name, name]));
  const inside: string[] = [];
  const written = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(written);
    if (typeof value !== 'object' || value === null) return value;
    const own = value as Schema;
    if (own.opaque === true) return { description: own.description };
    const { name, schema } = resolve(own);
    const component = names.get(name);
    if (name === undefined) return membersOf(schema);
    if (component === undefined) {
      if (inside.includes(name)) throw new Error(`${name} contains itself: give it a name in Components`);
      inside.push(name);
      const members = membersOf(schema);
      inside.pop();
      return members;
    }
    const { description } = own;
    return { ...(description === undefined ? {} : { description }), $ref: `#/components/schemas/${component}` };
  };
  const membersOf = (schema: Schema) =>
    Object.fromEntries(Object.entries(openIds(numbered(schema))).map(([key, value]) => [key, written(value)]));
  return Object.entries(properties).map(([name, schema]) => [name, membersOf(resolve(schema).schema)]);
}

function numbered(schema: Schema): Schema {
  const types = [schema.type].flat();
  if (!types.includes('number')) return schema;
  const { fraction, signed, ...rest } = schema;
  const exact = types.map((type) => (type === 'number' && fraction !== true ? 'integer' : type));
  const type = exact.length === 1 ? exact[0] : exact;
  const listed = rest.enum !== undefined || rest.const !== undefined;
  return { ...rest, type, ...(listed || signed === true ? {} : { minimum: 0 }) };
}

/** A long list of ids grows, and a reader must not break at a new one. */
function openIds(schema: Schema): Schema {
  const { enum: values, ...rest } = schema;
  return Array.isArray(values) && values.length > MAX_ENUM ? rest : schema;
}

/** Marks optional members as TypeScript does, `"fix?"`, which is shorter than to list the required ones. document.ts undoes it. */
function withMarks(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withMarks);
  if (typeof value !== 'object' || value === null) return value;
  const { required = [], ...schema } = Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key, withMarks(one)]),
  );
  if (schema.type !== 'object' || typeof schema.properties !== 'object' || !Array.isArray(required))
    return { ...schema, ...('required' in value ? { required } : {}) };
  const properties = Object.entries(schema.properties ?? {}).map(([name, one]) => [
    required.includes(name) ? name : `${name}?`,
    one,
  ]);
  return { ...schema, properties: Object.fromEntries(properties) };
}

function bug(name: string): never {
  throw new Error(`${name} is not a definition`);
}

if (import.meta.main) writeFileSync(COMPONENTS_FILE, componentsJson());
