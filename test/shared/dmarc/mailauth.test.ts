// The same mail evaluated by mailauth, which walks the tree of RFC 9989 too; names of rules where the two may differ.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { evaluateDmarc as evaluateOurs, type Identifier } from '../../../shared/dmarc/evaluate.ts';
import type { RecordType } from '../../../shared/dns/types.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

interface Theirs {
  status: { result: string };
  domain: string;
  policy?: string;
  policyDomain?: string;
}
const { dmarc } = createRequire(import.meta.url)('mailauth/lib/dmarc') as {
  dmarc(options: object): Promise<Theirs | false>;
};

/** Answers mailauth as node:dns would. */
function theirResolver(zone: Zone) {
  const resolver = zoneResolver(zone);
  return async (name: string, type: RecordType) => {
    const answer = await resolver.query(name, type);
    if (answer.kind === 'ok') return answer.records;
    const code = { nodata: 'ENODATA', nxdomain: 'ENOTFOUND', error: 'ESERVFAIL' }[answer.kind];
    throw Object.assign(new Error(code), { code });
  };
}

const NAMES = [
  'example',
  'shop.example',
  'mail.shop.example',
  'a.mail.shop.example',
  'b.shop.example',
  'esp.test',
  'a.b.c.d.e.f.g.mail.shop.example',
];
const name = fc.constantFrom(...NAMES);
const policy = fc.constantFrom('none', 'quarantine', 'reject', 'Reject', 'bogus');
const tag = fc.oneof(
  fc.tuple(fc.constantFrom('p', 'sp', 'np'), policy),
  fc.tuple(fc.constantFrom('adkim', 'aspf'), fc.constantFrom('r', 's', 'x')),
  fc.tuple(fc.constant('psd'), fc.constantFrom('y', 'n', 'u', 'x')),
  fc.tuple(fc.constant('t'), fc.constantFrom('y', 'n', 'x')),
  fc.tuple(fc.constant('rua'), fc.constantFrom('mailto:a@shop.example', 'a@shop.example', 'https://x.test/')),
  fc.tuple(fc.constantFrom('pct', 'ri', 'x'), fc.constantFrom('0', '50', 'y')),
);
// Rule "duplicate-tag": RFC 6376 section 3.2 makes such a list invalid; mailauth does so in its strict mode only, which
// is the one compared here. It folds the case of names otherwise (rule "tag-case"), so names are written in lower case.
const record = fc
  .tuple(
    fc.constantFrom('v=DMARC1', 'v=DMARC1', 'v = DMARC1 ', 'v=dmarc1', 'v=DMARC2'),
    fc.option(policy),
    fc.array(tag, { maxLength: 4 }),
  )
  .map(([version, first, tags]) =>
    [version, ...(first === null ? [] : [`p=${first}`]), ...tags.map(([key, value]) => `${key}=${value}`)].join('; '),
  );
const zone = fc
  .tuple(
    fc.dictionary(
      name.map((one) => `_dmarc.${one}`),
      fc.oneof(
        { weight: 12, arbitrary: fc.record({ TXT: fc.array(record, { minLength: 1, maxLength: 1 }) }) },
        { weight: 2, arbitrary: fc.record({ TXT: fc.array(record, { minLength: 2, maxLength: 2 }) }) },
        { weight: 1, arbitrary: fc.constant({ fail: 'servfail' as const }) },
      ),
      { maxKeys: 4 },
    ),
    fc.dictionary(name, fc.constantFrom({ A: ['192.0.2.1'] }, { CNAME: ['gone.test'] }, { fail: 'timeout' as const }), {
      maxKeys: 3,
    }),
  )
  .map(([records, hosts]): Zone => ({ ...hosts, ...records }));
const pass = name.map((domain): Identifier => ({ domain, result: 'pass' }));

test('mailauth agrees over 4000 zones', async () => {
  const results = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(
      zone,
      name,
      fc.option(pass, { nil: undefined }),
      fc.array(pass, { maxLength: 2 }),
      async (data, from, spf, dkim) => {
        const ours = await evaluateOurs(
          { headerFrom: from, ...(spf === undefined ? {} : { spf }), dkim },
          zoneResolver(data),
        );
        const theirs = await dmarc({
          headerFrom: [`me@${from}`],
          spfDomains: spf === undefined ? [] : [spf],
          dkimDomains: dkim,
          resolver: theirResolver(data),
          strict: true,
        });
        assert.ok(theirs !== false);
        results.set(ours.result, (results.get(ours.result) ?? 0) + 1);
        assert.equal(ours.result, theirs.status.result);
        if (ours.result === 'pass' || ours.result === 'fail') {
          assert.equal(ours.policyDomain, theirs.policyDomain);
          assert.equal(ours.organizationalDomain ?? from, theirs.domain);
          assert.equal(ours.policy, theirs.policy);
        }
      },
    ),
    { numRuns: 4000, seed: 9989 },
  );
  // Agreement is meaningful only if every result occurred.
  for (const result of ['none', 'pass', 'fail', 'temperror'])
    assert.ok((results.get(result) ?? 0) > 100, `${result}: ${results.get(result)}`);
});
