// `npm run build`: the shim as one file, dist/mailshim.cjs, that any Node from 22 on runs without node_modules.
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { writeManual } from './man.ts';
import { packShim } from './pack.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

function version(): string {
  return (JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { version: string }).version;
}

/** Writes the shim as one CommonJS file that begins with `banner`. */
export async function bundleShim(outfile: string, banner: string): Promise<void> {
  await build({
    absWorkingDir: root,
    entryPoints: ['shim/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    target: 'node22',
    // CommonJS starts 15 ms sooner than an ES module; what is imported late is still run late.
    format: 'cjs',
    banner: { js: banner },
    define: { MAILSHIM_VERSION: JSON.stringify(version()) },
    logLevel: 'warning',
  });
}

if (import.meta.main) {
  const outfile = `${root}dist/mailshim.cjs`;
  writeFileSync(outfile, await packShim(version()));
  chmodSync(outfile, 0o755);
  writeManual();
}
