// Key records as people paste them: the cause is named, and the record that is proposed has the same key and flags.
import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { inspectDkimKey, matchKey } from '../../../shared/dkim/inspect.ts';
import { correctedRecord, parseKeyRecord, readKeyRecords } from '../../../shared/dkim/key-record.ts';
import { keysEqual } from '../../../shared/dkim/private-key.ts';
import { aliasTarget, withoutZone } from '../../../shared/dkim/repair-record.ts';
import { verifyDkim } from '../../../shared/dkim/verify.ts';
import { definitionOf, type Finding, textOf } from '../../../shared/findings/catalog.ts';
import type { FindingArgs } from '../../../shared/findings/define.ts';
import { dkimKeyFindings, dkimMessageFindings } from '../../../shared/findings/dkim.rules.ts';
import { type Zone, type ZoneRecords, zoneResolver } from '../../support/zone.ts';
import { MESSAGES, NOW, testKey } from './fixtures.ts';

const D = 'shop.example';
const NAME = `s._domainkey.${D}`;
const rsa = (await testKey('rsa2048')).publicKey;
const long = (await testKey('rsa4096')).publicKey;
const ed = (await testKey('ed25519')).publicKey;
const good = `v=DKIM1; k=rsa; p=${rsa}`;
const pem = (type: 'pkcs1' | 'pkcs8', format: 'pem' | 'der') =>
  generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ type, format } as {
    type: 'pkcs8';
    format: 'pem';
  });
const privateDer = Buffer.from(pem('pkcs8', 'der')).toString('base64');
const lines = rsa.replace(/.{64}/g, '$&\n');

const argument = ({ args }: Finding, name: string) => (args as FindingArgs)[name];

