// The doctor on the servers that people have: each mistake with the user of the pool that it concerns, by exactly its cause.
import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { accountOf } from '../../../shim/config/account.ts';
import { readConfiguration } from '../../../shim/config/files.ts';
import { checkConfiguration } from '../../../shim/doctor/configuration.ts';
import type { DoctorContext } from '../../../shim/doctor/context.ts';
import { checkPhp, viewOfPhp } from '../../../shim/doctor/php.ts';
import { checkSpool } from '../../../shim/doctor/spool.ts';
import { processEnvironment } from '../../../shim/environment.ts';
import { temporaryFolder } from '../../support/folder.ts';

interface File {
  text: string;
  mode?: number;
  uid?: number;
  gid?: number;
}
type Files = Record<string, string | File>;

const WEB = 4033;
const SHOP = 4001;
const DAEMON = 4100;
const PROGRAM = '/usr/local/bin/mailshim';
const LINE = `${PROGRAM} --lock -t -i`;
const INI = `sendmail_path = "${LINE}"\n`;
const WWW = '[www]\nuser = www-data\ngroup = www-data\nlisten = /run/php/www.sock\n';
const FPM = 'etc/php/8.2/fpm';
const passwd = (...users: [name: string, uid: number, home?: string][]) =>
  users.map(([name, uid, home = '/nonexistent']) => `${name}:x:${uid}:${uid}::${home}:/bin/sh\n`).join('');

/** A shop on Debian without a daemon, in order. */
const DEBIAN: Files = {
  'etc/passwd': passwd(['root', 0, '/root'], ['www-data', WEB, '/var/www'], ['shop1', SHOP, '/home/shop1']),
  'etc/group': `www-data:x:${WEB}:\nshop1:x:${SHOP}:\n`,
  'etc/mailshimrc': {
    text: 'account default\nhost mail.shop.example\nport 465\nfrom orders@shop.example\nspool ROOT/var/spool/mailshim-www-data\n',
    mode: 0o640,
    gid: WEB,
  },
  'usr/local/bin/mailshim': { text: '#!/bin/sh\n# mailshim\nexit 0\n', mode: 0o755 },
  'var/spool/mailshim-www-data/': { text: '', mode: 0o700, uid: WEB, gid: WEB },
  [`${FPM}/php.ini`]: INI,
  [`${FPM}/pool.d/www.conf`]: WWW,
};
/** The same with a daemon. */
const WITH_DAEMON: Files = {
  ...DEBIAN,
  'etc/passwd': `${passwd(['root', 0, '/root'], ['www-data', WEB, '/var/www'], ['shop1', SHOP, '/home/shop1'], ['mailshim', DAEMON])}`,
  'etc/mailshimrc': {
    text: 'account default\nhost mail.shop.example\nport 465\nfrom orders@shop.example\n',
    mode: 0o640,
    gid: DAEMON,
  },
  'var/spool/mailshim/drop/': { text: '', mode: 0o3733, uid: DAEMON, gid: DAEMON },
};
/** SELinux that is enforcing and lets PHP send. */
const SELINUX: Files = {
  ...DEBIAN,
  'sys/fs/selinux/enforce': '1',
  'sys/fs/selinux/booleans/httpd_can_sendmail': '1 1',
};
const shop1 = (...lines: string[]) =>
  `[shop1]\nuser = shop1\ngroup = shop1\nlisten = /run/php/shop1.sock\n${lines.join('\n')}\n`;

