// The one rule about characters that a stranger's text must not bring to a terminal, a log, XML or Markdown.

/**
 * Controls (C0, DEL, C1: U+009B starts a terminal's orders as ESC [ does), lone surrogates, line and paragraph separators,
 * marks that turn the direction of writing or cannot be seen (Unicode TR 36 section 2.10), and what XML 1.0 section 2.2
 * has no place for. U+200C and U+200D stay: Persian and joined emoji are written with them.
 */
export const UNPRINTABLE =
  /[\x00-\x1f\x7f-\x9f\ud800-\udfff\u061c\u180e\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\u{e0000}-\u{e007f}]/gu;