for (const [what, texts, problem, record] of [
  ['divided over two records', [good.slice(0, 255), good.slice(255)], 'split-records', good],
  ['divided, the second first', [good.slice(255), good.slice(0, 255)], 'split-records', good],
  [
    'divided, each with its tags',
    [`v=DKIM1; k=rsa; p=${rsa.slice(0, 200)}`, `v=DKIM1; k=rsa; p=${rsa.slice(200)}`],
    'split-records',
    good,
  ],
  ['divided, with quotes', [`"v=DKIM1; k=rsa; p=${rsa.slice(0, 200)}"`, `"${rsa.slice(200)}"`], 'split-records', good],
  [
    'divided over three',
    [`p=${long.slice(0, 250)}`, long.slice(500), long.slice(250, 500)],
    'split-records',
    `v=DKIM1; k=rsa; p=${long}`,
  ],
  [
    'divided, with flags',
    [`v=DKIM1; t=s; p=${rsa.slice(0, 200)}`, rsa.slice(200)],
    'split-records',
    `v=DKIM1; k=rsa; t=s; p=${rsa}`,
  ],
  ['cut at 255', [good.slice(0, 255)], 'cut-at-255', ''],
  ['cut at 255 of p=', [`v=DKIM1; k=rsa; p=${rsa.slice(0, 255)}`], 'cut-at-255', ''],
  ['cut elsewhere', [good.slice(0, 300)], 'bad-key', ''],
  ['no semicolons', [`v=DKIM1 k=rsa p=${rsa}`], 'missing-semicolon', good],
  ['one semicolon missing', [`v=DKIM1; k=rsa t=s p=${rsa}`], 'missing-semicolon', `v=DKIM1; k=rsa; t=s; p=${rsa}`],
  ['commas', [`v=DKIM1, k=rsa, p=${rsa}`], 'missing-semicolon', good],
  ['commas without blanks', [`v=DKIM1,k=rsa,p=${rsa}`], 'missing-semicolon', good],
  ['line breaks', [`v=DKIM1\nk=rsa\np=${rsa}`], 'missing-semicolon', good],
  ['a flag in the version', [`v=DKIM1 t=y:s; p=${rsa}`], 'missing-semicolon', `v=DKIM1; k=rsa; t=y:s; p=${rsa}`],
  ['quotes', [`"v=DKIM1; k=rsa; " "p=${rsa.slice(0, 200)}" "${rsa.slice(200)}"`], 'quotes-left', good],
  ['quotes without blanks', [`"v=DKIM1; k=rsa; p=${rsa.slice(0, 200)}""${rsa.slice(200)}"`], 'quotes-left', good],
  ['single quotes', [`'v=DKIM1; k=rsa; p=${rsa}'`], 'quotes-left', good],
  ['escaped semicolons', [`v=DKIM1\\; k=rsa\\; p=${rsa}`], 'quotes-left', good],
  ['escaped line breaks', [`v=DKIM1;\\nk=rsa;\\np=${lines.replaceAll('\n', '\\n')}`], 'quotes-left', good],
  ['typographic quotes', [Buffer.from(`“${good}”`, 'utf8').toString('latin1')], 'stray-characters', good],
  ['a no-break space', [`v=DKIM1; k=rsa; p=${rsa.slice(0, 64)}\xc2\xa0${rsa.slice(64)}`], 'stray-characters', good],
  ['PEM lines', [`v=DKIM1; k=rsa; p=-----BEGIN PUBLIC KEY-----\n${lines}-----END PUBLIC KEY-----`], 'pem-pasted', good],
  ['PEM alone', [`-----BEGIN PUBLIC KEY-----\n${lines}\n-----END PUBLIC KEY-----`], 'pem-pasted', good],
  ['the key alone', [rsa], 'bare-key', good],
  [
    'a zone-file line',
    [
      `s._domainkey IN TXT ( "v=DKIM1; h=sha256; k=rsa; " "p=${rsa.slice(0, 200)}" "${rsa.slice(200)}" ) ; ----- DKIM key s for ${D}`,
    ],
    'zone-file-line',
    `v=DKIM1; h=sha256; k=rsa; p=${rsa}`,
  ],
  ['the name in front', [`s._domainkey ${good}`], 'zone-file-line', good],
  ['the type in front', [`TXT ${good}`], 'zone-file-line', good],
  ['capitals', [`V=DKIM1; K=rsa; P=${rsa}`], 'capital-tags', good],
  ['the private key', [`v=DKIM1; p=${privateDer}`], 'private-key', ''],
  ['the private key as PEM', [String(pem('pkcs1', 'pem'))], 'private-key', ''],
  ['k= of another type', [`v=DKIM1; k=rsa; t=s; p=${ed}`], 'key-type-mismatch', `v=DKIM1; k=ed25519; t=s; p=${ed}`],
  ['v=dkim1', [`v=dkim1; n=note; p=${rsa}`], 'bad-key-version', `v=DKIM1; k=rsa; n=note; p=${rsa}`],
  ['only sha1', [`v=DKIM1; h=sha1; t=s; p=${rsa}`], 'hash-not-allowed', `v=DKIM1; k=rsa; t=s; p=${rsa}`],
] as [string, string[], string, string][]) {
  test(`a key record ${what}: ${problem}`, async () => {
    const key = await inspectDkimKey(D, 's', zoneResolver({ [NAME]: { TXT: texts } }));
    const findings = dkimKeyFindings(key);
    assert.deepEqual(
      findings.map((found) => [found.id, argument(found, 'problem'), argument(found, 'record')]),
      [['dkim.key-unusable', problem, record]],
    );
    // A message signed by it gets the same.
    const signature = `DKIM-Signature: v=1; a=rsa-sha256; d=${D}; s=s; h=from; bh=AAAA; b=AAAA\r\n`;
    const resolver = zoneResolver({ [NAME]: { TXT: texts } });
    const ofMessage = dkimMessageFindings(await verifyDkim(signature + MESSAGES.plain, resolver, NOW));
    assert.deepEqual(ofMessage[0], findings[0]);
    await assertCures(findings[0]!, { [NAME]: { TXT: texts } });
  });
}