const rows: [name: string, files: Files, found: [id: string, level: string, facts?: Record<string, string>][]][] = [
  ['Debian in order', DEBIAN, []],
  [
    'a pool of its own user, which may not read the configuration',
    { ...DEBIAN, [`${FPM}/pool.d/shop1.conf`]: shop1() },
    [['config.unreadable', 'failure', { user: 'shop1', others: 'www-data' }]],
  ],
  [
    'the same, alone on the machine',
    { ...DEBIAN, [`${FPM}/pool.d/www.conf`]: shop1() },
    [['config.unreadable', 'failure', { user: 'shop1', others: '' }]],
  ],
  [
    'the same by a group of the user',
    {
      ...DEBIAN,
      'etc/group': `www-data:x:${WEB}:shop1\nshop1:x:${SHOP}:\n`,
      [`${FPM}/pool.d/www.conf`]: shop1(),
      'var/spool/mailshim-www-data/': { text: '', mode: 0o700, uid: SHOP, gid: SHOP },
    },
    [],
  ],
  [
    'every user may read the configuration, and the spool is that of another',
    {
      ...DEBIAN,
      'etc/mailshimrc': { ...(DEBIAN['etc/mailshimrc'] as File), mode: 0o644 },
      [`${FPM}/pool.d/shop1.conf`]: shop1(),
    },
    [['spool.foreign', 'failure', { user: 'shop1', others: 'www-data' }]],
  ],
  [
    'a daemon sends for all users',
    { ...WITH_DAEMON, [`${FPM}/pool.d/shop1.conf`]: shop1() },
    [['spool.daemon', 'failure']],
  ],
  [
    'a drop folder that one of the users cannot reach',
    {
      ...WITH_DAEMON,
      'var/spool/mailshim/': { text: '', mode: 0o710, uid: DAEMON, gid: WEB },
      [`${FPM}/pool.d/shop1.conf`]: shop1(),
    },
    [
      ['spool.daemon', 'failure'],
      ['spool.closed', 'failure', { user: 'shop1' }],
    ],
  ],
  [
    'a configuration in the home of the user',
    { ...DEBIAN, 'var/www/.mailshimrc': { text: 'host old.shop.example\nfrom orders@shop.example\n', mode: 0o644 } },
    [['config.shadowed', 'failure', { user: 'www-data', host: 'old.shop.example' }]],
  ],
  [
    'the same relay in the home of the user',
    {
      ...DEBIAN,
      'var/www/.mailshimrc': { text: 'host mail.shop.example\nport 465\nfrom orders@shop.example\n', mode: 0o644 },
    },
    [],
  ],
  [
    'without -t',
    { ...DEBIAN, [`${FPM}/php.ini`]: `sendmail_path = ${PROGRAM} --lock -i\n` },
    [['php.no-recipients', 'failure', { kind: 'pool www' }]],
  ],
  ['-t among others', { ...DEBIAN, [`${FPM}/php.ini`]: `sendmail_path = ${PROGRAM} --lock -ti\n` }, []],
  [
    'typographic quotation marks',
    { ...DEBIAN, [`${FPM}/php.ini`]: `sendmail_path = “${LINE}”\n` },
    [['php.quotes', 'failure']],
  ],
  [
    'guillemets, in the pool',
    { ...DEBIAN, [`${FPM}/pool.d/www.conf`]: `${WWW}php_admin_value[sendmail_path] = «${LINE}»\n` },
    [['php.quotes', 'failure']],
  ],
  [
    'mail() is disabled',
    { ...DEBIAN, [`${FPM}/php.ini`]: `${INI}disable_functions = exec, system,mail\n` },
    [['php.disabled', 'failure', { name: 'mail' }]],
  ],
  [
    'mail() is disabled in one pool',
    {
      ...WITH_DAEMON,
      [`${FPM}/pool.d/shop1.conf`]: shop1('php_admin_value[disable_functions] = mail'),
    },
    [
      ['php.disabled', 'failure', { kind: 'pool shop1' }],
      ['spool.daemon', 'failure'],
    ],
  ],
  [
    'popen() is disabled',
    { ...DEBIAN, [`${FPM}/php.ini`]: `${INI}disable_functions = popen\n` },
    [['php.pipes', 'warning', { name: 'popen' }]],
  ],
  ['a function with a name like mail', { ...DEBIAN, [`${FPM}/php.ini`]: `${INI}disable_functions = imap_mail\n` }, []],
  ['open_basedir', { ...DEBIAN, [`${FPM}/php.ini`]: `${INI}open_basedir = /srv\n` }, []],
  [
    'a typing mistake in the path',
    { ...DEBIAN, [`${FPM}/php.ini`]: 'sendmail_path = /usr/local/bin/mailshmi --lock -t -i\n' },
    [['php.program', 'failure', { program: '/usr/local/bin/mailshmi' }]],
  ],
  [
    'another program, installed or not',
    { ...DEBIAN, [`${FPM}/php.ini`]: 'sendmail_path = /usr/bin/msmtp -t\n' },
    [['php.other', 'failure']],
  ],
  [
    'a program that is not executable',
    { ...DEBIAN, 'usr/local/bin/mailshim': { text: '# mailshim\n', mode: 0o644 } },
    [['php.not-executable', 'failure', { user: '' }]],
  ],
  [
    'a program in a folder that the user may not enter',
    { ...DEBIAN, 'usr/local/bin/': { text: '', mode: 0o700 } },
    [['php.not-executable', 'failure', { user: 'www-data' }]],
  ],
  [
    'a chroot without anything',
    { ...DEBIAN, [`${FPM}/pool.d/www.conf`]: `${WWW}chroot = /srv/jail\n`, 'srv/jail/': '' },
    [['php.chroot', 'failure', { missing: PROGRAM }]],
  ],
  [
    'a chroot without a shell',
    {
      ...DEBIAN,
      [`${FPM}/pool.d/www.conf`]: `${WWW}chroot = /srv/jail\n`,
      'srv/jail/usr/local/bin/mailshim': { text: '# mailshim\n', mode: 0o755 },
    },
    [['php.chroot', 'failure', { missing: '/bin/sh' }]],
  ],
  [
    'a chroot with shell and program',
    {
      ...DEBIAN,
      [`${FPM}/pool.d/www.conf`]: `${WWW}chroot = /srv/jail\n`,
      'srv/jail/bin/sh': { text: '', mode: 0o755 },
      'srv/jail/usr/local/bin/mailshim': { text: '# mailshim\n', mode: 0o755 },
    },
    [['php.chroot-unchecked', 'skipped']],
  ],
  ['a daemon whose package was purged', WITH_DAEMON, [['spool.daemon', 'failure', { unit: '' }]]],
  [
    'a daemon that is installed and does not run, and no user of PHP',
    {
      ...WITH_DAEMON,
      [`${FPM}/pool.d/www.conf`]: '',
      'etc/passwd': passwd(['root', 0, '/root'], ['mailshim', DAEMON]),
      'usr/lib/systemd/system/mailshim.service': '',
    },
    [
      ['php.no-user', 'skipped'],
      ['spool.daemon', 'failure', { unit: 'mailshim.service' }],
    ],
  ],
  [
    'a user that is a number alone, as in a container',
    { ...DEBIAN, [`${FPM}/pool.d/www.conf`]: '[www]\nuser = 4777\ngroup = 4777\n' },
    [['config.unreadable', 'failure', { user: '4777' }]],
  ],
  [
    'a user that does not exist',
    { ...WITH_DAEMON, [`${FPM}/pool.d/shop9.conf`]: '[shop9]\nuser = shop9\n' },
    [
      ['php.user', 'failure', { user: 'shop9' }],
      ['spool.daemon', 'failure'],
    ],
  ],
  [
    'SELinux',
    { ...DEBIAN, 'sys/fs/selinux/enforce': '1', 'sys/fs/selinux/booleans/httpd_can_sendmail': '0 0' },
    [['php.selinux', 'failure']],
  ],
  [
    'SELinux that lets PHP send',
    { ...DEBIAN, 'sys/fs/selinux/enforce': '1', 'sys/fs/selinux/booleans/httpd_can_sendmail': '1 1' },
    [],
  ],
  [
    'SELinux that only writes a log',
    { ...DEBIAN, 'sys/fs/selinux/enforce': '0', 'sys/fs/selinux/booleans/httpd_can_sendmail': '0 0' },
    [],
  ],
  [
    'SELinux whose switch is not to be seen',
    { ...DEBIAN, 'sys/fs/selinux/enforce': '1' },
    [['php.selinux-unknown', 'skipped']],
  ],
  [
    'SELinux without the policy module',
    {
      ...SELINUX,
      'etc/selinux/config': '# SELINUXTYPE= mls\nSELINUX=enforcing\nSELINUXTYPE=targeted\n',
      'etc/selinux/targeted/contexts/files/file_contexts': '/.*\tsystem_u:object_r:default_t:s0\n',
    },
    [['php.selinux-module', 'failure']],
  ],
  [
    'SELinux without the policy module and with mail switched off',
    {
      ...SELINUX,
      'sys/fs/selinux/booleans/httpd_can_sendmail': '0 0',
      'etc/selinux/targeted/contexts/files/file_contexts': '',
      'proc/7/comm': 'php-fpm\n',
      'proc/7/attr/current': 'system_u:system_r:httpd_t:s0\0',
    },
    [
      ['php.selinux', 'failure'],
      ['php.selinux-module', 'failure'],
    ],
  ],
  [
    'SELinux with the policy module',
    {
      ...SELINUX,
      'etc/selinux/config': 'SELINUXTYPE=mls\n',
      'etc/selinux/mls/contexts/files/file_contexts':
        '/var/spool/mailshim(/.*)?\tsystem_u:object_r:mailshim_spool_t:s0\n',
    },
    [],
  ],
  [
    'SELinux that does not confine the php-fpm of a panel',
    {
      ...SELINUX,
      'etc/selinux/targeted/contexts/files/file_contexts': '',
      'proc/7/comm': 'php-fpm\n',
      'proc/7/attr/current': 'system_u:system_r:unconfined_service_t:s0\0',
    },
    [],
  ],
  [
    'AppArmor',
    {
      ...DEBIAN,
      'sys/kernel/security/apparmor/profiles': 'lsb_release (enforce)\nphp-fpm (enforce)\n',
      'etc/apparmor.d/php-fpm': 'profile php-fpm {\n  /usr/sbin/sendmail Ux,\n}\n',
    },
    [['php.apparmor', 'failure', { profile: 'php-fpm' }]],
  ],
  [
    'AppArmor with a rule for the program',
    {
      ...DEBIAN,
      'sys/kernel/security/apparmor/profiles': 'php-fpm (enforce)\n',
      'etc/apparmor.d/local/php-fpm': '/usr/{local/,}bin/* Ux,\n',
    },
    [],
  ],
  [
    'a read-only mount',
    {
      ...DEBIAN,
      'proc/self/mountinfo':
        '20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n21 20 8:2 / /var rw,relatime - ext4 /dev/sda2 ro,errors=remount-ro\n',
    },
    [['spool.read-only', 'failure', { mount: '/var', service: '' }]],
  ],
  [
    'a read-only mount of the service alone',
    {
      ...DEBIAN,
      'proc/self/mountinfo': '20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n',
      'proc/812/comm': 'php-fpm8.2\n',
      'proc/812/mountinfo': '20 1 8:1 / / rw - ext4 /dev/sda1 rw\n22 20 8:1 /var /var/spool ro - ext4 /dev/sda1 rw\n',
    },
    [['spool.read-only', 'failure', { mount: '/var/spool', service: 'php8.2-fpm' }]],
  ],
  [
    'a read-only container beside it',
    {
      ...DEBIAN,
      'proc/self/mountinfo': '20 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw\n',
      'proc/812/comm': 'httpd\n',
      'proc/812/mountinfo': '20 1 0:55 / / ro - overlay overlay rw\n',
    },
    [],
  ],
  [
    'Apache: a site with another program, one whose line is ignored',
    {
      ...DEBIAN,
      'etc/php/8.2/apache2/php.ini': INI,
      'etc/apache2/apache2.conf': 'User www-data\n',
      'etc/apache2/sites-enabled/a.conf':
        '<VirtualHost *:80>\nServerName a.example\nphp_admin_value sendmail_path "/usr/sbin/sendmail -t -i"\n</VirtualHost>\n<VirtualHost *:80>\nServerName b.example\nphp_value sendmail_path "msmtp -t"\n</VirtualHost>\n',
    },
    [
      ['php.other', 'failure', { kind: 'site a.example' }],
      ['php.ignored', 'warning', { kind: 'site b.example' }],
    ],
  ],
  [
    'Red Hat: no www-data, a pool as apache, and another program',
    {
      'etc/passwd': passwd(['root', 0, '/root'], ['apache', WEB, '/usr/share/httpd']),
      'etc/mailshimrc': DEBIAN['etc/mailshimrc']!,
      'usr/local/bin/mailshim': DEBIAN['usr/local/bin/mailshim']!,
      'var/spool/mailshim-www-data/': DEBIAN['var/spool/mailshim-www-data/']!,
      'etc/php.ini': INI,
      'etc/php-fpm.d/www.conf': '[www]\nuser = apache\nphp_admin_value[sendmail_path] = /usr/bin/msmtp -t\n',
    },
    [['php.other', 'failure', { kind: 'pool www' }]],
  ],
  [
    'Red Hat: the spool is that of another user',
    {
      'etc/passwd': passwd(['root', 0, '/root'], ['apache', WEB, '/usr/share/httpd']),
      'etc/mailshimrc': DEBIAN['etc/mailshimrc']!,
      'usr/local/bin/mailshim': DEBIAN['usr/local/bin/mailshim']!,
      'var/spool/mailshim-www-data/': { text: '', mode: 0o700, uid: SHOP, gid: SHOP },
      'etc/php.ini': INI,
      'etc/php-fpm.d/www.conf': '[www]\nuser = apache\n',
    },
    [['spool.foreign', 'failure', { user: 'apache' }]],
  ],
  [
    'no user is known: root is not taken for one',
    {
      'etc/passwd': passwd(['root', 0, '/root']),
      'etc/mailshimrc': DEBIAN['etc/mailshimrc']!,
      'usr/local/bin/mailshim': DEBIAN['usr/local/bin/mailshim']!,
      'var/spool/mailshim-www-data/': DEBIAN['var/spool/mailshim-www-data/']!,
      'etc/php.ini': INI,
    },
    [['php.no-user', 'skipped']],
  ],
];

