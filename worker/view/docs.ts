// The API's page, made from its OpenAPI document: every route with its parameters and answers, every shape. No script, no other origin.
import { html, raw } from 'hono/html';
import type { Language } from '../../shared/findings/define.ts';
import type { JsonSchema } from '../openapi/describe.ts';
import type { OpenApiDocument, Operation } from '../openapi/document.ts';

type Html = ReturnType<typeof html>;

/** Nested schemas that are shown; deeper ones are in the document. */
const MAX_DEPTH = 6;

/** The page, which is in English. `origin` is where the service is reached, for the examples; `language` is the reader's. */
export function docsPage(
  { info, tags, paths, components }: OpenApiDocument,
  origin: string,
  language: Language = 'en',
): Html {
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ path, method, operation })),
  );
  return html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>${info.title} API</title><link rel="icon" href="/favicon.svg" type="image/svg+xml"><style>${raw(DOCS_STYLE)}</style></head>
<body><header><a href="/?lang=${language}">${info.title}</a></header><main>${language === 'ru' ? html`<p lang="ru">Описание API есть только на английском. Сам API отвечает и по-русски: добавьте <code>lang=ru</code>.</p>` : ''}<h1>The API of ${info.title}</h1>
<p>${prose(info.description)}</p>
<p>The same as an OpenAPI document: <a href="/v1/openapi.json">/v1/openapi.json</a>, version ${info.version}.</p>
<pre tabindex="0"><code>curl -sS --fail-with-body '${origin}/v1/check/shop.example?format=text&amp;min_score=9'</code></pre>
${tags
  .map((tag) => ({ tag, own: routes.filter(({ operation }) => operation.tags.includes(tag.name)) }))
  .filter(({ own }) => own.length > 0)
  .map(({ tag, own }) => html`<section><h2>${tag.description}</h2>${own.map(operationHtml)}</section>`)}
<section><h2>Shapes</h2>${Object.entries(components.schemas).map(
    ([name, schema]) =>
      html`<details><summary><code>${name}</code> <span class="soft">${prose(schema.description ?? '')}</span></summary><div class="target" id="${name}"></div>${membersHtml(schema, 0)}</details>`,
  )}</section></main></body></html>
`;
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): Html {
  const { operationId, summary, description, parameters = [], requestBody, responses, security } = operation;
  return html`<details><summary><code><span class="verb ${method}">${method.toUpperCase()}</span> ${path}</code> <span class="soft">${summary}</span></summary><div class="target" id="${operationId}"></div>
${(description ?? '').split('\n\n').map((paragraph) => (paragraph === '' ? '' : html`<p>${prose(paragraph)}</p>`))}
${security === undefined ? '' : html`<p>Needs a token: <code>authorization: Bearer …</code></p>`}
${parameters.length === 0 ? '' : parametersHtml(parameters, summary)}
${requestBody === undefined ? '' : html`<h3>Body</h3><p>${prose(requestBody.description)} ${contentHtml(requestBody.content)}</p>`}
<h3>Answers</h3><div class="scroll" tabindex="0" role="region" aria-label="Answers: ${summary}"><table><thead><tr><th scope="col">Status</th><th scope="col">Meaning</th><th scope="col">Content</th></tr></thead><tbody>
${Object.entries(responses).map(
  ([status, response]) =>
    html`<tr><th scope="row"><code>${status}</code></th><td>${prose(response.description)}</td><td>${contentHtml(response.content ?? {})}</td></tr>`,
)}</tbody></table></div></details>`;
}

function parametersHtml(parameters: NonNullable<Operation['parameters']>, summary: string): Html {
  return html`<h3>Parameters</h3><div class="scroll" tabindex="0" role="region" aria-label="Parameters: ${summary}"><table><thead><tr><th scope="col">Name</th><th scope="col">In</th><th scope="col">Meaning</th></tr></thead><tbody>
