// A message as readers and filters see it: head, MIME structure, texts, links, files; no network is asked.
import { type Attachment, attachmentsOf } from './attachments.ts';
import { type Automatic, automaticOf } from './automatic.ts';
import { type ByteFaults, byteFaults } from './byte-faults.ts';
import { type DecodeProblemId, decodeText } from './decode.ts';
import { readHead } from './head.ts';
import { type HeaderFacts, inspectHeaders } from './headers.ts';
import { MANY_HIDDEN } from './hidden.ts';
import { type HtmlFacts, MAX_LINKS, readHtml } from './html.ts';
import { addressesInText, hostOf, judgeLink, type Link } from './links.ts';
import { holdsOriginal } from './original.ts';
import { type Part, parseStructure, type Structure, type StructureProblem } from './structure.ts';
import { readUnsubscribe, type UnsubscribeFacts } from './unsubscribe.ts';
import { shareIn, wordsOf } from './words.ts';

/** Text parts that are decoded; the reader sees the first of a kind. */
const MAX_TEXT_PARTS = 8;
/** Bytes of HTML beyond which Gmail cuts the mail off and hides the rest behind a link. */
export const GMAIL_CLIP_BYTES = 102 * 1024;
/** Parts and links that a report holds. */
const MAX_REPORTED = 50;
/** Words that each form has to have before they are compared. */
const MIN_COMPARED = 8;

export interface PartFacts {
  path: string;
  type: string;
  encoding: string;
  /** As sent. */
  bytes: number;
}

export interface ContentFacts {
  byteFaults: ByteFaults;
  headers: HeaderFacts;
  parts: PartFacts[];
  structureProblems: StructureProblem[];
  /** Faults of decoding, with the part's path. */
  decodeProblems: { id: DecodeProblemId; path: string; detail: string }[];
  /** Visible characters of the plain text; absent where there is no such part. */
  text?: { characters: number };
  html?: HtmlSummary;
  /** Percent of the plain text's words that the HTML shows too; absent where they are no two forms of one text. */
  commonWords?: number;
  /** Links with problems, in order. */
  badLinks: Link[];
  links: number;
  /** Hosts of the links and of the pictures that are fetched, each once. */
  linkHosts: string[];
  attachments: Attachment[];
  /** The kind of automatic mail that it is, null for what people and shops send. */
  automatic: Automatic | null;
  unsubscribe: UnsubscribeFacts;
}

/** What a report holds of the HTML: counts, no text. */
export type HtmlSummary = Omit<HtmlFacts, 'links' | 'visibleText' | 'hiddenText' | 'sources'> & {
  bytes: number;
  /** Percent of many hidden words that the reader sees elsewhere: a second form for small screens repeats them. */
  hiddenRepeats: number;
};

export interface ContentOptions {
  /** Milliseconds since 1970 at which the message arrived. */
  arrival: number;
  /** The registered domain of a name by the public suffix list, null for none. */
  registrableDomain: (name: string) => string | null;
  /** Header fields from the top that the receiver wrote, which are not the sender's doing. */
  receivedFields?: number;
  /** Its envelope has the null sender, which only reports and answers of programs have (RFC 5321 section 4.5.5). */
  nullSender?: boolean;
}

