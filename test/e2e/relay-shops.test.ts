// Several shops on one relay: every sender of before still can send, unless it is removed by name; with Debian's Postfix.
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
  SECOND_SHOP,
  SHOP,
  STRANGER,
  shimOnRelay,
  startMachines,
  THIRD_SHOP,
} from '../support/relay-machine.ts';

const HOST = 'mail.shop.example';
const skip =
  needs('postfix', 'postfix').missing ||
  needs('ip', 'iproute2').missing ||
  needs('swaks', 'swaks').missing ||
  needs('saslpasswd2', 'sasl2-bin').missing ||
  namespacesMissing;

const TAKEN = /250 2\.1\.5 Ok/;
const REJECTED = /554 5\.7\.1 .*(?:Client host rejected|Access denied)/;
const LOOPBACK = ['127.0.0.0/8', '[::1]/128'];

interface Listed {
  domain: string | null;
  allow: string[];
  logins: string[];
  receive: { address: string; mailbox: string }[];
}

/** What the tests of each relay ask it and do to it. */
function relayOf(machines: Machines) {
  const files = ['--certificate', machines.certificate, '--key', machines.key];
  const main = `${machines.etc}/main.cf`;
  const postfix = (words: readonly string[], host = HOST) =>
    shimOnRelay(machines, ['relay', 'postfix', '--hostname', host, ...files, ...words]);
  return {
    main,
    postfix,
    async apply(words: readonly string[]): Promise<Ran> {
      const ran = await postfix([...words, '--apply']);
      assert.equal(ran.code, 0, ran.stderr + ran.stdout);
      assert.doesNotMatch(ran.stdout, /still finds/);
      return ran;
    },
    async networks(): Promise<string[]> {
      return (await machines.onRelay('postconf', ['-h', 'mynetworks'])).stdout.trim().split(/[\s,]+/);
    },
    async setting(name: string): Promise<string> {
      return (await machines.onRelay('postconf', ['-h', name])).stdout.trim();
    },
    async list(): Promise<Listed[]> {
      return JSON.parse((await shimOnRelay(machines, ['relay', 'list', '--json'])).stdout).shops;
    },
    says: (source: string, reply: RegExp, extra: readonly string[] = []) =>
      answers(() => askRelay(machines, source, ['--quit-after', 'RCPT', ...extra]), reply),
    async edit(change: (text: string) => string): Promise<void> {
      writeFileSync(main, change(readFileSync(main, 'utf8')));
      await machines.onRelay('postfix', ['reload']);
    },
  };
}

const withLogin = (user: string) => ['--auth', 'PLAIN', '--auth-user', user, '--auth-password', 'correct horse'];

