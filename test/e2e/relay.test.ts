// `mailshim relay postfix`: Debian's Postfix becomes the relay by the script as printed, and takes mail from the shop alone.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/peers.ts';
import type { Ran } from '../support/program.ts';
import {
  answers,
  askRelay,
  type Machines,
  namespacesMissing,
  RELAY,
  SHOP,
  STRANGER,
  shimOnRelay,
  shimOnShop,
  startMachines,
} from '../support/relay-machine.ts';

const postfix = needs('postfix', 'postfix');
const iproute = needs('ip', 'iproute2');
const swaks = needs('swaks', 'swaks');
const nft = needs('nft', 'nftables');
const saslpasswd = needs('saslpasswd2', 'sasl2-bin');
const skip = postfix.missing || iproute.missing || swaks.missing || namespacesMissing;

const HOST = 'mail.shop.example';
const MESSAGE = (subject: string) =>
  `From: orders@shop.example\nTo: customer@customer.example\nSubject: ${subject}\n\nThank you.\n`;

function relayWords(machines: Machines, extra: readonly string[]): string[] {
  const files = ['--certificate', machines.certificate, '--key', machines.key];
  return ['relay', 'postfix', '--hostname', HOST, '--domain', 'shop.example', ...files, ...extra];
}
const mailshim = shimOnRelay;

function account(machines: Machines, source: string, extra: readonly string[] = []): string {
  const file = machines.path(`msmtprc-${source}`);
  const lines = [
    'account default',
    `host ${RELAY}`,
    'port 465',
    'tls on',
    'tls_starttls off',
    `tls_trust_file ${machines.caFile}`,
    `source_ip ${source}`,
    'from orders@shop.example',
    'preflight off',
    ...extra,
  ];
  writeFileSync(file, `${lines.join('\n')}\n`, { mode: 0o600 });
  return file;
}

const send = (machines: Machines, config: string, subject: string) =>
  shimOnShop(machines, ['-C', config, '-t'], MESSAGE(subject));

const clean = (ran: Ran) => assert.deepEqual([ran.code, ran.stderr], [0, ''], ran.stdout);

/** Speaks one mail in five steps and sends its text as it is. */
const RAW_CLIENT = `
const [host, ca, localAddress, text] = process.argv.slice(1);
const steps = ['EHLO shop.example', 'MAIL FROM:<orders@shop.example>', 'RCPT TO:<customer@customer.example>', 'DATA', text + '\\r\\n.', 'QUIT'];
const socket = require('node:tls').connect({ host, port: 465, localAddress, ca: require('node:fs').readFileSync(ca) });
let buffer = '';
socket.on('data', (chunk) => {
  buffer += chunk;
  for (let match; (match = /^(?:\\d{3}-.*\\r\\n)*(\\d{3} .*)\\r\\n/.exec(buffer)); ) {
    buffer = buffer.slice(match[0].length);
    console.log(match[1]);
    if (steps.length > 0) socket.write(steps.shift() + '\\r\\n');
  }
});
`;

