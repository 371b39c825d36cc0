// The RPM installed, upgraded and removed where systemd is the first process, with mail that waits all the while.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { missingFor } from '../../scripts/launcher.ts';
import { writeRpms } from '../../scripts/rpm.ts';
import { selinuxMissing } from '../../scripts/selinux.ts';
import { temporaryFolder } from '../support/folder.ts';
import { launcherFile } from '../support/launcher.ts';
import { type Machine, machineMissing, startMachine } from '../support/machine.ts';
import { needs } from '../support/peers.ts';
import { waitFor } from '../support/wait.ts';

const SPOOL = '/var/spool/mailshim';
const DROP = `${SPOOL}/drop`;
const skip = needs('rpmbuild', 'rpm').missing || needs('systemd-sysusers', 'systemd').missing || machineMissing();

describe('the RPM under systemd', { skip }, () => {
  let machine: Machine;
  const folder = temporaryFolder();
  before(async () => {
    machine = await startMachine();
    const launchers = missingFor('linux-x64') === undefined ? { 'linux-x64': launcherFile('linux-x64', []) } : {};
    const [file] = writeRpms(folder.path, launchers) as [string];
    await machine.write('/root/mailshim.rpm', readFileSync(file));
    await machine.shell('useradd --system apache; mkdir -p /etc/systemd/system-preset');
  });
  after(async () => {
    await machine?.stop();
    folder.remove();
  });

  // Debian's database of RPM packages is empty, and its Node is not in it.
  const install = () => machine.shell('rpm -U --replacepkgs --nodeps /root/mailshim.rpm 2>&1');
  const state = async (question: string) =>
    (await machine.run('systemctl', [question, 'mailshim.service', 'mailshim.path'])).stdout.trim().split('\n');
  const pid = async () => (await machine.shell('systemctl show -P MainPID mailshim.service')).trim();
  const isThere = async (file: string) => (await machine.run('test', ['-e', file])).code === 0;
  /** Ids of the mails that wait. */
  const waiting = async () => {
    const { stdout } = await machine.run('/usr/lib/mailshim/mailshim', ['queue', '--json']);
    return (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id);
  };
  /** Whether SELinux's store has the module; undefined where the machine has no policy that it belongs to. */
  const hasModule = async () => {
    const { code, stdout } = await machine.run('semodule', ['-l']);
    return code === 0 && stdout !== '' ? /^mailshim\b/m.test(stdout) : undefined;
  };
  let kept: string[] = [];
  const mail = () =>
    machine.run('/usr/bin/mailshim', ['--lock', '-t', '-i'], {
      as: 'apache',
      input: 'From: shop@shop.example\nTo: customer@customer.example\nSubject: waits\n\nThanks.\n',
    });

  test('installed: user and spool are there, and a system that enables no service leaves it off', async () => {
    // As RHEL has it.
    await machine.write('/etc/systemd/system-preset/00-none.preset', 'disable *\n');
    await install();
    assert.deepEqual(await state('is-enabled'), ['disabled', 'disabled']);
    assert.deepEqual(await state('is-active'), ['inactive', 'inactive']);
    assert.equal(
      await machine.shell(`stat -c '%a %U %G' ${SPOOL} ${SPOOL}/queue`),
      '755 mailshim mailshim\n700 mailshim mailshim\n',
    );
    assert.equal(await isThere(DROP), false);
    if (selinuxMissing() === undefined) assert.notEqual(await hasModule(), false);
  });

  test('switched on: the daemon takes mail of a user that is not www-data', async () => {
    await machine.write(
      '/etc/mailshimrc',
      'account default\nhost 127.0.0.1\nport 1\ntls off\nfrom shop@shop.example\npreflight off\n',
      { mode: '0640', owner: 'root:mailshim' },
    );
    await machine.shell('systemctl enable --now mailshim.service mailshim.path 2>&1');
    const sent = await mail();
    assert.deepEqual([sent.code, sent.stderr], [0, '']);
    await waitFor(
      async () => (await waiting()).length === 1,
      () => machine.shell('journalctl -o cat --no-pager -u mailshim.service'),
    );
    kept = await waiting();
  });

  test('an upgrade restarts the daemon and keeps the mail; where it was off it stays off', async () => {
    const old = await pid();
    await install();
    assert.deepEqual(
      [await state('is-active'), await state('is-enabled')],
      [
        ['active', 'active'],
        ['enabled', 'enabled'],
      ],
    );
    assert.notEqual(await pid(), old);
    assert.deepEqual(await waiting(), kept);
    await machine.shell('systemctl disable --now mailshim.path mailshim.service 2>&1');
    await install();
    assert.deepEqual(
      [await state('is-active'), await state('is-enabled')],
      [
        ['inactive', 'inactive'],
        ['disabled', 'disabled'],
      ],
    );
    await machine.shell('systemctl enable --now mailshim.service mailshim.path 2>&1');
  });

  test('removed: the daemon is gone, no mail is left to it, and the mail that waits is kept for the next installation', async () => {
    await machine.shell('rpm -e mailshim 2>&1');
    assert.deepEqual(await state('is-active'), ['inactive', 'inactive']);
    const left = await machine.shell('find /etc/systemd /usr/bin /usr/lib /usr/share -name "*mailshim*" | sort');
    assert.equal(left, '');
    assert.notEqual(await hasModule(), true);
    assert.deepEqual([await isThere(DROP), await isThere('/etc/mailshimrc')], [false, true]);
    await install();
    // The daemon makes the drop folder, which says that this spool is the one in use.
    await machine.shell('systemctl start mailshim.service');
    assert.deepEqual(await waiting(), kept);
  });
});
