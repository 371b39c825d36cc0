// Where values come from besides the file, and that no secret comes out again.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { accountOf } from '../../../shim/config/account.ts';
import { buildAccounts } from '../../../shim/config/accounts.ts';
import { lexConfig } from '../../../shim/config/lex.ts';
import { passwordOf } from '../../../shim/config/secrets.ts';
import { variableIn } from '../../../shim/config/variables.ts';
import { diagnostic } from '../../../shim/messages/catalogue.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';

/** 300 bytes and some thousand: app passwords, and OAuth tokens as Microsoft and Google give them. */
const TOKEN = Array.from({ length: 8000 }, (_, index) => 'abcdefghij0123456789-_.'[(index * 7) % 23]).join('');

describe('what a variable is', () => {
  const set = { SHORT: 'x' };
  const cases: [text: string, name: string | undefined][] = [
    ['$SMTP_PASSWORD', 'SMTP_PASSWORD'],
    [`$\{SMTP_PASSWORD}`, 'SMTP_PASSWORD'],
    [`$\{smtp_password}`, 'smtp_password'],
    [`$\{PASSWORD}`, 'PASSWORD'],
    ['$SHORT', 'SHORT'],
    // Passwords.
    ['$PASSWORD', undefined],
    ['$ecret', undefined],
    ['$Smtp_Password', undefined],
    ['$SMTP_PASSWORD!', undefined],
    ['x$SMTP_PASSWORD', undefined],
    ['$SMTP_PASSWORD $SMTP_USER', undefined],
    [`$\{SMTP_PASSWORD}x`, undefined],
    [`$\{SMTP-PASSWORD}`, undefined],
    ['$', undefined],
    ['$1', undefined],
    [`$\{}`, undefined],
    ['$$SMTP_PASSWORD', undefined],
    ['%U', undefined],
  ];
  for (const [text, name] of cases) test(text, () => assert.equal(variableIn(text, set), name));
});

describe('values from the environment', () => {
  const read = (text: string, variables: Record<string, string>) => {
    const { accounts, problems } = buildAccounts(
      lexConfig('rc', text).lines,
      () => ({ problem: diagnostic('eval.no-directive') }),
      (name) =>
        variables[name] === undefined
          ? { problem: diagnostic('variable.unset', { name }) }
          : { value: variables[name] },
    );
    return {
      problems: problems.map(({ line, problem }) => `${line}: ${problem.text}`),
      account: () => accountOf(accounts[0]!, new Map(), '/home/shop'),
    };
  };
  test('every directive', () => {
    const { account, problems } = read(
      `host $MAIL_HOST\nport $\{MAIL_PORT}\ntls $MAIL_TLS\nuser $MAIL_USER\npassword $MAIL_PASSWORD\nonly_to $MAIL_ONLY\nlogfile $\{log}`,
      {
        MAIL_HOST: '[::1]',
        MAIL_PORT: '0x1d1',
        MAIL_TLS: 'off',
        MAIL_USER: 'u u',
        MAIL_PASSWORD: ' $x# ',
        MAIL_ONLY: 'a@x b@x',
        log: '~/log',
      },
    );
    assert.deepEqual(problems, []);
    const { host, port, tls, user, password, onlyTo, logfile } = account();
    assert.deepEqual(
      [host, port, tls.use, user, password, onlyTo, logfile],
      ['::1', 465, 'off', 'u u', ' $x# ', ['a@x', 'b@x'], '/home/shop/log'],
    );
  });
  test('quotes, commands and references within a value are not expanded', () => {
    const { account } = read('host h\npassword "$MAIL_PASSWORD"\npasswordeval $MAIL_COMMAND\nuser $MAIL_USER', {
      MAIL_PASSWORD: 'wrong',
      MAIL_COMMAND: 'wrong',
      MAIL_USER: '$MAIL_PASSWORD',
    });
    const { user, password, passwordeval } = account();
    assert.deepEqual([user, password, passwordeval], ['$MAIL_PASSWORD', '$MAIL_PASSWORD', '$MAIL_COMMAND']);
  });
  test('a wrong value is not repeated', () => {
    const { problems } = read('host h\nport $MAIL_PORT', { MAIL_PORT: 's3cret' });
    assert.equal(problems.length, 1);
    assert.match(problems[0]!, /^2: port, from the variable MAIL_PORT: /);
    assert.doesNotMatch(problems[0]!, /s3cret/);
  });
  test('one that is not set: an error by name; of the password once it is needed', () => {
    assert.throws(read('host h\nuser $MAIL_USER', {}).account, /^ExitError: rc:2: .*MAIL_USER is not set$/);
    const account = read('host h\nuser u\npassword $MAIL_PASSWORD', {}).account();
    assert.equal(account.password, undefined);
    assert.throws(() => passwordOf(account), /^ExitError: rc:3: .*MAIL_PASSWORD is not set$/);
  });
});

