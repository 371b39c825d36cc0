// Octets of a stream up to a limit: a body, or a mail.

import { joinOctets } from '../shared/message/octets.ts';

/** Octets read on and dropped, so that a client that is still sending gets to read why it was refused, and no cut line. */
const LINGER = 256 * 1024;

/** Octets as they come, from a stream or from memory. */
export type Chunks = AsyncIterable<Uint8Array> | Iterable<Uint8Array>;

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
  return chunks.length === 1 ? chunks[0]! : joinOctets(chunks);
}
