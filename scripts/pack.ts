// The shim packed into one file of which a mail pays only for the part it needs.
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));

/** Stands for the end of a comment within one; no source has it. */
const COMMENT_END = '*@/';

/**
 * The program as text. Node compiles every octet of a program before it runs, and most of ours is not needed to put a
 * mail into the spool. What is imported late stays behind in a comment, which costs a tenth of the time; the loader
 * compiles it once it is asked for.
 */
export async function packShim(version: string): Promise<string> {
  const { chunks, eager } = await bundle(version);
  const table: string[] = [];
  let rest = '';
  for (const [name, code] of chunks) {
    if (eager.has(name)) table.push(`${JSON.stringify(name)}:(exports,module,require)=>{${code}\n}`);
    else rest += `\n@chunk ${name}\n${code}`;
  }
  if (rest.includes(COMMENT_END))
    throw new Error(`the source has ${COMMENT_END}, which stands for the end of a comment`);
  return `#!/usr/bin/env node\n'use strict';${loader(table)}\n/*@late${rest.replaceAll('*/', COMMENT_END)}*/\n`;
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
    logLevel: 'warning',
  });
  const chunks = new Map<string, string>();
  for (const { path, text } of outputFiles) {
    const { code } = await transform(text, {
      // CommonJS starts 15 ms sooner than ES modules.
      format: 'cjs',
      platform: 'node',
      target: 'node22',
      minifyWhitespace: true,
      minifySyntax: true,
      // The loader is found by require alone.
      supported: { 'dynamic-import': false },
    });
    chunks.set(`./${path.slice(path.lastIndexOf('/') + 1)}`, code);
  }
  const eager = new Set<string>();
  const visit = (name: string) => {
    if (eager.has(name)) return;
    eager.add(name);
    for (const { path, kind } of metafile.outputs[`dist/${name.slice(2)}`]!.imports) {
      if (kind === 'import-statement' && path.startsWith('dist/')) visit(`./${path.slice('dist/'.length)}`);
    }
  };
  visit('./main.js');
  return { chunks, eager };
}

function loader(table: readonly string[]): string {
  return `
const native = require, loaded = new Map(), eager = {${table.join(',\n')}};
let late;
const find = (name) => {
  if (late === undefined) {
    late = new Map();
    const text = native('node:fs').readFileSync(__filename, 'utf8');
    for (const part of text.slice(text.lastIndexOf('\\n/*@late') + 8, text.lastIndexOf('*/')).split('\\n@chunk ').slice(1)) {
      const end = part.indexOf('\\n');
      late.set(part.slice(0, end), part.slice(end + 1).replaceAll(${JSON.stringify(COMMENT_END)}, '*' + '/'));
    }
  }
  const options = { filename: __filename + name.slice(1) };
  return native('node:vm').compileFunction(late.get(name), ['exports', 'module', 'require'], options);
};
const load = (name) => {
  if (!name.startsWith('./')) return native(name);
  let module = loaded.get(name);
  if (module === undefined) {
    loaded.set(name, (module = { exports: {} }));
    (eager[name] ?? find(name))(module.exports, module, load);
  }
  return module.exports;
};
load('./main.js');
`;
}
