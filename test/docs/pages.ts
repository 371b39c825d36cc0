// The docs as a reader meets them: their blocks with the marks in front, their headings, their links.
import { globSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { anchorOf } from '../../scripts/docs/blocks.ts';

export const root = fileURLToPath(new URL('../../', import.meta.url));
export const PAGES: readonly string[] = globSync(['*.md', 'docs/*.md'], { cwd: root }).sort();

export interface Block {
  page: string;
  /** Of the fence, from 1. */
  line: number;
  /** The word behind the fence: `sh`, `php`, or empty. */
  language: string;
  text: string;
  /** What the comment in front says: `run: shop`, `prints`, `check: php`; empty without one. */
  mark: string;
}

export function textOf(page: string): string {
  return readFileSync(`${root}${page}`, 'utf8');
}

/** Fenced blocks, and comments that stand alone between them as blocks without a text. */
export function blocksIn(page: string): Block[] {
  const found: Block[] = [];
  const lines = textOf(page).split('\n');
  let mark = '';
  for (let at = 0; at < lines.length; at++) {
    const comment = /^\s*<!-- ([a-z]+(?:: .*?)?) -->$/.exec(lines[at]!);
    if (comment !== null) {
      mark = comment[1]!;
      if (/^sitting: /.test(mark)) {
        found.push({ page, line: at + 1, language: '', text: '', mark });
        mark = '';
      }
      continue;
    }
    const fence = /^(\s*)```(\w*)$/.exec(lines[at]!);
    if (fence === null) {
      if (lines[at]!.trim() !== '') mark = '';
      continue;
    }
    const [, indent, language] = fence;
    const end = lines.findIndex((line, index) => index > at && line === `${indent}\`\`\``);
    if (end === -1) throw new Error(`${page}:${at + 1}: the block does not end`);
    const text = lines
      .slice(at + 1, end)
      .map((line) => `${line.startsWith(indent!) ? line.slice(indent!.length) : line}\n`)
      .join('');
    found.push({ page, line: at + 1, language: language!, text, mark });
    mark = '';
    at = end;
  }
  return found;
}

/** Anchors of the headings, as GitHub makes them: the second of a name gets "-1". */
export function anchorsOf(page: string): Set<string> {
  const anchors = new Set<string>();
  const counts = new Map<string, number>();
  for (const [, heading] of outsideOfBlocks(page).matchAll(/^#{1,6} (.*)$/gm)) {
    const text = heading!.replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1').replaceAll('`', '');
    const anchor = anchorOf(text);
    const count = counts.get(anchor) ?? 0;
    counts.set(anchor, count + 1);
    anchors.add(count === 0 ? anchor : `${anchor}-${count}`);
  }
  return anchors;
}

/** Targets of links and pictures that are no addresses of the web. */
export function linksOf(page: string): string[] {
  const text = outsideOfBlocks(page).replace(/`[^`\n]*`/g, '');
  const targets = [...text.matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)].map(([, link, html]) => link ?? html!);
  return targets.filter((target) => !/^[a-z]+:/.test(target));
}

function outsideOfBlocks(page: string): string {
  return textOf(page).replace(/^\s*```[\s\S]*?^\s*```$/gm, '');
}

/** Whether a program said what the docs show: "…" is any text, a line of its own any lines. */
export function says(shown: string, actual: string): boolean {
  const lines = shown.trimEnd().split('\n');
  const pattern = lines
    .map((line) => {
      if (line.trim() === '…') return '(?:.*\\n)*?';
      const escaped = line.trimEnd().replace(/[\\^$.*+?()[\]{}|]/g, '\\$&');
      return `${escaped.replaceAll('…', '.*')}[ \\t]*\\n`;
    })
    .join('');
  const last = lines.at(-1)!.trim() === '…' ? '' : '$';
  const said = actual.replaceAll('\r\n', '\n');
  return new RegExp(`^${pattern}${last}`).test(said.endsWith('\n') ? said : `${said}\n`);
}
