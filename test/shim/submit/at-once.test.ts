// A mail in one round trip, envelope and message together: only if the relay supports that, and no reply is misread.
import assert from 'node:assert/strict';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { afterEach, describe, test } from 'node:test';
import type { Account } from '../../../shim/config/account.ts';
import { openSession, submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { type Summary, summaryOf } from '../../support/outcome.ts';

const MESSAGE = 'Subject: s\r\n\r\n.\r\n..\r\nM\xfcnzen\r\n';
const ALL = ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES', '8BITMIME', 'SIZE 100000', 'DSN'];

interface Relay {
  account: Account;
  /** Commands, with those of each mail; messages in their place, as JSON. */
  lines: string[];
}

interface Behaviour {
  offers?: readonly string[];
  /** Replies by what a command begins with; `drop` ends the connection. */
  replies?: Readonly<Record<string, string>>;
  /** Says nothing to MAIL and RCPT before the chunk is there. */
  waits?: boolean;
  lmtp?: boolean;
}

const ends: (() => void)[] = [];
afterEach(() => {
  for (const end of ends.splice(0)) end();
});

async function startRelay({ offers = ALL, replies = {}, waits = false, lmtp = false }: Behaviour = {}): Promise<Relay> {
  const lines: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let pending = '';
    let held = '';
    let inData = false;
    const say = (line: string, usual: string) => {
      const own = Object.entries(replies).find(([start]) => line.startsWith(start))?.[1] ?? usual;
      if (own === 'drop') socket.destroy();
      else if (waits && /^(MAIL|RCPT)/.test(line)) held += `${own}\r\n`;
      else {
        socket.write(`${held}${own}\r\n`);
        held = '';
      }
    };
    const command = (line: string) => {
      lines.push(line);
      if (/^(EHLO|LHLO)/.test(line))
        say(
          line,
          ['relay', ...offers]
            .map((word) => `250-${word}`)
            .join('\r\n')
            .replace(/250-(?=[^\n]*$)/, '250 '),
        );
      else if (line === 'DATA') {
        inData = true;
        say(line, '354 go on');
      } else if (line.startsWith('MAIL')) say(line, '250 2.1.0 Ok');
      else if (line.startsWith('RCPT')) say(line, '250 2.1.5 Ok');
      else say(line, '250 2.0.0 Ok');
    };
    socket.write('220 relay\r\n');
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (;;) {
        const end = pending.indexOf(inData ? '\r\n.\r\n' : '\r\n');
        if (end === -1) return;
        const line = pending.slice(0, end);
        const octets = inData ? undefined : /^BDAT (\d+) LAST$/.exec(line)?.[1];
        let rest = end + (inData ? 5 : 2);
        if (octets !== undefined) {
          rest += Number(octets);
          if (pending.length < rest) return;
          lines.push(line, JSON.stringify(pending.slice(end + 2, rest)));
          say(line, '250 2.0.0 Ok: taken');
        } else if (inData) {
          inData = false;
          lines.push(JSON.stringify(`${line}\r\n`.replaceAll('\r\n..', '\r\n.')));
          say('message', '250 2.0.0 Ok: taken');
        } else command(line);
        pending = pending.slice(rest);
      }
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ends.push(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const { port } = server.address() as AddressInfo;
  const text = `host 127.0.0.1\nport ${port}\ntls off\ntimeout 2\n${lmtp ? 'protocol lmtp\n' : ''}`;
  return { account: accountFrom(text), lines };
}

const mailOf = (message = MESSAGE) => ({
  chunks: () => [Buffer.from(message.slice(0, 5), 'latin1'), Buffer.from(message.slice(5), 'latin1')],
  size: message.length,
  eightBit: true,
});

async function send({ account }: Relay, recipients = ['a@x.example'], message = MESSAGE): Promise<Summary> {
  return summaryOf(
    await submit(account, { from: 'f@x.example', recipients }, { ...mailOf(message), password: () => '' }),
  );
}

/** The commands of the mail itself. */
const dialogue = ({ lines }: Relay) => lines.filter((line) => !/^(EHLO|LHLO|QUIT)/.test(line));

test('sender, recipients and message are there before the first reply, the message byte for byte', async () => {
  const relay = await startRelay({ waits: true });
  assert.deepEqual(await send(relay, ['a@x.example', 'b@x.example']), {
    kind: 'delivered',
    reply: '250 2.0.0 Ok: taken',
    refused: [],
    notes: [],
  });
  assert.deepEqual(dialogue(relay), [
    `MAIL FROM:<f@x.example> BODY=8BITMIME SIZE=${MESSAGE.length}`,
    'RCPT TO:<a@x.example>',
    'RCPT TO:<b@x.example>',
    `BDAT ${MESSAGE.length} LAST`,
    JSON.stringify(MESSAGE),
  ]);
});

test('what DSN asks for goes with it', async () => {
  const relay = await startRelay();
  const mail = { ...mailOf(), dsn: { notify: 'NEVER', ret: 'HDRS', envid: 'x+y' }, password: () => '' };
  assert.equal((await submit(relay.account, { from: '', recipients: ['a@x.example'] }, mail)).failure, undefined);
  assert.match(relay.lines[1]!, /^MAIL FROM:<> .*RET=HDRS ENVID=x\+2By$/i);
  assert.equal(relay.lines[2], 'RCPT TO:<a@x.example> NOTIFY=NEVER');
});

describe('by DATA', () => {
  const isByData = (relay: Relay) => {
    assert.ok(relay.lines.includes('DATA'));
    assert.ok(!relay.lines.some((line) => line.startsWith('BDAT')));
  };
  for (const missing of ['PIPELINING', 'CHUNKING', 'ENHANCEDSTATUSCODES']) {
    test(`where the relay does not offer ${missing}`, async () => {
      const relay = await startRelay({ offers: ALL.filter((word) => word !== missing) });
      assert.equal((await send(relay)).kind, 'delivered');
      isByData(relay);
      assert.ok(relay.lines.includes(JSON.stringify(MESSAGE)));
    });
  }
  test('a mail of more than 64 KB', async () => {
    const relay = await startRelay();
    assert.equal((await send(relay, undefined, `Subject: s\r\n\r\n${'x'.repeat(65_536)}\r\n`)).kind, 'delivered');
    isByData(relay);
  });
  test('over LMTP, where each recipient has a reply', async () => {
    const relay = await startRelay({ lmtp: true });
    assert.equal((await send(relay)).kind, 'delivered');
    isByData(relay);
  });
  test('from a sender in the background, for which the doubt would be dearer than the wait', async () => {
    const relay = await startRelay();
    const opened = await openSession(relay.account, () => '');
    assert.ok('session' in opened);
    const outcome = await opened.session.send({ from: 'f@x.example', recipients: ['a@x.example'] }, mailOf());
    opened.session.close();
    assert.equal(outcome.failure, undefined);
    isByData(relay);
  });
});

test('more bytes than SIZE names are rejected before anything is sent', async () => {
  const relay = await startRelay({ offers: ALL.map((word) => word.replace('100000', '10')) });
  const outcome = await send(relay);
  assert.ok(outcome.kind === 'rejected' && outcome.code === 65);
  assert.equal(outcome.id, 'reply.too-large');
  assert.deepEqual(
    dialogue(relay).filter((line) => line !== 'RSET'),
    [],
  );
});

test('one of two recipients rejected: delivered to the other', async () => {
  const relay = await startRelay({ replies: { 'RCPT TO:<b@': '550 5.1.1 no such user' } });
  const outcome = await send(relay, ['a@x.example', 'b@x.example']);
  assert.equal(outcome.kind, 'delivered');
  assert.deepEqual(outcome.refused, [{ recipient: 'b@x.example', reply: '550 5.1.1 no such user', permanent: true }]);
});

const refusals: [name: string, replies: Record<string, string>, kind: Summary['kind'], code: number, text: RegExp][] = [
  [
    'the sender',
    { MAIL: '550 5.1.8 no', RCPT: '503 5.5.1 no MAIL', BDAT: '503 5.5.1 no MAIL' },
    'rejected',
    65,
    /rejected the sender <f@x\.example>: 550/,
  ],
  [
    'the only recipient',
    { RCPT: '550 5.1.1 no such user', BDAT: '554 5.5.1 no valid recipients' },
    'rejected',
    67,
    /rejected the recipient a@x\.example: 550/,
  ],
  [
    'the recipient for now',
    { RCPT: '450 4.2.0 later', BDAT: '554 5.5.1 no valid recipients' },
    'deferred',
    69,
    /deferred the recipient a@x\.example: 450/,
  ],
  ['the message', { BDAT: '554 5.7.1 spam' }, 'rejected', 65, /rejected the message: 554/],
  ['the message for now', { BDAT: '452 4.3.1 disk full' }, 'deferred', 69, /deferred the message: 452/],
  [
    'the recipient, and leaves',
    { RCPT: '550 5.1.1 no such user', BDAT: 'drop' },
    'rejected',
    67,
    /rejected the recipient/,
  ],
];
for (const [name, replies, kind, code, text] of refusals) {
  test(`a relay that refuses ${name} does not have it`, async () => {
    const outcome = await send(await startRelay({ replies }));
    assert.ok(outcome.kind !== 'delivered' && outcome.kind === kind, JSON.stringify(outcome));
    assert.equal(outcome.code, code);
    assert.match(outcome.message, text);
    assert.equal(outcome.uncertain, false);
  });
}

const doubts: [name: string, replies: Record<string, string>][] = [
  ['ends the connection at the chunk', { BDAT: 'drop' }],
  ['ends it while a recipient is asked about', { RCPT: 'drop' }],
  ['says about the message what is said of an address', { BDAT: '250 2.1.5 Ok' }],
  ['says two things', { BDAT: '250 2.0.0 Ok\r\n250 2.0.0 Ok' }],
  ['takes a message for nobody', { RCPT: '550 5.1.1 no such user' }],
  ['asks for the message', { BDAT: '354 go on' }],
];
for (const [name, replies] of doubts) {
  test(`a relay that ${name} may have it`, async () => {
    const outcome = await send(await startRelay({ replies }));
    assert.ok(outcome.kind === 'deferred' && outcome.uncertain, JSON.stringify(outcome));
    assert.ok([74, 76].includes(outcome.code));
  });
}

for (const reply of ['500 5.5.2 unknown command', '502 5.5.1 not here', '503 5.5.0 improper use of pipelining']) {
  test(`offered and not known (${reply}): the same connection gets it by DATA`, async () => {
    const relay = await startRelay({ replies: { BDAT: reply } });
    assert.equal((await send(relay)).kind, 'delivered');
    assert.deepEqual(
      dialogue(relay)
        .map((line) => line.split(' ')[0])
        .slice(2),
      [
        'BDAT',
        JSON.stringify(MESSAGE).split(' ')[0],
        'RSET',
        'MAIL',
        'RCPT',
        'DATA',
        JSON.stringify(MESSAGE).split(' ')[0],
      ],
    );
  });
}

test('offered and not known, and out of step after it: deferred, with the reason', async () => {
  const outcome = await send(await startRelay({ replies: { BDAT: '502 5.5.1 not here', RSET: '500 5.5.2 what' } }));
  assert.ok(outcome.kind === 'deferred' && !outcome.uncertain);
  assert.equal(outcome.code, 76);
  assert.equal(outcome.id, 'session.bdat');
});
