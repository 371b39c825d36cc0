// The last link: whether what waits is being sent.

import { readLedger } from '../spool/ledger.ts';
import { countMails } from '../spool/listing.ts';
import { Spool } from '../spool/queue.ts';
import { isAwake } from '../spool/wake.ts';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';
import { spoolOf } from './local.ts';

const MINUTE = 60_000;
/** Minutes that a mail waits where nothing is wrong: greylisting takes less. */
const LONG = 60;

export function checkQueue(context: DoctorContext): Result[] {
  const place = spoolOf(context);
  if (place === undefined) return [];
  const { folder, kind } = place;
  const { waiting, failed, dropped, oldest } = countMails(new Spool(folder));
  const minutes = oldest === undefined ? 0 : Math.floor((context.environment.now().getTime() - oldest) / MINUTE);
  const results: Result[] = [];
  const asleep = !isAwake(folder);
  // A daemon that is not there has been told of with the spool.
  if (waiting > 0 && asleep && kind === 'private')
    results.push(result('failure', 'queue.unsent', { count: waiting, folder }));
  else if (minutes > LONG && !asleep) results.push(result('warning', 'queue.old', { minutes, folder }));
  if (failed > 0) {
    const reason = readLedger(folder).lastFailure?.reason ?? '';
    results.push(result('warning', 'queue.failed', { count: failed, reason, folder }));
  }
  return results.length > 0 ? results : [result('ok', 'queue.good', { waiting: waiting + dropped })];
}
