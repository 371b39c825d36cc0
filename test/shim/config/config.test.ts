// msmtp's language: lexing, accounts, choice, permissions, and the messages about mistakes.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { type Account, accountOf } from '../../../shim/config/account.ts';
import { buildAccounts, chooseAccount, matchesSender } from '../../../shim/config/accounts.ts';
import { nearestDirective } from '../../../shim/config/directives.ts';
import { readConfiguration, refuseBroken } from '../../../shim/config/files.ts';
import { lexConfig } from '../../../shim/config/lex.ts';
import { findInNetrc, passwordOf } from '../../../shim/config/secrets.ts';
import { ExitError, placed } from '../../../shim/exit.ts';
import { type DiagnosticId, diagnostic } from '../../../shim/messages/catalogue.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

function isExit(error: unknown, code: number, id: DiagnosticId): error is ExitError {
  return error instanceof ExitError && error.code === code && error.id === id;
}
function read(text: string) {
  const lexed = lexConfig('rc', text);
  const built = buildAccounts(lexed.lines, (command) =>
    command === 'good' ? { value: 'user evaluated' } : { problem: diagnostic('command.failed', { status: 1 }) },
  );
  return {
    accounts: built.accounts,
    problems: [...lexed.problems, ...built.problems].map(({ line, problem }) => ({ line, ...problem })),
  };
}
const valuesOf = (text: string, name: string) =>
  Object.fromEntries(
    [...read(text).accounts.find((account) => account.name === name)!.settings].map(([key, { value }]) => [key, value]),
  );
const account = (text: string, name = 'default') =>
  accountOf(read(text).accounts.find((entry) => entry.name === name)!, new Map(), '/home/shop');

describe('lines', () => {
  const lines: [name: string, text: string, expected: Record<string, string>][] = [
    ['no inline comments', 'user u # x', { user: 'u # x' }],
    ['quotes around the whole argument', 'password " s p "', { password: ' s p ' }],
    ['a quote within stays', 'password a"b', { password: 'a"b' }],
    ['CRLF, tabs and blanks', '  host\t relay.example \r', { host: 'relay.example' }],
    ['a byte order mark in front', '\uFEFFhost relay.example\r\n', { host: 'relay.example' }],
    ['an empty boolean is on', 'tls', { tls: 'on' }],
    ['octal and hexadecimal numbers as strtol reads them', 'port 0x1d1', { port: '465' }],
    ['obsolete words mean their successors', 'tls_nostarttls', { tls_starttls: 'off' }],
    ['keepbcc is the contrary', 'keepbcc on', { remove_bcc_headers: 'off' }],
    ['ours behind a comment', '#mailshim: preflight enforce', { preflight: 'enforce' }],
    ['ours bare', 'preflight off', { preflight: 'off' }],
    ['eval', 'eval good', { user: 'evaluated' }],
  ];
  for (const [name, text, expected] of lines) {
    test(name, () => assert.deepEqual(valuesOf(text, 'default'), expected));
  }

  const mistakes: [text: string, line: number, id: DiagnosticId, text?: RegExp][] = [
    ['\n\n\n\n\n\nhots x', 7, 'directive.unknown', /^unknown directive "hots"; did you mean "host"\?$/],
    ['tls_startls on', 1, 'directive.unknown', /did you mean "tls_starttls"\?/],
    ['Host x', 1, 'directive.unknown', /did you mean "host"\?/],
    ['\ntls yes', 2, 'value.choice', /^tls yes: expected on or off$/],
    ['host = relay.example', 1, 'value.host'],
    ['host a.example b.example', 1, 'value.host'],
    ['host', 1, 'value.host'],
    ['host relay.example:587', 1, 'value.host-port'],
    ['host [relay.example]', 1, 'value.host-brackets'],
    ['port 99999', 1, 'value.integer', /^port 99999: expected a number from 1 to 65535$/],
    ['port = 25', 1, 'value.integer'],
    ['account a\naccount a', 2, 'account.twice'],
    ['account a : b', 1, 'account.unknown-parent'],
    ['account', 1, 'account.no-name'],
    ['tls_fingerprint 00:11', 1, 'value.fingerprint'],
    ['preflight sometimes', 1, 'value.choice', /: expected one of warn, off, enforce$/],
    ['preflight_url ftp://x', 1, 'value.url'],
    ['preflight_url https://u:p@x', 1, 'value.url-credentials'],
    ['relay_connections 101', 1, 'value.integer', / 1 to 100$/],
    ['relay_recipients 0', 1, 'value.integer', / 1 to 10000$/],
    ['relay_recipients 10001', 1, 'value.integer'],
    ['relay_messages 0', 1, 'value.integer'],
    ['outbreak sometimes', 1, 'value.choice'],
    ['outbreak_limit 0', 1, 'value.integer', / 1 to 1000000$/],
    ['drop_files -1', 1, 'value.integer'],
    ['drop_bytes 1.5', 1, 'value.integer'],
    ['queue_lifetime soon', 1, 'value.duration'],
    ['bounce_to shop', 1, 'value.address'],
    ['timeout soon', 1, 'value.seconds'],
    ['dsn_notify always', 1, 'value.notify'],
    ['redirect_to shop', 1, 'value.address'],
    ['only_to shop.example', 1, 'value.patterns'],
    ['password_credential ../secret', 1, 'value.credential'],
    ['eval bad', 1, 'command.failed', /^eval: the command exited with 1/],
    ['user a\tb\x07', 1, 'line.control', /^the argument of user /],
    [`user ${'x'.repeat(600)}`, 1, 'line.too-long'],
  ];
  for (const [text, line, id, message = /./] of mistakes) {
    test(`mistake: ${text.trim().slice(0, 40)}`, () => {
      const { problems } = read(text);
      assert.deepEqual(
        problems.map((problem) => [problem.line, problem.id]),
        [[line, id]],
      );
      assert.match(problems[0]!.text, message);
    });
  }

  test('a word unlike any directive gets no suggestion', () => assert.equal(nearestDirective('zzzzzzzzzz'), undefined));
});

