// `mailshim check` as a program: over a real BIND, with the report that the Worker gives for the same zone.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { startBind } from '../../support/bind.ts';
import { type RunningServer, respondFrom, startDohServer, startNameServer } from '../../support/dns-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { hermetic } from '../../support/hermetic.ts';
import { ordinary, ownRelay, RELAY, secured } from '../../support/ordinary.ts';
import { needs } from '../../support/peers.ts';
import { freePorts } from '../../support/ports.ts';
import { runShim, shimCommand } from '../../support/program.ts';
import { browserZone } from '../../support/shops.ts';
import { type RunningWorker, startWorker } from '../../support/worker.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const MAIL = [
  'From: Shop <orders@shop.example>',
  'To: client@client.example',
  'Subject: Your order',
  'Date: Tue, 24 Nov 2026 06:24:08 +0000',
  'Message-ID: <1@shop.example>',
  '',
  'Thank you.',
  '',
].join('\r\n');

/** The host "www" has an address and no mail; a host of the zone is at loopback. */
const zone: Zone = {
  ...secured,
  'www.shop.example': { A: ['203.0.113.80'] },
  'mta-sts.shop.example': { A: ['127.0.0.1'] },
};

interface Json {
  subject: { domain: string; ips: string[]; selectors: string[] };
  score: { value: number; low: number };
  findings: { id: string; args: Record<string, unknown> }[];
  facts: {
    message?: { envelope: { mailFrom: string } };
    'mta-sts'?: { result: string; unknown: { detail: string }[] };
  };
}

