// GET and POST /message: a mail that is at hand as text or as a file, scored on a page. Nothing of it is kept.
import type { Context } from 'hono';
import { checkMessage, MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { readBody } from '../body.ts';
import type { App, Edge } from '../edge.ts';
import { inboxWords } from '../inbox/words.ts';
import { pageOrProblem, problem, textual } from '../openapi/answers.ts';
import { described, TEXT } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import { ProblemError } from '../problem.ts';
import { pastePage, scoredPage } from '../view/inbox.page.ts';
import { pageResponse } from '../view/page.response.ts';
import { languageOf } from '../view/report.ts';
import { requireOwnMail } from './message.ts';
import { NO_STORE } from './owned.ts';

/** Bytes of a form beside the mail. */
const FORM_BYTES = 64 * 1024;
/** Characters of the source that the page shows. */
const MAX_SHOWN_SOURCE = 200_000;

export function messagePageRoutes(app: App, edge: Edge): void {
  const page = textual('The page.', 'text/html');
  app.get(
    '/message',
    described({
      summary: 'The form that takes a mail to score',
      tag: 'pages',
      parameters: [languageParameter],
      answers: { 200: page },
    }),
    (context) => pageResponse(context, pastePage(languageOf(context)), NO_STORE),
  );
  app.post(
    '/message',
    described({
      summary: 'Score the mail of the form (POST /v1/message)',
      tag: 'pages',
      parameters: [languageParameter],
      body: { description: 'The form: `text` or `file`.', content: { 'multipart/form-data': TEXT } },
      answers: {
        200: page,
        400: pageOrProblem('There is no mail in the form.'),
        413: problem('The mail is too large.'),
        415: problem('The file is not a mail.'),
      },
    }),
    async (context) => {
      const language = languageOf(context);
      const raw = await mailOf(context);
      if (raw === undefined || raw.length === 0)
        return pageResponse(context, pastePage(language, inboxWords[language].pasteEmpty), NO_STORE, 400);
      requireOwnMail(raw, edge.settings(context.env));
      const report = await checkMessage({ raw }, edge.checkContext(context.env));
      const source = new TextDecoder().decode(raw.subarray(0, MAX_SHOWN_SOURCE));
      return pageResponse(context, scoredPage(report, source, Date.now(), language), NO_STORE);
    },
  );
}

/** The file where one was chosen, else the text; undefined where the body is no form. */
async function mailOf(context: Context): Promise<Uint8Array | undefined> {
  const body = await readBody(context, MAX_MESSAGE_BYTES + FORM_BYTES);
  if (body === undefined) {
    throw new ProblemError({
      status: 413,
      title: 'Mail too large',
      detail: `A mail may have ${MAX_MESSAGE_BYTES} bytes. Leave large attachments out.`,
    });
  }
  let form: FormData;
  try {
    const type = context.req.header('content-type') ?? '';
    form = await new Response(body as Uint8Array<ArrayBuffer>, { headers: { 'content-type': type } }).formData();
  } catch {
    return undefined;
  }
  const file: unknown = form.get('file');
  if (file instanceof Blob && file.size > 0) return new Uint8Array(await file.arrayBuffer());
  const text = form.get('text');
  return typeof text === 'string' ? new TextEncoder().encode(text) : undefined;
}
