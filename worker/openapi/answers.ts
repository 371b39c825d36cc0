// The answers that several routes give, each described once.
import type { DomainPart } from '../../shared/check/section.ts';
import { FORMAT_NAMES, FORMATS, type FormatName } from '../../shared/report/formats.ts';
import { type Answer, type Content, TEXT } from './describe.ts';

const CACHE = 'Lifetime of the answer: that of the DNS answers, within bounds.';

/** A problem (RFC 9457). */
export function problem(description: string): Answer {
  return { description, content: { 'application/problem+json': 'Problem' } };
}

export function json(description: string, content: Content): Answer {
  return { description, content: { 'application/json': content } };
}

/** An answer of one media type that the document describes as text: a page, a picture. */
export function textual(description: string, mediaType: string): Answer {
  return { description, content: { [mediaType]: TEXT } };
}

/** A page that says what was wrong, or the problem where no page was asked for. */
export function pageOrProblem(description: string): Answer {
  return { description, content: { ...problem(description).content, 'text/html': TEXT } };
}

/** The shape of each format. */
const CONTENT: Record<FormatName, Content> = {
  json: 'Report',
  text: TEXT,
  markdown: TEXT,
  junit: TEXT,
  sarif: {
    properties: {
      version: { const: '2.1.0' },
      runs: {
        type: 'array',
        items: { properties: { tool: {}, results: { type: 'array' } }, required: ['tool', 'results'] },
      },
    },
    required: ['version', 'runs'],
  },
};

/** A report that has the facts of these sections. */
function reportContent(sections: readonly DomainPart[]): Record<string, Content> {
  const content = { ...CONTENT };
  if (sections.length > 0) {
    content.json = {
      allOf: [{ $ref: '#/components/schemas/Report' }],
      properties: {
        facts: { properties: Object.fromEntries(sections.map((part) => [part, {}])), required: [...sections] },
      },
    };
  }
  return Object.fromEntries(FORMAT_NAMES.map((name) => [FORMATS[name].mediaType, content[name]]));
}

/** What every route answers that answers with a report; the facts of these sections are in it. */
export function reportAnswers(sections: readonly DomainPart[]) {
  const content = reportContent(sections);
  return {
    200: {
      description: 'The report.',
      content,
      headers: { etag: 'Changes with the result, not with the time of the check.', 'cache-control': CACHE },
    },
    304: { description: 'The answer that `if-none-match` names is still current.' },
    422: { description: 'The report, whose score is below `min_score`.', content },
  } satisfies Record<number, Answer>;
}
