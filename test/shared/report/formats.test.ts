// The report as text, Markdown, JUnit XML and SARIF: other programs can read it, whatever DNS contains.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import Ajv from 'ajv-draft-04';
import addFormats from 'ajv-formats';
import fc from 'fast-check';
import { checkAddress } from '../../../shared/check/address.ts';
import { checkDomain } from '../../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../../shared/check/section.ts';
import type { CheckContext, Report } from '../../../shared/check/types.ts';
import { type Finding, finding } from '../../../shared/findings/catalog.ts';
import { reportJunit } from '../../../shared/report/junit.ts';
import { reportMarkdown } from '../../../shared/report/markdown.ts';
import { printable } from '../../../shared/report/printable.ts';
import { renderedFindings } from '../../../shared/report/rendered.ts';
import { reportSarif } from '../../../shared/report/sarif.ts';
import { recordLine, reportText } from '../../../shared/report/text.ts';
import { words } from '../../../shared/report/words.ts';
import { temporaryFolder } from '../../support/folder.ts';
import { ordinary, RELAY } from '../../support/ordinary.ts';
import { needs } from '../../support/peers.ts';
import { type Zone, zoneResolver } from '../../support/zone.ts';

const HOSTILE = [
  '"><script>alert(1)</script>',
  "]]>'<!--&amp;&lt;",
  '[text](https://evil.example) ![x](https://evil.example/x.png) <https://evil.example>',
  'https://evil.example www.evil.example _a_ **b** ~~c~~ `d` ```e``` | f | $g$',
  '# heading\n- item\n1. item\n> quote\n    code\n---\n\n<b>bold</b>',
  '@everyone \\@everyone &copy; \\',
  '\u001b[31mred\u0007 \u202ecod\u2066 \u0000 \ud800 \ufffe\u0085',
];
const context = (zone: Zone): CheckContext => ({
  resolver: zoneResolver(zone),
  now: new Date('2026-11-24T09:00:00Z'),
  clock: () => 0,
});
const evil: Zone = {
  'evil.example': { A: ['203.0.113.80'], TXT: ['v=spf1 "><script>alert(1)</script> -all', 'x=<b>&'] },
  '_dmarc.evil.example': { TXT: ['v=DMARC1; p=[x](https://evil.example); rua=mailto:<img>@x.example'] },
  'down.example': { fail: 'servfail' },
};
/** A report with the findings of an ordinary shop, and texts of strangers in two more. */
async function reports(): Promise<Report[]> {
  const check = (domain: string, zone: Zone) =>
    checkDomain({ domain, ips: [RELAY], parts: DOMAIN_PARTS }, context(zone));
  const shop = await check('shop.example', ordinary);
  return [
    shop,
    await check('evil.example', evil),
    await check('down.example', evil),
    await checkAddress({ ip: '2001:db8::25' }, context(ordinary)),
    withFindings(shop, [...HOSTILE.map(strange), ...HOSTILE.map(strangeError)]),
  ];
}
const strange = (text: string): Finding => finding('dmarc.unknown', { name: text, detail: text });
const strangeError = (text: string): Finding => finding('check.no-such-domain', { domain: text });
const withFindings = (report: Report, findings: Finding[]): Report => ({ ...report, findings });
/** But the line feed; with the marks that turn the direction of a line. */
const CONTROLS = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/;
const LANGUAGES = ['en', 'ru'] as const;

test('text for a terminal has no control characters but line feeds', async () => {
  for (const report of await reports()) {
    for (const language of LANGUAGES) {
      assert.doesNotMatch(reportText(report, language), CONTROLS);
    }
  }
});

test('a report has what is wrong and takes off no points', async () => {
  const [shop] = await reports();
  const args = {
    domain: 'shop.example',
    at: 'shop.example',
    text: '10 mail',
    type: 'MX',
    value: '10 mail.shop.example',
  };
  const report = withFindings(shop!, [finding('mx.in-txt', args)]);
  assert.ok(reportText(report, 'en').includes(`${words.en.allGood}\n\n${words.en.wrong}\n\n  -     A mail server`));
  assert.ok(reportMarkdown(report, 'ru').includes(`### ${words.ru.wrong}\n\n- **`));
  assert.match(reportJunit(report, 'en'), /<failure message="A mail server is published as TXT" type="warning">/);
});

