// `mailshim init` from flags: what is written with which rights, what stays, and what is read from DNS. The bundle runs.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { after, describe, test } from 'node:test';
import { startBindWithFiles } from '../../support/bind.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { runShim, shimCommand } from '../../support/program.ts';
import { script, typed } from '../../support/typed.ts';

const named = needs('named', 'bind9');
const GIVEN = [
  '--domain',
  'shop.example',
  '--relay',
  'mail.shop.example',
  '--ip',
  '203.0.113.25',
  '--sender',
  'orders@shop.example',
];
const isRoot = process.getuid?.() === 0;
const notRoot = isRoot ? false : 'only root makes files of other users';
const folders: TemporaryFolder[] = [];
after(() => {
  for (const folder of folders) folder.remove();
});

/** The root of another system, with its users. */
function system(users: readonly string[]): TemporaryFolder {
  const folder = temporaryFolder('mailshim-init-');
  folders.push(folder);
  chmodSync(folder.path, 0o755);
  mkdirSync(folder.join('etc'));
  const lines = [
    'root:x:0:0::/root:/bin/sh',
    ...users.map((name, at) => `${name}:x:${33 + at}:${33 + at}::/nonexistent:/bin/false`),
  ];
  writeFileSync(folder.join('etc/passwd'), `${lines.join('\n')}\n`);
  return folder;
}
const initAt = (folder: TemporaryFolder, ...words: string[]) =>
  // The folders below the root have their usual names.
  runShim(['init', '--yes', '--no-dns', '--root', folder.path, ...GIVEN, ...words], { env: { MAILSHIM_SPOOL: '' } });
const rights = (file: string) => {
  const { mode, uid, gid } = statSync(file);
  return [(mode & 0o7777).toString(8), uid, gid];
};

