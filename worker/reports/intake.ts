// A report that arrives, by mail or by HTTP: read, held to the watched domains and to its share, kept.
import type { D1Database } from '@cloudflare/workers-types';
import { isDmarcRecord, parseDmarc } from '../../shared/dmarc/parse.ts';
import { type Resolver, recordsOf } from '../../shared/dns/types.ts';
import { readAggregateText } from '../../shared/reports/aggregate.ts';
import { carrierOf, readReport } from '../../shared/reports/read.ts';
import type { BouncedRecipient, Carrier, Reading, Refusal } from '../../shared/reports/types.ts';
import { type Entry, type EntryKind, entriesOf } from './entries.ts';
import { claimPiece, type Kept, keepPiece, keepReport, type Requested, watchedDomain } from './store.ts';

/**
 * Characters of an aggregate report that one invocation reads; what is beyond waits as pieces. Some 250 records of real
 * reports, which take a few milliseconds (docs/reports.md).
 */
export const PIECE_LENGTH = 96 * 1024;

export interface Arrival {
  bytes: Uint8Array;
  /** The address that the mail was delivered to; undefined where it came another way. */
  address?: string;
  /** The one kind that is accepted: what came without a token. */
  only?: Reading['kind'];
}

export interface TakenReport {
  /** Id of the report in this service. */
  id: string;
  kind: EntryKind;
  /** The watched domain that it counts for. */
  domain: string;
  reporter: string;
  /** The reporter's own id of the report. */
  reportId: string;
  /**
   * `duplicate`: a report with this id was stored before; `partly-read`: the report is large, and the next runs of cron
   * read its further records.
   */
  state: Exclude<Kept, 'share-full'> | 'partly-read';
  /** Of a bounce or a complaint: the message that it is about, as far as it says. */
  messageId: string;
  subject: string;
  /** Of a bounce: what became of each recipient. */
  bounced: Pick<BouncedRecipient, 'address' | 'action' | 'status' | 'reason'>[];
}

export type Intake =
  | { result: 'taken'; reports: TakenReport[]; refusals: Refusal[] }
  /** An answer of a program: nothing to keep. */
  | { result: 'ignored' }
  | { result: 'unreadable'; refusal: Refusal }
  | { result: 'not-a-report' }
  | { result: 'not-watched'; names: string[] }
  | { result: 'share-full'; domain: string; reporter: string };

export interface IntakeContext {
  db: D1Database;
  resolver: Resolver;
  now: number;
}

/** Only the database can make this fail. */
export async function takeReport(arrival: Arrival, context: IntakeContext): Promise<Intake> {
  const reading = readReport(arrival.bytes, { pieceLength: PIECE_LENGTH });
  if (reading.kind === 'refused') return { result: 'unreadable', refusal: reading.refusal };
  if (reading.kind === 'auto-reply') return { result: 'ignored' };
  if (reading.kind === 'other') return { result: 'not-a-report' };
  if (arrival.only !== undefined && reading.kind !== arrival.only) return { result: 'not-a-report' };
  return takeReading(reading, carrierOf(arrival.bytes), arrival.address, context);
}

/** What was read, and the mail that brought it; `address` is where that mail was delivered to. */
export async function takeReading(
  reading: Reading,
  carrier: Carrier | undefined,
  address: string | undefined,
  context: IntakeContext,
): Promise<Intake> {
  const entries = entriesOf(reading, carrier);
  const intake = crypto.randomUUID();
  const reports: TakenReport[] = [];
  const unwatched: string[] = [];
  let full: { domain: string; reporter: string } | undefined;
  for (const entry of entries) {
    const watched = await watchedDomain(context.db, entry.about);
    if (watched === undefined) {
      unwatched.push(...entry.about);
      continue;
    }
    const requested = await requestedAt(address, entry, watched.about, context.resolver);
    const { kept, id } = await keepReport(context.db, { entry, ...watched, requested, intake, now: context.now });
    if (kept === 'share-full') full = { domain: watched.domain, reporter: entry.reporter };
    else reports.push(taken(entry, watched.domain, id, kept));
  }
  if (reports.length > 0) return { result: 'taken', reports, refusals: refusalsOf(reading) };
  return full === undefined ? { result: 'not-watched', names: unwatched } : { result: 'share-full', ...full };
}

function taken(entry: Entry, domain: string, id: string, kept: 'stored' | 'duplicate'): TakenReport {
  const { kind, reporter, reportId, later, messageId, subject } = entry;
  const state = kept === 'stored' && later.length > 0 ? 'partly-read' : kept;
  const bounced = entry.bounced.map(({ address, action, status, reason }) => ({ address, action, status, reason }));
  return { id, kind, domain, reporter, reportId, state, messageId, subject, bounced };
}

function refusalsOf(reading: Reading): Refusal[] {
  return 'refusals' in reading ? reading.refusals : [];
}

/**
 * RFC 9990 section 4: reports go where the domain's record says. One question, for mails only; a mail
 * that was forwarded arrives elsewhere, so that "no" is noted and nothing refused for it.
 */
async function requestedAt(
  address: string | undefined,
  { kind }: Entry,
  about: string,
  resolver: Resolver,
): Promise<Requested> {
  if (address === undefined || kind !== 'aggregate') return 'unknown';
  const answer = await resolver.query(`_dmarc.${about}`, 'TXT');
  if (answer.kind === 'error') return 'unknown';
  const records = recordsOf(answer)
    .map((strings) => strings.join(''))
    .filter(isDmarcRecord);
  if (records.length !== 1) return 'no';
  const wanted = address.toLowerCase();
  return parseDmarc(records[0]!).aggregateReports.some((uri) => uri.address.toLowerCase() === wanted) ? 'yes' : 'no';
}

/** Reads pieces of large reports that wait; as many as one run may take. */
export async function readPieces(db: D1Database, most: number): Promise<number> {
  let read = 0;
  for (; read < most; read++) {
    const piece = await claimPiece(db);
    if (piece === undefined) break;
    const outcome = readAggregateText({ text: piece.xml, broken: false }, '');
    await keepPiece(db, piece, outcome.ok ? outcome.report.records : []);
  }
  return read;
}
