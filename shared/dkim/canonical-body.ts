// Canonical forms of the body, over a stream (RFC 6376 sections 3.4.3 and 3.4.4).
import type { Canonicalization } from './types.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SP = 32;

/** Octets of canonical text that are handed on at once. */
const CHUNK = 16 * 1024;

/**
 * Canonicalizes a body that comes in parts and hands the result on in parts, holding none of it.
 * A bare LF counts as a line ending: messages lie in files with it, and sending makes it CRLF. A bare CR is an octet like others.
 */
export class BodyCanonicalizer {
  private readonly relaxed: boolean;
  private readonly sink: (octets: Uint8Array) => void;
  private readonly out = new Uint8Array(CHUNK);
  private filled = 0;
  /** Line endings seen and not yet known to be followed by anything. */
  private endings = 0;
  private blank = false;
  private cr = false;
  private empty = true;

  /** `sink` gets octets that are valid only during the call. */
  constructor(kind: Canonicalization, sink: (octets: Uint8Array) => void) {
    this.relaxed = kind === 'relaxed';
    this.sink = sink;
  }

  write(chunk: Uint8Array): void {
    const { relaxed } = this;
    const { length } = chunk;
    for (let i = 0; i < length; i++) {
      if (!this.cr && !this.blank && this.endings === 0) {
        // Words, the single blanks between them and the single line endings stay as they are, so most of a body is
        // handed on without being copied; all else goes the long way.
        const start = i;
        for (; i < length; i++) {
          const octet = chunk[i]!;
          if (octet > SP) continue;
          if (octet === SP) {
            if (relaxed && !(chunk[i + 1]! > SP)) break;
          } else if (octet === CR && chunk[i + 1] === LF && chunk[i + 2]! > SP) {
            i++;
          } else {
            break;
          }
        }
        if (i > start) this.pass(chunk.subarray(start, i));
        if (i === length) return;
      }
      this.step(chunk[i]!);
    }
  }

  private pass(octets: Uint8Array): void {
    this.empty = false;
    if (octets.length > CHUNK / 8) {
      this.flush();
      this.sink(octets);
      return;
    }
    if (this.filled + octets.length > CHUNK) this.flush();
    this.out.set(octets, this.filled);
    this.filled += octets.length;
  }

  /** One octet that is a blank or an ending, or that follows one. */
  private step(octet: number): void {
    if (octet === LF) {
      // RFC 6376 section 3.4.4: blanks at the end of a line are ignored.
      this.cr = false;
      this.blank = false;
      this.endings++;
      return;
    }
    if (this.cr) {
      this.cr = false;
      this.put(CR);
    }
    if (octet === CR) this.cr = true;
    else if (this.relaxed && (octet === SP || octet === TAB)) this.blank = true;
    else this.put(octet);
  }

  end(): void {
    if (this.cr) this.put(CR);
    // RFC 6376 section 3.4.3: all line endings at the end become one, and an empty body becomes one;
    // section 3.4.4: an empty body stays empty.
    if (!this.relaxed || !this.empty) {
      this.putOctet(CR);
      this.putOctet(LF);
    }
    this.flush();
  }

  private put(octet: number): void {
    for (; this.endings > 0; this.endings--) {
      this.putOctet(CR);
      this.putOctet(LF);
    }
    // A run of blanks is one space.
    if (this.blank) this.putOctet(SP);
    this.blank = false;
    this.putOctet(octet);
  }

  private putOctet(octet: number): void {
    if (this.filled === CHUNK) this.flush();
    this.out[this.filled++] = octet;
    this.empty = false;
  }

  private flush(): void {
    if (this.filled > 0) this.sink(this.out.subarray(0, this.filled));
    this.filled = 0;
  }
}