describe('a relay for the address of the shop', { skip }, () => {
  let machines: Machines;
  const words = () => relayWords(machines, ['--allow', SHOP]);
  before(async () => {
    machines = await startMachines(HOST);
    clean(await machines.onRelay('postfix', ['start']));
  });
  after(() => machines?.stop());

  test('a dry run shows the changes and makes none', async () => {
    const was = readFileSync(`${machines.etc}/main.cf`, 'utf8');
    const ran = await mailshim(machines, [...words(), '--dry-run']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, /^\+myhostname = mail\.shop\.example$/m);
    assert.match(ran.stdout, /^\+submissions inet/m);
    assert.equal(readFileSync(`${machines.etc}/main.cf`, 'utf8'), was);
    assert.deepEqual(readdirSync(machines.etc).sort(), ['main.cf', 'master.cf']);
  });

  test('a missing certificate is named, and nothing is touched', async () => {
    const ran = await mailshim(machines, [
      ...['relay', 'postfix', '--hostname', HOST, '--domain', 'shop.example', '--allow', SHOP, '--apply'],
      ...['--certificate', '/nonexistent/c.pem', '--key', machines.key],
    ]);
    assert.equal(ran.code, 78);
    assert.match(ran.stderr, /^mailshim: \/nonexistent\/c\.pem is missing/);
    assert.deepEqual(readdirSync(machines.etc).sort(), ['main.cf', 'master.cf']);
  });

  for (const [line, said] of [
    // Found before anything is in place, and only by the whole check.
    ['default_process_limit = many', /default_process_limit = many/],
    ['meta_directory = /nowhere', /\/nowhere[\s\S]*the previous files are restored/],
  ] as const)
    test(`files that Postfix refuses come back as they were: ${line}`, async () => {
      const files = ['main.cf', 'master.cf'].map((name) => `${machines.etc}/${name}`);
      const read = () => files.map((file) => readFileSync(file, 'utf8'));
      const [was] = read();
      writeFileSync(files[0]!, `${was}${line}\n`);
      try {
        const broken = read();
        const ran = await mailshim(machines, [...words(), '--apply']);
        assert.equal(ran.code, 78);
        assert.match(ran.stderr, said);
        assert.deepEqual(read(), broken);
      } finally {
        writeFileSync(files[0]!, was!);
      }
    });

  test('the script as printed sets it up, with the files from before beside', async () => {
    const printed = await mailshim(machines, words());
    clean(printed);
    const was = readFileSync(`${machines.etc}/main.cf`, 'utf8');
    const ran = await machines.onRelay('sh', ['-s'], printed.stdout);
    assert.equal(ran.code, 0, ran.stderr);
    const names = readdirSync(machines.etc);
    const kept = names
      .filter((name) => /^main\.cf\.\d{8}-\d{6}$/.test(name))
      .sort()
      .at(-1);
    assert.ok(kept !== undefined && names.includes(kept.replace('main', 'master')), names.join());
    assert.equal(readFileSync(`${machines.etc}/${kept}`, 'utf8'), was);
    assert.deepEqual(
      names.filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('--apply once more changes nothing that counts, and the audit finds nothing', async () => {
    const settings = async () => (await machines.onRelay('sh', ['-c', 'postconf -n; postconf -M'])).stdout;
    const was = await settings();
    const ran = await mailshim(machines, [...words(), '--apply']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.doesNotMatch(ran.stdout, /still finds/);
    assert.match(ran.stdout, /PTR/);
    assert.equal(await settings(), was);
    const audit = await mailshim(machines, ['relay', 'audit', '--json']);
    assert.deepEqual([audit.code, JSON.parse(audit.stdout)], [0, { findings: [] }]);
  });

  test('a relay gone wrong is named as what it is, and --apply repairs it', async () => {
    const [main, master] = ['main.cf', 'master.cf'].map((name) => `${machines.etc}/${name}`) as [string, string];
    const seeded = readFileSync(main, 'utf8').replace(/^mynetworks = .*$/m, 'mynetworks = 0.0.0.0/0');
    writeFileSync(main, seeded.replace(/^relayhost =.*$/m, 'relayhost = [127.0.0.1]:2525'));
    await machines.onRelay('postfix', ['reload']);
    await answers(() => askRelay(machines, STRANGER, ['--quit-after', 'RCPT']), /250 2\.1\.5 Ok/);
    const plain = readFileSync(master, 'utf8');
    writeFileSync(master, plain.replace(/^ +-o smtpd_tls_wrappermode=yes\n/m, ''));
    await machines.onRelay('postfix', ['reload']);
    await answers(() => askRelay(machines, SHOP, ['--quit-after', 'RCPT']), /TLS startup failed/);
    const named = await mailshim(machines, ['relay', 'audit', '--json']);
    const { findings } = JSON.parse(named.stdout) as { findings: { id: string }[] };
    assert.deepEqual(
      [named.code, ...findings.map(({ id }) => id)],
      [1, 'mynetworks-world', '465-without-wrappermode', 'relayhost'],
    );
    const refused = await mailshim(machines, [...words(), '--apply']);
    assert.deepEqual([refused.code, /mynetworks: 0\.0\.0\.0\/0/.test(refused.stderr)], [78, true], refused.stderr);
    const repaired = await mailshim(machines, [...words(), '--remove', '0.0.0.0/0', '--apply']);
    assert.equal(repaired.code, 0, repaired.stderr);
    assert.equal((await mailshim(machines, ['relay', 'audit'])).code, 0);
    await answers(() => askRelay(machines, STRANGER, ['--quit-after', 'RCPT']), /554 5\.7\.1/);
  });

  test('what postconf prints is as clean as the files', async () => {
    const { stdout } = await machines.onRelay('sh', ['-c', 'postconf -n; postconf -M']);
    const ran = await mailshim(machines, ['relay', 'audit', '-'], stdout);
    assert.deepEqual([ran.code, ran.stderr], [0, ''], ran.stdout);
  });

  test('mail of the shop goes out by TLS on 465', async () => {
    await answers(() => askRelay(machines, SHOP, ['--quit-after', 'RCPT']), /250 2\.1\.5 Ok/);
    clean(await send(machines, account(machines, SHOP), 'Order 1'));
    const [text] = await machines.sent(1);
    assert.match(text!, /Subject: Order 1/);
    assert.match(text!, /using TLSv1\.[23] /);
    assert.match(text!, /by mail\.shop\.example \(Postfix\)/);
    assert.match(machines.log(), /postfix\/submissions\/smtpd\[\d+\]: Anonymous TLS connection established/);
  });

  test('another address is refused, by the shim and by any client', async () => {
    const ran = await send(machines, account(machines, STRANGER), 'Spam');
    assert.notEqual(ran.code, 0);
    assert.match(ran.stderr, /554|Access denied/);
    const asked = await askRelay(machines, STRANGER, []);
    assert.match(asked.stdout, /<[*~]*\*+ 554 5\.7\.1 .*Client host rejected: Access denied/);
  });

  test('there are no mailboxes here, and port 25 is closed', async () => {
    const local = await askRelay(machines, SHOP, ['--to', 'root@[10.77.0.1]']);
    assert.match(local.stdout, /550 5\.1\.1 <root@\[10\.77\.0\.1\]>: .*this machine has no mailboxes/);
    const plain = await machines.onShop('swaks', ['--server', RELAY, '--port', '25', '--to', 'a@b.example']);
    assert.match(plain.stderr + plain.stdout, /Connection refused/);
  });

  test('a second mail hidden behind a bare line feed stays part of the first', async () => {
    const before = (await machines.sent(1)).length;
    const hidden =
      'Subject: Smuggled\r\n\r\none\n.\nMAIL FROM:<admin@bank.example>\r\nRCPT TO:<victim@customer.example>\r\nDATA\r\ntwo';
    const ran = await machines.onShop(process.execPath, ['-e', RAW_CLIENT, RELAY, machines.caFile, SHOP, hidden]);
    assert.equal(ran.stderr, '');
    assert.match(ran.stdout, /^354 .*\n250 2\.0\.0 Ok.*\n221 /m);
    const texts = await machines.sent(before + 1);
    assert.equal(texts.length, before + 1);
    assert.ok(texts.some((text) => text.includes('Smuggled') && text.includes('admin@bank.example')));
    assert.doesNotMatch(machines.log(), /from=<admin@bank\.example>/);
  });

  test('the limits hold for the shop as well', async () => {
    await machines.onRelay('postconf', ['-e', 'smtpd_client_message_rate_limit = 1']);
    await machines.onRelay('postfix', ['reload']);
    await answers(() => askRelay(machines, SHOP, []), /450 4\.7\.1 .*too much mail from 10\.77\.0\.2/);
    await machines.onRelay('postconf', ['-e', 'smtpd_client_message_rate_limit = 300']);
    await machines.onRelay('postfix', ['reload']);
    await answers(() => askRelay(machines, SHOP, ['--quit-after', 'RCPT']), /250 2\.1\.5 Ok/);
  });

  test('the lines for nftables keep others away from the port', { skip: nft.missing }, async () => {
    const printed = (await mailshim(machines, words())).stdout;
    const block = /^# {3}nft list table inet mailshim[\s\S]*?insert rule .*accept$/m.exec(printed);
    assert.ok(block !== null);
    const loaded = await machines.onRelay('sh', ['-e', '-s'], `${block[0].replace(/^# {3}/gm, '')}\n`);
    assert.deepEqual([loaded.code, loaded.stderr], [0, '']);
    clean(await send(machines, account(machines, SHOP), 'Order 2'));
    const { stdout } = await machines.onShop('sh', [
      '-c',
      `timeout 2 swaks --server ${RELAY} --port 465 --local-interface ${STRANGER} --quit-after CONNECT; echo code $?`,
    ]);
    assert.doesNotMatch(stdout, /220 /);
    await machines.onRelay('nft', ['delete', 'table', 'inet', 'mailshim']);
  });
});

describe('a relay with a login', { skip: skip || saslpasswd.missing }, () => {
  let machines: Machines;
  before(async () => {
    machines = await startMachines(HOST);
    clean(await machines.onRelay('postfix', ['start']));
  });
  after(() => machines?.stop());

  test('the printed commands make the login, and only with it mail goes', async () => {
    const words = relayWords(machines, ['--allow', SHOP, '--sasl-user', 'shop']);
    const applied = await mailshim(machines, [...words, '--apply']);
    assert.equal(applied.code, 0, applied.stderr);
    assert.doesNotMatch(applied.stdout, /still finds/);
    const commands = /^Logins.*:\n((?: {2}.*\n)+)/m.exec(applied.stdout);
    assert.ok(commands !== null, applied.stdout);
    // The password comes by a pipe here, in place of the terminal.
    const made = await machines.onRelay('sh', ['-ec', commands[1]!.replace(' -c ', ' -p -c ')], 'correct horse');
    assert.deepEqual([made.code, made.stderr], [0, '']);

    await answers(() => askRelay(machines, SHOP, []), /554 5\.7\.1 .*Access denied/);
    const right = account(machines, SHOP, ['auth plain', 'user shop', 'password "correct horse"']);
    clean(await send(machines, right, 'With login'));
    const [text] = await machines.sent(1);
    assert.match(text!, /Subject: With login/);

    const wrong = account(machines, SHOP, ['auth plain', 'user shop', 'password wrong']);
    const refused = await send(machines, wrong, 'Guessed');
    assert.notEqual(refused.code, 0);
    assert.match(refused.stderr, /535|authentication/i);
    const elsewhere = await askRelay(machines, STRANGER, [
      '--auth',
      'PLAIN',
      '--auth-user',
      'shop',
      '--auth-password',
      'correct horse',
    ]);
    assert.match(elsewhere.stdout, /235 2\.7\.0/);
    assert.match(elsewhere.stdout, /554 5\.7\.1 .*Client host rejected/);
  });
});
