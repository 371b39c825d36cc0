// POST /v1/reports: DMARC and TLS reports, complaints and bounces, from an own mail server; TLS reports from any sender (RFC 8460 section 3).
import type { Context } from 'hono';
import { MAX_REPORT_MAIL_BYTES } from '../../shared/reports/limits.ts';
import type { RefusalReason } from '../../shared/reports/types.ts';
import { requireToken } from '../access/token.ts';
import { readBody } from '../body.ts';
import type { App, Edge } from '../edge.ts';
import { storeOf } from '../monitor/store.ts';
import { json, problem } from '../openapi/answers.ts';
import { described, TEXT } from '../openapi/describe.ts';
import type { ReportIntake } from '../openapi/types.ts';
import { ProblemError } from '../problem.ts';
import { type Intake, takeReport } from '../reports/intake.ts';
import { SNS_HEADER, takeSns } from '../reports/sns.ts';
import { shown } from '../request.ts';
import type { Bindings } from '../settings.ts';

const TLS_TYPES: ReadonlySet<string> = new Set(['application/tlsrpt+gzip', 'application/tlsrpt+json']);
const TYPES: ReadonlySet<string> = new Set([
  ...['message/rfc822', 'message/global', 'application/xml', 'text/xml', 'application/dmarc+xml', 'application/json'],
  ...['application/gzip', 'application/x-gzip', 'application/zip', 'application/octet-stream', ...TLS_TYPES],
]);
/** As SNS sends its JSON. */
const SNS_TYPE = 'text/plain';
/** Seconds until a share has room again, at the latest. */
const TOMORROW = 86_400;

/** What each reason means to the one who sent the file. */
const REASONS: Record<RefusalReason, string> = {
  'mail-too-large': `it has more than ${MAX_REPORT_MAIL_BYTES} bytes`,
  'head-too-large': 'its header is longer than any mail’s',
  'too-many-parts': 'it has more parts than are looked at',
  'too-many-files': 'it brings more files than are looked at',
  'unpacked-too-large': 'it unpacks, or claims to unpack, to more than a report has',
  'nested-archive': 'it is an archive in an archive',
  'unknown-packing': 'it is packed with a password or in a way that is not zip or gzip',
  'broken-archive': 'the archive is cut off or damaged',
  'no-report-inside': 'there is no report in it',
  'xml-declarations': 'its XML has a document type with declarations, which no report needs',
  'xml-too-deep': 'its XML nests deeper than any report',
  'xml-broken': 'its XML has more faults than can be passed over',
  'xml-cut-off': 'its XML is cut off',
  'not-a-report': 'it is not a report',
  'broken-json': 'its JSON is broken',
  'member-missing': 'a member is missing without which it says nothing',
};

