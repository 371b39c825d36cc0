// What bounced, as it is shown: by day, by reason with its remedy, by the recipients' provider; and the newest bounces.
import type { D1Database } from '@cloudflare/workers-types';
import type { Language } from '../../shared/findings/define.ts';
import { providerById } from '../../shared/providers/lookup.ts';
import { explain } from '../../shared/replies/explain.ts';
import { type Cause, EXPLANATIONS } from '../../shared/replies/explanations.ts';
import {
  BOUNCE_REASONS,
  COMPLAINT_KINDS,
  type ComplaintKind,
  complaintKind,
} from '../../shared/reports/bounce-words.ts';
import type { BounceAction, BounceReason } from '../../shared/reports/types.ts';
import { PLAIN_ADDRESS } from './bounce-sums.ts';
import { dateOf } from './day.ts';

/** Bounces, and complaints, that are shown one by one. */
export const MAX_RECENT = 50;
/** Sums that are read: far more than there are reasons and providers in a month, and the newest where a flood has more. */
const MAX_SUMS = 20_000;
/** Status codes of one reason that are shown. */
const MAX_CODES = 10;

export interface BounceSum {
  day: number;
  action: 'failed' | 'delayed' | 'complained' | 'delivered';
  reason: string;
  /** '' where the bounce was kept before causes were. */
  cause: string;
  status: string;
  provider: string;
  messages: number;
  last_at: number;
  example: string;
}

export interface RecentBounce {
  /** @format date-time */
  at: string;
  address: string;
  action: BounceAction;
  /** RFC 3463. */
  status: string;
  reason: BounceReason;
  title: string;
  /** The reply of the receiving server: untrusted text. */
  diagnostic: string;
  /** Message-ID of the message that bounced, without angle brackets; '' if unknown. */
  messageId: string;
  /** Its Subject, as far as the bounce returned it. */
  subject: string;
}

export interface Complaint {
  /** @format date-time */
  at: string;
  kind: ComplaintKind;
  title: string;
  reporter: string;
  recipients: string[];
  messageId: string;
  subject: string;
}

/** One statement, which reads one row for each day, reason and provider. */
export async function readBounceSums(db: D1Database, domain: string, since: number): Promise<BounceSum[]> {
  const { results } = await db
    .prepare('SELECT * FROM bounce_days WHERE domain = ?1 AND day >= ?2 ORDER BY day DESC LIMIT ?3')
    .bind(domain, since, MAX_SUMS)
    .all<BounceSum>();
  return results;
}

/** The newest, or those of one mail. */
export async function readRecent(
  db: D1Database,
  domain: string,
  messageId: string | undefined,
  language: Language,
): Promise<{ recent: RecentBounce[]; complaints: Complaint[] }> {
  const about = messageId === undefined ? '' : 'AND bounces.message_id = ?3';
  const filter = messageId === undefined ? [] : [messageId];
  // The index that fits: by the id of the mail, else by time.
  const index = messageId === undefined ? 'bounces_of' : 'bounces_about';
  const [bounces, complaints] = await db.batch([
    db
      .prepare(
        `SELECT bounces.*, json_extract(reports.detail, '$.original.subject') AS subject
         FROM bounces INDEXED BY ${index} JOIN reports ON reports.id = bounces.report
         WHERE bounces.domain = ?1 ${about} ORDER BY bounces.received_at DESC LIMIT ?2`,
      )
      .bind(domain, MAX_RECENT, ...filter),
    db
      .prepare(
        `SELECT received_at, reporter, detail FROM reports INDEXED BY reports_of
         WHERE domain = ?1 AND kind = 'feedback' ${messageId === undefined ? '' : "AND json_extract(detail, '$.original.messageId') = ?3"}
         ORDER BY received_at DESC LIMIT ?2`,
      )
      .bind(domain, MAX_RECENT, ...filter),
  ]);
  return {
    recent: (bounces!.results as unknown as BounceRow[]).map((row) => recentOf(row, language)),
    complaints: (complaints!.results as unknown as ComplaintRow[]).map((row) => complaintOf(row, language)),
  };
}

interface BounceRow {
  received_at: number;
  address: string;
  action: BounceAction;
  status: string;
  reason: BounceReason;
  diagnostic: string;
  message_id: string;
  subject: string | null;
}
interface ComplaintRow {
  received_at: number;
  reporter: string;
  detail: string;
}

function recentOf(row: BounceRow, language: Language): RecentBounce {
  const { address, action, status, reason, diagnostic } = row;
  return {
    at: new Date(row.received_at).toISOString(),
    ...{ address, action, status, reason, title: BOUNCE_REASONS[reason][language], diagnostic },
    messageId: row.message_id,
    subject: row.subject ?? '',
  };
}

function complaintOf({ received_at: at, reporter, detail }: ComplaintRow, language: Language): Complaint {
  const { type, recipients, original } = JSON.parse(detail) as {
    type?: string;
    recipients?: string[];
    original?: { messageId: string; subject: string };
  };
  const kind = complaintKind(type ?? '');
  return {
    at: new Date(at).toISOString(),
    ...{ kind, title: COMPLAINT_KINDS[kind][language], reporter, recipients: recipients ?? [] },
    messageId: original?.messageId ?? '',
    subject: original?.subject ?? '',
  };
}

