// GET /v1/openapi.json and GET /docs: the API as a document, and as a page made from it.
import type { App } from '../edge.ts';
import { json, textual } from '../openapi/answers.ts';
import { described, TEXT } from '../openapi/describe.ts';
import { type OpenApiDocument, openApiDocument } from '../openapi/document.ts';
import { languageParameter } from '../openapi/parameters.ts';
import { queryOne } from '../request.ts';
import { DOCS_STYLE, docsPage } from '../view/docs.ts';
import { matchesEtag, strongTag } from '../view/etag.ts';
import { languageOf } from '../view/report.ts';

/** Seconds: it changes when a new version is deployed. */
const MAX_AGE = 300;

export function docsRoutes(app: App): void {
  // Made by the first request, when all routes are there.
  let made: Promise<{ document: OpenApiDocument; body: string; etag: string }> | undefined;
  const make = async () => {
    const { document } = openApiDocument(app);
    const body = `${JSON.stringify(document)}\n`;
    return { document, body, etag: strongTag(body) };
  };
  const kept = () => {
    made ??= make();
    return made;
  };
  app.get(
    '/v1/openapi.json',
    described({
      summary: 'Get this API as an OpenAPI 3.1 document',
      tag: 'service',
      answers: {
        200: json('The document.', {
          properties: { openapi: TEXT, paths: { type: 'object' } },
          required: ['openapi', 'paths'],
        }),
        304: { description: 'The answer that `if-none-match` names is still current.' },
      },
    }),
    async (context) => {
      const { body, etag } = await kept();
      const headers = { etag, 'cache-control': `public, max-age=${MAX_AGE}` };
      if (matchesEtag(context, etag)) return context.body(null, 304, headers);
      return context.body(body, 200, { ...headers, 'content-type': 'application/json; charset=utf-8' });
    },
  );
  app.get(
    '/docs',
    described({
      summary: 'Read about this API',
      tag: 'pages',
      parameters: [languageParameter],
      answers: { 200: textual('The page, in English; in another language with a note.', 'text/html') },
    }),
    async (context) => {
      const language = queryOne(context, 'lang') === undefined ? 'en' : languageOf(context);
      const { origin } = new URL(context.req.url);
      return context.html(docsPage((await kept()).document, origin, language), 200, {
        'cache-control': `public, max-age=${MAX_AGE}`,
        'content-language': 'en',
        'content-security-policy': await contentSecurityPolicy(),
      });
    },
  );
}

/** Only the one style of the page, and the icon (CSP Level 3 section 2.3.1). */
async function contentSecurityPolicy(): Promise<string> {
  const digest = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode(DOCS_STYLE)));
  const style = `sha256-${btoa(String.fromCharCode(...digest))}`;
  return `default-src 'none'; style-src '${style}'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
}