test('a record is a line of a zone file', () => {
  const line = (value: string, type = 'TXT') => recordLine({ name: 'shop.example', type, value });
  assert.equal(line('v=spf1 -all'), 'shop.example. TXT "v=spf1 -all"');
  assert.equal(line('a"b\\c'), 'shop.example. TXT "a\\"b\\\\c"');
  assert.equal(line('a\nb\u00e9'), 'shop.example. TXT "a\\010b\\233"');
  assert.equal(line('x'.repeat(256)), `shop.example. TXT "${'x'.repeat(255)}" "x"`);
  assert.equal(line('0 .', 'MX'), 'shop.example. MX 0 .');
});

/** As Jenkins' xUnit plug-in and GitLab read it. */
const JUNIT_GRAMMAR = `<grammar xmlns="http://relaxng.org/ns/structure/1.0" datatypeLibrary="http://www.w3.org/2001/XMLSchema-datatypes">
<start><element name="testsuites"><ref name="name"/><ref name="counts"/><zeroOrMore><element name="testsuite">
  <ref name="name"/><ref name="counts"/><attribute name="skipped"><data type="nonNegativeInteger"/></attribute><attribute name="timestamp"><data type="dateTime"/></attribute>
  <oneOrMore><element name="testcase"><ref name="name"/><attribute name="classname"/>
    <optional><choice>
      <element name="failure"><attribute name="message"/><attribute name="type"><choice><value>error</value><value>warning</value></choice></attribute><text/></element>
      <element name="skipped"><attribute name="message"/></element>
      <element name="system-out"><text/></element>
    </choice></optional>
  </element></oneOrMore>
</element></zeroOrMore></element></start>
<define name="name"><attribute name="name"><data type="string"><param name="minLength">1</param></data></attribute></define>
<define name="counts"><attribute name="tests"><data type="nonNegativeInteger"/></attribute><attribute name="failures"><data type="nonNegativeInteger"/></attribute><attribute name="errors"><value>0</value></attribute></define>
</grammar>`;
const xmllint = needs('xmllint', 'libxml2-utils');

test('JUnit XML is well-formed and has the structure that CI servers read', { skip: xmllint.missing }, async (t) => {
  const folder = temporaryFolder();
  t.after(folder.remove);
  const grammar = folder.write('junit.rng', JUNIT_GRAMMAR);
  for (const report of await reports()) {
    for (const language of LANGUAGES) {
      const xml = reportJunit(report, language);
      const run = spawnSync(xmllint.path, ['--noout', '--nonet', '--relaxng', grammar, '-'], {
        input: xml,
        encoding: 'utf8',
      });
      assert.equal(run.status, 0, `${run.stderr}\n${xml}`);
      const of = (expression: string) => {
        const answer = spawnSync(xmllint.path, ['--nonet', '--xpath', expression, '-'], {
          input: xml,
          encoding: 'utf8',
        });
        assert.equal(answer.status, 0, answer.stderr);
        return answer.stdout.trim();
      };
      const costing = renderedFindings(report, language).filter(({ severity }) => /^(?:error|warning)$/.test(severity));
      assert.equal(of('count(//failure)'), String(costing.length));
      assert.equal(of('string(/testsuites/@failures)'), String(costing.length));
      assert.equal(of('string(/testsuites/@tests)'), of('count(//testcase)'));
    }
  }
});

test('JUnit XML has failures, skipped cases for unknowns, and passing cases', async () => {
  const [shop, evilShop, down] = await reports();
  const xml = reportJunit(shop!, 'en');
  assert.match(xml, /<testsuite name="shop\.example 203\.0\.113\.25 spf" /);
  assert.match(xml, /<testcase classname="mailshim\.mx" name="mx\.hosts: [^"]+">\s*<system-out>/);
  const evilXml = reportJunit(evilShop!, 'en');
  assert.match(
    evilXml,
    /<failure message="[^"]+" type="error">[^<]*&#60;script&#62;[^<]*\nWhat to do: [^<]+<\/failure>/,
  );
  assert.match(reportJunit(down!, 'en'), /<skipped message="/);
});

