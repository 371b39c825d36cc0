// Real reports and bounces of public sets: each is read as in the RFC and its text, and Sisimai agrees about the bounces.
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { readReport } from '../../../shared/reports/read.ts';
import type { AggregateReport, Bounce, FeedbackReport, Reading } from '../../../shared/reports/types.ts';
import { BOUNCES } from './expected-bounces.ts';

const REPORTS = fileURLToPath(new URL('../../../../shared/conformance/reports', import.meta.url));
const skip = existsSync(REPORTS) ? false : 'the real reports are not beside the repository';

const read = (file: string): Reading => readReport(readFileSync(join(REPORTS, file)), { name: basename(file) });
const one = <T>(list: readonly T[]): T => {
  assert.equal(list.length, 1);
  return list[0]!;
};

/** Files of the bounces' folder that are something else, with what they say. */
const OTHERS: Record<string, string> = {
  'arf-02': 'feedback abuse yahoo',
  'arf-14': 'feedback abuse ses',
  'arf-18': 'failure auth-failure',
  'arf-22': 'feedback abuse hotmail',
  // Apple Mail's unsubscribing: an automatic reply that declares itself (RFC 3834 section 5).
  'arf-26': 'auto-reply',
  'rfc3834-02': 'auto-reply',
  'rfc3834-04': 'auto-reply',
  'rfc3834-06': 'auto-reply',
  'not-a-bounce-is-not-bounce-01': 'other',
  'not-a-bounce-is-not-bounce-02': 'other',
};

test('every bounce: form, Message-ID of the original, recipients with action, status and reason', { skip }, () => {
  const files = globSync('bounces/*.eml', { cwd: REPORTS }).sort();
  assert.ok(files.length >= Object.keys(BOUNCES).length);
  const seen: string[] = [];
  for (const file of files) {
    const name = basename(file, '.eml');
    const reading = read(file);
    if (reading.kind !== 'bounce') {
      assert.equal(reading.kind, OTHERS[name]?.split(' ')[0], name);
      continue;
    }
    seen.push(name);
    const { form, original, recipients } = reading.bounce;
    const rows = recipients.map(({ address, action, status, reason }) => `${address} ${action} ${status} ${reason}`);
    assert.deepEqual([form, original.messageId, ...rows], BOUNCES[name], name);
  }
  assert.deepEqual(seen, Object.keys(BOUNCES));
});

test('aggregate reports', { skip }, () => {
  const aggregate = (file: string): AggregateReport => {
    const reading = read(join('dmarc', file));
    assert.equal(reading.kind, 'aggregate', file);
    assert.ok(reading.kind === 'aggregate');
    assert.deepEqual(reading.refusals, []);
    return one(reading.reports);
  };
  const row = ({ form, organization, policy, reportId, begin, end, records, faults }: AggregateReport) => [
    ...[form, organization, policy.domain, policy.p, reportId, begin, end],
    records.map(({ sourceIp, count, disposition, dkim, spf }) => [sourceIp, count, disposition, dkim, spf].join(' ')),
    faults,
  ];
  assert.deepEqual(row(aggregate('rfc9990-sample.xml')), [
    ...['rfc9990', 'Sample Reporter', 'example.com', 'quarantine', '3v98abbp8ya9n3va8yr8oa3ya', 302832000, 302918399],
    ['192.0.2.123 123 pass pass fail'],
    [],
  ]);
  const rfc9990 = aggregate('rfc9990-sample.xml');
  assert.deepEqual(
    [rfc9990.policy.np, rfc9990.policy.testing, rfc9990.policy.discoveryMethod, rfc9990.generator],
    ['none', 'n', 'treewalk', 'Example DMARC Aggregate Reporter v1.2'],
  );
  assert.deepEqual(one(rfc9990.records).dkimResults, [
    { domain: 'example.com', selector: 'abc123', result: 'pass', comment: '' },
  ]);
  assert.deepEqual(row(aggregate('empty_reason.xml')), [
    ...['rfc7489', 'example.org', 'example.com', 'quarantine', '20240125141224705995', 1706159544, 1706185733],
    ['198.51.100.123 2 none pass fail'],
    [],
  ]);
  // An empty reason counts as missing.
  assert.deepEqual(one(aggregate('empty_reason.xml').records).reasons, []);
  assert.deepEqual(row(aggregate('invalid_utf_8.xml')), [
    ...['rfc7489', 'accurateplastics.com', 'example.com', 'none', 'example.com:1538463741', 1538413632, 1538413632],
    ['12.20.127.122 1 none fail fail'],
    ['broken-encoding'],
  ]);
  assert.equal(one(aggregate('invalid_utf_8.xml').records).headerFrom, 'bad_byte\ufffd');
  const zip = aggregate('estadocuenta1.infonacot.gob.mx_example.com_1536853302_1536939702_2940.xml.zip');
  assert.deepEqual(row(zip).slice(1, 4), ['XYZ Corporation', 'example.com', 'none']);
  const gzip = aggregate('fastmail.com_example.com_1516060800_1516147199_102675056.xml.gz');
  assert.deepEqual(row(gzip).slice(1, 5), ['FastMail Pty Ltd', 'indemed.com', 'none', '102675056']);
  // Two records, each without any result.
  assert.deepEqual(aggregate('usssa.com_example.com_1538784000_1538870399.xml').records.length, 2);
  const mail = 'Report_domain-_borschow.com_Submitter-_google.com_Report-ID-_949348866075514174.eml';
  assert.deepEqual(row(aggregate(mail)), [
    ...['rfc7489', 'google.com', 'borschow.com', 'reject', '949348866075514174', 1549929600, 1550015999],
    ['92.53.116.102 1 reject fail fail'],
    [],
  ]);
  for (const file of globSync('dmarc/*', { cwd: REPORTS })) assert.equal(read(file).kind, 'aggregate', file);
});

