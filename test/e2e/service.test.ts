// The Debian package installed where systemd is the first process: its user, folders and units, from dpkg -i to dpkg -P.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { writePackages } from '../../scripts/deb.ts';
import { missingFor } from '../../scripts/launcher.ts';
import { temporaryFolder } from '../support/folder.ts';
import { launcherFile } from '../support/launcher.ts';
import { type Machine, machineMissing, startMachine } from '../support/machine.ts';
import { needs } from '../support/peers.ts';
import { accountFor, type Postfix, startPostfix } from '../support/postfix.ts';
import { isExecutable, shimCommand } from '../support/program.ts';
import { waitFor } from '../support/wait.ts';

/** The executable has a package of its own. */
const NAME = isExecutable ? 'mailshim-standalone' : 'mailshim';
const CUSTOMER = 'customer@customer.example';
const LOGIN = { user: 'web@shop.example', password: 'correct horse', owns: ['shop@shop.example'] };
const SPOOL = '/var/spool/mailshim';
const DROP = `${SPOOL}/drop`;

const systemd = needs('systemd-analyze', 'systemd');
const sysusers = needs('systemd-sysusers', 'systemd');
const helper = needs('deb-systemd-helper', 'init-system-helpers');
const dpkg = needs('dpkg-deb', 'dpkg');
const postfixPeer = needs('postfix', 'postfix');
const sasl = needs('saslpasswd2', 'sasl2-bin');
const logrotate = needs('logrotate', 'logrotate');
/** Without it the package is as before. */
const noLauncher = missingFor('linux-x64') ?? false;
const skip =
  systemd.missing ||
  sysusers.missing ||
  helper.missing ||
  dpkg.missing ||
  postfixPeer.missing ||
  sasl.missing ||
  logrotate.missing ||
  machineMissing();