const cmark = needs('cmark-gfm', 'cmark-gfm');
/** What GitHub makes of it. */
function rendered(markdown: string): string {
  const extensions = ['autolink', 'strikethrough', 'table'].flatMap((name) => ['--extension', name]);
  const run = spawnSync(cmark.path, [...extensions, '--unsafe'], {
    input: markdown,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  assert.equal(run.status, 0, run.stderr);
  return run.stdout;
}
/** Every tag that the writer itself makes; an address of mail becomes a link, which harms nobody. */
const OWN_TAGS = /^<(?:\/?(?:h2|h3|p|ul|li|strong|code|pre)|br \/|a href="mailto:[^"<>]*"|\/a)>$/;
const foreignTags = (html: string) =>
  [...html.matchAll(/<[^>]*>/g)].map(([tag]) => tag).filter((tag) => !OWN_TAGS.test(tag));

const ENTITIES: Record<string, string> = { lt: '<', gt: '>', amp: '&', quot: '"' };
/** Without what nobody sees: how much white space there is, and the word joiner that stops mentions. */
const readable = (text: string) => text.replaceAll('\u2060', '').replace(/\s+/g, ' ').trim();

test('Markdown has no markup, link or mention from foreign text', { skip: cmark.missing }, async () => {
  for (const report of await reports()) {
    for (const language of LANGUAGES) {
      const html = rendered(reportMarkdown(report, language));
      assert.deepEqual(foreignTags(html), [], html);
      assert.doesNotMatch(html.replace(/<pre>[\s\S]*?<\/pre>/g, ''), /(?<![\w.+-])@\w/);
    }
  }
});

test('Markdown shows any text unchanged', { skip: cmark.missing }, async () => {
  const [shop] = await reports();
  const pieces = fc.oneof(
    fc.constantFrom(
      ...HOSTILE,
      '\n',
      ' ',
      '`',
      '*',
      '_',
      '[',
      ']',
      '(',
      ')',
      '<',
      '>',
      '&',
      '\\',
      '://',
      'http',
      'www.',
      '#',
      '-',
      '1.',
      '|',
      '~~',
      '@a',
      '  \n',
    ),
    fc.string({ maxLength: 5, unit: 'grapheme' }),
  );
  const texts = fc.sample(
    fc.array(pieces, { maxLength: 8 }).map((parts) => parts.join('')),
    { seed: 6, numRuns: 400 },
  );
  const html = rendered(reportMarkdown(withFindings(shop!, texts.map(strange)), 'en'));
  assert.deepEqual(foreignTags(html), []);
  assert.equal(html.match(/<li>/g)?.length, texts.length);
  const shown = readable(
    html.replace(/<[^>]*>/g, '').replace(/&(lt|gt|amp|quot);/g, (_, name: string) => ENTITIES[name]!),
  );
  for (const found of renderedFindings(withFindings(shop!, texts.map(strange)), 'en')) {
    assert.ok(shown.includes(readable(printable(found.detail))), JSON.stringify(found.detail));
  }
});

test('a record in Markdown can be copied completely, whatever it contains', { skip: cmark.missing }, async () => {
  const [shop] = await reports();
  const html = rendered(reportMarkdown(shop!, 'en'));
  const line = renderedFindings(shop!, 'en').flatMap(({ record }) =>
    record === undefined ? [] : [recordLine(record)],
  )[0]!;
  assert.ok(html.includes(`<pre><code>${line.replaceAll('"', '&quot;')}\n</code></pre>`), html);
});

interface SarifRuns {
  runs: [
    {
      tool: { driver: { rules: { id: string }[] } };
      results: { ruleId: string; ruleIndex: number; kind: string; level: string; message: { text: string } }[];
    },
  ];
}

test('SARIF is valid against its schema, every result has its rule', async () => {
  const path = createRequire(import.meta.url).resolve('@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json');
  const ajv = new Ajv({ strict: false, unicodeRegExp: false, allErrors: true });
  addFormats.default(ajv as never);
  const validate = ajv.compile<SarifRuns>(JSON.parse(readFileSync(path, 'utf8')));
  for (const report of await reports()) {
    for (const language of LANGUAGES) {
      // What is sent is JSON: undefined members are none.
      const log: unknown = JSON.parse(JSON.stringify(reportSarif(report, language)));
      assert.ok(validate(log), JSON.stringify(validate.errors, null, 1));
      const [run] = log.runs;
      assert.equal(run.results.length, report.findings.length);
      for (const result of run.results) {
        assert.equal(run.tool.driver.rules[result.ruleIndex]?.id, result.ruleId);
        assert.doesNotMatch(result.message.text, CONTROLS);
        assert.ok(result.kind === 'fail' || result.level === 'none', result.ruleId);
      }
    }
  }
});
