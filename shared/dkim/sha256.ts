// SHA-256 over a stream (FIPS 180-4 section 6.2). On both runtimes WebCrypto hashes only complete buffers, and a mail body
// may have 50 MB; small inputs use WebCrypto, which is native code.
import { joinBytes } from '../message/bytes.ts';

/** Hashes bytes in parts. `digest` is called once, last. */
export interface Hasher {
  update(bytes: Uint8Array): void;
  /** Another one with the same state, for the hash of a prefix. */
  copy(): Hasher;
  digest(): Uint8Array | Promise<Uint8Array>;
}
/** Makes a SHA-256 hasher: the host may provide a streaming one in native code (Node: `createHash('sha256')`). */
export type CreateHasher = () => Hasher;

/** Bytes up to which a call of WebCrypto takes longer than hashing here. */
const SMALL = 8 * 1024;
/** Bytes kept for WebCrypto; longer input is hashed here in parts, so that memory is bounded. */
const MAX_HELD = 1024 * 1024;

const K = new Int32Array(64);
const INITIAL = new Int32Array(8);
{
  // FIPS 180-4 sections 4.2.2 and 5.3.3: the first bits of the fractions of roots of the first primes.
  const fraction = (value: number) => ((value - Math.floor(value)) * 0x100000000) | 0;
  let found = 0;
  for (let n = 2; found < 64; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) if (n % d === 0) prime = false;
    if (!prime) continue;
    if (found < 8) INITIAL[found] = fraction(Math.sqrt(n));
    K[found++] = fraction(Math.cbrt(n));
  }
}

/** SHA-256 in plain JavaScript, in constant memory. */
export class Sha256 implements Hasher {
  private readonly state = INITIAL.slice();
  private readonly block = new Uint8Array(64);
  private filled = 0;
  private total = 0;

  update(bytes: Uint8Array): void {
    this.total += bytes.length;
    let at = 0;
    if (this.filled > 0) {
      at = Math.min(64 - this.filled, bytes.length);
      this.block.set(bytes.subarray(0, at), this.filled);
      this.filled += at;
      if (this.filled < 64) return;
      compress(this.state, this.block, 0);
      this.filled = 0;
    }
    for (; at + 64 <= bytes.length; at += 64) compress(this.state, bytes, at);
    this.block.set(bytes.subarray(at), 0);
    this.filled = bytes.length - at;
  }

  copy(): Sha256 {
    const other = new Sha256();
    other.state.set(this.state);
    other.block.set(this.block);
    other.filled = this.filled;
    other.total = this.total;
    return other;
  }

  digest(): Uint8Array {
    const bits = this.total * 8;
    const padding = new Uint8Array((this.filled < 56 ? 64 : 128) - this.filled);
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 0x100000000));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    const digest = new Uint8Array(32);
    const words = new DataView(digest.buffer);
    for (const [index, word] of this.state.entries()) words.setInt32(index * 4, word);
    return digest;
  }
}

/** The message schedule of the current block; not used after the call. */
const W = new Int32Array(64);

// Every index below is within its array: 64 words of the schedule, 8 of the state, 64 bytes of the block. This loop decides
// the speed, so that it has assertions instead of defaults.
function compress(state: Int32Array, bytes: Uint8Array, at: number): void {
  for (let t = 0; t < 16; t++, at += 4) {
    W[t] = (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
  }
  for (let t = 16; t < 64; t++) {
    const x = W[t - 15]!;
    const y = W[t - 2]!;
    const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
    const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
    W[t] = (W[t - 16]! + s0 + W[t - 7]! + s1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let t = 0; t < 64; t++) {
    const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const t1 = (h + s1 + (g ^ (e & (f ^ g))) + K[t]! + W[t]!) | 0;
    const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
    h = g;
    g = f;
    f = e;
    e = (d + t1) | 0;
    d = c;
    c = b;
    b = a;
    a = (t1 + t2) | 0;
  }
  state[0] = state[0]! + a;
  state[1] = state[1]! + b;
  state[2] = state[2]! + c;
  state[3] = state[3]! + d;
  state[4] = state[4]! + e;
  state[5] = state[5]! + f;
  state[6] = state[6]! + g;
  state[7] = state[7]! + h;
}

export async function sha256(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await crypto.subtle.digest('SHA-256', bytes));
}

/** Keeps a small input for WebCrypto, hashes a large one in parts. */
export class WebHasher implements Hasher {
  private parts: Uint8Array[] = [];
  private held = 0;
  private stream: Sha256 | undefined;

  update(bytes: Uint8Array): void {
    if (this.stream === undefined) {
      this.held += bytes.length;
      if (this.held <= MAX_HELD) {
        // A copy, since the caller may reuse its buffer.
        this.parts.push(bytes.slice());
        return;
      }
      this.stream = new Sha256();
      for (const part of this.parts) this.stream.update(part);
      this.parts = [];
    }
    this.stream.update(bytes);
  }

  copy(): WebHasher {
    const other = new WebHasher();
    other.parts = [...this.parts];
    other.held = this.held;
    other.stream = this.stream?.copy();
    return other;
  }

  digest(): Uint8Array | Promise<Uint8Array> {
    if (this.stream === undefined && this.held > SMALL) return sha256(joinBytes(this.parts));
    const stream = this.stream ?? new Sha256();
    for (const part of this.parts) stream.update(part);
    return stream.digest();
  }
}
