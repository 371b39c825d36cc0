// What reporters and mail servers send, in the forms that the specifications have and in those that they really write.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { zipSync } from 'fflate';
import { readReport } from '../../../shared/reports/read.ts';
import type { AggregateReport, Bounce, Reading, ReportFault } from '../../../shared/reports/types.ts';
import { aggregateXml, attached, record } from './fixtures.ts';

const bytesOf = (text: string) => new TextEncoder().encode(text);
const NAME = 'reporter.example!shop.example!1700000000!1700086399.xml';

function aggregates(bytes: Uint8Array, name?: string): AggregateReport[] {
  const reading = readReport(bytes, name === undefined ? {} : { name });
  assert.ok(reading.kind === 'aggregate', JSON.stringify(reading).slice(0, 300));
  return reading.reports;
}
const only = (bytes: Uint8Array, name?: string): AggregateReport => {
  const reports = aggregates(bytes, name);
  assert.equal(reports.length, 1);
  return reports[0]!;
};
const utf16 = (text: string, mark: string) => new Uint8Array(Buffer.from(mark + text, 'utf16le'));

test('one report, however it is packed, named and declared', () => {
  const xml = aggregateXml();
  const expected = only(bytesOf(xml));
  const [gzip, zip] = [gzipSync(xml), zipSync({ [NAME]: bytesOf(xml) })];
  const forms: readonly [string, Uint8Array][] = [
    ['gzip', gzip],
    ['zip', zip],
    ['zip beside what macOS adds', zipSync({ [`__MACOSX/._${NAME}`]: bytesOf('x'), [NAME]: bytesOf(xml) })],
    ['gzip attached', attached(gzip, `${NAME}.gz`, 1, 'application/gzip')],
    ['zip that says gzip', attached(zip, `${NAME}.gz`, 1, 'application/gzip')],
    ['gzip that says zip', attached(gzip, 'report.zip', 1, 'application/zip')],
    ['gzip without name and type', attached(gzip, '')],
    ['plain, as text', attached(bytesOf(xml), 'report.txt', 1, 'text/plain')],
    ['plain, as text/xml', attached(bytesOf(xml), NAME, 1, 'text/xml')],
    ['without a declaration', bytesOf(xml.replace(/^<\?xml.*\n/, ''))],
    ['with a mark', bytesOf(`\ufeff${xml}`)],
    ['with blanks in front', bytesOf(`\r\n ${xml}`)],
    ['in UTF-16', utf16(xml.replace('UTF-8', 'UTF-16'), '\ufeff')],
    ['in UTF-16 without a mark', utf16(xml.replace('UTF-8', 'UTF-16'), '')],
    ['says UTF-16 and is not', bytesOf(xml.replace('UTF-8', 'UTF-16'))],
    [
      'with a prefix',
      bytesOf(xml.replace(/<(\/?)(\w)/g, '<$1d:$2').replace('<d:feedback>', '<d:feedback xmlns:d="x">')),
    ],
    ['with a namespace', bytesOf(xml.replace('<feedback>', '<feedback xmlns="http://dmarc.org/dmarc-xml/0.1">'))],
    ['results in capitals', bytesOf(xml.replace(/>(pass|fail|none)</g, (whole) => whole.toUpperCase()))],
    ['in CDATA', bytesOf(xml.replace('>shop.example<', '><![CDATA[shop.example]]><'))],
    ["the drafts' identities", bytesOf(xml.replace(/identifiers>/g, 'identities>'))],
    ['without a version', bytesOf(xml.replace('<version>1.0</version>', ''))],
    [
      'forwarded as an attachment',
      bytesOf(
        `From: a@b.example\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=o\r\n\r\n--o\r\nContent-Type: message/rfc822\r\n\r\n${new TextDecoder().decode(attached(gzip, `${NAME}.gz`))}\r\n--o--\r\n`,
      ),
    ],
  ];
  for (const [what, bytes] of forms) assert.deepEqual(only(bytes), expected, what);
});

test('RFC 9990: namespace, disposition "pass", new members', () => {
  const xml = aggregateXml()
    .replace('<feedback>', '<feedback xmlns="urn:ietf:params:xml:ns:dmarc-2.0">')
    .replace('<disposition>none', '<disposition>pass')
    .replace('<pct>100</pct>', '<np>reject</np><testing>y</testing><discovery_method>psl</discovery_method>');
  const { form, policy, records } = only(bytesOf(xml));
  assert.deepEqual(
    [form, policy.np, policy.testing, policy.discoveryMethod, records[0]!.disposition],
    ['rfc9990', 'reject', 'y', 'psl', 'pass'],
  );
});

