// Which PHP is found on the servers that people have, with the user of each pool and site; and what PHP itself says of it.
import assert from 'node:assert/strict';
import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { askPhp } from '../../../shim/php/ask.ts';
import { listenerOf } from '../../../shim/php/pools.ts';
import { findPhp } from '../../../shim/php/sites.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

function withFiles<T>(files: Record<string, string>, look: (folder: TemporaryFolder) => T): T {
  const folder = temporaryFolder();
  try {
    for (const [file, text] of Object.entries(files)) {
      mkdirSync(dirname(folder.join(file)), { recursive: true });
      writeFileSync(folder.join(file), text);
    }
    return look(folder);
  } finally {
    folder.remove();
  }
}

const INI = 'sendmail_path = a\n';
const POOL = '[shop1]\nuser = shop1\ngroup = shops\nlisten = /run/shop1.sock\n';
type Found = [kind: string, user: string | undefined, place: string, sendmailPath: string | undefined];
const rows: [name: string, files: Record<string, string>, found: Found[]][] = [
  [
    'Debian and sury: each version, each pool',
    {
      'etc/php/7.4/cli/php.ini': INI,
      'etc/php/8.2/fpm/php.ini': INI,
      'etc/php/8.2/fpm/pool.d/www.conf': '[www]\nuser = www-data\n',
      'etc/php/8.2/fpm/pool.d/shop1.conf': `${POOL}php_admin_value[sendmail_path] = "b -t"\n`,
    },
    [
      ['cli', undefined, 'etc/php/7.4/cli/php.ini:1', 'a'],
      ['pool shop1', 'shop1', 'etc/php/8.2/fpm/pool.d/shop1.conf:5', 'b -t'],
      ['pool www', 'www-data', 'etc/php/8.2/fpm/php.ini:1', 'a'],
    ],
  ],
  [
    'two pools in one file, one of them by include',
    {
      'etc/php/8.2/fpm/pool.d/all.conf': `include=/etc/more/*.conf\n${POOL}[shop2]\nuser=shop2\n;php_value[sendmail_path] = no\n`,
      'etc/more/three.conf': '[shop3]\nuser = $pool\nphp_value[sendmail_path] = c\n',
      'etc/php/8.2/fpm/php.ini': '',
    },
    [
      ['pool shop1', 'shop1', 'etc/php/8.2/fpm/php.ini:', undefined],
      ['pool shop2', 'shop2', 'etc/php/8.2/fpm/php.ini:', undefined],
      ['pool shop3', 'shop3', 'etc/more/three.conf:3', 'c'],
    ],
  ],
  [
    'RHEL',
    {
      'etc/php.ini': '',
      'etc/php.d/z.ini': INI,
      'etc/php-fpm.d/www.conf': '[www]\nuser = apache\nphp_admin_value[sendmail_path] = /usr/bin/msmtp -t\n',
    },
    [
      ['php', undefined, 'etc/php.d/z.ini:1', 'a'],
      ['pool www', 'apache', 'etc/php-fpm.d/www.conf:3', '/usr/bin/msmtp -t'],
    ],
  ],
  [
    'BitrixVM: Apache as bitrix',
    {
      'etc/php.ini': '',
      'etc/php.d/z_bx_custom.ini': 'sendmail_path = msmtp -t -i\n',
      'etc/httpd/conf/httpd.conf': 'User bitrix\nGroup bitrix\n',
      'etc/httpd/bx/conf/default.conf':
        '<VirtualHost *:8888>\nServerName shop.example\nphp_admin_value sendmail_path "msmtp -t -i -a default"\n</VirtualHost>\n',
    },
    [
      ['php', 'bitrix', 'etc/php.d/z_bx_custom.ini:1', 'msmtp -t -i'],
      ['site shop.example', 'bitrix', 'etc/httpd/bx/conf/default.conf:3', 'msmtp -t -i -a default'],
    ],
  ],
  ...(
    [
      ['Remi', 'etc/opt/remi/php82/php.ini', 'etc/opt/remi/php82/php-fpm.d/shop1.conf'],
      ['ISPmanager', 'opt/php82/etc/php.ini', 'opt/php82/etc/php-fpm.d/shop1.conf'],
      ['Plesk', 'opt/plesk/php/8.2/etc/php.ini', 'opt/plesk/php/8.2/etc/php-fpm.d/shop1.conf'],
      ['cPanel', 'opt/cpanel/ea-php82/root/etc/php.ini', 'opt/cpanel/ea-php82/root/etc/php-fpm.d/shop1.conf'],
      ['CloudLinux', 'opt/alt/php82/etc/php.ini', 'opt/alt/php82/etc/php-fpm.d/shop1.conf'],
      ['Vesta', 'usr/local/vesta/php/lib/php.ini', 'usr/local/vesta/php/etc/php-fpm.conf'],
      ['Hestia', 'usr/local/hestia/php/lib/php.ini', 'usr/local/hestia/php/etc/php-fpm.conf'],
      ['Docker', 'usr/local/etc/php/php.ini', 'usr/local/etc/php-fpm.d/shop1.conf'],
      ['Alpine', 'etc/php82/php.ini', 'etc/php82/php-fpm.d/shop1.conf'],
      ['DirectAdmin', 'usr/local/php82/lib/php.ini', 'usr/local/directadmin/data/users/shop1/php/php-fpm82.conf'],
    ] as const
  ).map(([name, ini, pool]): [string, Record<string, string>, Found[]] => [
    name,
    { [ini]: INI, [pool]: POOL },
    [
      ['php', undefined, `${ini}:1`, 'a'],
      ['pool shop1', 'shop1', `${ini}:1`, 'a'],
    ],
  ]),
  [
    'Docker without php.ini',
    { 'usr/local/etc/php-fpm.d/www.conf': '[www]\nuser = www-data\n' },
    [
      ['php', undefined, 'usr/local/etc/php/php.ini:', undefined],
      ['pool www', 'www-data', 'usr/local/etc/php/php.ini:', undefined],
    ],
  ],
  [
    'Debian’s Apache: a user by variable, sites with lines of their own, one as a user of its own',
    {
      'etc/php/8.2/apache2/php.ini': INI,
      'etc/apache2/envvars': 'unset HOME\nexport APACHE_RUN_USER=www-data\n',
      'etc/apache2/apache2.conf': `User $\{APACHE_RUN_USER}\n`,
      'etc/apache2/conf-enabled/mail.conf': 'php_admin_value sendmail_path "c -t"\n',
      'etc/apache2/sites-enabled/a.conf':
        '<VirtualHost *:80>\n  ServerName a.example\n  # php_admin_value sendmail_path no\n  php_admin_value sendmail_path "d -t"\n</VirtualHost>\n<VirtualHost *:80>\nServerName plain.example\n</VirtualHost>\n',
      'etc/apache2/sites-enabled/b.conf':
        '<VirtualHost *:80>\nServerName b.example\nAssignUserID shop2 shop2\nphp_value sendmail_path e\n</VirtualHost>\n',
    },
    [
      ['apache2', 'www-data', 'etc/apache2/conf-enabled/mail.conf:1', 'c -t'],
      ['site a.example', 'www-data', 'etc/apache2/sites-enabled/a.conf:4', 'd -t'],
      ['site b.example', 'shop2', 'etc/apache2/conf-enabled/mail.conf:1', 'c -t'],
    ],
  ],
  [
    'php.ini of one user, and of one site',
    {
      'var/www/php-bin-isp-php82/shop1/php.ini': INI,
      'var/www/vhosts/system/shop.example/etc/php.ini': 'sendmail_path = b\n',
    },
    [
      ['site shop.example', undefined, 'var/www/vhosts/system/shop.example/etc/php.ini:1', 'b'],
      ['site shop1', 'shop1', 'var/www/php-bin-isp-php82/shop1/php.ini:1', 'a'],
    ],
  ],
  [
    'a section of php.ini holds for one site alone',
    { 'etc/php/8.2/cgi/php.ini': `${INI}[HOST=shop.example]\nsendmail_path = b\n[mail function]\n` },
    [
      ['cgi', undefined, 'etc/php/8.2/cgi/php.ini:1', 'a'],
      ['site shop.example', undefined, 'etc/php/8.2/cgi/php.ini:3', 'b'],
    ],
  ],
];

