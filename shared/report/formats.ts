// The formats of a report: the name in ?format=, the media type in Accept, and the function that writes it.
import type { Report } from '../check/types.ts';
import type { Language } from '../findings/define.ts';
import { reportJunit } from './junit.ts';
import { reportMarkdown } from './markdown.ts';
import { renderedReport } from './rendered.ts';
import { reportSarif } from './sarif.ts';
import { reportText } from './text.ts';

export interface Format {
  mediaType: string;
  /** Whether the media type names UTF-8; JSON always is UTF-8 (RFC 8259 section 8.1). */
  charset: boolean;
  write: (report: Report, language: Language, options: WriteOptions) => string;
}

export interface WriteOptions {
  /** The facts of the report as JSON: they are most of it, and the entity tag is computed from them too. */
  facts: string;
  /** With line breaks and indentation, for people. */
  pretty: boolean;
}

/** JSON for programs; for people it is parsed and written with indentation. */
function jsonText(text: string, pretty: boolean): string {
  return `${pretty ? JSON.stringify(JSON.parse(text), null, 2) : text}\n`;
}

/** The same as JSON.stringify of the report, whose facts are already serialised. */
function reportJson(report: Report, language: Language, { facts, pretty }: WriteOptions): string {
  const { facts: _, queries, ...head } = renderedReport(report, language);
  return jsonText(
    `${JSON.stringify(head).slice(0, -1)},"facts":${facts},"queries":${JSON.stringify(queries)}}`,
    pretty,
  );
}

/** The first is the default. */
export const FORMATS = {
  json: {
    mediaType: 'application/json',
    charset: true,
    write: reportJson,
  },
  text: { mediaType: 'text/plain', charset: true, write: reportText },
  // RFC 7763
  markdown: { mediaType: 'text/markdown', charset: true, write: reportMarkdown },
  // Not registered; a browser's Accept prefers application/xml to JSON.
  junit: { mediaType: 'application/junit+xml', charset: true, write: reportJunit },
  sarif: {
    mediaType: 'application/sarif+json',
    charset: false,
    write: (report, language, { pretty }) => jsonText(JSON.stringify(reportSarif(report, language)), pretty),
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as [FormatName, ...FormatName[]];

/** Other names that people type. */
export const FORMAT_ALIASES: ReadonlyMap<string, FormatName> = new Map([
  ['txt', 'text'],
  ['md', 'markdown'],
]);
