// A message as its MIME entities, in order and octet for octet (RFC 2046 section 5.1).

/** A header section of a part beyond this is no header. */
const MAX_HEAD = 64 * 1024;
/** Beyond these it is no mail; Postfix's mime_nesting_limit is 100 too. */
const MAX_DEPTH = 100;
const MAX_ENTITIES = 10_000;
const LF = 10;
const HYPHEN = 45;
const NOTHING: Buffer = Buffer.alloc(0);
/** A Content-Transfer-Encoding longer than this is none. */
const MAX_ENCODING = 100;

export interface Entity {
  /** Number of the entity that holds it; -1 for the message. */
  parent: number;
  /** `opaque`: what is inside must stay as it is, or cannot be told apart. */
  kind: 'leaf' | 'multipart' | 'message' | 'opaque';
  /** Content-Transfer-Encoding in lower case; `''` where there is none. */
  encoding: string;
}

/** `entity` is a number from 0, the message itself. `frame` is what belongs to a multipart: delimiters, preamble, epilogue. */
export type Piece =
  | { kind: 'head'; entity: number; bytes: Buffer; is: Entity }
  | { kind: 'content'; entity: number; bytes: Buffer }
  | { kind: 'frame'; entity: number; bytes: Buffer };

/** The pieces end with `undefined` where the message is too odd to be understood. */
export function* entities(head: Buffer, body: Iterable<Buffer>): Generator<Piece | undefined> {
  const walker = new Walker();
  yield* walker.head(head);
  for (const chunk of body) {
    yield* walker.feed(chunk, false);
    if (walker.lost) return yield undefined;
  }
  yield* walker.feed(NOTHING, true);
  if (walker.lost) yield undefined;
}

interface Level {
  boundary: string;
  entity: number;
}

class Walker {
  lost = false;
  readonly #levels: Level[] = [];
  #state: 'head' | 'content' | 'frame' = 'head';
  #entity = -1;
  #count = 0;
  /** Entity that the next head belongs into. */
  #parent = -1;
  #head: Buffer[] = [];
  #headLength = 0;
  #carried: Buffer = NOTHING;
  /** The last chunk ended within a line that is no delimiter. */
  #inLine = false;

  *feed(chunk: Buffer, isLast: boolean): Generator<Piece> {
    const bytes = this.#carried.length === 0 ? chunk : Buffer.concat([this.#carried, chunk]);
    this.#carried = NOTHING;
    let from = 0;
    let at = 0;
    while (at < bytes.length && !this.lost) {
      const lf = bytes.indexOf(LF, at);
      const end = lf === -1 ? bytes.length : lf + 1;
      const mayDelimit = !this.#inLine && bytes[at] === HYPHEN && this.#levels.length > 0;
      if (lf === -1 && !isLast && !this.#inLine && (mayDelimit || this.#state === 'head') && end - at < MAX_HEAD) {
        // The line decides, so it must be whole.
        this.#carried = bytes.subarray(at);
        break;
      }
      const level = mayDelimit ? this.#delimited(bytes.toString('latin1', at, Math.min(end, at + 256))) : undefined;
      if (level !== undefined) {
        yield* this.#inside(bytes.subarray(from, at));
        yield* this.#endHead();
        yield { kind: 'frame', entity: this.#levels[level.index]!.entity, bytes: bytes.subarray(at, end) };
        this.#parent = this.#levels[level.index]!.entity;
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
          if (this.#headLength >= MAX_HEAD) this.lost = true;
          from = end;
        }
        if (!isField) {
          yield* this.#endHead();
          // A line that is no field is content already, or a head again.
          if (!isEnd) continue;
        }
      }
      this.#inLine = lf === -1;
      at = end;
    }
    yield* this.#inside(bytes.subarray(from, at));
    if (isLast) yield* this.#endHead();
  }

  *#inside(bytes: Buffer): Generator<Piece> {
    if (bytes.length === 0) return;
    yield { kind: this.#state === 'content' ? 'content' : 'frame', entity: this.#entity, bytes };
  }

  *#endHead(): Generator<Piece> {
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
    if (this.#count > MAX_ENTITIES || this.#levels.length > MAX_DEPTH) this.lost = true;
    yield { kind: 'head', entity, bytes, is: { parent: this.#parent, kind, encoding } };
    if (kind === 'multipart') {
      this.#levels.push({ boundary, entity });
      this.#state = 'frame';
    } else if (kind === 'message') {
      this.#parent = entity;
      this.#state = 'head';
    } else this.#state = 'content';
  }

  /** The innermost level that the line is a delimiter of; blanks behind it are padding of transport. */
  #delimited(line: string): { index: number; isClosing: boolean } | undefined {
    for (let index = this.#levels.length - 1; index >= 0; index--) {
      const delimiter = `--${this.#levels[index]!.boundary}`;
      if (!line.startsWith(delimiter)) continue;
      const rest = line.slice(delimiter.length).trimEnd();
      if (rest === '' || rest === '--') return { index, isClosing: rest === '--' };
    }
    return undefined;
  }
}

const IDENTITY = ['', '7bit', '8bit', 'binary'];

function described(head: Buffer): { kind: Entity['kind']; encoding: string; boundary: string } {
  const encoding = (headValue(head, 'content-transfer-encoding') ?? '')
    .slice(0, MAX_ENCODING)
    .replace(/\(.*?\)/g, '')
    .trim();
  const type = headValue(head, 'content-type') ?? '';
  const name = /^[^;(\s]*/.exec(type)![0].toLowerCase();
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
  // RFC 1847 section 2.1: what is signed must reach the reader octet for octet.
  if (type === 'multipart/signed' || type === 'multipart/encrypted') return 'opaque';
  // The parts of a digest are messages without being called so.
  if (type.startsWith('multipart/')) return boundary === '' || type === 'multipart/digest' ? 'opaque' : 'multipart';
  if (type === 'message/rfc822' || type === 'message/global') return 'message';
  // RFC 2045 section 6.4, RFC 2046 section 5.2.2: these may not be encoded.
  return type.startsWith('message/') ? 'opaque' : 'leaf';
}

/** A field's value, unfolded, as one octet per character; undefined where there is no such field. `name` in lower case. */
export function headValue(head: Buffer, name: string): string | undefined {
  const field = headFields(head).find((raw) => fieldName(raw) === name);
  return field
    ?.slice(field.indexOf(':') + 1)
    .replace(/\r\n(?=[ \t])/g, '')
    .trim();
}

/** The fields with their folds and line ends, one octet per character; the empty line at the end is none of them. */
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
