// The command lines that callers really use, and those that must be rejected.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseArguments } from '../../../shim/cli/parse.ts';
import { ExitError } from '../../../shim/exit.ts';
import type { DiagnosticId } from '../../../shim/messages/catalogue.ts';
import type { Invocation } from '../../../shim/types.ts';

const accepted: [name: string, words: string[], expected: Partial<Invocation>][] = [
  ['PHP', ['-t', '-i'], { readRecipients: true, recipients: [] }],
  ['bundled', ['-ti'], { readRecipients: true }],
  [
    'bundled with an argument that follows',
    ['-tif', 'a@b.example'],
    { readRecipients: true, envelopeFrom: 'a@b.example' },
  ],
  ['attached argument', ['-fa@b.example'], { envelopeFrom: 'a@b.example' }],
  ['-r is -f', ['-r', 'a@b.example'], { envelopeFrom: 'a@b.example' }],
  ['the null sender', ['-f', '<>'], { envelopeFrom: '' }],
  ['the null sender, empty', ['-f', ''], { envelopeFrom: '' }],
  ['-f with a display name', ['-f', 'Shop <a@b.example>'], { envelopeFrom: 'a@b.example' }],
  ['PHPMailer', ['-fsender@b.example', '-i', '-t'], { envelopeFrom: 'sender@b.example', readRecipients: true }],
  [
    'Symfony, newer',
    ['-i', '-fa@b.example', '--', 'c@d.example'],
    { envelopeFrom: 'a@b.example', recipients: ['c@d.example'] },
  ],
  ['cron', ['-FCronDaemon', '-i', '-B8BITMIME', '-oem', 'root'], { fullName: 'CronDaemon', recipients: ['root'] }],
  [
    'git send-email',
    ['-f', 'a@b.example', '-i', 'c@d.example', 'e@f.example'],
    { recipients: ['c@d.example', 'e@f.example'] },
  ],
  ['a list in one word', ['A <a@b.example>, c@d.example'], { recipients: ['a@b.example', 'c@d.example'] }],
  [
    'historical flags',
    [
      '-G',
      '-U',
      '-m',
      '-n',
      '-h',
      '5',
      '-L',
      'tag',
      '-O',
      'DeliveryMode=b',
      '-odi',
      '-x',
      '-v',
      '-e',
      'm',
      'a@b.example',
    ],
    { recipients: ['a@b.example'] },
  ],
  ['a traffic log is not written', ['-X', '/var/www/x.php', '-t'], { readRecipients: true }],
  ['account and file', ['-a', 'shop', '-C', '/tmp/rc'], { account: 'shop', file: '/tmp/rc' }],
  [
    'long options',
    ['--account=shop', '--file', '/tmp/rc', '--read-recipients'],
    { account: 'shop', file: '/tmp/rc', readRecipients: true },
  ],
  [
    'msmtp: directives',
    ['--host=relay.example', '--tls-starttls=off', '--tls'],
    {
      overrides: new Map([
        ['host', 'relay.example'],
        ['tls_starttls', 'off'],
        ['tls', 'on'],
      ]),
    },
  ],
  [
    'msmtp: the argument as the next word, or left out',
    ['--host', 'relay.example', '--auth', '--from', 'a@b.example', '--logfile=', 'c@d.example'],
    {
      overrides: new Map([
        ['host', 'relay.example'],
        ['auth', 'on'],
        ['logfile', ''],
      ]),
      envelopeFrom: 'a@b.example',
      recipients: ['c@d.example'],
    },
  ],
  [
    'DSN',
    ['-N', 'failure,delay', '-R', 'hdrs', '-V', 'id1'],
    { dsnNotify: 'failure,delay', dsnReturn: 'headers', envelopeId: 'id1' },
  ],
  ['modes', ['-bp'], { mode: 'queue-list' }],
  ['queue run with an interval', ['-q30m'], { mode: 'queue-run' }],
  ['after --lock', ['--lock', '-t', '-fa@b.example'], { readRecipients: true, envelopeFrom: 'a@b.example' }],
  ['an international domain', ['-f', 'a@bücher.example'], { envelopeFrom: 'a@xn--bcher-kva.example' }],
];

