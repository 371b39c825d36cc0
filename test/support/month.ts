// A month of three watched shops, as their reports tell it: one in order, one with a newsletter service that was forgotten, one that is forged.
import { aggregateXml } from '../shared/reports/fixtures.ts';
import { ordinary, RELAY } from './ordinary.ts';
import type { RunningWorker } from './worker.ts';
import type { Zone } from './zone.ts';

const DAY = 86_400_000;
export const SHOPS = ['good.example', 'letters.example', 'forged.example'] as const;

interface Row {
  ip: string;
  count: number;
  dkim: 'pass' | 'fail';
  spf: 'pass' | 'fail';
  signedBy?: string;
  envelope?: string;
  comment?: string;
}

/** What receivers see of each on one day; the number of the day makes the days differ. */
const ROWS: Record<(typeof SHOPS)[number], (day: number) => Row[]> = {
  'good.example': (day) => [
    { ip: RELAY, count: 180 + ((day * 37) % 90), dkim: 'pass', spf: 'pass' },
    { ip: '198.51.100.40', count: day % 3, dkim: 'pass', spf: 'fail' },
  ],
  'letters.example': (day) => [
    { ip: RELAY, count: 60 + ((day * 17) % 40), dkim: 'pass', spf: 'pass' },
    ...(day % 7 === 2
      ? [
          {
            ip: '149.72.0.9',
            count: 900,
            dkim: 'fail' as const,
            spf: 'fail' as const,
            signedBy: 'sendgrid.net',
            envelope: 'em1234.sendgrid.net',
            comment: 'Sender requirement failed: 550-5.7.30',
          },
        ]
      : []),
  ],
  'forged.example': (day) => [
    { ip: RELAY, count: 25 + (day % 9), dkim: 'pass', spf: 'pass' },
    { ip: `192.0.2.${10 + (day % 40)}`, count: 40 + ((day * 53) % 300), dkim: 'fail', spf: 'fail' },
  ],
};

/** The zone of all three: in order, so that only the reports differ. */
export function monthZone(): Zone {
  return {
    ...ordinary,
    ...Object.fromEntries(
      SHOPS.flatMap((domain) => [
        [domain, { A: ['203.0.113.80'], MX: ['10 mx1.provider.example'], TXT: [`v=spf1 ip4:${RELAY} -all`] }],
        [`_dmarc.${domain}`, { TXT: [`v=DMARC1; p=none; rua=mailto:dmarc@${domain}`] }],
      ]),
    ),
  };
}

/** Watches the shops and fills the month that ends at `now`; the score of one falls, the queue of another is stuck. */
export async function fillMonth(worker: RunningWorker, token: string, now: number): Promise<void> {
  const headers = { authorization: `Bearer ${token}` };
  const expect = async (answer: Promise<Response>, status: number) => {
    const response = await answer;
    if (response.status !== status) throw new Error(`${response.url}: ${response.status} ${await response.text()}`);
  };
  for (const domain of SHOPS) {
    await expect(
      worker.fetch(`/v1/watch/${domain}`, {
        method: 'PUT',
        headers: { ...headers, 'content-type': 'application/json' },
        body: JSON.stringify({ ips: [RELAY] }),
      }),
      201,
    );
    for (let back = 30; back >= 1; back--) {
      const begin = Math.floor(now / DAY) * DAY - back * DAY;
      const body = aggregateXml({
        organization: 'google.com',
        reportId: `${domain}-${back}`,
        domain,
        begin: String(begin / 1000),
        end: String(begin / 1000 + 86_399),
        records: ROWS[domain](back)
          .filter(({ count }) => count > 0)
          .map((row) => recordOf(row, domain))
          .join('\n'),
      });
      await expect(
        worker.fetch('/v1/reports', {
          method: 'POST',
          headers: { ...headers, 'content-type': 'application/xml' },
          body,
        }),
        201,
      );
      const score = domain === 'letters.example' && back < 10 ? 6.5 : 9.5;
      await worker.sql(
        `INSERT INTO history VALUES ('${domain}', ${begin}, ${score}, ${score}, 1, 0, '${score < 9 ? '["dkim.none"]' : '[]'}')`,
      );
    }
  }
  await expect(
    worker.fetch('/v1/reports', {
      method: 'POST',
      headers: { 'content-type': 'application/tlsrpt+json' },
      body: tlsReportOf('good.example', now - DAY),
    }),
    201,
  );
  await worker.sql(
    `INSERT INTO flows VALUES ('good.example', ${now - 60_000}, 0, 0, NULL, ${now - 120_000}, NULL, NULL),
      ('forged.example', ${now - 60_000}, 14, 1, 7200, ${now - DAY}, ${now - 90_000}, NULL)`,
  );
  await expect(
    worker.fetch('/v1/reports', {
      method: 'POST',
      headers: { ...headers, 'content-type': 'message/rfc822' },
      body: bounceOf('letters.example'),
    }),
    201,
  );
}

