// Quoted-printable of text with CRLF line ends, piece by piece (RFC 2045 section 6.7).

/** RFC 2045 section 6.7 (5): 76 characters with the "=" of a soft break. */
const MOST = 75;
const CR = 13;
const LF = 10;
const BLANK = 32;
const TAB = 9;
const EQUALS = 61;
const DELETE = 127;
const HEX = '0123456789ABCDEF';

export class QuotedPrintable {
  #out = Buffer.alloc(0);
  #length = 0;
  #column = 0;
  /** A blank that is encoded only at the end of a line (RFC 2045 section 6.7 (3)). */
  #blank: number | undefined;
  #carriageReturn = false;

  /** The output so far. */
  encode(piece: Uint8Array): Buffer {
    // The worst case: all bytes escaped, soft breaks, and held bytes. The buffer is used for each piece, since a large mail
    // would otherwise leave many of them to the collector.
    const most = Math.ceil((piece.length + 2) * 3.2) + 16;
    if (this.#out.length < most) this.#out = Buffer.allocUnsafeSlow(most);
    this.#length = 0;
    for (const byte of piece) {
      if (this.#carriageReturn && byte !== LF) {
        this.#carriageReturn = false;
        this.#token(CR, true);
      }
      if (byte === CR) this.#carriageReturn = true;
      else if (byte === LF) this.#endLine();
      else if (byte === BLANK || byte === TAB) {
        this.#flushBlank(false);
        this.#blank = byte;
      } else this.#token(byte, byte < BLANK || byte === EQUALS || byte >= DELETE);
    }
    return Buffer.from(this.#out.subarray(0, this.#length));
  }

  /** The rest of the output. */
  end(): Buffer {
    this.#out = Buffer.alloc(16);
    this.#length = 0;
    if (this.#carriageReturn) this.#token(CR, true);
    this.#flushBlank(true);
    this.#carriageReturn = false;
    this.#column = 0;
    return this.#out.subarray(0, this.#length);
  }

  #token(byte: number, escaped: boolean): void {
    this.#flushBlank(false);
    this.#put(byte, escaped);
  }

  #flushBlank(escaped: boolean): void {
    if (this.#blank === undefined) return;
    this.#put(this.#blank, escaped);
    this.#blank = undefined;
  }

  #put(byte: number, escaped: boolean): void {
    const width = escaped ? 3 : 1;
    if (this.#column + width > MOST) {
      this.#out[this.#length++] = EQUALS;
      this.#breakLine();
    }
    if (escaped) {
      this.#out[this.#length++] = EQUALS;
      this.#out[this.#length++] = HEX.charCodeAt(byte >> 4);
      this.#out[this.#length++] = HEX.charCodeAt(byte & 15);
    } else this.#out[this.#length++] = byte;
    this.#column += width;
  }

  #endLine(): void {
    this.#flushBlank(true);
    this.#breakLine();
    this.#carriageReturn = false;
  }

  #breakLine(): void {
    this.#out[this.#length++] = CR;
    this.#out[this.#length++] = LF;
    this.#column = 0;
  }
}
