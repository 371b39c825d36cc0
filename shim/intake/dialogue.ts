// The lines of a dialogue on standard input, and the message within one (RFC 5321 sections 2.3.8 and 4.5.2).
import type { ReadSome } from './read.ts';

/** RFC 5321 section 4.5.3.1.4 wants 512 octets of a command; extensions add to it. */
export const MAX_COMMAND = 2048;
const BUFFER = 64 * 1024;
const CR = 13;
const LF = 10;
const DOT = 46;

export class Dialogue {
  readonly #read: ReadSome;
  #buffer = Buffer.alloc(0);

  constructor(read: ReadSome) {
    this.#read = read;
  }

  /** The next line without its end (CRLF, or LF from programs of this machine); undefined at the end of the input. */
  command(): { text: string } | { tooLong: true } | undefined {
    const line = this.#line(MAX_COMMAND);
    if (line === undefined) return undefined;
    return line.length > MAX_COMMAND ? { tooLong: true } : { text: withoutEnd(line).toString('utf8') };
  }

  /**
   * The message up to the line with a lone dot, dots unstuffed, line ends as they came. `tooLarge` where it has more than
   * `limit` octets: it is read to its end all the same, so that the dialogue can go on. Undefined where the input ended.
   */
  message(limit: number): { pieces: Buffer[]; tooLarge: boolean } | undefined {
    const pieces: Buffer[] = [];
    let held: Buffer[] = [];
    let heldSize = 0;
    let size = 0;
    for (;;) {
      const line = this.#line(Number.POSITIVE_INFINITY);
      if (line === undefined) return undefined;
      if (line[0] === DOT && withoutEnd(line).length === 1) break;
      const content = line[0] === DOT ? line.subarray(1) : line;
      size += content.length;
      if (size > limit) {
        pieces.length = 0;
        held = [];
        heldSize = 0;
        continue;
      }
      held.push(content);
      heldSize += content.length;
      if (heldSize < BUFFER) continue;
      pieces.push(Buffer.concat(held));
      held = [];
      heldSize = 0;
    }
    pieces.push(Buffer.concat(held));
    return { pieces, tooLarge: size > limit };
  }

  // A line with its end. Of one longer than `most` only so much more is kept that its length tells.
  #line(most: number): Buffer | undefined {
    const parts: Buffer[] = [];
    let length = 0;
    for (;;) {
      const end = this.#buffer.indexOf(LF);
      const piece = end === -1 ? this.#buffer : this.#buffer.subarray(0, end + 1);
      this.#buffer = this.#buffer.subarray(piece.length);
      if (length <= most) parts.push(piece);
      length += piece.length;
      if (end !== -1) return parts.length === 1 ? parts[0] : Buffer.concat(parts);
      const next = Buffer.allocUnsafe(BUFFER);
      const count = this.#read(next, 0);
      // A line that the input's end cuts off is no line.
      if (count === 0) return undefined;
      this.#buffer = next.subarray(0, count);
    }
  }
}

function withoutEnd(line: Buffer): Buffer {
  let end = line.length;
  if (line[end - 1] === LF) end--;
  if (line[end - 1] === CR) end--;
  return line.subarray(0, end);
}
