// A mail that a real Postfix took: what its own Received and Return-Path tell is enough for the whole check.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { checkMessage } from '../../../shared/check/message.ts';
import { signDkim } from '../../../shared/dkim/sign.ts';
import { definitionOf } from '../../../shared/findings/catalog.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';
import { needs } from '../../support/peers.ts';
import { type Postfix, startPostfix } from '../../support/postfix.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';
import { GOOD } from '../content/messages.ts';
import { testKey } from '../dkim/fixtures.ts';

const postfixPeer = needs('postfix', 'postfix');
const swaks = needs('swaks', 'swaks');
const RELAY = '203.0.113.25';
const USER = 'anna@client.example';

const noPostfix = postfixPeer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

describe('received by Postfix', { skip: noPostfix || swaks.missing }, () => {
  let postfix: Postfix;
  let folder: TemporaryFolder;
  let file: string;
  const zone: Zone = {
    'shop.example': { A: ['203.0.113.80'], MX: ['10 mail.shop.example'], TXT: [`v=spf1 ip4:${RELAY} -all`] },
    'mail.shop.example': { A: [RELAY] },
    '_dmarc.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:dmarc@shop.example'] },
    '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
  };
  before(async () => {
    folder = temporaryFolder('mailshim-received-');
    const { pem, record, selector } = await testKey('rsa2048');
    zone[`${selector}._domainkey.shop.example`] = { TXT: [record] };
    const today = GOOD.replace(/^Date:.*$/m, `Date: ${new Date().toUTCString().replace('GMT', '+0000')}`);
    const signed = await signDkim(today, { domain: 'shop.example', selector, key: pem });
    assert.ok(signed.ok);
    file = join(folder.path, 'mail.eml');
    writeFileSync(file, signed.header + today);
    // Postfix then trusts the test's client address, as that of a proxy.
    postfix = await startPostfix({
      users: [USER],
      main: [
        'smtpd_authorized_xclient_hosts = 127.0.0.1',
        'smtpd_relay_restrictions = reject_unauth_destination',
        'smtpd_tls_received_header = yes',
      ],
    });
  });
  after(async () => {
    await postfix?.stop();
    folder?.remove();
  });

  const arrive = async (ip: string, ...options: string[]) => {
    execFileSync(
      swaks.path,
      [
        ...['--server', '127.0.0.1', '--from', 'bounce@shop.example', '--to', USER, '--data', `@${file}`],
        ...['--xclient-addr', ip, '--xclient-name', 'mail.shop.example', '--helo', 'mail.shop.example', ...options],
      ],
      { stdio: 'pipe' },
    );
    const [raw] = await postfix.received(USER);
    return checkMessage(
      { raw: Uint8Array.from(raw!, (character) => character.charCodeAt(0)), receivedBy: 'relay.example' },
      { resolver: zoneResolver(zone), now: new Date(), clock: () => 0 },
    );
  };
  const costing = ({ findings }: Awaited<ReturnType<typeof arrive>>) =>
    findings.filter((found) => definitionOf(found).points > 0).map(({ id }) => id);

  test('over TLS from the relay of the shop: a ten, and nothing that is not known', async () => {
    assert.match(readFileSync(file, 'latin1'), /^DKIM-Signature: /);
    const report = await arrive(RELAY, '--port', String(postfix.plainPort), '--tls');
    assert.deepEqual(costing(report), []);
    assert.deepEqual(report.score, { value: 10, low: 10, coverage: 1, refused: false });
    const { mailFrom, clientIp, helo, tls } = report.facts.message.envelope;
    assert.deepEqual(
      { mailFrom, clientIp, helo },
      { mailFrom: 'bounce@shop.example', clientIp: RELAY, helo: 'mail.shop.example' },
    );
    assert.match(typeof tls === 'object' ? (tls?.version ?? '') : '', /^TLSv1\.[23]$/);
  });

  test('in clear text from another server: TLS, SPF and PTR cost their points, DKIM still passes', async () => {
    const report = await arrive('203.0.113.99', '--port', String(postfix.clearPort));
    assert.deepEqual(costing(report).sort(), ['message.not-tls', 'ptr.none', 'spf.fail', 'helo.wrong-address'].sort());
    assert.equal(report.facts.message.dkim?.result, 'pass');
  });
});
