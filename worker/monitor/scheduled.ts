// What cron calls.
import type { ExportedHandlerScheduledHandler } from '@cloudflare/workers-types';
import { tlsDiagnosis } from '../access/connection.ts';
import type { Edge } from '../edge.ts';
import type { Bindings } from '../settings.ts';
import { watchRun } from './run.ts';
import { migrated } from './schema.ts';

export function scheduledHandler(edge: Edge): ExportedHandlerScheduledHandler<Bindings> {
  return async (controller, env) => {
    if (env.DB === undefined) {
      console.warn('Nothing is watched: no database is bound as DB. See docs/watching.md.');
      return;
    }
    const { checked, tried } = await watchRun({
      db: await migrated(env.DB),
      settings: edge.settings(env),
      check: edge.checkContext(env),
      diagnose: tlsDiagnosis(env.CONNECTOR),
      now: controller.scheduledTime,
    });
    console.log(JSON.stringify({ cron: new Date(controller.scheduledTime).toISOString(), checked, tried }));
  };
}
