// The single executable, built where it is demanded, and run beside the bundle.
import { existsSync } from 'node:fs';
import { buildExecutable, executableFile } from '../../scripts/executable.ts';
import { bundleFile, type Ran, run } from './program.ts';

const demanded = process.env.CI === 'true' || process.env.MAILSHIM_EXECUTABLE === '1';
if (demanded && !existsSync(executableFile)) await buildExecutable();

/** For `{skip: missing}`. */
export const missing = existsSync(executableFile) ? false : 'not built: npm run executable, or MAILSHIM_EXECUTABLE=1';
export const environment = { HOME: '/nonexistent', TZ: 'UTC' };

/** The same words and the same input to both. */
export function runBoth(args: readonly string[], input = ''): Promise<[bundle: Ran, executable: Ran]> {
  return Promise.all([
    run(process.execPath, [bundleFile, ...args], { input, env: environment }),
    run(executableFile, args, { input, env: environment }),
  ]);
}
