// Bounces and complaints as they are counted: by day, reason and receiver, and the addresses that do not exist.
import type { D1Database, D1PreparedStatement } from '@cloudflare/workers-types';
import { domainOfAddress } from '../../shared/message/address.ts';
import { causeOfBounce, receiverOf } from '../../shared/replies/bounce-cause.ts';
import { ALIVE_REASONS, DEAD_REASONS } from '../../shared/reports/bounce-words.ts';
import type { BouncedRecipient } from '../../shared/reports/types.ts';
import { dayOf } from './day.ts';
import type { Entry } from './entries.ts';

/** Characters of a diagnostic that is kept as an example. */
const MAX_EXAMPLE = 300;
/** Nothing that a spreadsheet takes for a formula, or a list for two addresses. */
export const PLAIN_ADDRESS = /^[\p{L}\p{N}_][^\s"',;:<>()[\]\\@]{0,63}@[\p{L}\p{N}.-]{1,253}$/u;

interface Arrival {
  id: string;
  domain: string;
  intake: string;
  now: number;
}
/** Action, reason, cause, status, provider, example. */
type Sum = readonly [string, string, string, string, string, string];

/** Count once: only with the arrival that made the report. */
export function sumStatements(db: D1Database, arrival: Arrival, entry: Entry): D1PreparedStatement[] {
  const sums = entry.complaint === undefined ? entry.bounced.flatMap(sumOf) : [complaintOf(entry, entry.complaint)];
  if (sums.length === 0) return [];
  const { id, domain, intake, now } = arrival;
  const ours = 'EXISTS (SELECT 1 FROM reports WHERE id = ?1 AND intake = ?2)';
  const counted = new Map<string, { sum: Sum; messages: number }>();
  for (const sum of sums) {
    const key = JSON.stringify(sum.slice(0, 5));
    const known = counted.get(key);
    if (known === undefined) counted.set(key, { sum, messages: 1 });
    else known.messages++;
  }
  const rows = [...counted.values()].map(({ sum, messages }) => [...sum, messages]);
  const column = (at: number) => `json_extract(value, '$[${at}]')`;
  const days = db
    .prepare(
      `INSERT INTO bounce_days
       SELECT ?3, ?4, ${[0, 1, 2, 3, 4, 6].map(column).join(', ')}, ?5, ${column(5)} FROM json_each(?6) WHERE ${ours}
       ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, last_at = excluded.last_at,
         example = CASE excluded.example WHEN '' THEN example ELSE excluded.example END`,
    )
    .bind(id, intake, domain, dayOf(now), now, JSON.stringify(rows));
  return [days, ...addressStatements(db, arrival, ours, entry.bounced)];
}

/** Messages that a provider's events say were delivered: a number beside the bounces. An event that comes twice counts twice. */
export async function countDelivered(db: D1Database, domain: string, messages: number, now: number): Promise<void> {
  await db
    .prepare(
      `INSERT INTO bounce_days VALUES (?1, ?2, 'delivered', '', '', '', '', ?3, ?4, '')
       ON CONFLICT DO UPDATE SET messages = messages + excluded.messages, last_at = excluded.last_at`,
    )
    .bind(domain, dayOf(now), messages, now)
    .run();
}

function sumOf(recipient: BouncedRecipient): Sum[] {
  const { action, reason, status, address, remoteMta, diagnostic } = recipient;
  if (action !== 'failed' && action !== 'delayed') return [];
  const provider = receiverOf(domainOfAddress(address).toLowerCase(), remoteMta)?.id ?? '';
  return [[action, reason, causeOfBounce(recipient), status, provider, diagnostic.slice(0, MAX_EXAMPLE)]];
}

function complaintOf({ reporter }: Entry, kind: string): Sum {
  return ['complained', kind, '', '', receiverOf(reporter, reporter)?.id ?? '', ''];
}

/** Adds addresses that do not exist, and takes away those that turn out to exist. */
function addressStatements(
  db: D1Database,
  { id, domain, intake, now }: Arrival,
  ours: string,
  bounced: readonly BouncedRecipient[],
): D1PreparedStatement[] {
  const plain = bounced
    .map((recipient) => ({ ...recipient, address: recipient.address.toLowerCase() }))
    .filter(({ action, address }) => action === 'failed' && PLAIN_ADDRESS.test(address));
  const dead = plain.filter(({ reason, status }) => DEAD_REASONS.has(reason) && status.startsWith('5'));
  const alive = plain.filter(({ reason }) => ALIVE_REASONS.has(reason));
  const bound = (statement: string, rows: readonly unknown[]) =>
    rows.length === 0 ? [] : [db.prepare(statement).bind(id, intake, domain, now, JSON.stringify(rows))];
  return [
    ...bound(
      `INSERT INTO bounced_addresses
       SELECT ?3, json_extract(value, '$[0]'), json_extract(value, '$[1]'), json_extract(value, '$[2]'), 1, ?4, ?4
       FROM json_each(?5) WHERE ${ours}
       ON CONFLICT DO UPDATE SET bounces = bounces + 1, last_at = excluded.last_at, reason = excluded.reason,
         status = excluded.status`,
      [...new Map(dead.map(({ address, reason, status }) => [address, [address, reason, status]])).values()],
    ),
    ...bound(
      `DELETE FROM bounced_addresses
       WHERE domain = ?3 AND last_at <= ?4 AND address IN (SELECT value FROM json_each(?5)) AND ${ours}`,
      alive.map(({ address }) => address),
    ),
  ];
}
