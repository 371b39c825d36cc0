// Hostile input to a public address: each is rejected with its reason or read within bounds. Work is counted in steps, not by a clock.
import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { deflateRawSync, gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { zipSync } from 'fflate';
import { MAX_RECORDS } from '../../../shared/reports/aggregate.ts';
import { MAX_REPORT_MAIL_BYTES } from '../../../shared/reports/limits.ts';
import { readReport } from '../../../shared/reports/read.ts';
import type { Reading, RefusalReason } from '../../../shared/reports/types.ts';
import { MAX_UNPACKED_BYTES, newBudget } from '../../../shared/reports/unpack.ts';
import { aggregateXml, attached, record } from './fixtures.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const XML = aggregateXml();
const NAME = 'reporter.example!shop.example!1700000000!1700086399.xml';
const bombed = gzipSync(Buffer.alloc(64 * 1024 * 1024));

/** A local header of a zip that claims a size and holds another. */
function zipClaiming(size: number): Uint8Array {
  const zip = zipSync({ [NAME]: bytesOf(XML) });
  new DataView(zip.buffer, zip.byteOffset).setUint32(22, size, true);
  return zip;
}
function zipWithPassword(): Uint8Array {
  const zip = zipSync({ [NAME]: bytesOf(XML) });
  zip[6]! |= 1;
  return zip;
}

const REFUSED: readonly [string, Uint8Array, RefusalReason][] = [
  ['a gzip bomb', bombed, 'unpacked-too-large'],
  ['a zip bomb', zipSync({ [NAME]: new Uint8Array(64 * 1024 * 1024) }), 'unpacked-too-large'],
  ['a zip that claims four gigabytes', zipClaiming(0xffff_fff0), 'unpacked-too-large'],
  ['a gzip in a zip', zipSync({ [`${NAME}.gz`]: gzipSync(XML) }), 'nested-archive'],
  ['a zip in a gzip', gzipSync(zipSync({ [NAME]: bytesOf(XML) })), 'nested-archive'],
  ['a gzip in a gzip', gzipSync(gzipSync(XML)), 'nested-archive'],
  ['a zip with a password', zipWithPassword(), 'unknown-packing'],
  ['a rar', bytesOf('Rar!\x1a\x07\x00'), 'unknown-packing'],
  ['a gzip that is cut off', gzipSync(XML).subarray(0, 300), 'broken-archive'],
  ['a zip that is cut off', zipSync({ [NAME]: bytesOf(XML) }).subarray(0, 300), 'broken-archive'],
  [
    'a zip of a hundred files',
    zipSync(Object.fromEntries(Array.from({ length: 100 }, (_, at) => [`${at}.xml`, bytesOf(XML)]))),
    'too-many-files',
  ],
  ['a zip of nothing', bytesOf(`PK\x05\x06${'\0'.repeat(18)}`), 'no-report-inside'],
  [
    'entities that grow',
    bytesOf(XML.replace('<feedback>', '<!DOCTYPE feedback [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><feedback>')),
    'xml-declarations',
  ],
  [
    'an entity that reads a file',
    bytesOf(XML.replace('<feedback>', '<!DOCTYPE f [<!ENTITY x SYSTEM "file:///etc/passwd">]><feedback>')),
    'xml-declarations',
  ],
  ['elements without end', bytesOf(`<feedback>${'<a>'.repeat(500_000)}`), 'xml-too-deep'],
  ['XML that is all faults', bytesOf(`<feedback>${'<'.repeat(5_000_000)}`), 'xml-broken'],
  ['a comment that is all faults', bytesOf(`<feedback><!--${'-'.repeat(5_000_000)}`), 'xml-broken'],
  ['attributes without end', bytesOf(`<feedback ${'a="b" '.repeat(1_000_000)}>`), 'xml-broken'],
  ['ampersands without end', bytesOf(`<feedback>${'&'.repeat(5_000_000)}`), 'xml-cut-off'],
  ['XML that is cut off', bytesOf(XML.slice(0, XML.indexOf('<count>'))), 'xml-cut-off'],
  ['other XML', bytesOf('<?xml version="1.0"?><html/>'), 'not-a-report'],
  ['a report of no domain', bytesOf(XML.replace('<domain>shop.example</domain>', '')), 'member-missing'],
  ['a report of no time', bytesOf(XML.replace(/<date_range>[\s\S]*<\/date_range>/, '')), 'member-missing'],
  ['JSON that is none', bytesOf('{"policies": [}'), 'broken-json'],
  ['JSON of something else', bytesOf('{"a": 1}'), 'not-a-report'],
  ['a TLS report of no domain', bytesOf('{"policies": [{}]}'), 'member-missing'],
  ['brackets without end', bytesOf(`{"policies": ${'['.repeat(1_000_000)}`), 'broken-json'],
  ['a mail that is too large', new Uint8Array(MAX_REPORT_MAIL_BYTES + 1), 'mail-too-large'],
  ['a head without end', bytesOf('a: b\r\n'.repeat(200_000)), 'head-too-large'],
];

const reasonOf = (reading: Reading) => (reading.kind === 'refused' ? reading.refusal.reason : reading.kind);

test('rejected, as a file and as an attachment, within bounds', () => {
  for (const [what, bytes, reason] of REFUSED) {
    const budget = newBudget();
    assert.equal(reasonOf(readReport(bytes, { budget })), reason, what);
    assert.ok(budget.bytes >= 0 && budget.steps <= MAX_REPORT_MAIL_BYTES / 4096 + 1, what);
    // The name of the file gives what the XML leaves out.
    if (['mail-too-large', 'head-too-large', 'member-missing'].includes(reason) || bytes.length > 1_000_000) continue;
    // By its name it claims to be a report.
    assert.equal(reasonOf(readReport(attached(bytes, 'a.example!b.example!1700000000!1700000001.gz'))), reason, what);
  }
});

test('text that looks like the start of everything is read once, not once for each line', () => {
  const head = 'From: MAILER-DAEMON@mx.example\r\nTo: a@b.example\r\nSubject: failure notice\r\n\r\n';
  for (const line of ['\n', '> \r\n', 'Subject: a\r\nx\r\n', 'a@b.example \r\n', 'recipient \r\n']) {
    const { kind } = readReport(bytesOf(head + line.repeat(300_000)));
    assert.ok(kind === 'other' || kind === 'bounce', line);
  }
});

test('unpacking a bomb ends at the limit', () => {
  const budget = newBudget();
  readReport(bombed, { budget });
  // Deflate expands a byte to at most 1,032: so many packed bytes reach the limit.
  assert.ok(budget.steps <= Math.ceil(MAX_UNPACKED_BYTES / 1000 / 4096) + 1, String(budget.steps));
});

test('the budget is for the mail, not for each attachment', () => {
  const large = gzipSync(Buffer.alloc(6 * 1024 * 1024, ' '));
  const reading = readReport(attached(large, 'a!b.example!1700000000!1700000001.xml.gz', 5));
  assert.equal(reasonOf(reading), 'no-report-inside');
  const budget = newBudget();
  readReport(attached(large, 'a!b.example!1700000000!1700000001.xml.gz', 5), { budget });
  assert.equal(budget.bytes, 0);
});

test('a thousand attachments are rejected, twenty are read', () => {
  const file = gzipSync(XML);
  assert.equal(reasonOf(readReport(attached(file, `${NAME}.gz`, 1000))), 'too-many-parts');
  const reading = readReport(attached(file, `${NAME}.gz`, 30));
  assert.ok(reading.kind === 'aggregate');
  assert.deepEqual([reading.reports.length, reading.refusals[0]!.reason], [20, 'too-many-files']);
});

test('records, comments and names are bounded, and nothing in them is obeyed', () => {
  const many = aggregateXml({ records: record().repeat(MAX_RECORDS + 10) });
  const reading = readReport(bytesOf(many));
  assert.ok(reading.kind === 'aggregate');
  assert.equal(reading.reports[0]!.records.length, MAX_RECORDS);
  assert.deepEqual(reading.reports[0]!.faults, ['too-many-records']);
  const evil = `\u001b[2J\u202e&lt;script&gt;${'x'.repeat(100_000)}`;
  const hostile = readReport(bytesOf(aggregateXml({ organization: evil, comment: evil })));
  assert.ok(hostile.kind === 'aggregate');
  const [report] = hostile.reports;
  for (const text of [report!.organization, report!.records[0]!.reasons[0]!.comment]) {
    assert.ok(text.length <= 1000);
    assert.doesNotMatch(text, /[\u001b\u202e]/);
  }
});

test('cut off at every hundredth byte: never a throw, never half a report', () => {
  const mail = attached(gzipSync(aggregateXml({ records: record().repeat(40) })), `${NAME}.gz`);
  const whole = readReport(mail);
  assert.ok(whole.kind === 'aggregate');
  for (const bytes of [mail, bytesOf(XML), gzipSync(XML), zipSync({ [NAME]: bytesOf(XML) })]) {
    for (let end = 0; end < bytes.length; end += 100) {
      const reading = readReport(bytes.subarray(0, end));
      if (reading.kind === 'aggregate') {
        assert.equal(reading.reports[0]!.records.length, bytes === mail ? 40 : 1, String(end));
      }
    }
  }
});

const REPORTS = fileURLToPath(new URL('../../../../shared/conformance/reports', import.meta.url));
test('real reports cut off at every hundredth byte', {
  skip: existsSync(REPORTS) ? false : 'the real reports are not beside the repository',
}, () => {
  for (const file of globSync('*/*', { cwd: REPORTS })) {
    const bytes = readFileSync(join(REPORTS, file));
    // Large mails at fewer places.
    const step = Math.max(100, Math.ceil(bytes.length / 60 / 100) * 100);
    for (let end = 0; end < bytes.length; end += step) readReport(bytes.subarray(0, end), { name: file });
  }
});

const PIECES = [
  ...[
    '<feedback>',
    '</feedback>',
    '<record>',
    '</record>',
    '<row>',
    '<![CDATA[',
    ']]>',
    '<!--',
    '-->',
    '&#x0;',
    '&amp;',
  ],
  ...['<?xml version="1.0" encoding="utf-16"?>', '<!DOCTYPE feedback>', '<policy_published><domain>a.example</domain>'],
  ...[
    'Content-Type: multipart/report; boundary=a\r\n',
    '\r\n--a\r\n',
    '--a--',
    'Content-Transfer-Encoding: base64\r\n',
  ],
  ...['Content-Type: message/delivery-status\r\n\r\n', 'Final-Recipient: rfc822; a@b.example\r\n', 'Status: 5.1.1\r\n'],
  ...[
    'From: MAILER-DAEMON\r\n',
    'Subject: failure notice\r\n',
    '<a@b.example>:\r\n',
    '550 5.1.1 unknown',
    '\r\n\r\n',
    '\n',
  ],
  ...['X-Failed-Recipients: a@b.example\r\n', '--- Below this line is a copy', 'Received: x\r\nMessage-ID: <a@b>\r\n'],
  ...[
    'Content-Type: message/feedback-report\r\n\r\n',
    'Feedback-Type: abuse\r\n',
    '{"policies":[',
    '"policy-domain":"a.b"}',
  ],
  ...['PK\x03\x04', '\x1f\x8b\x08', '\0', '\xff\xfe', '<', '>', 'a'],
];
const hostile = fc.oneof(
  fc.uint8Array({ maxLength: 300 }),
  fc
    .array(fc.oneof(fc.constantFrom(...PIECES), fc.string({ maxLength: 6 })), { maxLength: 50 })
    .map((parts) => Uint8Array.from(parts.join(''), (character) => character.charCodeAt(0) & 255)),
  fc.uint8Array({ minLength: 1, maxLength: 200 }).map((bytes) => new Uint8Array(gzipSync(bytes))),
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => {
    const bytes = Uint8Array.from(zipSync({ [NAME]: bytesOf(XML) }));
    bytes[at % bytes.length] = value;
    return bytes;
  }),
  fc.tuple(fc.nat(), fc.nat(255)).map(([at, value]) => {
    const bytes = Uint8Array.from(gzipSync(XML));
    bytes[at % bytes.length] = value;
    return bytes;
  }),
);