/** With the record in the zone the key is of use, and nothing that costs more than before is said of it. */
async function assertCures(found: Finding, zone: Zone): Promise<void> {
  const { record, fix } = textOf(found, 'en');
  assert.ok((fix ?? '') !== '');
  if (record === undefined) return;
  assert.equal(record.name, NAME);
  const after = await inspectDkimKey(D, 's', zoneResolver({ ...zone, [NAME]: { [record.type]: [record.value] } }));
  assert.equal(after.status, 'ok', record.value);
  assert.ok(dkimKeyFindings(after).every(({ id }) => id !== found.id));
}

const provider: Zone = { 'mail.dkim.provider.net': { TXT: [good] }, 's1.keys.provider.net': { TXT: [good] } };
for (const [what, zone, id, record] of [
  [
    'the target of a CNAME as TXT',
    { [NAME]: { TXT: ['mail.dkim.provider.net.'] } },
    'dkim.key-cname-as-txt',
    'mail.dkim.provider.net.',
  ],
  [
    'without its dot',
    { [NAME]: { TXT: ['mail.dkim.provider.net'] } },
    'dkim.key-cname-as-txt',
    'mail.dkim.provider.net.',
  ],
  ['in quotes', { [NAME]: { TXT: ['"mail.dkim.provider.net"'] } }, 'dkim.key-cname-as-txt', 'mail.dkim.provider.net.'],
  [
    'with its type',
    { [NAME]: { TXT: ['CNAME Mail.dkim.provider.net.'] } },
    'dkim.key-cname-as-txt',
    'mail.dkim.provider.net.',
  ],
  ['in the own domain', { [NAME]: { TXT: [NAME] } }, 'dkim.key-cname-as-txt', ''],
  [
    'a name behind a CNAME, which is the text of the target',
    { [NAME]: { CNAME: ['s9.keys.provider.net'] }, 's9.keys.provider.net': { TXT: ['mail.dkim.provider.net'] } },
    'dkim.key-dangling',
    undefined,
  ],
  [
    'a target without its final dot',
    { [NAME]: { CNAME: [`mail.dkim.provider.net.${D}`] } },
    'dkim.key-target-dot',
    'mail.dkim.provider.net.',
  ],
  [
    'such a target that says nothing, with a key',
    { [NAME]: { CNAME: [`s1.keys.provider.net.${D}`] } },
    'dkim.key-target-dot',
    's1.keys.provider.net.',
  ],
  [
    'such a target under a wildcard',
    { [NAME]: { CNAME: [`mail.dkim.provider.net.${D}`] }, [`mail.dkim.provider.net.${D}`]: { TXT: ['v=spf1 -all'] } },
    'dkim.key-target-dot',
    'mail.dkim.provider.net.',
  ],
  ['a target in the own domain', { [NAME]: { CNAME: [`keys.mail.${D}`] } }, 'dkim.key-dangling', undefined],
  [
    'a target below an own _domainkey',
    { [NAME]: { CNAME: [`old._domainkey.mail.${D}`] } },
    'dkim.key-dangling',
    undefined,
  ],
  ['a target elsewhere', { [NAME]: { CNAME: ['mail.dkim.other.net'] } }, 'dkim.key-dangling', undefined],
  [
    'the name doubled',
    { [`${NAME}.${D}`]: { TXT: [`"t=s; p=${rsa}"`] } },
    'dkim.key-misplaced',
    `v=DKIM1; k=rsa; t=s; p=${rsa}`,
  ],
  [
    'the name doubled, a CNAME',
    { [`${NAME}.${D}`]: { CNAME: ['mail.dkim.provider.net'] } },
    'dkim.key-misplaced',
    'mail.dkim.provider.net.',
  ],
  ['_domainkey doubled', { [`${NAME}._domainkey.${D}`]: { TXT: [good] } }, 'dkim.key-misplaced', good],
  ['a wildcard of another kind', { [`${NAME}.${D}`]: { TXT: ['v=spf1 -all'] } }, 'dkim.key-missing', undefined],
] as [string, Zone, string, string | undefined][]) {
  test(`a key record: ${what}`, async () => {
    const all = { ...provider, ...zone };
    const findings = dkimKeyFindings(await inspectDkimKey(D, 's', zoneResolver(all)));
    assert.deepEqual(
      findings.map((found) => [found.id, argument(found, 'record')]),
      [[id, record]],
    );
    assert.equal(definitionOf(findings[0]!).points, 2);
    await assertCures(findings[0]!, all);
  });
}

