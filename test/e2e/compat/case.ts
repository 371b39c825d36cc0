// What one case of the comparison is, and the messages most cases share.

export interface CompatCase {
  /** As written in the first column: what is tried. Names the reason in reasons.ts, and is used once. */
  name: string;
  args: readonly string[];
  /** One octet per character. */
  input: string;
}

export const FROM = 'From: Shop <shop@shop.example>\n';
/** All that a complete header has, so that nothing has to be added. */
export const HEAD = `${FROM}Date: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1@shop.example>\nSubject: Order\n`;
export const TO = 'To: a@one.example\n';
export const PLAIN = `${HEAD}${TO}\nHello\n`;
