// By which program PHP sends, as its files say: each kind, what overrides it, and the pools of FPM.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { phpSettings } from '../../../shim/setup/php.ts';
import { temporaryFolder } from '../../support/folder.ts';

const rows: [
  name: string,
  files: Record<string, string>,
  found: [kind: string, file: string, line: number | undefined, value: string | undefined][],
][] = [
  ['no PHP', {}, []],
  [
    'Debian: one file for each kind; a comment is no setting',
    {
      'etc/php/8.2/cli/php.ini': ';sendmail_path = no\n',
      'etc/php/8.2/fpm/php.ini': '[mail function]\nsendmail_path = "/usr/local/bin/mailshim --lock -t -i" ; ours\n',
      'etc/php/8.2/apache2/php.ini': "sendmail_path='msmtp -t'\n",
      'etc/php/8.2/mods-available/mail.ini': 'sendmail_path = no\n',
    },
    [
      ['apache2', 'etc/php/8.2/apache2/php.ini', 1, 'msmtp -t'],
      ['cli', 'etc/php/8.2/cli/php.ini', undefined, undefined],
      ['fpm', 'etc/php/8.2/fpm/php.ini', 2, '/usr/local/bin/mailshim --lock -t -i'],
    ],
  ],
  [
    'the last line holds, and conf.d comes behind php.ini in the order of names',
    {
      'etc/php/8.3/cli/php.ini': 'sendmail_path = a\nsendmail_path = b\n',
      'etc/php/8.3/cli/conf.d/20-x.ini': 'sendmail_path = c\n',
      'etc/php/8.3/cli/conf.d/30-y.ini': 'sendmail_path = d ; last\n',
      'etc/php/8.3/cli/conf.d/40-z.ini.disabled': 'sendmail_path = e\n',
    },
    [['cli', 'etc/php/8.3/cli/conf.d/30-y.ini', 1, 'd']],
  ],
  [
    'a pool that says something of its own is one more',
    {
      'etc/php/8.2/fpm/php.ini': 'sendmail_path = a\n',
      'etc/php/8.2/fpm/pool.d/www.conf': '[www]\n;php_admin_value[sendmail_path] = no\n',
      'etc/php/8.2/fpm/pool.d/shop.conf': '[shop]\nuser = shop\nphp_admin_value[sendmail_path] = b -f x@shop.example\n',
      'etc/php/8.2/fpm/pool.d/old.conf.bak': 'php_value[sendmail_path] = c\n',
    },
    [
      ['fpm', 'etc/php/8.2/fpm/php.ini', 1, 'a'],
      ['pool shop', 'etc/php/8.2/fpm/pool.d/shop.conf', 3, 'b -f x@shop.example'],
    ],
  ],
  [
    'the images of Docker, and Red Hat',
    {
      'usr/local/etc/php/conf.d/mail.ini': 'sendmail_path = a\n',
      'etc/php.ini': 'sendmail_path =\n',
      'etc/php.d/50-mail.ini': 'sendmail_path = b\n',
    },
    [
      ['php', 'etc/php.d/50-mail.ini', 1, 'b'],
      ['php', 'usr/local/etc/php/conf.d/mail.ini', 1, 'a'],
    ],
  ],
];

for (const [name, files, found] of rows)
  test(name, () => {
    const folder = temporaryFolder();
    try {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(folder.join(file)), { recursive: true });
        writeFileSync(folder.join(file), text);
      }
      const settings = phpSettings(folder.path).map(({ kind, file, line, sendmailPath }) => [
        kind,
        file.slice(folder.path.length + 1),
        line,
        sendmailPath,
      ]);
      assert.deepEqual(settings.sort(), found.sort());
    } finally {
      folder.remove();
    }
  });
