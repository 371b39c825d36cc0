// XML of reports as leaves: a path of two names and a text for each, by a streaming parser without external entities and
// without entities of a document type (XML 1.0 sections 2.8 and 4).
import { SaxesParser } from 'saxes';
import { decodeCharset } from '../message/charset.ts';
import type { Refusal } from './types.ts';

/** Reports nest six deep. */
const MAX_DEPTH = 32;
/** Characters that the parser receives at a time; it can be stopped after each. */
const STEP = 4096;
/** Faults that a report may have: each costs the parser far more than a character, and hostile text may have one per character. */
const MAX_FAULTS = 500;
/** Attributes of a whole report; real reports have a few namespaces. */
const MAX_ATTRIBUTES = 10_000;
/** Ampersands that are checked. */
const MAX_AMPERSANDS = 50_000;
/** Characters of one text; the longest of real reports have a few hundred. */
const MAX_LEAF = 4000;

/** Some reporters do not escape it; the parser would search for its ";" to the end. */
const BARE_AMPERSAND = /&(?!(?:#\d{1,7}|#x[\da-f]{1,6}|[a-z]\w{0,30});)/gi;

export interface XmlReader {
  /** The start of an element below the root. */
  open(name: string): void;
  /** The end of an element: its own name, that of its parent, and its text without blanks around it. */
  close(name: string, parent: string, text: string): void;
}

export type XmlOutcome =
  | { ok: true; namespace: string; brokenXml: boolean; brokenEncoding: boolean; trailing: boolean; doctype: boolean }
  | { ok: false; refusal: Refusal };

/** A document as text, by its byte order mark, by its declared encoding, or as UTF-8. */
export interface XmlText {
  text: string;
  /** Bytes that are invalid in the encoding became U+FFFD. */
  broken: boolean;
}

/** Reads a document whose root has the name, any prefix before it. Never throws. */
export function readXml(document: XmlText, root: string, reader: XmlReader): XmlOutcome {
  const text = hasFewAmpersands(document.text) ? document.text.replace(BARE_AMPERSAND, '&amp;') : document.text;
  const reading = new Reading(root, reader);
  for (let at = 0; at < text.length && !reading.stopped; at += STEP) reading.write(text.slice(at, at + STEP));
  reading.end(text.slice(-100).trimEnd());
  if (reading.refusal !== undefined) return { ok: false, refusal: reading.refusal };
  return {
    ok: true,
    namespace: reading.namespace,
    brokenXml: reading.broken || text.length !== document.text.length,
    brokenEncoding: document.broken,
    trailing: reading.trailing,
    doctype: reading.doctype,
  };
}

/** Some, but not too many, which are left to the parser. */
function hasFewAmpersands(text: string): boolean {
  let found = 0;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1))
    if (++found > MAX_AMPERSANDS) return false;
  return found > 0;
}

class Reading {
  refusal: Refusal | undefined;
  namespace = '';
  broken = false;
  trailing = false;
  doctype = false;
  private readonly parser = new SaxesParser({ xmlns: false, position: false });
  private readonly names: string[] = [];
  private text = '';
  private closed = false;
  private faults = 0;
  private attributes = 0;
  private readonly root: string;
  private readonly reader: XmlReader;

  constructor(root: string, reader: XmlReader) {
    this.root = root;
    this.reader = reader;
    const { parser } = this;
    parser.on('error', () => {
      if (this.closed) this.trailing = true;
      else this.broken = true;
      if (++this.faults > MAX_FAULTS) this.refuse('xml-broken', '');
    });
    parser.on('attribute', () => {
      if (++this.attributes > MAX_ATTRIBUTES) this.refuse('xml-broken', '');
    });
    parser.on('doctype', (text) => this.declared(text));
    parser.on('opentag', ({ name, attributes }) => this.opened(localName(name), attributes));
    parser.on('closetag', ({ name }) => this.ended(localName(name)));
    const add = (text: string) => {
      if (this.text.length < MAX_LEAF) this.text += text.length > MAX_LEAF ? text.slice(0, MAX_LEAF) : text;
    };
    parser.on('text', add);
    parser.on('cdata', add);
  }

  get stopped(): boolean {
    return this.refusal !== undefined || this.closed;
  }

  write(text: string): void {
    this.parser.write(text);
  }

  end(last: string): void {
    if (this.stopped) return;
    // Only the end of the root is missing.
    if (this.names.length === 1 && /<\/(?:[\w.-]+:)?record\s*>$/.test(last)) {
      this.broken = true;
      return;
    }
    this.refusal =
      this.names.length > 0
        ? { reason: 'xml-cut-off', detail: this.names.join('/') }
        : { reason: 'not-a-report', detail: '' };
  }

  private declared(text: string): void {
    this.doctype = true;
    if (text.includes('[')) this.refusal ??= { reason: 'xml-declarations', detail: '' };
  }

  private opened(name: string, attributes: Record<string, unknown>): void {
    if (this.stopped) return;
    this.text = '';
    if (this.names.length === 0) {
      if (name !== this.root) this.refuse('not-a-report', name);
      const namespace = Object.entries(attributes).find(([key]) => /^xmlns(?::|$)/.test(key))?.[1];
      if (typeof namespace === 'string') this.namespace = namespace.slice(0, 200);
    } else {
      this.reader.open(name);
    }
    if (this.names.push(name) > MAX_DEPTH) this.refuse('xml-too-deep', String(MAX_DEPTH));
  }

  private ended(name: string): void {
    if (this.stopped) return;
    this.names.pop();
    const parent = this.names.at(-1);
    if (parent === undefined) {
      this.closed = true;
      return;
    }
    this.reader.close(name, parent, this.text.trim());
    this.text = '';
  }

  private refuse(reason: Refusal['reason'], detail: string): void {
    this.refusal ??= { reason, detail };
  }
}

function localName(name: string): string {
  const colon = name.indexOf(':');
  return colon === -1 ? name : name.slice(colon + 1);
}

/** Never throws. */
export function decodeXml(bytes: Uint8Array): XmlText {
  const named = encodingOf(bytes);
  const strict = decodeCharset(named, bytes, { fatal: true });
  const text = strict ?? decodeCharset(named, bytes) ?? decodeCharset('utf-8', bytes) ?? '';
  // A byte order mark is not text.
  return { text: text.replace(/^\ufeff?\s*/, ''), broken: strict === undefined };
}

function encodingOf(bytes: Uint8Array): string {
  const [a, b] = bytes;
  // UTF-16 by its byte order mark, or by the zero next to "<".
  if ((a === 0xff && b === 0xfe) || (a === 0x3c && b === 0)) return 'utf-16le';
  if ((a === 0xfe && b === 0xff) || (a === 0 && b === 0x3c)) return 'utf-16be';
  const start = String.fromCharCode(...bytes.subarray(0, 200));
  const declared = /^[^<]{0,20}<\?xml[^>]{0,100}?\bencoding\s*=\s*["']([\w.:-]{1,40})["']/.exec(start)?.[1];
  // A declaration that is readable byte by byte cannot be UTF-16.
  return declared === undefined || /^utf-?16|^ucs|^us-ascii$/i.test(declared) ? 'utf-8' : declared;
}
