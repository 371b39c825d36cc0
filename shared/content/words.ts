// The words of a text, to see how much two texts have in common.

/** Words of one text that are compared; a newsletter has some hundred. */
const MAX_WORDS = 1000;
/** Characters in which they are looked for. */
const MAX_SEARCHED = 8 * 1024;
/** Shorter words are in every text. */
const MIN_WORD = 3;
/** Of a longer one the start is compared. */
const MAX_WORD = 40;
const ADDRESS = /\b(?:https?:\/\/|www\.)\S*|\S{1,64}@\S*/gi;
/** What stands between words: blanks, digits and signs of ASCII, Latin-1 and the blocks of punctuation. */
const BETWEEN = /[\s!-@[-`{-\u00bf\u2000-\u206f\u20a0-\u20bf\u3000-\u303f\uff00-\uff20]+/;
/** Scripts that write without blanks: two characters stand for a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Distinct words in lower case. Addresses of pages and of mail are left out: each form of a mail may count its own clicks. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  const searched = text.slice(0, MAX_SEARCHED).replace(ADDRESS, ' ').toLowerCase();
  const unspaced = UNSPACED.test(searched);
  for (const word of searched.split(BETWEEN)) {
    if (words.size >= MAX_WORDS) return words;
    if (unspaced && UNSPACED.test(word)) addPairs(word, words);
    else if (word.length >= MIN_WORD) words.add(word.slice(0, MAX_WORD));
  }
  return words;
}

function addPairs(word: string, words: Set<string>): void {
  for (let at = 0; at + 2 <= word.length && words.size < MAX_WORDS; at++) words.add(word.slice(at, at + 2));
}

/** How many of the words are in the other text: 0 to 1; 1 where there are none. */
export function shareIn(words: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (words.size === 0) return 1;
  let found = 0;
  for (const word of words) if (other.has(word)) found++;
  return found / words.size;
}