for (const [text, target] of [
  ['selector1-shop-example._domainkey.shop.onmicrosoft.com', 'selector1-shop-example._domainkey.shop.onmicrosoft.com'],
  ['IN CNAME s1.domainkey.u1.wl.sendgrid.net.', 's1.domainkey.u1.wl.sendgrid.net'],
  ['provider.net.', 'provider.net'],
  ['provider.net', undefined],
  ['1.2.3', undefined],
  ['v=spf1 -all', undefined],
  ['hello world', undefined],
  ['', undefined],
  ['.', undefined],
  [`a.${'b'.repeat(64)}.net`, undefined],
] as [string, string | undefined][]) {
  test(`the name in ${JSON.stringify(text)}`, () => assert.equal(aliasTarget(text), target));
}
test('a zone is removed only from the end of a name', () => {
  assert.equal(withoutZone(`mail.dkim.provider.net.${D}`, D), 'mail.dkim.provider.net');
  for (const name of [D, `x${D}`, 'mail.dkim.provider.net', `mail.${D}`]) assert.equal(withoutZone(name, D), undefined);
});

test('the record of t=y loses that flag and keeps what else there is', async () => {
  for (const [text, record] of [
    [`v=DKIM1; t=y; p=${rsa}`, good],
    [`v=DKIM1; t=y:s; p=${rsa}`, `v=DKIM1; k=rsa; t=s; p=${rsa}`],
    [
      `v=DKIM1; t=s:y; h=sha1:sha256; s=email; n=note; p=${rsa}`,
      `v=DKIM1; h=sha1:sha256; k=rsa; n=note; s=email; t=s; p=${rsa}`,
    ],
  ] as const) {
    const findings = dkimKeyFindings(await inspectDkimKey(D, 's', zoneResolver({ [NAME]: { TXT: [text] } })));
    const testing = findings.find(({ id }) => id === 'dkim.key-testing');
    assert.equal(argument(testing!, 'record'), record);
    await assertCures(testing!, {});
  }
  const form = parseKeyRecord(`t=y:s; p=${rsa}; v=DKIM1`);
  assert.equal(correctedRecord(form.facts), `v=DKIM1; k=rsa; t=y:s; p=${rsa}`);
});

/** Faults as functions of a right record; any of them in this order may come together. */
const FAULTS: Record<string, (text: string) => string> = {
  capitals: (text) => text.replace(/(?<=^|; )[a-z](?==)/g, (name) => name.toUpperCase()),
  semicolons: (text) => text.replaceAll('; ', ' '),
  commas: (text) => text.replaceAll('; ', ', '),
  pem: (text) => text.replace(/p=(.*)$/i, 'p=-----BEGIN PUBLIC KEY-----$1-----END PUBLIC KEY-----'),
  blanks: (text) => text.replace(/(?<=p=.{20})/i, '  '),
  breaks: (text) => text.replace(/([A-Za-z0-9+/]{64})/g, '$1\r\n'),
  escapes: (text) => text.replaceAll(';', '\\;'),
  strings: (text) => `"${text.replace(/.{200}/gs, '$&" "')}"`,
  zone: (text) => `s._domainkey IN TXT ( ${text} ) ; DKIM key`,
  exotic: (text) => `\xe2\x80\x9c${text}\xe2\x80\x9d`,
};

