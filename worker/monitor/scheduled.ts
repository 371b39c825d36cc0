// The handler of cron.
import type { ExportedHandlerScheduledHandler } from '@cloudflare/workers-types';
import { tlsDiagnosis } from '../access/connection.ts';
import type { Edge } from '../edge.ts';
import { readPieces } from '../reports/intake.ts';
import { pruneReports } from '../reports/store.ts';
import type { Bindings } from '../settings.ts';
import { watchRun } from './run.ts';
import { migrated } from './schema.ts';

/** Pieces of large reports that one run reads. */
const PIECES_PER_RUN = 1;

/** Within the first run of an hour at night; cron comes every five minutes. */
function isFirstOfDay(time: number): boolean {
  return time % 86_400_000 < 5 * 60_000;
}

export function scheduledHandler(edge: Edge): ExportedHandlerScheduledHandler<Bindings> {
  return async (controller, env) => {
    if (env.DB === undefined) {
      console.warn('Nothing is watched: no database is bound as DB. See docs/watching.md.');
      return;
    }
    const db = await migrated(env.DB);
    const pieces = await readPieces(db, PIECES_PER_RUN);
    // Once a day is often enough.
    if (pieces === 0 && isFirstOfDay(controller.scheduledTime)) await pruneReports(db, controller.scheduledTime);
    const { checked, tried, digest } = await watchRun({
      db,
      settings: edge.settings(env),
      check: edge.checkContext(env),
      diagnose: tlsDiagnosis(env.CONNECTOR),
      now: controller.scheduledTime,
    });
    console.log(
      JSON.stringify({ cron: new Date(controller.scheduledTime).toISOString(), checked, tried, digest, pieces }),
    );
  };
}
