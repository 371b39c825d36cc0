// A message as readers and filters see it: header, MIME structure, texts, links, files; without network access.
import { type Automatic, automaticOf } from './automatic.ts';
import { type ByteFaults, byteFaults } from './byte-faults.ts';
import { type DecodeProblemId, decodeText } from './decode.ts';
import { type HeaderFacts, inspectHeaders } from './headers.ts';
import { MANY_HIDDEN } from './hidden.ts';
import { type HtmlFacts, MAX_LINKS, readHtml } from './html.ts';
import { addressesInText, hostOf, judgeLink, type Link } from './links.ts';
import { readHeader } from './read-header.ts';
import { type Part, parseStructure, type Structure, type StructureProblem } from './structure.ts';
import { readUnsubscribe, type UnsubscribeFacts } from './unsubscribe.ts';

/** Text parts that are decoded; mail programs show the first of a kind. */
const MAX_TEXT_PARTS = 8;
/** Bytes of HTML beyond which Gmail clips the mail and shows a link to the rest. */
export const GMAIL_CLIP_BYTES = 102 * 1024;
/** Parts and links in a report. */
const MAX_REPORTED = 50;
/** Words that each form must have to be compared. */
const MIN_COMPARED = 8;

export interface PartFacts {
  path: string;
  type: string;
  encoding: string;
  /** Bytes as sent. */
  octets: number;
}

/** The content in a report: its members are JSON, so that those that count bytes keep the name `octets`. */
export interface ContentFacts {
  octets: ByteFaults;
  headers: HeaderFacts;
  parts: PartFacts[];
  structureProblems: StructureProblem[];
  /** Faults of decoding, with the part's path. */
  decodeProblems: { id: DecodeProblemId; path: string; detail: string }[];
  /** Visible characters of the plain text; absent where there is no such part. */
  text?: { characters: number };
  html?: HtmlSummary;
  /** Percent of the plain text's words that are also in the HTML; absent where they are not two forms of one text. */
  commonWords?: number;
  /** Links with problems, in order. */
  badLinks: Link[];
  links: number;
  /** Hosts of the links and of the pictures that are fetched, each once. */
  linkHosts: string[];
  attachments: Attachment[];
  /** The kind of automatic mail, null for mail of people and shops. */
  automatic: Automatic | null;
  unsubscribe: UnsubscribeFacts;
}

/** The HTML in a report: counts, no text. */
export type HtmlSummary = Omit<HtmlFacts, 'links' | 'visibleText' | 'hiddenText' | 'sources'> & {
  octets: number;
  /** Percent of the hidden words that are visible elsewhere: a second form for small screens repeats them. */
  hiddenRepeats: number;
};

export interface ContentOptions {
  /** Milliseconds since 1970 at which the message arrived. */
  arrival: number;
  /** The registered domain of a name by the public suffix list, null for none. */
  registrableDomain: (name: string) => string | null;
  /** Number of header fields at the top that the receiver added. */
  receivedFields?: number;
  /** Its envelope has the null sender, as only reports and automatic replies do (RFC 5321 section 4.5.5). */
  nullSender?: boolean;
}

/** Inspects a message whose header is within the limits of `readHeader`. Never throws; takes linear time. */
export function inspectContent(message: Uint8Array, options: ContentOptions): ContentFacts {
  const { fields: all, body } = readHeader(message);
  const fields = all.slice(options.receivedFields ?? 0);
  const structure = parseStructure(fields, body);
  const texts = readTexts(structure);
  const { html, plain } = texts;
  const shownHtml = html?.facts;
  const automatic = automaticOf(fields, structure, options.nullSender === true);
  const plainAddresses = (plain?.addresses ?? []).map((address) => ({ address, text: '' }));
  // Readers see the HTML; the plain text repeats it.
  const seen = (shownHtml?.links ?? plainAddresses).slice(0, MAX_LINKS);
  const links = seen.map(({ address, text }) => judgeLink(address, text, options.registrableDomain));
  const answers = () =>
    automatic === 'report' ||
    automatic === 'auto-reply' ||
    holdsOriginal(structure.leaves, plain?.text ?? '', shownHtml);
  return {
    octets: byteFaults(message),
    headers: inspectHeaders(fields, options.arrival, answers),
    parts: structure.leaves.slice(0, MAX_REPORTED).map(factsOf),
    structureProblems: structure.problems.slice(0, MAX_REPORTED),
    decodeProblems: texts.problems,
    ...(plain === undefined ? {} : { text: { characters: plain.characters } }),
    ...(html === undefined ? {} : { html: summaryOf(html.facts, html.part.body.length) }),
    ...commonWordsOf(structure.root, texts),
    badLinks: links.filter(({ problems }) => problems.length > 0).slice(0, MAX_REPORTED),
    links: shownHtml?.linkCount ?? links.length,
    linkHosts: hostsOf([...links.map(({ host }) => host), ...otherHosts(texts)]),
    attachments: attachmentsOf(structure.leaves).slice(0, MAX_REPORTED),
    automatic,
    unsubscribe: readUnsubscribe(fields, linkTexts(seen, texts), automatic),
  };
}

