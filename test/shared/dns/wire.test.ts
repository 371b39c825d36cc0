// Messages from the network: hostile and broken ones must be an error value, never a throw or a loop.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AUTHENTIC_DATA, decode, encode, type Packet } from 'dns-packet';
import fc from 'fast-check';
import { decodeAnswer, encodeQuery, isTruncated, type Question } from '../../../shared/dns/wire.ts';

const question: Question & { type: 'TXT' } = { id: 7, name: 'shop.example', type: 'TXT' };
const questions = [{ type: 'TXT' as const, name: 'shop.example' }];
const response = (parts: Packet): Uint8Array => encode({ type: 'response', id: 7, questions, ...parts });
const reasonOf = (message: Uint8Array) => {
  const answer = decodeAnswer(message, question);
  return answer.kind === 'error' ? answer.reason : answer.kind;
};

test('a query requests recursion and validation, and has a payload size', () => {
  const sent = decode(Buffer.from(encodeQuery(question))) as Packet & { flag_rd: boolean; flag_ad: boolean };
  assert.equal(sent.id, 7);
  assert.deepEqual(
    sent.questions?.map(({ name, type }) => ({ name, type })),
    [{ name: 'shop.example', type: 'TXT' }],
  );
  assert.ok(sent.flag_rd && sent.flag_ad);
  assert.equal((sent.additionals![0] as { udpPayloadSize?: number }).udpPayloadSize, 1232);
});

test('a response to another question is rejected', () => {
  assert.equal(reasonOf(response({ id: 8 })), 'malformed');
  assert.equal(reasonOf(response({ questions: [{ type: 'TXT', name: 'other.example' }] })), 'malformed');
  assert.equal(reasonOf(response({ questions: [{ type: 'A', name: 'shop.example' }] })), 'malformed');
  assert.equal(reasonOf(response({ questions: [] })), 'malformed');
  assert.equal(reasonOf(encodeQuery(question)), 'malformed');
});

test('records of another name or type in the answer section are ignored', () => {
  const answer = decodeAnswer(
    response({
      answers: [
        { type: 'TXT', name: 'other.example', ttl: 5, data: 'v=spf1 +all' },
        { type: 'A', name: 'shop.example', ttl: 5, data: '192.0.2.1' },
        { type: 'TXT', name: 'SHOP.example', ttl: 50, data: 'right' },
      ],
    }),
    question,
  );
  assert.deepEqual(answer.kind === 'ok' && [answer.records, answer.ttl], [[['right']], 50]);
});

test('a loop of CNAME records ends', () => {
  const loop = response({
    answers: [
      { type: 'CNAME', name: 'shop.example', ttl: 5, data: 'a.example' },
      { type: 'CNAME', name: 'a.example', ttl: 5, data: 'shop.example' },
    ],
  });
  assert.equal(reasonOf(loop), 'nodata');
});

test('the time to live of "no such record" is the smaller of the SOA record and its minimum (RFC 2308 section 5)', () => {
  const soa = { mname: 'ns.example', rname: 'h.example', serial: 1, refresh: 1, retry: 1, expire: 1, minimum: 900 };
  const negative = decodeAnswer(
    response({ authorities: [{ type: 'SOA', name: 'example', ttl: 120, data: soa }] }),
    question,
  );
  assert.deepEqual(negative.kind === 'nodata' && negative.ttl, 120);
  const without = decodeAnswer(response({}), question);
  assert.deepEqual(without.kind === 'nodata' && without.ttl, 60);
});

test('an absurd time to live is bounded, one with the top bit set is zero (RFC 2181 section 8)', () => {
  for (const [ttl, expected] of [
    [0x7fff_ffff, 86_400],
    [0x8000_0000, 0],
  ] as const) {
    const answer = decodeAnswer(
      response({ answers: [{ type: 'TXT', name: 'shop.example', ttl, data: 'x' }] }),
      question,
    );
    assert.equal(answer.kind === 'ok' && answer.ttl, expected);
  }
});

test('the AD bit is read', () => {
  const answers = [{ type: 'TXT' as const, name: 'shop.example', ttl: 5, data: 'x' }];
  const signed = decodeAnswer(response({ flags: AUTHENTIC_DATA, answers }), question);
  assert.equal(signed.kind === 'ok' && signed.authenticated, true);
  const unsigned = decodeAnswer(response({ answers }), question);
  assert.equal(unsigned.kind === 'ok' && unsigned.authenticated, false);
});

test('response codes become reasons', () => {
  assert.equal(reasonOf(response({ flags: 2 })), 'servfail');
  assert.equal(reasonOf(response({ flags: 5 })), 'refused');
  assert.equal(reasonOf(response({ flags: 1 })), 'servfail');
  assert.equal(reasonOf(response({ flags: 3 })), 'nxdomain');
});

