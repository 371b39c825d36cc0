// The shapes of what reports and bounces say, each with an example.
import * as z from 'zod/mini';
import { WITHHELD_REASONS } from '../../shared/findings/standing.ts';
import type { Cause } from '../../shared/replies/explanations.ts';
import { EXPLANATIONS } from '../../shared/replies/explanations.ts';
import { BOUNCE_REASONS, COMPLAINT_KINDS } from '../../shared/reports/bounce-words.ts';
import { STEP_REASONS } from '../../shared/reports/next-step-words.ts';
import { SOURCE_CLASSES, type SourceClass } from '../../shared/reports/sources.ts';
import { TLS_FAILURES } from '../../shared/reports/tls-words.ts';
import type { BounceReason } from '../../shared/reports/types.ts';
import type { BouncesView, Complaint, DeadAddress, RecentBounce } from '../reports/bounces.ts';
import type { TakenReport } from '../reports/intake.ts';
import type { NextStep } from '../reports/next.ts';
import type { TlsView } from '../reports/tls.ts';
import type { ShownSource } from '../routes/sources.ts';
import { component, type Fits, said } from './component.ts';
import type { Schema } from './describe.ts';
import { DnsRecordSchema, timestamp } from './schemas.ts';

const text = z.string();
export const count = z.int().check(z.gte(0));
export const date = said('A day, UTC.', z.string().check(z.regex(/^\d{4}-\d\d-\d\d$/)));
const keysOf = <K extends string>(record: Record<K, unknown>) => Object.keys(record) as K[];
const reason = said('Why, in one word.', z.enum(keysOf(BOUNCE_REASONS)));
const cause = said('Why, as docs/replies.md explains it.', z.enum(keysOf(EXPLANATIONS as Record<Cause, unknown>)));

/** The same schema with an example of what it describes. */
export function exampled<S extends Schema>(schema: S, example: z.infer<S>): S {
  z.globalRegistry.add(schema, { ...z.globalRegistry.get(schema), examples: [example] });
  return schema;
}

const reasonCount = { reason, messages: count };
const providerCount = {
  provider: said('Its id in the table of providers; null for recipients of all others.', z.nullable(text)),
  name: z.nullable(text),
  messages: count,
};
const delivered = said('As a provider’s events say (Cloudflare Email Sending); 0 where there are none.', count);
const actions = { failed: count, delayed: count, complained: said('Complaints of recipients.', count) };

const action = z.enum(['failed', 'delayed', 'delivered', 'relayed', 'expanded']);
const recentSchema = z.object({
  at: timestamp,
  address: text,
  action,
  status: said('RFC 3463.', text),
  reason,
  title: text,
  diagnostic: said('What the receiving server replied: a stranger’s text.', text),
  messageId: said('Message-ID of the message that bounced, without angle brackets; empty if unknown.', text),
  subject: said('Its Subject, as far as the bounce returned it.', text),
});
export type RecentFits = Fits<RecentBounce, z.infer<typeof recentSchema>>;

const complaintSchema = z.object({
  at: timestamp,
  kind: z.enum(keysOf(COMPLAINT_KINDS)),
  title: text,
  reporter: text,
  recipients: z.array(text),
  messageId: text,
  subject: text,
});
export type ComplaintFits = Fits<Omit<Complaint, 'kind'>, Omit<z.infer<typeof complaintSchema>, 'kind'>>;

const view = {
  ...actions,
  delivered,
  days: said(
    'Days with bounces or complaints, the oldest first.',
    z.array(z.object({ day: date, ...actions, delivered, reasons: z.array(z.object(reasonCount)) })),
  ),
  reasons: said(
    'The most frequent first, with what to do.',
    z.array(
      z.object({
        ...reasonCount,
        cause,
        title: text,
        means: text,
        advice: text,
        failed: count,
        delayed: count,
        statuses: said('Codes of RFC 3463 that were given.', z.array(text)),
        providers: z.array(z.object(providerCount)),
        lastSeen: date,
        example: said('A reply: a stranger’s text.', text),
      }),
    ),
  ),
  providers: said(
    'By the provider of the recipients.',
    z.array(z.object({ ...providerCount, ...actions, reasons: z.array(z.object(reasonCount)) })),
  ),
};
const viewSchema = z.object(view);
export type ViewFits = Fits<BouncesView, z.infer<typeof viewSchema>>;

