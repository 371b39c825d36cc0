// The first link: the program, the machine's clock, and the Worker that is asked before sending.

import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';

/** Milliseconds for the Worker to answer; a mail waits for it no longer than that either. */
const PATIENCE = 5000;
const MINUTE = 60_000;
/** Minutes that a clock may be off: receivers do not look closer. */
const OFF = 5;

export async function checkProgram({ version, runtime, account, environment }: DoctorContext): Promise<Result[]> {
  const results: Result[] = [result('ok', 'program.version', { version, runtime })];
  const url = account?.preflight === 'off' ? undefined : account?.preflightUrl?.replace(/\/+$/, '');
  if (url === undefined) return results;
  let date: string | null;
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
    if (!response.ok)
      return [...results, result('warning', 'program.worker-silent', { url, why: `HTTP ${response.status}` })];
    date = response.headers.get('date');
  } catch (error) {
    // Node puts the system's word into the cause, other runtimes into the error itself.
    const { cause, code, name } = error as Error & { code?: string; cause?: { code?: string } };
    return [...results, result('warning', 'program.worker-silent', { url, why: cause?.code ?? code ?? name })];
  }
  results.push(result('ok', 'program.worker', { url }));
  const minutes = Math.round((environment.now().getTime() - Date.parse(date ?? '')) / MINUTE);
  if (Math.abs(minutes) > OFF) results.push(result('failure', 'program.clock', { minutes }));
  return results;
}
