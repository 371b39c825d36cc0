// The visible parts of HTML: text, links and pictures, read in one pass without building a tree (HTML section 13.2).
import { Visibility } from './hidden.ts';

/** Links that are checked; a newsletter has about fifty. */
export const MAX_LINKS = 300;
/** Characters of a link's text and of an address that are kept. */
const MAX_LINK_TEXT = 200;
const MAX_ADDRESS = 2000;
/** Characters of the visible and of the hidden text that are kept. */
const MAX_TEXT = 64 * 1024;
/** Addresses of pictures that are kept. */
const MAX_SOURCES = 50;

export interface HtmlLink {
  /** As written, entities decoded. */
  address: string;
  /** The visible text of the link, blanks joined. */
  text: string;
}

export interface HtmlFacts {
  /** Visible characters, without blanks. */
  characters: number;
  /** Hidden characters, such as the preview line of newsletters for the list of mails. */
  hiddenCharacters: number;
  /** The start of both texts. */
  visibleText: string;
  hiddenText: string;
  /** A mail program marked a part as quoted from another mail. */
  quotes: boolean;
  links: HtmlLink[];
  /** All links, also those beyond the limit. */
  linkCount: number;
  images: number;
  /** Addresses of the first pictures. */
  sources: string[];
  /** Pictures without an `alt` attribute. */
  imagesWithoutText: number;
  /** Elements that mail programs remove: script, form, iframe, object, embed, applet. */
  active: string[];
}

const UNSEEN = new Set(['script', 'style', 'title', 'iframe']);
/** Their content is text up to the end tag. */
const RAW = new Set(['script', 'style', 'title', 'textarea', 'xmp', 'iframe', 'noembed', 'noframes']);
/** Elements that begin or end a line. */
const BLOCKS = new Set([
  ...['p', 'div', 'br', 'hr', 'tr', 'td', 'th', 'table', 'li', 'ul', 'ol', 'dt', 'dd', 'blockquote', 'center', 'pre'],
  ...['h1', 'h2', 'h3', 'h4', 'h5', 'h6', 'section', 'article', 'header', 'footer', 'body'],
]);
/** Attributes that are read. */
const READ = new Set([
  ...['href', 'alt', 'src', 'style', 'color', 'bgcolor', 'background', 'hidden', 'type', 'class', 'id'],
]);
/** Marks of quoted mail by Gmail, Thunderbird, Yahoo, Outlook and Proton. */
const QUOTING = /gmail_quote|moz-cite|moz-forward|yahoo_quoted|divRplyFwdMsg|protonmail_quote|OutlookMessageHeader/;
const ACTIVE = new Set(['script', 'form', 'iframe', 'object', 'embed', 'applet']);

/** Reads HTML. Never throws; takes linear time. */
export function readHtml(html: string): HtmlFacts {
  const reader = new Reader(html);
  reader.run();
  return reader.facts;
}

class Reader {
  readonly facts: HtmlFacts = {
    characters: 0,
    hiddenCharacters: 0,
    visibleText: '',
    hiddenText: '',
    quotes: false,
    links: [],
    linkCount: 0,
    images: 0,
    sources: [],
    imagesWithoutText: 0,
    active: [],
  };
  private readonly html: string;
  private readonly visibility = new Visibility();
  private at = 0;
  private link: { address: string; text: string } | undefined;

  constructor(html: string) {
    this.html = html;
  }

  run(): void {
    const { html } = this;
    while (this.at < html.length) {
      const open = html.indexOf('<', this.at);
      this.text(html.slice(this.at, open === -1 ? html.length : open));
      if (open === -1) break;
      this.at = open;
      if (html.startsWith('<!--', open)) this.skipTo('-->', open + 4);
      else if (/[!?]/.test(html.charAt(open + 1))) this.skipTo('>', open + 2);
      else if (/[a-z/]/i.test(html.charAt(open + 1))) this.tag();
      else {
        // A literal "<".
        this.text('<');
        this.at = open + 1;
      }
    }
    this.endLink();
  }

