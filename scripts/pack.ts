// The shim packed into one file of which a mail pays only for the part it needs.
import { createHash } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { deflateRawSync } from 'node:zlib';
import { build, type Plugin, transform } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const ENTRY = './main.js';
const SENT_AT_ONCE = [
  'shim/delivery/direct.ts',
  'shim/delivery/prepare.ts',
  'shim/submit/open.ts',
  'shim/submit/session.ts',
];

/**
 * The program as text. Node reads and compiles every octet of a program before it runs, and most of ours is not needed to
 * put a mail into the spool. All but a loader stays behind in comments. What every mail needs is one function with short
 * names: half the octets, and nothing compiled twice. The loader takes it compiled where `mailshim compile` has left it so.
 * What is imported late is compiled once it is asked for, and deflated where no mail is waiting for it.
 */
export async function packShim(version: string): Promise<string> {
  const { chunks, exported, eager, plain } = await bundle(version);
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
    late.push(`\n${name} ${plain.has(name) ? inComment(JSON.stringify(code)) : deflated(code)}`);
  }
  const first = inComment(`(function(exports,module,require){${await flatten(chunks, eager, exported)}\n})`);
  const hash = createHash('sha256').update(first).digest('hex').slice(0, 16);
  const rest = `${hash}${first}\n*/\n/*@late${late.join('')}\n*/\n`;
  // The loader counts octets.
  if (/[^\x00-\x7f]/.test(rest)) throw new Error('the program has letters beyond ASCII');
  const loader = LOADER.replace('FIRST_LENGTH', String(hash.length + first.length))
    .replace('FIRST_FROM_END', String(rest.length))
    .replace('HASH', hash);
  return `#!/usr/bin/env node\n'use strict';${loader}/*@first\n${rest}`;
}

/** So that it ends no comment; `fromComment` of the loader takes the letter between the two out again. */
function inComment(code: string): string {
  if (code.includes('\x01')) throw new Error('the program has the letter that keeps a comment open');
  return code.replaceAll('*/', '*\x01/');
}

function deflated(code: string): string {
  return deflateRawSync(code, { level: 9 }).toString('base64');
}

interface Chunks {
  /** ES modules by name. */
  chunks: Map<string, string>;
  /** What each of them exports. */
  exported: Map<string, readonly string[]>;
  /** Names of those that every mail needs. */
  eager: Set<string>;
  /** Names of those that a mail needs which is sent at once: loading node:zlib takes as long as sending does. */
  plain: Set<string>;
}

async function bundle(version: string): Promise<Chunks> {
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
  for (const { path, text } of outputFiles) chunks.set(`./${path.slice(path.lastIndexOf('/') + 1)}`, required(text));
  const exported = new Map(
    Object.entries(metafile.outputs).map(([path, { exports }]) => [`./${path.slice('dist/'.length)}`, exports]),
  );
  const closure = (from: readonly string[]) => {
    const found = new Set<string>();
    const visit = (path: string) => {
      const name = `./${path.slice('dist/'.length)}`;
      if (found.has(name)) return;
      found.add(name);
      for (const imported of metafile.outputs[path]!.imports)
        if (imported.kind === 'import-statement' && imported.path.startsWith('dist/')) visit(imported.path);
    };
    for (const [path, { entryPoint }] of Object.entries(metafile.outputs))
      if (entryPoint !== undefined && from.includes(entryPoint)) visit(path);
    return found;
  };
  return { chunks, exported, eager: closure(['shim/main.ts']), plain: closure(SENT_AT_ONCE) };
}

/**
 * Node's own modules by require: an import of them is made into a copy of each, with all that they hold, which takes
 * milliseconds.
 */
function required(code: string): string {
  const first: string[] = [];
  const rest = code.replace(/^import ([^;"]*?) from "(node:[a-z/_]+)";$/gm, (_, names: string, module: string) => {
    const [, own, listed] = /^(?:\* as )?([\w$]+)?(?:, )?(\{[^}]*\})?$/.exec(names) ?? [];
    if (own === undefined && listed === undefined) throw new Error(`an import that is not understood: ${names}`);
    if (own !== undefined) first.push(`const ${own} = require("${module}");`);
    if (listed !== undefined) first.push(`const ${listed.replaceAll(' as ', ': ')} = require("${module}");`);
    return '';
  });
  return `${first.join('\n')}\n${rest}`;
}

/** nodemailer loads them for messages that it would fetch from the web, which takes 6 ms; ours never are. */
const withoutHttp: Plugin = {
  name: 'without-http',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^node:(https?|zlib)$/ }, ({ path, importer }) =>
      importer.includes('/nodemailer/') ? { path, namespace: 'when-used' } : undefined,
    );
    onLoad({ filter: /./, namespace: 'when-used' }, ({ path }) => ({
      contents: `export default new Proxy({}, { get: (_, key) => process.getBuiltinModule('${path}')[key] });`,
    }));
  },
};