test('TLS reports', { skip }, () => {
  const rfc = read('tls/rfc8460.json');
  assert.ok(rfc.kind === 'tls');
  const report = one(rfc.reports);
  assert.deepEqual(
    [report.organization, report.reportId, report.begin, report.end],
    ['Company-X', '5065427c-23d3-47ca-b6e0-946ea0e8c4be', 1459468800, 1459555199],
  );
  const policy = one(report.policies);
  assert.deepEqual(
    [policy.domain, policy.type, policy.successful, policy.failed],
    ['company-y.example', 'sts', 5326, 303],
  );
  assert.deepEqual(policy.mxHosts, ['*.mail.company-y.example']);
  assert.deepEqual(
    policy.failures.map(({ type, sessions, receivingHost }) => [type, sessions, receivingHost]),
    [
      ['certificate-expired', 100, 'mx1.mail.company-y.example'],
      ['starttls-not-supported', 200, 'mx2.mail.company-y.example'],
      ['validation-failure', 3, 'mx-backup.mail.company-y.example'],
    ],
  );
  const google = read('tls/google.com_smtp_tls_report.eml');
  assert.ok(google.kind === 'tls');
  const [first] = google.reports;
  assert.deepEqual(
    [first!.organization, first!.policies.map(({ domain, successful }) => [domain, successful])],
    ['Google Inc.', [['cardinalhealth.ca', 48]]],
  );
});

test('complaints and failure reports', { skip }, () => {
  const feedback = (file: string, kind: 'feedback' | 'failure'): FeedbackReport => {
    const reading = read(file);
    assert.equal(reading.kind, kind, file);
    assert.ok(reading.kind === 'feedback' || reading.kind === 'failure');
    return reading.report;
  };
  const row = ({ type, form, recipients, domains, sourceIp, original }: FeedbackReport) =>
    [type, form, recipients.join(), domains.join(), sourceIp, original.messageId].join(' ');
  assert.deepEqual(
    ['arf-02', 'arf-14', 'arf-22'].map((name) => row(feedback(`bounces/${name}.eml`, 'feedback'))),
    [
      'abuse arf this-local-part-does-not-exist-on-yahoo@yahoo.com example.com  000000000000000000000000.smtp@example.com',
      'abuse arf kijitora@y.example.com amazonses.com  2222222222222222-00000000-eeee-eeee-ffff-222222222222-111111@email.amazonses.com',
      'abuse text kijitora@example.com  192.0.2.222 0000000000fffffffff0000000000000@example.com',
    ],
  );
  assert.deepEqual(
    ['bounces/arf-18.eml', 'failure/dmarc_ruf_report_linkedin.eml', 'failure/exim_plain_text_only_no_arf_part.eml'].map(
      (file) => row(feedback(file, 'failure')),
    ),
    [
      'auth-failure arf kijitora@example.com example.net 192.0.2.222 000000002.2222222.1500000000022@example.net',
      'auth-failure arf recipient@linkedin.com example.com 10.10.10.10 01010101010101010101010101010101@ABAB01MS0016.someserver.loc',
      'auth-failure text  example.com 203.0.113.68 134117F8-2145-AECE-9CCA-25FC98731341@example.com',
    ],
  );
});

const probe = spawnSync('perl', ['-MSisimai', '-e', '1']);
const why = 'Sisimai is not installed: apt-get install libsisimai-perl';
if (probe.status !== 0 && process.env.CI === 'true') throw new Error(why);

/** Sisimai takes another address, code or mail than RFC 3464 gives, by file. */
const DIFFERS: Record<string, string> = {
  'lhost-exchange2007-02': 'the Message-ID of the text, not that of the returned mail',
  'lhost-exchange2007-04': 'the Message-ID of the text, not that of the returned mail',
  'lhost-office365-04': 'the Final-Recipient, which the anonymised file spells another way than Original-Recipient',
  'lhost-sendmail-14': 'the mail in a bounce that was forwarded is found there, and not quoted by the same rules',
};

test("Debian's Sisimai agrees about recipients, class and Message-ID", {
  skip: skip || (probe.status === 0 ? false : why),
}, () => {
  const script = `
my $folder = shift;
for my $name (@ARGV) {
  my $found = eval { Sisimai->make("$folder/$name.eml", delivered => 1) } or next;
  print join("\\t", $name, $_->recipient->address, $_->deliverystatus, $_->messageid), "\\n" for @$found;
}`;
  const names = Object.keys(BOUNCES).filter((name) => !(name in DIFFERS));
  const output = execFileSync('perl', ['-MSisimai', '-e', script, join(REPORTS, 'bounces'), ...names], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const rows = output
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
  assert.ok(new Set(rows.map(([name]) => name)).size > 100);
  for (const [name, address, status, messageId] of rows) {
    const { recipients, original } = bounceOf(`bounces/${name}.eml`);
    const same = recipients.find((ours) => [ours.address, ours.finalAddress].includes(address!));
    assert.ok(same !== undefined, `${name}: ${address}`);
    // Codes of 900 and more are Sisimai's own, for what no code was given.
    if (!/\.9\d\d$/.test(status!)) assert.equal(same.status[0], status![0], name);
    assert.equal(original.messageId, messageId ?? '', name);
  }
});

function bounceOf(file: string): Bounce {
  const reading = read(file);
  assert.ok(reading.kind === 'bounce', file);
  return reading.bounce;
}
