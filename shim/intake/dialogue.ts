// The lines of a dialogue on standard input, and the message within one (RFC 5321 sections 2.3.8 and 4.5.2).
import { Collector, type Pieces, type ReadSome } from './read.ts';

/** RFC 5321 section 4.5.3.1.4 requires 512 bytes for a command; extensions add to it. */
export const MAX_COMMAND = 2048;
const BUFFER = 64 * 1024;
const CR = 13;
const LF = 10;
const DOT = 46;

export class Dialogue {
  readonly #read: ReadSome;
  readonly #buffer = Buffer.allocUnsafe(BUFFER);
  /** The bytes that are read and not consumed yet. */
  #start = 0;
  #end = 0;

  constructor(read: ReadSome) {
    this.#read = read;
  }

  /**
   * Every command so far ended in LF alone, as a shell script writes them: then LF ends a line of a message too. Otherwise
   * only CRLF does (RFC 5321 section 2.3.8).
   */
  #usesLf: boolean | undefined;

  /** The next line without its end, CRLF or LF; undefined at the end of the input. */
  command(): { text: string } | { tooLong: true } | undefined {
    const parts: string[] = [];
    let length = 0;
    let wasCr = false;
    for (;;) {
      const piece = this.linePiece();
      // A line without an end, cut off by the end of the input, is dropped.
      if (piece === undefined) return undefined;
      if (length <= MAX_COMMAND) parts.push(piece.toString('latin1'));
      length += piece.length;
      const endsInCr = wasCr;
      wasCr = piece[piece.length - 1] === CR;
      if (piece[piece.length - 1] !== LF) continue;
      if (piece.length > 1 ? piece[piece.length - 2] === CR : endsInCr) this.#usesLf = false;
      else this.#usesLf ??= true;
      if (length > MAX_COMMAND) return { tooLong: true };
      return { text: withoutEnd(Buffer.from(parts.join(''), 'latin1')).toString('utf8') };
    }
  }

  /**
   * The message up to the line with a lone dot, dots unstuffed, with its original line ends. That line is between two CRLF:
   * an LF alone does not end a line, or a caller that stuffs dots only after CRLF, as Symfony does, could be made to send a
   * mail that an attacker wrote (CVE-2023-51764; Postfix's `smtpd_forbid_bare_newline = normalize`). `tooLarge` if it has
   * more than `limit` bytes: it is read to its end anyway, so that the session can continue. Undefined if the input ended.
   */
  message(limit: number): { pieces: Pieces } | { tooLarge: true } | undefined {
    let collector: Collector | undefined = new Collector();
    let wasCr = false;
    for (let isLineStart = true; ; ) {
      if (isLineStart && this.has(1) && this.#buffer[this.#start] === DOT) {
        if (this.loneDot()) break;
        this.#start++;
        wasCr = false;
      }
      const piece = this.linePiece();
      if (piece === undefined) return undefined;
      const last = piece[piece.length - 1];
      const endsInCr = piece.length > 1 ? piece[piece.length - 2] === CR : wasCr;
      isLineStart = last === LF && (endsInCr || this.#usesLf === true);
      wasCr = last === CR;
      if (collector !== undefined && collector.total + piece.length > limit) collector = undefined;
      collector?.write(piece);
    }
    return collector === undefined ? { tooLarge: true } : { pieces: collector.pieces() };
  }

  /** Consumes the line with the lone dot, if it is next. Reads no byte more than needed: the client may be waiting for the reply. */
  private loneDot(): boolean {
    if (!this.has(2)) return false;
    if (this.#usesLf && this.#buffer[this.#start + 1] === LF) {
      this.#start += 2;
      return true;
    }
    if (this.#buffer[this.#start + 1] !== CR || !this.has(3) || this.#buffer[this.#start + 2] !== LF) return false;
    this.#start += 3;
    return true;
  }

  /** The line, or the part of it that is read, with its end; valid until the next call. Undefined at the end of the input. */
  private linePiece(): Buffer | undefined {
    if (!this.has(1)) return undefined;
    const lf = this.#buffer.subarray(0, this.#end).indexOf(LF, this.#start);
    const piece = this.#buffer.subarray(this.#start, lf === -1 ? this.#end : lf + 1);
    this.#start += piece.length;
    return piece;
  }

  /** Reads until so many bytes are available; false if the input ends before. */
  private has(count: number): boolean {
    while (this.#end - this.#start < count) {
      if (this.#start > 0) {
        this.#buffer.copyWithin(0, this.#start, this.#end);
        this.#end -= this.#start;
        this.#start = 0;
      }
      const read = this.#read(this.#buffer, this.#end);
      if (read === 0) return false;
      this.#end += read;
    }
    return true;
  }
}

function withoutEnd(line: Buffer): Buffer {
  let end = line.length;
  if (line[end - 1] === LF) end--;
  if (line[end - 1] === CR) end--;
  return line.subarray(0, end);
}
