// Staging, a second relay and the outbreak guard, with the program and scripted relays.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runQueue } from '../../shim/commands/daemon.ts';
import { environmentOf, handIn, type SpoolUnderTest, spoolUnderTest } from '../support/fault-spool.ts';
import { runShim } from '../support/program.ts';
import { type FaultRelay, startFaultRelay } from '../support/relay-faults.ts';

const send = (spool: SpoolUnderTest, complaints: string[] = []) =>
  runQueue(
    spool.spool,
    environmentOf(),
    () => undefined,
    (text) => complaints.push(text),
  );

describe('the delivery', () => {
  let relay: FaultRelay;
  let away = false;
  let spools: SpoolUnderTest[] = [];
  before(async () => {
    relay = await startFaultRelay({ fault: () => (away ? { at: 'greeting', does: 'drop' } : undefined) });
  });
  after(async () => {
    await relay.stop();
    for (const spool of spools) await spool.remove();
    spools = [];
  });
  beforeEach(() => {
    relay.mails.length = 0;
    away = false;
  });
  const spoolWith = (...lines: string[]) => {
    const spool = spoolUnderTest(relay.port, lines);
    spools.push(spool);
    return spool;
  };
  const recipients = () => relay.mails.flatMap(({ to }) => to);
  const directly = (spool: SpoolUnderTest, to: string) =>
    runShim(['-C', spool.config, '--', ...to.split(' ')], {
      input: `From: shop@shop.example\nTo: ${to}\nSubject: s\n\nbody\n`,
    });

  describe('staging', () => {
    for (const how of ['queue', 'direct'] as const) {
      test(`${how}: only_to lets through what matches, and the log names the others`, async () => {
        const spool = spoolWith(`delivery ${how}`, 'only_to *@staging.example boss@shop.example');
        if (how === 'queue') {
          handIn(spool, 'mail', ['me@staging.example', 'customer@x.example', 'boss@shop.example']);
          assert.deepEqual(await send(spool), { own: true, delivered: 1, failed: 0, waiting: 0 });
        } else assert.equal((await directly(spool, 'me@staging.example customer@x.example boss@shop.example')).code, 0);
        assert.deepEqual(recipients(), ['me@staging.example', 'boss@shop.example']);
        assert.match(spool.log(), /held back by only_to: customer@x\.example/);
        assert.deepEqual(spool.names('queue'), []);
      });

      test(`${how}: redirect_to gets the mail once, with the recipients that it was for`, async () => {
        const spool = spoolWith(`delivery ${how}`, 'redirect_to test@staging.example');
        if (how === 'queue') {
          handIn(spool, 'mail', ['a@x.example', 'b@x.example']);
          assert.equal((await send(spool)).delivered, 1);
        } else assert.equal((await directly(spool, 'a@x.example b@x.example')).code, 0);
        assert.deepEqual(recipients(), ['test@staging.example']);
        assert.match(relay.mails[0]!.message, /^X-Original-To: a@x\.example,\r\n b@x\.example\r$/m);
      });
    }

    test('a mail of which nothing is let through reaches no relay', async () => {
      const spool = spoolWith('only_to *@staging.example');
      handIn(spool, 'mail', ['customer@x.example']);
      assert.equal((await send(spool)).waiting, 0);
      assert.deepEqual([recipients(), spool.names('queue'), spool.names('failed')], [[], [], []]);
    });
  });

  test('-q and -bp go by the configuration that is named', async () => {
    const spool = spoolWith();
    handIn(spool, 'mail', ['a@x.example']);
    const list = async () => (await runShim(['-C', spool.config, '-bp'])).stdout;
    assert.match(await list(), /a@x\.example/);
    assert.equal((await runShim(['-C', spool.config, '-q'])).code, 0);
    assert.deepEqual([recipients(), spool.names('queue')], [['a@x.example'], []]);
    assert.equal(await list(), 'Mail queue is empty\n');
    assert.equal((await runShim(['-C', spool.folder.join('none'), '-q'])).code, 74);
  });

  test('taken for some: the log names the others and what the relay said of them', async (t) => {
    const choosy = await startFaultRelay({
      fault: () => undefined,
      recipient: (address) =>
        address.startsWith('b@') ? '450 4.2.1 later' : address.startsWith('c@') ? '550 5.1.1 no' : undefined,
    });
    t.after(() => choosy.stop());
    const spool = spoolUnderTest(choosy.port, ['bounce_to off']);
    spools.push(spool);
    handIn(spool, 'mail', ['a@x.example', 'b@x.example', 'c@x.example']);
    await send(spool);
    assert.match(spool.log(), /errormsg='[^']*c@x\.example \(550 5\.1\.1 no\)[^']*b@x\.example \(450 4\.2\.1 later\)/);
    assert.match(spool.log(), /exitcode=EX_UNAVAILABLE\n(?:.*\n)*.*queued: next attempt /);
    const direct = spoolUnderTest(choosy.port, ['delivery direct']);
    spools.push(direct);
    assert.equal((await directly(direct, 'a@x.example b@x.example')).code, 0);
    assert.match(direct.log(), /errormsg='[^']*b@x\.example \(450 4\.2\.1 later\)'.* exitcode=EX_OK/);
  });

  describe('a second relay', () => {
    let second: FaultRelay;
    before(async () => {
      second = await startFaultRelay({ fault: () => undefined });
    });
    after(() => second.stop());
    beforeEach(() => {
      second.mails.length = 0;
    });
    const lines = (how: string) => [
      `delivery ${how}`,
      'fallback_account second',
      'account second',
      'host 127.0.0.1',
      `port ${second.port}`,
      'tls off',
      'from second@shop.example',
      'allow_from_override off',
      'preflight off',
    ];
    for (const how of ['queue', 'direct'] as const) {
      test(`${how}: gets the mail while the first is away, prepared for its own account`, async () => {
        const spool = spoolWith(...lines(how));
        const hand = async () => {
          if (how === 'direct') return (await directly(spool, 'a@x.example')).code;
          handIn(spool, 'mail', ['a@x.example']);
          return (await send(spool)).waiting;
        };
        away = true;
        assert.equal(await hand(), 0);
        assert.deepEqual([recipients(), second.mails.map(({ to }) => to)], [[], [['a@x.example']]]);
        assert.match(spool.log(), /fallback: second, since /);
        away = false;
        assert.equal(await hand(), 0);
        assert.deepEqual([recipients(), second.mails.length], [['a@x.example'], 1]);
      });
    }

    for (const how of ['queue', 'direct'] as const) {
      test(`${how}: its own "from" is the envelope sender, and staging holds for it too`, async () => {
        const spool = spoolWith('only_to *@staging.example', ...lines(how).filter((line) => !line.startsWith('allow')));
        away = true;
        if (how === 'queue') {
          handIn(spool, 'mail', ['a@x.example', 'me@staging.example']);
          await send(spool);
        } else await directly(spool, 'a@x.example me@staging.example');
        assert.deepEqual(
          second.mails.map(({ from, to }) => [from, to]),
          [['second@shop.example', ['me@staging.example']]],
        );
      });
    }

    test('both away: the mail waits', async () => {
      const spool = spoolWith('fallback_account second', 'account second', 'host 127.0.0.1', 'port 1', 'tls off');
      away = true;
      handIn(spool, 'mail', ['a@x.example']);
      assert.equal((await send(spool)).waiting, 1);
    });

    test('a name that is no account is an error of the configuration, and the mail waits', async () => {
      const spool = spoolWith('fallback_account nonesuch');
      away = true;
      handIn(spool, 'mail', ['a@x.example']);
      assert.equal((await send(spool)).waiting, 1);
      assert.match(spool.log(), /fallback_account: account "nonesuch" is not defined/);
    });
  });

  describe('an outbreak', () => {
    const status = async (spool: SpoolUnderTest) => {
      const { code, stdout } = await runShim(['status', '--json', '--spool', spool.spool]);
      return {
        code,
        ...(JSON.parse(stdout) as { level: string; held: number; lastOutbreak: { count: number } | null }),
      };
    };
    const flood = (spool: SpoolUnderTest, count: number) => {
      for (let index = 0; index < count; index++) handIn(spool, `mail ${index}`, [`${index}@x.example`]);
    };

    test('warn: all mail goes out, with one alert', async () => {
      const spool = spoolWith('outbreak_limit 5');
      const complaints: string[] = [];
      flood(spool, 8);
      assert.equal((await send(spool, complaints)).delivered, 8);
      assert.equal(complaints.filter((text) => text.startsWith('outbreak: ')).length, 1);
      assert.equal(spool.log().match(/mailshim: outbreak: /g)?.length, 1);
      const { code, level, lastOutbreak } = await status(spool);
      assert.deepEqual([code, level, lastOutbreak?.count], [1, 'warning', 8]);
    });

    test('hold: what is over waits in hold/, nothing is dropped, and released mail is not held again', async (t) => {
      const calls: unknown[] = [];
      const hook = createServer(async (request, response) => {
        let body = '';
        for await (const piece of request) body += piece;
        calls.push(JSON.parse(body));
        response.end();
      });
      t.after(() => {
        hook.close();
        hook.closeAllConnections();
      });
      await new Promise<void>((resolve) => hook.listen(0, '127.0.0.1', resolve));
      const { port } = hook.address() as AddressInfo;
      const spool = spoolWith('outbreak hold', 'outbreak_limit 5', `outbreak_webhook http://127.0.0.1:${port}/`);
      flood(spool, 8);
      await send(spool);
      assert.deepEqual([relay.mails.length, spool.names('hold').length, spool.names('queue').length], [5, 3, 0]);
      const { code, held } = await status(spool);
      assert.deepEqual([code, held], [2, 3]);
      assert.equal((await runShim(['queue', 'release', '--all', '--spool', spool.spool])).code, 0);
      await send(spool);
      assert.deepEqual([relay.mails.length, spool.names('hold').length, spool.names('queue').length], [8, 0, 0]);
      assert.deepEqual(
        calls.map((call) => [(call as { event: string }).event, (call as { count: number }).count]),
        [['outbreak', 6]],
      );
    });

    test('off: nothing is counted', async () => {
      const spool = spoolWith('outbreak off', 'outbreak_limit 2');
      flood(spool, 4);
      await send(spool);
      assert.equal((await status(spool)).lastOutbreak, null);
    });
  });
});