const FULL = {
  reason: 'mailbox-full' as BounceReason,
  messages: 2,
};
export const BouncesSchema = exampled(
  component(
    'Bounces',
    'What bounced of a domain’s mail, and what its recipients complained about.',
    z.object({
      domain: text,
      since: date,
      ...view,
      recent: said('The newest bounces, or those of the Message-ID that was asked for.', z.array(recentSchema)),
      complaints: said('The newest complaints.', z.array(complaintSchema)),
    }),
  ),
  {
    domain: 'shop.example',
    since: '2026-11-01',
    ...{ failed: 2, delayed: 0, complained: 0, delivered: 198 },
    days: [{ day: '2026-11-24', failed: 2, delayed: 0, complained: 0, delivered: 198, reasons: [FULL] }],
    reasons: [
      {
        ...FULL,
        cause: 'full',
        title: 'The mailbox is full',
        means: 'The mailbox of the recipient is full.',
        advice: 'Reach the recipient in another way, or send the mail again in a few days.',
        failed: 2,
        delayed: 0,
        statuses: ['5.2.2'],
        providers: [{ provider: 'google', name: 'Google Workspace', messages: 2 }],
        lastSeen: '2026-11-24',
        example: '552 5.2.2 mailbox full',
      },
    ],
    providers: [
      {
        provider: 'google',
        name: 'Google Workspace',
        messages: 2,
        failed: 2,
        delayed: 0,
        complained: 0,
        reasons: [FULL],
      },
    ],
    recent: [
      {
        at: '2026-11-24T10:05:00.000Z',
        address: 'customer@gmail.com',
        action: 'failed',
        status: '5.2.2',
        reason: 'mailbox-full',
        title: 'The mailbox is full',
        diagnostic: '552 5.2.2 mailbox full',
        messageId: 'order1042@shop.example',
        subject: 'Your order 1042',
      },
    ],
    complaints: [],
  },
);

const takenSchema = z.object({
  id: said('Names the report here.', text),
  kind: said('What it is.', z.enum(['aggregate', 'tls', 'failure', 'feedback', 'bounce'])),
  domain: said('The watched domain that it counts for.', text),
  reporter: text,
  reportId: text,
  state: said(
    '`duplicate`: a report with this id was here before; `partly-read`: it is large, and its further records are read by the next runs of cron.',
    z.enum(['stored', 'duplicate', 'partly-read']),
  ),
  messageId: said('Of a bounce or a complaint: Message-ID of the message that it is about; else empty.', text),
  subject: said('The Subject of that message, as far as it was returned.', text),
  bounced: said(
    'Of a bounce: what became of each recipient.',
    z.array(z.object({ address: text, action, status: text, reason })),
  ),
});
export type TakenFits = Fits<TakenReport, z.infer<typeof takenSchema>>;

export const ReportIntakeSchema = exampled(
  component(
    'ReportIntake',
    'What became of what was handed over.',
    z.object({
      result: said('`ignored`: an auto-reply, of which nothing is kept.', z.enum(['taken', 'ignored'])),
      reports: z.array(takenSchema),
      refused: said(
        'Files of the same mail that are not reports, with the reason.',
        z.array(z.object({ reason: text, detail: text })),
      ),
    }),
  ),
  {
    result: 'taken',
    reports: [
      {
        id: '5f0c3a9be1d24c7788a0b6f3de91c245',
        kind: 'aggregate',
        domain: 'shop.example',
        reporter: 'google.com',
        reportId: '949348866075514174',
        state: 'stored',
        ...{ messageId: '', subject: '', bounced: [] },
      },
    ],
    refused: [],
  },
);