test('a record with any faults is corrected to one with the same key and flags', () => {
  let corrected = 0;
  const right = fc.record({
    key: fc.constantFrom({ type: 'rsa', p: rsa }, { type: 'rsa', p: long }, { type: 'ed25519', p: ed }),
    t: fc.constantFrom('', 't=s; ', 't=y; ', 't=y:s; '),
    h: fc.constantFrom('', 'h=sha256; '),
    s: fc.constantFrom('', 's=email; '),
  });
  fc.assert(
    fc.property(right, fc.subarray(Object.keys(FAULTS)), ({ key, t, h, s }, faults) => {
      const text = `v=DKIM1; ${h}k=${key.type}; ${s}${t}p=${key.p}`;
      const pasted = faults.reduce((before, fault) => FAULTS[fault]!(before), text);
      const { facts } = parseKeyRecord(pasted);
      const record = correctedRecord(facts);
      assert.ok(record !== undefined, pasted);
      const after = parseKeyRecord(record);
      assert.deepEqual(after.problems, [], record);
      assert.ok(keysEqual(after.facts.publicKey, key.p));
      const flags = [after.facts.testing, after.facts.strict, after.facts.hashes?.join(), after.facts.services.join()];
      assert.deepEqual(
        flags,
        [t.includes('y'), t.includes('s'), h === '' ? undefined : 'sha256', s === '' ? '*' : 'email'],
        pasted,
      );
      corrected++;
    }),
    { numRuns: 3000, seed: 6 },
  );
  assert.equal(corrected, 3000);
});

test('a key divided anywhere, in any order, is put together again or not at all', () => {
  const cuts = fc.uniqueArray(fc.integer({ min: 20, max: long.length }), { minLength: 1, maxLength: 3 });
  const whole = `v=DKIM1; k=rsa; t=s; p=${long}`;
  let found = 0;
  let expected = 0;
  fc.assert(
    fc.property(cuts, fc.nat(), (cuts, turn) => {
      // Of two parts in the middle of the modulus nothing tells which comes first.
      const certain = cuts.length < 3;
      if (certain) expected++;
      const text = `v=DKIM1; t=s; p=${long}`;
      const ends = [...cuts.sort((one, other) => one - other), text.length];
      const parts = ends.map((end, index) => text.slice(ends[index - 1] ?? 0, end));
      const turned = [...parts.slice(turn % parts.length), ...parts.slice(0, turn % parts.length)];
      for (const { record } of readKeyRecords(turned)) {
        const corrected = correctedRecord(record.facts);
        assert.ok(corrected === undefined || corrected === whole, corrected);
        if (certain && corrected !== undefined && record.problems[0]?.id === 'split-records') found++;
      }
    }),
    { numRuns: 500, seed: 7 },
  );
  assert.ok(found > 0.95 * expected, `${found} of ${expected}`);
});

for (const [what, records, publicKey, expected] of [
  ['the same key', { TXT: [good] }, rsa, 'ok'],
  ['a key, and what signs is not known', { TXT: [good] }, undefined, 'ok'],
  ['another key', { TXT: [good] }, long, 'different'],
  ['a revoked key', { TXT: ['v=DKIM1; p='] }, rsa, 'unusable'],
  ['a broken record', { TXT: [`v=DKIM1 p=${rsa}`] }, rsa, 'unusable'],
  ['no network', { fail: 'network' }, rsa, 'unknown'],
  ['a question that was not asked', { fail: 'budget' }, undefined, 'unknown'],
  ['nothing', { A: ['203.0.113.25'] }, rsa, 'missing'],
] as [string, ZoneRecords, string | undefined, string][]) {
  test(`the published key compared with the signing key: ${what}`, async () => {
    assert.equal(matchKey(await inspectDkimKey(D, 's', zoneResolver({ [NAME]: records })), publicKey), expected);
  });
}
