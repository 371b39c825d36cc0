// The API's own document held against what the API answers: every response of a test must be one that the document describes.
import assert from 'node:assert/strict';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';

interface Operation {
  responses: Record<
    string,
    { headers?: Record<string, unknown>; content?: Record<string, { schema: Record<string, unknown> }> }
  >;
}
export interface ApiDocument {
  openapi: string;
  paths: Record<string, Record<string, Operation>>;
  components: { schemas: Record<string, unknown> };
}

export interface ApiContract {
  /** Throws an AssertionError that tells in what the response is not as described. Reads a copy of the body. */
  check(method: string, response: Response): Promise<void>;
}

export function apiContract(document: ApiDocument): ApiContract {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  addFormats.default(ajv);
  ajv.addSchema(closed(document) as ApiDocument, 'api');
  const paths = Object.keys(document.paths).map((template) => ({
    template,
    pattern: new RegExp(`^${template.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`),
  }));
  const valid = (pointer: readonly string[], value: unknown, what: string) => {
    const steps = pointer.map((step) => encodeURIComponent(step.replaceAll('~', '~0').replaceAll('/', '~1')));
    const validate = ajv.getSchema(`api#/${steps.join('/')}`);
    assert.ok(validate, `${what}: no schema`);
    assert.ok(validate(value), `${what}: ${ajv.errorsText(validate.errors)}`);
  };
  return {
    async check(method, response) {
      const { pathname } = new URL(response.url);
      // The development server's own.
      if (pathname.startsWith('/cdn-cgi/')) return;
      const asked = response.redirected ? 'GET' : method;
      const what = `${asked} ${pathname}: ${response.status}`;
      const mediaType = (response.headers.get('content-type') ?? '').split(';')[0]!.trim();
      const body = await response.clone().text();
      // A parameter matches anything, so that a path without any goes first.
      const template = paths
        .filter(({ pattern }) => pattern.test(pathname))
        .map((path) => path.template)
        .sort((one, other) => one.split('{').length - other.split('{').length)[0];
      const verb = asked === 'HEAD' ? 'get' : asked.toLowerCase();
      const operation = template === undefined ? undefined : document.paths[template]![verb];
      if (operation === undefined) {
        // A browser's question before a request to another site (Fetch, CORS-preflight) has no body.
        if (asked === 'OPTIONS' && response.status === 204) return;
        const refusals = [400, 403, 429, 500, template === undefined ? 404 : 405];
        assert.ok(refusals.includes(response.status), `${what}: not described`);
        if (response.status === 405) assert.ok(response.headers.get('allow'), `${what}: no Allow`);
        if (mediaType !== 'text/html' && asked !== 'HEAD') {
          assert.equal(mediaType, 'application/problem+json', what);
          valid(['components', 'schemas', 'Problem'], JSON.parse(body), what);
        }
        return;
      }
      const described = operation.responses[String(response.status)];
      assert.ok(described, `${what} is none of ${Object.keys(operation.responses).join(', ')}: ${body.slice(0, 300)}`);
      for (const name of Object.keys(described.headers ?? {})) {
        assert.ok(response.headers.has(name), `${what}: no header ${name}`);
      }
      if (described.content === undefined) {
        assert.equal(body, '', `${what}: a body where none is described`);
        return;
      }
      assert.ok(mediaType in described.content, `${what}: ${mediaType} is not described`);
      if (asked === 'HEAD') {
        assert.equal(body, '', what);
        return;
      }
      valid(
        ['paths', template!, verb, 'responses', String(response.status), 'content', mediaType, 'schema'],
        /\bjson\b/.test(mediaType) ? JSON.parse(body) : body,
        what,
      );
    },
  };
}

/** The same document for a reader that knows no other members than those described: what is sent must be described. */
function closed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(closed);
  if (typeof value !== 'object' || value === null) return value;
  const schema = Object.fromEntries(Object.entries(value).map(([key, one]) => [key, closed(one)]));
  const isShape = schema.type === 'object' && typeof schema.properties === 'object';
  return isShape ? { additionalProperties: false, ...schema } : schema;
}
