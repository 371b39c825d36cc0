// The examples of the docs that have a mark in front: they are run, and say what the page shows; files are read by the program they are for.
import assert from 'node:assert/strict';
import { chmodSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { parse } from 'yaml';
import { parseArguments } from '../../shim/cli/parse.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { run, runShim, shimCommand } from '../support/program.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';
import { type Block, blocksIn, PAGES, root, says, textOf } from './pages.ts';

const curl = needs('curl', 'curl');
const php = needs('php', 'php-cli');
const blocks = PAGES.flatMap(blocksIn);
const marked = (mark: string) => blocks.filter((block) => block.mark === mark);
const nameOf = ({ page, line }: Block) => `${page}:${line}`;

test('every mark is one that is known', () => {
  const known =
    /^(?:run: (?:shim|worker|demo|shop|relay)|prints|sitting: publish|file: [\w.]+|check: (?:mailshimrc|php|ini|env|yaml|compose|dockerfile))$/;
  assert.deepEqual(
    blocks.filter(({ mark }) => mark !== '' && !known.test(mark)).map((block) => `${nameOf(block)}: ${block.mark}`),
    [],
  );
  assert.ok(blocks.filter(({ mark }) => mark !== '').length > 30);
});

test('what a page shows is compared line by line', () => {
  assert.ok(says('one …\n…\nlast\n', 'one 1\ntwo\nthree\nlast\n'));
  assert.ok(says('…\nlast\n…\n', 'last\nmore\n'));
  assert.ok(!says('one\nlast\n', 'one\ntwo\nlast\n'));
  assert.ok(!says('one\n', 'one\ntwo\n'));
});

describe('commands run in a shell with mailshim in it', () => {
  let folder: TemporaryFolder;
  before(() => {
    folder = temporaryFolder('mailshim-docs-');
    const [program, words] = shimCommand();
    const command = [program, ...words].map((word) => `'${word}'`).join(' ');
    writeFileSync(folder.join('mailshim'), `#!/bin/sh\nexec ${command} "$@"\n`);
    chmodSync(folder.join('mailshim'), 0o755);
  });
  after(() => folder?.remove());

  for (const page of PAGES) {
    const own = blocks.filter((block) => block.page === page);
    if (!own.some(({ mark }) => mark === 'run: shim')) continue;
    test(page, async () => {
      let said = '';
      for (const block of own) {
        if (block.mark.startsWith('file: '))
          writeFileSync(folder.join(block.mark.slice('file: '.length)), block.text, { mode: 0o600 });
        if (block.mark === 'run: shim') {
          // What shows an exit code goes on behind it.
          const strict = block.text.includes('$?') ? '' : 'set -e -o pipefail; ';
          const env = { PATH: `${folder.path}:${process.env.PATH}`, HOME: folder.path };
          const ran = await run('bash', ['-c', `cd "$HOME"; exec 2>&1; ${strict}${block.text}`], { env });
          assert.equal(ran.code, 0, `${nameOf(block)}\n${ran.stdout}`);
          said = ran.stdout;
        }
        if (block.mark === 'prints' && said !== '')
          assert.ok(says(block.text, said), `${nameOf(block)}: it says\n${said}`);
      }
    });
  }
});

describe('commands that ask the Worker', { skip: curl.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  before(async () => {
    const zone = { 'shop.example': { A: ['203.0.113.80'], TXT: ['v=spf1 ip4:203.0.113.25 -all'] } };
    doh = await startDohServer(respondFrom(zoneResolver(zone)));
    worker = await startWorker({ DOH_URL: doh.url });
  });
  after(async () => {
    await worker?.stop();
    await doh?.stop();
  });
  for (const block of marked('run: worker'))
    test(nameOf(block), async () => {
      const script = block.text.replaceAll('https://mailshim.example.workers.dev', worker.url);
      const ran = await run('bash', ['-e', '-c', script]);
      assert.equal(ran.code, 0, ran.stderr);
      assert.match(ran.stdout, /^shop\.example 203\.0\.113\.25: /);
    });
});

for (const block of marked('run: demo'))
  test(`${nameOf(block)}: npm run demo says what the page shows`, async () => {
    const ran = await run(process.execPath, [`${root}scripts/demo.ts`]);
    assert.equal(ran.code, 0, ran.stderr);
    assert.ok(says(block.text, ran.stdout.replace(/[ \t]+$/gm, '')), ran.stdout);
  });

describe('configurations are complete to mailshim', () => {
  for (const block of [...marked('check: mailshimrc'), ...marked('file: msmtprc')])
    test(nameOf(block), async () => {
      const folder = temporaryFolder('mailshim-docs-');
      try {
        folder.write('mailshimrc', block.text, 0o600);
        const ran = await runShim(['config', 'check', folder.join('mailshimrc')]);
        assert.equal(ran.code, 0, ran.stderr);
        assert.equal(ran.stderr, '');
      } finally {
        folder.remove();
      }
    });
});

describe('PHP reads what is for it', { skip: php.missing }, () => {
  for (const block of [
    ...marked('check: php'),
    ...blocks.filter(({ mark, language }) => mark === '' && language === 'php'),
  ])
    test(`${nameOf(block)} has no mistake of syntax`, async () => {
      const ran = await run(php.path, ['-l'], { input: block.text });
      assert.equal(ran.code, 0, ran.stdout + ran.stderr);
    });
  for (const block of marked('check: ini'))
    test(`${nameOf(block)} sets sendmail_path`, async () => {
      const script = "echo parse_ini_string(stream_get_contents(STDIN))['sendmail_path'];";
      const ran = await run(php.path, ['-n', '-r', script], { input: block.text });
      assert.equal(ran.stdout, '/usr/local/bin/mailshim --lock -t -i');
    });
});

describe('other files are what they should be', () => {
  for (const block of marked('check: env'))
    test(`${nameOf(block)} is read by a shell, and its command by mailshim`, async () => {
      const ran = await run('bash', ['-c', 'set -e -a; eval "$(cat)"; echo "$MAIL_SENDMAIL_PATH$MAILER_DSN"'], {
        input: block.text,
      });
      assert.equal(ran.code, 0, ran.stderr);
      const command = decodeURIComponent(/(?:command=)?(\/[^?]*mailshim.*)$/.exec(ran.stdout.trim())?.[1] ?? '');
      assert.match(command, /^\/usr\/local\/bin\/mailshim /);
      assert.equal(parseArguments(command.split(' ').slice(1)).mode, 'smtp');
    });
  for (const block of marked('check: yaml')) test(`${nameOf(block)} is YAML`, () => assert.ok(parse(block.text)));
  for (const block of marked('check: compose'))
    test(`${nameOf(block)} names only what it defines`, () => {
      const { services, ...top } = parse(block.text) as {
        services: Record<string, Record<string, unknown>>;
      } & Record<string, Record<string, unknown>>;
      assert.ok(Object.keys(services).length > 0);
      for (const [service, definition] of Object.entries(services)) {
        const uses = (kind: string) => ((definition[kind] ?? []) as (string | { source: string })[]).map(sourceOf);
        for (const kind of ['configs', 'secrets', 'volumes'])
          for (const name of uses(kind)) assert.ok(name in (top[kind] ?? {}), `${service}: ${kind} ${name}`);
      }
    });
  for (const block of marked('check: dockerfile'))
    test(`${nameOf(block)} has instructions that Docker knows, and commands that a shell reads`, async () => {
      const instructions = block.text.replaceAll('\\\n', ' ').trim().split('\n');
      assert.match(instructions[0]!, /^FROM /);
      for (const instruction of instructions) {
        const [, word, rest] = /^([A-Z]+) (.+)$/.exec(instruction) ?? assert.fail(instruction);
        assert.ok(['FROM', 'COPY', 'RUN', 'ENV', 'USER', 'CMD', 'ENTRYPOINT', 'VOLUME'].includes(word!), instruction);
        if (word === 'RUN') assert.equal((await run('sh', ['-n'], { input: rest! })).stderr, '');
      }
    });
});

function sourceOf(use: string | { source: string }): string {
  return typeof use === 'string' ? use.split(':')[0]! : use.source;
}

test('every command line for PHP in the docs is one that mailshim takes', () => {
  const lines = PAGES.flatMap((page) =>
    [...textOf(page).matchAll(/sendmail_path = "?(\/[^"`\n]*mailshim[^"`\n]*|mailshim[^"`\n]*)"?/g)].map(
      ([, line]) => [page, line!] as const,
    ),
  );
  assert.ok(lines.length > 8);
  for (const [page, line] of lines)
    assert.equal(parseArguments(line.trim().split(/\s+/).slice(1)).readRecipients, true, `${page}: ${line}`);
});