for (const [name, files, expected] of rows)
  test(`sites: ${name}`, () => {
    const found = withFiles(files, ({ path }) =>
      findPhp(path).sites.map(({ kind, user, file, line, sendmailPath }) => [
        kind,
        user,
        `${file.slice(path.length + 1)}:${line ?? ''}`,
        sendmailPath,
      ]),
    );
    assert.deepEqual(found.sort(), expected.sort());
  });

test('functions that are disabled in php.ini and in the pool add up; php_value of Apache changes nothing', () => {
  const sites = withFiles(
    {
      'etc/php/8.2/fpm/php.ini': 'disable_functions = exec,mail\nopen_basedir = /srv\n',
      'etc/php/8.2/fpm/pool.d/a.conf':
        '[a]\nuser = a\nphp_admin_value[disable_functions] = popen\nphp_admin_value[open_basedir] = /srv/a\n',
      'etc/httpd/conf/httpd.conf': 'User apache\n<VirtualHost *>\nphp_value sendmail_path x\n</VirtualHost>\n',
    },
    ({ path }) => findPhp(path).sites,
  );
  const [pool, site] = sites;
  assert.deepEqual(
    [pool!.disabled.map(({ value }) => value), pool!.openBasedir?.value],
    [['exec,mail', 'popen'], '/srv/a'],
  );
  assert.deepEqual(
    site!.ignored.map(({ name, line }) => [name, line]),
    [['sendmail_path', 3]],
  );
});

