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
    const { relaxed, out } = this;
    for (let i = 0; i < chunk.length; i++) {
      const octet = chunk[i]!;
      if (octet === LF) {
        // RFC 6376 section 3.4.4: blanks at the end of a line are ignored.
        this.cr = false;
        this.blank = false;
        this.endings++;
        continue;
      }
      if (this.cr) {
        this.cr = false;
        this.put(CR);
      }
      if (octet === CR) {
        this.cr = true;
      } else if (relaxed && (octet === SP || octet === TAB)) {
        this.blank = true;
      } else if (this.endings > 0 || this.blank) {
        this.put(octet);
      } else {
        // The common octet, without the cost of a call.
        if (this.filled === CHUNK) this.flush();
        out[this.filled++] = octet;
        this.empty = false;
      }
    }
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
