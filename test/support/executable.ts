// Whether the single executable is there to be tested; it is built where it is demanded.
import { existsSync, globSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildExecutable, executableFile } from '../../scripts/executable.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** For `{skip: missing}`: false, or why it is not there. */
export const missing = await whyMissing();

async function whyMissing(): Promise<string | false> {
  const built = existsSync(executableFile);
  if (built && statSync(executableFile).mtimeMs > newestSource()) return false;
  const { CI, MAILSHIM_EXECUTABLE } = process.env;
  if (CI !== 'true' && MAILSHIM_EXECUTABLE !== '1')
    return `${built ? 'older than its source' : 'not built'}: npm run executable, or MAILSHIM_EXECUTABLE=1`;
  try {
    await buildExecutable();
    return false;
  } catch (error) {
    if (CI === 'true') throw error;
    return `cannot be built: ${(error as Error).message}`;
  }
}

/** Milliseconds since 1970. */
function newestSource(): number {
  const files = globSync('{shim,shared}/**/*.ts', { cwd: root });
  return Math.max(...files.map((file) => statSync(join(root, file)).mtimeMs));
}