test('where a pool listens', () => {
  const all: [string | undefined, ReturnType<typeof listenerOf>][] = [
    ['/run/a.sock', { path: '/r/run/a.sock' }],
    ['9000', { host: '127.0.0.1', port: 9000 }],
    ['127.0.0.1:9001', { host: '127.0.0.1', port: 9001 }],
    ['[::]:9002', { host: '127.0.0.1', port: 9002 }],
    ['10.0.0.5:9003', { host: '10.0.0.5', port: 9003 }],
    [undefined, undefined],
    ['relative.sock', undefined],
  ];
  for (const [listen, expected] of all)
    assert.deepEqual(listenerOf(listen === undefined ? {} : { listen }, '/r'), expected, listen);
});

const FPM = readdirSync('/usr/sbin').find((name) => /^php-fpm[\d.]*$/.test(name));
test('PHP itself is asked, and is right', {
  skip:
    FPM === undefined || !existsSync('/usr/bin/php')
      ? 'PHP is not installed'
      : process.getuid?.() !== 0 && 'only root asks FPM',
}, () => {
  withFiles(
    {
      'etc/php.ini': `sendmail_path = "$\{HOME_OF_MAIL}/bin/x" ; PHP knows the variable\ndisable_functions = mail\n`,
      'etc/php-fpm.d/a.conf':
        '[a]\nuser = nobody\ngroup = nogroup\nlisten = /run/none.sock\npm = static\npm.max_children = 1\nphp_admin_value[sendmail_path] = "b -t"\n',
    },
    // FPM takes a relative path for one below its prefix.
    ({ path, join }) => {
      writeFileSync(
        join('etc/php-fpm.conf'),
        `[global]\nerror_log = /dev/null\ninclude=${path}/etc/php-fpm.d/*.conf\n`,
      );
      const ask = () => {
        let broken: string | undefined;
        const machine = findPhp(path, (php) => {
          const asked = askPhp({ ...php, cli: '/usr/bin/php', fpm: `/usr/sbin/${FPM}` });
          broken = asked.broken;
          return asked.php;
        });
        return { broken, sites: machine.sites };
      };
      const { sites, broken } = ask();
      assert.equal(broken, undefined);
      const [base, pool] = sites;
      assert.deepEqual([base!.sendmailPath, base!.line], ['/bin/x', 1]);
      assert.equal(base!.disabled[0]?.value, 'mail');
      assert.deepEqual(
        [pool!.kind, pool!.user, pool!.sendmailPath, pool!.line, pool!.pool?.listen],
        ['pool a', 'nobody', '/usr/b -t', 7, '/run/none.sock'],
      );
      writeFileSync(
        join('etc/php-fpm.d/a.conf'),
        '[a]\nuser = nosuchuser\nlisten = /run/none.sock\npm = static\npm.max_children = 1\n',
      );
      assert.match(ask().broken ?? '', /nosuchuser/);
    },
  );
});
