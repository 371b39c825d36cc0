// The mail about a week: what is worth a word, said once; sent by the same queue as alerts, and only where there is something to say.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Source } from '../../shared/reports/sources.ts';
import { type DigestFacts, digestOf, type Said } from '../../worker/monitor/digest.ts';
import { digestLines } from '../../worker/monitor/digest.words.ts';
import type { BounceSum } from '../../worker/reports/bounces.ts';
import { WEEK } from '../../worker/reports/day.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const DAY = 86_400_000;
const NOW = 20_000 * DAY + 3_600_000;
const START = 20_000 * DAY - WEEK;
const source = (given: Partial<Source>): Source => ({
  ...{ name: 'SendGrid', provider: 'sendgrid', class: 'yours-unaligned', messages: 9, aligned: 0, spfFailed: 0 },
  ...{ quarantined: 0, rejected: 0, firstDay: START + DAY, lastDay: START + DAY, addresses: [] },
  ...{ dkimDomains: [], spfDomains: [], comments: [] },
  ...given,
});
const day = (at: number, messages: number, aligned = messages) => ({ day: START + at * DAY, messages, aligned });
const bounced = (given: Partial<BounceSum>): BounceSum => ({
  ...{ day: START, action: 'failed', reason: 'mailbox-full', cause: 'full', status: '5.2.2', provider: '' },
  ...{ messages: 5, last_at: START, example: '' },
  ...given,
});
const quiet: DigestFacts = {
  score: { now: 10, before: 10 },
  sources: [],
  days: [day(-3, 100), day(2, 100)],
  bounces: [],
  newAddresses: 0,
  step: null,
};
const stranger = source({ name: '198.51.100.9', provider: null, class: 'stranger', messages: 60 });
const step = { policy: 'none', next: 'quarantine' } as const;

const CASES: [name: string, facts: Partial<DigestFacts>, said: Said, kinds: string[]][] = [
  ['nothing changed', {}, {}, []],
  ['the score fell', { score: { now: 9.5, before: 10 } }, {}, ['score']],
  ['the score moved a little', { score: { now: 9.7, before: 10 } }, {}, []],
  ['no check a week ago', { score: { now: 9, before: null } }, {}, []],
  ['a new service', { sources: [source({})] }, {}, ['source']],
  ['a service that was named before', { sources: [source({})] }, { sources: ['SendGrid'] }, []],
  ['an old service', { sources: [source({ firstDay: START - DAY })] }, {}, []],
  ['a service that is aligned', { sources: [source({ class: 'yours-aligned', aligned: 9 })] }, {}, []],
  ['a stranger with much mail', { sources: [stranger] }, {}, ['source']],
  ['a stranger with little', { sources: [{ ...stranger, messages: 19 }] }, {}, []],
  ['the first reports', { days: [day(1, 100, 0)], sources: [source({})] }, {}, []],
  ['fewer messages aligned', { days: [day(-3, 100), day(2, 100, 90)] }, {}, ['aligned']],
  ['reports stopped', { days: [day(-3, 100)] }, {}, ['silent']],
  ['many bounces', { bounces: [bounced({})] }, {}, ['bounces']],
  ['as many as the week before', { bounces: [bounced({}), bounced({ day: START - DAY })] }, {}, []],
  ['a few bounces', { bounces: [bounced({ messages: 4 })] }, {}, []],
  ['a complaint', { bounces: [bounced({ action: 'complained', reason: 'abuse', messages: 1 })] }, {}, ['complaints']],
  ['not spam', { bounces: [bounced({ action: 'complained', reason: 'not-spam', messages: 1 })] }, {}, []],
  ['addresses that do not exist', { newAddresses: 3 }, {}, ['addresses']],
  ['a stricter policy is safe', { step }, {}, ['step']],
  ['which was said before', { step }, { next: 'quarantine' }, []],
  ['and now the next one', { step: { policy: 'quarantine', next: 'reject' } }, { next: 'quarantine' }, ['step']],
];

describe('the week', () => {
  for (const [name, facts, said, kinds] of CASES) {
    test(name, () => {
      const { digest } = digestOf({ ...quiet, ...facts }, said, NOW);
      assert.deepEqual(
        digest.items.map(({ kind }) => kind),
        kinds,
      );
      for (const language of ['en', 'ru'] as const) {
        const text = digestLines(digest, 'shop.example', language).join('\n');
        assert.doesNotMatch(text, /undefined|NaN|null|\[object/);
      }
    });
  }

  test('what is said is not said again', () => {
    const facts = { ...quiet, sources: [source({})], step };
    const first = digestOf(facts, {}, NOW);
    assert.deepEqual(first.said, { sources: ['SendGrid'], next: 'quarantine' });
    assert.deepEqual(digestOf(facts, first.said, NOW).digest.items, []);
  });
});

describe('in workerd', () => {
  const TOKEN = 'a-token-of-more-than-twenty-characters';
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
    const vars = { DOH_URL: doh.url, API_TOKENS: TOKEN, MAIL_FROM: 'alerts@shop.example' };
    worker = await startWorker(vars, { database: true, sendsTo: ['owner@shop.example'] });
  });
  after(async () => {
    await worker.stop();
    await doh.stop();
  });
  const put = async (domain: string, body: object) => {
    const response = await worker.fetch(`/v1/watch/${domain}`, { method: 'PUT', headers, body: JSON.stringify(body) });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  };
  const sent = async () => {
    const response = await fetch(`${worker.url}/cdn-cgi/local/explorer/api/local/email/sending`);
    return ((await response.json()) as { result: { subject: string }[] }).result.map(({ subject }) => subject);
  };
  const run = (at: number) => worker.scheduled(new Date(at));

  test('each week where it is asked for, else where there is something to say, in the language of the watch', async () => {
    const mail = 'owner@shop.example';
    assert.equal((await put('shop.example', { mail, digest: 'always', language: 'ru' })).json.digest, 'always');
    assert.equal((await put('quiet.example', { mail })).json.digest, 'changes');
    assert.equal((await put('off.example', { mail, digest: 'off' })).json.digest, 'off');
    assert.equal((await put('hook.example', {})).status, 201);
    assert.equal((await put('shop.example', { digest: 'monthly' })).status, 400);
    const due = await worker.sql('SELECT domain FROM digests ORDER BY domain');
    assert.deepEqual(due, [{ domain: 'quiet.example' }, { domain: 'shop.example' }]);
    const start = Date.now();
    const weeks = async (from: number) => {
      for (let at = 0; at < 6; at++) await run(from + at * 300_000);
    };
    await weeks(start + WEEK + 60_000);
    assert.deepEqual(await sent(), ['shop.example: почта за неделю']);
    // A complaint is something to say.
    const today = Math.floor((start + WEEK) / DAY) * DAY;
    await worker.sql(
      `INSERT INTO bounce_days VALUES ('quiet.example', ${today}, 'complained', 'abuse', '', '', '', 2, ${today}, '')`,
    );
    await weeks(start + 2 * WEEK + 3_600_000);
    assert.deepEqual((await sent()).sort(), [
      'quiet.example: the week’s mail',
      'shop.example: почта за неделю',
      'shop.example: почта за неделю',
    ]);
    // Switched off, it does not come; nor for a domain that is forgotten.
    assert.equal((await put('shop.example', { mail, digest: 'off' })).status, 200);
    assert.equal((await worker.fetch('/v1/watch/quiet.example', { method: 'DELETE', headers })).status, 204);
    assert.deepEqual(await worker.sql('SELECT * FROM digests'), []);
  });
});
