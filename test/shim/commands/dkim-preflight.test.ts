// The key that signs and the key in DNS: the pre-flight compares them before a mail goes out.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { testKey } from '../../shared/dkim/fixtures.ts';
import { type RunningServer, respondFrom, startNameServer } from '../../support/dns-server.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { runShim } from '../../support/program.ts';
import { type SmtpSink, startSmtpSink } from '../../support/smtp-sink.ts';
import { zoneResolver } from '../../support/zone.ts';

describe('the key of the shim and the key in DNS', () => {
  const folder = temporaryFolder();
  let sink: SmtpSink;
  let names: RunningServer;
  before(async () => {
    sink = await startSmtpSink({ secure: true });
    const [right, other] = [await testKey('rsa2048'), await testKey('rsa1024')];
    const zone = {
      'shop.example': { TXT: ['v=spf1 -all'] },
      '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject'] },
      'right._domainkey.shop.example': { TXT: [right.record] },
      'other._domainkey.shop.example': { TXT: [other.record] },
    };
    names = await startNameServer(respondFrom(zoneResolver(zone)));
    folder.write('key.pem', right.pem);
  });
  after(async () => {
    await sink.stop();
    await names.stop();
    folder.remove();
  });
  const send = (selector: string) => {
    const config = folder.write(
      'rc',
      `account default\nhost localhost\nport ${sink.port}\ntls on\ntls_trust_file ${folder.write('ca.pem', sink.ca)}\nfrom a@shop.example\npreflight enforce\npreflight_cache off\nsending_ip 192.0.2.9\ndns_server 127.0.0.1:${names.port}\ndkim_domain shop.example\ndkim_selector ${selector}\ndkim_key ${folder.join('key.pem')}\n`,
    );
    return runShim(['-C', config, 'to@y.example'], { input: 'From: a@shop.example\n\nbody\n' });
  };

  test('the same key speaks for the sender, though SPF does not', async () => {
    const ran = await send('right');
    assert.deepEqual([ran.code, ran.stderr], [0, '']);
    assert.equal(sink.mails.length, 1);
    assert.match(sink.mails[0]!.message, /^DKIM-Signature: [\s\S]*s=right;/m);
  });

  for (const [what, selector, said] of [
    ['another key', 'other', /DKIM: different other shop\.example/],
    ['no key', 'missing', /DKIM: missing missing shop\.example/],
  ] as const) {
    test(`${what} in DNS is told before the mail goes out`, async () => {
      const before = sink.mails.length;
      const ran = await send(selector);
      assert.deepEqual([ran.code, sink.mails.length], [77, before]);
      assert.match(ran.stderr, said);
    });
  }
});
