// What an HTTP answer of a Worker brings: never more than asked for, and why there is none in words.

/** The body as UTF-8 text; undefined where it is longer than `most` octets, which are then not read on. */
export async function limitedText(response: Response, most: number): Promise<string | undefined> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += (chunk as Uint8Array).length;
    if (size > most) return undefined;
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

/** fetch says "fetch failed" and hides the reason in `cause`. */
export function fetchReason(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const cause = error.cause as { code?: string; message?: string } | undefined;
  return cause?.code ?? cause?.message ?? error.message;
}
