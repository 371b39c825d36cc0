// Report addresses of rua and ruf: a list of URIs (RFC 9989 sections 4.6 and 4.8).
import { toAscii } from '../text/domain.ts';
import type { DmarcProblem, ReportUri } from './types.ts';

/** RFC 3986, of which commas and exclamation marks must be escaped (RFC 9989 section 4.8). */
const URI = /^([a-z][a-z0-9+.-]*):((?:[a-z0-9\-._~:/?#[\]@$&'()*+=]|%[0-9a-f]{2})*)$/i;
/** RFC 7489 section 6.4; removed by RFC 9989. Blanks around the mark are not allowed, but occur. */
const OBSOLETE_SIZE = /![ \t]*[0-9]+[ \t]?[kmgt]?$/i;

/** Addresses read from one tag: few receivers send to more than two. */
export const MAX_REPORT_URIS = 20;

/** The valid addresses of a `rua` or `ruf` value; the others are among the problems. Never throws. */
export function parseReportUris(value: string, tag: 'rua' | 'ruf'): { uris: ReportUri[]; problems: DmarcProblem[] } {
  const uris: ReportUri[] = [];
  const problems: DmarcProblem[] = [];
  for (const part of value.split(',', MAX_REPORT_URIS)) {
    const written = part.trim();
    const text = written.replace(OBSOLETE_SIZE, '').trimEnd();
    if (text !== written) problems.push({ id: 'report-size', tag, detail: written });
    const [, name, path] = URI.exec(text) ?? [];
    if (name === undefined || path === undefined) {
      problems.push({ id: 'bad-report-uri', tag, detail: written });
      continue;
    }
    const scheme = name.toLowerCase();
    if (scheme !== 'mailto') {
      problems.push({ id: 'report-scheme', tag, detail: written });
      uris.push({ uri: text, scheme, address: '', domain: '' });
      continue;
    }
    const address = decode(path.replace(/\?.*$/s, ''));
    const at = address.lastIndexOf('@');
    const domain = toAscii(address.slice(at + 1));
    // "mailto://a@b" would be the mailbox "//a", and "@" needs quotation marks there (RFC 5321 section 4.1.2).
    const invalid = address.startsWith('//') || /^[^"]*@/.test(address.slice(0, Math.max(at, 0)));
    if (at < 1 || invalid || !domain.ok || /[\x00-\x20\x7f]/.test(address)) {
      problems.push({ id: 'bad-report-uri', tag, detail: written });
      continue;
    }
    uris.push({ uri: text, scheme, address, domain: domain.name });
  }
  return { uris, problems };
}

// Escapes that are not UTF-8 are kept: decodeURIComponent throws.
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
