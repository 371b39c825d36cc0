// By which program PHP sends, as its files say: each kind, what overrides it, and the pools of FPM.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { lineEndsOf, phpSettings } from '../../../shim/php/sites.ts';
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

const lineEnds: [
  name: string,
  files: Record<string, string>,
  found: (undefined | [kind: string, holds: string, by: string, where: string, trouble?: string])[],
][] = [
  ['nothing is said', { 'etc/php/8.5/fpm/php.ini': 'sendmail_path = a\n;mail.cr_lf_mode = lf\n' }, [undefined]],
  [
    'each value of PHP 8.5, in conf.d',
    {
      'etc/php/8.5/fpm/php.ini': 'mail.cr_lf_mode = crlf\n',
      'etc/php/8.5/fpm/conf.d/50-mail.ini': 'mail.cr_lf_mode = "lf"\n',
    },
    [['fpm', 'lf', 'mail.cr_lf_mode', 'etc/php/8.5/fpm/conf.d/50-mail.ini:1']],
  ],
  [
    'the older setting alone',
    { 'etc/php/8.4/cli/php.ini': '[mail function]\nmail.mixed_lf_and_crlf = On\n' },
    [['cli', 'mixed', 'mail.mixed_lf_and_crlf', 'etc/php/8.4/cli/php.ini:2']],
  ],
  ['the older setting, off', { 'etc/php/8.4/cli/php.ini': 'mail.mixed_lf_and_crlf = Off\n' }, [undefined]],
  [
    'an empty value is the default',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode =\n' },
    [['cli', 'crlf', 'mail.cr_lf_mode', 'etc/php/8.5/cli/php.ini:1']],
  ],
  [
    'PHP compares letter by letter',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode = LF\n' },
    [['cli', 'crlf', 'mail.cr_lf_mode', 'etc/php/8.5/cli/php.ini:1', 'unknown']],
  ],
  [
    'a value that PHP does not know leaves the older setting in force',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode = on\nmail.mixed_lf_and_crlf = 1\n' },
    [['cli', 'mixed', 'mail.cr_lf_mode', 'etc/php/8.5/cli/php.ini:1', 'unknown']],
  ],
  [
    'lf decides beside the older setting',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode = lf\nmail.mixed_lf_and_crlf = 1\n' },
    [['cli', 'lf', 'mail.cr_lf_mode', 'etc/php/8.5/cli/php.ini:1', 'both']],
  ],
  [
    'crlf does not',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode = crlf\nmail.mixed_lf_and_crlf = 1\n' },
    [['cli', 'mixed', 'mail.mixed_lf_and_crlf', 'etc/php/8.5/cli/php.ini:2', 'both']],
  ],
  [
    'both say the same',
    { 'etc/php/8.5/cli/php.ini': 'mail.cr_lf_mode = mixed\nmail.mixed_lf_and_crlf = 1\n' },
    [['cli', 'mixed', 'mail.cr_lf_mode', 'etc/php/8.5/cli/php.ini:1']],
  ],
  [
    'a pool with its own program has the line ends of its php.ini',
    {
      'etc/php/8.5/fpm/php.ini': 'mail.cr_lf_mode = lf\n',
      'etc/php/8.5/fpm/pool.d/www.conf': '[www]\nphp_admin_value[sendmail_path] = b\n',
    },
    [
      ['fpm', 'lf', 'mail.cr_lf_mode', 'etc/php/8.5/fpm/php.ini:1'],
      ['pool www', 'lf', 'mail.cr_lf_mode', 'etc/php/8.5/fpm/php.ini:1'],
    ],
  ],
  [
    'a pool has its own, and sends as its php.ini says',
    {
      'etc/php/8.5/fpm/php.ini': 'sendmail_path = a\n',
      'etc/php/8.5/fpm/pool.d/shop.conf': '[shop]\nphp_admin_value[mail.cr_lf_mode] = os\n',
      'etc/php/8.5/fpm/pool.d/old.conf': '[old]\nphp_admin_flag[mail.mixed_lf_and_crlf] = on\n',
    },
    [
      undefined,
      ['pool old', 'mixed', 'mail.mixed_lf_and_crlf', 'etc/php/8.5/fpm/pool.d/old.conf:2'],
      ['pool shop', 'os', 'mail.cr_lf_mode', 'etc/php/8.5/fpm/pool.d/shop.conf:2'],
    ],
  ],
];

for (const [name, files, found] of lineEnds)
  test(`line ends: ${name}`, () => {
    const folder = temporaryFolder();
    try {
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(folder.join(file)), { recursive: true });
        writeFileSync(folder.join(file), text);
      }
      const settings = phpSettings(folder.path).sort((one, other) => (one.kind < other.kind ? -1 : 1));
      assert.deepEqual(
        settings.map((setting) => {
          const ends = lineEndsOf(setting);
          if (ends === undefined) return undefined;
          const { holds, by, trouble } = ends;
          const where = `${by.file.slice(folder.path.length + 1)}:${by.line}`;
          return [setting.kind, holds, by.name, where, ...(trouble === undefined ? [] : [trouble])];
        }),
        found,
      );
      if (name.startsWith('a pool has its own'))
        assert.deepEqual(new Set(settings.map((each) => each.sendmailPath)), new Set(['a']));
    } finally {
      folder.remove();
    }
  });
