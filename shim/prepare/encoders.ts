// Encoders of text with CRLF line ends, piece by piece: quoted-printable, and line breaks in content that is encoded already
// (RFC 2045 sections 6.7 and 6.8).

/** Characters of a line (RFC 2045 sections 6.7 (5) and 6.8), with the "=" of a soft break. */
const MOST = 76;
const CR = 13;
const LF = 10;
const BLANK = 32;
const TAB = 9;
const EQUALS = 61;
const DELETE = 127;
const HEX = '0123456789ABCDEF';

/** Encodes text with CRLF line ends piece by piece. */
export interface Encoder {
  /** The output so far. */
  encode(piece: Uint8Array): Buffer;
  /** The rest of the output. */
  end(): Buffer;
}

/** Quoted-printable. */
export class QuotedPrintable implements Encoder {
  #out = Buffer.alloc(0);
  #length = 0;
  #column = 0;
  /** A blank that is encoded only at the end of a line (RFC 2045 section 6.7 (3)). */
  #blank: number | undefined;
  #carriageReturn = false;

  encode(piece: Uint8Array): Buffer {
    // The worst case: all bytes escaped, soft breaks, and held bytes. The buffer is used for each piece, since a large mail
    // would otherwise leave many of them to the collector.
    const most = Math.ceil((piece.length + 2) * 3.2) + 16;
    if (this.#out.length < most) this.#out = Buffer.allocUnsafeSlow(most);
    this.#length = 0;
    for (const byte of piece) {
      if (this.#carriageReturn && byte !== LF) {
        this.#carriageReturn = false;
        this.token(CR, true);
      }
      if (byte === CR) this.#carriageReturn = true;
      else if (byte === LF) this.endLine();
      else if (byte === BLANK || byte === TAB) {
        this.flushBlank(false);
        this.#blank = byte;
      } else this.token(byte, byte < BLANK || byte === EQUALS || byte >= DELETE);
    }
    return Buffer.from(this.#out.subarray(0, this.#length));
  }

  end(): Buffer {
    this.#out = Buffer.alloc(16);
    this.#length = 0;
    if (this.#carriageReturn) this.token(CR, true);
    this.flushBlank(true);
    this.#carriageReturn = false;
    this.#column = 0;
    return this.#out.subarray(0, this.#length);
  }

  private token(byte: number, escaped: boolean): void {
    this.flushBlank(false);
    this.put(byte, escaped);
  }

  private flushBlank(escaped: boolean): void {
    if (this.#blank === undefined) return;
    this.put(this.#blank, escaped);
    this.#blank = undefined;
  }

  private put(byte: number, escaped: boolean): void {
    const width = escaped ? 3 : 1;
    if (this.#column + width > MOST - 1) {
      this.#out[this.#length++] = EQUALS;
      this.breakLine();
    }
    if (escaped) {
      this.#out[this.#length++] = EQUALS;
      this.#out[this.#length++] = HEX.charCodeAt(byte >> 4);
      this.#out[this.#length++] = HEX.charCodeAt(byte & 15);
    } else this.#out[this.#length++] = byte;
    this.#column += width;
  }

  private endLine(): void {
    this.flushBlank(true);
    this.breakLine();
    this.#carriageReturn = false;
  }

  private breakLine(): void {
    this.#out[this.#length++] = CR;
    this.#out[this.#length++] = LF;
    this.#column = 0;
  }
}

/** Base64 in lines of at most 76 characters; shorter lines stay. */
export class Base64Lines implements Encoder {
  #column = 0;

  encode(piece: Uint8Array): Buffer {
    const out = Buffer.allocUnsafeSlow(piece.length + 2 * Math.ceil(piece.length / MOST) + 2);
    let length = 0;
    for (const byte of piece) {
      const isEnd = byte === CR || byte === LF;
      if (!isEnd && this.#column === MOST) {
        out[length++] = CR;
        out[length++] = LF;
        this.#column = 0;
      }
      out[length++] = byte;
      this.#column = isEnd ? 0 : this.#column + 1;
    }
    return out.subarray(0, length);
  }

  end(): Buffer {
    return Buffer.alloc(0);
  }
}

/** Quoted-printable with soft breaks in lines over 76 characters; none of them within a "=XX". */
export class SoftBreaks implements Encoder {
  #column = 0;
  /** The bytes so far of a "=XX" or of a soft break. */
  #held: number[] = [];
  #out = Buffer.alloc(0);
  #length = 0;

  encode(piece: Uint8Array): Buffer {
    this.#out = Buffer.allocUnsafeSlow(piece.length + 3 * Math.ceil((piece.length + 3) / (MOST - 3)) + 8);
    this.#length = 0;
    for (const byte of piece) {
      if (this.#held.length > 0) {
        this.#held.push(byte);
        if (byte === CR || byte === LF) this.flush(true);
        else if (this.#held.length === 3) this.flush(false);
      } else if (byte === EQUALS) this.#held.push(byte);
      else this.unit([byte], byte === CR || byte === LF);
    }
    return this.#out.subarray(0, this.#length);
  }

  end(): Buffer {
    this.#out = Buffer.alloc(16);
    this.#length = 0;
    this.flush(false);
    return this.#out.subarray(0, this.#length);
  }

  private flush(isEnd: boolean): void {
    const held = this.#held;
    this.#held = [];
    if (held.length > 0) this.unit(held, isEnd);
  }

  /** `isEnd`: the bytes end the line, and count no more than the "=" of a soft break. */
  private unit(bytes: readonly number[], isEnd: boolean): void {
    if (!isEnd && this.#column + bytes.length > MOST - 1) {
      this.#out[this.#length++] = EQUALS;
      this.#out[this.#length++] = CR;
      this.#out[this.#length++] = LF;
      this.#column = 0;
    }
    for (const byte of bytes) this.#out[this.#length++] = byte;
    this.#column = isEnd ? 0 : this.#column + bytes.length;
  }
}
