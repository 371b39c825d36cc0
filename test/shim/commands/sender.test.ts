// Senders that a relay refuses or receivers do not believe: rewritten, let through, or refused, and what the engine says of the result.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, beforeEach, describe, test } from 'node:test';
import { preflight } from '../../../shared/check/preflight.ts';
import { parseAddressList } from '../../../shared/message/address.ts';
import { fieldsNamed, fieldText, parseMessage } from '../../../shared/message/header.ts';
import { type RunningServer, respondFrom, startNameServer } from '../../support/dns-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const RELAY_IP = '192.0.2.9';
const SHOP = 'orders@shop.example';
const zone: Zone = {
  'shop.example': { TXT: [`v=spf1 ip4:${RELAY_IP} -all`] },
  'bounces.shop.example': { TXT: [`v=spf1 ip4:${RELAY_IP} -all`] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'] },
  'free.example': { TXT: ['v=spf1 ip4:198.51.100.1 -all'] },
  '_dmarc.free.example': { TXT: ['v=DMARC1; p=reject'] },
};

describe('the sender policy', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let names: RunningServer;
  before(async () => {
    sink = await startSmtpSink({ secure: true });
    names = await startNameServer(respondFrom(zoneResolver(zone)));
  });
  after(async () => {
    await sink.stop();
    await names.stop();
    folder.remove();
  });
  beforeEach(() => {
    sink.mails.length = 0;
  });

  async function send(lines: readonly string[], head: string, args: readonly string[] = []) {
    const log = folder.join('log');
    const config = folder.write(
      'rc',
      [
        'account default',
        'host localhost',
        `port ${sink.port}`,
        'tls on',
        `tls_trust_file ${folder.write('ca.pem', sink.ca)}`,
        `from ${SHOP}`,
        `logfile ${log}`,
        'preflight_cache off',
        `dns_server 127.0.0.1:${names.port}`,
        `sending_ip ${RELAY_IP}`,
        ...lines,
        '',
      ].join('\n'),
    );
    const ran = await runShim(['-C', config, ...args, 'to@y.example'], { input: `${head}\n\nbody\n` });
    const [mail] = sink.mails;
    const fields = mail === undefined ? [] : parseMessage(mail.message).fields;
    const values = (name: string) => fieldsNamed(fields, name).map((field) => fieldText(field).trim());
    return { ...ran, mail, values, log: readFileSync(log, 'utf8') };
  }
  const customer = 'From: "Иван Петров" <ivan@free.example>\nTo: shop@shop.example\nSubject: question';

  test('envelope_sender: bounces go there, the header stays, and the mail is aligned; the null sender stays', async () => {
    const bounces = 'bounces@bounces.shop.example';
    const own = `From: ${SHOP}\nTo: to@y.example\nSubject: order`;
    const lines = [`envelope_sender ${bounces}`, 'preflight enforce', 'sender_rewrite misaligned'];
    const { code, mail, values, log } = await send(lines, own);
    assert.deepEqual([code, mail?.from, values('From')], [0, bounces, [SHOP]]);
    assert.match(log, / from=bounces@bounces\.shop\.example /);
    const judged = await preflight(
      { headerFrom: SHOP, envelopeFrom: mail!.from, sendingIps: [RELAY_IP] },
      { resolver: zoneResolver(zone), now: new Date(), clock: Date.now },
    );
    assert.equal(judged.verdict, 'aligned_by_spf_only');
    sink.mails.length = 0;
    assert.equal((await send(['envelope_sender bounces@bounces.shop.example'], own, ['-f', '<>'])).mail?.from, '');
  });

  test('misaligned: the contact form mail leaves as the shop, answers go to the customer, and the engine calls it aligned', async () => {
    const { code, mail, values, log, stderr } = await send(['sender_rewrite misaligned'], customer, [
      '-f',
      'ivan@free.example',
    ]);
    assert.deepEqual([code, stderr], [0, '']);
    assert.equal(mail!.from, SHOP);
    const [from] = parseAddressList(values('From')[0]!).mailboxes;
    assert.deepEqual([from?.name, from?.address], ['Иван Петров', SHOP]);
    assert.equal(parseAddressList(values('Reply-To')[0]!).mailboxes[0]?.address, 'ivan@free.example');
    assert.deepEqual([values('From').length, values('Reply-To').length], [1, 1]);
    assert.match(log, /sender rewritten from=ivan@free\.example to=orders@shop\.example/);
    const judged = await preflight(
      { headerFrom: from!.address, envelopeFrom: mail!.from, sendingIps: [RELAY_IP] },
      { resolver: zoneResolver(zone), now: new Date(), clock: () => 0 },
    );
    assert.equal(judged.verdict, 'aligned_by_spf_only');
    assert.match(log, /preflight=aligned_by_spf_only/);
  });

  test('misaligned: an aligned sender, and one that nobody could look up, stay as they are', async () => {
    const own = await send(['sender_rewrite misaligned'], 'From: Shop <news@shop.example>', [
      '-f',
      'news@shop.example',
    ]);
    assert.deepEqual(
      [own.mail!.from, own.values('From'), own.values('Reply-To')],
      ['news@shop.example', ['Shop <news@shop.example>'], []],
    );
    sink.mails.length = 0;
    const unknown = await send(
      ['sender_rewrite misaligned', 'dns_server 127.0.0.1:1', 'preflight_timeout 1'],
      customer,
    );
    assert.match(unknown.values('From')[0]!, /ivan@free\.example/);
  });

  test('always: everybody but the allowed', async () => {
    const always = ['sender_rewrite always', 'allow_sender *@shop.example partner@other.example', 'preflight off'];
    for (const [author, rewritten] of [
      ['ivan@free.example', true],
      ['news@shop.example', false],
      ['PARTNER@other.example', false],
      ['other@other.example', true],
    ] as const) {
      sink.mails.length = 0;
      const { mail, values } = await send(always, `From: ${author}`, ['-f', author]);
      assert.equal(mail!.from, rewritten ? SHOP : author, author);
      assert.equal(parseAddressList(values('From')[0]!).mailboxes[0]?.address, rewritten ? SHOP : author);
    }
  });

  test('a Reply-To of the mail stays, and a Sender of the old author goes', async () => {
    const { values } = await send(
      ['sender_rewrite always'],
      'From: ivan@free.example\nSender: ivan@free.example\nReply-To: desk@free.example',
    );
    assert.deepEqual([values('From'), values('Reply-To'), values('Sender')], [[SHOP], ['desk@free.example'], []]);
  });

  test('an author without a domain is no address to answer to', async () => {
    const { values } = await send(['sender_rewrite always'], 'From: root (Cron Daemon)');
    assert.deepEqual([parseAddressList(values('From')[0]!).mailboxes[0]?.address, values('Reply-To')], [SHOP, []]);
  });

  test('the null sender of a bounce stays null', async () => {
    const { mail, values } = await send(['sender_rewrite always'], 'From: MAILER-DAEMON@free.example', ['-f', '<>']);
    assert.deepEqual([mail!.from, values('From')], ['', [SHOP]]);
  });

  test('allow_sender without rewriting refuses the others with 77 and says what to do', async () => {
    const { code, stderr, mail } = await send(['allow_sender *@shop.example'], customer);
    assert.deepEqual([code, mail], [77, undefined]);
    assert.match(
      stderr,
      /^mailshim: ivan@free\.example is not a sender that account default .* may use; send as orders@shop\.example, or set "sender_rewrite always"\n$/,
    );
  });

  test('the bytes of a mail that is not rewritten are not touched', async () => {
    const { mail } = await send(
      ['sender_rewrite misaligned'],
      `From:  Shop\n <${SHOP}>\nDate: Tue, 24 Nov 2026 10:00:00 +0000\nMessage-ID: <1@shop.example>\nX-Odd:a`,
    );
    assert.equal(
      mail!.message,
      `From:  Shop\r\n <${SHOP}>\r\nDate: Tue, 24 Nov 2026 10:00:00 +0000\r\nMessage-ID: <1@shop.example>\r\nX-Odd:a\r\n\r\nbody\r\n`,
    );
  });

  for (const [lines, said] of [
    [['sender_rewrite sometimes'], /sender_rewrite/],
    [['sender_rewrite misaligned', 'preflight off'], /sender_rewrite misaligned needs the pre-flight/],
    [['sender_rewrite always', 'from *@shop.example'], /sender_rewrite always needs "from ADDRESS"/],
  ] as const) {
    test(`configuration ${lines.join(', ')} is refused`, async () => {
      const { code, stderr, mail } = await send(lines, customer);
      assert.deepEqual([code, mail], [78, undefined]);
      assert.match(stderr, said);
    });
  }
});