describe('the program', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let lines = '';
  before(async () => {
    sink = await startSmtpSink({ secure: true, login: { user: 'u', password: TOKEN } });
    lines = `host localhost\nport ${sink.port}\ntls on\ntls_starttls off\ntls_trust_file ${folder.write('ca.pem', sink.ca)}\nfrom f@x.example\nauth plain\nuser u\npreflight off\nspool off\nlogfile ${folder.join('log')}\n`;
  });
  after(async () => {
    await sink.stop();
    folder.remove();
  });
  const sent = async (more: string, env: Record<string, string> = {}) => {
    const config = folder.write('rc', lines + more);
    const ran = await runShim(['-C', config, '--', 'a@x.example'], {
      input: '\nb\n',
      env: { HOME: '/nonexistent', ...env },
    });
    return { ...ran, log: readFileSync(folder.join('log'), 'utf8') };
  };
  const credentials = folder.join('credentials');
  mkdirSync(credentials);
  folder.write('credentials/mailshim.password', `${TOKEN}\n`);
  folder.write('credentials/relay', TOKEN);
  folder.write('credentials/mailshim.password.other', 'wrong');
  folder.write('credentials/empty', '\n');

  const good: [what: string, lines: string, env?: Record<string, string>][] = [
    ['a token in the file', `password ${TOKEN}\n`],
    ['$NAME', 'password $SMTP_PASSWORD\n', { SMTP_PASSWORD: TOKEN }],
    [`$\{NAME}, with a line end`, `password $\{token}\n`, { token: `${TOKEN}\n` }],
    ['the credential', '', { CREDENTIALS_DIRECTORY: credentials }],
    ['a credential by name', 'password_credential relay\n', { CREDENTIALS_DIRECTORY: credentials }],
    ['behind a comment', '#mailshim: password_credential relay\n', { CREDENTIALS_DIRECTORY: credentials }],
  ];
  for (const [what, more, env] of good)
    test(what, async () => {
      const ran = await sent(more, env);
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
    });

  const bad: [what: string, lines: string, message: RegExp, env?: Record<string, string>][] = [
    ['not set', 'password $SMTP_PASSWORD\n', /rc:12: .*SMTP_PASSWORD is not set/],
    ['not set, of another directive', `domain $\{EHLO}\n`, /rc:12: .*EHLO is not set/],
    ...[
      'HTTP_X_PASSWORD',
      'HTTP_PROXY',
      'REQUEST_URI',
      'QUERY_STRING',
      'PATH_INFO',
      'REMOTE_USER',
      'CONTENT_TYPE',
      'SERVER_NAME',
      'SCRIPT_NAME',
      'PHP_AUTH_PW',
      'REDIRECT_HTTP_X',
    ].map((name): [string, string, RegExp, Record<string, string>] => [
      name,
      `password \${${name}}\n`,
      new RegExp(`rc:12: .*${name}`),
      { [name]: TOKEN },
    ]),
    [
      'a control character',
      'password $SMTP_PASSWORD\n',
      /rc:12: .*SMTP_PASSWORD/,
      { SMTP_PASSWORD: 's3cret\nMAIL FROM' },
    ],
    [
      'a missing credential',
      'password_credential absent\n',
      /rc:12: .*credential absent/,
      { CREDENTIALS_DIRECTORY: credentials },
    ],
    [
      'an empty credential',
      'password_credential empty\n',
      /rc:12: .*credential empty/,
      { CREDENTIALS_DIRECTORY: credentials },
    ],
    ['no credentials', 'password_credential relay\n', /rc:12: .*CREDENTIALS_DIRECTORY/],
    [
      'passwordeval fails',
      'passwordeval echo s3cret; curl -u s3cret nix >/dev/null 2>&1; exit 3\n',
      /rc:12: .*exited with 3/,
    ],
    ['passwordeval prints nothing', 'passwordeval : s3cret\n', /rc:12: .*exited with 0/],
    ['passwordeval is killed', 'passwordeval kill -9 $$; : s3cret\n', /rc:12: .*SIGKILL/],
    ['eval fails', 'eval : s3cret; exit 4\n', /rc:12: eval: .*exited with 4/],
    ['eval prints no directive', 'eval echo s3cret\n', /rc:12: eval: /],
    ['eval prints a wrong value', 'eval echo port s3cret\n', /rc:12: eval: port: /],
    ['a misspelt password', 'passwort s3cret\n', /rc:12: unknown directive "passwort"/],
    ['password=', 'password=s3cret\n', /rc:12: unknown directive "password"/],
    ['password:', 'password:s3cret\n', /rc:12: unknown directive "password"/],
    ['a URL', 'preflight_url https://u:s3cret@w.example/\n', /rc:12: preflight_url: /],
    ['a control character in the file', 'password s3cret\x01\n', /rc:12: .*control character/],
    ['a line that is too long', `password ${'s3cret'.repeat(4000)}\n`, /rc:12: .*longer than/],
  ];
  for (const [what, more, message, env] of bad)
    test(what, async () => {
      const ran = await sent(more, env);
      assert.equal(ran.code, 78, ran.stderr);
      assert.match(ran.stderr, message);
      for (const words of [
        ['config', 'show', '-C'],
        ['config', 'check'],
        ['doctor', '--lang', 'en', '-C'],
        ['doctor', '--json', '-C'],
      ]) {
        if (words[0] === 'doctor' && !/eval|pass/.test(what)) continue;
        const { stdout, stderr } = await runShim([...words, folder.join('rc')], {
          env: { HOME: '/nonexistent', ...env },
        });
        assert.doesNotMatch(stdout + stderr, /s3cret/, words.join(' '));
        if (words[1] === 'check') assert.match(stderr + stdout, /rc:|passwordeval|password_credential/);
      }
      assert.doesNotMatch(ran.stderr + ran.log, /s3cret/);
    });

  test('config show and config check print no secret', async () => {
    const config = folder.write(
      'shown',
      'host $SMTP_HOST\neval echo user s3cret\npassword s3cret\npreflight_token s3cret\npreflight_url https://w.example/?key=s3cret\npasswordeval cat s3cret\nfrom $SMTP_FROM\n',
    );
    const env = { HOME: '/nonexistent', SMTP_HOST: 's3cret.example', SMTP_FROM: 's3cret@x.example' };
    const shown = await runShim(['config', 'show', '-C', config], { env });
    const checked = await runShim(['config', 'check', config], { env });
    assert.deepEqual([shown.code, checked.code], [0, 0], shown.stderr + checked.stderr);
    assert.doesNotMatch(shown.stdout + shown.stderr + checked.stdout + checked.stderr, /s3cret/);
    assert.match(shown.stdout, /^ {2}host +\(from \$SMTP_HOST\) /m);
    assert.match(shown.stdout, /^ {2}user +\(from eval\) /m);
    assert.match(shown.stdout, /^ {2}passwordeval +\(secret\) /m);
  });
  test('config check names a variable that is not set', async () => {
    const ran = await runShim(['config', 'check', folder.write('unset', 'host h\npassword $SMTP_PASSWORD\n')], {
      env: {},
    });
    assert.equal(ran.code, 78);
    assert.match(ran.stderr, /unset:2: .*SMTP_PASSWORD/);
  });

  test('variables are for files of the reader or of root that not every user can write', async () => {
    const config = folder.write('open', `${lines}user $SMTP_USER\npassword x\n`);
    chmodSync(config, 0o666);
    const ran = await runShim(['-C', config, '--', 'a@x.example'], {
      input: '\nb\n',
      env: { HOME: '/nonexistent', SMTP_USER: 'u' },
    });
    assert.equal(ran.code, 78);
    assert.match(ran.stderr, /open:12: .*SMTP_USER/);
  });
});