export interface ReasonCount {
  reason: BounceReason;
  messages: number;
}
export interface ProviderCount {
  /** Its id in the table of providers; null for recipients of all others. */
  provider: string | null;
  name: string | null;
  messages: number;
}
interface Counts {
  failed: number;
  delayed: number;
  /** Complaints of recipients. */
  complained: number;
  /** From the events of Cloudflare Email Sending and Amazon SES; 0 without them. */
  delivered: number;
}
interface BouncesOfDay extends Counts {
  /** @format date */
  day: string;
  reasons: ReasonCount[];
}
interface BouncesOfReason extends ReasonCount {
  /** An id of docs/replies.md, which explains it. */
  cause: string;
  title: string;
  means: string;
  advice: string;
  failed: number;
  delayed: number;
  /** Codes of RFC 3463. */
  statuses: string[];
  providers: ProviderCount[];
  /** @format date */
  lastSeen: string;
  /** A reply: untrusted text. */
  example: string;
}
interface BouncesOfProvider extends ProviderCount {
  failed: number;
  delayed: number;
  complained: number;
  reasons: ReasonCount[];
}
export interface BouncesView extends Counts {
  /** Days with bounces or complaints, the oldest first. */
  days: BouncesOfDay[];
  /** The most frequent first, with what to do. */
  reasons: BouncesOfReason[];
  /** By the provider of the recipients. */
  providers: BouncesOfProvider[];
}

/** Pure: the sums of some days, added up. The most frequent first. */
export function bouncesView(sums: readonly BounceSum[], language: Language): BouncesView {
  const answered = sums.filter(({ action }) => action !== 'delivered');
  const bounced = answered.filter(({ action }) => action !== 'complained');
  const days = [...grouped(sums, ({ day }) => day)].sort(([a], [b]) => a - b);
  return {
    ...counts(sums),
    days: days.map(([day, rows]) => ({ day: dateOf(day), ...counts(rows), reasons: reasonsOf(rows) })),
    reasons: byMessages(
      [...grouped(bounced, (sum) => `${sum.reason} ${causeIn(sum)}`).values()].map((rows) => reasonOf(rows, language)),
    ),
    providers: byMessages(
      [...grouped(answered, ({ provider }) => provider).values()].map((rows) => ({
        ...providerCount(rows),
        ...withoutDelivered(counts(rows)),
        reasons: reasonsOf(rows),
      })),
    ),
  };
}

function withoutDelivered({ delivered: _, ...rest }: Counts): Omit<Counts, 'delivered'> {
  return rest;
}

function counts(rows: readonly BounceSum[]): Counts {
  const of = (action: BounceSum['action']) => total(rows.filter((row) => row.action === action));
  return { failed: of('failed'), delayed: of('delayed'), complained: of('complained'), delivered: of('delivered') };
}

function reasonOf(rows: readonly BounceSum[], language: Language): BouncesView['reasons'][number] {
  const newest = rows.reduce((best, row) => (row.last_at > best.last_at ? row : best));
  const reason = newest.reason as BounceReason;
  const cause = causeIn(newest);
  return {
    ...{ reason, cause, title: BOUNCE_REASONS[reason][language], ...explain(cause, language, newest.example) },
    messages: total(rows),
    failed: counts(rows).failed,
    delayed: counts(rows).delayed,
    statuses: [...new Set(rows.map(({ status }) => status))].sort().slice(0, MAX_CODES),
    providers: byMessages([...grouped(rows, ({ provider }) => provider).values()].map(providerCount)),
    lastSeen: dateOf(newest.last_at),
    example: newest.example,
  };
}

function causeIn({ cause }: BounceSum): Cause {
  return Object.hasOwn(EXPLANATIONS, cause) ? (cause as Cause) : 'other';
}

function providerCount(rows: readonly BounceSum[]): ProviderCount {
  const provider = providerById(rows[0]!.provider);
  return { provider: provider?.id ?? null, name: provider?.name ?? null, messages: total(rows) };
}

function reasonsOf(rows: readonly BounceSum[]): ReasonCount[] {
  const bounced = rows.filter(({ action }) => action === 'failed' || action === 'delayed');
  return byMessages(
    [...grouped(bounced, ({ reason }) => reason)].map(([reason, same]) => ({
      reason: reason as BounceReason,
      messages: total(same),
    })),
  );
}

function total(rows: readonly BounceSum[]): number {
  return rows.reduce((sum, { messages }) => sum + messages, 0);
}

function byMessages<T extends { messages: number }>(rows: T[]): T[] {
  return rows.sort((a, b) => b.messages - a.messages);
}

function grouped<T, K>(rows: readonly T[], keyOf: (row: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const known = groups.get(key);
    if (known === undefined) groups.set(key, [row]);
    else known.push(row);
  }
  return groups;
}

export interface DeadAddress {
  address: string;
  reason: 'no-such-address' | 'no-such-domain';
  status: string;
  bounces: number;
  /** @format date */
  firstSeen: string;
  /** @format date */
  lastSeen: string;
}

/** Addresses that do not exist, by name; `next` is the last of a full page. */
export async function readDeadAddresses(
  db: D1Database,
  domain: string,
  after: string,
  most: number,
): Promise<{ addresses: DeadAddress[]; next: string | null }> {
  const { results } = await db
    .prepare('SELECT * FROM bounced_addresses WHERE domain = ?1 AND address > ?2 ORDER BY address LIMIT ?3')
    .bind(domain, after, most + 1)
    .all<{
      address: string;
      reason: DeadAddress['reason'];
      status: string;
      bounces: number;
      first_at: number;
      last_at: number;
    }>();
  const page = results.slice(0, most);
  return {
    // Rows from before addresses were tested may begin a formula in a table.
    addresses: page
      .filter(({ address }) => PLAIN_ADDRESS.test(address))
      .map(({ address, reason, status, bounces, first_at, last_at }) => ({
        ...{ address, reason, status, bounces, firstSeen: dateOf(first_at), lastSeen: dateOf(last_at) },
      })),
    next: results.length > most ? page.at(-1)!.address : null,
  };
}
