// Body hashes of a message: the body is read once, and what its two canonical forms and their prefixes have in common is hashed once (RFC 6376 section 3.7).
import { BodyCanonicalizer, type Sink } from './canonical-body.ts';
import type { CreateHasher, Hasher } from './sha256.ts';
import type { Canonicalization } from './types.ts';

/** Distinct bodies, by form and length, that are hashed for one message; honest signatures need one or two. */
export const MAX_BODIES = 5;

export interface BodyHash {
  digest: Uint8Array;
  /** Bytes of the whole canonical body, also those beyond the limit. */
  canonicalLength: number;
}

/** Body hashes: first call `want` for each, then `read` with the body, then `result`. */
export class BodyHashes {
  private readonly create: CreateHasher;
  private readonly wanted = new Map<Canonicalization, Set<number>>();
  private readonly results = new Map<string, BodyHash>();
  /** Bytes of the body as received. */
  bytes = 0;

  constructor(create: CreateHasher) {
    this.create = create;
  }

  /** False where `MAX_BODIES` others are already wanted. */
  want(kind: Canonicalization, limit = Number.POSITIVE_INFINITY): boolean {
    const limits = this.wanted.get(kind) ?? new Set();
    if (!limits.has(limit) && this.count() >= MAX_BODIES) return false;
    this.wanted.set(kind, limits.add(limit));
    return true;
  }

  private count(): number {
    return [...this.wanted.values()].reduce((sum, { size }) => sum + size, 0);
  }

  /** Reads the body to its end; rejects where its stream rejects. */
  async read(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    if (this.wanted.size === 0) return;
    const { canonicalizer, hashesOf } = this.prepare();
    const write = (chunk: Uint8Array) => {
      this.bytes += chunk.length;
      canonicalizer.write(chunk);
    };
    if (body instanceof Uint8Array) write(body);
    else for await (const chunk of body) write(chunk);
    canonicalizer.end();
    for (const [kind, limits] of this.wanted) {
      const hashed = hashesOf(kind);
      for (const limit of limits) {
        this.results.set(`${kind} ${limit}`, { digest: await hashed.digest(limit), canonicalLength: hashed.length });
      }
    }
  }

  /** One canonicalizer; two forms share hashes up to where they differ. */
  private prepare(): { canonicalizer: BodyCanonicalizer; hashesOf: (kind: Canonicalization) => PrefixHashes } {
    const limits = new Set([...this.wanted.values()].flatMap((each) => [...each]));
    const main = new PrefixHashes(this.create(), limits);
    let simple = main;
    const fork = (): Sink => {
      const forked = main.fork(this.wanted.get('simple') ?? [], this.wanted.get('relaxed') ?? []);
      simple = forked;
      return (bytes) => forked.update(bytes);
    };
    const sink: Sink = (bytes) => main.update(bytes);
    const kind = this.wanted.has('relaxed') ? 'relaxed' : 'simple';
    return {
      canonicalizer: new BodyCanonicalizer(kind, sink, this.wanted.size === 1 ? undefined : fork),
      hashesOf: (of) => (of === 'simple' ? simple : main),
    };
  }

  result(kind: Canonicalization, limit = Number.POSITIVE_INFINITY): BodyHash | undefined {
    return this.results.get(`${kind} ${limit}`);
  }
}

/** Hashes of several prefixes of one text, which is hashed once: each is a copy of the hasher at its length. */
class PrefixHashes {
  private readonly hasher: Hasher;
  /** Lengths that the text has not reached, the shortest first. */
  private remaining: number[];
  /** The hasher of each length that the text has reached. */
  private readonly taken: Map<number, Hasher>;
  private readonly digests = new Map<Hasher, Promise<Uint8Array>>();
  length: number;

  constructor(hasher: Hasher, limits: Iterable<number>, length = 0, taken: Iterable<[number, Hasher]> = []) {
    this.hasher = hasher;
    this.length = length;
    this.taken = new Map(taken);
    this.remaining = ordered(limits, this.taken);
    this.take();
  }

  update(bytes: Uint8Array): void {
    let at = 0;
    for (let [next] = this.remaining; next !== undefined && at < bytes.length; [next] = this.remaining) {
      const end = Math.min(bytes.length, at + next - this.length);
      this.hasher.update(at === 0 && end === bytes.length ? bytes : bytes.subarray(at, end));
      this.length += end - at;
      at = end;
      this.take();
    }
    this.length += bytes.length - at;
  }

  private take(): void {
    while (this.remaining[0] === this.length) {
      this.remaining.shift();
      this.taken.set(this.length, this.remaining.length === 0 ? this.hasher : this.hasher.copy());
    }
  }

  /** Another text with this one as its prefix; from here on each has only its own limits. */
  fork(theirs: Iterable<number>, ours: Iterable<number>): PrefixHashes {
    const other = new PrefixHashes(this.hasher.copy(), theirs, this.length, this.taken);
    this.remaining = ordered(ours, this.taken);
    return other;
  }

  /** The digest of the text up to this length, or of the whole where it is shorter. */
  digest(limit: number): Promise<Uint8Array> {
    const hasher = this.taken.get(limit) ?? this.hasher;
    const digest = this.digests.get(hasher) ?? Promise.resolve(hasher.digest());
    this.digests.set(hasher, digest);
    return digest;
  }
}

function ordered(limits: Iterable<number>, without: ReadonlyMap<number, unknown>): number[] {
  return [...limits].filter((limit) => !without.has(limit)).sort((one, other) => one - other);
}