describe('three shops by their addresses', { skip }, () => {
  let machines: Machines;
  let relay: ReturnType<typeof relayOf>;
  const first = ['--domain', 'shop.example', '--allow', SHOP];
  const second = ['--domain', 'shop2.example', '--allow', SECOND_SHOP];
  const third = ['--domain', 'shop3.example', '--allow', `${THIRD_SHOP},127.0.0.1`];
  before(async () => {
    machines = await startMachines(HOST);
    relay = relayOf(machines);
    await machines.onRelay('postfix', ['start']);
    await relay.apply(first);
  });
  after(() => machines?.stop());

  test('a dry run of the second shows that the first stays, and changes nothing', async () => {
    const was = readFileSync(relay.main, 'utf8');
    const ran = await relay.postfix([...second, '--dry-run']);
    assert.equal(ran.code, 0, ran.stderr);
    assert.match(ran.stdout, new RegExp(`^  stays: .*${SHOP}/32`, 'm'));
    assert.match(ran.stdout, new RegExp(`^  new: ${SECOND_SHOP}/32$`, 'm'));
    assert.doesNotMatch(ran.stdout, /dropped/);
    assert.equal(readFileSync(relay.main, 'utf8'), was);
    assert.deepEqual(
      readdirSync(machines.etc).filter((name) => name.startsWith('.')),
      [],
    );
  });

  test('each is added, and all of them send', async () => {
    await relay.apply(second);
    await relay.apply(third);
    assert.deepEqual(await relay.networks(), [
      ...LOOPBACK,
      ...[SHOP, SECOND_SHOP, THIRD_SHOP].map((address) => `${address}/32`),
    ]);
    for (const shop of [SHOP, SECOND_SHOP, THIRD_SHOP]) await relay.says(shop, TAKEN);
    await relay.says(STRANGER, REJECTED);
    assert.equal(await relay.setting('mydomain'), 'shop.example');
    assert.deepEqual(await relay.list(), [
      { domain: 'shop.example', allow: [`${SHOP}/32`], logins: [], receive: [] },
      { domain: 'shop2.example', allow: [`${SECOND_SHOP}/32`], logins: [], receive: [] },
      { domain: 'shop3.example', allow: [`${THIRD_SHOP}/32`], logins: [], receive: [] },
    ]);
    assert.equal((await shimOnRelay(machines, ['relay', 'audit'])).code, 0);
  });

  test('one more time changes nothing, whichever shop is named, and keeps what was chosen for the machine', async () => {
    await machines.onRelay('postconf', ['-e', 'smtpd_client_message_rate_limit = 900', 'inet_protocols = ipv4']);
    const was = readFileSync(relay.main, 'utf8');
    await relay.apply(second);
    assert.equal(readFileSync(relay.main, 'utf8'), was);
  });

  test('what was written by hand stays', async () => {
    const hosts = machines.path('hosts');
    writeFileSync(hosts, `${STRANGER}\n`);
    writeFileSync(machines.path('partners.cidr'), '198.51.100.0/28 OK\n');
    const hand = [hosts, `cidr:${machines.path('partners.cidr')}`, '198.51.100.77', '$partners'];
    await relay.edit(
      (text) => `${text.replace(/^(mynetworks = .*)$/m, `$1, ${hand.join(' ')}`)}\npartners = 192.0.2.1\n`,
    );
    await relay.apply(['--domain', 'shop3.example', '--allow', '198.51.100.9']);
    const networks = await relay.networks();
    assert.deepEqual(
      [SHOP, SECOND_SHOP, THIRD_SHOP, '198.51.100.9']
        .map((address) => `${address}/32`)
        .filter((each) => !networks.includes(each)),
      [],
    );
    assert.deepEqual(
      hand.filter((each) => !networks.includes(each)),
      [],
    );
    await relay.says(STRANGER, TAKEN);
    const { allow } = (await relay.list()).find(({ domain }) => domain === null)!;
    assert.deepEqual(allow, hand);
    await relay.apply(['--remove', hosts]);
    await relay.says(STRANGER, REJECTED);
  });

  test('--remove takes away an address or a shop, and names what is not there', async () => {
    await relay.apply(['--remove', '198.51.100.9,198.51.100.77']);
    await relay.apply(['--remove', 'shop2.example']);
    await relay.says(SECOND_SHOP, REJECTED);
    for (const shop of [SHOP, THIRD_SHOP]) await relay.says(shop, TAKEN);
    assert.deepEqual(
      (await relay.list()).map(({ domain, allow }) => [domain, allow.length]),
      [
        ['shop.example', 1],
        ['shop3.example', 1],
        [null, 2],
      ],
    );
    for (const word of ['203.0.113.99', 'shop2.example', 'someone', 'cidr:/nowhere']) {
      const ran = await relay.postfix(['--remove', word, '--apply']);
      assert.deepEqual([ran.code, ran.stderr.includes(`--remove ${word}`)], [78, true], ran.stderr);
    }
  });

  for (const [what, words, host, shown] of [
    ['another name of the relay', first, 'other.example', 'myhostname: mail.shop.example'],
    ['shops that log in from their address', [...first, '--sasl-user', 'shop'], HOST, '--allow or --sasl-user'],
  ] as const)
    test(`without --replace nothing is dropped: ${what}`, async () => {
      const was = readFileSync(relay.main, 'utf8');
      const ran = await relay.postfix([...words, '--apply'], host);
      assert.deepEqual([ran.code, ran.stderr.includes(shown)], [78, true], ran.stderr);
      assert.equal(readFileSync(relay.main, 'utf8'), was);
    });

  test('a table in the restrictions is shown, and dropped by --replace alone', async () => {
    const table = `cidr:${machines.path('partners.cidr')}`;
    await relay.edit((text) =>
      text.replace(
        /^(smtpd_client_restrictions = permit_mynetworks), reject$/m,
        `$1, check_client_access ${table}, reject`,
      ),
    );
    const refused = await relay.postfix([...second, '--apply']);
    assert.deepEqual(
      [refused.code, refused.stderr.includes(`check_client_access ${table}`)],
      [78, true],
      refused.stderr,
    );
    const replaced = await relay.postfix([...second, '--replace', '--apply']);
    assert.equal(replaced.code, 0, replaced.stderr);
    assert.match(replaced.stdout, new RegExp(`^  dropped: ${SHOP}/32 .*${THIRD_SHOP}/32`, 'm'));
    assert.deepEqual(await relay.networks(), [...LOOPBACK, `${SECOND_SHOP}/32`]);
    assert.deepEqual(
      (await relay.list()).map(({ domain }) => domain),
      ['shop2.example'],
    );
    await relay.says(SHOP, REJECTED);
    await relay.says(SECOND_SHOP, TAKEN);
  });
});