test('anything at all is an answer, and a plain one', () => {
  fc.assert(
    fc.property(hostile, (bytes) => {
      const budget = newBudget();
      const reading = readReport(bytes, { budget });
      assert.deepEqual(JSON.parse(JSON.stringify(reading)), reading);
      assert.ok(budget.steps <= 60 && budget.bytes >= 0);
    }),
    { seed: 17, numRuns: 3000 },
  );
});

test('the raw stream of a zip without sizes is read to its end', () => {
  // A data descriptor after the data (APPNOTE section 4.3.9), as Java's streams write it.
  const data = deflateRawSync(XML);
  const name = Buffer.from(NAME);
  const head = Buffer.alloc(30);
  head.write('PK\x03\x04', 0, 'latin1');
  head.writeUInt16LE(20, 4);
  head.writeUInt16LE(8, 6);
  head.writeUInt16LE(8, 8);
  head.writeUInt16LE(name.length, 26);
  const descriptor = Buffer.alloc(16);
  descriptor.write('PK\x07\x08', 0, 'latin1');
  descriptor.writeUInt32LE(data.length, 8);
  descriptor.writeUInt32LE(XML.length, 12);
  const central = Buffer.from('PK\x01\x02', 'latin1');
  const reading = readReport(Buffer.concat([head, name, data, descriptor, central, Buffer.alloc(60)]));
  assert.equal(reading.kind, 'aggregate');
});