test('faults of reporters are accepted and listed', () => {
  const xml = aggregateXml();
  const faults: readonly [string, string, ReportFault[]][] = [
    ['no report id', xml.replace('report-1', ''), ['no-report-id']],
    ['an ampersand', aggregateXml({ organization: 'Miller & Sons' }), ['broken-xml']],
    ['a byte that is no UTF-8', xml, []],
    ['text behind the end', `${xml}\n<!-- -->\nSent by reporter`, ['trailing-data']],
    ['a document type', xml.replace('<feedback>', '<!DOCTYPE feedback SYSTEM "dmarc.dtd">\n<feedback>'), ['doctype']],
    ['the end of the root is missing', xml.replace('</feedback>', ''), ['broken-xml']],
    ['a period that ends first', aggregateXml({ begin: '1700086399', end: '1700000000' }), ['period-reversed']],
    ['a count that is none', aggregateXml({ records: record({ count: 'many' }) }), ['bad-count']],
    ['a source that is none', aggregateXml({ records: record({ ip: 'unknown' }) }), ['bad-source-ip']],
    ['a result of the check itself', aggregateXml({ records: record({ result: 'temperror' }) }), ['bad-result']],
    ['no records', aggregateXml({ records: '' }), ['no-records']],
  ];
  for (const [what, text, expected] of faults) {
    const report = only(bytesOf(text));
    assert.deepEqual(report.faults, expected, what);
    assert.deepEqual([report.begin, report.end, report.policy.domain], [1700000000, 1700086399, 'shop.example'], what);
  }
  assert.equal(only(bytesOf(aggregateXml({ organization: 'Miller & Sons' }))).organization, 'Miller & Sons');
  assert.equal(only(bytesOf(aggregateXml({ organization: '' }))).organization, 'reporter.example');
  assert.equal(only(bytesOf(aggregateXml({ records: record({ result: 'temperror' }) }))).records[0]!.dkim, 'fail');
});

test('times as seconds, milliseconds, fractions and dates; else those of the file name', () => {
  const times = ['1700000000', '1700000000000', '1700000000.5', '2023-11-14T22:13:20Z', '2023-11-14 22:13:20'];
  for (const begin of times) assert.equal(only(bytesOf(aggregateXml({ begin }))).begin, 1700000000, begin);
  const { begin, end, policy, faults } = only(
    bytesOf(aggregateXml({ begin: '', end: '', domain: '' })),
    NAME.replace('shop', 'other'),
  );
  assert.deepEqual([begin, end, policy.domain, faults], [1700000000, 1700086399, 'other.example', ['no-period']]);
});

test('names are A-labels, addresses canonical', () => {
  const { policy, records } = only(
    bytesOf(aggregateXml({ domain: 'Магазин.example.', records: record({ ip: '2001:DB8:0:0::1' }) })),
  );
  assert.deepEqual([policy.domain, records[0]!.sourceIp], ['xn--80aairftm.example', '2001:db8::1']);
});

test("comments of receivers, such as Gmail's rejection", () => {
  const comment = 'Sender requirement failed: 550-5.7.30';
  const [row] = only(bytesOf(aggregateXml({ comment }))).records;
  assert.deepEqual(row!.reasons, [{ type: 'other', comment }]);
});

test('several reports in one archive and one mail; any other file among them is listed as a refusal', () => {
  const xml = (id: string) => bytesOf(aggregateXml({ reportId: id }));
  const zip = zipSync({ 'a.xml': xml('a'), 'b.xml': xml('b'), 'c.xml': bytesOf('<html/>') });
  const reading = readReport(attached(zip, `${NAME}.zip`));
  assert.ok(reading.kind === 'aggregate');
  assert.deepEqual(
    [reading.reports.map(({ reportId }) => reportId), reading.refusals],
    [['a', 'b'], [{ reason: 'not-a-report', detail: 'html' }]],
  );
});

test('a mail with other files is not a report, one that claims to be and cannot be read is rejected', () => {
  const kind = (bytes: Uint8Array) => {
    const reading = readReport(bytes);
    return reading.kind === 'refused' ? reading.refusal.reason : reading.kind;
  };
  assert.equal(kind(attached(zipSync({ 'photo.jpg': bytesOf('JFIF') }), 'photos.zip', 1, 'application/zip')), 'other');
  const subject = 'Report Domain: shop.example Submitter: reporter.example Report-ID: <1>';
  assert.equal(kind(attached(bytesOf('nothing'), 'report.gz', 1, 'application/gzip', subject)), 'no-report-inside');
  assert.equal(kind(new Uint8Array()), 'other');
});