  private skipTo(end: string, from: number): void {
    const found = this.html.indexOf(end, from);
    this.at = found === -1 ? this.html.length : found + end.length;
  }

  private text(text: string): void {
    if (text === '') return;
    const { facts } = this;
    const seen = decodeEntities(text);
    const characters = seen.replace(UNSEEN_CHARACTERS, '').length;
    if (this.visibility.hidden) {
      facts.hiddenCharacters += characters;
      if (facts.hiddenText.length < MAX_TEXT) facts.hiddenText += seen.slice(0, MAX_TEXT);
      return;
    }
    facts.characters += characters;
    if (facts.visibleText.length < MAX_TEXT) facts.visibleText += seen.slice(0, MAX_TEXT);
    if (this.link !== undefined && this.link.text.length < MAX_LINK_TEXT) {
      this.link.text += seen.slice(0, MAX_LINK_TEXT);
    }
  }

  private tag(): void {
    const closing = this.html.charAt(this.at + 1) === '/';
    this.at += closing ? 2 : 1;
    const name = this.word('/>').toLowerCase();
    const attributes = this.attributes();
    if (BLOCKS.has(name)) this.newLine();
    if (closing) {
      this.visibility.end(name);
      if (name === 'a') this.endLink();
      return;
    }
    this.visibility.start(name, attributes);
    if (ACTIVE.has(name) && !this.facts.active.includes(name)) this.facts.active.push(name);
    if (name === 'img') this.image(attributes);
    if (name === 'a' || name === 'area') this.beginLink(name, attributes);
    if (attributes.size > 0) this.facts.quotes ||= isQuotation(attributes);
    if (RAW.has(name)) this.rawText(name);
  }

  /** Separates the words of two blocks. */
  private newLine(): void {
    if (this.facts.visibleText.length < MAX_TEXT) this.facts.visibleText += '\n';
    if (this.facts.hiddenText.length < MAX_TEXT) this.facts.hiddenText += '\n';
  }

  private image(attributes: ReadonlyMap<string, string>): void {
    this.facts.images++;
    if (!attributes.has('alt')) this.facts.imagesWithoutText++;
    const source = attributes.get('src');
    if (source !== undefined && this.facts.sources.length < MAX_SOURCES) {
      this.facts.sources.push(decodeEntities(source.slice(0, MAX_ADDRESS)).trim());
    }
  }

  private beginLink(name: string, attributes: ReadonlyMap<string, string>): void {
    this.endLink();
    const address = attributes.get('href');
    if (address === undefined) return;
    this.link = { address: decodeEntities(address).trim().slice(0, MAX_ADDRESS), text: '' };
    if (name === 'area') this.endLink();
  }

  /** Attributes up to and including the ">"; the first of repeated ones applies. */
  private attributes(): Map<string, string> {
    const { html } = this;
    const attributes = new Map<string, string>();
    for (;;) {
      while (isBlank(html.charCodeAt(this.at)) || html.charCodeAt(this.at) === SLASH) this.at++;
      if (this.at >= html.length) return attributes;
      if (html.charAt(this.at) === '>') {
        this.at++;
        return attributes;
      }
      const start = this.at;
      const name = this.word('/>=').toLowerCase();
      this.skipBlanks();
      let value = '';
      if (html.charAt(this.at) === '=') {
        this.at++;
        this.skipBlanks();
        const quote = html.charAt(this.at);
        if (quote === '"' || quote === "'") {
          const end = html.indexOf(quote, this.at + 1);
          value = html.slice(this.at + 1, end === -1 ? html.length : end);
          this.at = end === -1 ? html.length : end + 1;
        } else value = this.word('>');
      }
      if (this.at === start) this.at++;
      if (READ.has(name) && !attributes.has(name)) attributes.set(name, value);
    }
  }

  private skipBlanks(): void {
    while (isBlank(this.html.charCodeAt(this.at))) this.at++;
  }

