// Whether this machine's clock is right, where no Worker says so: by the relay's web server, and by files from the future.

import { statSync } from 'node:fs';
import { bareHost } from '../submit/plan.ts';

/** Milliseconds for the relay's web server, which certbot may have set up. */
const PATIENCE = 3000;
/** Milliseconds that a clock may be off: an answer takes its time, and receivers do not look closer. */
const OFF = 5 * 60_000;

/** Milliseconds by which the clock is fast, negative where it is slow; undefined where it is right, or nothing tells. */
export async function clockOff(now: Date, host: string, files: readonly string[]): Promise<number | undefined> {
  const off = (await byWebServer(now, host)) ?? byFiles(now, files);
  return off !== undefined && Math.abs(off) > OFF ? off : undefined;
}

async function byWebServer(now: Date, host: string): Promise<number | undefined> {
  const name = bareHost(host);
  try {
    const response = await fetch(`http://${name.includes(':') ? `[${name}]` : name}/`, {
      method: 'HEAD',
      redirect: 'manual',
      signal: AbortSignal.timeout(PATIENCE),
    });
    const date = Date.parse(response.headers.get('date') ?? '');
    return Number.isNaN(date) ? undefined : now.getTime() - date;
  } catch {
    return undefined;
  }
}

/** A file that was written later than now was written by a clock that was right, or more so. */
function byFiles(now: Date, files: readonly string[]): number | undefined {
  const times = files.map((file) => statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0);
  const latest = Math.max(0, ...times);
  return latest > now.getTime() + OFF ? now.getTime() - latest : undefined;
}