/** Sends the pieces one after the other; the codes of all replies. */
async function talk(port: number, pieces: readonly string[]): Promise<number[]> {
  const socket = connect({ host: '127.0.0.1', port });
  let said = '';
  socket.on('data', (chunk) => {
    said += chunk;
  });
  await once(socket, 'connect');
  for (const piece of pieces) {
    socket.write(piece);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await once(socket, 'close');
  return [...said.matchAll(/^(\d{3}) /gm)].map(([, code]) => Number(code));
}

describe('mailshim check', () => {
  const folder = temporaryFolder();
  let server: RunningServer;
  before(async () => {
    server = await startNameServer(respondFrom(zoneResolver(zone)));
  });
  after(async () => {
    await server.stop();
    folder.remove();
  });
  const check = (...words: string[]) => runShim(['check', ...words, '--dns', `127.0.0.1:${server.port}`]);
  const json = async (...words: string[]) => JSON.parse((await check(...words, '--format', 'json')).stdout) as Json;

  test('what is pasted becomes the domain that has mail', async () => {
    for (const [typed, domain, noted] of [
      ['shop.example', 'shop.example', false],
      ['Shop <orders@SHOP.example>', 'shop.example', false],
      ['https://www.shop.example/cart?x=1#y', 'shop.example', true],
      ['www.shop.example', 'shop.example', true],
      ['@www.shop.example', 'www.shop.example', false],
    ] as const) {
      const { code, stdout, stderr } = await check(typed, '--format', 'json');
      assert.equal(code, 0, stderr);
      assert.equal((JSON.parse(stdout) as Json).subject.domain, domain, typed);
      assert.equal(stderr !== '', noted, stderr);
    }
  });

  test('addresses, selectors and the name in EHLO are those that are given', async () => {
    const { subject } = await json(
      'shop.example',
      '--ip',
      `${RELAY},2001:DB8::1`,
      '--ip',
      '198.51.100.1',
      '--selector',
      'MAIL',
    );
    assert.deepEqual(subject.ips, [RELAY, '2001:db8::1', '198.51.100.1']);
    assert.deepEqual(subject.selectors, ['mail']);
  });

  test('the score asked for decides how it ends', async () => {
    const { score } = await json('shop.example', '--ip', RELAY);
    for (const [least, code] of [
      [score.value, 0],
      [0, 0],
      [10, 1],
    ] as const)
      assert.equal((await check('shop.example', '--ip', RELAY, '--min-score', String(least))).code, code);
  });

  test('a domain that does not exist says so', async () => {
    const { findings, score } = await json('nothing.example');
    assert.deepEqual(
      findings.map(({ id }) => id),
      ['check.no-such-domain'],
    );
    assert.equal(score.value, 0);
    assert.equal((await check('nothing.example', '--min-score', '9')).code, 1);
  });

  test('a policy file at a private address is not fetched', async () => {
    const { facts } = await json('shop.example');
    const { result, unknown } = facts['mta-sts']!;
    assert.equal(result, 'unknown');
    assert.match(unknown[0]!.detail, /127\.0\.0\.1/);
  });

  test('where DNS does not answer, there is no report of a domain, and no success of a mail', async () => {
    const [port] = await freePorts(1);
    const dead = ['--dns', `127.0.0.1:${port}`, '--min-score', '5'];
    const domain = await runShim(['check', 'shop.example', ...dead]);
    assert.deepEqual([domain.code, domain.stdout], [69, '']);
    const mail = await runShim(['check', '-', '--ip', RELAY, ...dead], { input: MAIL });
    assert.equal(mail.code, 1);
    assert.notEqual(mail.stderr, '');
  });

  test('a mail is scored from a file and from standard input', async () => {
    const file = folder.write('message.eml', MAIL);
    const way = ['--ip', RELAY, '--sender', 'orders@shop.example', '--helo', 'mail.shop.example', '--format', 'json'];
    const fromFile = JSON.parse((await check(file, ...way)).stdout) as Json;
    const { stdout } = await runShim(['check', '-', ...way, '--dns', `127.0.0.1:${server.port}`], { input: MAIL });
    const ids = ({ findings }: Json) => findings.map(({ id }) => id);
    assert.deepEqual(ids(fromFile), ids(JSON.parse(stdout) as Json));
    assert.ok(ids(fromFile).includes('dkim.message-unsigned'));
    assert.ok(ids(fromFile).includes('spf.pass'));
    const later = JSON.parse((await check(file, ...way, '--signed-later', 'shop.example')).stdout) as Json;
    assert.ok(!ids(later).includes('dkim.message-unsigned'));
  });

  test('the forms and the languages', async () => {
    for (const [format, beginning] of [
      ['text', /^shop\.example 203\.0\.113\.25: .* of 10\n/],
      ['txt', /^shop\.example 203\.0\.113\.25: .* of 10\n/],
      ['markdown', /^## shop\.example/],
      ['md', /^## shop\.example/],
      ['junit', /^<\?xml version="1\.0" encoding="UTF-8"\?>\n<testsuites /],
      ['sarif', /^\{\n {2}"\$schema":/],
      ['json', /^\{\n {2}"format": 1,/],
    ] as const) {
      const { stdout } = await check('shop.example', '--ip', RELAY, '--format', format);
      assert.match(stdout, beginning);
      assert.doesNotMatch(stdout, /\x1b/);
    }
    assert.match((await check('shop.example', '--lang', 'ru')).stdout, /[а-я]{5}/);
  });

  test('mistakes end with a code of sysexits.h, and say nothing on standard output', async () => {
    folder.write('empty.eml', '');
    const packed = folder.write('mail.zip', 'PK\x03\x04');
    for (const [code, ...words] of [
      [64],
      [64, 'shop'],
      [64, '203.0.113.25'],
      [64, 'shop..example'],
      [64, 'shop.example', 'other.example'],
      [64, 'shop.example', '--ip', 'x'],
      [64, 'shop.example', '--ip', '1.2.3.4,1.2.3.5,1.2.3.6,1.2.3.7,1.2.3.8'],
      [64, 'shop.example', '--selector', 'a b'],
      [64, 'shop.example', '--helo', 'a b'],
      [64, 'shop.example', '--sender', 'a b'],
      [64, 'shop.example', '--min-score', '11'],
      [64, 'shop.example', '--min-score', ''],
      [64, 'shop.example', '--format', 'pdf'],
      [64, 'shop.example', '--lang', 'de'],
      [64, 'shop.example', '--kind', 'marketing'],
      [64, 'shop.example', '--dns', 'nowhere'],
      [64, '-', '--listen'],
      [64, '--listen', 'x.eml'],
      [64, '--listen', '70000'],
      [64, '-', '--selector', 'mail'],
      [64, '-', '--ip', '1.2.3.4', '--ip', '1.2.3.5'],
      [66, 'missing.eml'],
      [66, './missing'],
      [66, folder.path],
      [65, folder.join('empty.eml')],
      [65, packed],
    ] as const) {
      const ran = await check(...words.map(String));
      assert.deepEqual([ran.code, ran.stdout], [code, ''], words.join(' '));
      assert.match(ran.stderr, /^mailshim: check: [^\n]+\n$/);
    }
  });

  test('an inbox takes one mail for its one address, and scores it', async () => {
    const words = ['--listen', '0', '--format', 'json', '--dns', `127.0.0.1:${server.port}`, '--wait', '50'];
    const [program, before] = shimCommand();
    const child = spawn(program, [...before, 'check', ...words], {
      env: hermetic({}),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (chunk) => {
      stdout += chunk;
    });
    const ended = once(child, 'close');
    const said = await new Promise<RegExpExecArray>((resolve) => {
      child.stderr.on('data', (chunk) => {
        stderr += chunk;
        const found = /port (\d+) .* (test-[0-9a-f]{8}@\S+)/.exec(stderr);
        if (found !== null) resolve(found);
      });
    });
    const port = Number(said[1]);
    const replies = await talk(port, [
      'EHLO mail.shop.example\r\nMAIL FROM:<orders@shop.example>\r\nRCPT TO:<someone@elsewhere.example>\r\n',
      `DATA\r\nRCPT TO:<${said[2]}>\r\nRCPT TO:<${said[2]}>\r\nMAIL FROM:<a@b.example> SIZE=999999999\r\nDATA\r\n`,
      `${MAIL}..dot\r\n`,
      '.',
      '\r\nQUIT\r\n',
    ]);
    assert.deepEqual(replies, [220, 250, 250, 550, 503, 250, 452, 552, 354, 250, 221]);
    assert.deepEqual((await ended)[0], 0, stderr);
    const { findings, subject, facts } = JSON.parse(stdout) as Json;
    assert.match(stderr, /127\.0\.0\.1 \(EHLO mail\.shop\.example, envelope sender <orders@shop\.example>\)/);
    assert.equal(subject.domain, 'shop.example');
    assert.deepEqual(subject.ips, []);
    assert.equal(facts.message?.envelope.mailFrom, 'orders@shop.example');
    assert.ok(findings.some(({ id }) => id === 'dkim.message-unsigned'));
  });

  test('an inbox to which nothing comes ends, and so does one without a port', async () => {
    assert.equal((await check('--listen', '0', '--wait', '1')).code, 69);
    const taken = await check('--listen', String(server.port));
    assert.deepEqual([taken.code, taken.stdout], [69, '']);
  });

  test('the help names every option', async () => {
    const { code, stdout } = await runShim(['check', '--help']);
    assert.equal(code, 0);
    for (const option of ['--ip', '--selector', '--helo', '--sender', '--format', '--lang', '--min-score', '--dns'])
      assert.ok(stdout.includes(option), option);
  });
});

/** Without what the time decides: the line that names it, and the id of a proposed MTA-STS record. */
const withoutTime = (text: string) =>
  text.replace(/^(?:checked|проверено) .*$/m, '').replace(/(v=STSv1; id=)\d+/g, '$1');
const questionsIn = (text: string) => /, (\d+) DNS questions$/m.exec(text)?.[1];

describe('mailshim check and the Worker', () => {
  const zones: Record<string, { records: Zone; domains: string[] }> = {
    ordinary: { records: ordinary, domains: ['shop.example'] },
    ownRelay: { records: ownRelay, domains: ['shop.example'] },
    broken: { records: { 'shop.example': { TXT: ['v=spf1 include:x -al'] } }, domains: ['shop.example'] },
    shops: { records: browserZone(), domains: ['good.example', 'long.example', 'silent.example', 'nothing.example'] },
  };
  for (const [name, { records, domains }] of Object.entries(zones))
    test(`say the same of the zone ${name}, text for text`, async () => {
      const respond = respondFrom(zoneResolver(records));
      const doh = await startDohServer(respond);
      const dns = await startNameServer(respond);
      let worker: RunningWorker | undefined;
      try {
        worker = await startWorker({ DOH_URL: doh.url });
        const asked = new Set<string>();
        for (const domain of domains)
          for (const [lang, ip] of [
            ['en', ''],
            ['ru', ''],
            ['en', RELAY],
          ] as const) {
            const answer = await worker.fetch(`/v1/check/${domain}?format=text&lang=${lang}${ip && `&ip=${ip}`}`);
            const words = ['check', domain, '--lang', lang, '--dns', `127.0.0.1:${dns.port}`];
            const { stdout } = await runShim([...words, ...(ip === '' ? [] : ['--ip', ip])]);
            const said = await answer.text();
            assert.equal(withoutTime(stdout), withoutTime(said));
            // Later the Worker has most answers at hand.
            if (asked.size === 0) assert.equal(questionsIn(stdout), questionsIn(said));
            asked.add(domain);
          }
      } finally {
        await worker?.stop();
        await doh.stop();
        await dns.stop();
      }
    });

  const named = needs('named', 'bind9');
  test('BIND is asked over UDP, and what it holds is found', { skip: named.missing }, async () => {
    const bind = await startBind(zone);
    try {
      const words = ['check', 'https://www.shop.example/', '--ip', RELAY, '--dns', `127.0.0.1:${bind.port}`];
      const { code, stdout } = await runShim([...words, '--format', 'json']);
      assert.equal(code, 0);
      const { findings, subject } = JSON.parse(stdout) as Json;
      assert.equal(subject.domain, 'shop.example');
      const ids = findings.map(({ id }) => id);
      for (const id of ['spf.pass', 'dkim.key-ok', 'dmarc.policy', 'ptr.confirmed', 'mx.hosts'])
        assert.ok(ids.includes(id), id);
    } finally {
      await bind.stop();
    }
  });
});
