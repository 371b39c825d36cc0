// The forms of a report: the name in ?format=, the media type in Accept, and who writes it.
import type { Report } from '../../shared/check/types.ts';
import type { Language } from '../../shared/findings/define.ts';
import { reportJunit } from '../../shared/report/junit.ts';
import { reportMarkdown } from '../../shared/report/markdown.ts';
import { reportSarif } from '../../shared/report/sarif.ts';
import { reportText } from '../../shared/report/text.ts';
import { toldReport } from '../../shared/report/told.ts';

export interface Format {
  mediaType: string;
  /** UTF-8 is what JSON is (RFC 8259 section 8.1); the others say it. */
  charset: boolean;
  write: (report: Report, language: Language) => string;
}

/** The first is what whoever names none gets. */
export const FORMATS = {
  json: {
    mediaType: 'application/json',
    charset: true,
    write: (report, language) => `${JSON.stringify(toldReport(report, language), null, 2)}\n`,
  },
  text: { mediaType: 'text/plain', charset: true, write: reportText },
  // RFC 7763
  markdown: { mediaType: 'text/markdown', charset: true, write: reportMarkdown },
  // Not registered; application/xml would be what a browser's Accept asks for before JSON.
  junit: { mediaType: 'application/junit+xml', charset: true, write: reportJunit },
  sarif: {
    mediaType: 'application/sarif+json',
    charset: false,
    write: (report, language) => `${JSON.stringify(reportSarif(report, language), null, 2)}\n`,
  },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof FORMATS;
export const FORMAT_NAMES = Object.keys(FORMATS) as [FormatName, ...FormatName[]];

/** Other names that people type. */
export const FORMAT_ALIASES: ReadonlyMap<string, FormatName> = new Map([
  ['txt', 'text'],
  ['md', 'markdown'],
]);
