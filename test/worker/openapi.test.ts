// The OpenAPI document: valid, whole, and true of what the Worker answers; the page made from it.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import Ajv2020 from 'ajv/dist/2020.js';
import { type ApiDocument, apiContract } from '../support/api-contract.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

interface DescribedParameter {
  name: string;
  in: string;
  example?: string | string[];
  schema: { enum?: string[]; items?: { enum?: string[] } };
}
type Described = ApiDocument & {
  paths: Record<string, Record<string, { operationId: string; summary: string; parameters?: DescribedParameter[] }>>;
};
let doh: RunningServer & { url: string };
let worker: RunningWorker;
let document: Described;
before(async () => {
  doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
  worker = await startWorker({ DOH_URL: doh.url });
  document = (await (await worker.fetch('/v1/openapi.json')).json()) as Described;
});
after(async () => {
  await worker?.stop();
  await doh.stop();
});
const operations = () =>
  Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );

test('it is valid OpenAPI 3.1', async () => {
  assert.match(document.openapi, /^3\.1\./);
  const validator = new Validator();
  const { valid, errors } = await validator.validate(structuredClone(document) as never);
  assert.ok(valid, JSON.stringify(errors, null, 1));
  assert.equal(validator.version, '3.1');
});

test('every reference resolves, every shape is used', () => {
  const names = new Set(
    [...JSON.stringify(document).matchAll(/"\$ref":"#\/components\/schemas\/(\w+)"/g)].map(([, name]) => name),
  );
  assert.deepEqual([...names].sort(), Object.keys(document.components.schemas).sort());
});

test('every route of the Worker is in it, with every method', async () => {
  // Both lists are the Worker's own, of the routes as they are.
  const { detail } = (await (await worker.fetch('/nothing')).json()) as { detail: string };
  const [, list = ''] = /There are (.*)\.$/.exec(detail) ?? [];
  const routes = list.split(', ').map((route) => route.replace(/:(\w+)/g, '{$1}'));
  assert.ok(routes.length > 15, detail);
  assert.deepEqual([...routes].sort(), Object.keys(document.paths).sort());
  for (const path of routes) {
    const asked = path.replace(/\{\w+\}/g, 'shop.example');
    const response = await worker.fetch(asked, { method: 'LOCK' });
    const allowed = (response.headers.get('allow') ?? '').split(', ').filter((method) => method !== 'HEAD');
    // A path that is written out may be one with a parameter as well.
    const matching = Object.keys(document.paths).filter((other) =>
      new RegExp(`^${other.replace(/\{\w+\}/g, '[^/]+')}$`).test(asked),
    );
    const methods = new Set(matching.flatMap((other) => Object.keys(document.paths[other]!)));
    assert.deepEqual(allowed.map((method) => method.toLowerCase()).sort(), [...methods].sort(), path);
  }
});

test('every operation has a unique id and describes its path parameters', () => {
  const ids = operations().map(({ operation }) => operation.operationId);
  assert.equal(new Set(ids).size, ids.length);
  for (const { path, method, operation } of operations()) {
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
    const told = (operation.parameters ?? []).filter((parameter) => parameter.in === 'path');
    assert.deepEqual(told.map(({ name }) => name).sort(), inPath.sort(), `${method} ${path}`);
    assert.match(operation.summary, /^\S.*[^.]$/, `${method} ${path}`);
  }
});

test('the example of a shape fits it', () => {
  const ajv = new Ajv2020({ strict: false, allErrors: true });
  ajv.addSchema(document, 'api');
  const exampled = Object.entries(document.components.schemas as Record<string, { examples?: unknown[] }>).flatMap(
    ([name, { examples = [] }]) => examples.map((example) => [name, example] as const),
  );
  assert.ok(exampled.length >= 6, exampled.map(([name]) => name).join());
  for (const [name, example] of exampled) {
    const validate = ajv.getSchema(`api#/components/schemas/${name}`)!;
    assert.ok(validate(example), `${name}: ${ajv.errorsText(validate.errors)}`);
  }
});

test('the example of a parameter fits its schema', () => {
  const ajv = new Ajv2020({ strict: false });
  for (const { path, method, operation } of operations()) {
    for (const { name, example, schema } of operation.parameters ?? []) {
      if (example === undefined) continue;
      assert.ok(ajv.validate(schema, example), `${method} ${path} ${name}: ${ajv.errorsText()}`);
    }
  }
});

test('a route rejects every query parameter that it does not describe', async () => {
  for (const { path, method, operation } of operations()) {
    if (operation.responses['400'] === undefined) continue;
    const response = await worker.fetch(`${path.replace(/\{\w+\}/g, 'shop.example')}?surprise=1`, { method });
    const problem = (await response.json()) as { parameter?: string };
    assert.equal(response.status, 400, `${method} ${path}`);
    assert.equal(problem.parameter, 'surprise', `${method} ${path}`);
  }
});

