// What counts as a change, where a score is going, whether mail is flowing: the pure rules behind watching.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { unstable_readConfig } from 'wrangler';
import { type Finding, finding } from '../../shared/findings/catalog.ts';
import { type Baseline, type Change, compare } from '../../worker/monitor/change.ts';
import type { EventBody } from '../../worker/monitor/event.ts';
import { type Flow, flowVerdict } from '../../worker/monitor/flow.ts';
import { mailText } from '../../worker/monitor/notification.ts';
import { trendOf } from '../../worker/monitor/trend.ts';
import { temporaryFolder } from '../support/folder.ts';

const noPtr = (ip: string) =>
  finding('ptr.none', { ip, reverseName: `${ip}.in-addr.arpa`, wanted: '', publish: false });
const confirmed = finding('ptr.confirmed', { ip: '203.0.113.1', name: 'mail.shop.example' });

interface Check {
  value: number;
  coverage?: number;
  findings?: Finding[];
}
/** What is told over the checks, one word each. */
function told(...checks: Check[]): (string | null)[] {
  let baseline: Baseline | null = null;
  return checks.map(({ value, coverage = 1, findings = [] }) => {
    const compared: { baseline: Baseline | null; change: Change | null } = compare(baseline, {
      score: { value, low: value, coverage, refused: false },
      findings,
    });
    baseline = compared.baseline;
    const { change } = compared;
    return change === null ? null : `${change.kind} ${change.appeared.map(({ id }) => id).join()}`.trim();
  });
}
const good: Check = { value: 10, findings: [confirmed] };
const bad: Check = { value: 5, findings: [noPtr('203.0.113.1')] };

test('the baseline is not a change, a problem is reported once, fixed once, and again when it returns', () => {
  assert.deepEqual(told(bad, bad), [null, null]);
  assert.deepEqual(told(good, bad, bad, good, good, bad), [
    null,
    'worse ptr.none',
    null,
    'better',
    null,
    'worse ptr.none',
  ]);
});

test('a problem of the baseline that is fixed is not reported: the problem was not, either', () => {
  assert.deepEqual(told(bad, good), [null, null]);
});

test('a second address with the same problem is a second problem', () => {
  const both: Check = { value: 5, findings: [noPtr('203.0.113.1'), noPtr('203.0.113.2')] };
  assert.deepEqual(told(good, bad, both, bad, good), [null, 'worse ptr.none', 'worse ptr.none', null, 'better']);
});

test('a score that falls without a new problem is reported, a tenth is not', () => {
  assert.deepEqual(told({ value: 9 }, { value: 8.5 }, { value: 8.5 }, { value: 8.4 }), [null, 'worse', null, null]);
});

test('a low coverage fixes nothing and is no baseline, but its findings count', () => {
  const dark: Check = { value: 10, coverage: 0.2 };
  assert.deepEqual(told(dark, good, bad, dark, bad), [null, null, 'worse ptr.none', null, null]);
  assert.deepEqual(told(good, { ...bad, coverage: 0.3 }, bad), [null, 'worse ptr.none', null]);
  // A part that can never be checked, such as a key that nobody named, is no reason to stay silent.
  assert.deepEqual(told({ value: 10, coverage: 0.6 }, { ...bad, coverage: 0.6 }, { value: 10, coverage: 0.6 }), [
    null,
    'worse ptr.none',
    'better',
  ]);
});

test('the trend is that of the checks that cover enough, in whatever order they come', () => {
  const point = (day: number, score: number, coverage = 1) => ({
    checkedAt: `2026-11-0${day}T00:00:00.000Z`,
    score,
    coverage,
  });
  assert.equal(trendOf([]), null);
  assert.equal(trendOf([point(1, 8), point(2, 10, 0.1)]), null);
  assert.deepEqual(trendOf([point(3, 9.5), point(1, 6), point(2, 10, 0.2)]), {
    direction: 'up',
    change: 3.5,
    since: '2026-11-01T00:00:00.000Z',
    lowest: 6,
    highest: 9.5,
  });
  assert.equal(trendOf([point(1, 9), point(2, 4), point(3, 9.1)])!.direction, 'steady');
  assert.equal(trendOf([point(1, 9), point(2, 8)])!.direction, 'down');
});

