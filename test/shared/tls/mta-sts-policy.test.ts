// MTA-STS: the parsers and the patterns (RFC 8461 sections 3.1, 3.2 and 4.1), in tables and against mailauth.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  MAX_MAX_AGE,
  matchesMxPattern,
  type PolicyProblemId,
  parseMtaStsPolicy,
  parseMtaStsRecord,
} from '../../../shared/tls/mta-sts-policy.ts';

const policy = 'version: STSv1\nmode: enforce\nmx: mail.shop.example\nmax_age: 2592000\n';

test('RFC 8461 section 3.1: the record', () => {
  const table: [string, string | null][] = [
    ['v=STSv1; id=20160831085700Z;', null],
    ['v=STSv1; id=20160831085700Z', null],
    ['v=STSv1;id=a', null],
    ['v=STSv1 ; id=a ;', null],
    ['v=STSv1; id=a; ext=value; x.y-z_1=~', null],
    ['v=STSv1; ext=value; id=a', null],
    ['v=STSv1; id=a; id=?', null],
    [`v=STSv1; id=${'a'.repeat(32)}`, null],
    [`v=STSv1; id=${'a'.repeat(33)}`, 'bad-id'],
    ['v=STSv1; id=', 'bad-id'],
    ['v=STSv1; id=2026-11-24', 'bad-id'],
    ['v=STSv1; id = a', 'syntax'],
    ['v=STSv1;', 'missing-id'],
    ['v=STSv1', 'missing-id'],
    ['v=STSv1;; id=a', 'syntax'],
    ['v=STSv1; id=a; nothing', 'syntax'],
    ['v=STSv1; id=a; e=a b', 'syntax'],
    ['v=STSv2; id=a', 'version'],
    ['V=STSv1; id=a', 'version'],
    ['v=stsv1; id=a', 'version'],
    [' v=STSv1; id=a', 'version'],
    ['id=a; v=STSv1', 'version'],
    ['', 'version'],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, parseMtaStsRecord(text).problem]),
    table,
  );
});

test('RFC 8461 section 3.2: the policy', () => {
  const rest = 'mx: mail.shop.example\nmax_age: 86400\n';
  const table: [string, PolicyProblemId[]][] = [
    [policy, []],
    [policy.replaceAll('\n', '\r\n'), []],
    [policy.trimEnd(), []],
    ['version: STSv1\nmode: none\nmax_age: 0', []],
    [`version:STSv1\nmode:\t testing \n${rest}`, []],
    [`version: STSv1\nmode: enforce\nmx: *.shop.example\n${rest}`, []],
    [`version: STSv1\nmode: enforce\nother: value\n${rest}`, []],
    [`version: STSv1\nmode: enforce\nmode: none\n${rest}`, ['duplicate']],
    [`version: STSv1\nmode: enforce\nmax_age: ${MAX_MAX_AGE}\nmx: a.example`, []],
    [`version: STSv1\nmode: enforce\nmax_age: ${MAX_MAX_AGE + 1}\nmx: a.example`, ['bad-max-age']],
    [`version: STSv1\nmode: enforce\nmax_age: 1e3\nmx: a.example`, ['bad-max-age']],
    [`version: STSv1\nmode: enforce\nmax_age: -1\nmx: a.example`, ['bad-max-age']],
    ['version: STSv1\nmode: enforce\nmx: a.example', ['missing-max-age']],
    [`mode: enforce\n${rest}`, ['version']],
    [`version: STSv2\nmode: enforce\n${rest}`, ['version']],
    [`Version: STSv1\nmode: enforce\n${rest}`, ['version']],
    [`version: STSv1\n${rest}`, ['missing-mode']],
    [`version: STSv1\nmode: Enforce\n${rest}`, ['bad-mode']],
    ['version: STSv1\nmode: enforce\nmax_age: 86400', ['missing-mx']],
    ['version: STSv1\nmode: testing\nmax_age: 86400\nmx: *.*.example', ['bad-mx']],
    ['version: STSv1\nmode: testing\nmax_age: 86400\nmx: .shop.example', ['bad-mx']],
    [`version: STSv1\nmode: enforce\nnonsense\n${rest}`, ['syntax']],
    [`version: STSv1\nmode: enforce\nother:\n${rest}`, ['syntax']],
    [`version: STSv1\nmode: enforce\nother: a b é\n${rest}`, []],
    [`version: STSv1\nmode: enforce\n${'a'.repeat(33)}: 1\n${rest}`, ['syntax']],
    [`nonsense\nversion: STSv1\nmode: Enforce\n${rest}`, ['bad-mode', 'syntax']],
    ['', ['version', 'missing-mode', 'missing-max-age', 'missing-mx']],
  ];
  assert.deepEqual(
    table.map(([text]) => [text, parseMtaStsPolicy(text).problems.map(({ id }) => id)]),
    table,
  );
  assert.equal(parseMtaStsPolicy(table[7]![0]).mode, 'enforce');
});

