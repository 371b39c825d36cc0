// MX that names the relay: lost answers where it only sends, and none where it receives.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DoctorContext } from '../../../shim/doctor/context.ts';
import { checkMx, type Reception } from '../../../shim/doctor/dns.ts';
import { accountFrom } from '../../support/account.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';
import '../../support/hermetic.ts';

const ADDRESS = '203.0.113.25';
const zone = (mx: { preference: number; exchange: string }[]): Zone => ({
  'shop.example': { MX: mx, A: ['203.0.113.5'] },
  'mail.shop.example': { A: [ADDRESS] },
  'other.shop.example': { A: [ADDRESS] },
  'mx.provider.example': { A: ['198.51.100.53'] },
});
const ownRelay = `host mail.shop.example\nfrom orders@shop.example\nsending_ip ${ADDRESS}\n`;
const here = `host 127.0.0.1\ntls_host_override mail.shop.example\nfrom orders@shop.example\nsending_ip ${ADDRESS}\n`;
const to = (...hosts: string[]) => hosts.map((exchange, at) => ({ preference: 10 * (at + 1), exchange }));
const closed: Reception = { kind: 'closed' };

const rows: [what: string, config: string, zone: Zone, reception: Reception, expected: string[]][] = [
  ['the relay by its name', ownRelay, zone(to('mail.shop.example')), closed, ['failure dns.mx-at-relay']],
  ['the relay by another name', ownRelay, zone(to('other.shop.example')), closed, ['failure dns.mx-at-relay']],
  ['shop and relay on one machine', here, zone(to('mail.shop.example')), closed, ['failure dns.mx-at-relay']],
  [
    'it does not take the mail',
    ownRelay,
    zone(to('mail.shop.example')),
    { kind: 'rejects', reply: '554 5.7.1 Relay access denied' },
    ['failure dns.mx-at-relay'],
  ],
  [
    'another host receives too',
    ownRelay,
    zone(to('mail.shop.example', 'mx.provider.example')),
    closed,
    ['warning dns.mx-at-relay'],
  ],
  ['it receives', ownRelay, zone(to('mail.shop.example')), { kind: 'takes' }, ['ok dns.mx-received']],
  ['it does not answer here', ownRelay, zone(to('mail.shop.example')), { kind: 'silent' }, ['skipped dns.mx-unknown']],
  ['it is busy', ownRelay, zone(to('mail.shop.example')), { kind: 'busy' }, ['skipped dns.mx-unknown']],
  ['mailboxes elsewhere', ownRelay, zone(to('mx.provider.example')), closed, []],
  ['null MX', ownRelay, zone([{ preference: 0, exchange: '' }]), closed, []],
  ['no MX', ownRelay, zone([]), closed, []],
  ['DNS is silent', ownRelay, { 'shop.example': { fail: 'timeout' } }, closed, []],
  ['a provider', 'host smtp.gmail.com\nfrom orders@shop.example\n', zone(to('smtp.gmail.com')), closed, []],
];
for (const [what, config, records, reception, expected] of rows)
  test(`MX: ${what}`, async () => {
    const context = {
      account: accountFrom(config),
      resolver: zoneResolver(records),
      seen: {},
    } as unknown as DoctorContext;
    const found = await checkMx(context, async () => reception);
    assert.deepEqual(
      found.map(({ level, id }) => `${level} ${id}`),
      expected,
    );
  });