describe('files and their rights', { skip: notRoot }, () => {
  test('where there is no daemon, all is for the web server alone', async () => {
    const folder = system(['www-data']);
    const ran = await initAt(folder);
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.deepEqual(rights(folder.join('etc/mailshimrc')), ['640', 0, 33]);
    // Where no daemon keeps a journal, each mail is told to syslog.
    assert.match(readFileSync(folder.join('etc/mailshimrc'), 'utf8'), /^syslog LOG_MAIL$/m);
    assert.match(ran.stdout, /^ {2}sendmail_path = "\/usr\/local\/bin\/mailshim --lock -t -i"$/m);
    assert.deepEqual(rights(folder.join('etc/mailshim/dkim')), ['700', 33, 33]);
    for (const name of ['mailshim', 'mailshim-ed'])
      assert.deepEqual(rights(folder.join(`etc/mailshim/dkim/${name}.pem`)), ['600', 33, 33]);
    assert.deepEqual(rights(folder.join('var/spool/mailshim-www-data')), ['700', 33, 33]);
    assert.equal(existsSync(folder.join('var/spool/mailshim-www-data/drop')), false);
  });

  test('an envelope sender below the domain, with what to publish for it', async () => {
    const folder = system(['www-data']);
    const ran = await initAt(folder, '--bounces', 'bounces@bounces.shop.example');
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(
      readFileSync(folder.join('etc/mailshimrc'), 'utf8'),
      /^envelope_sender bounces@bounces\.shop\.example$/m,
    );
    assert.match(ran.stdout, /MX {4}bounces\.shop\.example .*\n +10 mail\.shop\.example$/m);
    assert.match(ran.stdout, /TXT {3}bounces\.shop\.example .*\n +v=spf1 ip4:203\.0\.113\.25 -all$/m);
  });

  test('where the daemon has a user, keys and password are its own, and everybody may drop mail', async () => {
    const folder = system(['www-data', 'mailshim']);
    const ran = await initAt(
      folder,
      '--login',
      'shop',
      '--password-file',
      folder.write('password', 'correct horse\r\nmore\n'),
    );
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.deepEqual(rights(folder.join('etc/mailshim/password')), ['600', 34, 34]);
    assert.equal(readFileSync(folder.join('etc/mailshim/password'), 'utf8'), 'correct horse\n');
    assert.deepEqual(rights(folder.join('var/spool/mailshim/drop')), ['3733', 34, 34]);
    assert.match(
      readFileSync(folder.join('etc/mailshimrc'), 'utf8'),
      /^user shop\npasswordeval cat \/etc\/mailshim\/password$/m,
    );
    assert.doesNotMatch(ran.stdout, /correct horse/);
  });

  /** Users as names, or as name and home; the files that say which user PHP runs as. */
  const sending: readonly [
    name: string,
    users: readonly (string | [name: string, home: string])[],
    files: Readonly<Record<string, string>>,
    spool: string | undefined,
  ][] = [
    [
      'the user that a purged package left does not make a daemon',
      ['www-data', ['mailshim', '/var/spool/mailshim']],
      {},
      'mailshim-www-data',
    ],
    [
      'the same user with the unit of the package',
      ['www-data', ['mailshim', '/var/spool/mailshim']],
      { 'usr/lib/systemd/system/mailshim.service': '' },
      'mailshim',
    ],
    [
      'RHEL: the user of the pool',
      ['apache', 'nginx'],
      { 'etc/php-fpm.d/www.conf': '[www]\nuser = nginx\n' },
      'mailshim-nginx',
    ],
    ['RHEL: no pool', ['apache'], {}, 'mailshim-apache'],
    ['BitrixVM', ['nginx', 'bitrix'], { 'etc/php.ini': '' }, 'mailshim-bitrix'],
    [
      'the user of the only pool, on Debian',
      ['www-data', 'shop1'],
      { 'etc/php/8.2/fpm/php.ini': '', 'etc/php/8.2/fpm/pool.d/shop1.conf': '[shop1]\nuser = shop1\n' },
      'mailshim-shop1',
    ],
    [
      'several pools without www-data: not guessed',
      ['apache', 'shop1', 'shop2'],
      { 'etc/php-fpm.d/www.conf': '[a]\nuser = shop1\n[b]\nuser = shop2\n' },
      undefined,
    ],
    ['no user of a web server: not root', [], {}, undefined],
  ];
  for (const [name, users, files, spool] of sending)
    test(`who sends: ${name}`, async () => {
      const folder = system(users.map((user) => (typeof user === 'string' ? user : user[0])));
      for (const user of users)
        if (typeof user !== 'string') {
          const [account, home] = user;
          const passwd = readFileSync(folder.join('etc/passwd'), 'utf8');
          const line = new RegExp(`^(${account}:.*):/nonexistent:`, 'm');
          writeFileSync(folder.join('etc/passwd'), passwd.replace(line, `$1:${home}:`));
        }
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(folder.join(file)), { recursive: true });
        writeFileSync(folder.join(file), text);
      }
      const ran = await initAt(folder);
      assert.equal(ran.code, spool === undefined ? 67 : 0, ran.stderr);
      const made = existsSync(folder.join('var/spool')) ? readdirSync(folder.join('var/spool')) : [];
      assert.deepEqual(made, spool === undefined ? [] : [spool]);
    });

  test('a link that the owner of the key folder left is not written through', async () => {
    const folder = system(['www-data']);
    mkdirSync(folder.join('etc/mailshim/dkim'), { recursive: true });
    writeFileSync(folder.join('precious'), 'kept');
    symlinkSync(folder.join('precious'), folder.join('etc/mailshim/dkim/mailshim.pem.new'));
    mkdirSync(folder.join('elsewhere'));
    mkdirSync(folder.join('var/spool/mailshim-www-data'), { recursive: true });
    symlinkSync(folder.join('elsewhere'), folder.join('var/spool/mailshim-www-data/queue'));
    const ran = await initAt(folder);
    assert.equal(readFileSync(folder.join('precious'), 'utf8'), 'kept');
    assert.equal(statSync(folder.join('elsewhere')).uid, 0);
    assert.equal(ran.code, 73);
    assert.match(ran.stderr, /queue cannot be written \((?:ENOTDIR|ELOOP)/);
  });

  test('php.ini is to name the program where it is: by the package in /usr/bin', async () => {
    const folder = system(['www-data']);
    mkdirSync(folder.join('usr/bin'), { recursive: true });
    writeFileSync(folder.join('usr/bin/mailshim'), '');
    const ran = await initAt(folder);
    assert.match(ran.stdout, /^ {2}sendmail_path = "\/usr\/bin\/mailshim --lock -t -i"$/m);
  });

  test('a user that is not there is named', async () => {
    const ran = await initAt(system([]), '--user', 'nginx');
    assert.equal(ran.code, 67);
    assert.match(ran.stderr, /there is no user nginx .* --user$/m);
  });
});