describe('accounts', () => {
  test('defaults hold for the accounts below them, and "account default : name" copies', () => {
    const text = 'defaults\nport 587\ntls on\naccount shop\nhost relay.example\nport 465\naccount default : shop\n';
    assert.deepEqual(valuesOf(text, 'default'), { port: '465', tls: 'on', host: 'relay.example' });
  });
  test('a copy gets what the account itself set, not the defaults it had', () => {
    const text = 'defaults\nport 587\naccount a\nhost a.example\ndefaults\nport 2525\naccount b : a\n';
    assert.equal(valuesOf(text, 'b').port, '2525');
  });

  const accounts = read(
    'account first\nhost x\nfrom *@shop.example\naccount second\nhost y\nfrom user@other.example\naccount default\nhost z',
  ).accounts;
  const choices: [name: string | undefined, sender: string | undefined, expected: string][] = [
    [undefined, undefined, 'default'],
    [undefined, 'Any@SHOP.example', 'first'],
    [undefined, 'user+detail@other.example', 'second'],
    [undefined, 'else@nowhere.example', 'default'],
    ['second', 'any@shop.example', 'second'],
  ];
  for (const [name, sender, expected] of choices) {
    test(`choice: -a ${name ?? '(none)'} -f ${sender ?? '(none)'}`, () => {
      const choice = chooseAccount(accounts, name, sender);
      assert.equal('account' in choice ? choice.account.name : choice.problem.text, expected);
    });
  }
  test('an account that is not there: those that are', () => {
    assert.deepEqual(chooseAccount(accounts, 'thrid', undefined), {
      problem: diagnostic('account.unknown', { name: 'thrid', known: ['first', 'second', 'default'] }),
    });
  });
  test('patterns of senders end at once, however many stars they have', () => {
    assert.equal(matchesSender(`${'*a'.repeat(200)}b`, 'a'.repeat(5000)), false);
    assert.equal(matchesSender('[a-c]?*@x.example', 'bob@x.example'), true);
    assert.equal(matchesSender('[!a]*@x.example', 'abc@x.example'), false);
  });
});

