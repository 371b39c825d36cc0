// A relay as a process of its own, that can be killed: what it takes is in a file before it says so.

import { type ChildProcess, fork } from 'node:child_process';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { seeded } from './fault-spool.ts';
import { startFaultRelay } from './relay-faults.ts';

export interface TakenMail {
  to: string[];
  subject: string;
  messageId: string;
}

export interface RelayProcess {
  /** The same for each life. */
  readonly port: number;
  start(): Promise<void>;
  /** By SIGKILL; false where it does not listen. */
  kill(): boolean;
  /** Of all lives. */
  mails(): TakenMail[];
}

/** `record`: a file that does not exist yet. */
export async function startRelayProcess(record: string): Promise<RelayProcess> {
  let child: ChildProcess | undefined;
  let port = 0;
  let listens = false;
  writeFileSync(record, '');
  const relay: RelayProcess = {
    get port() {
      return port;
    },
    async start() {
      const started = fork(import.meta.filename, [record, String(port)], {
        stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
      });
      child = started;
      port = await new Promise<number>((resolve, reject) => {
        started.once('message', (number) => resolve(number as number));
        started.once('exit', () => reject(new Error('the relay ended')));
      });
      listens = true;
    },
    kill() {
      if (!listens) return false;
      listens = false;
      return child!.kill('SIGKILL');
    },
    mails: () => lines(record).map((line) => JSON.parse(line) as TakenMail),
  };
  await relay.start();
  return relay;
}

function lines(file: string): string[] {
  return readFileSync(file, 'utf8').split('\n').slice(0, -1);
}

const header = (message: string, name: string) => new RegExp(`^${name}: (.*?)\\r?$`, 'im').exec(message)?.[1] ?? '';

/** Milliseconds until it answers a message. */
const SLOWEST = 15;

if (import.meta.main) {
  const still = new Int32Array(new SharedArrayBuffer(4));
  const random = seeded(process.pid);
  const [record, port] = process.argv.slice(2) as [string, string];
  const { port: number } = await startFaultRelay({
    port: Number(port),
    message(message, to) {
      const mail: TakenMail = {
        to: [...to],
        subject: header(message, 'Subject'),
        messageId: header(message, 'Message-ID'),
      };
      appendFileSync(record, `${JSON.stringify(mail)}\n`);
      // Some are far away: a sender that is killed meanwhile does not know what became of the mail.
      Atomics.wait(still, 0, 0, random() * SLOWEST);
      return undefined;
    },
  });
  process.send!(number);
  process.on('disconnect', () => process.exit());
}