interface Texts {
  plain?: { characters: number; addresses: string[]; text: string; part: Part };
  html?: { facts: HtmlFacts; part: Part };
  problems: ContentFacts['decodeProblems'];
}

/** The first plain text and the first HTML that are not attached as files; others are decoded only to find faults. */
function readTexts({ leaves }: Structure): Texts {
  const texts: Texts = { problems: [] };
  const shownParts = leaves.filter(
    ({ type, disposition }) => (type === 'text/plain' || type === 'text/html') && disposition !== 'attachment',
  );
  for (const part of shownParts.slice(0, MAX_TEXT_PARTS)) {
    const { text, problems } = decodeText(part);
    texts.problems.push(...problems.map(({ id, detail }) => ({ id, path: part.path, detail })));
    if (part.type === 'text/html' && texts.html === undefined) texts.html = { facts: readHtml(text), part };
    if (part.type === 'text/plain' && texts.plain === undefined) {
      const characters = text.replace(/\s+/g, '').length;
      texts.plain = { characters, addresses: addressesInText(text), text, part };
    }
  }
  return texts;
}

/** Pictures are fetched, and filters read both forms of the text, so each of their hosts counts like a link's. */
function otherHosts({ html, plain }: Texts): string[] {
  const addresses = [...(html?.facts.sources ?? []), ...(html === undefined ? [] : (plain?.addresses ?? []))];
  return addresses.map(hostOf);
}

function hostsOf(hosts: readonly string[]): string[] {
  return [...new Set(hosts.filter((host) => host !== ''))].slice(0, MAX_REPORTED);
}

function linkTexts(links: readonly { address: string; text: string }[], { plain, html }: Texts): string[] {
  return [...links.flatMap(({ address, text }) => [text, address]), plain?.text ?? '', html?.facts.visibleText ?? ''];
}

function summaryOf(html: HtmlFacts, octets: number): HtmlSummary {
  const { links: _links, visibleText, hiddenText, sources: _sources, ...facts } = html;
  const few = facts.hiddenCharacters < MANY_HIDDEN;
  return { ...facts, octets, hiddenRepeats: few ? 100 : percent(shareIn(wordsOf(hiddenText), wordsOf(visibleText))) };
}

function commonWordsOf(root: Part, { plain, html }: Texts): { commonWords?: number } {
  if (plain === undefined || html === undefined || !areForms(root, plain.part, html.part)) return {};
  const [written, shown] = [wordsOf(plain.text), wordsOf(html.facts.visibleText)];
  return Math.min(written.size, shown.size) < MIN_COMPARED ? {} : { commonWords: percent(shareIn(written, shown)) };
}

/** Whether the parts are two forms of one text (RFC 2046 section 5.1.4). */
function areForms(within: Part, plain: Part, html: Part): boolean {
  const holder = within.children.find((child) => contains(child, plain) && contains(child, html));
  return holder === undefined ? within.type === 'multipart/alternative' : areForms(holder, plain, html);
}

function contains(holder: Part, part: Part): boolean {
  return part.path === holder.path || part.path.startsWith(`${holder.path}.`);
}

function percent(share: number): number {
  return Math.round(share * 100);
}

function factsOf({ path, type, encoding, body }: Part): PartFacts {
  return { path, type: type.slice(0, 80), encoding: encoding.slice(0, 40), octets: body.length };
}

/** Types that Gmail and Outlook reject from every sender; all of them can run programs when opened. */
const EXECUTABLE = new Set([
  ...['ade', 'adp', 'apk', 'appx', 'appxbundle', 'bat', 'cab', 'chm', 'cmd', 'com', 'cpl', 'diagcab', 'diagcfg'],
  ...['dll', 'dmg', 'ex', 'ex_', 'exe', 'hta', 'img', 'ins', 'iso', 'isp', 'jar', 'jnlp', 'js', 'jse', 'lib', 'lnk'],
  ...['mde', 'mjs', 'msc', 'msi', 'msix', 'msixbundle', 'msp', 'mst', 'nsh', 'pif', 'ps1', 'reg', 'scr', 'sct'],
  ...['shb', 'sys', 'vb', 'vbe', 'vbs', 'vhd', 'vxd', 'wsc', 'wsf', 'wsh', 'xll'],
]);
/** Documents with macros, and pages that open in a browser: accepted, but weighted by filters. */
const SUSPICIOUS = new Set([
  ...['docm', 'dotm', 'xlsm', 'xlsb', 'xltm', 'pptm', 'potm', 'htm', 'html', 'shtml', 'svg', 'one'],
]);
/** Characters of a name that are kept. */
const SHOWN = 100;

export interface Attachment {
  /** As written, shortened. */
  name: string;
  type: string;
  /** Bytes as sent, encoded. */
  octets: number;
  kind: 'executable' | 'suspicious' | 'other';
}

