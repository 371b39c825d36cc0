// A message as its MIME entities, in order and byte for byte (RFC 2046 section 5.1).

/** Bytes of the header section of a part. */
const MAX_HEAD = 64 * 1024;
/** A message beyond these is not parsed; Postfix's mime_nesting_limit is 100 too. */
const MAX_DEPTH = 100;
const MAX_ENTITIES = 10_000;
const LF = 10;
const HYPHEN = 45;
const EMPTY: Buffer = Buffer.alloc(0);
/** Characters of a Content-Transfer-Encoding. */
const MAX_ENCODING = 100;

export interface Entity {
  /** Number of the enclosing entity; -1 for the message. */
  parent: number;
  /** `opaque`: its content must not change, or is not understood. */
  kind: 'leaf' | 'multipart' | 'message' | 'opaque';
  /** Content-Transfer-Encoding in lower case; `''` if there is none. */
  encoding: string;
}

/** `entity` is a number from 0, the message. `frame` is a delimiter, preamble or epilogue of a multipart. */
export type Piece =
  | { kind: 'head'; entity: number; bytes: Buffer; is: Entity }
  | { kind: 'content'; entity: number; bytes: Buffer }
  | { kind: 'frame'; entity: number; bytes: Buffer };

/** The pieces end with `undefined` if the message cannot be parsed. */
export function* entities(head: Buffer, body: Iterable<Buffer>): Generator<Piece | undefined> {
  const walker = new Walker();
  yield* walker.head(head);
  for (const chunk of body) {
    yield* walker.feed(chunk, false);
    if (walker.failed) return yield undefined;
  }
  yield* walker.feed(EMPTY, true);
  if (walker.failed) yield undefined;
}

interface Level {
  boundary: string;
  entity: number;
}

class Walker {
  failed = false;
  readonly #levels: Level[] = [];
  #state: 'head' | 'content' | 'frame' = 'head';
  #entity = -1;
  #count = 0;
  /** Entity that encloses the next one. */
  #parent = -1;
  #head: Buffer[] = [];
  #headLength = 0;
  #carried: Buffer = EMPTY;
  /** The last chunk ended within a line that is not a delimiter. */
  #inLine = false;