test('a TLS report with what reporters get wrong', () => {
  const report = {
    'organization-name': 'Mail',
    'date-range': { 'start-datetime': '2026-11-01T00:00:00Z', 'end-datetime': '2026-11-01T23:59:59Z' },
    'contact-info': 'tls@mail.example',
    'report-id': 'r1',
    policies: {
      policy: { 'policy-type': 'STS', 'policy-domain': 'Shop.example', 'mx-host': ['mx.shop.example'] },
      summary: { 'total-successful-session-count': '12', 'total-failure-session-count': 1 },
      'failure-details': [
        { 'result-type': 'certificate-expired', 'failed-session-count': 1, 'sending-mta-ip': '[192.0.2.1]' },
      ],
    },
  };
  const gzip = gzipSync(JSON.stringify(report));
  for (const bytes of [
    gzip,
    attached(gzip, 'mail.example!shop.example!1793491200!1793577599.json.gz', 1, 'application/tlsrpt+gzip'),
  ]) {
    const reading = readReport(bytes);
    assert.ok(reading.kind === 'tls');
    const [policy] = reading.reports[0]!.policies;
    assert.deepEqual(
      [
        policy!.domain,
        policy!.type,
        policy!.successful,
        policy!.failed,
        policy!.mxHosts,
        policy!.failures[0]!.sendingIp,
      ],
      ['shop.example', 'sts', 12, 1, ['mx.shop.example'], '192.0.2.1'],
    );
  }
});

const mail = (head: string, body: string) => bytesOf(`${head}\n\n${body}`.replace(/\n/g, '\r\n'));
const kindOf = (reading: Reading) => reading.kind;

test('answers of programs are neither bounces nor mails of people', () => {
  const kinds: readonly [string, string, string][] = [
    ['RFC 3834', 'From: a@b.example\nAuto-Submitted: auto-replied\nSubject: Re: Order', 'auto-reply'],
    ['a person', 'From: a@b.example\nSubject: Re: Undelivered order', 'other'],
    ['Auto-Submitted: no', 'From: a@b.example\nAuto-Submitted: no\nSubject: Re: Order', 'other'],
    ['Exchange', 'Return-Path: <>\nFrom: a@b.example\nSubject: Automatic reply: Order', 'auto-reply'],
    [
      'Outlook, Russian',
      'Return-Path: <>\nFrom: a@b.example\nSubject: =?utf-8?b?0JDQstGC0L7QvNCw0YLQuNGH0LXRgdC60LjQuSDQvtGC0LLQtdGC?=',
      'auto-reply',
    ],
    ['old programs', 'From: a@b.example\nPrecedence: auto_reply\nSubject: Order', 'auto-reply'],
    [
      'a reply that says "generated"',
      'From: a@b.example\nAuto-Submitted: auto-generated\nSubject: Re: Order',
      'auto-reply',
    ],
    [
      'an answer with a null sender',
      'Return-Path: <>\nFrom: a@b.example\nIn-Reply-To: <1@shop.example>\nSubject: Order',
      'auto-reply',
    ],
    ['a notice', 'From: shop@b.example\nAuto-Submitted: auto-generated\nSubject: Your order', 'other'],
    ['a subject that a person wrote', 'From: a@b.example\nSubject: Vacation in May', 'other'],
  ];
  for (const [what, head, kind] of kinds) assert.equal(kindOf(readReport(mail(head, 'Hello'))), kind, what);
  const receipt =
    'From: a@b.example\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=disposition-notification; boundary=r';
  const parts =
    '--r\n\nRead\n--r\nContent-Type: message/disposition-notification\n\nDisposition: manual-action/MDN-sent-manually; displayed\n--r--';
  assert.equal(kindOf(readReport(mail(receipt, parts))), 'auto-reply');
});

function bounceOf(bytes: Uint8Array): Bounce {
  const reading = readReport(bytes);
  assert.ok(reading.kind === 'bounce', reading.kind);
  return reading.bounce;
}
const rows = ({ recipients }: Bounce) =>
  recipients.map(({ address, action, status, reason }) => `${address} ${action} ${status} ${reason}`);

