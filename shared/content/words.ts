// The words of a text, to see how much two texts have in common.

/** Words of one text that are compared; a newsletter has some hundred. */
const MAX_WORDS = 4000;
/** Characters in which they are looked for. */
const MAX_SEARCHED = 64 * 1024;
/** Shorter words are in every text. */
const MIN_WORD = 3;
/** Scripts that write without blanks: two characters stand for a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Distinct words in lower case. Addresses of pages and of mail are left out: each form of a mail may count its own clicks. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  const plain = text
    .slice(0, MAX_SEARCHED)
    .split(/\s+/)
    .filter((piece) => !piece.includes('@') && !piece.includes('://'))
    .join(' ');
  for (const [word] of plain.matchAll(/[\p{L}\p{M}]{1,60}/gu)) {
    if (words.size >= MAX_WORDS) break;
    if (UNSPACED.test(word)) for (let at = 0; at + 2 <= word.length; at++) words.add(word.slice(at, at + 2));
    else if (word.length >= MIN_WORD) words.add(word.toLowerCase());
  }
  return words;
}

/** How many of the words are in the other text: 0 to 1; 1 where there are none. */
export function shareIn(words: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (words.size === 0) return 1;
  let found = 0;
  for (const word of words) if (other.has(word)) found++;
  return found / words.size;
}
