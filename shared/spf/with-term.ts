// A record with one more term in it: what its owner wrote stays as it is.

/** The term goes before the one that ends the evaluation (RFC 7208 sections 5.1 and 6.1); the text itself where it has the term already. */
export function withTerm(text: string, term: string): string {
  const words = text.trim().split(/ +/);
  if (words.some((word) => word.toLowerCase() === term.toLowerCase())) return text;
  const end = words.findIndex((word, at) => at > 0 && /^(?:[+?~-]?all$|(?:redirect|exp)=)/i.test(word));
  words.splice(end === -1 ? words.length : end, 0, term);
  return words.join(' ');
}