test('RFC 8461 section 4.1: patterns', () => {
  const table: [string, string, boolean][] = [
    ['mail.shop.example', 'mail.shop.example', true],
    ['MAIL.shop.example.', 'mail.SHOP.example', true],
    ['mail.shop.example', '*.shop.example', true],
    ['a.mail.shop.example', '*.shop.example', false],
    ['shop.example', '*.shop.example', false],
    ['mail.shop.example', 'shop.example', false],
    ['evilshop.example', '*.shop.example', false],
    ['mail.xn--bcher-kva.example', '*.bücher.example', true],
    ['', '*.shop.example', false],
    ['mail.shop.example', '*.', false],
  ];
  assert.deepEqual(
    table.map(([host, pattern]) => [host, pattern, matchesMxPattern(host, pattern)]),
    table,
  );
});

test('64 KB of blanks are read in linear time', () => {
  const blanks = ' '.repeat(65_536);
  parseMtaStsRecord(`v=STSv1; id=a${blanks}b; c=${blanks}d`);
  parseMtaStsPolicy(`version: STSv1\nmode: ${blanks}x${blanks}y`);
});

const require = createRequire(import.meta.url);
interface MailauthMtaSts {
  parsePolicy(text: string, options: { strict: boolean }): unknown;
  validateMx(host: string, policy: { mode: string; mx: string[] }): { valid: boolean };
}
const mailauth = require('mailauth/lib/mta-sts.js') as MailauthMtaSts;

test('mailauth in strict mode accepts the same policies and the same hosts', () => {
  const line = fc.constantFrom(
    ...['version: STSv1', 'version:STSv1', 'version: STSv2', 'mode: enforce', 'mode: testing', 'mode: none', 'mode: x'],
    ...[
      'mx: a.example',
      'mx: *.b.example',
      'mx: -',
      'mx: *',
      'max_age: 0',
      'max_age: 31557600',
      'max_age: 31557601',
      'max_age: x',
    ],
    ...['x: y', 'Mode: none', '', ' mode: none', 'nonsense'],
  );
  let valid = 0;
  fc.assert(
    fc.property(fc.array(line, { maxLength: 8 }), fc.boolean(), (lines, whole) => {
      const text = [...(whole ? ['version: STSv1', 'mode: enforce', 'max_age: 1'] : []), ...lines].join('\n');
      let theirs = true;
      try {
        mailauth.parsePolicy(text, { strict: true });
      } catch {
        theirs = false;
      }
      const ours = parseMtaStsPolicy(text).valid;
      if (ours) valid++;
      assert.equal(ours, theirs, JSON.stringify(text));
    }),
    { numRuns: 3000, seed: 8461 },
  );
  assert.ok(valid > 300, `${valid} of them valid`);
  const label = fc.constantFrom('a', 'b', 'B', 'mail', '*', 'xn--bcher-kva', 'bücher');
  const name = fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.'));
  fc.assert(
    fc.property(name, name, fc.boolean(), (host, rest, wildcard) => {
      const pattern = wildcard ? `*.${rest}` : rest;
      // mailauth compares patterns as written; a policy in U-labels is not RFC 8461's, and we take it kindly.
      fc.pre(!/[^\x00-\x7f]/.test(pattern));
      assert.equal(
        matchesMxPattern(host, pattern),
        mailauth.validateMx(host, { mode: 'enforce', mx: [pattern] }).valid,
      );
    }),
    { numRuns: 2000, seed: 8461 },
  );
});

test('the parsers accept any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      parseMtaStsRecord(text);
      parseMtaStsRecord(`v=STSv1;${text}`);
      parseMtaStsPolicy(text);
      matchesMxPattern(text, text);
    }),
    { numRuns: 1000 },
  );
});
