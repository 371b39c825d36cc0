// The MIME structure of a message (RFC 2045, RFC 2046 section 5.1).
import { fieldsNamed, fieldText, type HeaderField, parseFields } from '../message/header.ts';
import { type ParameterisedValue, parseParameterised } from './content-type.ts';

/** Real mail has about a dozen parts; the rest is not read, so that a hostile mail takes linear time. */
export const MAX_PARTS = 200;
/** Real mail nests four deep; every line that may be a delimiter is compared with each open boundary. */
export const MAX_DEPTH = 12;
/** RFC 2046 section 5.1.1 allows 70 characters. */
const MAX_BOUNDARY = 200;

/** Bytes of a part's header that are read; real ones have a few hundred. */
const MAX_PART_HEADER = 16 * 1024;
/** The longest encoding has 16 letters; a comment may follow. */
const MAX_ENCODING = 100;

const LF = 10;
const CR = 13;
const HYPHEN = 45;

export type StructureProblemId =
  /** multipart without a boundary parameter. */
  | 'no-boundary'
  /** The boundary parameter does not occur in the body. */
  | 'boundary-not-found'
  /** The closing boundary is missing: the mail may be cut off. */
  | 'not-closed'
  /** More parts, or deeper, than are read. */
  | 'too-many-parts'
  | 'too-deep'
  /** multipart or message with an encoding that would hide its parts (RFC 2045 section 6.4). */
  | 'encoded-multipart'
  | 'unknown-encoding'
  | 'bad-content-type'
  /** MIME fields without MIME-Version, which some receivers then ignore. */
  | 'no-mime-version';

export interface StructureProblem {
  id: StructureProblemId;
  /** The value at fault. */
  detail: string;
}

export interface Part {
  /** "1", "1.2": as in IMAP. */
  path: string;
  /** Number of multiparts around it. */
  depth: number;
  /** Default `text/plain` (RFC 2045 section 5.2). */
  type: string;
  parameters: ReadonlyMap<string, string>;
  /** In lower case, default `7bit`. */
  encoding: string;
  /** `attachment`, `inline`, or '' where there is none. */
  disposition: string;
  /** From Content-Disposition, else from Content-Type; '' where neither has one. */
  filename: string;
  /** Content-ID without angle brackets, '' without. */
  contentId: string;
  /** Bytes of the body, as sent. */
  body: Uint8Array;
  children: Part[];
}

export interface Structure {
  root: Part;
  /** Parts without children, in order. */
  leaves: Part[];
  problems: StructureProblem[];
}

interface Open {
  part: Part;
  boundary: Uint8Array;
  bodyStart: number;
  seen: boolean;
}

const ENCODINGS = new Set(['7bit', '8bit', 'binary', 'quoted-printable', 'base64']);

/** Reads the structure in one pass. Never throws; faults are problems, and the other parts are returned. */
export function parseStructure(fields: readonly HeaderField[], body: Uint8Array): Structure {
  const problems: StructureProblem[] = [];
  const root = describe(fields, '1', 0, problems);
  root.body = body;
  const mime = fields.some(({ key }) => key === 'content-type' || key === 'content-transfer-encoding');
  if (mime && fieldsNamed(fields, 'mime-version').length === 0) {
    problems.push({ id: 'no-mime-version', detail: '' });
  }
  const walker = new Walker(body, problems);
  walker.enter(root, 0);
  walker.run();
  const leaves: Part[] = [];
  collect(root, leaves);
  return { root, leaves, problems };
}

function collect(part: Part, leaves: Part[]): void {
  if (part.children.length === 0) leaves.push(part);
  else for (const child of part.children) collect(child, leaves);
}

class Walker {
  private readonly bytes: Uint8Array;
  private readonly problems: StructureProblem[];
  private readonly open: Open[] = [];
  private parts = 1;
  /** The current leaf, with the start of its body. */
  private leaf: { part: Part; bodyStart: number } | undefined;

  constructor(bytes: Uint8Array, problems: StructureProblem[]) {
    this.bytes = bytes;
    this.problems = problems;
  }

  /** Opens a multipart; any other part becomes the leaf. */
  enter(part: Part, bodyStart: number): void {
    this.leaf = { part, bodyStart };
    if (!part.type.startsWith('multipart/')) return;
    const boundary = (part.parameters.get('boundary') ?? '').slice(0, MAX_BOUNDARY).trimEnd();
    if (boundary === '') return void this.problems.push({ id: 'no-boundary', detail: part.type });
    if (!ENCODINGS.has(part.encoding) || part.encoding === 'base64' || part.encoding === 'quoted-printable') {
      return void this.problems.push({ id: 'encoded-multipart', detail: part.encoding });
    }
    if (this.open.length >= MAX_DEPTH) {
      return void this.problems.push({ id: 'too-deep', detail: String(MAX_DEPTH) });
    }
    const bytes = Uint8Array.from(boundary, (character) => character.charCodeAt(0) & 255);
    this.open.push({ part, boundary: bytes, bodyStart, seen: false });
    this.leaf = undefined;
  }

  run(): void {
    const { bytes } = this;
    for (let start = 0; start < bytes.length && this.open.length > 0; ) {
      const found = bytes.indexOf(LF, start);
      const next = found === -1 ? bytes.length : found + 1;
      if (bytes[start] === HYPHEN && bytes[start + 1] === HYPHEN) {
        const level = this.levelOf(start, next);
        if (level !== undefined) {
          const resumed = this.delimiter(level.index, level.closing, start, next);
          if (resumed === undefined) return;
          start = resumed;
          continue;
        }
      }
      start = next;
    }
    this.closeDownTo(0, bytes.length, true);
  }

