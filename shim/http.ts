// HTTP responses of a Worker: the body with a limit, and the reason of an error as text.

/** The body as UTF-8 text; undefined if it is longer than `most` bytes. */
export async function limitedText(response: Response, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  // The types of fetch do not have that a body can be iterated.
  for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
    size += chunk.length;
    if (size > most) return undefined;
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

/** The error of fetch is "fetch failed"; the reason is in `cause`. */
export function fetchReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
