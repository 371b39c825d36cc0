// `npm run build`: the shim as one file, dist/mailshim.cjs, that any Node from 22 on runs without node_modules.
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Plugin } from 'esbuild';
import { writeManual } from './man.ts';

const root = fileURLToPath(new URL('..', import.meta.url));

/**
 * What Node 12 (Debian 11) cannot parse: an old Node has to read the whole file before it can run the guard in its first lines.
 * Costs a start 2 %.
 */
const NEW_SYNTAX = [
  ...['optional-chain', 'nullish-coalescing', 'logical-assignment', 'regexp-set-notation', 'regexp-match-indices'],
  ...['class-private-static-field', 'class-static-blocks', 'class-static-field'],
];

/**
 * Private methods as public ones with an underscore: Node 12 cannot parse `#method()`, and what esbuild makes of it looks each
 * call up in a WeakSet, which takes three times as long over a large mail.
 */
const publicMethods: Plugin = {
  name: 'public-methods',
  setup({ onLoad }) {
    onLoad({ filter: /\/(?:shim|shared)\/.*\.ts$/ }, ({ path }) => {
      const source = readFileSync(path, 'utf8');
      const methods = new Set(
        [...source.matchAll(/^ +(?:async |get |set |\*)*#(\w+)(?:<[^(]*>)?\(/gm)].map(([, name]) => name),
      );
      return {
        loader: 'ts',
        contents: source.replace(/#(\w+)/g, (text, name) => (methods.has(name) ? `_${name}` : text)),
      };
    });
  },
};

/** The first line that runs, before any module is loaded. */
function guard(oldest: string): string {
  const [major, minor] = oldest.split('.') as [string, string];
  const text = `"mailshim: needs Node.js ${oldest} or newer, and this is " + process.versions.node + "; the executable needs none\\n"`;
  return `if (function (own) { return own[0] < ${major} || own[0] == ${major} && own[1] < ${minor}; }(process.versions.node.split("."))) { process.stderr.write(${text}); process.exit(69); }`;
}

/** Writes the program and its libraries into one file; what is imported late is run when it is asked for. */
export async function bundleShim(outfile: string): Promise<void> {
  const { version, engines } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    version: string;
    engines: { node: string };
  };
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
    plugins: [publicMethods],
    supported: Object.fromEntries(NEW_SYNTAX.map((name) => [name, false])),
    banner: { js: `#!/usr/bin/env node\n'use strict';\n${guard(engines.node.replace('>=', ''))}` },
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
