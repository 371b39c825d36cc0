// The shim packed into one file of which a mail pays only for the part it needs.
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { build, type Plugin, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = './main.js';

/**
 * The program as text. Node reads and compiles every octet of a program before it runs, and most of ours is not needed to
 * put a mail into the spool. What is imported late stays behind, deflated, in a comment; the loader compiles it once it
 * is asked for. What every mail needs is one function with short names: half the octets, and nothing compiled twice.
 */
export async function packShim(version: string): Promise<string> {
  const { chunks, eager } = await bundle(version);
  const late: string[] = [];
  for (const [name, source] of chunks) {
    if (eager.has(name)) continue;
    const { code } = await transform(source, {
      // CommonJS starts 15 ms sooner than ES modules.
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      minifyWhitespace: true,
      minifySyntax: true,
      // The loader is found by require alone.
      supported: { 'dynamic-import': false },
    });
    late.push(`\n${name} ${deflateRawSync(code, { level: 9 }).toString('base64')}`);
  }
  const first = await flatten(chunks, eager);
  return `#!/usr/bin/env node\n'use strict';${LOADER}(function(exports,module,require){${first}\n})(first.exports,first,load);\n/*@late${late.join('')}\n*/\n`;
}

async function bundle(version: string): Promise<{ chunks: Map<string, string>; eager: Set<string> }> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: root,
    entryPoints: ['shim/main.ts'],
    outdir: 'dist',
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node22',
    define: { MAILSHIM_VERSION: JSON.stringify(version) },
    plugins: [withoutHttp],
    logLevel: 'warning',
  });
  const chunks = new Map<string, string>();
  for (const { path, text } of outputFiles) chunks.set(`./${path.slice(path.lastIndexOf('/') + 1)}`, text);
  const eager = new Set<string>();
  const visit = (name: string) => {
    if (eager.has(name)) return;
    eager.add(name);
    for (const { path, kind } of metafile.outputs[`dist/${name.slice(2)}`]!.imports) {
      if (kind === 'import-statement' && path.startsWith('dist/')) visit(`./${path.slice('dist/'.length)}`);
    }
  };
  visit(ENTRY);
  return { chunks, eager };
}

/** nodemailer loads them for messages that it would fetch from the web, which takes 6 ms; ours never are. */
const withoutHttp: Plugin = {
  name: 'without-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:https?$/ }, ({ path, importer }) =>
      importer.includes('/nodemailer/') ? { path, namespace: 'when-used' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'when-used' }, ({ path }) => ({
      contents: `export default new Proxy({}, { get: (_, key) => process.getBuiltinModule('${path}')[key] });`,
    }));
  },
};

/** The eager chunks as one, which exports each of them under its name, for those that come late. */
async function flatten(chunks: ReadonlyMap<string, string>, eager: ReadonlySet<string>): Promise<string> {
  const shared = [...eager].filter((name) => name !== ENTRY);
  const entry = [
    `import '${ENTRY}';`,
    ...shared.map((name, index) => `import * as chunk${index} from '${name}';`),
    `export const chunks = {${shared.map((name, index) => `'${name}': chunk${index}`).join(', ')}};`,
  ];
  const split: Plugin = {
    name: 'split',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^\.\// }, ({ path }) =>
        eager.has(path) ? { path, namespace: 'split' } : { path, external: true },
      );
      onLoad({ filter: /./, namespace: 'split' }, ({ path }) => ({ contents: chunks.get(path)!, loader: 'js' }));
    },
  };
  const { outputFiles } = await build({
    absWorkingDir: root,
    stdin: { contents: entry.join('\n') },
    write: false,
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node22',
    minify: true,
    supported: { 'dynamic-import': false },
    plugins: [split],
    logLevel: 'warning',
  });
  return outputFiles[0]!.text;
}

const LOADER = `
const native = require, loaded = new Map(), first = { exports: {} };
let late;
const find = (name) => {
  if (late === undefined) {
    const text = native('node:fs').readFileSync(__filename, 'latin1');
    late = new Map(text.slice(text.lastIndexOf('\\n/*@late')).split('\\n').slice(2, -2).map((line) => line.split(' ')));
  }
  const code = native('node:zlib').inflateRawSync(Buffer.from(late.get(name), 'base64')).toString();
  const options = { filename: __filename + name.slice(1) };
  return native('node:vm').compileFunction(code, ['exports', 'module', 'require'], options);
};
const load = (name) => {
  if (!name.startsWith('./')) return native(name);
  const eager = first.exports.chunks[name];
  if (eager !== undefined) return eager;
  let module = loaded.get(name);
  if (module === undefined) {
    loaded.set(name, (module = { exports: {} }));
    find(name)(module.exports, module, load);
  }
  return module.exports;
};
`;
