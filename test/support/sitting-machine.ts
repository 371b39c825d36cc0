// A bare machine for the sitting: this system's files under an overlay, processes and network of its own. What is written there is gone with it.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { temporaryFolder } from './folder.ts';
import { endMachine, firstProcess, overlayMissing, overlayScript } from './overlay.ts';
import { type Ran, run } from './program.ts';
import { waitFor } from './wait.ts';

export interface BareMachine {
  /** The number of its first process, out here. */
  pid: string;
  /** As root, unless `as` names a user. */
  run(
    program: string,
    args: readonly string[],
    options?: { input?: string; as?: string; env?: Record<string, string> },
  ): Promise<Ran>;
  /** What a script of sh prints there; throws where it fails. */
  shell(script: string, input?: string): Promise<string>;
  /** Starts a program that stays; its output comes by the process. */
  start(program: string, args: readonly string[], as?: string): ChildProcess;
  read(file: string): Promise<string>;
  write(file: string, text: string, rights?: { mode?: string; owner?: string }): Promise<void>;
  stop(): Promise<void>;
}

const NAMESPACES = ['--mount', '--uts', '--ipc', '--pid', '--net'];
const ENVIRONMENT = {
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  LC_ALL: 'C.UTF-8',
  HOME: '/root',
};

// The first process does nothing but take in those whose parents have ended; its end is the end of all.
const BOOT = `${overlayScript.begin}mount --rbind /dev dev
ip link set lo up
${overlayScript.end}touch /run/ready
while :; do sleep 1000 & wait; done
`;

/** Why there can be no such machine here, or false. */
export function bareMachineMissing(): string | false {
  return overlayMissing(NAMESPACES, 'test -x r/bin/sh && ip link set lo up');
}

export async function startBareMachine(hostname: string): Promise<BareMachine> {
  const folder = temporaryFolder('mailshim-bare-');
  // A test that is killed leaves no machine behind.
  const child = spawn(
    'setpriv',
    [
      ...['--pdeathsig', 'KILL', 'unshare', ...NAMESPACES, '--fork', '--kill-child'],
      ...['sh', '-c', BOOT, 'sh', folder.path],
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints += chunk.toString('utf8');
  });
  const entered = (program: string, args: readonly string[], as?: string): [string, string[]] => [
    'nsenter',
    [
      ...['-t', firstProcess(child), '-m', '-u', '-i', '-p', '-n', '-r', '-w'],
      ...(as === undefined ? [] : ['setpriv', '--reuid', as, '--regid', as, '--init-groups']),
      // Nothing that is found by a relative path is found here.
      ...['sh', '-c', 'cd /tmp && exec "$@"', 'sh'],
      program,
      ...args,
    ],
  ];
  const inside: BareMachine['run'] = (program, args, { input = '', as, env = {} } = {}) =>
    run(...entered(program, args, as), {
      bare: true,
      env: { ...ENVIRONMENT, ...(as === undefined ? {} : { HOME: '/nonexistent' }), ...env },
      input,
    });
  const machine: BareMachine = {
    pid: '',
    run: inside,
    async shell(script, input = '') {
      const ran = await inside('sh', ['-e', '-c', script], { input });
      if (ran.code !== 0) throw new Error(`${script}\n${ran.stdout}${ran.stderr}`);
      return ran.stdout;
    },
    start: (program, args, as) =>
      spawn(...entered(program, args, as), {
        env: { ...ENVIRONMENT, ...(as === undefined ? {} : { HOME: '/nonexistent' }) },
      }),
    read: (file) => machine.shell(`cat '${file}'`),
    async write(file, text, { mode = '0644', owner = 'root:root' } = {}) {
      await machine.shell(`umask 077; cat > '${file}'; chown ${owner} '${file}'; chmod ${mode} '${file}'`, text);
    },
    stop: () => endMachine(child, folder),
  };
  try {
    await waitFor(
      async () => {
        if (child.exitCode !== null) throw new Error(`the machine does not start: ${complaints}`);
        return firstProcess(child) !== '' && (await inside('test', ['-e', '/run/ready'])).code === 0;
      },
      () => `the machine does not come up: ${complaints}`,
    );
    machine.pid = firstProcess(child);
    await machine.shell(`hostname ${hostname}; printf '127.0.0.1 localhost\\n' > /etc/hosts`);
  } catch (error) {
    await machine.stop();
    throw error;
  }
  return machine;
}

/** A cable between two machines, with an address at each end; either then reaches the other's. */
export function connectMachines(
  one: BareMachine,
  oneAddresses: readonly string[],
  other: BareMachine,
  otherAddresses: readonly string[],
): void {
  const at = (machine: BareMachine, ...args: string[]) =>
    execFileSync('nsenter', ['-t', machine.pid, '-n', 'ip', ...args], { stdio: ['ignore', 'ignore', 'pipe'] });
  const [to, back] = [`to${other.pid}`, `to${one.pid}`];
  at(one, 'link', 'add', to, 'type', 'veth', 'peer', 'name', back, 'netns', other.pid);
  for (const [machine, device, own, far] of [
    [one, to, oneAddresses, otherAddresses],
    [other, back, otherAddresses, oneAddresses],
  ] as const) {
    at(machine, 'link', 'set', device, 'up');
    for (const address of own) at(machine, 'address', 'replace', `${address}/32`, 'dev', device);
    for (const address of far) at(machine, 'route', 'replace', `${address}/32`, 'dev', device, 'src', own[0]!);
  }
}
