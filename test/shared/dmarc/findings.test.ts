// From DMARC set-ups to findings, and the record that each says to publish.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { correctedRecord } from '../../../shared/dmarc/correct.ts';
import { evaluateDmarc } from '../../../shared/dmarc/evaluate.ts';
import { inspectDmarc } from '../../../shared/dmarc/inspect.ts';
import { parseDmarc } from '../../../shared/dmarc/parse.ts';
import { registrableDomain } from '../../../shared/dmarc/public-suffix.ts';
import { type Finding, textOf } from '../../../shared/findings/catalog.ts';
import { dmarcFindings, dmarcMessageFindings } from '../../../shared/findings/dmarc.rules.ts';
import { deductions } from '../../../shared/findings/score.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const at = (...texts: string[]): Zone => ({ '_dmarc.shop.example': { TXT: texts } });
const found = async (zone: Zone, domain = 'shop.example') =>
  dmarcFindings(await inspectDmarc(domain, zoneResolver(zone)));
const cost = (findings: Finding[]) => deductions(findings).reduce((sum, one) => sum + one, 0);

describe('findings of a domain', () => {
  const cases: [name: string, zone: Zone, ids: string[], points: number, domain?: string][] = [
    ['all well', at('v=DMARC1; p=quarantine; rua=mailto:a@shop.example'), ['dmarc.policy'], 0],
    ['reject earns nothing more', at('v=DMARC1; p=reject; rua=mailto:a@shop.example'), ['dmarc.policy'], 0],
    ['only watching', at('v=DMARC1; p=none; rua=mailto:a@shop.example'), ['dmarc.policy', 'dmarc.monitoring'], 0],
    ['nothing', {}, ['dmarc.none'], 1.5],
    ['nothing for a subdomain', {}, ['dmarc.none'], 1.5, 'www.shop.example'],
    ['inherited', at('v=DMARC1; p=reject; rua=mailto:a@shop.example'), ['dmarc.policy'], 0, 'www.shop.example'],
    ['several', at('v=DMARC1; p=none', 'v=DMARC1; p=reject'), ['dmarc.several'], 1.5],
    ['small letters', at('v=dmarc1; p=none'), ['dmarc.unusable'], 1.5],
    ['quotation marks', at('"v=DMARC1; p=none"'), ['dmarc.unusable'], 1.5],
    ['a tag twice', at('v=DMARC1; p=none; p=reject'), ['dmarc.unusable'], 1.5],
    ['no policy and no reports', at('v=DMARC1'), ['dmarc.no-effect'], 1.5],
    ['a wrong policy with reports', at('v=DMARC1; p=block; rua=mailto:a@shop.example'), ['dmarc.read-as-none'], 0],
    ['at the domain itself', { 'shop.example': { TXT: ['v=DMARC1; p=none'] } }, ['dmarc.misplaced'], 1.5],
    ['no reports', at('v=DMARC1; p=reject'), ['dmarc.policy', 'dmarc.rua-none'], 0.1],
    [
      'a report address without mailto',
      at('v=DMARC1; p=reject; rua=a@shop.example'),
      ['dmarc.policy', 'dmarc.rua-invalid'],
      0.1,
    ],
    [
      'reports elsewhere',
      at('v=DMARC1; p=reject; rua=mailto:a@reports.test'),
      ['dmarc.policy', 'dmarc.rua-refused'],
      0.25,
    ],
    [
      'removed and odd parts',
      at('v=DMARC1; P=reject; pct=50; x=1; adkim=q; rua=mailto:a@shop.example!10m'),
      ['dmarc.policy', 'dmarc.removed-tags', 'dmarc.untidy'],
      0,
    ],
    ['on trial', at('v=DMARC1; p=reject; t=y; rua=mailto:a@shop.example'), ['dmarc.policy', 'dmarc.testing'], 0],
    [
      'subdomains open',
      at('v=DMARC1; p=reject; sp=none; rua=mailto:a@shop.example'),
      ['dmarc.policy', 'dmarc.subdomains-open'],
      0,
    ],
    [
      'a discarded record above which another applies',
      {
        ...at('v=DMARC1; p=reject; rua=mailto:a@shop.example'),
        '_dmarc.www.shop.example': { TXT: ['v=DMARC1 p=none'] },
      },
      ['dmarc.ignored-record', 'dmarc.policy'],
      0.25,
      'www.shop.example',
    ],
    ['only the suffix has one', { '_dmarc.example': { TXT: ['v=DMARC1; p=reject; psd=y'] } }, ['dmarc.suffix-only'], 0],
    ['no answer', { '_dmarc.shop.example': { fail: 'servfail' } }, ['dmarc.unknown'], 0],
    [
      'no answer about a destination',
      { ...at('v=DMARC1; p=reject; rua=mailto:a@r.test'), 'shop.example._report._dmarc.r.test': { fail: 'timeout' } },
      ['dmarc.policy', 'dmarc.unknown'],
      0,
    ],
    [
      'the list draws another border',
      { '_dmarc.www.shop.example': { TXT: ['v=DMARC1; p=reject; rua=mailto:a@www.shop.example'] } },
      ['dmarc.policy', 'dmarc.suffix-list'],
      0,
      'www.shop.example',
    ],
  ];
  for (const [name, zone, ids, points, domain] of cases) {
    test(name, async () => {
      const findings = await found(zone, domain);
      assert.deepEqual(
        findings.map(({ id }) => id),
        ids,
      );
      assert.equal(cost(findings), points);
      for (const one of findings) {
        const [english, russian] = [textOf(one, 'en'), textOf(one, 'ru')];
        assert.match(russian.title, /[а-я]/);
        assert.deepEqual(english.record, russian.record);
        assert.ok(!/undefined|\[object/.test(JSON.stringify([english, russian])), JSON.stringify(english));
        // What is proposed is itself without fault.
        if (english.record?.value.startsWith('v=DMARC1;')) {
          const record = parseDmarc(english.record.value);
          assert.equal(record.valid, true);
          assert.deepEqual(record.problems, [], english.record.value);
        }
      }
    });
  }
  test('a domain without a record is told the exact one, at its registered name', async () => {
    const [first] = await found({}, 'www.shop.example');
    assert.deepEqual(textOf(first!, 'en').record, {
      name: '_dmarc.shop.example',
      type: 'TXT',
      value: 'v=DMARC1; p=none; rua=mailto:dmarc@shop.example',
    });
  });
  test('a destination is told what to publish', async () => {
    const findings = await found(at('v=DMARC1; p=reject; rua=mailto:a@reports.test; ruf=mailto:b@reports.test'));
    const refused = findings.filter(({ id }) => id === 'dmarc.rua-refused');
    assert.equal(refused.length, 1);
    assert.deepEqual(textOf(refused[0]!, 'ru').record, {
      name: 'shop.example._report._dmarc.reports.test',
      type: 'TXT',
      value: 'v=DMARC1',
    });
  });
});

describe('the corrected record', () => {
  const cases: [text: string, corrected: string][] = [
    ['v=dmarc1; p=reject', 'v=DMARC1; p=reject'],
    ['"v=DMARC1; p=reject"', 'v=DMARC1; p=reject'],
    ['v=DMARC1 p=quarantine rua=mailto:a@shop.example', 'v=DMARC1; p=quarantine; rua=mailto:a@shop.example'],
    ['p=reject; v=DMARC1', 'v=DMARC1; p=reject'],
    ['v=DMARC1; p=none; p=reject', 'v=DMARC1; p=none'],
    ['v=DMARC1; p=reject; pct=100; rf=afrf; ri=86400', 'v=DMARC1; p=reject'],
    ['v=DMARC1; p=reject; pct=0', 'v=DMARC1; p=reject; t=y'],
    [
      'v=DMARC1; p=reject; rua=a@shop.example, mailto: b@shop.example!5m',
      'v=DMARC1; p=reject; rua=mailto:a@shop.example,mailto:b@shop.example',
    ],
    [
      'v=DMARC1; p=reject; sp=none; np=reject; adkim=s; aspf=s; psd=n',
      'v=DMARC1; p=reject; sp=none; np=reject; psd=n; adkim=s; aspf=s',
    ],
    ['v=DMARC1; p=reject; ruf=mailto:f@shop.example; fo=1', 'v=DMARC1; p=reject; ruf=mailto:f@shop.example; fo=1'],
  ];
  for (const [text, corrected] of cases) {
    test(text, () => assert.equal(correctedRecord(parseDmarc(text), 'shop.example'), corrected));
  }
  test('whatever stood there, what is proposed is valid', () => {
    const word = fc.constantFrom(
      'v',
      'p',
      'sp',
      '=',
      ';',
      ' ',
      ',',
      'DMARC1',
      'none',
      'reject',
      'rua',
      'mailto:a@b.test',
      'a@b.test',
      '!1k',
      '"',
      'ü',
      '\0',
    );
    fc.assert(
      fc.property(fc.array(word, { maxLength: 25 }), (words) => {
        const corrected = parseDmarc(
          correctedRecord(parseDmarc(words.join('')), 'shop.example', { withReports: true }),
        );
        assert.equal(corrected.valid, true);
        assert.deepEqual(corrected.problems, [], corrected.text);
      }),
      { numRuns: 2000, seed: 9989 },
    );
  });
});

describe('findings of a message', () => {
  const record = at('v=DMARC1; p=reject');
  const alone: Zone = { '_dmarc.mail.shop.example': { TXT: ['v=DMARC1; p=reject'] } };
  const cases: [name: string, zone: Zone, headerFrom: string, dkim: string, ids: string[]][] = [
    ['passes', record, 'shop.example', 'shop.example', ['dmarc.message-pass']],
    ['fails', record, 'shop.example', 'esp.test', ['dmarc.message-fail']],
    ['no policy', {}, 'shop.example', 'shop.example', []],
    ['no answer', { '_dmarc.shop.example': { fail: 'timeout' } }, 'shop.example', 'shop.example', ['dmarc.unknown']],
    [
      'passes by the suffix list alone',
      alone,
      'mail.shop.example',
      'shop.example',
      ['dmarc.message-fail', 'dmarc.message-suffix-list'],
    ],
  ];
  for (const [name, zone, headerFrom, domain, ids] of cases) {
    test(name, async () => {
      const input = { headerFrom, dkim: [{ domain, result: 'pass' }] };
      const findings = dmarcMessageFindings(await evaluateDmarc(input, zoneResolver(zone), { registrableDomain }));
      assert.deepEqual(
        findings.map(({ id }) => id),
        ids,
      );
      for (const one of findings) assert.match(textOf(one, 'ru').title, /[а-я]/);
    });
  }
});
