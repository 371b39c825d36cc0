// HTML to copy into another page: the badge with a link to the report, and the card in a frame.

/** `domain` as it is in a path; `query` is that of the report, with its question mark. */
export interface SnippetOf {
  origin: string;
  domain: string;
  query: string;
  alt: string;
}

export function badgeSnippet({ origin, domain, query, alt }: SnippetOf): string {
  return `<a href="${attribute(`${origin}/report/${domain}${query}`)}"><img src="${attribute(`${origin}/badge/${domain}.svg${query}`)}" alt="${attribute(alt)}"></a>`;
}

export function cardSnippet({ origin, domain, query, alt }: SnippetOf): string {
  return `<iframe src="${attribute(`${origin}/embed/${domain}${query}`)}" title="${attribute(alt)}" width="360" height="220"></iframe>`;
}

function attribute(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;');
}
