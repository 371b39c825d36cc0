// Repairs key records that were pasted with a common mistake: each step has the id of the mistake (RFC 6376 section 3.6.1).
import { toAscii } from '../text/domain.ts';
import { foldBlanks } from './signature.ts';
import type { KeyProblemId } from './types.ts';

/** Records of one name that are tried as parts of one key; 4096 bits fill three strings. */
const MAX_PARTS = 4;
/** Bytes of a text that is repaired; a key of 16384 bits has fewer. */
const MAX_TEXT = 4096;
/** Characters of a text that may be a host name and text pasted around it. */
const MAX_ALIAS = 600;

export interface Repair {
  text: string;
  /** The first mistake, which explains the most. */
  cause: KeyProblemId;
}

const STEPS: readonly [cause: KeyProblemId, undo: (text: string) => string][] = [
  ['private-key', (text) => (/PRIVATE KEY/i.test(text) ? '' : text)],
  // mail._domainkey IN TXT ( "v=DKIM1; " "p=…" ) ; ----- DKIM key mail for shop.example
  [
    'zone-file-line',
    (text) =>
      text
        .replace(/^[^=;]*?[a-z][^=;]*?[\s("':](?=v\s*=\s*DKIM1)/i, '')
        .replace(/^[^=;]*?\bTXT\b[\s("']*(?=[a-z]\s*=)/i, '')
        .replace(/["']?\s*\)\s*(?:;[^=]*)?$/, ''),
  ],
  [
    'quotes-left',
    (text) =>
      text
        .replace(/\\[rnt]/g, ' ')
        .replace(/["']\s*["']/g, '')
        .replace(/[\\"'()]/g, ''),
  ],
  ['stray-characters', (text) => text.replace(/[^\x20-\x7e]/g, '')],
  ['pem-pasted', (text) => text.replace(/-{3,}\s*(?:BEGIN|END)[A-Z0-9 ]*-{3,}/gi, '')],
  ['bare-key', (text) => (/^[A-Za-z0-9+/\s]{100,}={0,2}\s*$/.test(text) ? `v=DKIM1; p=${text}` : text)],
  ['missing-semicolon', (text) => text.replace(/([^;=\s,|])(?:\s?[,|]\s?|\s)(?=[vkptshng]\s?=(?!=))/gi, '$1; ')],
  ['capital-tags', (text) => text.replace(/(^|;)(\s*[A-Z]+)(?=\s*=)/g, (found) => found.toLowerCase())],
];

/** The text as it was meant; undefined where it has none of the mistakes, or must not be repaired. */
export function repairText(text: string): Repair | undefined {
  if (text.length > MAX_TEXT) return undefined;
  let repaired = foldBlanks(text);
  let cause: KeyProblemId | undefined;
  for (const [name, undo] of STEPS) {
    const next = undo(repaired);
    if (next === repaired) continue;
    cause ??= name;
    repaired = next;
  }
  return cause === undefined ? undefined : { text: repaired, cause };
}

/** The texts joined in every order in which one key can have been split over them: the one with the tags first. */
export function* joinedParts(texts: readonly string[]): Generator<string> {
  if (texts.length < 2 || texts.length > MAX_PARTS || texts.some(({ length }) => length > MAX_TEXT)) return;
  for (const [index, first] of texts.entries()) {
    if (!/(?:^|[;\s"])p\s*=/i.test(first)) continue;
    const others = texts.filter((_, other) => other !== index).flatMap((text) => fragmentOf(text) ?? []);
    if (others.length < texts.length - 1) continue;
    for (const order of permutations(others)) {
      yield `${first.replace(/["'\s;]+$/, '')}${order.join('')}`;
    }
  }
}

/** Base64 that continues another record, with or without repeated tags. */
function fragmentOf(text: string): string | undefined {
  const bare = text.replace(/^.*?\bp\s*=/i, '').replace(/["'\s;\\]+/g, '');
  return /^[A-Za-z0-9+/]+={0,2}$/.test(bare) ? bare : undefined;
}

function* permutations(texts: readonly string[]): Generator<string[]> {
  if (texts.length === 0) yield [];
  for (const [index, text] of texts.entries()) {
    const others = texts.filter((_, other) => other !== index);
    for (const rest of permutations(others)) yield [text, ...rest];
  }
}

/** The host name in a TXT record that was meant as a CNAME record; undefined for all other text. */
export function aliasTarget(text: string): string | undefined {
  if (text.length > MAX_ALIAS) return undefined;
  const bare = text
    .replace(/["'\s]+/g, ' ')
    .trim()
    .replace(/^(?:(?:\S+\s+)?(?:IN\s+)?CNAME\s+)/i, '');
  if (!/^[a-z0-9_-]+(?:\.[a-z0-9_-]+)+\.?$/i.test(bare)) return undefined;
  const name = toAscii(bare);
  if (!name.ok) return undefined;
  const labels = name.name.split('.');
  if (!/^(?:[a-z]{2,}|xn--[a-z0-9-]+)$/.test(labels.at(-1) ?? '')) return undefined;
  const plain = labels.length > 2 || bare.endsWith('.') || bare !== text;
  return plain ? name.name : undefined;
}

/** The intended CNAME target, where the name server appended the zone to one without its final dot. */
export function withoutZone(target: string, zone: string): string | undefined {
  if (!target.endsWith(`.${zone}`)) return undefined;
  return aliasTarget(`${target.slice(0, -zone.length - 1)}.`);
}
