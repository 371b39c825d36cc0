// The aliases file: addresses for recipients without "@", as in msmtp ("root: admin@shop.example", "default: …").

import { EX, ExitError } from '../exit.ts';
import { MAX_READ, readFileOnce } from '../read-file.ts';
import { parseAddressList } from './addresses.ts';

/** An alias may name aliases; deeper than this it is a loop. */
const MAX_DEPTH = 10;
/** Bytes; a machine with ten thousand lists has a few hundred KB. */
const MAX_ALIASES = 16 * MAX_READ;

/** @throws ExitError 78 where the file cannot be read or a line is wrong */
export function readAliases(file: string): Map<string, string[]> {
  const read = readFileOnce(file, { maximum: MAX_ALIASES });
  if ('why' in read) throw new ExitError(EX.CONFIG, `aliases file ${file} cannot be read (${read.code ?? read.why})`);
  const { text } = read;
  const aliases = new Map<string, string[]>();
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.replace(/#.*/, '').trim();
    if (line === '') continue;
    const colon = line.indexOf(':');
    const list = parseAddressList(line.slice(colon + 1));
    if (colon < 1 || list.problem !== undefined || list.addresses.length === 0) {
      throw new ExitError(EX.CONFIG, `${file}:${index + 1}: write "name: address, address"`);
    }
    aliases.set(line.slice(0, colon).trim().toLowerCase(), list.addresses);
  }
  return aliases;
}

/** Recipients without "@" become what their alias, or `default`, stands for; others stay. */
export function expandAliases(recipients: readonly string[], aliases: ReadonlyMap<string, string[]>): string[] {
  const expand = (recipient: string, depth: number): string[] => {
    if (recipient.includes('@')) return [recipient];
    const targets = aliases.get(recipient.toLowerCase()) ?? aliases.get('default');
    if (targets === undefined || (targets.length === 1 && targets[0] === recipient)) return [recipient];
    if (depth === MAX_DEPTH) throw new ExitError(EX.CONFIG, `alias ${JSON.stringify(recipient)} leads back to itself`);
    return targets.flatMap((target) => expand(target, depth + 1));
  };
  return recipients.flatMap((recipient) => expand(recipient, 0));
}
