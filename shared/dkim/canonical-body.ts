// Canonical forms of the body, over a stream (RFC 6376 sections 3.4.3 and 3.4.4).
import type { Canonicalization } from './types.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SP = 32;

/** Octets of canonical text that are handed on at once. */
const CHUNK = 16 * 1024;
/** Runs up to this are copied octet by octet, which is sooner done than making a view of them. */
const SHORT_RUN = 64;

/** Takes octets that are valid only during the call. */
export type Sink = (octets: Uint8Array) => void;

/**
 * Canonicalizes a body that comes in parts and hands the result on in parts, holding none of it.
 * A bare LF counts as a line ending: messages lie in files with it, and sending makes it CRLF. A bare CR is an octet like others.
 *
 * Both forms are made in one go with a "relaxed" one that is given `fork`: up to the first blank that only the simple form
 * keeps they are the same, which for most bodies is their end, and then `fork` is called, once, for where the simple form goes on.
 */
export class BodyCanonicalizer {
  private readonly relaxed: boolean;
  private readonly sink: Sink;
  private fork: (() => Sink) | undefined;
  /** The simple form, from where it differs. */
  private simple: BodyCanonicalizer | undefined;
  private readonly out = new Uint8Array(CHUNK);
  private filled = 0;
  /** Line endings seen and not yet known to be followed by anything. */
  private endings = 0;
  private blank = false;
  private cr = false;
  private empty = true;

  constructor(kind: Canonicalization, sink: Sink, fork?: () => Sink) {
    this.relaxed = kind === 'relaxed';
    this.sink = sink;
    if (this.relaxed) this.fork = fork;
  }

  write(chunk: Uint8Array): void {
    const { relaxed } = this;
    this.simple?.write(chunk);
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
        if (i > start) this.pass(chunk, start, i);
        if (i === length) return;
      }
      const octet = chunk[i]!;
      if (this.fork !== undefined && this.differs(octet)) this.split().write(chunk.subarray(i));
      this.step(octet);
    }
  }

  private pass(chunk: Uint8Array, start: number, end: number): void {
    this.empty = false;
    const length = end - start;
    if (length > CHUNK / 8) {
      this.flush();
      this.sink(chunk.subarray(start, end));
      return;
    }
    if (this.filled + length > CHUNK) this.flush();
    if (length > SHORT_RUN) this.out.set(chunk.subarray(start, end), this.filled);
    else for (let i = start, at = this.filled; i < end; ) this.out[at++] = chunk[i++]!;
    this.filled += length;
  }

  /** The relaxed form drops or changes a blank here. */
  private differs(octet: number): boolean {
    return octet === TAB || (this.blank && (octet === SP || octet === LF));
  }

  /** Makes the simple form of all that was taken up to here, and goes on alone. */
  private split(): BodyCanonicalizer {
    this.flush();
    const simple = new BodyCanonicalizer('simple', this.fork!());
    simple.endings = this.endings;
    simple.empty = this.empty;
    if (this.blank) simple.put(SP);
    simple.cr = this.cr;
    this.fork = undefined;
    this.simple = simple;
    return simple;
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
    // At the end a blank is dropped, and of an empty body no line ending is left.
    if (this.fork !== undefined && (this.blank || (this.empty && !this.cr))) this.split();
    this.simple?.end();
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
