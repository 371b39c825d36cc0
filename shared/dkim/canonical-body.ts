// Canonical forms of the body, over a stream (RFC 6376 sections 3.4.3 and 3.4.4). Every asserted index is below the length
// of the chunk, or compared only; defaults instead would cost time for every byte.
import type { Canonicalization } from './types.ts';

const TAB = 9;
const LF = 10;
const CR = 13;
const SP = 32;

/** Bytes of canonical text that are passed to the sink at once. */
const CHUNK = 16 * 1024;
/** Runs up to this length are copied byte by byte, which is faster than creating a view of them. */
const SHORT_RUN = 64;

/** Receives bytes that are valid only during the call. */
export type Sink = (bytes: Uint8Array) => void;

/**
 * Canonicalizes a body in parts and passes the result on in parts, without keeping any of it.
 * A bare LF counts as a line ending: files have it, and sending makes it CRLF. A bare CR is a byte like others.
 *
 * A "relaxed" one with `fork` makes both forms in one pass: they are the same up to the first blank that only the simple
 * form keeps (in most bodies there is none); there `fork` is called, once, for the sink of the rest of the simple form.
 */
export class BodyCanonicalizer {
  private readonly form: SimpleBody | RelaxedBody;

  constructor(kind: Canonicalization, sink: Sink, fork?: () => Sink) {
    this.form = kind === 'simple' ? new SimpleBody(sink) : new RelaxedBody(sink, fork);
  }

  write(chunk: Uint8Array): void {
    this.form.write(chunk);
  }

  end(): void {
    this.form.end();
  }
}

/** Buffers short runs, so that the sink is not called for every few bytes. */
class Output {
  private readonly sink: Sink;
  private readonly buffer = new Uint8Array(CHUNK);
  private filled = 0;

  constructor(sink: Sink) {
    this.sink = sink;
  }

  byte(byte: number): void {
    if (this.filled === CHUNK) this.flush();
    this.buffer[this.filled++] = byte;
  }

  lineEndings(count: number): void {
    for (let left = count; left > 0; left--) {
      this.byte(CR);
      this.byte(LF);
    }
  }

  range(chunk: Uint8Array, start: number, end: number): void {
    const length = end - start;
    if (length > CHUNK / 8) {
      this.flush();
      this.sink(chunk.subarray(start, end));
      return;
    }
    if (this.filled + length > CHUNK) this.flush();
    if (length > SHORT_RUN) this.buffer.set(chunk.subarray(start, end), this.filled);
    else for (let i = start, at = this.filled; i < end; ) this.buffer[at++] = chunk[i++]!;
    this.filled += length;
  }

  flush(): void {
    if (this.filled > 0) this.sink(this.buffer.subarray(0, this.filled));
    this.filled = 0;
  }
}

/** Section 3.4.3: unchanged, except for the line endings at the end. */
class SimpleBody {
  private readonly out: Output;
  /** Line endings that may be the last ones of the body. */
  private endings: number;
  /** A CR after them, which may begin another. */
  private cr: boolean;

  /** `held`: the pending bytes of the relaxed form, where that canonicalized the body up to here. */
  constructor(sink: Sink, held: { endings: number; blank: boolean; cr: boolean } = NOTHING) {
    this.out = new Output(sink);
    this.endings = held.blank ? 0 : held.endings;
    this.cr = held.cr;
    if (!held.blank) return;
    this.out.lineEndings(held.endings);
    this.out.byte(SP);
  }

  write(chunk: Uint8Array): void {
    const { length } = chunk;
    let start = 0;
    let previous = this.cr ? CR : 0;
    for (let i = 0; i < length; i++) {
      const byte = chunk[i]!;
      if (byte === LF && previous !== CR) {
        this.bareLineFeed(chunk, start, i);
        start = i + 1;
      }
      previous = byte;
    }
    this.range(chunk, start, length);
  }

  /** Accepts the bytes before an LF without CR, and the LF as a line ending. */
  bareLineFeed(chunk: Uint8Array, start: number, at: number): void {
    this.range(chunk, start, at);
    this.endings++;
  }

