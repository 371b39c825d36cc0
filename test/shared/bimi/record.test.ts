// BIMI: the record and what it comes to (draft-brand-indicators-for-message-identification section 4).
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { checkBimi, parseBimi } from '../../../shared/bimi/record.ts';
import { bimiFindings } from '../../../shared/findings/tls.rules.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

test('the record', () => {
  const table: [string, string, string | null][] = [
    ['v=BIMI1; l=https://shop.example/logo.svg', 'valid', null],
    ['v=BIMI1; l=https://shop.example/logo.svg; a=https://shop.example/mark.pem', 'valid', null],
    ['v=BIMI1; l=https://shop.example/logo.svg; a=', 'valid', null],
    ['v=BIMI1; l=; a=;', 'declined', null],
    ['v=BIMI1; l=', 'declined', null],
    ['v=BIMI1; l=; a=https://shop.example/mark.pem', 'invalid', 'missing-location'],
    ['v=BIMI1;', 'invalid', 'missing-location'],
    ['v=BIMI1; l=http://shop.example/logo.svg', 'invalid', 'not-https'],
    ['v=BIMI1; l=https://shop.example/logo', 'valid', null],
    ['v=BIMI1; l=https://shop.example/logo?id=7', 'valid', null],
    ['v=BIMI1; l=https://shop.example/logo.svg; a=http://shop.example/mark.pem', 'invalid', 'not-https'],
    ['v=bimi1; l=https://shop.example/logo.svg', 'invalid', 'version'],
    ['l=https://shop.example/logo.svg; v=BIMI1', 'invalid', 'version'],
    ['v=BIMI1; logo', 'invalid', 'syntax'],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, parseBimi(text).status, parseBimi(text).problem]),
    table,
  );
});

test('none, one, several, declined, no answer', async () => {
  const good = 'v=BIMI1; l=https://shop.example/logo.svg';
  const table: [Zone, string, string[]][] = [
    [{}, 'none', []],
    [{ 'default._bimi.shop.example': { TXT: [good] } }, 'valid', ['bimi.valid']],
    [{ 'default._bimi.shop.example': { TXT: [good, good] } }, 'invalid', ['bimi.invalid']],
    [{ 'default._bimi.shop.example': { TXT: ['v=BIMI1; l=; a='] } }, 'declined', []],
    [{ 'default._bimi.shop.example': { TXT: ['v=BIMI; l=x'] } }, 'invalid', ['bimi.invalid']],
    [{ 'default._bimi.shop.example': { TXT: [good, 'v=BIMI2; l=x', 'other'] } }, 'valid', ['bimi.valid']],
    [{ 'default._bimi.shop.example': { TXT: ['v=BIMI2; l=x'] } }, 'none', []],
    [{ 'default._bimi.shop.example': { TXT: ['v=bimi1; l=x', 'v=BIMI1; l=; a='] } }, 'declined', []],
    [{ 'default._bimi.shop.example': { TXT: ['v=bimi1; l=x'] } }, 'invalid', ['bimi.invalid']],
    [{ 'default._bimi.shop.example': { fail: 'timeout' } }, 'unknown', ['tls.unknown']],
  ];
  for (const [zone, result, findings] of table) {
    const outcome = await checkBimi('shop.example', zoneResolver(zone));
    assert.deepEqual([outcome.result, bimiFindings(outcome).map(({ id }) => id)], [result, findings]);
  }
});

test('the record of the organizational domain, where the domain has none', async () => {
  const logo = (domain: string) => ({ TXT: [`v=BIMI1; l=https://${domain}/logo.svg`] });
  const above = { 'default._bimi.shop.example': logo('shop.example') };
  const own = 'default._bimi.news.shop.example';
  const table: [Zone, string | null, string, string | undefined, number][] = [
    [above, 'shop.example', 'valid', 'shop.example', 2],
    [{ ...above, [own]: logo('news.shop.example') }, 'shop.example', 'valid', 'news.shop.example', 1],
    [{ ...above, [own]: { TXT: ['v=BIMI1; l=; a='] } }, 'shop.example', 'declined', 'news.shop.example', 1],
    [{ ...above, [own]: { TXT: ['v=BIMI2; l='] } }, 'shop.example', 'valid', 'shop.example', 2],
    [{ ...above, [own]: { fail: 'timeout' } }, 'shop.example', 'unknown', undefined, 1],
    [{ 'default._bimi.shop.example': { fail: 'timeout' } }, 'shop.example', 'unknown', undefined, 2],
    [above, 'news.shop.example', 'none', undefined, 1],
    [above, null, 'none', undefined, 1],
  ];
  for (const [zone, organization, result, recordDomain, questions] of table) {
    const resolver = zoneResolver(zone);
    const outcome = await checkBimi('news.shop.example', resolver, organization);
    assert.deepEqual(
      [outcome.domain, outcome.result, outcome.recordDomain, resolver.asked.length],
      ['news.shop.example', result, recordDomain, questions],
    );
    for (const one of bimiFindings(outcome))
      assert.equal(one.id === 'bimi.valid' && one.args.at, recordDomain ?? false);
  }
});

test('the parser accepts any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(['valid', 'declined', 'invalid'].includes(parseBimi(`v=BIMI1;${text}`).status));
      parseBimi(text);
    }),
    { numRuns: 1000 },
  );
});