describe('settings', () => {
  test('port: 25, or 465 with TLS from the first byte', () => {
    assert.equal(account('host x').port, 25);
    assert.equal(account('host x\ntls on\ntls_starttls off').port, 465);
  });
  const literals = ['[::1]', '::1', '[IPv6:::1]'];
  for (const host of literals) test(`host ${host}`, () => assert.equal(account(`host ${host}`).host, '::1'));
  test('defaults', () => {
    const { relayConnections, relayRecipients, relayMessages, outbreak, outbreakLimit, dropFiles, dropBytes } =
      account('host x');
    assert.deepEqual(
      [relayConnections, relayRecipients, relayMessages, outbreak, outbreakLimit, dropFiles, dropBytes],
      [6, 50, 100, 'warn', 100, 10_000, 1024 ** 3],
    );
    const { onlyTo, redirectTo, fallbackAccount, submitDeadline, queueLifetime } = account('host x');
    assert.deepEqual(
      [onlyTo, redirectTo, fallbackAccount, submitDeadline, queueLifetime],
      [[], undefined, undefined, 10_000, 5 * 86_400_000],
    );
  });
  const values: [line: string, member: keyof Account, value: unknown][] = [
    ['relay_recipients 10000', 'relayRecipients', 10_000],
    ['relay_messages 1', 'relayMessages', 1],
    ['fallback_account second', 'fallbackAccount', 'second'],
    ['only_to *@shop.example, me@x.example', 'onlyTo', ['*@shop.example', 'me@x.example']],
    ['redirect_to me@x.example', 'redirectTo', 'me@x.example'],
    ['outbreak hold', 'outbreak', 'hold'],
    ['drop_bytes 0x10', 'dropBytes', 16],
    ['queue_lifetime 12h', 'queueLifetime', 43_200_000],
    ['submit_deadline 0.5', 'submitDeadline', 500],
    ['timeout off', 'timeoutOff', true],
    ['connect_timeout 1.5', 'timeout', 1500],
    ['auth XOAUTH2\nuser u', 'auth', 'xoauth2'],
    ['preflight_url https://w.example/', 'preflightUrl', 'https://w.example'],
    ['syslog off', 'syslog', undefined],
    ['logfile none', 'logfile', undefined],
    ['dkim_selector a\ndkim_domain x\ndkim_key ~/k', 'dkim', [{ domain: 'x', selector: 'a', keyFile: '/home/shop/k' }]],
  ];
  for (const [line, member, value] of values)
    test(line.replaceAll('\n', ', '), () => assert.deepEqual(account(`host x\n${line}`)[member], value));
  test('a pattern is not a sender', () => assert.equal(account('host x\nfrom *@shop.example').from, undefined));
  test('~ is the home folder', () => assert.equal(account('host x\nlogfile ~/log').logfile, '/home/shop/log'));
  test('certificates are checked unless switched off by name', () => {
    assert.equal(account('host x').tls.certificateCheck, true);
    assert.equal(account('host x\ntls_certcheck off').tls.certificateCheck, false);
  });
  test('what has no effect is named with its line', () => {
    assert.deepEqual(account('host x\ntls_priorities NORMAL').warnings, [
      placed('rc:2', diagnostic('directive.no-effect', { word: 'tls_priorities' })),
    ]);
  });
  const unusable: [text: string, id: DiagnosticId, place: string][] = [
    ['port 25', 'account.no-host', 'rc:1: account default: '],
    ['host x\nauth on', 'account.no-user', 'rc:2: '],
    ['host x\nauth ntlm\nuser u', 'account.auth', 'rc:2: '],
    ['host x\ntls_key_file k', 'account.client-certificate', 'rc:2: '],
    ['host x\nprotocol lmtp', 'account.lmtp-port', 'rc:2: '],
    ['host x\ndkim_key k', 'account.dkim-keys', 'rc:2: '],
    ['host x\nsender_rewrite always', 'account.rewrite-sender', 'rc:2: '],
    ['host x\nfrom a@b.example\npreflight off\nsender_rewrite misaligned', 'account.rewrite-preflight', 'rc:4: '],
  ];
  for (const [text, id, place] of unusable) {
    test(`unusable: ${text.replaceAll('\n', ', ')}`, () => {
      assert.throws(
        () => account(text),
        (error) => isExit(error, 78, id) && error.message.startsWith(place),
      );
    });
  }
});

