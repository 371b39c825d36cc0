// `node scripts/docs.ts`: writes the parts of the docs that are made from the code.
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { GENERATED, withBlocks } from './docs/blocks.ts';

for (const file of GENERATED) {
  const path = fileURLToPath(new URL(`../${file}`, import.meta.url));
  writeFileSync(path, withBlocks(file, readFileSync(path, 'utf8')));
}
