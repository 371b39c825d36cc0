// The single executable, built where it is demanded, and run beside the bundle.
import { existsSync } from 'node:fs';
import { buildExecutable, executableFile } from '../../scripts/executable.ts';
import { bundleFile, type Ran, run } from './program.ts';

/** For `{skip: missing}`: false, or why it is not there. */
export const missing = await whyMissing();

async function whyMissing(): Promise<string | false> {
  if (existsSync(executableFile)) return false;
  const { CI, MAILSHIM_EXECUTABLE } = process.env;
  if (CI !== 'true' && MAILSHIM_EXECUTABLE !== '1') return 'not built: npm run executable, or MAILSHIM_EXECUTABLE=1';
  try {
    await buildExecutable();
    return false;
  } catch (error) {
    if (CI === 'true') throw error;
    return `cannot be built: ${(error as Error).message}`;
  }
}

export const environment = { HOME: '/nonexistent', TZ: 'UTC' };

/** The same words and the same input to both. */
export function runBoth(args: readonly string[], input = ''): Promise<[bundle: Ran, executable: Ran]> {
  return Promise.all([
    run(process.execPath, [bundleFile, ...args], { input, env: environment }),
    run(executableFile, args, { input, env: environment }),
  ]);
}
