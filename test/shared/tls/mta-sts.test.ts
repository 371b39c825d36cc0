// MTA-STS: record, policy, mail hosts (RFC 8461), in tables and against mailauth.
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import fc from 'fast-check';
import { textOf } from '../../../shared/findings/catalog.ts';
import { mtaStsFindings } from '../../../shared/findings/tls.rules.ts';
import {
  checkMtaSts,
  evaluateMtaSts,
  fetchMtaStsPolicy,
  MAX_POLICY_HOSTS,
  MAX_POLICY_OCTETS,
  type MtaStsProblemId,
  type PolicyResponse,
} from '../../../shared/tls/mta-sts.ts';
import {
  MAX_MAX_AGE,
  matchesMxPattern,
  type PolicyProblemId,
  parseMtaStsPolicy,
  parseMtaStsRecord,
} from '../../../shared/tls/mta-sts-policy.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const now = new Date('2026-11-24T00:00:00Z');
const domain = 'shop.example';
const record: Zone = { '_mta-sts.shop.example': { TXT: ['v=STSv1; id=20261124'] } };
const policy = 'version: STSv1\nmode: enforce\nmx: mail.shop.example\nmax_age: 2592000\n';
const served = (body: string, rest: Partial<Exclude<PolicyResponse, { error: string }>> = {}): PolicyResponse => ({
  status: 200,
  contentType: 'text/plain',
  body,
  ...rest,
});

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