describe('files', () => {
  let folder: TemporaryFolder;
  beforeEach(() => {
    folder = temporaryFolder();
    mkdirSync(folder.join('etc'));
    mkdirSync(folder.join('home/.config/msmtp'), { recursive: true });
  });
  afterEach(() => folder.remove());
  const surroundings = () => ({ etc: folder.join('etc'), home: folder.join('home'), configHome: undefined, euid: 0 });
  const readAll = (chosen?: string, euid = 0) => readConfiguration({ ...surroundings(), euid }, chosen);
  const hosts = (chosen?: string) => readAll(chosen).accounts.map((entry) => entry.settings.get('host')?.value);

  test('accounts of the user file hide those of the system file', () => {
    folder.write('etc/msmtprc', 'account default\nhost system\naccount other\nhost other\n');
    folder.write('home/.msmtprc', 'account default\nhost user\n');
    assert.deepEqual(hosts(), ['user', 'other']);
  });
  test('the XDG file is read if there is no ~/.msmtprc', () => {
    folder.write('home/.config/msmtp/config', 'host xdg\n');
    assert.deepEqual(hosts(), ['xdg']);
    folder.write('home/.msmtprc', 'host dot\n');
    assert.deepEqual(hosts(), ['dot']);
  });
  test('one of our own files replaces the msmtp files', () => {
    folder.write('etc/msmtprc', 'host msmtp\n');
    folder.write('etc/mailshimrc', 'host own\n');
    assert.deepEqual(hosts(), ['own']);
    folder.write('home/.mailshimrc', 'account mine\nhost mine\n');
    assert.deepEqual(hosts(), ['mine', 'own']);
  });
  test('-C replaces the user file', () => {
    folder.write('home/.msmtprc', 'host user\n');
    folder.write('etc/msmtprc', 'account system\nhost system\n');
    assert.deepEqual(hosts(folder.write('chosen', 'host chosen\n')), ['chosen', 'system']);
  });
  test('EMAIL and SMTPSERVER make the account of last resort', () => {
    const read = () =>
      readConfiguration(
        { ...surroundings(), email: 'a@x.example', smtpServer: 'relay.example' },
        undefined,
      ).accounts.map(({ settings }) => settings.get('host')?.value);
    folder.write('home/.msmtprc', 'account other\nhost other\n');
    assert.deepEqual(read(), ['other', 'relay.example']);
    folder.write('home/.msmtprc', 'host user\n');
    assert.deepEqual(read(), ['user']);
  });
  test('a second relay that is not there is a problem before it is needed', () => {
    const problems = (text: string) =>
      readAll(folder.write('chosen', `account default\nhost x\n${text}`)).problems.map(({ line, problem }) => [
        line,
        problem,
      ]);
    assert.deepEqual(problems('fallback_account b\naccount b\nhost y\n'), []);
    assert.deepEqual(problems('fallback_account b\n'), [
      [3, diagnostic('account.fallback', { name: 'b', known: false })],
    ]);
    assert.deepEqual(problems('fallback_account default\n'), [
      [3, diagnostic('account.fallback', { name: 'default', known: true })],
    ]);
    folder.write('etc/mailshimrc', 'account b\nhost y\n');
    assert.deepEqual(problems('fallback_account b\n'), []);
  });
  test('-C that does not exist ends with 74', () => {
    const configuration = readAll(folder.join('absent'));
    assert.throws(
      () => refuseBroken(configuration, 0),
      (error) => isExit(error, 74, 'config.unreadable') && /absent: no such file/.test(error.message),
    );
  });
  test('a file with a password, open to others, is rejected for users; the system file is not checked', () => {
    const file = folder.write('home/.msmtprc', 'host x\npassword secret\n');
    chmodSync(file, 0o644);
    const euid = process.geteuid!() || 4242;
    const { problems } = readAll(undefined, euid);
    assert.equal(problems.length, 1);
    assert.match(problems[0]!.problem.id, /^config\.password-(owner|mode)$/);
    assert.equal(problems[0]!.line, 2);
    folder.write('home/.msmtprc', '');
    folder.write('etc/msmtprc', 'host x\npassword secret\n', 0o644);
    assert.deepEqual(readAll(undefined, euid).problems, []);
  });
  test('commands are run only from a file of the reader or of root that not every user can write', () => {
    const file = folder.write('home/.msmtprc', 'host x\neval echo port 27\npasswordeval echo secret\n');
    const own = process.geteuid!();
    assert.deepEqual(readAll(undefined, own).problems, []);
    chmodSync(file, 0o666);
    const problems = () =>
      readAll(undefined, own).problems.map(({ line, problem }) => [line, problem.id, problem.text]);
    assert.deepEqual(
      problems().map(([line, id]) => [line, id]),
      [
        [2, 'config.writable-file'],
        [3, 'config.writable-file'],
      ],
    );
    assert.match(String(problems()[1]![2]), /^passwordeval: /);
    folder.write('home/.msmtprc', 'host x\n');
    assert.deepEqual(problems(), []);
  });
  test('every mistake is found, in the order of lines, and the accounts are there all the same', () => {
    const file = folder.write('chosen', 'logfile /var/log/x\nhots a\nhost b\nport x\n');
    const configuration = readAll(file);
    assert.deepEqual(
      configuration.problems.map(({ line }) => line),
      [2, 4],
    );
    assert.equal(configuration.accounts[0]!.settings.get('logfile')?.value, '/var/log/x');
    assert.throws(() => refuseBroken(configuration, 0), /chosen:2: .*\(and 1 more/);
  });
});

test('netrc: machine, login, default', () => {
  const text =
    'machine a.example login u password p1\nmachine b.example\n login v password "p 2"\ndefault login w password p3';
  assert.equal(findInNetrc(text, 'a.example', 'u'), 'p1');
  assert.equal(findInNetrc(text, 'b.example', 'v'), 'p 2');
  assert.equal(findInNetrc(text, 'b.example', 'other'), undefined);
  assert.equal(findInNetrc(text, 'c.example', 'w'), 'p3');
});

test('options of the command line override the account, also obsolete ones', () => {
  const [section] = read(
    'host h\nlogfile /var/log/x\nsyslog on\ntls_fingerprint 00:11:22:33:44:55:66:77:88:99:aa:bb:cc:dd:ee:ff',
  ).accounts;
  const over = (...overrides: [string, string][]) => accountOf(section!, new Map(overrides), '/home/shop');
  const pinned: [string, string] = ['tls_fingerprint', ''];
  assert.throws(
    () => over(),
    (error) => isExit(error, 78, 'account.md5-fingerprint') && error.message.startsWith('rc:4: account default: '),
  );
  assert.equal(over(pinned).tls.fingerprint, undefined);
  assert.equal(over(pinned, ['undisclosed_recipients', 'on']).setToHeader, 'undisclosed_recipients');
  assert.equal(over(pinned, ['keepbcc', 'on']).removeBcc, false);
  const { logfile, syslog, logTimeFormat } = over(
    pinned,
    ['logfile', ''],
    ['syslog', 'off'],
    ['logfile_time_format', '%Y'],
  );
  assert.deepEqual({ logfile, syslog, logTimeFormat }, { logfile: undefined, syslog: undefined, logTimeFormat: '%Y' });
  assert.throws(
    () => over(pinned, ['port', 'x']),
    (error) => isExit(error, 64, 'value.integer') && error.message.startsWith('option --port: port x: '),
  );
});

test('a name in the place of the sender is warned of, and no address is', () => {
  const warnings = (from: string) => account(`host h\nfrom ${from}`).warnings;
  for (const from of ['"Joe Doe"', 'Shop <shop@x.example>', 'a@x.example, b@x.example'])
    assert.deepEqual(
      warnings(from).map(({ id }) => id),
      ['account.from'],
      from,
    );
  for (const from of ['shop@x.example', 'root', '%U@%H', '*@x.example']) assert.deepEqual(warnings(from), [], from);
});

test('passwordeval: the first line, and an error where nothing is in it', () => {
  const evaluated = (command: string) => passwordOf(account(`host h\nuser u\npasswordeval ${command}`));
  assert.equal(evaluated('printf "s3cret\\r\\nmore\\n"'), 's3cret');
  for (const command of ['true', 'echo $MAILSHIM_NOWHERE'])
    assert.throws(
      () => evaluated(command),
      (error) => isExit(error, 78, 'password.no-output') && /^rc:3: .*passwordeval: /.test(error.message),
    );
});

test('from: a pattern and %F are no sender of their own', () => {
  for (const from of ['*@x.example', '%F']) assert.equal(account(`host h\nfrom ${from}`).from, undefined);
  assert.match(account('host h\nfrom %U@x.example').from!, /^[^%@]+@x\.example$/);
});
