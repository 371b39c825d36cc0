// `npm run build`: the shim as one file, dist/mailshim.cjs, that any Node from 22 on runs without node_modules.
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeManual } from './man.ts';
import { packShim } from './pack.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
const outfile = `${root}dist/mailshim.cjs`;
mkdirSync(dirname(outfile), { recursive: true });
writeFileSync(outfile, await packShim(version));
chmodSync(outfile, 0o755);
writeManual();