test('mail is flowing, stuck, or the server is silent', () => {
  const now = Date.UTC(2026, 10, 24);
  const hour = 3_600_000;
  const flow = { reportedAt: now, waiting: 0, failed: 0, oldestAge: null, lastSuccess: now - hour, lastFailure: null };
  const cases: [Partial<Flow>, string][] = [
    [{}, 'flowing'],
    [{ lastSuccess: null }, 'flowing'],
    [{ waiting: 2, oldestAge: 300 }, 'flowing'],
    [{ waiting: 2, oldestAge: 3601 }, 'stuck'],
    [{ lastFailure: now }, 'stuck'],
    [{ lastFailure: now - 2 * hour }, 'flowing'],
    [{ reportedAt: now - 27 * hour, waiting: 9, oldestAge: 9999 }, 'silent'],
  ];
  for (const [change, verdict] of cases)
    assert.equal(flowVerdict({ ...flow, ...change }, now), verdict, JSON.stringify(change));
});

test('a mail of every kind, in both languages, is ASCII with lines that every relay accepts', () => {
  const types = ['mail.worse', 'mail.better', 'mail.stuck', 'mail.silent', 'mail.flowing', 'mail.test'] as const;
  for (const type of types) {
    for (const language of ['en', 'ru'] as const) {
      const event: EventBody = {
        type,
        timestamp: '2026-11-24T10:00:00.000Z',
        data: {
          domain: 'shop.example',
          scoreBefore: 9,
          score: 5,
          coverage: 1,
          appeared: [
            {
              id: 'ptr.none',
              severity: 'error',
              points: 2,
              title: 'Нет имени',
              detail: '.',
              fix: 'Publish it',
              record: { name: '25.113.0.203.in-addr.arpa', type: 'PTR', value: 'mail.shop.example.' },
            },
          ],
          gone: [],
          queue: { waiting: 7, failed: 1, oldestAge: 4000 },
          report: 'https://check.example/report/shop.example?lang=en',
        },
      };
      const date = new Date('2026-11-24T10:00:00.000Z');
      const text = mailText({
        id: 'msg_1',
        from: 'alerts@shop.example',
        to: 'owner@shop.example',
        date,
        language,
        event,
      });
      assert.match(text, /^[\x20-\x7e\r\n]*$/);
      assert.ok(text.endsWith('\r\n') && !/[^\r]\n|\r[^\n]/.test(text));
      const [head, body] = text.split('\r\n\r\n') as [string, string];
      assert.ok(body.split('\r\n').every((line) => line.length <= 76 && !line.startsWith('.')));
      assert.match(head, /^Date: Tue, 24 Nov 2026 10:00:00 \+0000$/m);
      assert.match(head, /^Subject: \S/m);
      const read = Buffer.from(body, 'base64').toString('utf8');
      for (const part of [
        'shop.example',
        '67',
        '25.113.0.203.in-addr.arpa. PTR mail.shop.example.',
        'https://check.example/report/',
      ]) {
        assert.ok(read.includes(part), `${type} ${language}: ${part}`);
      }
      assert.equal(/[а-я]{5}/.test(read.replace('Нет имени', '')), language === 'ru');
    }
  }
});

test('the optional parts of wrangler.toml are right once their "#" is gone', () => {
  const folder = temporaryFolder();
  const text = readFileSync(new URL('../../wrangler.toml', import.meta.url), 'utf8');
  const marker = 'What follows is optional';
  const [settings, optional] = [text.slice(0, text.indexOf(marker)), text.slice(text.indexOf(marker))];
  // In the settings, prose and names; in the rest, lines that begin as TOML does.
  const uncommented = `${settings.replace(/^# ([A-Z_]+ = )/gm, '$1')}# ${optional.replace(/^# (\[|[a-z_]+ = )/gm, '$1')}`;
  const config: {
    d1_databases: { binding: string }[];
    send_email: { name: string }[];
    ratelimits: { name: string; simple: { period: number } }[];
    triggers: { crons?: string[] | undefined };
    vars: Record<string, unknown>;
  } = unstable_readConfig({ config: folder.write('wrangler.toml', uncommented.replace(/^main = .*/m, '')) });
  folder.remove();
  assert.deepEqual(
    config.d1_databases.map(({ binding }) => binding),
    ['DB'],
  );
  assert.deepEqual(
    config.ratelimits.map(({ name, simple }) => [name, simple.period]),
    [['RATE_LIMITER', 60]],
  );
  assert.deepEqual(
    config.send_email.map(({ name }) => name),
    ['SEND_EMAIL'],
  );
  assert.deepEqual(config.triggers.crons, ['*/5 * * * *']);
  for (const name of ['ALLOWED_DOMAINS', 'WATCH_INTERVAL_MINUTES', 'CHECKS_PER_RUN', 'RELAYS', 'CONNECT_TO']) {
    assert.equal(typeof config.vars[name], 'string', name);
  }
});
