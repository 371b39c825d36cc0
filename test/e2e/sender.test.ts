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
const postfixPeer = needs('postfix', 'postfix');
const skip = postfixPeer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

describe('the sender policy, as a receiver sees it', { skip }, () => {
  let postfix: Postfix;
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
    await names?.stop();
    folder.remove();
  });

  async function send(...lines: string[]) {
    const key = folder.write('key.pem', (await testKey('rsa2048')).pem);
    const config = folder.write(
      'rc',
      [
        'account default',
        'host localhost',
        `port ${postfix.implicitPort}`,
        'tls on',
        'tls_starttls off',
        `tls_trust_file ${postfix.caFile}`,
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
    const input = `From: "Иван Петров" <${VISITOR}>\nTo: ${OWNER}\nSubject: question\n\nWhere is my order?\n`;
    return runShim(['-C', config, '-t', '-i', '-f', VISITOR], { input });
  }

  async function judged() {
    const [message] = await postfix.received(OWNER);
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
});
