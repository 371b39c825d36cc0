// The three programs of the comparison, each with a relay that records what it is given.

import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { startDaemon, variablesOf } from '../../support/calls-daemon.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { hermetic, systemVariables } from '../../support/hermetic.ts';
import { type Launched, launchedInto } from '../../support/launched.ts';
import { needs } from '../../support/peers.ts';
import { type Ran, run, shimCommand } from '../../support/program.ts';
import type { CompatCase } from './case.ts';
import { type Recorded, startRecorder } from './recorder.ts';

export interface Observed extends Ran {
  mails: Recorded[];
}
export interface Program {
  name: 'Postfix sendmail' | 'msmtp' | 'mailshim';
  observe(entry: CompatCase): Promise<Observed>;
  stop(): Promise<void>;
}

const SERVICES = [
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'error unix - - n - - error',
  'retry unix - - n - - error',
  'smtp unix - - n - - smtp',
  'flush unix n - n 1000? 0 flush',
  'showq unix n - n - - showq',
  'proxymap unix - - n - - proxymap',
  'anvil unix - - n - 1 anvil',
  'postlog unix-dgram n - n - 1 postlogd',
];

const SETTINGS = 'domain shop.example\ntls off\nauth off\n';
/** Uid of a caller who is not the daemon's user. */
const CALLER = 33;

/** mailshim always, the peers where they are installed (Postfix for root alone). */
export async function startPrograms(): Promise<Program[]> {
  const msmtp = needs('msmtp', 'msmtp');
  const postfix = needs('postfix', 'postfix');
  const programs: Program[] = [];
  if (postfix.present && process.getuid?.() === 0) programs.push(await startPostfixSendmail());
  if (msmtp.present) programs.push(await startClient('msmtp', msmtp.path, []));
  programs.push(await startClient('mailshim', ...shimCommand()));
  return programs;
}

/** A program that reads msmtp's language and hands the mail over before it ends. */
async function startClient(name: 'msmtp' | 'mailshim', program: string, words: readonly string[]): Promise<Program> {
  const recorder = await startRecorder();
  const folder = temporaryFolder('mailshim-compat-');
  const settings = `account default
host 127.0.0.1
port ${recorder.port}
from root@shop.example
${SETTINGS}`;
  // Neither asks DNS here: msmtp cannot, and mailshim is told not to.
  if (name === 'msmtp') folder.write('.msmtprc', settings);
  else folder.write('.mailshimrc', `${settings}preflight off\n`);
  const env = { ...systemVariables, HOME: folder.path, PATH: '/usr/bin:/bin', USER: 'root', LC_ALL: 'C' };
  return {
    name,
    async observe({ args, input }) {
      const ran = await run(program, [...words, ...args], { input: Buffer.from(input, 'latin1'), env });
      return tidy({ ...ran, mails: recorder.take() }, folder.path);
    },
    async stop() {
      await recorder.stop();
      folder.remove();
    },
  };
}

/** mailshim once more, behind the launcher: a daemon of root's, and a caller who is another user. */
export async function startLaunched(): Promise<Program & Pick<Launched, 'fallbacks'>> {
  const recorder = await startRecorder();
  // `from` is given by the daemon under test.
  const daemon = await startDaemon(`host 127.0.0.1\nport ${recorder.port}\n${SETTINGS}delivery direct`, {
    from: 'root@shop.example',
    readable: true,
  });
  const { sendmail, fallbacks } = launchedInto(daemon.folder);
  const variables = { PATH: '/usr/bin:/bin', USER: 'root', LC_ALL: 'C', ...variablesOf(daemon) };
  return {
    name: 'mailshim',
    fallbacks,
    async observe({ args, input }) {
      // The queue of a daemon is shown to those who look after it.
      const uid = /^-(bp|q)/.test(args[0] ?? '') ? 0 : CALLER;
      const env = hermetic(variables, uid);
      const ran = await run(sendmail, args, { input: Buffer.from(input, 'latin1'), env, uid, gid: uid });
      // As the document has it, whose configuration is the caller's own.
      const stderr = ran.stderr.replaceAll(daemon.folder.join('etc/mailshimrc'), '~/.mailshimrc');
      return tidy({ ...ran, stderr, mails: recorder.take() }, env.HOME!);
    },
    async stop() {
      await daemon.stop();
      await recorder.stop();
      daemon.folder.remove();
    },
  };
}

async function startPostfixSendmail(): Promise<Program> {
  const recorder = await startRecorder();
  const folder = temporaryFolder('mailshim-compat-');
  chmodSync(folder.path, 0o755);
  for (const name of ['etc', 'queue', 'data']) mkdirSync(folder.join(name), { mode: 0o755 });
  execFileSync('chown', ['postfix:postfix', folder.join('data')]);
  writeFileSync(folder.join('etc/master.cf'), `${SERVICES.join('\n')}\n`);
  writeFileSync(
    folder.join('etc/main.cf'),
    `compatibility_level = 3.6
queue_directory = ${folder.join('queue')}
data_directory = ${folder.join('data')}
daemon_directory = /usr/lib/postfix/sbin
maillog_file = ${folder.join('mail.log')}
maillog_file_prefixes = ${folder.path}
myhostname = shop.example
myorigin = shop.example
mydestination =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relayhost = [127.0.0.1]:${recorder.port}
disable_dns_lookups = yes
alias_maps =
alias_database =
local_recipient_maps =
in_flow_delay = 0
`,
  );
  execFileSync('/usr/sbin/postfix', ['-c', folder.join('etc'), 'check'], { stdio: 'ignore' });
  const master = spawn('/usr/lib/postfix/sbin/master', ['-c', folder.join('etc'), '-d'], { stdio: 'ignore' });
  const ended = once(master, 'exit');
  const env = { MAIL_CONFIG: folder.join('etc'), PATH: '/usr/sbin:/usr/bin:/bin', LC_ALL: 'C' };
  const stop = async () => {
    master.kill('SIGTERM');
    await ended;
    await recorder.stop();
    folder.remove();
  };
  try {
    await waitFor(() => list(folder.join('queue/public')).includes('pickup'));
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    name: 'Postfix sendmail',
    async observe({ args, input }) {
      const ran = await run('/usr/sbin/sendmail', args, { input: Buffer.from(input, 'latin1'), env });
      await waitFor(() => busy(folder.join('queue')) === 0);
      return tidy({ ...ran, mails: recorder.take() }, folder.path);
    },
    stop,
  };
}

/** Files that Postfix still works on; what it deferred is not among them. */
function busy(queue: string): number {
  return ['maildrop', 'incoming', 'active'].reduce((sum, name) => sum + list(`${queue}/${name}`).length, 0);
}

function list(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

async function waitFor(condition: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 2000; attempt++) {
    if (condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error('Postfix did not come to rest');
}

/** Without what differs from run to run. */
function tidy(observed: Observed, folder: string): Observed {
  const stderr = observed.stderr.replaceAll(folder, '~').replace(/\([0-9A-Z]{16}\)/g, '(ID)');
  return { ...observed, stderr };
}