  /** Accepts bytes without a bare LF. */
  range(chunk: Uint8Array, start: number, end: number): void {
    if (start === end) return;
    let first = start;
    if (this.cr && chunk[first] === LF) {
      this.cr = false;
      this.endings++;
      first++;
    }
    let last = end;
    const cr = last > first && chunk[last - 1] === CR;
    if (cr) last--;
    let endings = 0;
    for (; last - first > 1 && chunk[last - 1] === LF; last -= 2) endings++;
    if (last > first || this.cr) {
      this.release();
      this.out.range(chunk, first, last);
    }
    this.endings += endings;
    this.cr = cr;
  }

  private release(): void {
    this.out.lineEndings(this.endings);
    if (this.cr) this.out.byte(CR);
    this.endings = 0;
    this.cr = false;
  }

  end(): void {
    if (this.cr) this.release();
    // All line endings at the end become one; an empty body becomes one line ending.
    this.out.lineEndings(1);
    this.out.flush();
  }
}

const NOTHING = { endings: 0, blank: false, cr: false };

/** Section 3.4.4: blanks at the end of a line are dropped, and runs of them are one space. */
class RelaxedBody {
  private readonly out: Output;
  private fork: (() => Sink) | undefined;
  /** The simple form, from where it differs. */
  private simple: SimpleBody | undefined;
  /** Where in the current chunk the simple form continues. */
  private simpleAt = 0;
  /** Line endings that may be the last ones of the body. */
  private endings = 0;
  private blank = false;
  private cr = false;
  private empty = true;

  constructor(sink: Sink, fork: (() => Sink) | undefined) {
    this.out = new Output(sink);
    this.fork = fork;
  }

  write(chunk: Uint8Array): void {
    const { length } = chunk;
    this.simpleAt = 0;
    for (let i = 0; i < length; i++) {
      if (!this.cr && !this.blank && this.endings === 0) {
        // Words, the single blanks between them and the single line endings are unchanged, so most of a body is passed on
        // in ranges; all other bytes go through `step`. Reads beyond the chunk are undefined, which compares as false.
        const start = i;
        for (; i < length; i++) {
          const byte = chunk[i]!;
          if (byte > SP) continue;
          if (byte === SP) {
            if (!(chunk[i + 1]! > SP)) break;
          } else if (byte === CR && chunk[i + 1] === LF && chunk[i + 2]! > SP) {
            i++;
          } else {
            break;
          }
        }
        if (i > start) {
          this.empty = false;
          this.out.range(chunk, start, i);
        }
        if (i === length) break;
      }
      this.step(chunk, i);
    }
    this.simple?.range(chunk, this.simpleAt, length);
  }

  /** One byte that is a blank or an ending, or that follows one. */
  private step(chunk: Uint8Array, at: number): void {
    const byte = chunk[at]!;
    // The relaxed form drops or changes a blank here.
    if (this.fork !== undefined && (byte === TAB || (this.blank && (byte === SP || byte === LF)))) this.split(at);
    if (byte === LF) {
      if (!this.cr && this.simple !== undefined) {
        this.simple.bareLineFeed(chunk, this.simpleAt, at);
        this.simpleAt = at + 1;
      }
      this.cr = false;
      this.blank = false;
      this.endings++;
      return;
    }
    if (this.cr) this.put(CR);
    this.cr = byte === CR;
    if (byte === SP || byte === TAB) this.blank = true;
    else if (!this.cr) this.put(byte);
  }

  private put(byte: number): void {
    this.out.lineEndings(this.endings);
    this.endings = 0;
    if (this.blank) this.out.byte(SP);
    this.blank = false;
    this.out.byte(byte);
    this.empty = false;
  }

  /** Separates the simple form, which has all in common up to here. */
  private split(at: number): void {
    if (this.fork === undefined) return;
    this.out.flush();
    const { endings, blank, cr } = this;
    this.simple = new SimpleBody(this.fork(), { endings, blank, cr });
    this.simpleAt = at;
    this.fork = undefined;
  }

  end(): void {
    // The relaxed form drops a blank at the end, and keeps an empty body empty.
    if (this.blank || (this.empty && !this.cr)) this.split(0);
    this.simple?.end();
    if (this.cr) this.put(CR);
    if (!this.empty) this.out.lineEndings(1);
    this.out.flush();
  }
}
