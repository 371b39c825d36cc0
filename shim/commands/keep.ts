// A mail into the spool: made safe, logged, and somebody woken who will send it.

import type { Environment } from '../environment.ts';
import { EX } from '../exit.ts';
import { commit } from '../spool/commit.ts';
import type { Submission } from '../spool/entry.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { claimStart, isAwake } from '../spool/wake.ts';
import type { MailReport } from './report.ts';
import type { SendResult } from './send.ts';

/**
 * Returns once the mail is on disk.
 * @throws ExitError 73 or 74 where it cannot be kept
 */
export async function keep(
  spool: SpoolPlace,
  submission: Submission,
  message: Iterable<Uint8Array>,
  environment: Environment,
  report: MailReport,
): Promise<SendResult> {
  const { id } = commit(spool, submission, message, environment.euid, () => environment.random(8));
  const complaints = report.kept(id);
  if (spool.kind === 'private') complaints.push(...(await wakeSafely(spool.folder, environment)));
  return { code: EX.OK, complaints, reply: `250 2.0.0 Ok: queued as ${id}` };
}

// The mail is safe: whatever happens from here on, nobody may hear that it was not accepted, or would send it again.
async function wakeSafely(folder: string, environment: Environment): Promise<string[]> {
  try {
    return await wakeSender(folder, environment);
  } catch (error) {
    return [
      `the mail is safe in ${folder}, but no sender could be started (${error instanceof Error ? error.message : error})`,
    ];
  }
}

/** What stderr should say where no sender could be started: the mail is safe all the same. */
export async function wakeSender(folder: string, environment: Environment): Promise<string[]> {
  const { program } = environment;
  if (program === undefined || isAwake(folder) || !claimStart(folder, environment.now().getTime())) return [];
  const { startSender } = await import('./start.ts');
  return startSender(folder, program());
}
