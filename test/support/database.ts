// A real D1 in workerd, for code of the Worker that a test calls in its own process.
import type { D1Database } from '@cloudflare/workers-types';
import { Log, LogLevel, Miniflare } from 'miniflare';

export interface RunningDatabase {
  /** Empty at first. */
  db: D1Database;
  stop(): Promise<void>;
}

export async function startDatabase(): Promise<RunningDatabase> {
  const modules = { 'index.mjs': { type: 'esm' as const, contents: 'export default {}' } };
  const miniflare = new Miniflare({
    cf: false,
    log: new Log(LogLevel.WARN),
    workers: [
      {
        config: {
          name: 'database',
          compatibilityDate: '2026-10-01',
          manifest: { mainModule: 'index.mjs', modulesRoot: '/', modules },
          env: { DB: { type: 'd1', id: 'mailshim' } },
          exports: {},
        },
      },
    ],
  });
  const db = (await miniflare.getD1Database('DB')) as unknown as D1Database;
  return { db, stop: () => miniflare.dispose() };
}
