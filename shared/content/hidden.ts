// Hidden text in HTML: by its own style or that of an element around it (CSS 2.2, HTML section 15).

/**
 * Hidden characters from which they count as hidden text: the preview line for the list of mails has about a hundred,
 * without its padding.
 */
export const MANY_HIDDEN = 300;
/** Open elements that are tracked; real templates nest about forty tables. Deeper ones count as visible. */
const MAX_OPEN = 200;
/** Characters of a style that are read. */
const MAX_STYLE = 2000;
/** Parsed styles that are kept: a template repeats a few on every line. */
const MAX_REMEMBERED = 200;

/** Elements without an end tag. */
const VOID = new Set([
  ...['area', 'base', 'br', 'col', 'embed', 'hr', 'img', 'input', 'link', 'meta', 'param', 'source', 'track', 'wbr'],
]);
/** Elements with an optional end tag: the next one of the kind ends them. */
const OPTIONAL_END = new Set(['p', 'li', 'td', 'th', 'tr', 'dt', 'dd', 'option']);

interface Open {
  name: string;
  hidden: boolean;
  /** The font size is 0 or 1; an inner element may set another one. */
  tiny: boolean;
  /** As `rrggbb`; `?` where it is unknown, '' where it is not set. */
  colour: string;
  background: string;
}

/** Tracks the tags of a text and whether text at this place is visible. Takes constant time per tag. */
export class Visibility {
  private readonly open: Open[] = [];
  private readonly styles = new Map<string, Style>();
  /** A style sheet may set any colour, so that a missing one is unknown. */
  private styled = false;

  get hidden(): boolean {
    const innermost = this.open.at(-1);
    return innermost !== undefined && (innermost.hidden || innermost.tiny || this.isCamouflaged(innermost));
  }

  start(name: string, attributes: ReadonlyMap<string, string>): void {
    if (name === 'style' || name === 'link') this.styled = true;
    if (VOID.has(name)) return;
    if (OPTIONAL_END.has(name) && this.open.at(-1)?.name === name) this.open.pop();
    if (this.open.length >= MAX_OPEN) return;
    const style = this.styleOf(attributes.get('style') ?? '');
    const outer = this.open.at(-1);
    // A class may set properties that the style does not.
    const classed = this.styled && attributes.has('class');
    const colour = style.colour ?? colourOf(attributes.get('color') ?? '');
    const background = backgroundOf(style, attributes);
    this.open.push({
      name,
      hidden: outer?.hidden === true || style.hides || attributes.has('hidden'),
      tiny: style.tiny ?? (classed ? false : (outer?.tiny ?? false)),
      colour: colour || (classed ? '?' : (outer?.colour ?? '')),
      background: background || (classed ? '?' : (outer?.background ?? '')),
    });
  }

  end(name: string): void {
    const at = this.open.findLastIndex((element) => element.name === name);
    if (at !== -1) this.open.length = at;
  }

  private styleOf(text: string): Style {
    const known = this.styles.get(text);
    if (known !== undefined) return known;
    const style = readStyle(text);
    if (this.styles.size < MAX_REMEMBERED) this.styles.set(text, style);
    return style;
  }

  /** Text in the colour of its background. */
  private isCamouflaged({ colour, background }: Open): boolean {
    if (colour === '' || colour === '?' || background === '?') return false;
    if (background !== '') return colour === background;
    // The default background is white, unless a style sheet sets another one.
    return colour === 'ffffff' && !this.styled;
  }
}

/** The properties of a style attribute; colours as in `Open`, absent where it sets none. */
interface Style {
  hides: boolean;
  tiny?: boolean;
  colour?: string;
  background?: string;
}

function readStyle(text: string): Style {
  if (text === '') return { hides: false };
  const declarations = declarationsOf(text);
  const colour = declarations.get('color');
  const background = declarations.get('background-color') ?? declarations.get('background');
  const drawn = /url\(|gradient/.test(`${declarations.get('background')} ${declarations.get('background-image')}`);
  const size = declarations.get('font-size') ?? '';
  return {
    hides: hides(declarations),
    // In "em" or percent it is relative to the size of the outer element.
    ...(size === '' || /(?:em|%)$/.test(size) ? {} : { tiny: TINY.test(size) }),
    ...(colour === undefined ? {} : { colour: colourOf(colour) }),
    ...(drawn ? { background: '?' } : background === undefined ? {} : { background: colourOf(background) }),
  };
}

/** The last of repeated declarations applies. */
function declarationsOf(text: string): Map<string, string> {
  const style = new Map<string, string>();
  for (const declaration of text.slice(0, MAX_STYLE).split(';')) {
    const colon = declaration.indexOf(':');
    if (colon === -1) continue;
    const value = declaration.slice(colon + 1).replace(/!\s*important/i, '');
    style.set(declaration.slice(0, colon).trim().toLowerCase(), value.trim().toLowerCase());
  }
  return style;
}

/** 0 or 1 px or pt. */
const TINY = /^0*(?:\.0+)?[01]?(?:px|pt)?$/;
const ZERO = /^0*(?:\.0*)?(?:px|pt|em|rem|%)?$/;

function hides(style: ReadonlyMap<string, string>): boolean {
  const of = (name: string) => style.get(name) ?? '';
  if (of('display') === 'none' || of('visibility') === 'hidden') return true;
  if (style.has('opacity') && ZERO.test(of('opacity')) && of('opacity') !== '') return true;
  if (/^-\d{3,}/.test(of('text-indent')) || /^-\d{3,}/.test(of('left'))) return true;
  const cut = [of('max-height'), of('height'), of('max-width'), of('width')].some(
    (size) => size !== '' && ZERO.test(size),
  );
  return cut && of('overflow') === 'hidden';
}

function backgroundOf(style: Style, attributes: ReadonlyMap<string, string>): string {
  if (attributes.has('background')) return '?';
  return style.background ?? colourOf(attributes.get('bgcolor') ?? '');
}

const NAMED: ReadonlyMap<string, string> = new Map([
  ['white', 'ffffff'],
  ['black', '000000'],
  ['red', 'ff0000'],
  ['yellow', 'ffff00'],
  ['blue', '0000ff'],
  ['green', '008000'],
  ['gray', '808080'],
  ['grey', '808080'],
  ['silver', 'c0c0c0'],
]);
/** Values that leave the colour of the outer element. */
const NONE = new Set(['', 'transparent', 'inherit', 'none', 'initial', 'unset', 'currentcolor']);

/** `rrggbb`; '' where it is not set, `?` where it is unknown. */
function colourOf(written: string): string {
  const text = written.trim().toLowerCase();
  if (NONE.has(text)) return '';
  const [, hex] = /^#?([0-9a-f]{6}|[0-9a-f]{3})$/.exec(text) ?? [];
  if (hex !== undefined) return hex.length === 6 ? hex : hex.replace(/./g, '$&$&');
  const [, ...parts] =
    /^rgba?\(\s*(\d{1,3})[\s,]+(\d{1,3})[\s,]+(\d{1,3})\s*(?:[,/]\s*1(?:\.0+)?\s*)?\)$/.exec(text) ?? [];
  if (parts.length === 3 && parts.every((part) => Number(part) < 256)) {
    return parts.map((part) => Number(part).toString(16).padStart(2, '0')).join('');
  }
  return NAMED.get(text) ?? '?';
}
