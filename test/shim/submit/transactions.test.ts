// Many recipients, many mails: transactions and connections of the size that the relay accepts, and each recipient's own result.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { RelayPool } from '../../../shim/submit/pool.ts';
import { openSession, type Progress, type Session, submit } from '../../../shim/submit/session.ts';
import { dotStuffed } from '../../../shim/submit/transaction.ts';
import type { Outcome } from '../../../shim/types.ts';
import {
  type Script,
  type ScriptedOptions,
  type ScriptedRelay,
  startScriptedRelay,
} from '../../support/scripted-relay.ts';

const MESSAGE = 'Subject: s\r\n\r\n.\r\n..x\r\nbody\r\n';
const mail = { chunks: () => [Buffer.from(MESSAGE)], size: MESSAGE.length, eightBit: false };
const many = (count: number) => Array.from({ length: count }, (_, at) => `r${at}@x.example`);

const relays: ScriptedRelay[] = [];
afterEach(() => {
  for (const relay of relays.splice(0)) relay.stop();
});
async function start(script: Script, options?: ScriptedOptions): Promise<ScriptedRelay> {
  const relay = await startScriptedRelay(script, options);
  relays.push(relay);
  return relay;
}
const sendTo = ({ account }: ScriptedRelay, recipients: readonly string[], progress?: Progress): Promise<Outcome> =>
  submit(
    account,
    { from: 'f@x.example', recipients },
    { ...mail, password: () => '', ...(progress ? { progress } : {}) },
  );
const names = (list: readonly { recipient: string }[]) => list.map(({ recipient }) => recipient);
async function sessionAt({ account }: ScriptedRelay): Promise<Session> {
  const opened = await openSession(account, () => '');
  assert.ok('session' in opened);
  return opened.session;
}
const DENIED = '554 5.7.1 <unknown[192.0.2.1]>: Client host rejected: Access denied';
const one = { from: 'f@x.example', recipients: ['a@x.example'] };

const limit =
  (most: number, reply: string): Script =>
  ({ line, taken }) =>
    line.startsWith('RCPT') && taken >= most ? reply : undefined;

