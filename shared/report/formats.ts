// The forms of a report: the name in ?format=, the media type in Accept, and who writes it.
import type { Report } from '../check/types.ts';
import type { Language } from '../findings/define.ts';
import { reportJunit } from './junit.ts';
import { reportMarkdown } from './markdown.ts';
import { reportSarif } from './sarif.ts';
import { reportText } from './text.ts';
import { toldReport } from './told.ts';

export interface Format {
  mediaType: string;
  /** UTF-8 is what JSON is (RFC 8259 section 8.1); the others say it. */
  charset: boolean;
  write: (report: Report, language: Language, options: WriteOptions) => string;
}

export interface WriteOptions {
  /** The report's facts as JSON: they are most of it, and the entity tag is made from them as well. */
  facts: string;
  /** With line breaks and indentation, for people. */
  pretty: boolean;
}

/** JSON for programs; for people it is read and written once more. */
function jsonText(text: string, pretty: boolean): string {
  return `${pretty ? JSON.stringify(JSON.parse(text), null, 2) : text}\n`;
}

/** The same as JSON.stringify of the whole, whose facts are written already. */
function reportJson(report: Report, language: Language, { facts, pretty }: WriteOptions): string {
  const { facts: _, queries, ...head } = toldReport(report, language);
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
  // Not registered; application/xml would be what a browser's Accept asks for before JSON.
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