const DSN = `From: MAILER-DAEMON@mx.example
To: bounce@shop.example
Subject: Undelivered Mail Returned to Sender
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary=r`;
const dsn = (fields: string, original = 'Message-ID: <order17@shop.example>\nSubject: Order') =>
  mail(
    DSN,
    `--r\n\nCould not be delivered.\n--r\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\n${fields}\n--r\nContent-Type: text/rfc822-headers\n\n${original}\n--r--`,
  );

test('RFC 3464: actions, codes, original recipients, and the mail that it is about', () => {
  const cases: readonly [string, string][] = [
    ['Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1', 'a@b.example failed 5.1.1 no-such-address'],
    ['Final-Recipient: a@b.example\nAction: failed\nStatus: 5.2.2 (full)', 'a@b.example failed 5.2.2 mailbox-full'],
    [
      'Original-Recipient: rfc822;a@b.example\nFinal-Recipient: rfc822;x@y.example\nAction: relayed\nStatus: 2.0.0',
      'a@b.example relayed 2.0.0 unknown',
    ],
    ['Final-Recipient: rfc822; a@b.example\nAction: delayed\nStatus: 4.4.1', 'a@b.example delayed 4.4.1 network'],
    [
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.7.26 Unauthenticated',
      'a@b.example failed 5.7.26 authentication',
    ],
    [
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nDiagnostic-Code: smtp; 552 mailbox full',
      'a@b.example failed 5.2.2 mailbox-full',
    ],
    ['Final-Recipient: rfc822; a@b.example\nStatus: 4.2.0', 'a@b.example delayed 4.2.0 mailbox-disabled'],
    [
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.7.1\nDiagnostic-Code: smtp; 550 5.7.1 DMARC check failed',
      'a@b.example failed 5.7.1 authentication',
    ],
    [
      'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.4.1\nDiagnostic-Code: smtp;550 5.4.1 Recipient address rejected: Access denied.',
      'a@b.example failed 5.4.1 no-such-address',
    ],
  ];
  for (const [fields, expected] of cases) {
    const bounce = bounceOf(dsn(fields));
    assert.deepEqual([bounce.form, rows(bounce)], ['dsn', [expected]]);
    assert.deepEqual([bounce.original.messageId, bounce.original.subject], ['order17@shop.example', 'Order']);
  }
});

test('a bounce that gives back a mail with a report in it is a bounce', () => {
  const fields = 'Final-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1';
  const original = 'Message-ID: <r@shop.example>\nSubject: Report Domain: shop.example';
  assert.equal(readReport(dsn(fields, original)).kind, 'bounce');
});

test('text of mail servers: recipient, reason, and the Message-ID of the original', () => {
  const head =
    'Return-Path: <>\nFrom: Mail Delivery System <MAILER-DAEMON@mx.example>\nTo: bounce@shop.example\nSubject: failure notice';
  const original =
    'Return-Path: <bounce@shop.example>\nReceived: from www\nMessage-ID: <order17@shop.example>\nFrom: bounce@shop.example';
  const cases: readonly [string, string][] = [
    [
      `<a@b.example>:\nRemote host said: 550 5.1.1 unknown user\n\n--- Below this line is a copy of the message.\n\n${original}`,
      'a@b.example failed 5.1.1 no-such-address',
    ],
    [
      `The following address(es) failed:\n\n  a@b.example\n    host mx.b.example [192.0.2.1]: 452 4.2.2 over quota\n\n------ This is a copy of the message ------\n\n${original}`,
      'a@b.example failed 4.2.2 mailbox-full',
    ],
    [
      `<a@b.example>: host mx.b.example[192.0.2.1] said: 550\n    5.7.1 blocked using a list (in reply to RCPT TO command)\n\n${original}`,
      'a@b.example failed 5.7.1 policy',
    ],
    [
      `Delivery to the following recipient has been delayed:\n\n     a@b.example\n\nMessage will be retried for 2 more day(s)\n\n----- Original message -----\n\n${original}`,
      'a@b.example delayed 4.0.0 unknown',
    ],
    [
      `Delivery to the following recipients failed permanently:\n\n     * a@b.example\n\nReason: 550 5.1.1 unknown\n\n----- Original message -----\n\n${original}`,
      'a@b.example failed 5.1.1 no-such-address',
    ],
    [
      `Ihre Nachricht hat folgende Empfänger nicht erreicht:\n\na@b.example am 29.04.2024 16:51\n    Mailbox is full\n\n${original}`,
      'a@b.example failed 5.2.2 mailbox-full',
    ],
    [
      `<a@b.example>:\nSorry, I couldn't find any host named b.example. (#5.1.2)\n\n--- Below this line is a copy of the message.\n\n${original}`,
      'a@b.example failed 5.1.2 no-such-domain',
    ],
    [
      `----- The following addresses had permanent fatal errors -----\n<a@b.example>\n\n   ----- Transcript of session follows -----\n... while talking to mx.b.example.:\n>>> RCPT To:<a@b.example>\n<<< 550 5.1.1 <a@b.example>... User unknown\n\n   ----- Original message follows -----\n\n${original}`,
      'a@b.example failed 5.1.1 no-such-address',
    ],
    [
      `Адресат a@b.example не найден.\n<a@b.example>: 550 пользователь не существует\n\n${original}`,
      'a@b.example failed 5.1.1 no-such-address',
    ],
  ];
  for (const [body, expected] of cases) {
    const bounce = bounceOf(mail(head, body));
    assert.deepEqual([rows(bounce), bounce.original.messageId], [[expected], 'order17@shop.example']);
  }
});

