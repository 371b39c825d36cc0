// `npm run selinux`: the SELinux policy module, dist/mailshim.pp, from packaging/selinux. Needs checkmodule (Debian's package
// checkpolicy) and semodule_package (semodule-utils), neither SELinux nor root.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, relative } from 'node:path';
import { dist, root } from './package-files.ts';

export const selinuxSource = join(root, 'packaging/selinux');
/** Version of the format: RHEL 8 reads up to 19. */
const FORMAT = '17';
const TOOLS = { checkmodule: 'checkpolicy', semodule_package: 'semodule-utils' } as const;

/** Why the module cannot be built here; undefined where it can. */
export function selinuxMissing(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  for (const [tool, name] of Object.entries(TOOLS))
    if (!folders.some((folder) => existsSync(join(folder, tool))))
      return `${tool} is not installed: apt-get install ${name}`;
  return undefined;
}

/** Writes the module to `file`. Throws where the policy has a mistake. */
export function writeSelinuxModule(file: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-selinux-'));
  try {
    const compiled = join(folder, 'mailshim.mod');
    const run = (program: string, ...words: string[]) =>
      execFileSync(program, words, { stdio: ['ignore', 'ignore', 'inherit'] });
    run('checkmodule', '-M', '-m', '-c', FORMAT, '-o', compiled, join(selinuxSource, 'mailshim.te'));
    run('semodule_package', '-o', file, '-m', compiled, '-f', join(selinuxSource, 'mailshim.fc'));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The module for a package. Undefined where its tools are missing, which is an error under CI: a release contains it. */
export function selinuxModule(): Buffer | undefined {
  const missing = selinuxMissing();
  if (missing !== undefined) {
    if (process.env.CI === 'true') throw new Error(missing);
    console.error(`without the SELinux module: ${missing}`);
    return undefined;
  }
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-selinux-'));
  try {
    const file = join(folder, 'mailshim.pp');
    writeSelinuxModule(file);
    return readFileSync(file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) {
  const missing = selinuxMissing();
  if (missing !== undefined) {
    console.error(missing);
    process.exitCode = 1;
  } else {
    const file = join(dist, 'mailshim.pp');
    mkdirSync(dist, { recursive: true });
    writeSelinuxModule(file);
    console.log(relative(root, file));
  }
}
