// The notification to the sender of a mail that will not be delivered.

import type { EntryState } from '../spool/state.ts';
import type { Opened } from './attempt.ts';
import type { SenderContext } from './runner.ts';

export async function notifySender(
  _failed: { opened: Opened; failed: string[]; state: EntryState },
  _context: SenderContext,
): Promise<void> {}
