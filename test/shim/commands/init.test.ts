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
    assert.match(ran.stderr, /queue cannot be made \(ENOTDIR|queue cannot be made \(ELOOP/);
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
    assert.match(ran.stderr, /there is no user nginx here; name the one that sends by --user/);
  });
});

describe('what is there already', { skip: notRoot }, () => {
  test('nothing is replaced without --force; with it a copy stays, and the keys stay', async () => {
    const folder = system(['www-data']);
    assert.equal((await initAt(folder)).code, 0);
    const file = folder.join('etc/mailshimrc');
    writeFileSync(file, 'mine\n');
    const key = readFileSync(folder.join('etc/mailshim/dkim/mailshim.pem'), 'latin1');
    const refused = await initAt(folder);
    assert.equal(refused.code, 73);
    assert.match(refused.stderr, /etc\/mailshimrc is there already; --force replaces it and keeps a copy/);
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
    assert.match(forced.stdout, /DKIM key .*mailshim\.pem: stays as it is/);
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

  test('a file in the place of a key that holds none is told of', async () => {
    const folder = system(['www-data']);
    mkdirSync(folder.join('etc/mailshim/dkim'), { recursive: true });
    writeFileSync(folder.join('etc/mailshim/dkim/mailshim.pem'), 'nothing');
    const ran = await initAt(folder);
    assert.equal(ran.code, 65);
    assert.match(ran.stderr, /mailshim\.pem is there and is no DKIM key/);
    assert.equal(existsSync(folder.join('etc/mailshimrc')), false);
  });

  test('a dry run writes nothing, and shows no key that nobody will have', async () => {
    const folder = system(['www-data']);
    const ran = await initAt(folder, '--dry-run', '--lang', 'ru');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.deepEqual(readdirSync(folder.join('etc')), ['passwd']);
    assert.match(ran.stdout, /^Было бы записано:\n {2}папка /);
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
  assert.match(ran.stderr, /put the password of shop into .*\/home\/\.config\/mailshim\/password, mode 0600/);
  assert.deepEqual(rights(`${home}/.mailshimrc`), ['600', 65534, 65534]);
  chmodSync(home, 0o555);
  const refused = await runShim(['init', '--yes', '--no-dns', '--force', ...GIVEN], {
    env: { HOME: home },
    uid: 65534,
    gid: 65534,
  });
  assert.equal(refused.code, 73);
  assert.match(refused.stderr, /\.mailshimrc cannot be made \(EACCES\)/);
});

test('what cannot be is refused by its flag', async () => {
  const rows: [string[], RegExp][] = [
    [[], /^mailshim: init: --domain, --relay, --ip, --sender are missing$/m],
    [[...GIVEN, '--ip', '203.0.113'], /--ip "203\.0\.113" is no IP address/],
    [[...GIVEN, '--bounces', 'bounces@shop.example'], /below shop\.example/],
    [[...GIVEN, '--bounces', 'bounces@other.example'], /below shop\.example/],
    [[...GIVEN, '--bounces', 'nothing'], /--bounces "nothing" is not a mail address/],
    [[...GIVEN, '--mx', 'no domain'], /--mx "no domain" is no domain name/],
    [[...GIVEN, '--port', '70000'], /--port "70000" is no port/],
    [[...GIVEN, '--worker', 'ftp://x'], /--worker "ftp:\/\/x" is no web address/],
    [[...GIVEN, '--delivery', 'later'], /--delivery/],
    [[...GIVEN, '--sender', 'orders'], /--sender "orders" is no mail address/],
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
        /\[CHANGE\] who may send.*\n +v=spf1 ip4:203\.0\.113\.25 include:_spf\.shop\.example ~all/,
        /\[is there\] what receivers do/,
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
      [/у shop\.example нет записи MX/, /кто может отправлять за домен/],
      [/who may send/],
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
      assert.match(ran.stdout, /^In the panel of .*:\n {2}set up the domain as a sender/m);
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
    assert.match(ran.stdout, /Опубликуйте эти записи:\n.*\n {2}ничего\n/);
    assert.doesNotMatch(ran.stdout, /v=/);
  });

  test('what contradicts the provider is refused', async () => {
    const wrong: [words: string[], reason: RegExp][] = [
      [
        ['--provider', 'gogle', ...SENDER],
        /--provider "gogle" is not known; known are google, microsoft365, .*cloudflare, ses/,
      ],
      [['--provider', 'mailchimp', ...SENDER], /--provider "mailchimp" is not known/],
      [
        ['--provider', 'ses', '--login', 'x', ...SENDER],
        /--provider ses needs --relay with the host of your region, such as email-smtp\.REGION\.amazonaws\.com/,
      ],
      [
        ['--provider', 'google', '--relay', 'smtp.yandex.ru', ...SENDER],
        /--relay "smtp\.yandex\.ru" is not a host of Google Workspace/,
      ],
      [['--provider', 'google', '--ip', '203.0.113.25', ...SENDER], /leave --ip out/],
      [['--provider', 'mailgun', ...SENDER], /--login is missing/],
      [['--provider', 'google'], /--sender is missing/],
      [
        ['--provider', 'mailgun', '--login', 'x', '--sender', 'shop@gmail.com'],
        /mail from gmail\.com is believed only where Google Workspace sends it/,
      ],
      [
        ['--relay', 'mail.shop.example', '--ip', '203.0.113.25', '--sender', 'shop@mail.ru'],
        /mail from mail\.ru is believed only where VK WorkSpace/,
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

  test('each question until its answer can be used; the password is not shown', async () => {
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
    assert.match(screen, /"no domain" is no domain name/);
    assert.match(screen, /"later" is neither queue nor direct/);
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

  test('in Russian; what was given is not asked for, and what was typed ahead is kept', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(
      command(folder, '--lang', 'ru', ...GIVEN),
      [['Сервер, который', '\r\r\r']],
      env,
    );
    assert.equal(code, 0, screen);
    assert.doesNotMatch(screen, /Домен магазина/);
    assert.match(screen, /Имя пользователя на релее/);
    assert.match(screen, /адресу: \nЗаписано:\n/);
    assert.doesNotMatch(screen, / (strings|in quotes|of its host|is there|folder) /);
  });

  test('through a provider only what its row does not say is asked for', async () => {
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

  test('who leaves has changed nothing', async () => {
    const folder = system(['www-data']);
    const { code, screen } = await typed(command(folder), [['Domain of the shop', '\x04']], env);
    assert.equal(code, 66, screen);
    assert.match(screen, /the input ended before all was answered; nothing was written/);
    assert.deepEqual(readdirSync(folder.join('etc')), ['passwd']);
  });
});