describe('logins beside addresses, and a relay from before shops were named', { skip }, () => {
  let machines: Machines;
  let relay: ReturnType<typeof relayOf>;
  const login = async (printed: string) => {
    const commands = /^Logins.*:\n((?: {2}.*\n)+)/m.exec(printed)![1]!;
    const made = await machines.onRelay('sh', ['-ec', commands.replace(' -c ', ' -p -c ')], 'correct horse');
    assert.equal(made.code, 0, made.stderr);
  };
  before(async () => {
    machines = await startMachines(HOST);
    relay = relayOf(machines);
    await machines.onRelay('postfix', ['start']);
    await relay.apply(['--domain', 'shop.example', '--allow', SHOP]);
    await relay.edit((text) => text.replace(/^# mailshim.*\n/gm, ''));
  });
  after(() => machines?.stop());

  test('a shop with a login leaves the one with an address alone', async () => {
    await login((await relay.apply(['--domain', 'shop2.example', '--sasl-user', 'two'])).stdout);
    await login((await relay.apply(['--domain', 'shop3.example', '--sasl-user', 'three'])).stdout);
    await relay.says(SHOP, TAKEN);
    for (const user of ['two', 'three']) await relay.says(STRANGER, TAKEN, withLogin(user));
    await relay.says(STRANGER, REJECTED);
    assert.deepEqual(await relay.list(), [
      { domain: 'shop2.example', allow: [], logins: ['two'], receive: [] },
      { domain: 'shop3.example', allow: [], logins: ['three'], receive: [] },
      { domain: null, allow: [`${SHOP}/32`], logins: [], receive: [] },
    ]);
  });

  test('a shop with an address leaves the logins alone', async () => {
    await relay.apply(['--domain', 'shop4.example', '--allow', SECOND_SHOP]);
    await relay.says(SECOND_SHOP, TAKEN);
    await relay.says(SHOP, TAKEN);
    await relay.says(STRANGER, TAKEN, withLogin('two'));
  });

  test('a login that is taken away ends, the others stay', async () => {
    await relay.apply(['--remove', 'two']);
    const wrong = await askRelay(machines, STRANGER, [...withLogin('two'), '--quit-after', 'AUTH']);
    assert.match(wrong.stdout, /535 5\.7\.8/);
    await relay.says(STRANGER, TAKEN, withLogin('three'));
    await relay.says(SHOP, TAKEN);
  });
});

describe('mail of the shop that is received and sent on', { skip }, () => {
  let machines: Machines;
  let relay: ReturnType<typeof relayOf>;
  const at25 = (to: string, extra: readonly string[] = []) =>
    machines.onShop('swaks', [
      ...['--server', RELAY, '--port', '25', '--local-interface', STRANGER, '--timeout', '20'],
      ...['--helo', 'gmail.example', '--from', 'customer@gmail.example', '--to', to],
      ...extra,
    ]);
  before(async () => {
    machines = await startMachines(HOST);
    relay = relayOf(machines);
    await machines.onRelay('postfix', ['start']);
    await relay.apply(['--domain', 'shop.example', '--allow', SHOP]);
  });
  after(() => machines?.stop());

  test('a reply to any address of the domain reaches the mailbox', async () => {
    await relay.apply(['--domain', 'shop.example', '--receive-at', 'owner@provider.example']);
    assert.deepEqual(await relay.list(), [
      {
        domain: 'shop.example',
        allow: [`${SHOP}/32`],
        logins: [],
        receive: [{ address: '@shop.example', mailbox: 'owner@provider.example' }],
      },
    ]);
    const ran = await at25('orders@shop.example', ['--header', 'Subject: Where is my order?', '-tls']);
    assert.equal(ran.code, 0, ran.stdout);
    const [text] = await machines.sent(1);
    assert.match(text!, /^X-Rcpt-Args: <owner@provider\.example>/m);
    assert.match(text!, /Where is my order/);
    await relay.says(SHOP, TAKEN);
  });

  test('it is no open relay', async () => {
    const rows = [
      'victim@customer.example',
      'victim%customer.example@shop.example.',
      'victim%customer.example@mail.shop.example',
      '@shop.example:victim@customer.example',
      'customer.example!victim@mail.shop.example',
      '"victim@customer.example"@mail.shop.example',
      'owner@provider.example',
      'root@[10.77.0.1]',
    ];
    const answered = await Promise.all(rows.map((to) => at25(to, ['--quit-after', 'RCPT'])));
    assert.deepEqual(
      answered.map(({ stdout }, at) => [rows[at], /<[*~]\* +(\d)/.exec(stdout)?.[1]]),
      rows.map((to) => [to, '5']),
    );
    // From the shop's own address as well: port 25 only receives.
    const shop = await machines.onShop('swaks', [
      ...['--server', RELAY, '--port', '25', '--local-interface', SHOP, '--helo', 'shop.example'],
      ...['--from', 'orders@shop.example', '--to', 'victim@customer.example', '--quit-after', 'RCPT'],
    ]);
    assert.match(shop.stdout, /554 5\.7\.1 .*Relay access denied/);
    await relay.says(STRANGER, REJECTED);
    assert.deepEqual(
      [...machines.log().matchAll(/ to=<([^>]*)>,.* status=/g)].map(([, to]) => to),
      ['owner@provider.example'],
    );
  });

  test('another shop leaves it, and one address goes elsewhere', async () => {
    await relay.apply([
      '--domain',
      'shop2.example',
      '--allow',
      SECOND_SHOP,
      '--receive-at',
      'info@shop2.example=two@provider.example',
    ]);
    for (const [to, reply] of [
      ['anything@shop.example', '250'],
      ['info@shop2.example', '250'],
      ['other@shop2.example', '550'],
    ] as const)
      assert.match((await at25(to, ['--quit-after', 'RCPT'])).stdout, new RegExp(`<[*~]+ +${reply} |<-  ${reply} `));
    await relay.apply(['--remove', '@shop.example']);
    assert.equal(await relay.setting('mailshim_receives'), 'shop2.example');
    await relay.apply(['--remove', 'info@shop2.example']);
    const { stdout, stderr } = await at25('info@shop2.example');
    assert.match(stdout + stderr, /Connection refused/);
    for (const shop of [SHOP, SECOND_SHOP]) await relay.says(shop, TAKEN);
  });

  test('mail that would loop is an error', async () => {
    await relay.apply(['--domain', 'shop2.example', '--receive-at', 'owner@provider.example']);
    const ran = await relay.postfix(['--domain', 'shop.example', '--receive-at', 'owner@shop2.example', '--apply']);
    assert.deepEqual([ran.code, /would loop/.test(ran.stderr)], [78, true], ran.stderr);
  });
});

describe('shop and relay on one machine', { skip }, () => {
  let machines: Machines;
  let relay: ReturnType<typeof relayOf>;
  before(async () => {
    machines = await startMachines(HOST);
    relay = relayOf(machines);
    await machines.onRelay('postfix', ['start']);
  });
  after(() => machines?.stop());
  const own = () =>
    machines.onRelay('swaks', [
      ...['--server', '127.0.0.1', '--port', '465', '--tls-on-connect', '--helo', 'shop.example'],
      ...['--from', 'orders@shop.example', '--to', 'customer@customer.example', '--quit-after', 'RCPT'],
    ]);

  test('--allow 127.0.0.1 writes no second entry, and the port is open to this machine alone', async () => {
    await relay.apply(['--domain', 'shop.example', '--allow', '127.0.0.1']);
    assert.deepEqual(await relay.networks(), LOOPBACK);
    await answers(own, TAKEN);
    const outside = await askRelay(machines, SHOP, []);
    assert.match(outside.stdout + outside.stderr, /Connection refused/);
    assert.equal((await shimOnRelay(machines, ['relay', 'audit'])).code, 0);
  });

  test('a second shop elsewhere opens the port, and closes it again when it goes', async () => {
    await relay.apply(['--domain', 'shop2.example', '--allow', SECOND_SHOP]);
    await answers(own, TAKEN);
    await relay.says(SECOND_SHOP, TAKEN);
    await relay.says(STRANGER, REJECTED);
    await relay.apply(['--remove', 'shop2.example']);
    await answers(own, TAKEN);
    const outside = await askRelay(machines, SECOND_SHOP, []);
    assert.match(outside.stdout + outside.stderr, /Connection refused/);
  });
});