/** Inspects a message whose head is within the limits of `readHead`. Never throws; takes as long as the message is. */
export function inspectContent(message: Uint8Array, options: ContentOptions): ContentFacts {
  const { fields: all, body } = readHead(message);
  const fields = all.slice(options.receivedFields ?? 0);
  const structure = parseStructure(fields, body);
  const texts = readTexts(structure);
  const { html, plain } = texts;
  const automatic = automaticOf(fields, structure, options.nullSender === true);
  const plainAddresses = (plain?.addresses ?? []).map((address) => ({ address, text: '' }));
  // What the HTML shows is what is read; the plain text repeats it.
  const seen = (html === undefined ? plainAddresses : html.links).slice(0, MAX_LINKS);
  const links = seen.map(({ address, text }) => judgeLink(address, text, options.registrableDomain));
  const answers = () =>
    automatic === 'report' || automatic === 'auto-reply' || holdsOriginal(structure.leaves, plain?.text ?? '', html);
  return {
    byteFaults: byteFaults(message),
    headers: inspectHeaders(fields, options.arrival, answers),
    parts: structure.leaves.slice(0, MAX_REPORTED).map(factsOf),
    structureProblems: structure.problems.slice(0, MAX_REPORTED),
    decodeProblems: texts.problems,
    ...(plain === undefined ? {} : { text: { characters: plain.characters } }),
    ...(html === undefined ? {} : { html: summaryOf(html, texts.htmlPart!.body.length) }),
    ...commonWordsOf(structure.root, texts),
    badLinks: links.filter(({ problems }) => problems.length > 0).slice(0, MAX_REPORTED),
    links: html?.linkCount ?? links.length,
    linkHosts: hostsOf([...links.map(({ host }) => host), ...otherHosts(texts)]),
    attachments: attachmentsOf(structure.leaves).slice(0, MAX_REPORTED),
    automatic,
    unsubscribe: readUnsubscribe(fields, linkTexts(seen, texts), automatic),
  };
}

interface Texts {
  plain?: { characters: number; addresses: string[]; text: string };
  plainPart?: Part;
  html?: HtmlFacts;
  htmlPart?: Part;
  problems: ContentFacts['decodeProblems'];
}

/** The first plain text and the first HTML that are not attached as files; more of them are decoded for their faults. */
function readTexts({ leaves }: Structure): Texts {
  const texts: Texts = { problems: [] };
  const shownParts = leaves.filter(
    ({ type, disposition }) => (type === 'text/plain' || type === 'text/html') && disposition !== 'attachment',
  );
  for (const part of shownParts.slice(0, MAX_TEXT_PARTS)) {
    const { text, problems } = decodeText(part);
    texts.problems.push(...problems.map(({ id, detail }) => ({ id, path: part.path, detail })));
    if (part.type === 'text/html' && texts.html === undefined) {
      texts.html = readHtml(text);
      texts.htmlPart = part;
    }
    if (part.type === 'text/plain' && texts.plain === undefined) {
      const characters = text.replace(/\s+/g, '').length;
      texts.plain = { characters, addresses: addressesInText(text), text };
      texts.plainPart = part;
    }
  }
  return texts;
}

/** Pictures are fetched, and filters read both forms of the text, so that each of their hosts counts like a link's. */
function otherHosts({ html, plain }: Texts): string[] {
  const addresses = [...(html?.sources ?? []), ...(html === undefined ? [] : (plain?.addresses ?? []))];
  return addresses.map(hostOf);
}

function hostsOf(hosts: readonly string[]): string[] {
  return [...new Set(hosts.filter((host) => host !== ''))].slice(0, MAX_REPORTED);
}

function linkTexts(links: readonly { address: string; text: string }[], { plain, html }: Texts): string[] {
  return [...links.flatMap(({ address, text }) => [text, address]), plain?.text ?? '', html?.visibleText ?? ''];
}

function summaryOf(html: HtmlFacts, bytes: number): HtmlSummary {
  const { links: _links, visibleText, hiddenText, sources: _sources, ...facts } = html;
  const few = facts.hiddenCharacters < MANY_HIDDEN;
  return { ...facts, bytes, hiddenRepeats: few ? 100 : percent(shareIn(wordsOf(hiddenText), wordsOf(visibleText))) };
}

function commonWordsOf(root: Part, { plain, plainPart, html, htmlPart }: Texts): { commonWords?: number } {
  if (plain === undefined || html === undefined || !areForms(root, plainPart!, htmlPart!)) return {};
  const [written, shown] = [wordsOf(plain.text), wordsOf(html.visibleText)];
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
  return { path, type: type.slice(0, 80), encoding: encoding.slice(0, 40), bytes: body.length };
}