test('the addresses of the bounce itself did not fail', () => {
  const bounce = bounceOf(
    mail(
      'From: MAILER-DAEMON@mx.example\nTo: bounce@shop.example\nSubject: Undeliverable',
      'A message sent by\n\n  <bounce@shop.example>\n\ncould not be delivered:\n\n  a@b.example\n    550 unknown user',
    ),
  );
  assert.deepEqual(rows(bounce), ['a@b.example failed 5.1.1 no-such-address']);
});

test('a large report is split, and its pieces have all records of the whole', () => {
  const records = Array.from({ length: 500 }, (_, at) => record({ ip: `192.0.2.${at % 256}`, count: String(at + 1) }));
  const xml = aggregateXml({ records: records.join('\n') });
  const whole = only(bytesOf(xml));
  const reading = readReport(attached(gzipSync(xml), `${NAME}.gz`), { pieceLength: 20_000 });
  assert.ok(reading.kind === 'aggregate');
  const [first] = reading.reports;
  const { records: kept, later, ...head } = first!;
  assert.ok(later.length > 5 && kept.length < 60);
  const others = later.map((text) => only(bytesOf(text)));
  for (const { records: _records, ...same } of others) assert.deepEqual(same, { ...head, later: [] });
  assert.deepEqual([...kept, ...others.flatMap((report) => report.records)], whole.records);
  // A truncated report, or one with its metadata after the records, is read as a whole.
  const cut = readReport(bytesOf(xml.slice(0, -400)), { pieceLength: 20_000 });
  assert.equal(cut.kind === 'refused' && cut.refusal.reason, 'xml-cut-off');
  const policy = /<policy_published>.*<\/policy_published>/.exec(xml)![0];
  const behind = readReport(bytesOf(xml.replace(policy, '').replace('</feedback>', `${policy}</feedback>`)), {
    pieceLength: 20_000,
  });
  assert.ok(behind.kind === 'aggregate');
  assert.deepEqual(behind.reports[0]!.records, whole.records);
});

test('parts whose boundaries or types were lost', () => {
  const status =
    'Reporting-MTA: dns; mx.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: failed\nStatus: 5.1.1';
  const asFile = `--r\n\nCould not be delivered.\n--r\nContent-Type: application/octet-stream; name=ATT00001\n\n${status}\n--r--`;
  assert.deepEqual(rows(bounceOf(mail(DSN, asFile))), ['a@b.example failed 5.1.1 no-such-address']);
  const lost = `Could not be delivered.\n\n${status}\n\nMessage-ID: <order17@shop.example>\nFrom: bounce@shop.example\nReceived: x`;
  const bounce = bounceOf(mail(DSN, lost));
  assert.deepEqual(
    [rows(bounce), bounce.original.messageId],
    [['a@b.example failed 5.1.1 no-such-address'], 'order17@shop.example'],
  );
  const complaint =
    'Feedback-Type: abuse\nUser-Agent: Loop/1.0\nVersion: 1\nOriginal-Rcpt-To: a@b.example\nReported-Domain: shop.example';
  const reading = readReport(
    mail(
      'From: loop@b.example\nSubject: FW: Order',
      `A complaint.\n\n${complaint}\n\nMessage-ID: <order17@shop.example>\nFrom: shop@shop.example\n`,
    ),
  );
  assert.ok(reading.kind === 'feedback');
  const { type, domains, recipients, original } = reading.report;
  assert.deepEqual(
    [type, domains, recipients, original.messageId],
    ['abuse', ['shop.example'], ['a@b.example'], 'order17@shop.example'],
  );
});
