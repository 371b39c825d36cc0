// What machines of the tests' own have in common: this system's files under an overlay in namespaces. What is written there is gone with them.
import { type ChildProcess, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { type TemporaryFolder, temporaryFolder } from './folder.ts';

export const checkout = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Scripts of sh, run within the namespaces; "$1" is an empty folder of the host. */
export const overlayScript = {
  /** The system under an overlay; the shell stands in its root then. */
  begin: `set -e
mount -t tmpfs tmpfs "$1"
cd "$1"
mkdir upper work root
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/upper,workdir=$1/work" root
cd root
mount -t proc proc proc
mount -t sysfs -o ro sysfs sys
mount -t tmpfs tmpfs run
mount -t tmpfs -o mode=1777 tmpfs tmp
# The checkout may lie anywhere, in /tmp too.
mkdir -p ".${checkout}"
mount --bind "${checkout}" ".${checkout}"
mount -o remount,bind,ro ".${checkout}"
`,
  /** Nothing of the host is in reach any more. Not chroot: systemd makes the services' own view of the files from a root that is a mount. */
  end: `pivot_root . mnt
cd /
umount -l mnt
`,
};

/** Why there can be no such machine here, or false; `test` is a command in the folder where the overlay is `r`. */
export function overlayMissing(namespaces: readonly string[], test: string): string | false {
  if (process.getuid?.() !== 0) return 'a machine in namespaces needs root';
  const script = `mount -t tmpfs tmpfs "$1" && cd "$1" && mkdir u w r && mount -t overlay overlay -o "lowerdir=/,upperdir=$1/u,workdir=$1/w" r && ${test}`;
  const folder = temporaryFolder();
  const tried = spawnSync('unshare', [...namespaces, '--fork', 'sh', '-c', script, 'sh', folder.path], {
    encoding: 'utf8',
  });
  folder.remove();
  return tried.status === 0 ? false : `no machine in namespaces can be made here: ${tried.stderr ?? tried.error}`;
}

/** The number that the machine's first process has out here; '' while there is none. `child` is unshare. */
export function firstProcess({ pid }: ChildProcess): string {
  return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
}

export async function endMachine(child: ChildProcess, folder: TemporaryFolder): Promise<void> {
  const ended = new Promise((resolve) => child.once('exit', resolve));
  if (child.exitCode === null && child.signalCode === null) {
    child.kill('SIGKILL');
    await ended;
  }
  folder.remove();
}