for (const [name, words, expected] of accepted) {
  test(`accepted: ${name}: ${words.join(' ')}`, () => {
    const invocation = parseArguments(words);
    for (const [key, value] of Object.entries(expected)) {
      assert.deepEqual(invocation[key as keyof Invocation], value, key);
    }
  });
}

const refused: [name: string, words: string[], id: DiagnosticId][] = [
  ['unknown flag', ['-Z'], 'option.unknown'],
  ['unknown flag in a bundle', ['-tZi'], 'option.unknown'],
  ['unknown long option', ['--sned'], 'option.unknown'],
  ['missing argument', ['-t', '-f'], 'option.argument-missing'],
  ['line feed in -f', ['-f', 'a@b.example\nRCPT TO:<x@y.example>'], 'argument.control'],
  ['NUL in a recipient', ['a@b.example\0'], 'argument.control'],
  ['escape in -F', ['-F', 'a\u001b[2J'], 'argument.control'],
  ['a blank in -f', ['-f', 'a@b.example SIZE=1'], 'option.address'],
  ['recipient that looks like an option', ['a@b.example', '-t'], 'option.after-recipient'],
  ['address that starts with a hyphen', ['--', '-oQ/tmp@b.example'], 'recipients.unreadable'],
  ['-f that starts with a hyphen', ['-f', '-x@b.example'], 'option.address'],
  ['unknown mode', ['-bd'], 'option.mode'],
  ['bad -N', ['-N', 'sometimes'], 'option.notify'],
  ['file after --lock', ['--lock', '-C', '/tmp/upload'], 'option.locked'],
  ['directive after --lock', ['--lock', '--host=evil.example'], 'option.locked'],
  ['directive without its argument', ['--host'], 'option.argument-missing'],
  ['password on the command line', ['--password=x'], 'option.unknown'],
];

for (const [name, words, id] of refused) {
  test(`rejected with 64: ${name}`, () => {
    assert.throws(
      () => parseArguments(words),
      (error) => error instanceof ExitError && error.code === 64 && error.id === id,
    );
  });
}

const trust: [words: string[], unlocked: string[]][] = [
  [['-C', 'rc', '--lock', '-t'], []],
  [['-a', 'shop', '-C', 'rc', '--host=x', '--lock', '-t'], []],
  [['-C', 'rc', '-t'], ['-C']],
  [
    ['--file=rc', '--host=x', '-t'],
    ['--file', '--host'],
  ],
  // The words of a visitor come last; they may hold a --lock of their own.
  [['-t', '-i', '-C', 'upload', '--lock'], ['-C']],
  [['-t', '--tls-certcheck=off', '--lock', '-i'], ['--tls-certcheck']],
  [['-fx@y.example', '-C', 'upload', '--lock'], ['-C']],
  [['-t', '--from=a@b.example'], []],
];
for (const [words, unlocked] of trust) {
  test(`${words.join(' ')}: ${unlocked.length === 0 ? 'nothing of it needs trust' : `${unlocked.join(' and ')} need an owner`}`, () => {
    assert.deepEqual(parseArguments(words).unlocked, unlocked);
  });
}

test('an error does not repeat all of what it was given', () => {
  const long = `${'x'.repeat(100_000)}@x.example`;
  for (const words of [[long], ['-t', '-f', long], [`--${long}`]])
    assert.throws(
      () => parseArguments(words),
      (error: unknown) => error instanceof ExitError && error.code === 64 && error.message.length < 2000,
    );
});

test('after --lock nothing opens a file or changes the relay', () => {
  for (const words of [
    ['--lock', '-C', 'x'],
    ['--lock', '-t', '--host=x'],
    ['-C', 'a', '--lock', '-C', 'b'],
    ['--lock', '--lock', '--file=x'],
  ]) {
    assert.throws(
      () => parseArguments(words),
      (error: unknown) => error instanceof ExitError && error.code === 64,
      words.join(' '),
    );
  }
});