test('compression loops, cut messages and random bytes are errors, never throws', () => {
  const whole = response({ answers: [{ type: 'TXT', name: 'shop.example', ttl: 5, data: 'x'.repeat(200) }] });
  const loop = Uint8Array.from(whole);
  // The name of the answer points at itself.
  const at = whole.length - 200 - 1 - 10 - 14;
  loop.set([0xc0, at], at);
  assert.equal(['malformed', 'nodata'].includes(reasonOf(loop)), true);
  for (let length = 0; length < whole.length; length += 7) assert.equal(reasonOf(whole.slice(0, length)), 'malformed');
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat(whole.length - 1), (bytes, from) => {
      const message = Uint8Array.from(whole);
      message.set(bytes.slice(0, whole.length - from), from);
      for (const hostile of [bytes, message]) {
        const answer = decodeAnswer(hostile, question);
        assert.ok(['ok', 'nodata', 'nxdomain', 'error'].includes(answer.kind));
        assert.equal(typeof isTruncated(hostile), 'boolean');
      }
    }),
    { seed: 1, numRuns: 3000 },
  );
});

test('a query is equal to that of dns-packet', () => {
  for (const name of ['shop.example', 'Shop.Example.', '_dmarc.shop.example', 'a\\b.example']) {
    for (const type of ['A', 'AAAA', 'CNAME', 'NS', 'PTR', 'MX', 'TXT', 'TLSA', 'CAA'] as const) {
      const [asked] = decode(Buffer.from(encodeQuery({ id: 7, name, type }))).questions!;
      assert.deepEqual([asked!.name, asked!.type], [name.replace(/\.$/, ''), type]);
    }
  }
});

const RECORDS = [
  ['A', '192.0.2.1', '192.0.2.1'],
  ['AAAA', '2001:db8:0:0:1:0:0:0', '2001:db8:0:0:1::'],
  ['AAAA', '::1', '::1'],
  ['AAAA', '::', '::'],
  ['AAAA', '2001:0:1:0:1:0:1:0', '2001:0:1:0:1:0:1:0'],
  ['NS', 'NS1.Dns.example', 'ns1.dns.example'],
  ['PTR', 'Mail.shop.example', 'mail.shop.example'],
  ['CNAME', 'Other.example', 'other.example'],
  ['MX', { preference: 10, exchange: 'Mail.shop.example' }, { preference: 10, exchange: 'mail.shop.example' }],
  ['MX', { preference: 0, exchange: '.' }, { preference: 0, exchange: '.' }],
  ['TXT', [Buffer.from('v=spf1 \xff', 'latin1'), Buffer.from('')], ['v=spf1 \xff', '']],
  ['CAA', { flags: 128, tag: 'Issue', value: 'ca.example' }, { critical: true, tag: 'issue', value: 'ca.example' }],
  [
    'TLSA',
    { usage: 3, selector: 1, matchingType: 1, certificate: Buffer.from('00ff', 'hex') },
    { usage: 3, selector: 1, matchingType: 1, certificate: '00ff' },
  ],
] as const;

for (const [type, data, expected] of RECORDS) {
  test(`a ${type} record is read as the codec of others writes it: ${JSON.stringify(expected)}`, () => {
    const message = encode({
      type: 'response',
      id: 7,
      questions: [{ type, name: 'shop.example' }],
      answers: [{ type, name: 'shop.example', ttl: 5, data } as never],
      additionals: [{ type: 'A', name: 'ns1.dns.example', ttl: 5, data: '192.0.2.53' }],
    });
    const answer = decodeAnswer(message, { id: 7, name: 'shop.example', type });
    assert.deepEqual(answer.kind === 'ok' && answer.records, [expected]);
  });
}

test('a label with a dot in it is not two labels, and a backslash in the question is returned', () => {
  const dotted = response({ answers: [{ type: 'TXT', name: 'shop.example', ttl: 5, data: 'x' }] });
  // "shop.example" as one label: four letters, a dot where the next length was, seven letters.
  const at = dotted.lastIndexOf(4);
  const whole = Uint8Array.from(dotted);
  assert.equal(String.fromCharCode(...whole.subarray(at + 1, at + 5)), 'shop');
  whole[at] = 12;
  whole[at + 5] = 0x2e;
  assert.equal(reasonOf(whole), 'nodata');
  const name = 'a\\b.example';
  const answer = decodeAnswer(
    encode({
      type: 'response',
      id: 7,
      questions: [{ type: 'TXT', name }],
      answers: [{ type: 'TXT', name, ttl: 5, data: 'x' }],
    }),
    { id: 7, name, type: 'TXT' },
  );
  assert.equal(answer.kind, 'ok');
});

test('data shorter or longer than its type allows is malformed', () => {
  const cut = (type: 'A' | 'AAAA' | 'MX' | 'TXT', bytes: number[]) => {
    const message = Uint8Array.from(
      encode({
        type: 'response',
        id: 7,
        questions: [{ type, name: 'shop.example' }],
        answers: [{ type: 'NULL', name: 'shop.example', ttl: 5, data: Buffer.from(bytes) }],
      }),
    );
    // The type of the answer: after its name, before class, TTL, length and data.
    new DataView(message.buffer).setUint16(
      message.length - bytes.length - 10,
      { A: 1, AAAA: 28, MX: 15, TXT: 16 }[type],
    );
    return decodeAnswer(message, { id: 7, name: 'shop.example', type });
  };
  for (const answer of [cut('A', [192, 0, 2]), cut('AAAA', [1, 2, 3, 4]), cut('MX', [0, 10]), cut('TXT', [9, 65])]) {
    assert.equal(answer.kind === 'error' && answer.reason, 'malformed');
  }
});
