// How PHP ends the lines of a mail, from its two settings.

import type { PhpValue } from './ini.ts';
import type { PhpSetting } from './sites.ts';

const LINE_END_MODES = ['crlf', 'lf', 'mixed', 'os'] as const;
export type LineEndMode = (typeof LINE_END_MODES)[number];

export interface LineEnds {
  /** What PHP writes: `lf` in the message too, `mixed` only in its own header fields, `os` as `mixed` on Linux. */
  holds: LineEndMode;
  /** The setting that decides. */
  by: PhpValue & { name: string };
  /** A value that PHP does not know, so that `crlf` holds; or one beside it that says something else. */
  trouble?: 'unknown' | 'both';
}

/** How PHP ends the lines of a mail; undefined where the files say nothing of it, so that it is CRLF. */
export function lineEndsOf({ lineEndMode, mixedLineEnds }: PhpSetting): LineEnds | undefined {
  const mixed = mixedLineEnds !== undefined && /^(?:on|yes|true|[1-9]\d*)$/i.test(mixedLineEnds.value);
  const mode = lineEndMode?.value || 'crlf';
  const byMode = lineEndMode && { ...lineEndMode, name: 'mail.cr_lf_mode' };
  if (byMode !== undefined && !LINE_END_MODES.some((known) => known === mode))
    return { holds: mixed ? 'mixed' : 'crlf', by: byMode, trouble: 'unknown' };
  // PHP asks for the older setting only where the newer one is crlf (ext/standard/mail.c of 8.5).
  if (mixed && mode === 'crlf') {
    const by = { ...mixedLineEnds, name: 'mail.mixed_lf_and_crlf' };
    return { holds: 'mixed', by, ...(byMode === undefined ? {} : { trouble: 'both' }) };
  }
  if (byMode === undefined) return undefined;
  return { holds: mode as LineEndMode, by: byMode, ...(mixed && mode !== 'mixed' ? { trouble: 'both' } : {}) };
}
