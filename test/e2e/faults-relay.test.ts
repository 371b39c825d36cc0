// A spool whose relay misbehaves: each mail arrives once, or the log says that it may be twice, and none blocks another.
import assert from 'node:assert/strict';
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { runQueue } from '../../shim/commands/daemon.ts';
import { senderContext } from '../../shim/delivery/context.ts';
import { Runner } from '../../shim/delivery/runner.ts';
import { Spool } from '../../shim/spool/queue.ts';
import type { EntryState } from '../../shim/spool/state.ts';
import { createAuthority } from '../support/certificates.ts';
import {
  announcedIn,
  environmentOf,
  handIn,
  type SpoolUnderTest,
  spoolUnderTest,
  until,
} from '../support/fault-spool.ts';
import { type FaultRelay, type RelayFault, SECURE_STAGES, STAGES, startFaultRelay } from '../support/relay-faults.ts';

const DAY = 86_400_000;

describe('a spool and its relay', () => {
  let relay: FaultRelay;
  let spool: SpoolUnderTest;
  let faults: (RelayFault | undefined)[] = [];
  let poison: RelayFault['does'] | undefined;
  let recipients = new Map<string, string>();
  let runner: Runner | undefined;
  let watching: () => void = () => undefined;
  before(async () => {
    relay = await startFaultRelay({
      fault() {
        watching();
        return faults.shift();
      },
      message: (message) => (message.includes('Subject: poison') ? poison : undefined),
      recipient: (address) => recipients.get(address),
    });
    spool = spoolUnderTest(relay.port, ['timeout 1', 'relay_connections 2']);
  });
  after(async () => {
    await spool.remove();
    await relay.stop();
  });
  afterEach(() => {
    runner?.stop();
    runner = undefined;
    faults = [];
    poison = undefined;
    recipients = new Map();
    relay.mails.length = 0;
    truncateSync(spool.folder.join('log'));
  });
  const send = (complaints: string[] = [], folder = spool.spool) =>
    runQueue(
      folder,
      environmentOf(),
      () => undefined,
      (text) => complaints.push(text),
    );
  /** A sender within the test, by a clock of its own. */
  const serve = (now: () => number, folder = spool.spool) => {
    const context = senderContext(new Spool(folder), environmentOf({ now: () => new Date(now()) }), {
      complain: () => undefined,
    });
    runner = new Runner(context, { once: false });
    return { context, ended: runner.run() };
  };
  const subjects = () => relay.mails.map(({ message }) => /^Subject: (.*)$/m.exec(message)![1]!);

  const kinds: RelayFault['does'][] = [
    'hang',
    'drop',
    'garbage',
    'slowly',
    '421 4.3.2 going down',
    '451 4.3.0 later',
    '452 4.3.1 disk full',
  ];
  for (const at of STAGES) {
    for (const does of kinds) {
      const uncertain = at === 'message' && /^(hang|drop|garbage)$/.test(does);
      test(`${at}: ${does}`, async () => {
        faults = [{ at, does }];
        handIn(spool, 'mail', ['a@x.example']);
        const first = await send();
        const isSlow = does === 'slowly';
        assert.deepEqual([first.delivered, first.waiting], isSlow ? [1, 0] : [0, 1]);
        if (!isSlow) {
          faults = [];
          assert.equal((await send()).delivered, 1);
        }
        assert.equal(relay.mails.length, uncertain ? 2 : 1);
        assert.equal(announcedIn(spool.log()).has('a@x.example'), uncertain, spool.log());
        const ids = new Set(relay.mails.map(({ message }) => /^Message-ID: (.*)$/m.exec(message)![1]));
        assert.equal(ids.size, 1);
        assert.deepEqual(
          [spool.names('queue'), spool.names('active'), spool.names('failed'), spool.names('state')],
          [[], [], [], []],
        );
      });
    }
  }

  describe('in the second of three transactions of one mail', () => {
    const wanted = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}@x.example`);
    let split: SpoolUnderTest;
    before(() => {
      split = spoolUnderTest(relay.port, ['timeout 1', 'relay_recipients 2']);
    });
    after(() => split.remove());
    afterEach(() => truncateSync(split.folder.join('log')));
    for (const at of ['MAIL', 'RCPT', 'DATA', 'message'] as const) {
      for (const does of [...kinds, '550 5.7.1 no', '452 4.5.3 too many recipients'] as const) {
        test(`${at}: ${does}`, async () => {
          const uncertain = at === 'message' && /^(hang|drop|garbage)$/.test(does);
          const refused = does.startsWith('550') ? ['c@x.example', 'd@x.example'] : [];
          faults = [{ at, does, transaction: 2 }];
          handIn(split, 'mail', wanted);
          await send([], split.spool);
          // The first two have it, and nothing that follows is about them.
          assert.deepEqual(relay.mails[0]!.to, ['a@x.example', 'b@x.example']);
          faults = [];
          await send([], split.spool);
          const copies = (address: string) => relay.mails.filter(({ to }) => to.includes(address)).length;
          for (const address of wanted) {
            const isUncertain = uncertain && /^[cd]/.test(address);
            assert.equal(copies(address), refused.includes(address) ? 0 : isUncertain ? 2 : 1, address);
            if (isUncertain) assert.ok(announcedIn(split.log()).has(address), split.log());
          }
          assert.equal(/uncertain/.test(split.log()), uncertain, split.log());
          const ids = new Set(
            relay.mails.filter(({ from }) => from !== '').map(({ message }) => /^Message-ID: (.*)$/m.exec(message)![1]),
          );
          assert.equal(ids.size, 1);
          assert.equal(relay.mails.filter(({ from }) => from === '').length, refused.length > 0 ? 1 : 0);
          assert.equal(split.names('failed').length, refused.length > 0 ? 1 : 0);
          assert.deepEqual([split.names('queue'), split.names('active')], [[], []]);
          for (const id of split.names('failed')) new Spool(split.spool).remove(id, 'failed');
        });
      }
    }
  });

  test('what an attempt came to whose sender was killed is in the log, and the sender of the mail learns of it', async () => {
    const id = handIn(spool, 'mail', ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example']);
    const folders = new Spool(spool.spool);
    const settled: EntryState['settled'] = {
      'a@x.example': { result: 'delivered', reply: '250 ok', unreported: true },
      'b@x.example': { result: 'delivered', reply: '250 ok', unreported: true, uncertain: true },
      'c@x.example': { result: 'failed', reply: '550 5.1.1 no such user', unreported: true },
    };
    folders.save(id, { ...folders.state(id), settled });
    recipients = new Map([['d@x.example', '450 4.2.0 greylisted']]);
    await send();
    assert.deepEqual([...announcedIn(spool.log())], ['b@x.example']);
    for (const address of Object.keys(settled)) assert.match(spool.log(), new RegExp(` recipients=${address} `));
    // Once.
    truncateSync(spool.folder.join('log'));
    recipients = new Map();
    await send();
    assert.deepEqual(relay.mails.map(({ to }) => to[0]).sort(), ['d@x.example', 'shop@shop.example']);
    const notices = relay.mails.filter(({ from }) => from === '');
    assert.deepEqual(
      notices.map(({ message }) => [...message.matchAll(/^Final-Recipient: rfc822; ?(.*)\r$/gm)].map(([, to]) => to)),
      [['c@x.example']],
    );
    assert.doesNotMatch(spool.log(), /[abc]@x\.example/);
    assert.deepEqual(spool.names('failed'), [id]);
    folders.remove(id, 'failed');
  });

  for (const at of ['MAIL', 'RCPT', 'DATA'] as const) {
    for (const does of kinds) {
      test(`${at}: ${does}, and one of two recipients is put off: nobody is given up`, async () => {
        faults = [{ at, does }];
        recipients = new Map([['grey@x.example', '450 4.2.0 greylisted']]);
        handIn(spool, 'mail', ['a@x.example', 'grey@x.example']);
        await send();
        assert.deepEqual(spool.names('failed'), []);
        recipients = new Map();
        faults = [];
        assert.equal((await send()).delivered, 1);
        assert.deepEqual(relay.mails.flatMap(({ to }) => to).sort(), ['a@x.example', 'grey@x.example']);
      });
    }
  }

  describe('over TLS, with a login', () => {
    let secure: FaultRelay;
    let secured: SpoolUnderTest;
    before(async () => {
      const authority = createAuthority();
      secure = await startFaultRelay({
        fault: () => faults.shift(),
        tls: authority.issue({ names: ['localhost', '127.0.0.1'] }),
      });
      secured = spoolUnderTest(secure.port, ['timeout 1', 'tls_starttls on', 'auth plain', 'user u', 'password p']);
      const ca = secured.folder.write('ca.pem', authority.ca);
      const plain = readFileSync(secured.config, 'utf8').replace('tls off', `tls on\ntls_trust_file ${ca}`);
      writeFileSync(secured.config, plain.replace('host 127.0.0.1', 'host localhost'));
    });
    after(async () => {
      await secured.remove();
      await secure.stop();
    });
    for (const at of SECURE_STAGES) {
      for (const does of [
        ...kinds,
        ...(at === 'TLS' ? [] : (['babble'] as const)),
        '454 4.7.0 not just now',
        '535 5.7.8 wrong',
        '554 5.7.1 go away',
      ] as const) {
        test(`${at}: ${does}`, async () => {
          faults = [{ at, does }];
          handIn(secured, 'mail', ['a@x.example']);
          const first = await send([], secured.spool);
          const isFine = does === 'slowly';
          assert.deepEqual(
            [first.delivered, first.waiting, first.failed],
            isFine ? [1, 0, 0] : [0, 1, 0],
            secured.log(),
          );
          faults = [];
          if (!isFine) assert.equal((await send([], secured.spool)).delivered, 1, secured.log());
          assert.equal(secure.mails.length, 1);
          assert.doesNotMatch(secured.log(), /uncertain/);
          secure.mails.length = 0;
          truncateSync(secured.folder.join('log'));
        });
      }
    }
  });

  for (const at of ['greeting', 'EHLO'] as const) {
    test(`a relay whose reply to ${at} never ends is left in the end`, async () => {
      faults = [{ at, does: 'babble' }];
      handIn(spool, 'mail', ['a@x.example']);
      assert.equal((await send()).waiting, 1);
      assert.equal((await send()).delivered, 1);
    });
  }

  test('a refusal for good at any stage of a mail: failed/, a notice, no second question', async () => {
    for (const at of ['MAIL', 'RCPT', 'message'] as const) {
      faults = [{ at, does: '550 5.7.1 no' }];
      handIn(spool, 'mail', ['a@x.example']);
      assert.equal((await send()).failed, 1, at);
      assert.equal(spool.names('failed').length, 1);
      new Spool(spool.spool).remove(spool.names('failed')[0]!, 'failed');
      await send();
    }
    assert.deepEqual(
      relay.mails.map(({ to }) => to),
      [['shop@shop.example'], ['shop@shop.example'], ['shop@shop.example']],
    );
  });

  test('who asked to be told of a delay is told once, after four hours, and only of those that wait', async () => {
    recipients = new Map([['grey@x.example', '450 4.2.0 greylisted']]);
    const notices = () => relay.mails.filter(({ from }) => from === '');
    const hour = DAY / 24;
    const cases: [subject: string, dsnNotify: string | undefined, age: number][] = [
      ['asked', 'failure,delay', 5 * hour],
      ['not asked', undefined, 5 * hour],
      ['failures alone', 'failure', 5 * hour],
      ['young', 'delay', 3 * hour],
    ];
    for (const [subject, dsnNotify, age] of cases)
      handIn(spool, subject, ['a@x.example', 'grey@x.example'], { dsnNotify, acceptedAt: Date.now() - age });
    for (let run = 0; run < 3; run++) await send();
    assert.equal(notices().length, 1);
    const [{ to, message }] = notices() as [(typeof relay.mails)[number]];
    assert.deepEqual(to, ['shop@shop.example']);
    assert.match(message, /^Subject: asked$/m);
    assert.match(message, /^Final-Recipient: rfc822; ?grey@x\.example$/m);
    assert.match(message, /^Action: delayed$/m);
    assert.match(message, /^Status: 4\.2\.0$/m);
    assert.match(message, /^Will-Retry-Until: /m);
    assert.doesNotMatch(message, /^Final-Recipient: rfc822; ?a@/m);
    assert.match(
      spool.log(),
      /notice: \S+ reports to shop@shop\.example that \S+ is not delivered yet by 127\.0\.0\.1:/,
    );
    recipients = new Map();
    await send();
    assert.deepEqual([spool.names('queue'), spool.names('failed')], [[], []]);
  });

  test('nor is anybody told while the relay itself is away: the notice would wait with the mail', async () => {
    await relay.stop();
    handIn(spool, 'mail', ['a@x.example'], { dsnNotify: 'delay', acceptedAt: Date.now() - DAY });
    await send();
    await relay.start();
    assert.equal((await send()).delivered, 1);
    assert.equal(relay.mails.length, 1);
  });

  for (const does of ['drop', 'hang', '421 4.3.2 going down', '451 4.3.0 later', 'garbage'] as const) {
    test(`a mail at which the relay says "${does}" each time keeps no other from being delivered`, async () => {
      poison = does;
      handIn(spool, 'poison', ['p@x.example']);
      for (let number = 0; number < 20; number++) handIn(spool, `mail ${number}`, ['a@x.example']);
      const { context, ended } = serve(Date.now);
      const others = () => new Set(subjects().filter((subject) => subject !== 'poison')).size;
      await until(() => others() === 20, 'the other mails');
      assert.equal(subjects().filter((subject) => subject.startsWith('mail')).length, 20);
      await until(() => spool.names('queue').length === 1, 'the poisoned mail to be put off');
      runner!.stop();
      await ended;
      await context.pool.close();
      poison = undefined;
      await send();
      assert.ok(subjects().includes('poison'));
      assert.deepEqual(spool.names('queue'), []);
    });
  }

  test('corrupt entries go to failed/, each with a line, and the others are delivered', async () => {
    const spoiled = [0, 1, 2].map((number) => handIn(spool, `spoiled ${number}`, ['a@x.example']));
    writeFileSync(new Spool(spool.spool).path('queue', spoiled[0]!), '');
    writeFileSync(new Spool(spool.spool).path('queue', spoiled[1]!), 'x'.repeat(70_000));
    truncateSync(new Spool(spool.spool).path('queue', spoiled[2]!), 100);
    handIn(spool, 'mail', ['a@x.example']);
    const complaints: string[] = [];
    await send(complaints);
    assert.deepEqual(subjects(), ['mail']);
    assert.deepEqual(spool.names('failed').sort(), spoiled.sort());
    assert.equal(complaints.filter((text) => /moved to failed\//.test(text)).length, 3);
    for (const id of spoiled) new Spool(spool.spool).remove(id, 'failed');
  });

  test('never more connections at once than relay_connections', async () => {
    await until(() => relay.open === 0, 'the connections of before to end');
    let most = 0;
    watching = () => {
      most = Math.max(most, relay.open);
    };
    for (let number = 0; number < 60; number++) handIn(spool, 'mail', ['a@x.example']);
    assert.equal((await send()).delivered, 60);
    watching = () => undefined;
    assert.equal(most, 2);
    await relay.stop();
    try {
      for (let number = 0; number < 20; number++) handIn(spool, 'mail', ['a@x.example']);
      truncateSync(spool.folder.join('log'));
      await send();
      // Nor more attempts than that while it is away.
      assert.equal(spool.log().match(/ errormsg=/g)?.length, 2);
    } finally {
      await relay.start();
    }
    assert.equal((await send()).delivered, 20);
  });

  test('what waited goes out in the order in which it came', async () => {
    const single = spoolUnderTest(relay.port, ['relay_connections 1']);
    try {
      const start = Date.now();
      const names = Array.from({ length: 50 }, (_, number) => `mail ${number}`);
      names.forEach((name, number) => void handIn(single, name, ['a@x.example'], { acceptedAt: start + number }));
      const { context, ended } = serve(Date.now, single.spool);
      await until(() => relay.mails.length === names.length, 'all mails');
      runner!.stop();
      await ended;
      await context.pool.close();
      assert.deepEqual(subjects(), names);
    } finally {
      await single.remove();
    }
  });

  test('recipients called like what every object has get their mail', async () => {
    const names = ['constructor', '__proto__', 'toString', 'hasOwnProperty'];
    handIn(spool, 'mail', [...names, 'late@x.example']);
    recipients = new Map([['late@x.example', '450 4.2.0 greylisted']]);
    await send();
    recipients = new Map();
    await send();
    assert.deepEqual(
      relay.mails.map(({ to }) => to),
      [names, ['late@x.example']],
    );
  });

  for (const [name, jump] of [
    ['back by a day', -DAY],
    ['back by ten years', -3650 * DAY],
    ['ahead by an hour', DAY / 24],
    ['ahead by four days', 4 * DAY],
  ] as const) {
    test(`a clock that goes ${name} while the relay is away parks no mail and drops none`, async () => {
      let offset = 0;
      await relay.stop();
      handIn(spool, 'mail', ['a@x.example']);
      const { context, ended } = serve(() => Date.now() + offset);
      await until(() => context.ledger.data.deferred > 0, 'the first attempt');
      offset = jump;
      await relay.start();
      await until(() => relay.mails.length === 1, 'the mail');
      await until(() => spool.names('active').length === 0, 'the end of the attempt');
      runner!.stop();
      await ended;
      await context.pool.close();
      assert.deepEqual([spool.names('queue'), spool.names('failed')], [[], []]);
    });
  }

  test('accepted by a clock that was years ahead, or back: delivered at once', async () => {
    for (const jump of [-3650 * DAY, 3650 * DAY])
      handIn(spool, 'mail', ['a@x.example'], { acceptedAt: Date.now() + jump });
    assert.equal((await send()).delivered, 2);
  });
});