test('a route accepts the query parameters that it describes, by their examples', async () => {
  const exampleOf = ({ name, example, schema }: DescribedParameter) => {
    const value = [example].flat()[0] ?? schema.enum?.[0];
    assert.ok(value, `${name} has neither an example nor an enumeration`);
    return value;
  };
  for (const { path, method, operation } of operations()) {
    const parameters = operation.parameters ?? [];
    const query = parameters.filter((parameter) => parameter.in === 'query');
    if (method !== 'GET' || query.length === 0) continue;
    const filled = path.replace(/\{(\w+)\}/g, (_, name: string) =>
      encodeURIComponent(String(parameters.find((one) => one.in === 'path' && one.name === name)?.example ?? 'x')),
    );
    const asked = new URLSearchParams(Object.fromEntries(query.map((one) => [one.name, exampleOf(one)])));
    const response = await worker.fetch(`${filled}?${asked}`, { redirect: 'manual' });
    const text = await response.text();
    assert.notEqual(response.status, 400, `${method} ${path}?${asked}: ${text.slice(0, 500)}`);
  }
});

test('the formats and languages of the document are those of the Worker', async () => {
  const parameters = document.paths['/v1/spf/{domain}']!.get!.parameters!;
  const named = (name: string) => parameters.find((parameter) => parameter.name === name)!.schema.enum!;
  const types = Object.keys(document.paths['/v1/spf/{domain}']!.get!.responses['200']!.content!);
  const sent: string[] = [];
  for (const format of named('format')) {
    for (const lang of named('lang')) {
      const response = await worker.fetch(`/v1/spf/shop.example?format=${format}&lang=${lang}`);
      assert.equal(response.status, 200);
      assert.equal(response.headers.get('content-language'), lang);
      if (lang === 'en') sent.push(response.headers.get('content-type')!.split(';')[0]!);
    }
  }
  assert.deepEqual(sent, types);
});

test('the Worker answers as the document describes: reports, problems, pages, pictures', async () => {
  // RunningWorker.fetch holds every response of every test against the document; here are those of each kind.
  for (const path of [
    `/v1/check/shop.example?ip=${RELAY}`,
    '/v1/check/missing.example',
    ...['spf', 'dkim', 'dmarc', 'mx', 'dnsbl', 'dns', 'mta-sts', 'tls-rpt', 'tls', 'bimi'].map(
      (part) => `/v1/${part}/shop.example`,
    ),
    `/v1/ptr/${RELAY}`,
    '/v1/spf/shop.example?min_score=10&format=junit',
    '/v1/check/nodot',
    '/healthz',
    '/docs',
  ]) {
    const response = await worker.fetch(path);
    assert.ok(response.status < 500, path);
    assert.equal((await worker.fetch(path, { method: 'HEAD' })).status, response.status, path);
  }
});

test('the check of answers sees what is not as described', async () => {
  const { check } = apiContract(document);
  const answer = (status: number, type: string, body: string | null, path = '/healthz') => {
    const response = new Response(body, { status, headers: { 'content-type': type } });
    Object.defineProperty(response, 'url', { value: `http://localhost${path}` });
    return check('GET', response);
  };
  await answer(200, 'application/json', '{"status":"ok"}');
  await assert.rejects(answer(200, 'application/json', '{"status":"fine"}'), /status/);
  await assert.rejects(answer(200, 'application/json', '{}'), /status/);
  await assert.rejects(answer(200, 'text/plain', 'ok'), /text\/plain is not described/);
  await assert.rejects(answer(418, 'application/json', '{}'), /418 is none of/);
  await assert.rejects(answer(200, 'text/plain', 'ok', '/nowhere'), /not described/);
  await assert.rejects(answer(400, 'application/problem+json', '{"status":400}'), /title/);
});

test('the page has every route and shape, without script or other origins', async () => {
  const response = await worker.fetch('/docs');
  const html = await response.text();
  assert.match(response.headers.get('content-type') ?? '', /^text\/html/i);
  assert.match(
    response.headers.get('content-security-policy') ?? '',
    /^default-src 'none'; style-src 'sha256-[^']+'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'$/,
  );
  assert.doesNotMatch(
    html,
    /<script|<img|<link(?! rel="icon" href="\/favicon\.svg")|\sstyle=|\son\w+=|src=|@import|url\(/,
  );
  for (const { path, operation } of operations()) {
    assert.ok(html.includes(` id="${operation.operationId}"`), operation.operationId);
    assert.ok(html.includes(path), path);
  }
  const targets = new Set([...html.matchAll(/ id="([^"]+)"/g)].map(([, id]) => id));
  for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) assert.ok(targets.has(target), target);
});
