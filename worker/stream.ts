// Reads a stream of bytes up to a limit: a body, or a mail.

import { joinBytes } from '../shared/message/bytes.ts';

/** Bytes over the limit that are read and discarded, so that a client that is still sending can read the rejection. */
const MAX_DISCARDED = 256 * 1024;

/** Bytes of a stream or from memory. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

/** Milliseconds: between two chunks of a body, and for the whole. */
export interface Timeouts {
  part: number;
  whole: number;
}
export const BODY_TIMEOUTS: Timeouts = { part: 15_000, whole: 300_000 };

/** Thrown where a body stalls. */
export class StalledError extends Error {}

/** The chunks of a stream as they come; throws a StalledError where it stalls. */
export async function* withoutStalls(
  stream: ReadableStream<Uint8Array>,
  { part, whole }: Timeouts = BODY_TIMEOUTS,
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
    // Not awaited, since it may hang like the stream.
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

/** All bytes of the stream, undefined where there are more than `most`; an announced length is not trusted. */
export async function readBytes(stream: Chunks | null, most: number): Promise<Uint8Array | undefined> {
  if (stream === null) return new Uint8Array();
  const chunks: Uint8Array[] = [];
  let length = 0;
  for await (const chunk of stream) {
    length += chunk.length;
    if (length <= most) chunks.push(chunk);
    // Leaving the loop cancels the stream.
    else if (length > most + MAX_DISCARDED) break;
  }
  if (length > most) return undefined;
  const [only] = chunks;
  return only !== undefined && chunks.length === 1 ? only : joinBytes(chunks);
}
