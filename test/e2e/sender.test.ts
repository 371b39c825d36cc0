// A contact form's mail through a real Postfix, as a receiver judges what arrived: SPF, DKIM and DMARC by the engine.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { verifyDkim } from '../../shared/dkim/verify.ts';
import { evaluateDmarc } from '../../shared/dmarc/evaluate.ts';
import { parseAddressList } from '../../shared/message/address.ts';
import { fieldsNamed, fieldText, parseMessage } from '../../shared/message/header.ts';
import { checkHost } from '../../shared/spf/check-host.ts';
import { testKey } from '../shared/dkim/fixtures.ts';
import { type RunningServer, respondFrom, startNameServer } from '../support/dns-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { type Postfix, startPostfix } from '../support/postfix.ts';
import { runShim } from '../support/program.ts';
import { type Zone, type ZoneResolver, zoneResolver } from '../support/zone.ts';

const OWNER = 'owner@owner.example';
const SHOP = 'orders@shop.example';
const VISITOR = 'ivan@free.example';
const RELAY_IP = '192.0.2.9';
const LOGIN = { user: 'web@shop.example', password: 'correct horse', owns: [SHOP] };
const postfixPeer = needs('postfix', 'postfix');
const sasl = needs('saslpasswd2', 'sasl2-bin');
const skip = postfixPeer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

