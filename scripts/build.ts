// `npm run build`: the shim as one file, dist/mailshim.cjs, that any Node from 22 on runs without node_modules.
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeManual } from './man.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Writes the program and its libraries into one file; what is imported late is run when it is asked for. */
export async function bundleShim(outfile: string): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  await build({
    absWorkingDir: root,
    entryPoints: ['shim/main.ts'],
    outfile,
    bundle: true,
    // A single executable takes nothing else.
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    // Not minified either, which would save 2 ms of 120: an administrator can read the file.
    charset: 'utf8',
    banner: { js: '#!/usr/bin/env node' },
    define: { MAILSHIM_VERSION: JSON.stringify(version) },
    logLevel: 'warning',
  });
  chmodSync(outfile, 0o755);
}

if (import.meta.main) {
  mkdirSync(join(root, 'dist'), { recursive: true });
  await bundleShim(join(root, 'dist/mailshim.cjs'));
  writeManual();
}
