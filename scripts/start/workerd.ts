// Whether workerd, which runs the Worker, starts on this system: its build wants a newer glibc than the shim does.
import { spawnSync } from 'node:child_process';
import { createRequire } from 'node:module';

/** Why workerd does not start, for people; undefined where it does. */
export function workerdTrouble(): string | undefined {
  const program = process.env.MINIFLARE_WORKERD_PATH ?? installed();
  if (program === undefined) return 'the Worker cannot run here: npm has no workerd for this system';
  const { status, stderr, error } = spawnSync(program, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  return status === 0 ? undefined : explain(`${stderr ?? ''}${error?.message ?? ''}`);
}

/** The program that miniflare starts; undefined where npm has none for this system. */
function installed(): string | undefined {
  try {
    const here = createRequire(import.meta.url);
    return (createRequire(here.resolve('miniflare'))('workerd') as { default: string }).default;
  } catch {
    return undefined;
  }
}

function explain(said: string): string {
  const wanted = [...said.matchAll(/GLIBC_(\d+)\.(\d+)' not found/g)]
    .map(([, major, minor]) => [Number(major), Number(minor)] as const)
    .sort((one, other) => one[0] - other[0] || one[1] - other[1])
    .at(-1);
  if (wanted === undefined) return `the Worker cannot run here: workerd does not start: ${said.trim().split('\n')[0]}`;
  const report = process.report?.getReport() as { header?: { glibcVersionRuntime?: string } } | undefined;
  const own = report?.header?.glibcVersionRuntime;
  return `the Worker cannot run here: workerd needs glibc ${wanted.join('.')} or newer${own === undefined ? '' : `, and this system has ${own}`} (Debian 12, Ubuntu 22.04 and RHEL 10 have it); the shim runs here, and "mailshim check DOMAIN" checks without a Worker`;
}
