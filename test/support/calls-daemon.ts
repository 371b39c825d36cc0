// A daemon under test, with a drop folder and a configuration that its callers may not read.

import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { say } from './calls.ts';
import { end } from './end.ts';
import { until } from './fault-spool.ts';
import { type TemporaryFolder, temporaryFolder } from './folder.ts';
import { hermetic } from './hermetic.ts';
import { shimCommand } from './program.ts';

export interface Daemon {
  folder: TemporaryFolder;
  spool: string;
  env: Record<string, string>;
  said: () => string;
  names: (folder: string) => string[];
  start: () => Promise<void>;
  stop: () => Promise<void>;
  child: () => ChildProcess;
}

/** With a drop folder; its configuration is the daemon's own unless `readable`. `uid`: of the daemon. */
export async function startDaemon(
  config: string,
  { readable = false, log = false, from = 'shop@shop.example', uid = process.getuid!() } = {},
): Promise<Daemon> {
  const folder = temporaryFolder('mailshim-calls-');
  chmodSync(folder.path, 0o755);
  const spool = folder.join('spool');
  mkdirSync(spool);
  mkdirSync(join(spool, 'drop'));
  for (const each of [spool, join(spool, 'drop')]) chownSync(each, uid, uid);
  chmodSync(join(spool, 'drop'), 0o3733);
  mkdirSync(folder.join('etc'));
  if (log) chownSync(folder.write('log', ''), uid, uid);
  const lines = config.replace('logfile LOG', `logfile ${folder.join('log')}`);
  const file = folder.write('etc/mailshimrc', `from ${from}\npreflight off\n${lines}\n`, readable ? 0o644 : 0o600);
  chownSync(file, uid, uid);
  const env = hermetic({ MAILSHIM_ETC: folder.join('etc'), MAILSHIM_SPOOL: spool, PATH: process.env.PATH! }, uid);
  let child: ChildProcess | undefined;
  const said: Buffer[] = [];
  const daemon: Daemon = {
    folder,
    spool,
    env,
    said: () => Buffer.concat(said).toString(),
    names: (name) => (existsSync(join(spool, name)) ? readdirSync(join(spool, name)) : []),
    async start() {
      const [program, words] = shimCommand();
      const started = spawn(program, [...words, 'daemon'], { env, uid, gid: uid, stdio: ['ignore', 'ignore', 'pipe'] });
      child = started;
      started.stderr!.on('data', (piece: Buffer) => said.push(piece));
      await until(async () => (await say(spool, 'x\n', 500)) !== 'refused', 'the socket');
    },
    async stop() {
      if (child !== undefined) await end(child);
    },
    child: () => child!,
  };
  await daemon.start();
  return daemon;
}

/** Of a caller whose mail is the daemon's. */
export const variablesOf = ({ folder, spool }: Daemon) => ({ MAILSHIM_ETC: folder.join('etc'), MAILSHIM_SPOOL: spool });
export const relayLines = ({ account }: { account: { port: number } }) =>
  `host 127.0.0.1\nport ${account.port}\ntls off\ntimeout 2`;
