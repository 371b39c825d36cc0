// The one reader of request bodies: decodes Content-Encoding, within a limit of bytes (RFC 9110 section 8.4).
import { brotliDecompressSync, gunzipSync, inflateSync, type ZlibOptions } from 'node:zlib';
import type { Context } from 'hono';
import { ProblemError } from './problem.ts';
import { readBytes, StalledError, withoutStalls } from './stream.ts';

type Decode = (bytes: Uint8Array, options: ZlibOptions) => Uint8Array;

const DECODERS: ReadonlyMap<string, Decode> = new Map<string, Decode>([
  ['gzip', gunzipSync],
  // RFC 9110 section 8.4.1.3.
  ['x-gzip', gunzipSync],
  // Section 8.4.1.2: in the zlib format.
  ['deflate', inflateSync],
  ['br', brotliDecompressSync],
]);
const KNOWN = ['gzip', 'deflate', 'br'];

/**
 * The decoded body; undefined where it, or the encoded one, has more than `most` bytes.
 * @throws ProblemError 408 for a body that stalls, 415 for an unknown encoding or several, 400 for a body that is not in the encoding of its header
 */
export async function readBody(context: Context, most: number): Promise<Uint8Array | undefined> {
  const codings = (context.req.header('content-encoding') ?? '')
    .toLowerCase()
    .split(',')
    .map((coding) => coding.trim())
    .filter((coding) => coding !== '' && coding !== 'identity');
  const [coding] = codings;
  if (coding === undefined) return received(context, most);
  const decode = codings.length > 1 ? undefined : DECODERS.get(coding);
  if (decode === undefined) throw unknownCoding();
  const bytes = await received(context, most);
  return bytes === undefined ? undefined : decoded(bytes, coding, decode, most);
}

/** The body as sent. */
async function received(context: Context, most: number): Promise<Uint8Array | undefined> {
  const { body } = context.req.raw;
  try {
    return await readBytes(body && withoutStalls(body), most);
  } catch (error) {
    if (!(error instanceof StalledError)) throw error;
    throw new ProblemError(
      {
        status: 408,
        title: 'The body does not go on',
        detail: 'The rest of the body did not come in time. Send it again.',
      },
      // RFC 9110 section 15.5.9.
      { connection: 'close' },
    );
  }
}

function decoded(bytes: Uint8Array, coding: string, decode: Decode, most: number): Uint8Array | undefined {
  if (bytes.length === 0) return bytes;
  try {
    // Decoding stops at the limit: a small body may decode to a thousand times its size.
    return decode(bytes, { maxOutputLength: most });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw new ProblemError({
      status: 400,
      title: 'Body not encoded as it says',
      detail: `The header content-encoding says ${coding}, and the body is not ${coding} or is cut off.`,
      parameter: 'content-encoding',
    });
  }
}

function unknownCoding(): ProblemError {
  return new ProblemError(
    {
      status: 415,
      title: 'Unknown content-encoding',
      detail: `The body may be sent as it is, or with one of the encodings ${KNOWN.join(', ')}.`,
      parameter: 'content-encoding',
    },
    // RFC 9110 section 15.5.16: the supported encodings.
    { 'accept-encoding': KNOWN.join(', ') },
  );
}
