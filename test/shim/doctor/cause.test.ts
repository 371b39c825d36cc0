// What keeps this machine from the relay: one cause for each failure, from addresses, other ports and /etc/hosts.
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { mkdirSync, utimesSync } from 'node:fs';
import { after, test } from 'node:test';
import { texts } from '../../../shim/doctor/catalogue.ts';
import { newerOnDisk } from '../../../shim/doctor/certificate.ts';
import { clockOff } from '../../../shim/doctor/program.ts';
import { causeOf } from '../../../shim/doctor/relay.ts';
import { resultsOf } from '../../../shim/doctor/result.ts';
import { accountFrom } from '../../support/account.ts';
import { createAuthority } from '../../support/certificates.ts';
import { temporaryFolder } from '../../support/folder.ts';

const HOST = 'mail.shop.example';
const result = resultsOf(texts);
const folder = temporaryFolder();
after(() => folder.remove());
mkdirSync(folder.join('etc'));
folder.write(
  'etc/hosts',
  `127.0.0.1 localhost\n127.0.1.1\tshop ${HOST} # by the installer\n203.0.113.9 old.shop.example same.shop.example\n`,
);

const where = `${HOST}:465`;
const closed = result('failure', 'relay.closed', { where, provider: '' });
const silent = result('failure', 'relay.silent', { where, provider: '' });
const code = (name: string) => result('failure', 'relay.unreachable', { where, code: name });
const rows: [name: string, failure: typeof closed, addresses: string[], open: number[], id: string, host?: string][] = [
  ['nothing listens', closed, ['203.0.113.25'], [], 'relay.closed'],
  ['another port of the relay takes mail', closed, ['203.0.113.25'], [587, 25], 'relay.other-port'],
  ['only port 25 answers', closed, ['203.0.113.25'], [25], 'relay.other-port'],
  ['a firewall drops', silent, ['203.0.113.25'], [], 'relay.silent'],
  ['a firewall drops, port 25 is open', silent, ['203.0.113.25'], [25], 'relay.silent'],
  ['the submission port is another', silent, ['203.0.113.25'], [587], 'relay.other-port'],
  ['a firewall rejects', code('EHOSTUNREACH'), ['203.0.113.25'], [], 'relay.rejected'],
  ['a firewall rejects, port 25 is open', code('EHOSTUNREACH'), ['203.0.113.25'], [25], 'relay.rejected'],
  ['another failure', code('ECONNRESET'), ['203.0.113.25'], [], 'relay.unreachable'],
  ['/etc/hosts', closed, ['127.0.1.1'], [25], 'relay.hosts'],
  [
    'a wrong certificate at home',
    result('failure', 'relay.other-name', { name: HOST, names: 'shop' }),
    ['127.0.1.1'],
    [],
    'relay.hosts',
  ],
  ['an old address in /etc/hosts', silent, ['203.0.113.9'], [], 'relay.hosts', 'old.shop.example'],
  ['/etc/hosts says what DNS says', silent, ['203.0.113.9'], [], 'relay.silent', 'same.shop.example'],
  ['DNS itself says so', closed, ['127.0.0.1'], [], 'relay.closed', 'relay.other.example'],
  ['a proxy for web sites', silent, ['104.16.0.9', '104.17.0.9'], [], 'relay.proxied'],
  ['a proxy for web sites, by IPv6', code('ENETUNREACH'), ['2606:4700::6810:9'], [], 'relay.proxied'],
];
for (const [name, failure, addresses, open, id, host = HOST] of rows)
  test(name, () => {
    const account = accountFrom(`host ${host}\nport 465\nfrom a@shop.example\n`);
    const published = host === 'same.shop.example' ? ['203.0.113.9'] : ['203.0.113.25'];
    assert.equal(causeOf(failure, { account, addresses, published, open, root: folder.path }).id, id);
  });

test('plain text first: at port 587 the configuration is wrong, at 465 the relay', () => {
  for (const [port, id] of [
    [587, 'relay.starttls'],
    [465, 'relay.wrapper'],
  ] as const) {
    const account = accountFrom(`host ${HOST}\nport ${port}\n`);
    const failure = result('failure', 'relay.wrapper', { where: `${HOST}:${port}` });
    assert.equal(
      causeOf(failure, { account, addresses: ['203.0.113.25'], published: [], open: [], root: folder.path }).id,
      id,
    );
  }
});

test('a file from the future tells that the clock is slow; one from the past tells nothing', async () => {
  const now = new Date('2026-11-30T12:00:00Z');
  const file = folder.write('mailshimrc', '');
  const at = (time: string) => utimesSync(file, new Date(time), new Date(time));
  at('2026-12-30T12:00:00Z');
  assert.equal(await clockOff(now, 'nowhere.invalid', [file]), -30 * 86_400_000);
  at('2026-08-30T12:00:00Z');
  assert.equal(await clockOff(now, 'nowhere.invalid', [file]), undefined);
});

test('a certificate that was renewed on the relay itself, and that Postfix has not loaded', () => {
  const day = 86_400_000;
  const issue = (days: number) =>
    createAuthority().issue({
      names: [HOST],
      notBefore: new Date(Date.now() - 60 * day),
      notAfter: new Date(Date.now() + days * day),
    }).cert;
  const [old, renewed] = [issue(-1), issue(80)];
  const shown = new X509Certificate(old);
  const secure = (remoteAddress: string) =>
    ({
      remoteAddress,
      getPeerCertificate: () => ({ fingerprint256: shown.fingerprint256, valid_to: shown.validTo }),
    }) as unknown as Parameters<typeof newerOnDisk>[0];
  const files = {
    renewed: [folder.write('none.pem', ''), folder.write('new.pem', renewed)],
    same: [folder.write('old.pem', old)],
  };
  assert.equal(newerOnDisk(secure('127.0.0.1'), HOST, () => files.renewed)?.id, 'relay.not-loaded');
  assert.equal(
    newerOnDisk(secure('127.0.0.1'), HOST, () => files.same),
    undefined,
  );
  assert.equal(
    newerOnDisk(secure('203.0.113.25'), HOST, () => files.renewed),
    undefined,
  );
});
