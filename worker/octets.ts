// Octets of a stream up to a limit: a body, or a mail.

import { joinBytes } from '../shared/message/bytes.ts';

/** Octets read on and dropped, so that a client that is still sending gets to read why it was refused, and no cut line. */
const LINGER = 256 * 1024;

/** Octets as they come, from a stream or from memory. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Milliseconds of a body: between two parts of it, and for the whole. */
export interface Patience {
  part: number;
  whole: number;
}
export const BODY_PATIENCE: Patience = { part: 15_000, whole: 300_000 };

/** Thrown where a body does not go on. */
export class StalledError extends Error {}

/** The parts of a stream as they come; one that does not go on ends in a StalledError. */
export async function* withoutStalls(
  stream: ReadableStream<Uint8Array>,
  { part, whole }: Patience = BODY_PATIENCE,
): AsyncGenerator<Uint8Array> {
  const reader = stream.getReader();
  const end = Date.now() + whole;
  let finished = false;
  try {
    for (;;) {
      const { done, value } = await within(reader.read(), Math.min(part, end - Date.now()));
      finished = done;
      if (done) return;
      yield value;
    }
  } finally {
    // Not waited for: where it hangs, so would this.
    if (!finished) reader.cancel().catch(() => undefined);
  }
}

async function within<T>(promise: Promise<T>, milliseconds: number): Promise<T> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new StalledError('the body does not go on')), Math.max(0, milliseconds));
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** Everything that the stream gives, undefined where that is more than `most` octets; a length said beforehand is not believed. */
export async function readOctets(stream: Chunks | null, most: number): Promise<Uint8Array | undefined> {
  if (stream === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
    // Leaving the loop cancels the stream.
    else if (length > most + LINGER) break;
  }
  if (length > most) return undefined;
  return chunks.length === 1 ? chunks[0]! : joinBytes(chunks);
}
