// Body hashes of a message: the body is read once, canonicalized once per form and hashed once per distinct form and length (RFC 6376 section 3.7).
import { BodyCanonicalizer } from './canonical-body.ts';
import type { CreateHasher } from './sha256.ts';
import type { Canonicalization } from './types.ts';

interface Hashing {
  /** Octets that are hashed, `l=`; Infinity where all are. */
  limit: number;
  hasher: ReturnType<CreateHasher>;
}

export interface BodyHash {
  digest: Uint8Array;
  /** Octets of the whole canonical body, also those beyond the limit. */
  canonicalLength: number;
}

/** Hashes that are asked for first, then fed the body, then read. */
export class BodyHashes {
  private readonly create: CreateHasher;
  private readonly forms = new Map<
    Canonicalization,
    { canonicalizer: BodyCanonicalizer; hashings: Map<number, Hashing>; length: number }
  >();
  private readonly results = new Map<string, BodyHash>();
  /** Octets of the body as it came. */
  octets = 0;

  constructor(create: CreateHasher) {
    this.create = create;
  }

  want(kind: Canonicalization, limit = Number.POSITIVE_INFINITY): void {
    let form = this.forms.get(kind);
    if (form === undefined) {
      const hashings = new Map<number, Hashing>();
      const made = { canonicalizer: new BodyCanonicalizer(kind, (octets) => feed(octets)), hashings, length: 0 };
      const feed = (octets: Uint8Array) => {
        for (const { limit, hasher } of hashings.values()) {
          const left = limit - made.length;
          if (left > 0) hasher.update(left < octets.length ? octets.subarray(0, left) : octets);
        }
        made.length += octets.length;
      };
      form = made;
      this.forms.set(kind, form);
    }
    if (!form.hashings.has(limit)) form.hashings.set(limit, { limit, hasher: this.create() });
  }

  /** Reads the body to its end; rejects where reading it rejects. */
  async read(body: Uint8Array | AsyncIterable<Uint8Array>): Promise<void> {
    if (this.forms.size === 0) return;
    if (body instanceof Uint8Array) this.write(body);
    else for await (const chunk of body) this.write(chunk);
    for (const [kind, form] of this.forms) {
      form.canonicalizer.end();
      for (const { limit, hasher } of form.hashings.values()) {
        const digest = await hasher.digest();
        this.results.set(`${kind} ${limit}`, { digest, canonicalLength: form.length });
      }
    }
  }

  private write(chunk: Uint8Array): void {
    this.octets += chunk.length;
    for (const form of this.forms.values()) form.canonicalizer.write(chunk);
  }

  result(kind: Canonicalization, limit = Number.POSITIVE_INFINITY): BodyHash | undefined {
    return this.results.get(`${kind} ${limit}`);
  }
}