describe('the sender policy, as a receiver sees it', { skip }, () => {
  let postfix: Postfix;
  let strict: Postfix | undefined;
  let names: RunningServer;
  let resolver: ZoneResolver;
  const folder = temporaryFolder();
  before(async () => {
    const zone: Zone = {
      'shop.example': { TXT: [`v=spf1 ip4:${RELAY_IP} -all`] },
      '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; adkim=s; aspf=s'] },
      'rsa2048._domainkey.shop.example': { TXT: [(await testKey('rsa2048')).record] },
      'free.example': { TXT: ['v=spf1 ip4:198.51.100.1 -all'] },
      '_dmarc.free.example': { TXT: ['v=DMARC1; p=reject'] },
    };
    resolver = zoneResolver(zone);
    names = await startNameServer(respondFrom(resolver));
    postfix = await startPostfix({ users: [OWNER] });
  });
  after(async () => {
    await postfix?.stop();
    await strict?.stop();
    await names?.stop();
    folder.remove();
  });

  const send = (...lines: string[]) => sendBy(postfix, lines);
  async function sendBy(relay: Postfix, lines: readonly string[], sender = VISITOR) {
    const key = folder.write('key.pem', (await testKey('rsa2048')).pem);
    const config = folder.write(
      'rc',
      [
        'account default',
        'host localhost',
        `port ${relay.implicitPort}`,
        'tls on',
        'tls_starttls off',
        `tls_trust_file ${relay.caFile}`,
        `from ${SHOP}`,
        'dkim_domain shop.example',
        'dkim_selector rsa2048',
        `dkim_key ${key}`,
        `dns_server 127.0.0.1:${names.port}`,
        `sending_ip ${RELAY_IP}`,
        'preflight_cache off',
        ...lines,
        '',
      ].join('\n'),
    );
    const input = `From: "Иван Петров" <${sender}>\nTo: ${OWNER}\nSubject: question\n\nWhere is my order?\n`;
    return runShim(['-C', config, '-t', '-i', '-f', sender], { input });
  }

  async function judged(relay = postfix) {
    const [message] = await relay.received(OWNER);
    const octets = Buffer.from(message!, 'latin1');
    const { fields } = parseMessage(octets);
    const mailbox = (name: string) => parseAddressList(fieldText(fieldsNamed(fields, name)[0]!)).mailboxes[0]!;
    const envelopeFrom = mailbox('Return-Path').address;
    const spf = await checkHost({ ip: RELAY_IP, helo: 'relay.example', mailFrom: envelopeFrom }, resolver);
    const dkim = await verifyDkim(octets, resolver, new Date());
    const dmarc = await evaluateDmarc(
      {
        headerFrom: mailbox('From').address,
        spf: { domain: envelopeFrom.split('@')[1]!, result: spf.result },
        dkim: dkim.signatures.map(({ domain, result }) => ({ domain: domain!, result })),
      },
      resolver,
    );
    return { mailbox, envelopeFrom, results: [spf.result, dkim.result, dmarc.result] };
  }

  test('off: the mail arrives as it came, and a receiver that asks rejects it', async () => {
    const ran = await send('sender_rewrite off');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    const { mailbox, envelopeFrom, results } = await judged();
    assert.deepEqual([mailbox('From').address, envelopeFrom], [VISITOR, VISITOR]);
    assert.deepEqual(results, ['fail', 'pass', 'fail']);
  });

  for (const mode of ['misaligned', 'always'])
    test(`${mode}: aligned by SPF and by DKIM, the name kept, answers to the visitor`, async () => {
      const ran = await send(`sender_rewrite ${mode}`);
      assert.deepEqual([ran.code, ran.stderr], [0, '']);
      const { mailbox, envelopeFrom, results } = await judged();
      assert.deepEqual([mailbox('From').name, mailbox('From').address], ['Иван Петров', SHOP]);
      assert.deepEqual([mailbox('Reply-To').address, envelopeFrom], [VISITOR, SHOP]);
      assert.deepEqual(results, ['pass', 'pass', 'pass']);
    });

  test('enforce: 77 with the reason, and nothing leaves', async () => {
    const ran = await send('preflight enforce');
    assert.equal(ran.code, 77);
    assert.match(ran.stderr, /^mailshim: [^\n]*free\.example[^\n]*\n$/);
    assert.equal((await send('preflight enforce', 'sender_rewrite misaligned')).code, 0);
    const { mailbox, results } = await judged();
    assert.deepEqual([mailbox('From').address, ...results], [SHOP, 'pass', 'pass', 'pass']);
    assert.deepEqual(await postfix.received(OWNER, 0), []);
  });

  describe('a Postfix that asks who owns the sender', { skip: sasl.missing }, () => {
    const account = [`auth on`, `user ${LOGIN.user}`, `password "${LOGIN.password}"`];
    before(async () => {
      strict = await startPostfix({ users: [OWNER], login: LOGIN });
    });
    const sendStrict = (lines: readonly string[], sender?: string) => sendBy(strict!, [...account, ...lines], sender);

    test('without rewriting: 77, the words of Postfix, and what to do', async () => {
      const ran = await sendStrict(['preflight off']);
      assert.equal(ran.code, 77, ran.stderr);
      assert.match(
        ran.stderr,
        /^mailshim: localhost:\d+ does not let web@shop\.example send as <ivan@free\.example>: 553 5\.7\.1 <ivan@free\.example>: Sender address rejected: not owned by user web@shop\.example; send as orders@shop\.example, or add "sender_rewrite always": [^\n]*\n$/,
      );
      assert.deepEqual(await strict!.received(OWNER, 0), []);
    });

    for (const mode of ['misaligned', 'always'])
      test(`${mode}: the same mail is delivered and aligned, the name kept, answers to the visitor`, async () => {
        const ran = await sendStrict([`sender_rewrite ${mode}`]);
        assert.deepEqual([ran.code, ran.stderr], [0, '']);
        const { mailbox, envelopeFrom, results } = await judged(strict);
        assert.deepEqual([mailbox('From').name, mailbox('From').address], ['Иван Петров', SHOP]);
        assert.deepEqual([mailbox('Reply-To').address, envelopeFrom], [VISITOR, SHOP]);
        assert.deepEqual(results, ['pass', 'pass', 'pass']);
      });

    test('allowed here but not by the relay, and a "from" that is not owned: each is told what is wrong', async () => {
      const allowed = await sendStrict(['sender_rewrite always', `allow_sender ${VISITOR}`]);
      assert.equal(allowed.code, 77);
      assert.match(allowed.stderr, /remove the sender from "allow_sender"/);
      const foreign = await sendStrict(['sender_rewrite always', 'from news@shop.example'], 'news@shop.example');
      assert.equal(foreign.code, 77);
      assert.match(foreign.stderr, /set "from" to an address that belongs to web@shop\.example/);
      assert.deepEqual(await strict!.received(OWNER, 0), []);
    });

    test('a wrong password: 77, and nothing is sent without it', async () => {
      const ran = await sendStrict(['sender_rewrite always', 'password wrong']);
      assert.equal(ran.code, 77);
      assert.match(
        ran.stderr,
        /login as web@shop\.example \(SCRAM-SHA-256(?:, [A-Z\d-]+)*, PLAIN\) was rejected: 535 5\.7\.8 /,
      );
      assert.deepEqual(await strict!.received(OWNER, 0), []);
    });
  });
});
