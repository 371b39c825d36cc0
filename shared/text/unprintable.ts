// The characters of foreign text that must not reach a terminal, a log, XML or Markdown.

/**
 * Controls (C0, DEL, C1: U+009B starts a control sequence like ESC [), lone surrogates, line and paragraph separators,
 * direction marks and invisible characters (Unicode TR 36 section 2.10), and characters that XML 1.0 section 2.2 does not
 * allow. U+200C and U+200D are kept: Persian and joined emoji need them.
 */
export const UNPRINTABLE =
  /[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;