describe('existing files', { skip: notRoot }, () => {
  test('no file is replaced without --force; with it a copy and the keys are kept', async () => {
    const folder = system(['www-data']);
    assert.equal((await initAt(folder)).code, 0);
    const file = folder.join('etc/mailshimrc');
    writeFileSync(file, 'mine\n');
    const key = readFileSync(folder.join('etc/mailshim/dkim/mailshim.pem'), 'latin1');
    const refused = await initAt(folder);
    assert.equal(refused.code, 73);
    assert.match(refused.stderr, /etc\/mailshimrc already exists; --force replaces it/);
    assert.equal(readFileSync(file, 'utf8'), 'mine\n');
    const forced = await initAt(folder, '--force', '--delivery', 'direct');
    assert.equal(forced.code, 0, forced.stderr);
    assert.match(readFileSync(file, 'utf8'), /^delivery direct$/m);
    const copies = readdirSync(folder.join('etc')).filter((name) => name.startsWith('mailshimrc.'));
    assert.deepEqual(
      copies.map((name) => readFileSync(folder.join(`etc/${name}`), 'utf8')),
      ['mine\n'],
    );
    assert.equal(readFileSync(folder.join('etc/mailshim/dkim/mailshim.pem'), 'latin1'), key);
    assert.match(forced.stdout, /DKIM key .*mailshim\.pem: unchanged/);
  });

  test('new keys come when they are asked for, and the old ones are kept aside', async () => {
    const folder = system(['www-data']);
    assert.equal((await initAt(folder)).code, 0);
    const file = folder.join('etc/mailshim/dkim/mailshim.pem');
    const key = readFileSync(file, 'latin1');
    assert.equal((await initAt(folder, '--new-keys')).code, 73);
    const forced = await initAt(folder, '--new-keys', '--force');
    assert.equal(forced.code, 0, forced.stderr);
    assert.notEqual(readFileSync(file, 'latin1'), key);
    const kept = readdirSync(folder.join('etc/mailshim/dkim')).filter((name) =>
      /^mailshim\.pem\.\d{8}T\d{6}Z$/.test(name),
    );
    assert.deepEqual(
      kept.map((name) => readFileSync(folder.join(`etc/mailshim/dkim/${name}`), 'latin1')),
      [key],
    );
  });

  test('an existing file that is not a key is an error', async () => {
    const folder = system(['www-data']);
    mkdirSync(folder.join('etc/mailshim/dkim'), { recursive: true });
    writeFileSync(folder.join('etc/mailshim/dkim/mailshim.pem'), 'nothing');
    const ran = await initAt(folder);
    assert.equal(ran.code, 65);
    assert.match(ran.stderr, /mailshim\.pem exists and is not a DKIM key/);
    assert.equal(existsSync(folder.join('etc/mailshimrc')), false);
  });

  test('a dry run writes nothing, and shows no key that is not kept', async () => {
    const folder = system(['www-data']);
    const ran = await initAt(folder, '--dry-run', '--lang', 'ru');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.deepEqual(readdirSync(folder.join('etc')), ['passwd']);
    assert.match(ran.stdout, /^Будет записано:\n {2}каталог /);
    assert.match(ran.stdout, /v=DKIM1; k=rsa; p=…/);
  });
});

