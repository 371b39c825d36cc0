// What a stranger wrote never gives orders to a terminal, nor breaks a log's line, wherever it comes out.
import assert from 'node:assert/strict';
import { globSync, mkdirSync, readFileSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  inline,
  linesOf,
  logField,
  logWord,
  printableJson,
  printableLines,
  terminal,
} from '../../../shim/text/printable.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';

/** Each alone is enough to repaint a terminal, to break a record or to show another text than there is. */
const BAD = [
  '\0',
  '\x07',
  '\x1b',
  '\x7f',
  '\x80',
  '\u0085',
  '\u009b',
  '\u009f',
  '\u061c',
  '\u200b',
  '\u200e',
  '\u200f',
  '\u2028',
  '\u2029',
  '\u202a',
  '\u202e',
  '\u2060',
  '\u2066',
  '\u2069',
  '\ufeff',
  '\ud800',
  '\udfff',
  '\u{e0041}',
];
const FINE = ['Zażółć', 'заказ', '注文', 'سفارش\u200cها', '👩\u200d🚀', 'a\u00a0b', '\ufffd'];

/** The characters of `text` that no output may have; a line feed is looked for by itself. */
function badIn(text: string): string[] {
  return BAD.filter((character) => text.includes(character)).map(
    (character) => `U+${character.codePointAt(0)!.toString(16)}`,
  );
}

describe('the forms of a text', () => {
  for (const [name, form] of Object.entries({ inline, logField, logWord, terminal, printableLines })) {
    for (const character of BAD)
      test(`${name} U+${character.codePointAt(0)!.toString(16)}`, () => {
        const text = form(`a${character}b`);
        assert.deepEqual(badIn(text), []);
        assert.match(text, /^a.{1,2}b$|^a\nb$/);
      });
    for (const text of FINE) test(`${name} ${text}`, () => assert.equal(form(text), text));
  }
  const ends = ['\n', '\r\n', '\r', '\u0085', '\u2028', '\u2029'];
  for (const end of ends)
    test(`line end ${JSON.stringify(end)}`, () => {
      assert.equal(inline(`a${end}b`), 'a b');
      assert.equal(logField(`a'${end}b`), 'a?\\nb');
      assert.equal(logWord(`a${end}b`), 'a?b');
      assert.equal(terminal(`a${end}b`), 'a b');
      assert.equal(printableLines(`a${end}\tb`), 'a\n\tb');
      assert.deepEqual(linesOf(`a${end}b`), ['a', 'b']);
    });
  test('bounds', () => {
    assert.equal(inline('abcdef', 3), 'abc...');
    assert.equal(inline('ab😀', 3), 'ab...');
    assert.equal(terminal('абвгд', 3), 'аб…');
    assert.equal(terminal('😀😀😀', 3), '😀😀😀');
  });
  test('JSON gives its parser the same text', () => {
    const value = { text: BAD.join('x') };
    const json = printableJson(value);
    assert.deepEqual(badIn(json), []);
    assert.deepEqual(JSON.parse(json), value);
  });
});

test('no other file of the shim decides which characters are printable', () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url));
  // "[^\x00-\x7f]" and "[\x00-\x7f]" are about ASCII.
  const rule = /\\x[19]f|\\x20\\x7f|\\x7f-|\\p\{C|\\u(?:\{?)(?:0085|009b|061c|200[ef]|202[89ae]|206[69])/i;
  const files = globSync('shim/**/*.ts', { cwd: root }).filter(
    (file) => file !== 'shim/text/printable.ts' && rule.test(readFileSync(`${root}/${file}`, 'utf8')),
  );
  assert.deepEqual(files, []);
});