  *feed(chunk: Buffer, isLast: boolean): Generator<Piece> {
    const bytes = this.#carried.length === 0 ? chunk : Buffer.concat([this.#carried, chunk]);
    this.#carried = EMPTY;
    let from = 0;
    let at = 0;
    while (at < bytes.length && !this.failed) {
      const lf = bytes.indexOf(LF, at);
      const end = lf === -1 ? bytes.length : lf + 1;
      const mayDelimit = !this.#inLine && bytes[at] === HYPHEN && this.#levels.length > 0;
      if (lf === -1 && !isLast && !this.#inLine && (mayDelimit || this.#state === 'head') && end - at < MAX_HEAD) {
        // A whole line is needed.
        this.#carried = bytes.subarray(at);
        break;
      }
      const level = mayDelimit ? this.delimited(bytes.toString('latin1', at, Math.min(end, at + 256))) : undefined;
      if (level !== undefined) {
        yield* this.inside(bytes.subarray(from, at));
        yield* this.endHead();
        yield { kind: 'frame', entity: level.entity, bytes: bytes.subarray(at, end) };
        this.#parent = level.entity;
        this.#levels.length = level.index + (level.isClosing ? 0 : 1);
        this.#state = level.isClosing ? 'frame' : 'head';
        this.#entity = this.#parent;
        from = end;
      } else if (this.#state === 'head' && !this.#inLine) {
        const line = bytes.toString('latin1', at, Math.min(end, at + 1024));
        const isField = /^[\x21-\x39\x3b-\x7e]+[ \t]*:/.test(line) || (/^[ \t]/.test(line) && this.#headLength > 0);
        const isEnd = line === '\r\n';
        if (isField || isEnd) {
          this.#head.push(bytes.subarray(at, end));
          this.#headLength += end - at;
          if (this.#headLength >= MAX_HEAD) this.failed = true;
          from = end;
        }
        if (!isField) {
          yield* this.endHead();
          // A line that is not a field is content, or the header of an attached message.
          if (!isEnd) continue;
        }
      }
      this.#inLine = lf === -1;
      at = end;
    }
    yield* this.inside(bytes.subarray(from, at));
    if (isLast) yield* this.endHead();
  }

  private *inside(bytes: Buffer): Generator<Piece> {
    if (bytes.length === 0) return;
    yield { kind: this.#state === 'content' ? 'content' : 'frame', entity: this.#entity, bytes };
  }

  private *endHead(): Generator<Piece> {
    if (this.#state !== 'head') return;
    const bytes = Buffer.concat(this.#head);
    this.#head = [];
    this.#headLength = 0;
    yield* this.head(bytes);
  }

  /** Begins the entity with this head. */
  *head(bytes: Buffer): Generator<Piece> {
    const { kind, encoding, boundary } = described(bytes);
    this.#entity = this.#count++;
    const entity = this.#entity;
    if (this.#count > MAX_ENTITIES || this.#levels.length > MAX_DEPTH) this.failed = true;
    yield { kind: 'head', entity, bytes, is: { parent: this.#parent, kind, encoding } };
    if (kind === 'multipart') {
      this.#levels.push({ boundary, entity });
      this.#state = 'frame';
    } else if (kind === 'message') {
      this.#parent = entity;
      this.#state = 'head';
    } else this.#state = 'content';
  }

  /** The innermost level whose delimiter the line is; blanks after it are transport padding. */
  private delimited(line: string): { index: number; entity: number; isClosing: boolean } | undefined {
    const index = this.#levels.findLastIndex(({ boundary }) => ['', '--'].includes(restOf(line, boundary) ?? ' '));
    const level = this.#levels[index];
    if (level === undefined) return undefined;
    return { index, entity: level.entity, isClosing: restOf(line, level.boundary) === '--' };
  }
}

/** What follows the delimiter; undefined if the line does not begin with it. */
function restOf(line: string, boundary: string): string | undefined {
  return line.startsWith(`--${boundary}`) ? line.slice(boundary.length + 2).trimEnd() : undefined;
}

const IDENTITY = ['', '7bit', '8bit', 'binary'];

function described(head: Buffer): { kind: Entity['kind']; encoding: string; boundary: string } {
  const encoding = (headValue(head, 'content-transfer-encoding') ?? '')
    .slice(0, MAX_ENCODING)
    .replace(/\(.*?\)/g, '')
    .trim();
  const type = headValue(head, 'content-type') ?? '';
  const [name = ''] = /^[^;(\s]*/.exec(type.toLowerCase()) ?? [];
  const [, quoted, plain] = /;\s*boundary\s*=\s*(?:"((?:[^"\\]|\\.)+)"|([^\s;"]+))/i.exec(type) ?? [];
  const boundary = quoted === undefined ? (plain ?? '') : quoted.replace(/\\(.)/g, '$1').trimEnd();
  return {
    kind: kindOf(name, boundary, IDENTITY.includes(encoding.toLowerCase())),
    encoding: encoding.toLowerCase(),
    boundary,
  };
}

function kindOf(type: string, boundary: string, isIdentity: boolean): Entity['kind'] {
  if (!isIdentity) return 'opaque';
  // RFC 1847 section 2.1: signed content must not change.
  if (type === 'multipart/signed' || type === 'multipart/encrypted') return 'opaque';
  // The parts of a digest are messages by default (RFC 2046 section 5.1.5).
  if (type.startsWith('multipart/')) return boundary === '' || type === 'multipart/digest' ? 'opaque' : 'multipart';
  if (type === 'message/rfc822' || type === 'message/global') return 'message';
  // RFC 2045 section 6.4, RFC 2046 section 5.2.2: these may not be encoded.
  return type.startsWith('message/') ? 'opaque' : 'leaf';
}

/** A field's value, unfolded, with a character for each byte; undefined if there is no such field. `name` in lower case. */
export function headValue(head: Buffer, name: string): string | undefined {
  const field = headFields(head).find((raw) => fieldName(raw) === name);
  return field
    ?.slice(field.indexOf(':') + 1)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim();
}

/** The fields with their folds and line ends, with a character for each byte; without the final empty line. */
export function headFields(head: Buffer): string[] {
  const text = head.toString('latin1');
  const fields: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; ) {
    const lf = text.indexOf('\n', at);
    if (lf === -1) break;
    at = lf + 1;
    if (text[at] === ' ' || text[at] === '\t') continue;
    const field = text.slice(start, at);
    if (field !== '\r\n') fields.push(field);
    start = at;
  }
  return fields;
}

export function fieldName(raw: string): string {
  return raw
    .slice(0, Math.max(0, raw.indexOf(':')))
    .trimEnd()
    .toLowerCase();
}