interface Row {
  name: string;
  script: Script;
  recipients: number;
  config?: string;
  /** Recipients of each message that the relay took. */
  sizes: number[];
  refused?: Record<string, boolean>;
  failure?: Partial<Outcome['failure'] & object>;
  connections?: number;
}
const rows: Row[] = [
  { name: 'fifty at a time', script: () => undefined, recipients: 120, sizes: [50, 50, 20] },
  {
    name: 'as many as relay_recipients allows',
    script: () => undefined,
    recipients: 5,
    config: 'relay_recipients 2',
    sizes: [2, 2, 1],
  },
  {
    name: '452 4.5.3 after some',
    script: limit(20, '452 4.5.3 Too many recipients'),
    recipients: 50,
    sizes: [20, 20, 10],
  },
  {
    name: '552 5.5.3 after some',
    script: limit(20, '552 5.5.3 Too many recipients'),
    recipients: 50,
    sizes: [20, 20, 10],
  },
  { name: '452 without an enhanced code', script: limit(30, '452 too much'), recipients: 50, sizes: [30, 20] },
  { name: '552 without an enhanced code', script: limit(30, '552 too much'), recipients: 50, sizes: [30, 20] },
  { name: '550 in words', script: limit(30, '550 Too many recipients'), recipients: 50, sizes: [30, 20] },
  {
    name: 'a full mailbox is not a limit',
    script: ({ line }) => (line.includes('<r2@') ? '452 4.2.2 mailbox full' : undefined),
    recipients: 5,
    sizes: [4],
    refused: { 'r2@x.example': false },
  },
  {
    name: 'a full mailbox without an enhanced code is asked once more and deferred',
    script: ({ line }) => (line.includes('<r2@') ? '552 full' : undefined),
    recipients: 5,
    sizes: [4],
    refused: { 'r2@x.example': false },
  },
  {
    name: 'the first one too many is deferred',
    script: ({ line }) => (line.startsWith('RCPT') ? '552 5.5.3 too many' : undefined),
    recipients: 3,
    sizes: [],
    refused: { 'r0@x.example': false, 'r1@x.example': false, 'r2@x.example': false },
    failure: { kind: 'deferred', code: 69, scope: 'mail' },
  },
  {
    name: 'Amazon SES, which counts at the end of data',
    script: ({ line, taken }) =>
      line === 'message' && taken > 50 ? '554 Transaction failed: Recipient count exceeds 50.' : undefined,
    recipients: 120,
    config: 'relay_recipients 100',
    sizes: [50, 50, 20],
  },
  {
    name: 'a count that the reply does not name',
    script: ({ line, taken }) => (line === 'DATA' && taken > 10 ? '550 5.5.3 too many recipients' : undefined),
    recipients: 24,
    sizes: [6, 6, 6, 6],
  },
  {
    name: 'unknown users among many',
    script: ({ line }) => (/<r(3|77)@/.test(line) ? '550 5.1.1 no such user' : undefined),
    recipients: 100,
    sizes: [49, 49],
    refused: { 'r3@x.example': true, 'r77@x.example': true },
  },
  {
    name: 'deferred at the second message: what the first accepted stays accepted',
    script: ({ line, mails }) => (line === 'message' && mails === 2 ? '451 4.3.0 disk full' : undefined),
    recipients: 7,
    config: 'relay_recipients 2',
    sizes: [2, 2, 1],
    refused: { 'r2@x.example': false, 'r3@x.example': false },
  },
  {
    name: 'deferred at the first message: the others are tried',
    script: ({ line, mails }) => (line === 'message' && mails === 1 ? '451 4.3.0 disk full' : undefined),
    recipients: 5,
    config: 'relay_recipients 2',
    sizes: [2, 1],
    refused: { 'r0@x.example': false, 'r1@x.example': false },
  },
  {
    name: 'deferred at DATA in the third transaction',
    script: ({ line, mails }) => (line === 'DATA' && mails === 3 ? '451 4.3.0 no' : undefined),
    recipients: 6,
    config: 'relay_recipients 2',
    sizes: [2, 2],
    refused: { 'r4@x.example': false, 'r5@x.example': false },
  },
  {
    name: 'each message deferred: the failure is that of the first',
    script: ({ line }) => (line === 'message' ? '451 4.7.1 greylisted' : undefined),
    recipients: 4,
    config: 'relay_recipients 2',
    sizes: [],
    refused: Object.fromEntries(many(4).map((name) => [name, false])),
    failure: { kind: 'deferred', scope: 'mail', reply: '451 4.7.1 greylisted', uncertain: [] },
  },
  {
    name: 'each message deferred: the rest is deferred untried after ten',
    script: ({ line }) => (line === 'message' ? '451 4.7.1 greylisted' : undefined),
    recipients: 30,
    config: 'relay_recipients 1',
    sizes: [],
    refused: Object.fromEntries(many(9).map((name) => [name, false])),
    failure: { kind: 'deferred', scope: 'mail', reply: '451 4.7.1 greylisted', uncertain: [] },
  },
  {
    name: 'rejected at the first message: no other is tried',
    script: ({ line }) => (line === 'message' ? '554 5.7.1 spam' : undefined),
    recipients: 120,
    sizes: [],
    failure: { kind: 'rejected', code: 65, scope: 'mail', uncertain: [] },
  },
  {
    name: 'rejected at the second message: these recipients alone',
    script: ({ line, mails }) => (line === 'message' && mails === 2 ? '554 5.7.1 not for them' : undefined),
    recipients: 5,
    config: 'relay_recipients 2',
    sizes: [2, 1],
    refused: { 'r2@x.example': true, 'r3@x.example': true },
  },
  {
    name: 'lost after the second final dot: uncertain for those of the second',
    script: ({ line, mails }) => (line === 'message' && mails === 2 ? 'drop' : undefined),
    recipients: 5,
    config: 'relay_recipients 2',
    sizes: [2],
    failure: { kind: 'deferred', scope: 'mail', uncertain: ['r2@x.example', 'r3@x.example'] },
  },
  {
    name: 'Postfix, which leaves after twenty unknown users',
    script: ({ line, named }) => {
      const number = Number(/<r(\d+)@/.exec(line)?.[1] ?? 0);
      if (!line.startsWith('RCPT') || number >= 30) return undefined;
      return named > 20 ? '421 4.7.0 Error: too many errors' : '550 5.1.1 no such user';
    },
    recipients: 40,
    sizes: [10],
    refused: Object.fromEntries(many(30).map((name) => [name, true])),
    connections: 2,
  },
  {
    name: 'relay_messages: the rest over another connection',
    script: () => undefined,
    recipients: 5,
    config: 'relay_recipients 1\nrelay_messages 2',
    sizes: [1, 1, 1, 1, 1],
    connections: 3,
  },
  ...[
    '421 4.7.0 too many',
    '451 4.7.1 Too many messages in this session, reconnect',
    '452 4.5.3 Too many messages in this session',
    'drop',
  ].map((reply) => ({
    name: `enough of this connection (${reply}): the rest over another`,
    script: (({ line, mails }) => (line.startsWith('MAIL') && mails > 2 ? reply : undefined)) as Script,
    recipients: 5,
    config: 'relay_recipients 1',
    sizes: [1, 1, 1, 1, 1],
    connections: 3,
  })),
  {
    name: '452 at RCPT about messages is not about recipients',
    script: ({ line, mails }) =>
      line.startsWith('RCPT') && mails > 2 ? '452 4.5.3 Too many messages in this session' : undefined,
    recipients: 5,
    config: 'relay_recipients 1',
    sizes: [1, 1, 1, 1, 1],
    connections: 3,
  },
  {
    name: 'another server’s reply about the relay fails only its recipient',
    script: ({ line }) =>
      line.includes('<r1@')
        ? '550 5.1.1 <r1@x.example>: Recipient address rejected: undeliverable address: host mx.x.example said: 550 Client host rejected: Helo command rejected, too many recipients, reconnect'
        : undefined,
    recipients: 3,
    sizes: [2],
    refused: { 'r1@x.example': true },
  },
  {
    name: 'the same to the only recipient',
    script: ({ line }) =>
      line.startsWith('RCPT') ? '550 5.1.1 undeliverable: host mx said: 554 Client host rejected' : undefined,
    recipients: 1,
    sizes: [],
    refused: { 'r0@x.example': true },
    failure: { kind: 'rejected', scope: 'mail', code: 67 },
  },
  {
    name: 'a client that is accepted for others: deferred for these',
    script: ({ line }) => (/<r[02]@/.test(line) ? '554 5.7.1 Client host rejected: Access denied' : undefined),
    recipients: 4,
    sizes: [2],
    refused: { 'r0@x.example': false, 'r2@x.example': false },
  },
  {
    name: 'a no before the message is out is one',
    script: ({ line }) => (line === 'message' ? '552 5.3.4 too big' : undefined),
    recipients: 1,
    sizes: [],
    failure: { kind: 'rejected', code: 65 },
  },
  {
    name: 'a relay that accepts no mail at all is not tried further',
    script: ({ line }) => (line.startsWith('MAIL') ? '421 4.3.2 not now' : undefined),
    recipients: 1,
    sizes: [],
    failure: { kind: 'deferred', scope: 'mail', code: 74 },
  },
];