/** The parts that are files: those with a name or the disposition `attachment`, except pictures of the text. */
export function attachmentsOf(leaves: readonly Part[]): Attachment[] {
  return leaves
    .filter(({ disposition, filename, type, contentId }) =>
      type.startsWith('image/') && disposition !== 'attachment' && contentId !== ''
        ? false
        : disposition === 'attachment' || filename !== '',
    )
    .map(({ filename, type, body }) => ({
      name: shown(filename),
      type,
      octets: body.length,
      kind: kindOf(filename),
    }));
}

function kindOf(name: string): Attachment['kind'] {
  // Windows ignores dots and blanks at the end of a name.
  const extension = /\.([a-z0-9_]{1,12})[. ]*$/i.exec(name.slice(-40))?.[1]?.toLowerCase() ?? '';
  return EXECUTABLE.has(extension) ? 'executable' : SUSPICIOUS.has(extension) ? 'suspicious' : 'other';
}

function shown(text: string): string {
  // Direction marks reverse "exe.pdf".
  const clean = text.replace(/[\x00-\x1f\x7f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, '?');
  return clean.length > SHOWN ? `${clean.slice(0, SHOWN)}…` : clean;
}

/** Characters that are searched for a quotation, which may follow a long answer. */
const MAX_QUOTATION_SEARCH = 64 * 1024;
/** Consecutive lines such as "Von: …", "Gesendet: …", "Betreff: …". */
const LABELS_IN_A_ROW = 3;
/** Characters of a line that are searched for a label. */
const MAX_LABEL = 200;

/** ">" before a line; "-- Forwarded message --" in any language; the introductions of Apple and Outlook. */
const QUOTED_LINE = /^[ \t]{0,4}>/m;
const RULED_TITLE = /^[ \t]{0,4}[-_*]{3,80}[ \t]{0,4}\p{L}[^\n]{2,60}?[ \t]{0,4}[-_*]{3,80}[ \t]{0,4}$/mu;
const INTRODUCTION = /^(?:Begin forwarded message|Начало переадресованного сообщения|Anfang der weitergeleiteten)/im;
const LABEL = /^[ \t>*]{0,6}\p{L}[\p{L} ]{0,24}[ \t*]{0,3}:[ \t*]{0,3}\S/u;

/** A part that is a mail, or its header. */
function isMail({ type, filename }: Part): boolean {
  return (
    /^message\/(?:rfc822|global|partial|external-body)$|^text\/rfc822-headers$/.test(type) ||
    /\.(?:eml|msg)$/i.test(filename)
  );
}

/** Never throws. */
function holdsOriginal(leaves: readonly Part[], plain: string, html: HtmlFacts | undefined): boolean {
  return leaves.some(isMail) || html?.quotes === true || quotes(plain) || quotes(html?.visibleText ?? '');
}

function quotes(text: string): boolean {
  const searched = text.slice(0, MAX_QUOTATION_SEARCH).replaceAll('\r', '');
  if (QUOTED_LINE.test(searched) || RULED_TITLE.test(searched) || INTRODUCTION.test(searched)) return true;
  let labels = 0;
  let names = false;
  for (const line of searched.split('\n')) {
    if (LABEL.test(line.slice(0, MAX_LABEL))) {
      labels++;
      names ||= line.includes('@');
    } else if (line.trim() !== '') {
      labels = 0;
      names = false;
    }
    // The header of a mail has an address, a table of an order does not.
    if (labels >= LABELS_IN_A_ROW && names) return true;
  }
  return false;
}

/** Words of one text that are compared; a newsletter has a few hundred. */
const MAX_WORDS = 1000;
/** Characters that are searched for words. */
const MAX_WORDS_SEARCH = 8 * 1024;
/** Shorter words are too common. */
const MIN_WORD = 3;
/** Only the start of a longer word is compared. */
const MAX_WORD = 40;
const ADDRESS = /\b(?:https?:\/\/|www\.)\S*|\S{1,64}@\S*/gi;
/** Separators of words: blanks, digits and signs of ASCII, Latin-1 and the blocks of punctuation. */
const BETWEEN = /[\s!-@[-`{-\u00bf\u2000-\u206f\u20a0-\u20bf\u3000-\u303f\uff00-\uff20]+/;
/** Scripts without blanks: every two characters count as a word. */
const UNSPACED = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}]/u;

/** Distinct words in lower case, without addresses: each form of a mail may count its own clicks. */
export function wordsOf(text: string): Set<string> {
  const words = new Set<string>();
  const searched = text.slice(0, MAX_WORDS_SEARCH).replace(ADDRESS, ' ').toLowerCase();
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

/** The share of the words that are in the other text: 0 to 1; 1 where there are no words. */
export function shareIn(words: ReadonlySet<string>, other: ReadonlySet<string>): number {
  if (words.size === 0) return 1;
  let found = 0;
  for (const word of words) if (other.has(word)) found++;
  return found / words.size;
}
