// The database of a request, or a problem that says how to set one up.
import type { D1Database } from '@cloudflare/workers-types';
import type { Context } from 'hono';
import { ProblemError } from '../problem.ts';
import type { Bindings } from '../settings.ts';
import { migrated } from './schema.ts';

/** Throws 501 where no database is bound, 503 where it does not answer. */
export async function storeOf(context: Context<{ Bindings: Bindings }>): Promise<D1Database> {
  const { DB } = context.env;
  if (DB === undefined) {
    throw new ProblemError({
      status: 501,
      title: 'Not set up',
      detail:
        'Watching needs a database, and the Worker has none. Make one with npx wrangler d1 create mailshim, put its id into [[d1_databases]] of wrangler.toml, and deploy again.',
    });
  }
  try {
    return await migrated(DB);
  } catch (error) {
    console.error(error);
    throw new ProblemError(
      {
        status: 503,
        title: 'The database does not answer',
        detail: 'D1 did not answer. Come again in a minute; the Worker’s log has the details.',
      },
      { 'retry-after': '60' },
    );
  }
}
