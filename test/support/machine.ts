// A machine of the test's own, with systemd as its first process: this system's files under an overlay, and namespaces
// for all but the network. Whatever is installed or written there is gone with it.
import { spawn } from 'node:child_process';
import { temporaryFolder } from './folder.ts';
import { endMachine, firstProcess, overlayMissing, overlayScript } from './overlay.ts';
import { type Ran, type RunOptions, run } from './program.ts';
import { waitFor } from './wait.ts';

export interface MachineRunOptions extends Pick<RunOptions, 'input'> {
  as?: string | { uid: number; gid: number };
}
export interface Machine {
  /** Runs a program there, as root unless another user is named, or numbered. */
  run(program: string, args: readonly string[], options?: MachineRunOptions): Promise<Ran>;
  /** What a script of sh prints there; throws where it fails. */
  shell(script: string): Promise<string>;
  write(file: string, content: string | Uint8Array, rights?: { mode?: string; owner?: string }): Promise<void>;
  stop(): Promise<void>;
}

const SYSTEMD = '/lib/systemd/systemd';
/** Milliseconds until systemd has started what there is to start. */
const BOOT = 60_000;

// Nothing of the host is writable there: /sys and /proc/sys are read-only, devices are a handful, the rest is overlaid.
const BOOT_SCRIPT = `${overlayScript.begin}mount --bind proc/sys proc/sys
mount -o remount,bind,ro proc/sys
mount -t tmpfs -o mode=755 tmpfs dev
for device in null zero full random urandom tty; do
  touch "dev/$device"
  mount --bind "/dev/$device" "dev/$device"
done
ln -s /proc/self/fd dev/fd
mkdir dev/shm dev/pts dev/mqueue dev/hugepages
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts dev/pts
ln -s pts/ptmx dev/ptmx
if [ -d /sys/fs/cgroup/unified ]; then
  mount -t tmpfs tmpfs sys/fs/cgroup
  mkdir sys/fs/cgroup/systemd sys/fs/cgroup/unified
  mount -t cgroup -o none,name=systemd cgroup sys/fs/cgroup/systemd
  mount -t cgroup2 cgroup2 sys/fs/cgroup/unified
else
  mount -t cgroup2 cgroup2 sys/fs/cgroup
fi
rm -rf etc/systemd/system/*.wants usr/sbin/policy-rc.d
# Not a link: services with a /tmp of their own do not see what lies there.
rm -f usr/bin/node
touch usr/bin/node
mount --bind "$2" usr/bin/node
${overlayScript.end}container=lxc exec ${SYSTEMD} --system --unit=multi-user.target
`;
const NAMESPACES = ['--mount', '--uts', '--ipc', '--pid', '--cgroup'];

/** Why there can be no such machine here, or false. */
export function machineMissing(): string | false {
  return overlayMissing(NAMESPACES, `test -x r${SYSTEMD}`);
}

/** Boots; its /usr/bin/node is the Node that runs the test. */
export async function startMachine(): Promise<Machine> {
  const folder = temporaryFolder('mailshim-machine-');
  const child = spawn(
    'unshare',
    [...NAMESPACES, '--fork', '--kill-child', 'sh', '-c', BOOT_SCRIPT, 'sh', folder.path, process.execPath],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString('utf8');
  });
  const inside = (program: string, args: readonly string[], options: RunOptions = {}) => {
    const first = firstProcess(child);
    return run('nsenter', ['-t', first, '-m', '-u', '-i', '-p', '-C', '-r', '-w', program, ...args], {
      bare: true,
      env: { PATH: '/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' },
      ...options,
    });
  };
  const machine: Machine = {
    run: (program, args, { input = '', as } = {}) =>
      as === undefined
        ? inside(program, args, { input })
        : inside('setpriv', [...identity(as), program, ...args], { input }),
    async shell(script) {
      const ran = await inside('sh', ['-e', '-c', script]);
      if (ran.code !== 0) throw new Error(`${script}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout;
    },
    async write(file, content, { mode = '0644', owner = 'root:root' } = {}) {
      const ran = await inside(
        'sh',
        ['-e', '-c', 'umask 077; cat > "$1"; chown "$2" "$1"; chmod "$3" "$1"', 'sh', file, owner, mode],
        { input: content },
      );
      if (ran.code !== 0) throw new Error(ran.stderr);
    },
    stop: () => endMachine(child, folder),
  };
  try {
    await waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`the machine does not start: ${complaints}`);
        if (firstProcess(child) === '') return false;
        const { stdout } = await inside('systemctl', ['is-system-running']);
        return /^(running|degraded)$/m.test(stdout);
      },
      () => `systemd does not come up: ${complaints}`,
      BOOT,
    );
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return machine;
}

function identity(as: NonNullable<MachineRunOptions['as']>): string[] {
  return typeof as === 'string'
    ? ['--reuid', as, '--regid', as, '--init-groups']
    : ['--reuid', String(as.uid), '--regid', String(as.gid), '--clear-groups'];
}
