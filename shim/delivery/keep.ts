// A mail into the spool: made safe, and a sender started that will send it.

import type { Environment } from '../environment.ts';
import type { Complaint } from '../exit.ts';
import { commit } from '../spool/commit.ts';
import type { Submission } from '../spool/entry.ts';
import type { SpoolPlace } from '../spool/place.ts';
import { claimStart, isAwake } from '../spool/wake.ts';

export interface Kept {
  id: string;
  /** Lines for stderr although the mail is safe. */
  complaints: readonly Complaint[];
}

/**
 * Returns once the mail is on disk.
 * @throws ExitError 73 or 74 if it cannot be kept
 */
export async function keep(
  spool: SpoolPlace,
  submission: Submission,
  message: Iterable<Uint8Array>,
  environment: Environment,
): Promise<Kept> {
  const { id } = commit(spool, submission, message, environment.euid, () => environment.random(8));
  return { id, complaints: spool.kind === 'private' ? await wakeSafely(spool.folder, environment) : [] };
}

// The mail is on disk: after this it must not be reported as not accepted, or it would be sent again.
async function wakeSafely(folder: string, environment: Environment): Promise<string[]> {
  try {
    return await wakeSender(folder, environment);
  } catch (error) {
    return [
      `the mail is safe in ${folder}, but no sender could be started (${error instanceof Error ? error.message : error})`,
    ];
  }
}

/** Lines for stderr if no sender could be started: the mail is safe all the same. */
export async function wakeSender(folder: string, environment: Environment): Promise<string[]> {
  const { program } = environment;
  if (program === undefined || isAwake(folder) || !claimStart(folder, environment.now().getTime())) return [];
  const { startSender } = await import('./start.ts');
  return startSender(folder, program());
}
