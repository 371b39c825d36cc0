// MTA-STS: record, policy, mail hosts together (RFC 8461), in tables.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { textOf } from '../../../shared/findings/catalog.ts';
import { mtaStsFindings } from '../../../shared/findings/tls.rules.ts';
import {
  checkMtaSts,
  evaluateMtaSts,
  fetchMtaStsPolicy,
  MAX_POLICY_BYTES,
  MAX_POLICY_HOSTS,
  type MtaStsProblemId,
  type PolicyResponse,
} from '../../../shared/tls/mta-sts.ts';
import { parseMtaStsPolicy } from '../../../shared/tls/mta-sts-policy.ts';
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
  ...(
    [
      ['certificate', 'untrusted-certificate'],
      ['name', 'other-name'],
      ['expired', 'expired-certificate'],
      ['protocol', 'no-tls'],
    ] as const
  ).map(([fault, problem]) => ({
    what: `RFC 8461 section 3.3: TLS of the host, ${fault}`,
    zone: { ...record, 'mta-sts.shop.example': { A: ['192.0.2.1'] } },
    response: { error: 'failed', fault, detail: 'of another name' },
    result: 'invalid' as const,
    problems: [problem],
    findings: ['mta-sts.invalid'],
  })),
  {
    what: 'the host ended the connection: it may be us',
    zone: { ...record, 'mta-sts.shop.example': { A: ['192.0.2.1'] } },
    response: { error: 'failed', fault: 'ended' },
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

test('the policy expires after its max_age', async () => {
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

test('an endless policy is truncated at the limit', async () => {
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
  assert.ok(sent < MAX_POLICY_BYTES * 2);
});

test('a fetch that throws is an error in the answer', async () => {
  const response = await fetchMtaStsPolicy(domain, async () => {
    throw new TypeError('certificate has expired');
  });
  assert.deepEqual(response, { error: 'certificate has expired' });
});
