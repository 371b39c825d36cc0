// Bodies with wrong members, on every route that takes JSON: the problem names the member, what it must be, and what was sent.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type RunningWorker, startWorker } from '../support/worker.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
let worker: RunningWorker;
before(async () => {
  worker = await startWorker({ API_TOKENS: TOKEN }, { database: true });
});
after(() => worker.stop());

const ROUTES = {
  preflight: ['POST', '/v1/preflight'],
  message: ['POST', '/v1/message'],
  watch: ['PUT', '/v1/watch/shop.example'],
  status: ['POST', '/v1/status/shop.example'],
} as const;
const sender = { headerFrom: 'a@shop.example', envelopeFrom: '' };

const ROWS: [route: keyof typeof ROUTES, body: unknown, member: string, expected: RegExp, found: RegExp][] = [
  ['preflight', {}, 'headerFrom', /must be a string/, /missing/],
  ['preflight', { ...sender, headerFrom: 5 }, 'headerFrom', /must be a string/, /the number 5/],
  ['preflight', { ...sender, headerFrom: 'x' }, 'headerFrom', /is not a mail address/, /the string “x”/],
  [
    'preflight',
    { ...sender, headerFrom: `a@${'x'.repeat(400)}` },
    'headerFrom',
    /320 characters at most/,
    /the string “a@xx/,
  ],
  ['preflight', { ...sender, envelopeFrom: null }, 'envelopeFrom', /neither a mail address nor empty/, /null/],
  [
    'preflight',
    { ...sender, returnPath: [1] },
    'returnPath',
    /neither a domain name nor a mail address/,
    /an array of 1 member/,
  ],
  ['preflight', { ...sender, relayHost: '' }, 'relayHost', /1 character at least/, /the string “”/],
  ['preflight', { ...sender, sendingIps: '192.0.2.1' }, 'sendingIps', /must be an array/, /the string “192\.0\.2\.1”/],
  ['preflight', { ...sender, sendingIps: ['192.0.2.1', 7] }, 'sendingIps.1', /must be a string/, /the number 7/],
  ['preflight', { ...sender, sendingIps: ['x'] }, 'sendingIps.0', /is not an IP address/, /the string “x”/],
  [
    'preflight',
    { ...sender, sendingIps: Array(9).fill('192.0.2.1') },
    'sendingIps',
    /8 members at most/,
    /an array of 9 members/,
  ],
  ['preflight', { ...sender, dkim: [{}] }, 'dkim.0.domain', /must be a string/, /missing/],
  [
    'preflight',
    { ...sender, dkim: [{ domain: 'shop.example', selector: 's', key: 1 }] },
    'dkim.0.key',
    /not a member of “dkim\.0”/,
    /domain, selector, publicKey/,
  ],
  ['preflight', { ...sender, from: 'x' }, 'from', /not a member of the body/, /headerFrom, envelopeFrom, /],
  ['preflight', [], '', /must be an object/, /an array of 0 members/],
  ['preflight', 'text', '', /must be an object/, /the string “text”/],
  ['preflight', null, '', /must be an object/, /null/],
  ['message', { raw: 1 }, 'raw', /must be a string/, /the number 1/],
  ['message', { raw: 'x', tls: 'yes' }, 'tls', /must be true or false/, /the string “yes”/],
  ['message', { raw: 'x', kind: 'spam' }, 'kind', /"marketing" or "transactional"/, /the string “spam”/],
  ['message', { raw: 'x', clientIp: 'x' }, 'clientIp', /is not an IP address/, /the string “x”/],
  ['message', { raw: 'x', signedLater: [] }, 'signedLater', /1 member at least/, /an array of 0 members/],
  ['message', { raw: 'x', ip: '192.0.2.1' }, 'ip', /not a member of the body/, /raw, rawBase64, /],
  ['message', [], '', /must be an object/, /an array/],
  ['watch', { ips: '192.0.2.1' }, 'ips', /must be an array/, /the string “192/],
  ['watch', { ips: [1] }, 'ips.0', /must be a string/, /the number 1/],
  ['watch', { selectors: {} }, 'selectors', /must be an array/, /an object/],
  ['watch', { helo: true }, 'helo', /must be a string/, /true/],
  ['watch', { helo: 'a\nb' }, 'helo', /must not have control characters/, /the string “a\?b”/],
  ['watch', { language: 'de' }, 'language', /"en" or "ru"/, /the string “de”/],
  ['watch', { webhok: 'x' }, 'webhok', /not a member of the body/, /ips, selectors, helo, webhook, mail, language/],
  ['watch', 5, '', /must be an object/, /the number 5/],
  ['status', { failed: 0 }, 'waiting', /must be a whole number/, /missing/],
  ['status', { waiting: '3', failed: 0 }, 'waiting', /must be a whole number/, /the string “3”/],
  ['status', { waiting: 1.5, failed: 0 }, 'waiting', /must be a whole number/, /the number 1\.5/],
  ['status', { waiting: -1, failed: 0 }, 'waiting', /from 0 to 1000000000/, /the number -1/],
  ['status', { waiting: 1e10, failed: 0 }, 'waiting', /from 0 to 1000000000/, /the number 10000000000/],
  ['status', { waiting: 0, failed: 0, oldestAge: 'x' }, 'oldestAge', /must be a whole number/, /the string “x”/],
  ['status', { waiting: 0, failed: 0, lastSuccess: 'x' }, 'lastSuccess', /is not a time/, /the string “x”/],
  ['status', { waiting: 0, failed: 0, lastSuccess: 3 }, 'lastSuccess', /must be a string/, /the number 3/],
];

for (const [route, body, member, expected, found] of ROWS) {
  test(`${route} ${JSON.stringify(body).slice(0, 80)}`, async () => {
    const [method, path] = ROUTES[route];
    const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
    const response = await worker.fetch(path, { method, headers, body: JSON.stringify(body) });
    const problem = (await response.json()) as { title: string; detail: string; parameter?: string };
    assert.equal(response.status, 400, JSON.stringify(problem));
    assert.equal(problem.parameter ?? '', member, problem.detail);
    assert.match(problem.detail, expected);
    assert.match(problem.detail, found);
    assert.doesNotMatch(problem.detail, /Invalid input|undefined/);
    assert.ok(problem.detail.startsWith(member === '' ? 'The body ' : `“${member}” `), problem.detail);
  });
}

test('a member of any length is named in a bounded text', async () => {
  const headers = { 'content-type': 'application/json' };
  const body = JSON.stringify({ ...sender, [`${'x'.repeat(5000)}"><script>`]: 1 });
  const response = await worker.fetch('/v1/preflight', { method: 'POST', headers, body });
  const text = await response.text();
  assert.equal(response.status, 400);
  assert.ok(text.length < 1000, String(text.length));
});
