// The last link: whether what waits is being sent.

import { ageText } from '../spool/age.ts';
import { readLedger } from '../spool/ledger.ts';
import { countMails } from '../spool/listing.ts';
import { Spool } from '../spool/queue.ts';
import { isAwake } from '../spool/wake.ts';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';
import { spoolOf } from './local.ts';

/** Milliseconds that a mail waits where nothing is wrong: greylisting takes less. */
const LONG = 3_600_000;

export function checkQueue(context: DoctorContext): Result[] {
  const place = spoolOf(context);
  if (place === undefined) return [];
  const spool = new Spool(place.folder);
  const now = context.environment.now().getTime();
  const { waiting, failed, dropped, oldest } = countMails(spool);
  const results: Result[] = [];
  const trouble = (level: 'warning' | 'failure', why: string) => results.push(result(level, 'queue.trouble', { why }));
  if (oldest !== undefined && now - oldest > LONG) trouble('warning', `a mail has waited ${ageText(now - oldest)}`);
  if (waiting + dropped > 0 && !isAwake(place.folder))
    trouble('failure', `${waiting + dropped} waiting, and no sender is at work`);
  if (failed > 0) {
    const { lastFailure } = readLedger(place.folder);
    trouble(
      'warning',
      `${failed} failed${lastFailure?.reason === undefined ? '' : `, the last: ${lastFailure.reason}`}`,
    );
  }
  return results.length > 0 ? results : [result('ok', 'queue.good', { waiting })];
}