interface Case {
  what: string;
  zone?: Zone;
  response?: PolicyResponse;
  mx?: string[];
  result: string;
  problems: MtaStsProblemId[];
  findings: string[];
}
const cases: Case[] = [
  { what: 'a policy that holds', response: served(policy), result: 'valid', problems: [], findings: ['mta-sts.valid'] },
  { what: 'no record', zone: {}, result: 'none', problems: [], findings: ['mta-sts.none'] },
  {
    what: 'RFC 8461 section 3.1: several records are none',
    zone: { '_mta-sts.shop.example': { TXT: ['v=STSv1; id=a', 'v=STSv1; id=b'] } },
    response: served(policy),
    result: 'invalid',
    problems: ['several-records'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'records of other versions do not count',
    zone: { '_mta-sts.shop.example': { TXT: ['v=STSv1; id=a', 'v=STSv2; id=b', 'hello'] } },
    response: served(policy),
    result: 'valid',
    problems: [],
    findings: ['mta-sts.valid'],
  },
  {
    what: 'a record at fault',
    zone: { '_mta-sts.shop.example': { TXT: ['v=STSv1; id=2026-11-24'] } },
    result: 'invalid',
    problems: ['bad-record'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'no answer to the record',
    zone: { '_mta-sts.shop.example': { fail: 'servfail' } },
    result: 'unknown',
    problems: ['no-answer'],
    findings: ['tls.unknown'],
  },
  { what: 'nothing to fetch with', result: 'unknown', problems: [], findings: ['tls.unknown'] },
  {
    what: 'RFC 8461 section 3.3: no redirects',
    response: served('', { status: 301 }),
    result: 'invalid',
    problems: ['redirect'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'not found',
    response: served('', { status: 404 }),
    result: 'invalid',
    problems: ['not-fetched'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'RFC 8461 section 3.2: another media type',
    response: served(policy, { contentType: 'text/html' }),
    result: 'invalid',
    problems: ['media-type'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'a media type with parameters',
    response: served(policy, { contentType: 'Text/Plain; charset=utf-8' }),
    result: 'valid',
    problems: [],
    findings: ['mta-sts.valid'],
  },
  {
    what: 'too large',
    response: served('', { truncated: true }),
    result: 'invalid',
    problems: ['too-large'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'no host of the policy',
    response: { error: 'getaddrinfo' },
    result: 'invalid',
    problems: ['no-policy-host'],
    findings: ['mta-sts.invalid'],
  },
  {
    what: 'the host is there and did not answer us',
    zone: { ...record, 'mta-sts.shop.example': { A: ['192.0.2.1'] } },
    response: { error: 'timeout' },
    result: 'unknown',
    problems: ['not-fetched'],
    findings: ['tls.unknown'],
  },
  {
    what: 'a mail host that is not named',
    response: served(policy),
    mx: ['mail.shop.example', 'backup.example'],
    result: 'valid',
    problems: ['host-not-allowed'],
    findings: ['mta-sts.valid', 'mta-sts.host-not-allowed'],
  },
  {
    what: 'a pattern for a host that is gone, in a test that soon ends',
    response: served('version: STSv1\nmode: testing\nmx: *.shop.example\nmx: old.example\nmax_age: 3600'),
    result: 'valid',
    problems: ['unused-pattern', 'short-max-age'],
    findings: ['mta-sts.valid', 'mta-sts.not-enforced', 'mta-sts.unused-pattern', 'mta-sts.short'],
  },
  {
    what: 'mode none: whatever hosts there are',
    response: served('version: STSv1\nmode: none\nmax_age: 3600'),
    result: 'valid',
    problems: [],
    findings: ['mta-sts.valid', 'mta-sts.not-enforced'],
  },
  {
    what: 'a line that is none: senders differ',
    response: served(`${policy}nonsense\n`),
    result: 'valid',
    problems: ['bad-policy'],
    findings: ['mta-sts.valid', 'mta-sts.bad-line'],
  },
  {
    what: 'RFC 7505: a domain that takes no mail needs no policy',
    zone: {},
    mx: [''],
    result: 'none',
    problems: [],
    findings: [],
  },
  {
    what: 'RFC 7505: the name of a null MX is no host that a policy could name',
    response: served(policy),
    mx: ['.'],
    result: 'valid',
    problems: [],
    findings: ['mta-sts.valid'],
  },
  {
    what: 'a policy at fault',
    response: served('version: STSv1\nmode: enforce\nmax_age: 1'),
    result: 'invalid',
    problems: ['bad-policy'],
    findings: ['mta-sts.invalid'],
  },
];
for (const { what, zone = record, response, mx = ['mail.shop.example'], result, problems, findings } of cases) {
  test(what, async () => {
    const outcome = await evaluateMtaSts({ domain, mxHosts: mx, policyResponse: response }, zoneResolver(zone), now);
    assert.equal(outcome.result, result);
    assert.deepEqual(
      outcome.problems.map(({ id }) => id),
      problems,
    );
    const found = mtaStsFindings(outcome, mx, '20261124');
    assert.deepEqual(
      found.map(({ id }) => id),
      findings,
    );
    for (const one of found)
      assert.doesNotMatch(JSON.stringify([textOf(one, 'en'), textOf(one, 'ru')]), /undefined|null/);
  });
}

test('the policy holds from now for its age', async () => {
  const outcome = await evaluateMtaSts(
    { domain, mxHosts: [], policyResponse: served(policy) },
    zoneResolver(record),
    now,
  );
  assert.equal(outcome.expires, '2026-12-24T00:00:00.000Z');
});

test('the policy proposed for many hosts still ends with its age', async () => {
  const many = Array.from({ length: 30 }, (_, index) => `h${index}.shop.example`);
  const outcome = await evaluateMtaSts({ domain, mxHosts: many }, zoneResolver({}), now);
  const [found] = mtaStsFindings(outcome, many, '20261124');
  assert.ok(found?.id === 'mta-sts.none');
  assert.equal(parseMtaStsPolicy(found.args.policy).valid, true);
});

test('thousands of hosts and a hundred patterns: no more are compared than the limit', async () => {
  const many = Array.from({ length: 3000 }, (_, index) => `h${index}.shop.example`);
  const patterns = Array.from({ length: 100 }, (_, index) => `mx: *.p${index}.example`);
  const response = served(['version: STSv1', 'mode: enforce', 'max_age: 2592000', ...patterns].join('\n'));
  const outcome = await evaluateMtaSts({ domain, mxHosts: many, policyResponse: response }, zoneResolver(record), now);
  assert.equal(outcome.hosts.length, MAX_POLICY_HOSTS);
  // Whether a pattern is of use is not known where not all hosts were looked at.
  assert.ok(outcome.problems.every(({ id }) => id === 'host-not-allowed'));
});

test('the policy is fetched from its own host, without following anything', async () => {
  const asked: [string, RequestInit | undefined][] = [];
  const fetch = async (url: string, init?: RequestInit) => {
    asked.push([url, init]);
    return new Response(policy, { headers: { 'content-type': 'text/plain' } });
  };
  const outcome = await checkMtaSts('SHOP.example.', ['mail.shop.example'], zoneResolver(record), fetch, now);
  assert.equal(outcome.result, 'valid');
  assert.equal(asked.length, 1);
  assert.equal(asked[0]![0], 'https://mta-sts.shop.example/.well-known/mta-sts.txt');
  assert.equal(asked[0]![1]?.redirect, 'manual');
});

test('without a record nothing is fetched', async () => {
  const fetch = async (): Promise<Response> => assert.fail('fetched');
  assert.equal((await checkMtaSts(domain, [], zoneResolver({}), fetch, now)).result, 'none');
});

test('an endless policy is cut off at the limit', async () => {
  let sent = 0;
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      sent += 8192;
      controller.enqueue(new Uint8Array(8192).fill(32));
    },
  });
  const response = await fetchMtaStsPolicy(
    domain,
    async () => new Response(body, { headers: { 'content-type': 'text/plain' } }),
  );
  assert.ok('truncated' in response && response.truncated);
  assert.ok(sent < MAX_POLICY_OCTETS * 2);
});

test('a fetch that throws is an error in the answer', async () => {
  const response = await fetchMtaStsPolicy(domain, async () => {
    throw new TypeError('certificate has expired');
  });
  assert.deepEqual(response, { error: 'certificate has expired' });
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

test('mailauth in strict mode takes the same policies and the same hosts', () => {
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

test('whatever the texts hold, the parsers answer', () => {
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