  /** The open multipart that the line delimits, the innermost first. */
  private levelOf(start: number, next: number): { index: number; closing: boolean } | undefined {
    let end = next;
    while (end > start && isBlank(this.bytes[end - 1])) end--;
    for (let index = this.open.length - 1; index >= 0; index--) {
      const { boundary } = this.open[index] ?? {};
      if (boundary === undefined) continue;
      const rest = end - start - 2 - boundary.length;
      if (rest !== 0 && rest !== 2) continue;
      if (!boundary.every((byte, at) => this.bytes[start + 2 + at] === byte)) continue;
      if (rest === 0) return { index, closing: false };
      if (this.bytes[end - 1] === HYPHEN && this.bytes[end - 2] === HYPHEN) return { index, closing: true };
    }
    return undefined;
  }

  /** Ends the parts below the delimiter and begins the next part; returns where to continue, undefined at the limit of parts. */
  private delimiter(index: number, closing: boolean, start: number, next: number): number | undefined {
    this.endLeaf(start);
    this.closeDownTo(index + 1, start, true);
    const holder = this.open[index];
    if (holder === undefined) return undefined;
    holder.seen = true;
    if (closing) {
      this.closeDownTo(index, start, false);
      return next;
    }
    if (this.parts >= MAX_PARTS) {
      this.problems.push({ id: 'too-many-parts', detail: String(MAX_PARTS) });
      this.open.length = 0;
      return undefined;
    }
    this.parts++;
    // Only the header is read here; without an empty line it reaches up to the next delimiter.
    const header = this.headerEnd(next);
    const fields = parseFields(this.bytes.subarray(next, Math.min(header.end, next + MAX_PART_HEADER)));
    const path = `${holder.part.path}.${holder.part.children.length + 1}`;
    const part = describe(fields, path, this.open.length, this.problems);
    holder.part.children.push(part);
    this.enter(part, header.bodyAt);
    return header.bodyAt;
  }

  private headerEnd(from: number): { end: number; bodyAt: number } {
    for (let start = from; start < this.bytes.length; ) {
      const found = this.bytes.indexOf(LF, start);
      const next = found === -1 ? this.bytes.length : found + 1;
      const length = next - start;
      if (length === 1 || (length === 2 && this.bytes[start] === CR)) return { end: start, bodyAt: next };
      const hyphens = this.bytes[start] === HYPHEN && this.bytes[start + 1] === HYPHEN;
      if (hyphens && this.levelOf(start, next) !== undefined) return { end: start, bodyAt: start };
      start = next;
    }
    return { end: this.bytes.length, bodyAt: this.bytes.length };
  }

  private endLeaf(at: number): void {
    if (this.leaf === undefined) return;
    const { part, bodyStart } = this.leaf;
    // RFC 2046 section 5.1.1: the line ending before the delimiter belongs to it.
    const end = at < this.bytes.length ? this.lineEndBefore(at) : at;
    part.body = this.bytes.subarray(bodyStart, Math.max(bodyStart, end));
    this.leaf = undefined;
  }

  private lineEndBefore(at: number): number {
    if (at > 0 && this.bytes[at - 1] === LF) return at > 1 && this.bytes[at - 2] === CR ? at - 2 : at - 1;
    return at;
  }

  private closeDownTo(index: number, at: number, missing: boolean): void {
    this.endLeaf(at);
    for (const { part, bodyStart, seen } of this.open.splice(index).reverse()) {
      part.body = this.bytes.subarray(bodyStart, at);
      if (!seen) this.problems.push({ id: 'boundary-not-found', detail: part.parameters.get('boundary') ?? '' });
      else if (missing) this.problems.push({ id: 'not-closed', detail: part.parameters.get('boundary') ?? '' });
    }
  }
}

function describe(fields: readonly HeaderField[], path: string, depth: number, problems: StructureProblem[]): Part {
  const read = (name: string): ParameterisedValue | undefined => {
    const [field] = fieldsNamed(fields, name);
    return field === undefined ? undefined : parseParameterised(fieldText(field));
  };
  const content = read('content-type');
  const disposition = read('content-disposition');
  const encoding = textOf(fields, 'content-transfer-encoding')
    .slice(0, MAX_ENCODING)
    .toLowerCase()
    .replace(/\([^)]*\)|[;\s]/g, '');
  let type = content?.word ?? 'text/plain';
  if (!/^[a-z0-9!#$&^_.+-]+\/[a-z0-9!#$&^_.+-]+$/.test(type)) {
    problems.push({ id: 'bad-content-type', detail: type });
    // RFC 2045 section 5.2: treated as plain text.
    type = 'text/plain';
  }
  if (encoding !== '' && !ENCODINGS.has(encoding)) problems.push({ id: 'unknown-encoding', detail: encoding });
  return {
    path,
    depth,
    type,
    parameters: content?.parameters ?? new Map(),
    encoding: encoding === '' ? '7bit' : encoding,
    disposition: disposition?.word ?? '',
    filename: disposition?.parameters.get('filename') ?? content?.parameters.get('name') ?? '',
    contentId: textOf(fields, 'content-id').replace(/^<|>$/g, ''),
    body: new Uint8Array(),
    children: [],
  };
}

function textOf(fields: readonly HeaderField[], name: string): string {
  const [field] = fieldsNamed(fields, name);
  return field === undefined ? '' : fieldText(field);
}

function isBlank(byte: number | undefined): boolean {
  return byte === 32 || byte === 9 || byte === CR || byte === LF;
}
