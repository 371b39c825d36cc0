// Line breaks in content that is encoded already, where they mean nothing (RFC 2045 sections 6.7 and 6.8).

/** Encodes text with CRLF line ends piece by piece. */
export interface Encoder {
  /** The output so far. */
  encode(piece: Uint8Array): Buffer;
  /** The rest of the output. */
  end(): Buffer;
}

/** RFC 2045 sections 6.7 (5) and 6.8. */
const MOST = 76;
const CR = 13;
const LF = 10;
const EQUALS = 61;

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
        if (byte === CR || byte === LF) this.#flush(true);
        else if (this.#held.length === 3) this.#flush(false);
      } else if (byte === EQUALS) this.#held.push(byte);
      else this.#unit([byte], byte === CR || byte === LF);
    }
    return this.#out.subarray(0, this.#length);
  }

  end(): Buffer {
    this.#out = Buffer.alloc(16);
    this.#length = 0;
    this.#flush(false);
    return this.#out.subarray(0, this.#length);
  }

  #flush(isEnd: boolean): void {
    const held = this.#held;
    this.#held = [];
    if (held.length > 0) this.#unit(held, isEnd);
  }

  /** `isEnd`: the bytes end the line, and count no more than the "=" of a soft break. */
  #unit(bytes: readonly number[], isEnd: boolean): void {
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
