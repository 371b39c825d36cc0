// `npm run build`: the shim as one file, dist/mailshim.cjs, that any Node from 22 on runs without node_modules.
import { chmodSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeManual } from './man.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string };
const outfile = `${root}dist/mailshim.cjs`;

await build({
  absWorkingDir: root,
  entryPoints: ['shim/main.ts'],
  outfile,
  bundle: true,
  platform: 'node',
  target: 'node22',
  // CommonJS starts 15 ms sooner than an ES module; what is imported late is still run late.
  format: 'cjs',
  banner: { js: '#!/usr/bin/env node' },
  define: { MAILSHIM_VERSION: JSON.stringify(version) },
  logLevel: 'warning',
});
chmodSync(outfile, 0o755);
writeManual();