function recordOf({ ip, count, dkim, spf, signedBy, envelope, comment = '' }: Row, domain: string): string {
  return `<record><row><source_ip>${ip}</source_ip><count>${count}</count><policy_evaluated><disposition>none</disposition><dkim>${dkim}</dkim><spf>${spf}</spf>${comment === '' ? '' : `<reason><type>other</type><comment>${comment}</comment></reason>`}</policy_evaluated></row>
<identifiers><header_from>${domain}</header_from></identifiers><auth_results>${dkim === 'pass' || signedBy ? `<dkim><domain>${signedBy ?? domain}</domain><selector>s1</selector><result>pass</result></dkim>` : ''}<spf><domain>${envelope ?? domain}</domain><result>${spf === 'pass' || envelope ? 'pass' : 'fail'}</result></spf></auth_results></record>`;
}

function bounceOf(domain: string): string {
  return [
    'From: MAILER-DAEMON@mx.receiver.example',
    `To: orders@${domain}`,
    'Subject: Undelivered Mail Returned to Sender',
    'Message-ID: <bounce-1@mx.receiver.example>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/report; report-type=delivery-status; boundary=b',
    '',
    '--b',
    'Content-Type: text/plain',
    '',
    'The mail system could not deliver it.',
    '--b',
    'Content-Type: message/delivery-status',
    '',
    'Reporting-MTA: dns; mx.receiver.example',
    '',
    'Final-Recipient: rfc822; ann@receiver.example',
    'Action: failed',
    'Status: 5.1.1',
    'Diagnostic-Code: smtp; 550 5.1.1 no such user',
    '',
    '--b',
    'Content-Type: message/rfc822',
    '',
    `From: orders@${domain}`,
    'To: ann@receiver.example',
    'Subject: Order 1042',
    'Message-ID: <order-1042@shop>',
    '',
    '',
    '--b--',
    '',
  ].join('\r\n');
}

function tlsReportOf(domain: string, begin: number): string {
  return JSON.stringify({
    'organization-name': 'google.com',
    'date-range': {
      'start-datetime': new Date(begin).toISOString(),
      'end-datetime': new Date(begin + DAY).toISOString(),
    },
    'contact-info': 'smtp-tls-reporting@google.com',
    'report-id': `${domain}-tls`,
    policies: [
      {
        policy: { 'policy-type': 'sts', 'policy-string': ['version: STSv1'], 'policy-domain': domain },
        summary: { 'total-successful-session-count': 97, 'total-failure-session-count': 3 },
        'failure-details': [
          {
            'result-type': 'certificate-expired',
            'sending-mta-ip': '209.85.0.1',
            'receiving-mx-hostname': 'mx1.provider.example',
            'receiving-ip': '203.0.113.80',
            'failed-session-count': 3,
          },
        ],
      },
    ],
  });
}
