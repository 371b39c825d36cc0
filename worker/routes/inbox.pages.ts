import type { App, Edge } from '../edge.ts';
import { isFull, LOOK_AGAIN, LOOK_FURTHER } from '../inbox/inbox.ts';
import { hasInboxes, inboxOf, make, placeOf } from '../inbox/request.ts';
import { findSource } from '../inbox/store.ts';
import { textual } from '../openapi/answers.ts';
import { described } from '../openapi/describe.ts';
import { languageParameter } from '../openapi/parameters.ts';
import { inboxPage, newInboxPage } from '../view/inbox.page.ts';
import { pageResponse } from '../view/page.response.ts';
import { languageOf } from '../view/report.ts';
import { FULL, GONE, idParameter, mailOf, mailParameter, NOT_SET_UP } from './inbox.ts';

/** Seconds that the page with the button may be cached. */
const HOUR = 3600;

export function inboxPageRoutes(app: App, edge: Edge): void {
  const pages = { tag: 'pages', parameters: [languageParameter] } as const;
  const page = textual('The page.', 'text/html');
  app.get(
    '/inbox',
    described({
      ...pages,
      summary: 'Test inboxes: the page with the button that makes one',
      answers: { 200: page, 501: page },
    }),
    (context) => {
      const available = hasInboxes(context, edge);
      const headers = { 'cache-control': available ? `public, max-age=${HOUR}` : 'no-store' };
      return pageResponse(context, newInboxPage(languageOf(context), available), headers, available ? 200 : 501);
    },
  );
  app.post(
    '/inbox',
    described({
      ...pages,
      summary: 'Make a test inbox, and redirect to its page',
      answers: { 303: { description: 'To the page.', headers: { location: 'Its path.' } }, 501: NOT_SET_UP, 503: FULL },
    }),
    async (context) => {
      const { key } = await make(context, edge, null);
      return context.redirect(`/inbox/${key.id}?lang=${languageOf(context)}`, 303);
    },
  );
  app.get(
    '/inbox/:id',
    described({
      ...pages,
      parameters: [idParameter, mailParameter, languageParameter],
      summary: 'A test inbox as a page: one mail at a time; it reloads while the inbox accepts mail',
      answers: { 200: page, 404: GONE, 501: NOT_SET_UP },
    }),
    async (context) => {
      const { inbox, address } = await inboxOf(context, edge);
      const mail = mailOf(context, inbox);
      const source = mail && (await findSource(placeOf(context, edge).db, inbox.id, mail.number));
      // A reader of an older mail is not led away from it.
      const pause = inbox.mails.length === 0 ? LOOK_AGAIN : mail === inbox.mails[0] ? LOOK_FURTHER : undefined;
      const again = pause === undefined || isFull(inbox) ? {} : { refresh: String(pause) };
      const headers = { 'cache-control': 'no-store', ...again };
      const shown = mail && { ...mail, source: source ?? '' };
      return pageResponse(context, inboxPage(inbox, address, shown, languageOf(context)), headers);
    },
  );
}