test('a user without root gets it all at home', { skip: notRoot }, async () => {
  const folder = system([]);
  const home = folder.join('home');
  mkdirSync(home);
  execFileSync('chown', ['65534:65534', home]);
  const ran = await runShim(['init', '--yes', '--no-dns', ...GIVEN, '--login', 'shop'], {
    env: { HOME: home },
    uid: 65534,
    gid: 65534,
  });
  assert.equal(ran.code, 0, ran.stderr);
  assert.match(ran.stderr, /the password of shop to .*\/home\/\.config\/mailshim\/password, mode 0600/);
  assert.deepEqual(rights(`${home}/.mailshimrc`), ['600', 65534, 65534]);
  chmodSync(home, 0o555);
  const refused = await runShim(['init', '--yes', '--no-dns', '--force', ...GIVEN], {
    env: { HOME: home },
    uid: 65534,
    gid: 65534,
  });
  assert.equal(refused.code, 73);
  assert.match(refused.stderr, /\.mailshimrc cannot be written \(EACCES\)/);
});

test('a wrong value is an error that names its option', async () => {
  const rows: [string[], RegExp][] = [
    [[], /^mailshim: init: --domain, --relay, --ip, --sender are missing$/m],
    [[...GIVEN, '--ip', '203.0.113'], /--ip "203\.0\.113": expected /],
    [[...GIVEN, '--bounces', 'bounces@shop.example'], /subdomain of shop\.example/],
    [[...GIVEN, '--bounces', 'bounces@other.example'], /subdomain of shop\.example/],
    [[...GIVEN, '--bounces', 'nothing'], /--bounces "nothing": expected /],
    [[...GIVEN, '--mx', 'no domain'], /--mx "no domain": expected /],
    [[...GIVEN, '--port', '70000'], /--port "70000": expected /],
    [[...GIVEN, '--worker', 'ftp://x'], /--worker "ftp:\/\/x": expected /],
    [[...GIVEN, '--delivery', 'later'], /--delivery/],
    [[...GIVEN, '--sender', 'orders'], /--sender "orders": expected /],
    [[...GIVEN, '--paswd'], /unknown option '--paswd'; see mailshim init --help/],
  ];
  for (const [words, reason] of rows) {
    const ran = await runShim(['init', '--yes', '--no-dns', ...words]);
    assert.equal(ran.code, 64, words.join(' '));
    assert.match(ran.stderr, reason);
  }
});

describe('shop and relay on one machine, and mail that the relay receives', { skip: notRoot }, () => {
  const HERE = ['--relay', 'here'];
  const commandsIn = (text: string) =>
    [...text.matchAll(/^ {2}(mailshim relay postfix .* --apply)$/gm)].map(([, line]) => line);
  const rows: [what: string, words: string[], config: string[], command: string[], mx: string | undefined][] = [
    [
      'here, under mail. and the domain',
      HERE,
      ['host 127.0.0.1', 'tls_host_override mail.shop.example', 'sending_ip 203.0.113.25'],
      ['mailshim relay postfix --hostname mail.shop.example --domain shop.example --allow 127.0.0.1 --apply'],
      undefined,
    ],
    [
      'here, under another name',
      [...HERE, '--hostname', 'vps7.host.example'],
      ['host 127.0.0.1', 'tls_host_override vps7.host.example'],
      ['mailshim relay postfix --hostname vps7.host.example --domain shop.example --allow 127.0.0.1 --apply'],
      undefined,
    ],
    [
      'here, and replies sent on',
      [...HERE, '--receive-at', 'owner@provider.example'],
      ['host 127.0.0.1'],
      [
        'mailshim relay postfix --hostname mail.shop.example --domain shop.example --allow 127.0.0.1 --receive-at owner@provider.example --apply',
      ],
      '10 mail.shop.example',
    ],
    [
      'replies sent on by a relay elsewhere',
      ['--receive-at', 'owner@provider.example'],
      ['host mail.shop.example'],
      [
        'mailshim relay postfix --hostname mail.shop.example --domain shop.example --receive-at owner@provider.example --apply',
      ],
      '10 mail.shop.example',
    ],
    ['a relay elsewhere', [], ['host mail.shop.example'], [], undefined],
  ];
  for (const [what, words, config, command, mx] of rows)
    test(what, async () => {
      const folder = system(['www-data']);
      const { code, stdout, stderr } = await initAt(folder, ...words);
      assert.deepEqual([code, stderr], [0, '']);
      const rc = readFileSync(folder.join('etc/mailshimrc'), 'utf8').split('\n');
      assert.deepEqual(
        config.filter((line) => !rc.includes(line)),
        [],
      );
      assert.deepEqual(commandsIn(stdout), command);
      assert.equal(/^ {2}MX .*\n {8}(.*)$/m.exec(stdout)?.[1], mx);
    });

  test('MX at a relay that only sends is said', async () => {
    for (const words of [
      ['--mx', 'mail.shop.example'],
      [...HERE, '--mx', 'mail.shop.example'],
    ]) {
      const { stderr } = await initAt(system(['www-data']), ...words);
      assert.match(stderr, /MX of shop\.example is mail\.shop\.example.*--receive-at MAILBOX/);
    }
  });

  for (const words of [
    ['--hostname', 'mail.shop.example'],
    ['--receive-at', 'owner@shop.example'],
    ['--receive-at', 'owner'],
    ['--receive-at', 'owner@provider.example', '--mx', 'mx.provider.example'],
  ])
    test(`${words.join(' ')} is refused`, async () => {
      assert.equal((await initAt(system(['www-data']), ...words)).code, 64);
    });
});

