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
    ['v=BIMI1; l=https://shop.example/logo.png', 'invalid', 'not-svg'],
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
    [{ 'default._bimi.shop.example': { fail: 'timeout' } }, 'unknown', ['tls.unknown']],
  ];
  for (const [zone, result, findings] of table) {
    const outcome = await checkBimi('shop.example', zoneResolver(zone));
    assert.deepEqual([outcome.result, bimiFindings(outcome).map(({ id }) => id)], [result, findings]);
  }
});

test('whatever the text holds, the parser answers', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      assert.ok(['valid', 'declined', 'invalid'].includes(parseBimi(`v=BIMI1;${text}`).status));
      parseBimi(text);
    }),
    { numRuns: 1000 },
  );
});
