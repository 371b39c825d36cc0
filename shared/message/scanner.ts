// Reads structured header values: comments, quoted strings, atoms (RFC 5322 section 3.2, obsolete forms of section 4.1).

/** Depth of nested comments; deeper ones are read as plain text, so that reading takes linear time. */
const MAX_COMMENT_DEPTH = 16;

export class Scanner {
  readonly text: string;
  at = 0;
  /** Texts of the comments skipped since the last `takeComments`. */
  comments: string[] = [];
  // A quoted string did not end: later ones are not tried, since each would search to the end again.
  private unended = false;

  constructor(text: string) {
    this.text = text;
  }

  get done(): boolean {
    return this.at >= this.text.length;
  }

  /** The next character, '' at the end. */
  peek(): string {
    return this.text.charAt(this.at);
  }

  /** Skips the character if it is the next one; whether it was. */
  take(character: string): boolean {
    if (this.peek() !== character || character === '') return false;
    this.at++;
    return true;
  }

  /** Skips blanks, folds and comments; whether there were any. */
  skipCfws(): boolean {
    const start = this.at;
    for (;;) {
      while (!this.done && ' \t\r\n'.includes(this.peek())) this.at++;
      if (this.peek() !== '(') return this.at > start;
      this.comments.push(this.comment());
    }
  }

  takeComments(): string[] {
    const taken = this.comments;
    this.comments = [];
    return taken;
  }

  /** From "(" to its ")", or to the end where it is missing; the text between, quoted pairs resolved. */
  private comment(): string {
    let text = '';
    let depth = 1;
    this.at++;
    for (; !this.done; this.at++) {
      let character = this.peek();
      if (character === '\\' && this.at + 1 < this.text.length) {
        this.at++;
        character = this.peek();
      } else if (character === '(' && depth < MAX_COMMENT_DEPTH) {
        depth++;
      } else if (character === ')' && --depth === 0) {
        this.at++;
        break;
      }
      text += character;
    }
    return text.replace(/[ \t\r\n]+/g, ' ').trim();
  }

  /** The content of a quoted string, its quotes and backslashes resolved; undefined where there is none or it does not end. */
  quotedString(): string | undefined {
    if (this.peek() !== '"' || this.unended) return undefined;
    let text = '';
    for (let i = this.at + 1; i < this.text.length; i++) {
      const character = this.text.charAt(i);
      if (character === '"') {
        this.at = i + 1;
        return text;
      }
      if (character === '\\' && i + 1 < this.text.length) text += this.text[++i];
      else if (character !== '\r' && character !== '\n') text += character;
    }
    this.unended = true;
    return undefined;
  }

  /** The match of the sticky pattern here, '' where there is none. */
  match(pattern: RegExp): string {
    pattern.lastIndex = this.at;
    const matched = pattern.exec(this.text)?.[0] ?? '';
    this.at += matched.length;
    return matched;
  }

  /** Everything up to one of these characters. */
  until(stops: string): string {
    const start = this.at;
    while (!this.done && !stops.includes(this.peek())) this.at++;
    return this.text.slice(start, this.at);
  }
}
