// The first link: the program, the machine's clock, and the Worker that is asked before sending.

import { request } from 'node:https';
import type { DoctorContext } from './context.ts';
import { type Result, result } from './link.ts';

/** Milliseconds for the Worker to answer; a mail waits for it no longer than that either. */
const PATIENCE = 5000;
const MINUTE = 60_000;
/** Minutes that a clock may be off: receivers do not look closer. */
const OFF = 5;

export async function checkProgram({ version, runtime, account, environment, seen }: DoctorContext): Promise<Result[]> {
  const results: Result[] = [result('ok', 'program.version', { version, runtime })];
  const url = account?.preflight === 'off' ? undefined : account?.preflightUrl?.replace(/\/+$/, '');
  if (url === undefined) return results;
  const clock = (date: string | null): Result[] => {
    const off = environment.now().getTime() - Date.parse(date ?? '');
    const minutes = Math.round(off / MINUTE);
    if (!(Math.abs(minutes) > OFF)) return [];
    seen.clockOff = off;
    return [result('failure', 'program.clock', { minutes })];
  };
  try {
    const response = await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(PATIENCE), redirect: 'error' });
    if (!response.ok)
      return [...results, result('warning', 'program.worker-silent', { url, why: `HTTP ${response.status}` })];
    return [...results, result('ok', 'program.worker', { url }), ...clock(response.headers.get('date'))];
  } catch (error) {
    // Node puts the system's word into the cause, other runtimes into the error itself.
    const { cause, code, name } = error as Error & { code?: string; cause?: { code?: string } };
    const why = cause?.code ?? code ?? name;
    // By a wrong clock its certificate looks expired as well.
    const wrong = /^CERT_(?:HAS_EXPIRED|NOT_YET_VALID)$/.test(why) ? clock(await dateOf(`${url}/healthz`)) : [];
    return [...results, ...(wrong.length > 0 ? wrong : [result('warning', 'program.worker-silent', { url, why })])];
  }
}

/** The time that a server says, whatever its certificate is worth: nothing else is taken from it. */
function dateOf(url: string): Promise<string | null> {
  return new Promise((resolve) => {
    const asked = request(url, { method: 'HEAD', rejectUnauthorized: false, timeout: PATIENCE }, (response) => {
      response.resume();
      resolve(response.headers.date ?? null);
    });
    asked.once('timeout', () => asked.destroy());
    asked.once('error', () => resolve(null));
    asked.end();
  });
}