const policy = z.enum(['quarantine', 'reject']);
const losing = z.array(
  z.object({
    name: text,
    provider: z.nullable(text),
    class: z.enum(SOURCE_CLASSES as [SourceClass, ...SourceClass[]]),
    messages: said('Messages that fail DMARC.', count),
    firstSeen: date,
    lastSeen: date,
  }),
);
const stepSchema = z.object({
  since: date,
  policy: said(
    'What the domain’s own record asks for; null where it has none of its own.',
    z.nullable(z.enum(['none', 'quarantine', 'reject'])),
  ),
  verdict: said(
    '`ready`: nothing in the reports speaks against the next policy. `not-yet`: something does, or too little is known. `done`: the record asks for everything.',
    z.enum(['not-yet', 'ready', 'done']),
  ),
  reasons: said('Why not yet.', z.array(z.object({ reason: z.enum(keysOf(STEP_REASONS)), text }))),
  data: said(
    'What the verdict rests on.',
    z.object({ days: count, messages: count, ownMessages: count, ownFailing: count, reporters: count }),
  ),
  steps: said(
    'Each policy, and the sources that lose mail by it: yours, and those that forward.',
    z.array(z.object({ policy, inForce: z.boolean(), effect: z.enum(['spam', 'rejected']), losing })),
  ),
  strangers: said('Sources that nothing connects with the domain: check that none of them is yours.', losing),
  next: said(
    'The next policy; null if the record asks for everything.',
    z.nullable(
      z.object({
        policy,
        record: said('Proven on the zone; null before the verdict is `ready`.', z.nullable(DnsRecordSchema)),
        withheld: said(
          'Why the record is not shown although the verdict is `ready`.',
          z.nullable(z.object({ reason: z.enum(WITHHELD_REASONS), what: text, text })),
        ),
      }),
    ),
  ),
});
export type StepFits = Fits<NextStep, z.infer<typeof stepSchema>>;

export const NextStepSchema = exampled(
  component(
    'NextStep',
    'Whether the DMARC policy of a domain can be raised.',
    z.object({ domain: text, ...stepSchema.shape }),
  ),
  {
    domain: 'shop.example',
    since: '2026-11-02',
    policy: 'none',
    verdict: 'ready',
    reasons: [],
    data: { days: 28, messages: 4210, ownMessages: 4100, ownFailing: 3, reporters: 9 },
    steps: [
      { policy: 'quarantine', inForce: false, effect: 'spam', losing: [] },
      { policy: 'reject', inForce: false, effect: 'rejected', losing: [] },
    ],
    strangers: [],
    next: {
      policy: 'quarantine',
      record: {
        name: '_dmarc.shop.example',
        type: 'TXT',
        value: 'v=DMARC1; p=quarantine; rua=mailto:reports@shop.example',
      },
      withheld: null,
    },
  },
);

const sessions = {
  successful: said('Sessions with TLS.', count),
  failed: said('Sessions in which TLS failed.', count),
};
const tlsSchema = z.object({
  ...sessions,
  days: said('Days that have reports, the oldest first.', z.array(z.object({ day: date, ...sessions }))),
  failures: said(
    'By kind and host, the most sessions first.',
    z.array(
      z.object({
        type: said('RFC 8460 section 4.3; `other` for what it does not name.', z.enum([...TLS_FAILURES, 'other'])),
        policy: said('`sts`, `tlsa`, `no-policy-found`, or as the reporter has it.', text),
        host: text,
        sessions: count,
        means: text,
        advice: text,
        reporters: count,
        firstSeen: date,
        lastSeen: date,
        reasonCode: said('A stranger’s text.', text),
      }),
    ),
  ),
});
export type TlsFits = Fits<TlsView, z.infer<typeof tlsSchema>>;

export const TlsReportsSchema = exampled(
  component(
    'TlsReports',
    'How TLS to the mail servers of a domain went.',
    z.object({ domain: text, since: date, ...tlsSchema.shape }),
  ),
  {
    domain: 'shop.example',
    since: '2026-11-01',
    ...{ successful: 120, failed: 2 },
    days: [{ day: '2026-11-24', successful: 120, failed: 2 }],
    failures: [
      {
        ...{ type: 'certificate-expired', policy: 'sts', host: 'mx.shop.example', sessions: 2, reporters: 1 },
        means: 'The certificate has expired.',
        advice: 'Renew it, and have the mail server reload it after each renewal.',
        ...{ firstSeen: '2026-11-24', lastSeen: '2026-11-24', reasonCode: '' },
      },
    ],
  },
);