/**
 * The eager chunks as one, which makes for those that come late what each of them exports: a getter for each export is
 * not made before somebody asks.
 */
async function flatten(
  chunks: ReadonlyMap<string, string>,
  eager: ReadonlySet<string>,
  exported: ReadonlyMap<string, readonly string[]>,
): Promise<string> {
  const entry = [`import '${ENTRY}';`];
  const cases: string[] = [];
  for (const [index, name] of [...eager].filter((each) => each !== ENTRY).entries()) {
    const own = exported.get(name)!.map((word) => ({ word, local: `chunk${index}_${word}` }));
    entry.push(`import { ${own.map(({ word, local }) => `${word} as ${local}`).join(', ')} } from '${name}';`);
    const getters = own.map(({ word, local }) => `get ${word}() { return ${local}; }`);
    cases.push(`case '${name}': return { ${getters.join(', ')} };`);
  }
  entry.push(`export function chunk(name) { switch (name) { ${cases.join(' ')} } }`);
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

/**
 * The program's file stays open: whoever replaces it while we run leaves us the old one, to the end. Where that happened
 * between Node's reading and ours, the new one is taken instead. Compiled code is believed where it lies beside the program
 * and only whoever owns that can have written it. V8 looks itself whether it is of this version, these settings and this
 * length of source; the hash tells it from other sources. Whether it is whole V8 does not look, and would crash or hang: it
 * is there twice, since nothing is faster than to compare.
 */
const LOADER = `
const native = require, fs = native('node:fs'), vm = native('node:vm'), loaded = new Map(), first = { exports: {} };
const build = 'HASH';
const program = fs.openSync(__filename, 'r');
let late;
const octets = (descriptor, length, position) => {
  const buffer = Buffer.allocUnsafeSlow(length);
  for (let at = 0; at < length; ) {
    const count = fs.readSync(descriptor, buffer, at, length - at, position + at);
    if (count === 0) throw new Error('ends too soon');
    at += count;
  }
  return buffer;
};
const compiled = (owner) => {
  const file = \`\${__filename}.\${build}-\${process.version}-\${process.arch}\`;
  if (!fs.existsSync(file)) return undefined;
  let descriptor;
  try {
    descriptor = fs.openSync(file, 'r');
    const { uid, mode, size } = fs.fstatSync(descriptor);
    if (uid !== owner || (mode & 0o170022) !== 0o100000) return undefined;
    const twice = octets(descriptor, size, 0);
    const once = twice.subarray(0, size / 2);
    return once.equals(twice.subarray(size / 2)) ? once : undefined;
  } catch {
    return undefined;
  } finally {
    if (descriptor !== undefined) fs.closeSync(descriptor);
  }
};
const fromComment = (text) => text.replaceAll('*\\x01/', '*/');
const firstOf = (size) => {
  try {
    const text = octets(program, FIRST_LENGTH, size - FIRST_FROM_END).toString('latin1');
    return text.startsWith(build) ? fromComment(text.slice(build.length)) : undefined;
  } catch {
    return undefined;
  }
};
const start = () => {
  const { size, uid } = fs.fstatSync(program);
  const source = firstOf(size);
  if (source !== undefined) {
    const options = { filename: __filename + '/first.js', cachedData: compiled(uid) };
    new vm.Script(source, options).runInThisContext()(first.exports, first, load);
  } else if (native.main === module) {
    fs.closeSync(program);
    delete native.cache[__filename];
    native(__filename);
  } else throw new Error(\`\${__filename} is not whole: install it anew\`);
};
const find = (name) => {
  if (late === undefined) {
    const text = fs.readFileSync(program, 'latin1');
    late = new Map();
    for (const line of text.slice(text.lastIndexOf('\\n/*@late')).split('\\n').slice(2, -2)) {
      const end = line.indexOf(' ');
      late.set(line.slice(0, end), line.slice(end + 1));
    }
  }
  const kept = late.get(name);
  const code = kept.startsWith('"') ? JSON.parse(fromComment(kept)) : native('node:zlib').inflateRawSync(Buffer.from(kept, 'base64')).toString();
  return vm.compileFunction(code, ['exports', 'module', 'require'], { filename: __filename + name.slice(1) });
};
const load = (name) => {
  if (!name.startsWith('./')) return native(name);
  let module = loaded.get(name);
  if (module === undefined) {
    const eager = first.exports.chunk(name);
    loaded.set(name, (module = { exports: eager ?? {} }));
    if (eager === undefined) find(name)(module.exports, module, load);
  }
  return module.exports;
};
start();
`;