for (const offers of [['PIPELINING'], []]) {
  describe(offers.length > 0 ? 'with pipelining' : 'without pipelining', () => {
    for (const { name, script, recipients, config = '', sizes, refused = {}, failure, connections = 1 } of rows) {
      test(name, async () => {
        const relay = await start(script, { offers, config });
        const outcome = await sendTo(relay, many(recipients));
        assert.deepEqual(
          relay.mails.map(({ length }) => length),
          sizes,
        );
        assert.deepEqual(new Set(names(outcome.accepted)), new Set(relay.mails.flat()));
        assert.equal(outcome.accepted.length, relay.mails.flat().length);
        assert.deepEqual(
          Object.fromEntries(outcome.refused.map((refusal) => [refusal.recipient, refusal.permanent])),
          refused,
        );
        if (failure === undefined) assert.equal(outcome.failure, undefined);
        for (const [key, value] of Object.entries(failure ?? {}))
          assert.deepEqual(outcome.failure?.[key as 'kind'], value, JSON.stringify(outcome.failure));
        assert.equal(relay.connections, connections);
        for (const message of relay.messages) assert.equal(message, MESSAGE);
      });
    }
  });
}

test('accepted recipients are reported before the next transaction begins', async () => {
  const relay = await start(() => undefined, { config: 'relay_recipients 2\nrelay_messages 2' });
  const seen: [taken: number, begun: number][] = [];
  await sendTo(relay, many(7), ({ accepted }) => seen.push([accepted.length, relay.mails.flat().length]));
  assert.deepEqual(seen, [
    [2, 2],
    [4, 4],
    [6, 6],
  ]);
});

