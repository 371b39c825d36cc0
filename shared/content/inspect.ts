// A message as readers and filters see it: head, MIME structure, texts, links, files; no network is asked.
import { type Attachment, attachmentsOf } from './attachments.ts';
import { type DecodeProblemId, decodeText } from './decode.ts';
import { readHead } from './head.ts';
import { type HeaderFacts, inspectHeaders } from './headers.ts';
import { type HtmlFacts, MAX_LINKS, readHtml } from './html.ts';
import { addressesInText, judgeLink, type Link } from './links.ts';
import { type OctetFaults, octetFaults } from './octet-faults.ts';
import { type Part, parseStructure, type Structure, type StructureProblem } from './structure.ts';
import { readUnsubscribe, type UnsubscribeFacts } from './unsubscribe.ts';

/** Text parts that are decoded; the reader sees the first of a kind. */
const MAX_TEXT_PARTS = 8;
/** Octets of HTML beyond which Gmail cuts the mail off and hides the rest behind a link. */
export const GMAIL_CLIP_OCTETS = 102 * 1024;
/** Parts and links that a report holds. */
const MAX_REPORTED = 50;

export interface PartFacts {
  path: string;
  type: string;
  encoding: string;
  /** As sent. */
  octets: number;
}

export interface ContentFacts {
  octets: OctetFaults;
  headers: HeaderFacts;
  parts: PartFacts[];
  structureProblems: StructureProblem[];
  /** Faults of decoding, with the part's path. */
  decodeProblems: { id: DecodeProblemId; path: string; detail: string }[];
  /** Visible characters of the plain text; absent where there is no such part. */
  text?: { characters: number };
  html?: Omit<HtmlFacts, 'links'> & { octets: number };
  /** Links with problems, in order. */
  badLinks: Link[];
  links: number;
  /** Hosts of the links, each once. */
  linkHosts: string[];
  attachments: Attachment[];
  unsubscribe: UnsubscribeFacts;
}

export interface ContentOptions {
  /** Milliseconds since 1970 at which the message arrived. */
  arrival: number;
  /** The registered domain of a name by the public suffix list, null for none. */
  registrableDomain: (name: string) => string | null;
  /** Header fields from the top that the receiver wrote, which are not the sender's doing. */
  receivedFields?: number;
}

/** Inspects a message whose head is within the limits of `readHead`. Never throws; takes as long as the message is. */
export function inspectContent(message: Uint8Array, options: ContentOptions): ContentFacts {
  const { fields: all, body } = readHead(message);
  const fields = all.slice(options.receivedFields ?? 0);
  const structure = parseStructure(fields, body);
  const texts = readTexts(structure);
  const seen = [
    ...(texts.html?.links ?? []),
    // What the HTML shows is what is read; the plain text repeats it.
    ...(texts.html === undefined ? (texts.plain?.addresses ?? []).map((address) => ({ address, text: '' })) : []),
  ].slice(0, MAX_LINKS);
  const links = seen.map(({ address, text }) => judgeLink(address, text, options.registrableDomain));
  return {
    octets: octetFaults(message),
    headers: inspectHeaders(fields, options.arrival),
    parts: structure.leaves.slice(0, MAX_REPORTED).map(factsOf),
    structureProblems: structure.problems.slice(0, MAX_REPORTED),
    decodeProblems: texts.problems,
    ...(texts.plain === undefined ? {} : { text: { characters: texts.plain.characters } }),
    ...(texts.html === undefined ? {} : { html: withoutLinks(texts.html, texts.htmlOctets) }),
    badLinks: links.filter(({ problems }) => problems.length > 0).slice(0, MAX_REPORTED),
    links: texts.html?.linkCount ?? links.length,
    linkHosts: [...new Set(links.map(({ host }) => host).filter((host) => host !== ''))].slice(0, MAX_REPORTED),
    attachments: attachmentsOf(structure.leaves).slice(0, MAX_REPORTED),
    unsubscribe: readUnsubscribe(fields, linkTexts(seen, texts.plain?.start ?? '')),
  };
}

interface Texts {
  plain?: { characters: number; addresses: string[]; start: string };
  html?: HtmlFacts;
  htmlOctets: number;
  problems: ContentFacts['decodeProblems'];
}

/** The first plain text and the first HTML that are not attached as files; more of them are decoded for their faults. */
function readTexts({ leaves }: Structure): Texts {
  const texts: Texts = { htmlOctets: 0, problems: [] };
  const shownParts = leaves.filter(
    ({ type, disposition }) => (type === 'text/plain' || type === 'text/html') && disposition !== 'attachment',
  );
  for (const part of shownParts.slice(0, MAX_TEXT_PARTS)) {
    const { text, problems } = decodeText(part);
    texts.problems.push(...problems.map(({ id, detail }) => ({ id, path: part.path, detail })));
    if (part.type === 'text/html' && texts.html === undefined) {
      texts.html = readHtml(text);
      texts.htmlOctets = part.body.length;
    }
    if (part.type === 'text/plain' && texts.plain === undefined) {
      const characters = text.replace(/\s+/g, '').length;
      texts.plain = { characters, addresses: addressesInText(text), start: text };
    }
  }
  return texts;
}

function linkTexts(links: readonly { address: string; text: string }[], plain: string): string[] {
  return [...links.flatMap(({ address, text }) => [text, address]), plain];
}

function withoutLinks(html: HtmlFacts, octets: number): NonNullable<ContentFacts['html']> {
  const { links: _, ...facts } = html;
  return { ...facts, octets };
}

function factsOf({ path, type, encoding, body }: Part): PartFacts {
  return { path, type: type.slice(0, 80), encoding: encoding.slice(0, 40), octets: body.length };
}