const texts = z.array(text);
const sourceSchema = z.object({
  name: text,
  provider: said('Its id in the table of providers; null for others.', z.nullable(text)),
  class: said(
    '`yours-aligned`: it passes DMARC. `yours-unaligned`: a service that sends in the domain’s name with a domain of its own. `forwarder`: passes mail of the domain on. `stranger`: nothing connects it with the domain.',
    z.enum(SOURCE_CLASSES as [SourceClass, ...SourceClass[]]),
  ),
  messages: count,
  aligned: count,
  quarantined: count,
  rejected: count,
  spfFailed: said('Messages with an envelope sender of the domain for which SPF did not pass.', count),
  firstSeen: date,
  lastSeen: date,
  addresses: z.array(z.object({ ip: text, messages: count })),
  dkimDomains: said('Domains whose signatures pass.', texts),
  spfDomains: said('Domains for which SPF passes.', texts),
  comments: said('What receivers wrote beside it: strangers’ texts.', texts),
  fix: said(
    'What makes a source that is yours and not aligned pass; null for all others.',
    z.nullable(
      z.object({
        kind: z.enum(['spf', 'sign']),
        text,
        record: said(
          'Proven on the zone; null where a setting of the provider is what is needed.',
          z.nullable(DnsRecordSchema),
        ),
        withheld: z.nullable(z.object({ reason: z.enum(WITHHELD_REASONS), what: text, text })),
      }),
    ),
  ),
});
export type SourceFits = Fits<ShownSource, z.infer<typeof sourceSchema>>;

export const SourcesSchema = exampled(
  component(
    'Sources',
    'Who sends in the name of a domain.',
    z.object({
      domain: text,
      since: date,
      messages: said('All that receivers reported.', count),
      aligned: said('Of them those that pass DMARC.', count),
      days: said(
        'Days that have reports, the oldest first.',
        z.array(z.object({ day: date, messages: count, aligned: count })),
      ),
      sources: said('By provider, else by host, else by address; the largest first.', z.array(sourceSchema)),
    }),
  ),
  {
    domain: 'shop.example',
    since: '2026-11-01',
    messages: 40,
    aligned: 0,
    days: [{ day: '2026-11-24', messages: 40, aligned: 0 }],
    sources: [
      {
        name: 'SendGrid',
        provider: 'sendgrid',
        class: 'yours-unaligned',
        ...{ messages: 40, aligned: 0, quarantined: 0, rejected: 0, spfFailed: 0 },
        ...{ firstSeen: '2026-11-24', lastSeen: '2026-11-24' },
        addresses: [{ ip: '198.51.100.9', messages: 40 }],
        dkimDomains: ['sendgrid.net'],
        spfDomains: ['u1.wl.sendgrid.net'],
        comments: ['Sender requirement failed: 550-5.7.30'],
        fix: {
          kind: 'sign',
          text: 'In the settings of SendGrid, add shop.example as a sending domain and publish the DKIM records that it shows.',
          record: null,
          withheld: null,
        },
      },
    ],
  },
);

const addressSchema = z.object({
  address: text,
  reason: z.enum(['no-such-address', 'no-such-domain']),
  status: text,
  bounces: count,
  firstSeen: date,
  lastSeen: date,
});
export type AddressFits = Fits<DeadAddress, z.infer<typeof addressSchema>>;

export const BouncedAddressesSchema = exampled(
  component(
    'BouncedAddresses',
    'Addresses that do not exist.',
    z.object({
      domain: text,
      addresses: said('By name.', z.array(addressSchema)),
      next: said('What `after` is for the next page; null on the last one.', z.nullable(text)),
    }),
  ),
  {
    domain: 'shop.example',
    addresses: [
      {
        address: 'gone@customer.example',
        reason: 'no-such-address',
        status: '5.1.1',
        bounces: 3,
        firstSeen: '2026-10-02',
        lastSeen: '2026-11-24',
      },
    ],
    next: null,
  },
);
