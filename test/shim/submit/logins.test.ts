// Which login is tried at relays that offer several, which comes next, and the name in EHLO.
import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { ehloNameOf } from '../../../shim/submit/greet.ts';
import { submit } from '../../../shim/submit/session.ts';
import { accountFrom } from '../../support/account.ts';
import { createAuthority } from '../../support/certificates.ts';
import { type ScriptedRelay, startScriptedRelay } from '../../support/scripted-relay.ts';

const tls = createAuthority().issue({ names: ['127.0.0.1'] });
const relays: ScriptedRelay[] = [];
afterEach(() => {
  for (const relay of relays.splice(0)) relay.stop();
});

/** What the relays of these providers offer under TLS. */
const OFFERS = {
  gmail: 'AUTH LOGIN PLAIN XOAUTH2 PLAIN-CLIENTTOKEN OAUTHBEARER XOAUTH',
  office365: 'AUTH LOGIN XOAUTH2',
  yandex: 'AUTH LOGIN PLAIN XOAUTH2',
  mailru: 'AUTH PLAIN LOGIN XOAUTH2',
} as const;

/** Replies by what a line of the login begins with; others are rejected. */
async function logIn(offer: string, auth: string, replies: Record<string, string>, secure = true) {
  const relay = await startScriptedRelay(
    ({ line }) => {
      const isDialogue = /^(?:greeting|EHLO|MAIL|RCPT|DATA|message|QUIT)/.test(line);
      if (isDialogue) return undefined;
      return Object.entries(replies).find(([start]) => line.startsWith(start))?.[1] ?? '535 5.7.8 no';
    },
    { offers: [offer], config: `auth ${auth}\nuser u@x.example`, ...(secure ? { tls } : {}) },
  );
  relays.push(relay);
  const mail = { chunks: () => [Buffer.from('a: b\r\n\r\n')], size: 8, eightBit: false, password: () => 'tok' };
  const { failure } = await submit(relay.account, { from: 'f@x.example', recipients: ['a@x.example'] }, mail);
  return {
    failure,
    methods: relay.lines.filter((line) => line.startsWith('AUTH')).map((line) => line.split(' ')[1]),
    lines: relay.lines,
  };
}

const TOKEN = Buffer.from('user=u@x.example\x01auth=Bearer tok\x01\x01').toString('base64');
describe('auth xoauth2', () => {
  for (const [name, offer] of Object.entries(OFFERS)) {
    test(name, async () => {
      const { failure, lines } = await logIn(offer, 'xoauth2', { 'AUTH XOAUTH2': '235 2.7.0 yes' });
      assert.equal(failure, undefined);
      assert.deepEqual(
        lines.filter((line) => line.startsWith('AUTH')),
        [`AUTH XOAUTH2 ${TOKEN}`],
      );
    });
  }
  test('rejected: no other method gets the token', async () => {
    const { failure, methods } = await logIn(OFFERS.gmail, 'xoauth2', { 'AUTH XOAUTH2': '504 5.7.4 not here' });
    assert.deepEqual(methods, ['XOAUTH2']);
    assert.equal(failure?.code, 77);
    assert.match(failure.problem.text, /\(XOAUTH2\)/);
  });
});

describe('auth on', () => {
  const ALL = 'AUTH SCRAM-SHA-256 SCRAM-SHA-1 CRAM-MD5 PLAIN LOGIN';
  const CHALLENGE = `334 ${Buffer.from('<1.2@relay>').toString('base64')}`;
  const cases: [name: string, offer: string, replies: Record<string, string>, methods: string[], isIn: boolean][] = [
    ['gmail', OFFERS.gmail, { 'AUTH PLAIN': '235 yes' }, ['PLAIN'], true],
    [
      'office365',
      OFFERS.office365,
      { 'AUTH LOGIN': '334 VXNlcm5hbWU6', dUB4: '334 UGFzc3dvcmQ6', dG9r: '235 yes' },
      ['LOGIN'],
      true,
    ],
    ['yandex', OFFERS.yandex, { 'AUTH PLAIN': '235 yes' }, ['PLAIN'], true],
    ['mailru', OFFERS.mailru, { 'AUTH PLAIN': '235 yes' }, ['PLAIN'], true],
    [
      '504 to SCRAM',
      'AUTH SCRAM-SHA-256 PLAIN LOGIN',
      { 'AUTH SCRAM': '504 5.7.4 unknown', 'AUTH PLAIN': '235 yes' },
      ['SCRAM-SHA-256', 'PLAIN'],
      true,
    ],
    ['535 to SCRAM', 'AUTH SCRAM-SHA-256 PLAIN', { 'AUTH PLAIN': '235 yes' }, ['SCRAM-SHA-256', 'PLAIN'], true],
    [
      '534 to CRAM-MD5',
      'AUTH CRAM-MD5 LOGIN',
      {
        'AUTH CRAM': CHALLENGE,
        'dUB4LmV4YW1wbGU=': '334 UGFzc3dvcmQ6',
        'AUTH LOGIN': '334 VXNlcm5hbWU6',
        dG9r: '235 yes',
      },
      ['CRAM-MD5', 'LOGIN'],
      true,
    ],
    [
      '504 to PLAIN',
      'AUTH PLAIN LOGIN',
      {
        'AUTH PLAIN': '504 5.7.4 unknown',
        'AUTH LOGIN': '334 VXNlcm5hbWU6',
        dUB4: '334 UGFzc3dvcmQ6',
        dG9r: '235 yes',
      },
      ['PLAIN', 'LOGIN'],
      true,
    ],
    ['535 to PLAIN: the password is wrong', 'AUTH PLAIN LOGIN', {}, ['PLAIN'], false],
    [
      'all refused',
      ALL,
      { 'AUTH PLAIN': '504 no' },
      ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'PLAIN', 'CRAM-MD5', 'LOGIN'],
      false,
    ],
    ['454 is for later', ALL, { 'AUTH SCRAM': '454 4.7.0 later' }, ['SCRAM-SHA-256'], false],
  ];
  for (const [name, offer, replies, methods, isIn] of cases) {
    test(name, async () => {
      const { failure, methods: tried } = await logIn(offer, 'on', replies);
      assert.deepEqual(tried, methods);
      if (isIn) assert.equal(failure, undefined);
      else {
        assert.equal(failure?.scope, 'relay');
        assert.equal(failure.kind, 'deferred');
        assert.equal(failure.code, 77);
        assert.ok(failure.problem.text.includes(`(${methods.join(', ')})`), failure.problem.text);
      }
    });
  }
  test('a server that does not do its part of SCRAM is not given the password', async () => {
    const challenge = `334 ${Buffer.from('r=other,s=QSXCR+Q6sek8bf92,i=4096').toString('base64')}`;
    const { methods, failure } = await logIn(ALL, 'on', {
      'AUTH SCRAM': challenge,
      '*': '504 cancelled',
      'AUTH PLAIN': '235 yes',
    });
    assert.deepEqual(methods, ['SCRAM-SHA-256']);
    assert.equal(failure?.code, 77);
  });
  test('without TLS nothing follows that shows the password', async () => {
    const { methods } = await logIn(ALL, 'on', { 'AUTH PLAIN': '235 yes' }, false);
    assert.deepEqual(methods, ['SCRAM-SHA-256', 'SCRAM-SHA-1', 'CRAM-MD5']);
  });
});