  /** The text up to a blank or one of these. */
  private word(stops: string): string {
    const { html } = this;
    const start = this.at;
    while (this.at < html.length && !isBlank(html.charCodeAt(this.at)) && !stops.includes(html.charAt(this.at))) {
      this.at++;
    }
    return html.slice(start, this.at);
  }

  private rawText(name: string): void {
    const end = new RegExp(`</${name}`, 'gi');
    end.lastIndex = this.at;
    const found = end.exec(this.html);
    const until = found === null ? this.html.length : found.index;
    if (!UNSEEN.has(name)) this.text(this.html.slice(this.at, until));
    this.at = until;
  }

  private endLink(): void {
    if (this.link === undefined) return;
    this.facts.linkCount++;
    if (this.facts.links.length < MAX_LINKS) {
      const text = this.link.text.replace(/\s+/g, ' ').trim().slice(0, MAX_LINK_TEXT);
      this.facts.links.push({ address: this.link.address, text });
    }
    this.link = undefined;
  }
}

function isQuotation(attributes: ReadonlyMap<string, string>): boolean {
  return (
    attributes.get('type') === 'cite' ||
    QUOTING.test(attributes.get('class') ?? '') ||
    QUOTING.test(attributes.get('id') ?? '')
  );
}

const SLASH = 47;

/** HTML section 13.2: tab, line feed, form feed, carriage return, blank. */
function isBlank(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13);
}

/** Blanks and the invisible characters that newsletters use to pad their preview. */
const UNSEEN_CHARACTERS = /(?:[\s\u00ad\u061c\u115f\u180e\u200b-\u200f\u2060-\u2064\ufeff]|\u034f)+/g;

const ENTITIES = new Map<string, string>(
  Object.entries({
    amp: '&',
    lt: '<',
    gt: '>',
    quot: '"',
    apos: "'",
    zwnj: '\u200c',
    zwj: '\u200d',
    ensp: '\u2002',
    emsp: '\u2003',
    ndash: '–',
    mdash: '—',
    bull: '•',
    hellip: '…',
    euro: '€',
    trade: '™',
    laquo: '«',
    raquo: '»',
    bdquo: '„',
    ldquo: '“',
    rdquo: '”',
    lsquo: '‘',
    rsquo: '’',
  }),
);
/** Those of Latin-1 from 160 on, in order (HTML section 13.5). */
const LATIN1_ENTITIES =
  'nbsp iexcl cent pound curren yen brvbar sect uml copy ordf laquo not shy reg macr deg plusmn sup2 sup3 acute micro para middot cedil sup1 ordm raquo frac14 frac12 frac34 iquest Agrave Aacute Acirc Atilde Auml Aring AElig Ccedil Egrave Eacute Ecirc Euml Igrave Iacute Icirc Iuml ETH Ntilde Ograve Oacute Ocirc Otilde Ouml times Oslash Ugrave Uacute Ucirc Uuml Yacute THORN szlig agrave aacute acirc atilde auml aring aelig ccedil egrave eacute ecirc euml igrave iacute icirc iuml eth ntilde ograve oacute ocirc otilde ouml divide oslash ugrave uacute ucirc uuml yacute thorn yuml';
for (const [index, name] of LATIN1_ENTITIES.split(' ').entries()) ENTITIES.set(name, String.fromCharCode(160 + index));

/** Decodes the character references that mail uses; others are unchanged. */
export function decodeEntities(text: string): string {
  if (!text.includes('&')) return text;
  return text.replace(/&(?:#x([0-9a-f]{1,6})|#(\d{1,7})|([a-z][a-z0-9]{1,7}));?/gi, (whole, hex, decimal, name) => {
    if (name !== undefined) {
      // In an address "&copy=2" is a parameter; only these few are decoded without ";".
      const known = ENTITIES.get(name) ?? ENTITIES.get(String(name).toLowerCase());
      return whole.endsWith(';') || /^(?:amp|lt|gt|quot|nbsp)$/i.test(name) ? (known ?? whole) : whole;
    }
    const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
    return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : whole;
  });
}
