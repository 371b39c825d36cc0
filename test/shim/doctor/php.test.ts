// What the doctor says of php.ini: the program, and the line ends that PHP writes.
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';
import { texts } from '../../../shim/doctor/catalogue.ts';
import type { DoctorContext } from '../../../shim/doctor/context.ts';
import { checkPhp, viewOfPhp } from '../../../shim/doctor/php.ts';
import { temporaryFolder } from '../../support/folder.ts';

const OURS = 'sendmail_path = mailshim --lock -t -i\n';
const rows: [name: string, ini: string, pool: string, found: [id: string, level: string][]][] = [
  ['nothing of line ends', OURS, '', [['php.good', 'ok']]],
  ['crlf, as built in', `${OURS}mail.cr_lf_mode = crlf\n`, '', [['php.good', 'ok']]],
  ...['lf', 'mixed', 'os'].map((mode): [string, string, string, [string, string][]] => [
    mode,
    `${OURS}mail.cr_lf_mode = ${mode}\n`,
    '',
    [
      ['php.good', 'ok'],
      ['php.line-ends', 'ok'],
    ],
  ]),
  [
    'the older setting',
    `${OURS}mail.mixed_lf_and_crlf = On\n`,
    '',
    [
      ['php.good', 'ok'],
      ['php.line-ends', 'ok'],
    ],
  ],
  [
    'a value that PHP does not know',
    `${OURS}mail.cr_lf_mode = unix\n`,
    '',
    [
      ['php.good', 'ok'],
      ['php.line-ends-unknown', 'warning'],
    ],
  ],
  [
    'two that differ',
    `${OURS}mail.cr_lf_mode = lf\nmail.mixed_lf_and_crlf = On\n`,
    '',
    [
      ['php.good', 'ok'],
      ['php.line-ends-both', 'warning'],
    ],
  ],
  [
    'another program is what matters',
    'sendmail_path = msmtp -t\nmail.cr_lf_mode = unix\n',
    '',
    [['php.other', 'failure']],
  ],
  [
    'once for a pool that has it from php.ini',
    `${OURS}mail.cr_lf_mode = lf\n`,
    '[www]\nphp_admin_value[sendmail_path] = mailshim --lock -t -i\n',
    [
      ['php.good', 'ok'],
      ['php.line-ends', 'ok'],
    ],
  ],
];

for (const [name, ini, pool, found] of rows)
  test(name, () => {
    const folder = temporaryFolder();
    try {
      for (const [file, text] of [
        ['etc/php/8.5/fpm/php.ini', ini],
        ['etc/php/8.5/fpm/pool.d/www.conf', pool],
      ] as const) {
        mkdirSync(dirname(folder.join(file)), { recursive: true });
        writeFileSync(folder.join(file), text);
      }
      const euid = process.geteuid!();
      const php = viewOfPhp({ root: folder.path, program: 'mailshim', euid: euid || 1, user: undefined });
      const web = php.users[0];
      const context = { root: folder.path, program: 'mailshim', php, web, blocked: new Set() };
      const results = checkPhp(context as unknown as DoctorContext);
      assert.deepEqual(
        results.map(({ id, level }) => [id, level]),
        found,
      );
    } finally {
      folder.remove();
    }
  });

const replies: [reply: string, isExplained: boolean][] = [
  ['504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname', true],
  ['421 4.7.0 Try again later, closing connection. (EHLO) - gsmtp', true],
  ['554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using zen.spamhaus.org', true],
  ['450 4.1.8 <x@y.example>: Sender address rejected: Domain not found', true],
  ['553 5.7.1 <x@y.example>: Sender address rejected: not owned by user shop', false],
  ['421 4.3.2 all server ports are busy', false],
  ['550 no', false],
  ['', false],
];
for (const [reply, isExplained] of replies)
  for (const id of ['relay.session', 'relay.sender-refused', 'relay.recipient-refused'] as const)
    for (const lang of ['en', 'ru'] as const)
      test(`${id} (${lang}): ${reply}`, () => {
        const say = texts[id][lang] as (args: object) => { remedy?: string };
        const args = { where: 'x:25', from: 'a@x.example', to: 'a@x.example', provider: '' };
        const usual = say({ ...args, reply: '550 no' }).remedy;
        assert.equal(say({ ...args, reply }).remedy !== usual, isExplained);
      });
