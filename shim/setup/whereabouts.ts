// What has become of a mail here, while it has not arrived there: what the queue of this machine knows of it.

import type { Account } from '../config/account.ts';
import type { Environment } from '../environment.ts';
import { listMails } from '../spool/listing.ts';
import { findSpool } from '../spool/place.ts';
import { Spool } from '../spool/queue.ts';

export interface Whereabouts {
  /** It waits, or was given up. */
  state: 'waiting' | 'failed';
  /** Of the last attempt; '' where there was none. */
  reason: string;
}

/** Undefined where no mail to that address is in the queue, or this user may not look. */
export function whereaboutsOf(address: string, account: Account, environment: Environment): Whereabouts | undefined {
  const place = findSpool(account.spool, account.file.startsWith(`${environment.etc}/`), environment);
  if (place === undefined) return undefined;
  try {
    for (const { state, recipients, progress } of listMails(new Spool(place.folder))) {
      const recipient = recipients.find((each) => each.address === address);
      if (recipient === undefined) continue;
      const reason = recipient.reply ?? progress.reason ?? '';
      return { state: state === 'failed' || recipient.status === 'failed' ? 'failed' : 'waiting', reason };
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error;
  }
  return undefined;
}
