// Whether a DMARC policy may be raised: too little data is never enough, and no source of the owner's loses mail unseen.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseDmarc } from '../../../shared/dmarc/parse.ts';
import { nextPolicy, raisedRecord } from '../../../shared/dmarc/raise.ts';
import { type StepInput, stepOf } from '../../../shared/reports/next-step.ts';
import type { Source } from '../../../shared/reports/sources.ts';

const DAY = 86_400_000;
const NOW = 20_000 * DAY;
const source = (given: Partial<Source>): Source => ({
  spfFailed: 0,
  ...{ name: 'shop.example', provider: null, class: 'yours-aligned', messages: 1000, aligned: 1000 },
  ...{
    quarantined: 0,
    rejected: 0,
    firstDay: 0,
    lastDay: NOW,
    addresses: [],
    dkimDomains: [],
    spfDomains: [],
    comments: [],
  },
  ...given,
});
const days = (count: number, newest = NOW) => Array.from({ length: count }, (_, at) => ({ day: newest - at * DAY }));
const base: StepInput = {
  sources: [source({})],
  days: days(28),
  reporters: 5,
  weakerUntil: null,
  policy: 'none',
  next: 'quarantine',
  now: NOW,
};
const service = source({ name: 'SendGrid', class: 'yours-unaligned', messages: 8, aligned: 0 });
const forger = source({ name: '198.51.100.9', class: 'stranger', messages: 90_000, aligned: 0 });
const list = source({ name: 'lists.example', class: 'forwarder', messages: 40, aligned: 10 });

const CASES: [name: string, input: Partial<StepInput>, verdict: string, reasons: string[]][] = [
  ['four weeks of aligned mail', {}, 'ready', []],
  ['a forger changes nothing', { sources: [source({}), forger] }, 'ready', []],
  ['a forwarder changes nothing', { sources: [source({}), list] }, 'ready', []],
  [
    'no reports at all',
    { days: [], sources: [], reporters: 0 },
    'not-yet',
    ['few-days', 'few-messages', 'few-reporters'],
  ],
  ['a week', { days: days(7) }, 'not-yet', ['few-days']],
  ['a few messages', { sources: [source({ messages: 99, aligned: 99 })] }, 'not-yet', ['few-messages']],
  ['one reporter', { reporters: 1 }, 'not-yet', ['few-reporters']],
  ['reports that stopped', { days: days(20, NOW - 6 * DAY) }, 'not-yet', ['silent']],
  ['a forgotten service', { sources: [source({}), service] }, 'not-yet', ['source-fails']],
  ['own mail that fails', { sources: [source({ aligned: 980 })] }, 'not-yet', ['own-mail-fails']],
  ['own mail that fails now and then', { sources: [source({ aligned: 995 })] }, 'ready', []],
  ['no record', { policy: null, next: null }, 'not-yet', ['no-record']],
  [
    'quarantine since yesterday',
    { policy: 'quarantine', next: 'reject', weakerUntil: NOW - DAY },
    'not-yet',
    ['policy-new'],
  ],
  ['quarantine since three weeks', { policy: 'quarantine', next: 'reject', weakerUntil: NOW - 21 * DAY }, 'ready', []],
  ['quarantine as long as is known', { policy: 'quarantine', next: 'reject' }, 'ready', []],
  ['reject', { policy: 'reject', next: null, days: [] }, 'done', []],
  ['reject for a part of the mail', { policy: 'reject', next: 'reject', days: days(3) }, 'not-yet', ['few-days']],
];

describe('the next step', () => {
  for (const [name, given, verdict, reasons] of CASES) {
    test(name, () => {
      const step = stepOf({ ...base, ...given });
      assert.deepEqual([step.verdict, step.reasons], [verdict, reasons]);
    });
  }

  test('who would lose mail: the owner’s sources and forwarders; strangers beside them', () => {
    const step = stepOf({ ...base, sources: [source({ aligned: 997 }), service, forger, list] });
    assert.deepEqual(
      step.losing.map(({ name, messages }) => [name, messages]),
      [
        ['lists.example', 30],
        ['SendGrid', 8],
        ['shop.example', 3],
      ],
    );
    assert.deepEqual(
      step.strangers.map(({ name, messages }) => [name, messages]),
      [['198.51.100.9', 90_000]],
    );
    assert.deepEqual(step.data, { days: 28, messages: 91_048, ownMessages: 1008, ownFailing: 11, reporters: 5 });
  });
});

describe('the record of the next step', () => {
  const rows: [before: string, next: string | null, after: string][] = [
    ['v=DMARC1; p=none; rua=mailto:a@b.example', 'quarantine', 'v=DMARC1; p=quarantine; rua=mailto:a@b.example'],
    ['v=DMARC1;p=quarantine;sp=none', 'reject', 'v=DMARC1; p=reject; sp=none'],
    ['v=DMARC1; p=quarantine; pct=20', 'quarantine', 'v=DMARC1; p=quarantine'],
    ['v=DMARC1; p=reject; t=y; adkim=s', 'reject', 'v=DMARC1; p=reject; adkim=s'],
    ['v=DMARC1; P=NONE;', 'quarantine', 'v=DMARC1; p=quarantine'],
    ['v=DMARC1; rua=mailto:a@b.example', 'quarantine', 'v=DMARC1; p=quarantine; rua=mailto:a@b.example'],
    ['v=DMARC1; p=reject', null, ''],
    ['v=DMARC1; p=none; p=reject', 'quarantine', ''],
  ];
  for (const [before, next, after] of rows) {
    test(before, () => {
      const record = parseDmarc(before);
      if (record.valid) assert.equal(nextPolicy(record), next);
      if (next !== null) assert.equal(raisedRecord(before, next as 'reject'), after);
    });
  }
});