describe('the name in EHLO', () => {
  const cases: [config: string, machine: string, address: string | undefined, name: string][] = [
    ['host relay.example', 'web1.shop.example', '192.0.2.7', 'web1.shop.example'],
    ['host relay.example\ndomain me.example', 'web1.shop.example', '192.0.2.7', 'me.example'],
    ['host relay.example\ndomain localhost', 'web1.shop.example', '192.0.2.7', 'web1.shop.example'],
    ['host relay.example\nfrom me@shop.example', 'web1', '192.0.2.7', 'shop.example'],
    ['host relay.example\nfrom me@shop.example', 'localhost.localdomain', '192.0.2.7', 'shop.example'],
    ['host relay.example\nfrom me@shop.example', 'web1.local', '192.0.2.7', 'shop.example'],
    ['host relay.example\nfrom я@магазин.рф', 'web1', '192.0.2.7', 'xn--80aairftm.xn--p1ai'],
    ['host relay.example', 'web1.local', '192.0.2.7', 'web1.local'],
    ['host relay.example', 'web1', '192.0.2.7', '[192.0.2.7]'],
    ['host relay.example', 'web_1.x', '::ffff:192.0.2.7', '[192.0.2.7]'],
    ['host relay.example', 'localhost.localdomain', '2001:db8::7', '[IPv6:2001:db8::7]'],
    ['host relay.example', '192.0.2.9', '192.0.2.7', '[192.0.2.7]'],
    ['host localhost', 'web1.shop.example', '127.0.0.1', 'localhost'],
    ['host 127.0.0.1', 'web1.shop.example', '127.0.0.1', 'localhost'],
    ['host [::1]', 'web1.shop.example', '::1', 'localhost'],
    ['host localhost\ndomain me.example', 'web1.shop.example', '127.0.0.1', 'me.example'],
    ['socket /run/relay', 'web1.shop.example', undefined, 'localhost'],
  ];
  for (const [config, machine, address, name] of cases)
    test(`${config.replaceAll('\n', ', ')} on ${machine}`, () =>
      assert.equal(ehloNameOf(accountFrom(config), address, machine), name));

  const refusals: [replies: Record<string, string>, isHinted: boolean][] = [
    [{ EHLO: '421 4.7.0 Try again later, closing connection.' }, true],
    [{ EHLO: '501 5.5.4 no', HELO: '501 5.5.4 invalid name' }, true],
    [{ EHLO: '504 5.5.2 no', HELO: '504 5.5.2 need fully-qualified hostname' }, true],
    [{ EHLO: '550 5.7.1 HELO no', HELO: '550 5.7.1 HELO no' }, true],
    [{ RCPT: '504 5.5.2 <web1>: Helo command rejected: need fully-qualified hostname' }, true],
    [{ RCPT: '550 5.1.1 no such user' }, false],
    [{ greeting: '554 5.7.1 go away' }, false],
  ];
  for (const [replies, isHinted] of refusals)
    test(`${JSON.stringify(replies)}`, async () => {
      const relay = await startScriptedRelay(
        ({ line }) => Object.entries(replies).find(([start]) => line.startsWith(start))?.[1],
      );
      relays.push(relay);
      const mail = { chunks: () => [Buffer.from('a: b\r\n\r\n')], size: 8, eightBit: false, password: () => '' };
      const { failure } = await submit(relay.account, { from: 'f@x.example', recipients: ['a@x.example'] }, mail);
      assert.equal(/EHLO: set "domain" of account/.test(failure?.problem.text ?? ''), isHinted);
      assert.equal(failure?.scope, isHinted || 'greeting' in replies ? 'relay' : 'mail');
    });
});