test('the size that a relay showed holds for the next mail of the connection', async () => {
  const relay = await start(limit(20, '452 4.5.3 Too many recipients'));
  const session = await sessionAt(relay);
  for (let mails = 0; mails < 2; mails++) await session.send({ from: '', recipients: many(40) }, mail);
  await session.quit();
  assert.deepEqual(
    relay.mails.map(({ length }) => length),
    [20, 20, 20, 20],
  );
  assert.equal(relay.lines.filter((line) => line.startsWith('RCPT')).length, 40 + 20 + 40);
});

test('a message that cannot be read to its end leaves no connection with half of it', async () => {
  const relay = await start(() => undefined);
  const session = await sessionAt(relay);
  const broken = {
    ...mail,
    *chunks() {
      yield Buffer.from(MESSAGE);
      throw new Error('the file ends too soon');
    },
  };
  await assert.rejects(session.send(one, broken), /ends too soon/);
  assert.equal(session.usable, false);
  assert.deepEqual(relay.mails, []);
});

test('a kept connection is given back after relay_messages mails', async () => {
  const relay = await start(() => undefined, { config: 'relay_messages 2' });
  const pool = new RelayPool(() => Date.now());
  for (let mails = 0; mails < 5; mails++) {
    pool.reserve('k');
    const taken = await pool.take('k', relay.account, () => '', { client: () => undefined, server: () => undefined });
    assert.ok('session' in taken);
    await taken.session.send(one, mail);
    pool.give('k', taken.session);
    pool.release('k');
  }
  await pool.close();
  assert.equal(relay.connections, 3);
});

test('a relay that lets this client in no more is left alone, longer each time', async () => {
  const relay = await start(({ line }) => (line.startsWith('RCPT') ? DENIED : undefined));
  let now = 1_000_000;
  const pool = new RelayPool(() => now);
  const pauses: number[] = [];
  for (let mails = 0; mails < 3; mails++) {
    const taken = await pool.take('k', relay.account, () => '', { client: () => undefined, server: () => undefined });
    assert.ok('session' in taken);
    const { failure } = await taken.session.send(one, mail);
    pool.give('k', taken.session, failure);
    pauses.push(pool.health('k').pausedUntil - now);
    now = pool.health('k').pausedUntil;
  }
  await pool.close();
  assert.deepEqual(pauses, [60_000, 120_000, 240_000]);
});

test('without SMTPUTF8 only an address that needs it is rejected', async () => {
  const relay = await start(() => undefined);
  const outcome = await sendTo(relay, ['a@x.example', 'ü@x.example', 'b@x.example']);
  assert.deepEqual(relay.mails, [['a@x.example', 'b@x.example']]);
  assert.deepEqual(
    outcome.refused.map(({ recipient, permanent }) => [recipient, permanent]),
    [['ü@x.example', true]],
  );
  assert.equal(outcome.failure, undefined);
});

test('a relay that leaves before it accepted MAIL was offered no mail', async () => {
  for (const [reply, unoffered] of [
    ['drop', true],
    ['421 4.3.2 bye', true],
    ['451 4.3.0 later', undefined],
  ] as const) {
    const relay = await start(({ line }) => (line.startsWith('MAIL') ? reply : undefined));
    assert.equal((await sendTo(relay, ['a@x.example'])).failure?.unoffered, unoffered, reply);
  }
});

