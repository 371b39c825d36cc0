// `mailshim doctor --send`: mail() really called through pools of a real php-fpm, by FastCGI, and the mail followed to the relay.
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { accountOf } from '../../shim/config/account.ts';
import { readConfiguration } from '../../shim/config/files.ts';
import type { DoctorContext } from '../../shim/doctor/context.ts';
import { checkSend } from '../../shim/doctor/send.ts';
import { processEnvironment } from '../../shim/environment.ts';
import { readPools } from '../../shim/php/pools.ts';
import type { PhpSite } from '../../shim/php/sites.ts';
import { end } from '../support/end.ts';
import { temporaryFolder } from '../support/folder.ts';
import { installInto } from '../support/installed.ts';
import { needs } from '../support/peers.ts';
import { type SmtpSink, startSmtpSink } from '../support/smtp-sink.ts';
import { waitFor } from '../support/wait.ts';

const fpm = needs(readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name)) ?? 'php-fpm', 'php-fpm');
const REFUSED = 'refused@shop.example';
const NOBODY = 65534;

describe('doctor --send', {
  skip: fpm.missing || (process.getuid?.() === 0 ? false : 'only root can look as other users'),
}, () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let daemon: ChildProcess;
  let sites: PhpSite[];
  before(async () => {
    await installInto(folder, folder.join('sbin/sendmail'));
    sink = await startSmtpSink({ refuse: { [REFUSED]: '550 5.1.1 no such user' } });
    const rc = (name: string, ...lines: string[]) =>
      folder.write(
        name,
        `account default\nhost localhost\nport ${sink.port}\ntls off\nauth off\nfrom orders@shop.example\npreflight off\n${lines.join('\n')}\n`,
        0o644,
      );
    mkdirSync(folder.join('spool'), { mode: 0o700 });
    chownSync(folder.join('spool'), NOBODY, NOBODY);
    const call = (config: string) => `${folder.join('sbin/sendmail')} -C ${config} --lock -t -i`;
    const queued = call(rc('queued', `spool ${folder.join('spool')}`, 'delivery queue'));
    const pool = (name: string, path: string, ...lines: string[]) => `[${name}]
user = nobody
group = nogroup
listen = ${folder.join(`${name}.sock`)}
listen.mode = 0600
pm = static
pm.max_children = 1
php_admin_value[sendmail_path] = "${path}"
${lines.join('\n')}
`;
    mkdirSync(folder.join('site'));
    chmodSync(folder.join('site'), 0o755);
    const conf = folder.write(
      'fpm.conf',
      `[global]\nerror_log = ${folder.join('fpm.log')}\ndaemonize = no\n${[
        pool('direct', call(rc('direct', 'delivery direct', 'spool off'))),
        pool('queued', queued, `php_admin_value[open_basedir] = ${folder.join('site')}`),
        pool('unreadable', call(folder.write('secret', 'host localhost\n', 0o600))),
        pool('disabled', queued, 'php_admin_value[disable_functions] = mail'),
      ].join('')}`,
    );
    daemon = spawn(fpm.path, ['-F', '-n', '-y', conf], { stdio: 'ignore', env: { PATH: '/usr/bin:/bin' } });
    await waitFor(
      () => {
        assert.equal(daemon.exitCode, null, 'php-fpm does not start');
        return existsSync(folder.join('disabled.sock'));
      },
      () => 'php-fpm does not listen',
    );
    const away = folder.write('away.conf', pool('away', queued).replace('away.sock', 'nowhere.sock'));
    sites = readPools('', [conf, away]).map((each) => ({
      kind: `pool ${each.name}`,
      file: each.file,
      user: 'nobody',
      pool: each,
      disabled: [],
      ignored: [],
      sendmailPath: each.values.sendmail_path!.value,
      ...(each.values.open_basedir === undefined ? {} : { openBasedir: each.values.open_basedir }),
    }));
  });
  after(async () => {
    if (daemon !== undefined) await end(daemon);
    await sink?.stop();
    folder.remove();
  });

  async function send(name: string, to?: string): Promise<[id: string, level: string, why: string | undefined][]> {
    const environment = { ...processEnvironment(), etc: folder.path, home: undefined };
    const { accounts } = readConfiguration(environment, folder.join('queued'));
    const localUser = { name: 'nobody', uid: NOBODY, gid: NOBODY };
    const site = sites.find(({ kind }) => kind === `pool ${name}`)!;
    const context = {
      environment,
      root: '',
      program: folder.join('sbin/sendmail'),
      account: accountOf(accounts[0]!, new Map(), undefined),
      php: {
        machine: { phps: [], sites: [site] },
        users: [localUser],
        sitesOf: new Map([['nobody', [site]]]),
        unseen: [],
      },
      web: localUser,
      blocked: new Set(),
      send: true,
      to,
    };
    const results = await checkSend(context as unknown as DoctorContext);
    return results.map(({ id, level, ...rest }) => [
      id,
      level,
      ('args' in rest ? (rest.args as { why?: string }) : {}).why,
    ]);
  }

  test('through a pool that delivers at once, and one that queues and has open_basedir', async () => {
    assert.deepEqual(await send('direct'), [['send.taken', 'ok', undefined]]);
    assert.deepEqual(await send('queued'), [['send.taken', 'ok', undefined]]);
    assert.deepEqual(
      sink.mails.map(({ message }) => /^Subject: (.*)\r$/m.exec(message)?.[1]),
      ['mailshim doctor --send (pool direct)', 'mailshim doctor --send (pool queued)'],
    );
    assert.deepEqual(readdirSync(folder.join('site')), []);
  });
  test('a mail that the relay refuses is followed to its end', async () => {
    const [found] = await send('queued', REFUSED);
    assert.deepEqual(found?.slice(0, 2), ['send.failed', 'failure']);
    assert.match(found![2]!, /550 5\.1\.1 no such user/);
  });
  test('why mail() returned false is what the program said to this user', async () => {
    const [found] = await send('unreadable');
    assert.deepEqual(found?.slice(0, 2), ['send.refused', 'failure']);
    assert.match(found![2]!, /secret.*permission denied/i);
  });
  test('no mail() in the pool as it runs, and a pool that does not run', async () => {
    assert.deepEqual(await send('disabled'), [['send.no-mail', 'failure', undefined]]);
    assert.deepEqual(await send('away'), [['send.unasked', 'skipped', 'ENOENT']]);
  });
});