describe('what the program puts out', () => {
  const folder = temporaryFolder();
  const nasty = '\u009b2J\u202eevil\u2066\u2028x\x07';
  let relay: Server;
  let config = '';
  const env = { HOME: folder.path, XDG_STATE_HOME: folder.join('state') };
  before(async () => {
    relay = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.write('220 relay.example ESMTP\r\n');
      socket.on('data', (data) => {
        const said = data.toString();
        // Four commands may come in one piece.
        for (const line of said.split('\r\n').slice(0, -1)) {
          if (/^EHLO/.test(line)) socket.write('250-relay.example\r\n250 8BITMIME\r\n');
          else if (/^RCPT TO:<(\d)/.test(line)) socket.write(`${line[9]}50 ${line[9]}.7.1 no ${nasty}\r\n`);
          else if (line === 'DATA') socket.write(`554 5.5.1 none ${nasty}\r\n`);
          else socket.write('250 2.0.0 Ok\r\n');
        }
      });
    });
    await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
    const { port } = relay.address() as { port: number };
    config = folder.write(
      '.msmtprc',
      `defaults\nhost 127.0.0.1\nport ${port}\ntls off\nfrom f@x.example\npreflight off\ndelivery direct\nlogfile ${folder.join('log')}\naccount default\naccount na${nasty.replace('\x07', '')}me\ndomain ${nasty.replace('\x07', '')}\n`,
    );
  });
  after(() => {
    relay.close();
    folder.remove();
  });
  const clean = (what: string, text: string) =>
    assert.deepEqual(badIn(text.replaceAll('\t', '')), [], `${what}: ${text}`);
  const MAIL = `Subject: =?utf-8?B?${Buffer.from(nasty).toString('base64')}?= ${nasty}\nFrom: "${nasty}" <f@x.example>\n\n${nasty}\n`;

  test('replies of a relay, by every way that they come out', async () => {
    for (const recipient of ['5a@x.example', '4a@x.example']) {
      const ran = await runShim(['-C', config, '--', recipient], { input: MAIL, env });
      clean('stderr', ran.stderr);
      assert.equal(ran.code, recipient.startsWith('5') ? 65 : 0);
      assert.match(ran.stderr, /\.7\.1 no/);
    }
    const log = readFileSync(folder.join('log'), 'utf8');
    clean('log', log);
    assert.match(log, /\.7\.1 no/);
    const [row] = JSON.parse((await runShim(['queue', 'list', '--json'], { env })).stdout) as [{ id: string }];
    for (const words of [
      ['queue', 'list'],
      ['queue', 'list', '--json'],
      ['queue', 'show', row.id],
      ['-bp'],
      ['status'],
      ['status', '--json'],
      ['status', '--prometheus'],
    ]) {
      const ran = await runShim(words, { env });
      clean(words.join(' '), ran.stdout + ran.stderr);
      assert.notEqual(ran.stdout, '', words.join(' '));
    }
    const { stdout } = await runShim(['queue', 'list', '--json'], { env });
    assert.ok(JSON.stringify(JSON.parse(stdout)).includes('\u202e') || !stdout.includes('202e'));
  });

  const inputs: [what: string, words: string[], env?: Record<string, string>][] = [
    ['recipient', ['-C', '$config', '--', `${nasty.replace('\x07', '')}@x.example`]],
    ['bad recipient', ['-C', '$config', '--', `a b${nasty}`]],
    ['file name', ['-C', `/nonexistent/${nasty.replace('\x07', '')}`, '--', 'a@x.example']],
    ['account', ['-C', '$config', '-a', 'other\u202e\u009b', '--', 'a@x.example']],
    ['option', [`--nix${nasty}`]],
    ['command', ['queue', `nix${nasty}`]],
    [
      'variables',
      ['--', 'a@x.example'],
      { HOME: '/nonexistent', EMAIL: `a${nasty}@x.example`, SMTPSERVER: `ho${nasty}st` },
    ],
    ['home', ['config', 'show'], { HOME: `/nonexistent/${nasty.replace('\x07', '')}` }],
    ['configuration', ['config', 'check', '$config']],
    ['configuration shown', ['config', 'show', '-C', '$config']],
  ];
  for (const [what, words, own] of inputs)
    test(what, async () => {
      const home = folder.join('inputs');
      mkdirSync(home, { recursive: true });
      const given = words.map((word) => (word === '$config' ? config : word));
      const ran = await runShim(given, { input: MAIL, env: { ...env, XDG_STATE_HOME: home, ...own } });
      clean(what, ran.stdout + ran.stderr);
      assert.notEqual(ran.code, 70, ran.stderr);
      assert.notEqual(ran.stdout + ran.stderr, '');
    });
});