describe('LMTP', () => {
  const cases: [
    name: string,
    replies: Record<string, string>,
    accepted: string[],
    refused: Record<string, boolean>,
    uncertain: string[],
  ][] = [
    ['the last one refused', { c: '550 5.7.1 no' }, ['a', 'b'], { c: true }, []],
    ['the last one deferred', { c: '452 4.2.2 full' }, ['a', 'b'], { c: false }, []],
    ['the first one refused', { a: '550 5.7.1 no' }, ['b', 'c'], { a: true }, []],
    ['all refused', { a: '550 no', b: '550 no', c: '550 no' }, [], { a: true, b: true, c: true }, []],
    ['an early close', { b: 'drop' }, ['a'], {}, ['b', 'c']],
    ['a 421', { b: '421 4.3.2 down' }, ['a'], { b: false }, ['c']],
    ['no reply', { c: 'nonsense' }, ['a', 'b'], {}, ['c']],
    ['one refused by RCPT', { 'RCPT TO:<b': '550 5.1.1 unknown' }, ['a', 'c'], { b: true }, []],
  ];
  const full = (name: string) => `${name}@x.example`;
  for (const [name, replies, accepted, refused, uncertain] of cases) {
    test(name, async () => {
      const script: Script = ({ line }) =>
        Object.entries(replies).find(([start]) => line.startsWith(start) || line.startsWith(`message ${start}@`))?.[1];
      const relay = await start(script, { lmtp: true });
      const outcome = await sendTo(relay, ['a', 'b', 'c'].map(full));
      assert.deepEqual(names(outcome.accepted), accepted.map(full));
      for (const { recipient, reply } of outcome.accepted) assert.equal(reply, `250 2.0.0 <${recipient}> kept`);
      assert.deepEqual(
        Object.fromEntries(outcome.refused.map((refusal) => [refusal.recipient, refusal.permanent])),
        Object.fromEntries(Object.entries(refused).map(([key, value]) => [full(key), value])),
      );
      assert.deepEqual(outcome.failure?.uncertain ?? [], uncertain.map(full));
      const isWhole = accepted.length > 0 && uncertain.length === 0;
      assert.equal(outcome.failure === undefined, isWhole);
      if (accepted.length === 0) assert.equal(outcome.failure?.kind, 'rejected');
    });
  }
});

describe('a relay that does not let this client in fails no mail', () => {
  const cases: [at: RegExp, reply: string, code: number][] = [
    [/^greeting/, '554 5.7.1 no', 69],
    [/^greeting/, '421 4.7.0 later', 69],
    [/^(EHLO|HELO)/, '554 5.7.1 no', 69],
    [/^MAIL/, '530 5.7.0 Authentication required', 65],
    [/^MAIL/, DENIED, 65],
    [/^RCPT/, DENIED, 65],
    [/^RCPT/, '530 5.7.1 log in first', 65],
    [/^RCPT/, '454 4.7.1 for now', 69],
    [/^RCPT/, '450 4.7.25 Client host rejected: cannot find your hostname', 69],
    [/^RCPT/, '504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname', 65],
    [/^DATA/, DENIED, 65],
    [/^message/, '535 5.7.8 no', 65],
  ];
  for (const [at, reply, code] of cases) {
    test(`${at.source} ${reply}`, async () => {
      const relay = await start(({ line }) => (at.test(line) ? reply : undefined));
      const { failure, refused } = await sendTo(relay, many(2));
      assert.equal(failure?.kind, 'deferred');
      assert.equal(failure.scope, 'relay');
      assert.equal(failure.code, code);
      assert.equal(failure.reply, reply);
      assert.deepEqual(refused, []);
      assert.equal(/"domain"/.test(failure.problem.text), /Helo/.test(reply) || /HELO/.test(at.source));
    });
  }
});

test('a relay that does not let this client in and leaves at once', async () => {
  const relay = await start(({ line }) =>
    line.startsWith('RCPT') ? (line.includes('<r0@') ? DENIED : 'drop') : undefined,
  );
  const { failure } = await sendTo(relay, many(2));
  assert.deepEqual([failure?.scope, failure?.kind, failure?.reply], ['relay', 'deferred', DENIED]);
});

test('dots are doubled at the start of lines alone, wherever the pieces are cut', () => {
  const text = '.\r\n..\r\na.b\r\n.c\r\n\r\n.\r\nend.\r\n';
  const wanted = `${text.replace(/^\./gm, '..')}.\r\n`;
  for (let first = 0; first <= text.length; first++) {
    for (let second = first; second <= text.length; second++) {
      const pieces = [text.slice(0, first), text.slice(first, second), text.slice(second)].map((piece) =>
        Buffer.from(piece),
      );
      assert.equal(Buffer.concat([...dotStuffed(pieces)]).toString(), wanted);
    }
  }
  assert.equal(Buffer.concat([...dotStuffed([])]).toString(), '.\r\n');
  assert.equal(Buffer.concat([...dotStuffed([Buffer.from('a')])]).toString(), 'a\r\n.\r\n');
});