export function reportsRoutes(app: App, edge: Edge): void {
  app.post(
    '/v1/reports',
    described({
      summary: 'Hand over a report or a bounce',
      description:
        'A mail as it arrived, or the file of a report: DMARC aggregate reports (RFC 9990, RFC 7489), TLS reports (RFC 8460), failure reports and complaints (RFC 6591, RFC 5965), bounces (RFC 3464 and others). Only those about watched domains are kept; a report that comes again changes nothing.\n\nTLS reports as `application/tlsrpt+gzip` or `application/tlsrpt+json` need no token, so that a TLSRPT record can name this address.\n\nWith the header `x-amz-sns-message-type`: a message of Amazon SNS with a notification of SES; there the token may be the password of the URL. Its subscription is confirmed.',
      tag: 'reports',
      token: true,
      body: {
        description: 'The mail or the file.',
        content: Object.fromEntries([...TYPES, SNS_TYPE].map((type) => [type, TEXT])),
      },
      answers: {
        200: json('It was here before, or there is nothing to keep of it.', 'ReportIntake'),
        201: json('It is kept.', 'ReportIntake'),
        403: problem('It is about a domain that is not watched.'),
        413: problem('It is too large.'),
        415: problem('The media type is not one of a report.'),
        422: problem('It is no report, or cannot be read.'),
        502: problem('The subscription of Amazon SNS could not be confirmed.'),
      },
    }),
    async (context) => {
      const type = mediaTypeOf(context);
      const isSns = context.req.header(SNS_HEADER) !== undefined;
      // RFC 8460 section 3: anyone may post a TLS report, and nothing else.
      const isOpen = TLS_TYPES.has(type) && !isSns;
      if (!isOpen) await requireToken(context, edge.settings(context.env), { basic: isSns });
      const db = await storeOf(context);
      const body = await readBody(context, MAX_REPORT_MAIL_BYTES);
      if (body === undefined) throw refused('mail-too-large', '', 413);
      const { resolver, fetch: fetchStranger } = edge.checkContext(context.env);
      const intake = { db, resolver, now: Date.now() };
      if (!isSns)
        return answerOf(context, await takeReport({ bytes: body, ...(isOpen ? { only: 'tls' } : {}) }, intake));
      const { connectTo } = edge.settings(context.env);
      const taken = await takeSns(new TextDecoder().decode(body), intake, {
        fetch: fetchStranger!,
        resolver,
        connectTo,
      });
      if (taken.result === 'not-confirmed') throw notConfirmed(taken.reason);
      return answerOf(context, taken);
    },
  );
}

function mediaTypeOf(context: Context): string {
  const type = context.req.header('content-type')?.split(';')[0]?.trim().toLowerCase() ?? '';
  if (TYPES.has(type) || (type === SNS_TYPE && context.req.header(SNS_HEADER) !== undefined)) return type;
  throw new ProblemError({
    status: 415,
    title: 'Not the type of a report',
    detail: `Send the mail as it is: curl --data-binary @mail.eml -H "content-type: message/rfc822"; or the file of a report, as one of ${[...TYPES].join(', ')}.`,
    parameter: 'content-type',
  });
}

function answerOf(context: Context<{ Bindings: Bindings }>, intake: Intake): Response {
  const headers = { 'cache-control': 'no-store' };
  switch (intake.result) {
    case 'taken': {
      const answer: ReportIntake = { result: 'taken', reports: intake.reports, refused: intake.refusals };
      const status = answer.reports.every(({ state }) => state === 'duplicate') ? 200 : 201;
      return context.json(answer, status, headers);
    }
    case 'ignored':
      return context.json({ result: 'ignored', reports: [], refused: [] } satisfies ReportIntake, 200, headers);
    case 'unreadable':
      throw refused(
        intake.refusal.reason,
        intake.refusal.detail,
        intake.refusal.reason === 'mail-too-large' ? 413 : 422,
      );
    case 'not-a-report':
      throw refused('not-a-report', '', 422);
    case 'not-watched':
      throw new ProblemError({
        status: 403,
        title: 'Not a watched domain',
        detail: `The report is about ${intake.names.slice(0, 5).map(shown).join(', ') || 'no domain that it names'}, which is not watched here. The owner of this Worker adds a domain by PUT /v1/watch/DOMAIN.`,
      });
    case 'share-full':
      throw new ProblemError(
        {
          status: 429,
          title: 'Too many reports',
          detail: `There were too many reports of “${shown(intake.reporter)}”, or about ${intake.domain}, in the last day.`,
        },
        { 'retry-after': String(TOMORROW) },
      );
  }
}

function notConfirmed(reason: string): ProblemError {
  return new ProblemError({
    status: 502,
    title: 'Not confirmed',
    detail: `The address that confirms the subscription was not reached: ${reason}. Request the confirmation again.`,
  });
}

function refused(reason: RefusalReason, detail: string, status: 413 | 422): ProblemError {
  return new ProblemError({
    status,
    title: 'Not a report that can be read',
    detail: `This cannot be taken (${reason}): ${REASONS[reason]}${detail === '' ? '' : ` (${shown(detail)})`}.`,
  });
}
