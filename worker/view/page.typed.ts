// What people type or paste where a domain is asked for.

/** A whole address or link is taken for the domain in it; longer ones are an accident. */
export const MAX_TYPED = 400;

/** The domain of "https://shop.example/cart" or "Shop <orders@shop.example>"; the text as it is where it is neither. */
export function domainIn(typed: string): string {
  const text = typed.trim().slice(0, MAX_TYPED);
  const link = /^[a-z][a-z0-9+.-]*:\/\/(?:[^/?#@]*@)?([^/?#:]*)/i.exec(text);
  if (link !== null) return link[1]!;
  const address = /@([^@<>\s]*)>?$/.exec(text);
  return address?.[1] ?? text.replace(/\/$/, '');
}
