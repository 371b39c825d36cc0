// Postfix's own way to take a mail from a program of the machine: sendmail and postdrop, with a maildrop of their own.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { TemporaryFolder } from '../../../test/support/folder.ts';

export interface Maildrop {
  /** Postfix's sendmail as php.ini would name it. */
  command: string[];
  stop(): void;
}

export async function startMaildrop(folder: TemporaryFolder): Promise<Maildrop> {
  for (const name of ['maildrop', 'maildrop/etc', 'maildrop/queue', 'maildrop/data']) {
    mkdirSync(folder.join(name));
    chmodSync(folder.join(name), 0o755);
  }
  const id = (which: string) => Number(execFileSync('id', [which, 'postfix'], { encoding: 'utf8' }));
  chownSync(folder.join('maildrop/data'), id('-u'), id('-g'));
  folder.write(
    'maildrop/etc/main.cf',
    `compatibility_level = 3.6
queue_directory = ${folder.join('maildrop/queue')}
data_directory = ${folder.join('maildrop/data')}
daemon_directory = /usr/lib/postfix/sbin
maillog_file = ${folder.join('maildrop/log')}
maillog_file_prefixes = ${folder.path}
myhostname = relay.example
`,
    0o644,
  );
  folder.write('maildrop/etc/master.cf', 'postlog unix-dgram n - n - 1 postlogd\n', 0o644);
  execFileSync('/usr/sbin/postfix', ['-c', folder.join('maildrop/etc'), 'check'], { stdio: 'ignore' });
  // Whom postdrop wakes; here nothing takes the mails out, so that nothing but their way in is measured.
  const pickup = createServer((socket) => socket.on('error', () => undefined).resume());
  await new Promise<void>((resolve) => pickup.listen(folder.join('maildrop/queue/public/pickup'), resolve));
  return {
    command: ['/usr/sbin/sendmail', '-C', folder.join('maildrop/etc'), '-t', '-i'],
    stop: () => void pickup.close(),
  };
}