describe('what is published already', { skip: named.missing || notRoot }, () => {
  const zone = (lines: string) => `$TTL 300\n@ SOA ns.invalid. h.invalid. 1 1 1 1 1\n@ NS ns.invalid.\n${lines}`;
  const rows: [name: string, lines: string, words: string[], says: RegExp[], not: RegExp[]][] = [
    [
      'SPF of a provider is widened, DMARC and MX stay',
      '@ MX 10 mx.provider.example.\n@ TXT "v=spf1 include:_spf.shop.example ~all"\n_spf TXT "v=spf1 ip4:198.51.100.7 -all"\n_dmarc TXT "v=DMARC1; p=reject"\n',
      [],
      [
        /\[CHANGE\] which servers may send.*\n +v=spf1 ip4:203\.0\.113\.25 include:_spf\.shop\.example ~all/,
        /\[is published\] what receivers do/,
      ],
      [/no MX record/, /^ {2}MX/m],
    ],
    [
      'without an MX that is said',
      '@ A 203.0.113.80\n',
      [],
      [/^ {2}! shop\.example has no MX record: .*--mx HOST/m],
      [/^ {2}MX/m, /IN\tMX/],
    ],
    [
      'the one who is named receives',
      '@ A 203.0.113.80\n',
      ['--mx', 'mx.provider.example'],
      [/^@\t3600\tIN\tMX\t10 mx\.provider\.example\.$/m],
      [/no MX record/],
    ],
    [
      'in Russian',
      '@ A 203.0.113.80\n',
      ['--lang', 'ru'],
      [/у домена shop\.example нет записи MX/, /каким серверам разрешено отправлять/],
      [/which servers may send/],
    ],
  ];
  for (const [name, lines, words, says, not] of rows)
    test(name, async () => {
      const bind = await startBindWithFiles({ 'shop.example': zone(lines) });
      try {
        const folder = system(['www-data']);
        const ran = await runShim([
          'init',
          '--yes',
          '--root',
          folder.path,
          ...GIVEN,
          '--dns-server',
          `127.0.0.1:${bind.port}`,
          ...words,
        ]);
        assert.equal(ran.code, 0, ran.stderr);
        for (const pattern of says) assert.match(ran.stdout, pattern);
        for (const pattern of not) assert.doesNotMatch(ran.stdout, pattern);
      } finally {
        await bind.stop();
      }
    });
});