describe('the Debian package under systemd', { skip }, () => {
  let machine: Machine;
  let postfix: Postfix;
  const folder = temporaryFolder();
  before(async () => {
    postfix = await startPostfix({ users: [CUSTOMER], login: LOGIN, names: ['localhost', 'mail.shop.example'] });
    machine = await startMachine();
    const [without] = writePackages(folder.path, [NAME], {}) as [string];
    await machine.write('/root/without-launcher.deb', readFileSync(without));
    const launchers = noLauncher === false ? { 'linux-x64': launcherFile('linux-x64', []) } : {};
    const [file] = writePackages(folder.path, [NAME], launchers) as [string];
    await machine.write('/root/mailshim.deb', readFileSync(file));
    await machine.write('/etc/ca.pem', readFileSync(postfix.caFile, 'utf8'));
  });
  after(async () => {
    await machine?.stop();
    await postfix?.stop();
    folder.remove();
  });

  // Debian's own Node may be older than the one that the machine has.
  const install = (file = 'mailshim') => machine.shell(`dpkg --ignore-depends=nodejs -i /root/${file}.deb 2>&1`);
  const states = () =>
    machine.shell('systemctl is-enabled mailshim.service mailshim.path; systemctl is-active mailshim.service || true');
  const active = async () => (await machine.run('systemctl', ['is-active', 'mailshim.service'])).code === 0;
  const journal = () => machine.shell('journalctl -o cat --no-pager -u mailshim.service');
  const isThere = async (file: string) => (await machine.run('test', ['-e', file])).code === 0;
  const configure = (rights: { mode: string; owner: string }) =>
    machine.write(
      '/etc/mailshimrc',
      accountFor(postfix, ['auth on', `user ${LOGIN.user}`, `password "${LOGIN.password}"`])
        .replace(/^tls_trust_file .*$/m, 'tls_trust_file /etc/ca.pem')
        .replace(/^spool off\n/m, ''),
      rights,
    );
  const mail = (subject: string) =>
    machine.run('/usr/bin/mailshim', ['--lock', '-t', '-i'], {
      as: 'www-data',
      input: `From: shop@shop.example\nTo: ${CUSTOMER}\nSubject: ${subject}\n\nThanks.\n`,
    });
  async function arrives(subject: string): Promise<void> {
    const [message] = await postfix.received(CUSTOMER);
    assert.match(message!, new RegExp(`^Subject: ${subject}$`, 'm'));
  }

  test('installed without a configuration: user, folders and units are there, and nobody is told to leave mail', async () => {
    await install();
    assert.equal(await states(), 'enabled\nenabled\ninactive\n');
    assert.match(
      await machine.shell('getent passwd mailshim'),
      /^mailshim:x:\d+:\d+:[^:]*:\/var\/spool\/mailshim:\/usr\/sbin\/nologin$/m,
    );
    assert.equal(
      await machine.shell(`stat -c '%n %a %U %G' ${SPOOL} ${SPOOL}/*`),
      [
        `${SPOOL} 755`,
        ...['active', 'failed', 'hold', 'queue', 'state', 'taken', 'tmp'].map((name) => `${SPOOL}/${name} 700`),
      ]
        .map((line) => `${line} mailshim mailshim\n`)
        .join(''),
    );
    assert.equal(
      await machine.shell('systemd-analyze verify mailshim.service mailshim.path 2>&1 | grep mailshim || true'),
      '',
    );
    assert.equal((await mail('no configuration')).code, 78);
  });

  test('a configuration that is not for the daemon: it does not start, and www-data sends by itself as before', async () => {
    await configure({ mode: '0400', owner: 'www-data:www-data' });
    await assert.rejects(machine.shell('systemctl start mailshim.service 2>&1'));
    assert.match(await journal(), /\/etc\/mailshimrc/);
    assert.equal(await isThere(DROP), false);
    const sent = await mail('by itself');
    assert.deepEqual([sent.code, sent.stderr], [0, '']);
    await arrives('by itself');
    await machine.shell('systemctl stop mailshim.service; systemctl reset-failed mailshim.service');
  });

  test('the daemon sends for www-data, who can read neither the password nor what others leave', async () => {
    await configure({ mode: '0640', owner: 'root:mailshim' });
    await machine.shell('systemctl start mailshim.service');
    assert.equal(await states(), 'enabled\nenabled\nactive\n');
    assert.equal(await machine.shell(`stat -c '%a %U %G' ${DROP}`), '3733 mailshim mailshim\n');
    const sent = await mail('by the daemon');
    assert.deepEqual([sent.code, sent.stdout, sent.stderr], [0, '', '']);
    await arrives('by the daemon');
    for (const [program, file] of [
      ['cat', '/etc/mailshimrc'],
      ['ls', DROP],
      ['ls', `${SPOOL}/queue`],
    ] as const)
      assert.notEqual((await machine.run(program, [file], { as: 'www-data' })).code, 0, file);
    // Nothing else is configured to log to: systemd's journal has it to the relay's answer, by the drop folder or the socket.
    const delivered = /^mailshim: (?=.*queueid=[0-9A-Z]{16} uid=33 ).*smtpstatus=250 .*exitcode=EX_OK/m;
    await waitFor(async () => delivered.test(await journal()), journal);
    const status = await machine.run('mailshim', ['status', '--json']);
    assert.equal(status.code, 0, status.stdout + status.stderr);
    const pid = (await machine.shell('systemctl show -P MainPID mailshim.service')).trim();
    assert.equal(await machine.shell(`stat -c %U /proc/${pid}`), 'mailshim\n');
  });

  test('the launcher hands it mail, and needs no program for that', { skip: noLauncher }, async () => {
    assert.equal(await machine.shell(`stat -c '%a %U %F' ${SPOOL}/socket`), '666 mailshim socket\n');
    await machine.shell('mv /usr/lib/mailshim/mailshim /root/away');
    const sent = await mail('by the launcher');
    await machine.shell('mv /root/away /usr/lib/mailshim/mailshim');
    assert.deepEqual([sent.code, sent.stdout, sent.stderr], [0, '', '']);
    await arrives('by the launcher');
    assert.equal(await machine.shell(`ls ${DROP} ${SPOOL}/taken`), `${DROP}:\n\n${SPOOL}/taken:\n`);
    const { stdout } = await machine.run('mailshim', ['doctor', '--json', '--program', '/usr/bin/mailshim']);
    const { links } = JSON.parse(stdout) as { links: { id: string }[] };
    assert.deepEqual(
      links.filter(({ id }) => /^program\.(launched|unlaunched|unheard|unasked|other)/.test(id)).map(({ id }) => id),
      ['program.launched'],
    );
  });

  test('from the package without the launcher, to the one with it, and back', { skip: noLauncher }, async () => {
    const kind = () => machine.shell('stat -c %F /usr/bin/mailshim');
    for (const [file, expected] of [
      ['without-launcher', 'symbolic link'],
      ['mailshim', 'regular file'],
      ['without-launcher', 'symbolic link'],
      ['mailshim', 'regular file'],
    ] as const) {
      await install(file);
      await waitFor(active, journal);
      assert.equal(await kind(), `${expected}\n`);
      const sent = await mail(`after ${file}`);
      assert.deepEqual([sent.code, sent.stderr], [0, '']);
      await arrives(`after ${file}`);
    }
  });

  test('stopped and forgotten: the next mail starts it', async () => {
    await machine.shell('systemctl stop mailshim.service 2>&1');
    assert.equal(await active(), false);
    assert.equal((await mail('starts it')).code, 0);
    await arrives('starts it');
    assert.equal(await active(), true);
  });

  test('killed: it is started again, and has the mail that came meanwhile', async () => {
    await machine.shell('systemctl stop mailshim.path; systemctl kill --signal=KILL mailshim.service');
    assert.equal((await mail('meanwhile')).code, 0);
    await waitFor(active, journal);
    await arrives('meanwhile');
    await machine.shell('systemctl start mailshim.path');
  });

  test('an upgrade restarts it; what an administrator switched off stays off', async () => {
    const before = await machine.shell('systemctl show -P MainPID mailshim.service');
    await install();
    await waitFor(active, journal);
    assert.notEqual(await machine.shell('systemctl show -P MainPID mailshim.service'), before);
    await machine.shell('systemctl disable --now mailshim.path mailshim.service 2>&1');
    await install();
    assert.match(
      await machine.shell('systemctl is-enabled mailshim.service mailshim.path || true'),
      /^disabled\ndisabled\n$/,
    );
    assert.equal(await active(), false);
    await machine.shell('systemctl enable --now mailshim.service mailshim.path 2>&1');
    await waitFor(active, journal);
  });

  test('its log is rotated, and goes on', async () => {
    await machine.shell('echo "logfile /var/log/mailshim/mail.log" >> /etc/mailshimrc; rm -f /var/log/mailshim/*');
    assert.equal((await mail('first')).code, 0);
    await arrives('first');
    const lines = (file: string) => machine.shell(`cat ${file} 2>/dev/null || true`);
    await waitFor(async () => /exitcode=EX_OK/.test(await lines('/var/log/mailshim/mail.log')), journal);
    await machine.shell('logrotate -f /etc/logrotate.d/mailshim 2>&1');
    assert.equal(await machine.shell('stat -c "%a %U" /var/log/mailshim/mail.log'), '640 mailshim\n');
    assert.equal((await mail('second')).code, 0);
    await arrives('second');
    await waitFor(async () => /exitcode=EX_OK/.test(await lines('/var/log/mailshim/mail.log')), journal);
    assert.match(await lines('/var/log/mailshim/mail.log.1'), /exitcode=EX_OK/);
  });

  test("set up by mailshim init: keys and password are the daemon's, and the mail leaves signed", async () => {
    await machine.shell('systemctl stop mailshim.path mailshim.service; rm /etc/mailshimrc');
    await machine.shell('echo "127.0.0.1 mail.shop.example" >> /etc/hosts');
    await machine.shell('cat /etc/ca.pem >> /etc/ssl/certs/ca-certificates.crt');
    await machine.write('/root/password', `${LOGIN.password}\n`, { mode: '0600' });
    await machine.shell(
      `mailshim init --yes --no-dns --domain shop.example --relay mail.shop.example --port ${postfix.plainPort} --ip 192.0.2.9 --sender ${LOGIN.owns[0]} --login ${LOGIN.user} --password-file /root/password 2>&1`,
    );
    // There is no DNS here to ask.
    await machine.shell('sed -i "s/^sender_rewrite .*/preflight off/" /etc/mailshimrc');
    await machine.shell('systemctl start mailshim.service mailshim.path');
    const sent = await mail('by init');
    assert.deepEqual([sent.code, sent.stderr], [0, '']);
    const [message] = await postfix.received(CUSTOMER);
    assert.match(message!, /^DKIM-Signature: /m);
    for (const file of ['/etc/mailshimrc', '/etc/mailshim/password', '/etc/mailshim/dkim'])
      assert.match(
        await machine.shell(`stat -c '%a %U:%G' ${file}`),
        /^(640 root:mailshim|[67]00 mailshim:mailshim)$/m,
      );
  });

  test('removed: nobody leaves mail any more, and what failed is kept until it is purged', async () => {
    const failed = `${SPOOL}/failed/0000000000000000`;
    await machine.write(failed, 'kept', { owner: 'mailshim:mailshim', mode: '0600' });
    await machine.shell(`dpkg -r ${NAME} 2>&1`);
    assert.equal(await active(), false);
    assert.deepEqual([await isThere(DROP), await isThere(failed)], [false, true]);
    assert.equal(await isThere('/usr/lib/mailshim'), false);
    await machine.shell(`dpkg -P ${NAME} 2>&1`);
    for (const place of [SPOOL, '/var/log/mailshim', '/var/cache/mailshim', '/etc/logrotate.d/mailshim'])
      assert.equal(await isThere(place), false, place);
    assert.equal(await isThere('/etc/mailshimrc'), true);
  });

  test('without the package, as the documentation says', async () => {
    await install();
    await machine.shell(`dpkg -P ${NAME} 2>&1; userdel mailshim`);
    const page = readFileSync(new URL('../../docs/spool.md', import.meta.url), 'utf8');
    const [, commands] = /\*\*Without the package\*\*[^`]*`packaging\/`[^`]*```sh\n([^`]*)```/.exec(page)!;
    await configure({ mode: '0644', owner: 'root:root' });
    // The machine's own Node: a service has a /tmp of its own, where the checkout and its Node may lie.
    const [program, words] = shimCommand();
    const command = [program === process.execPath ? '/usr/bin/node' : program, ...words];
    const root = fileURLToPath(new URL('../..', import.meta.url));
    await machine.shell(
      `cd ${root}; ${commands!.replace(/^sudo node dist\/mailshim\.cjs/m, command.join(' ')).replaceAll('sudo ', '')}`,
    );
    assert.equal(await states(), 'enabled\nenabled\nactive\n');
    assert.equal((await mail('by hand')).code, 0);
    await arrives('by hand');
  });
});