${parameters.map(
  ({ name, in: place, required, description, example, schema }) =>
    html`<tr><th scope="row"><code>${name}</code></th><td>${place}${required ? '' : ', optional'}</td><td>${prose(description)} <span class="soft">${kindOf(schema)}${example === undefined ? '' : `, such as ${example}`}</span></td></tr>`,
)}</tbody></table></div>`;
}

function contentHtml(content: Record<string, { schema: JsonSchema }>): Html {
  return html`${Object.entries(content).map(
    ([type, { schema }]) => html`<code>${type}</code> ${typeHtml(schema)}<br>`,
  )}`;
}

/** The kind of a value, with a link where it is one of the shapes. */
function typeHtml(schema: JsonSchema): Html | string {
  const named = referenced(schema);
  if (named !== undefined) return html`<a href="#${named}">${named}</a>`;
  return html`<span class="soft">${kindOf(schema)}</span>`;
}

function membersHtml(schema: JsonSchema, depth: number): Html | string {
  const { properties, required = [] } = innermost(schema);
  if (properties === undefined || depth > MAX_DEPTH) return depth === 0 ? html`<p>${kindOf(schema)}</p>` : '';
  return html`<ul class="members">${Object.entries(properties).map(
    ([name, member]) =>
      html`<li><code>${name}</code>${required.includes(name) ? '' : html` <span class="soft">optional</span>`} ${typeHtml(member)} ${prose(member.description ?? '')}${referenced(member) === undefined ? membersHtml(member, depth + 1) : ''}</li>`,
  )}</ul>`;
}

/** The schema of the items of a list, or of a value that may be null. */
function innermost(schema: JsonSchema): JsonSchema {
  const { items, anyOf = [] } = schema;
  if (items !== undefined) return innermost(items);
  const [only, ...others] = anyOf.filter(({ type }) => type !== 'null');
  return only !== undefined && others.length === 0 ? innermost(only) : schema;
}

function referenced(schema: JsonSchema): string | undefined {
  const { $ref, allOf: [only, ...others] = [] } = innermost(schema);
  if ($ref !== undefined) return $ref.split('/').at(-1);
  return only !== undefined && others.length === 0 ? referenced(only) : undefined;
}

function kindOf(schema: JsonSchema): string {
  const { type, items, anyOf, enum: values } = schema;
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (values !== undefined) return values.map((value) => JSON.stringify(value)).join(' | ');
  if (items !== undefined) return `list of ${referenced(items) ?? kindOf(items)}`;
  if (anyOf !== undefined) return anyOf.map((one) => referenced(one) ?? kindOf(one)).join(' | ');
  return type === undefined ? 'anything' : [type].flat().join(' | ');
}

/** Text with code in backticks, as in Markdown. */
function prose(text: string): Html {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

export const DOCS_STYLE = `:root{color-scheme:light dark;--ink:#1b1b1b;--soft:#555;--paper:#fff;--card:#f6f6f4;--line:#d8d8d3;--link:#0b57a4;--get:#23660b;--post:#7a4a00}
@media(prefers-color-scheme:dark){:root{--ink:#ececec;--soft:#b5b5b5;--paper:#161616;--card:#212121;--line:#3d3d3d;--link:#8ec1ff;--get:#8fd05a;--post:#f0b35c}}
*{box-sizing:border-box}body{margin:0;background:var(--paper);color:var(--ink);font:1rem/1.55 system-ui,sans-serif}
header,main{max-width:56rem;margin:0 auto;padding:0 1rem}header{padding-top:1rem}main{padding-bottom:3rem}
a{color:var(--link)}h1{font-size:1.6rem;margin:1rem 0}h2{font-size:1.25rem;margin:2.5rem 0 .2rem}h3{font-size:1rem;margin:1.2rem 0 .3rem}h4{font-size:.95rem;margin:1rem 0 .2rem}
.soft{color:var(--soft)}details{background:var(--card);border:1px solid var(--line);border-radius:.6rem;margin:.5rem 0;padding:0 1rem}
summary{cursor:pointer;padding:.65rem 0;overflow-wrap:anywhere}details[open]>summary{border-bottom:1px solid var(--line);margin-bottom:.6rem}details>:last-child{margin-bottom:1rem}details[open]:has(>summary:last-child)>summary{margin:0;border:0}
code,pre{font:.88rem/1.5 ui-monospace,monospace}pre{background:var(--paper);border:1px solid var(--line);border-radius:.35rem;padding:.6rem .8rem;overflow-x:auto}
.verb{display:inline-block;min-width:3.6rem;font-weight:700;color:var(--get)}.verb.post,.verb.put,.verb.delete{color:var(--post)}
.scroll{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.95rem}th{text-align:left;font-weight:600}th,td{vertical-align:top;padding:.35rem .8rem .35rem 0;border-top:1px solid var(--line)}thead th{border:0;color:var(--soft)}
.target{scroll-margin-top:4rem}ul.members{list-style:none;padding-left:1rem;margin:.2rem 0;border-left:1px solid var(--line)}ul.members li{margin:.2rem 0;overflow-wrap:anywhere}
:focus-visible{outline:3px solid var(--link);outline-offset:2px}`;
