// A Dovecot of the test's own that takes mail by LMTP: configuration, sockets and mailboxes in one temporary folder.
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { end } from './end.ts';
import { temporaryFolder } from './folder.ts';
import { freePorts } from './ports.ts';

export interface Dovecot {
  port: number;
  /** Messages in the mailbox of a user, oldest first. */
  mailbox(user: string): string[];
  stop(): Promise<void>;
}

/** `users`: addresses with the bytes that each mailbox may hold. */
export async function startDovecot(users: Readonly<Record<string, number>>): Promise<Dovecot> {
  const folder = temporaryFolder('mailshim-dovecot-');
  chmodSync(folder.path, 0o755);
  const path = (name: string) => join(folder.path, name);
  const id = (flag: string) => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const [uid, gid] = [id('-u'), id('-g')];
  const [port] = (await freePorts(1)) as [number];
  mkdirSync(path('mail'));
  chownSync(path('mail'), uid, gid);
  const rows = Object.entries(users).map(
    ([user, bytes]) => `${user}:::::${path(`mail/${user}`)}::userdb_quota_rule=*:bytes=${bytes}B\n`,
  );
  writeFileSync(path('users'), rows.join(''));
  writeFileSync(
    path('dovecot.conf'),
    `base_dir = ${path('run')}
state_dir = ${path('run')}
log_path = ${path('log')}
protocols = lmtp
ssl = no
default_login_user = nobody
default_internal_user = nobody
mail_uid = ${uid}
mail_gid = ${gid}
first_valid_uid = 1
mail_location = maildir:~
mail_plugins = quota
passdb {
  driver = passwd-file
  args = ${path('users')}
}
userdb {
  driver = passwd-file
  args = ${path('users')}
}
plugin {
  quota = count:User quota
  quota_vsizes = yes
}
service lmtp {
  inet_listener lmtp {
    address = 127.0.0.1
    port = ${port}
  }
}
`,
  );
  const master = spawn('/usr/sbin/dovecot', ['-F', '-c', path('dovecot.conf')], { stdio: 'ignore' });
  const stop = async () => {
    await end(master);
    folder.remove();
  };
  try {
    await listening(port, master);
  } catch (error) {
    const said = readFileSync(path('log'), 'utf8');
    await stop();
    throw new Error(`${error}\n${said}`);
  }
  return {
    port,
    mailbox(user) {
      const box = path(`mail/${user}/new`);
      try {
        return readdirSync(box)
          .sort()
          .map((name) => readFileSync(join(box, name), 'latin1'));
      } catch {
        return [];
      }
    },
    stop,
  };
}

async function listening(port: number, master: ChildProcess): Promise<void> {
  for (let attempt = 0; attempt < 200 && master.exitCode === null; attempt++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1');
      socket.once('connect', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => resolve(false));
    });
    if (open) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Dovecot does not listen');
}