describe('through a provider', { skip: notRoot }, () => {
  const through = (folder: TemporaryFolder, ...words: string[]) =>
    runShim(['init', '--yes', '--no-dns', '--root', folder.path, '--domain', 'shop.example', ...words]);
  const SENDER = ['--sender', 'orders@shop.example'];
  const rows: [words: string[], rc: string[], not: RegExp][] = [
    [
      ['--provider', 'cloudflare', ...SENDER],
      [
        'host smtp.mx.cloudflare.net',
        'port 465',
        'tls on',
        'tls_starttls off',
        'auth on',
        'user api_token',
        'dkim_domain shop.example',
        'dkim_selector cf-bounce',
        'sender_rewrite misaligned',
        'allow_sender \\*@shop.example',
      ],
      /sending_ip|dkim_key/,
    ],
    [
      ['--provider', 'Microsoft 365', ...SENDER],
      [
        'host smtp.office365.com',
        'port 587',
        'tls_starttls on',
        'user orders@shop.example',
        'sender_rewrite always',
        'dkim_domain shop.example',
      ],
      /sending_ip|dkim_key|allow_sender|dkim_selector/,
    ],
    [
      ['--provider', 'ses', '--relay', 'email-smtp.eu-west-1.amazonaws.com', '--login', 'AKIA7', ...SENDER],
      ['host email-smtp.eu-west-1.amazonaws.com', 'port 465', 'user AKIA7', 'dkim_domain shop.example'],
      /sending_ip|dkim_key|dkim_selector/,
    ],
    [
      ['--relay', 'smtp.yandex.ru', ...SENDER],
      ['host smtp.yandex.ru', 'user orders@shop.example', 'dkim_selector mail'],
      /sending_ip|dkim_key/,
    ],
    [
      ['--provider', 'sendgrid', '--selector', 'shop', ...SENDER],
      [
        'user apikey',
        'dkim_selector shop shop-ed',
        'dkim_key /etc/mailshim/dkim/shop.pem /etc/mailshim/dkim/shop-ed.pem',
      ],
      /sending_ip/,
    ],
  ];
  for (const [words, lines, not] of rows)
    test(words.join(' '), async () => {
      const folder = system(['www-data']);
      const ran = await through(folder, ...words);
      assert.equal(ran.code, 0, ran.stderr);
      const rc = readFileSync(folder.join('etc/mailshimrc'), 'utf8');
      for (const line of lines) assert.match(rc, new RegExp(`^${line}$`, 'm'));
      assert.doesNotMatch(rc, not);
      assert.match(ran.stdout, /^In the panel of .*:\n {2}add the domain as a sender/m);
      assert.doesNotMatch(ran.stdout, /PTR|-all| A {4}|_domainkey\.(?!shop)/);
      assert.equal(existsSync(folder.join('etc/mailshim/dkim')), /dkim_key/.test(rc));
    });

  test('a free mailbox has nothing to publish', async () => {
    const folder = system(['www-data']);
    const ran = await runShim([
      'init',
      '--yes',
      '--no-dns',
      '--root',
      folder.path,
      '--domain',
      'gmail.com',
      '--provider',
      'google',
      '--sender',
      'me@gmail.com',
      '--lang',
      'ru',
    ]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.doesNotMatch(readFileSync(folder.join('etc/mailshimrc'), 'utf8'), /dkim/);
    assert.match(ran.stdout, /Добавьте эти записи DNS:\n.*\n {2}нет\n/);
    assert.doesNotMatch(ran.stdout, /v=/);
  });

  test('options that contradict the provider are errors', async () => {
    const wrong: [words: string[], reason: RegExp][] = [
      [
        ['--provider', 'gogle', ...SENDER],
        /--provider "gogle": expected one of google, microsoft365, .*cloudflare, ses/,
      ],
      [['--provider', 'mailchimp', ...SENDER], /--provider "mailchimp": expected one of/],
      [
        ['--provider', 'ses', '--login', 'x', ...SENDER],
        /--provider ses needs --relay with the host of your region: email-smtp\.REGION\.amazonaws\.com/,
      ],
      [
        ['--provider', 'google', '--relay', 'smtp.yandex.ru', ...SENDER],
        /--relay "smtp\.yandex\.ru" is not a host of Google Workspace/,
      ],
      [['--provider', 'google', '--ip', '203.0.113.25', ...SENDER], /remove --ip/],
      [['--provider', 'mailgun', ...SENDER], /--login is missing/],
      [['--provider', 'google'], /--sender is missing/],
      [
        ['--provider', 'mailgun', '--login', 'x', '--sender', 'shop@gmail.com'],
        /mail from gmail\.com only where Google Workspace sends it/,
      ],
      [
        ['--relay', 'mail.shop.example', '--ip', '203.0.113.25', '--sender', 'shop@mail.ru'],
        /mail from mail\.ru only where VK WorkSpace/,
      ],
    ];
    for (const [words, reason] of wrong) {
      const ran = await through(system(['www-data']), ...words);
      assert.equal(ran.code, 64, words.join(' '));
      assert.match(ran.stderr, reason);
    }
  });
});

describe('on a terminal', { skip: script.missing || notRoot }, () => {
  const command = (folder: TemporaryFolder, ...words: string[]) => {
    const [program, first] = shimCommand();
    return [program, ...first, 'init', '--no-dns', '--root', folder.path, ...words].join(' ');
  };
  const env = { PATH: '/usr/bin:/bin', HOME: '/nonexistent', TERM: 'xterm' };

  test('each question until its answer is valid; the password is hidden', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(
      command(folder),
      [
        ['Domain of the shop', 'no domain'],
        ['Domain of the shop', 'shop.example'],
        ['[mail.shop.example]', ''],
        ['sends from', '203.0.113.25'],
        ['[orders@shop.example]', 'shop@shop.example'],
        ['receives the domain', ''],
        ['[queue]', 'later'],
        ['[queue]', ''],
        ['your Worker', 'https://check.shop.example/'],
        ['User name', 'shop'],
        ['Password of shop', 'correct horse'],
      ],
      env,
    );
    assert.equal(code, 0, screen);
    assert.match(screen, /"no domain": expected a domain name/);
    assert.match(screen, /"later": expected queue or direct/);
    assert.doesNotMatch(screen, /correct/);
    assert.equal(readFileSync(folder.join('etc/mailshim/password'), 'utf8'), 'correct horse\n');
    const rc = readFileSync(folder.join('etc/mailshimrc'), 'utf8');
    for (const line of [
      'host mail.shop.example',
      'from shop@shop.example',
      'preflight_url https://check.shop.example',
      'user shop',
    ])
      assert.match(rc, new RegExp(`^${line}$`, 'm'));
  });

  test('in Russian; given answers are not asked for, and lines typed ahead are kept', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(
      command(folder, '--lang', 'ru', ...GIVEN),
      [['Сервер, который', '\r\r\r']],
      env,
    );
    assert.equal(code, 0, screen);
    assert.doesNotMatch(screen, /Домен магазина/);
    assert.match(screen, /Имя пользователя на релее/);
    assert.match(screen, /адресу сервера\): \nЗаписано:\n/);
    assert.doesNotMatch(screen, / (strings|in quotes|of the hosting|is published|directory) /);
  });

  test('with a provider only the answers that its row does not have are asked for', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(
      command(folder, '--provider', 'cloudflare'),
      [
        ['Domain of the shop', 'shop.example'],
        ['[orders@shop.example]', ''],
        ['[queue]', ''],
        ['your Worker', ''],
        ['Password of api_token', 't0ken'],
      ],
      env,
    );
    assert.equal(code, 0, screen);
    assert.doesNotMatch(screen, /Host name of the relay|sends from|User name|t0ken/);
    assert.match(readFileSync(folder.join('etc/mailshimrc'), 'utf8'), /^host smtp\.mx\.cloudflare\.net\nport 465$/m);
  });

  test('input that ends changes no file', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(command(folder), [['Domain of the shop', '\x04']], env);
    assert.equal(code, 66, screen);
    assert.match(screen, /the input ended before all questions were answered/);
    assert.deepEqual(readdirSync(folder.join('etc')), ['passwd']);
  });
});