function build(root: string, files: Files): void {
  chmodSync(root, 0o755);
  for (const [name, file] of Object.entries(files).sort(([one], [other]) => (one < other ? 1 : -1))) {
    const { text, mode = 0o644, uid = 0, gid = 0 } = typeof file === 'string' ? { text: file } : file;
    const path = `${root}/${name}`;
    const isFolder = name.endsWith('/');
    mkdirSync(isFolder ? path : dirname(path), { recursive: true });
    if (!isFolder) writeFileSync(path, text.replaceAll('ROOT', root));
    chownSync(path, uid, gid);
    chmodSync(path, isFolder && typeof file === 'string' ? 0o755 : mode);
  }
}

async function look(root: string): Promise<{ id: string; level: string; args: Record<string, string> }[]> {
  const php = viewOfPhp({ root, program: PROGRAM, euid: 0, user: undefined });
  const environment = {
    ...processEnvironment(),
    etc: `${root}/etc`,
    systemSpool: `${root}/var/spool/mailshim`,
    home: undefined,
    configHome: undefined,
    stateHome: undefined,
  };
  const configuration = readConfiguration(environment, undefined);
  const account = accountOf(configuration.accounts[0]!, new Map(), undefined);
  const context = {
    root,
    program: PROGRAM,
    php,
    web: php.users[0],
    blocked: new Set(),
    environment,
    configuration,
    account,
  };
  const results = [
    ...(await checkConfiguration(context as unknown as DoctorContext)),
    ...checkPhp(context as unknown as DoctorContext),
    ...checkSpool(context as unknown as DoctorContext),
  ];
  return results.map((each) => ({ id: each.id, level: each.level, args: ('args' in each ? each.args : {}) as never }));
}

for (const [name, files, expected] of rows)
  test(name, { skip: process.getuid?.() !== 0 && 'only root can look as other users' }, async () => {
    const folder = temporaryFolder();
    try {
      build(folder.path, files);
      const found = (await look(folder.path)).filter(({ level }) => level !== 'ok');
      assert.deepEqual(
        found.map(({ id, level }) => [id, level]).sort(),
        expected.map(([id, level]) => [id, level]).sort(),
        JSON.stringify(found, null, 1),
      );
      for (const [id, , facts = {}] of expected) {
        const { args } = found.find((each) => each.id === id)!;
        for (const [key, value] of Object.entries(facts)) assert.equal(args[key], value, `${id} ${key}`);
      }
      assert.ok(!JSON.stringify(found).includes('uid 0'));
    } finally {
      folder.remove();
    }
  });
