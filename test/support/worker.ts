// The Worker in workerd, on a port of loopback, as `npm start` runs it.
import { fileURLToPath } from 'node:url';
import { createTestHarness, unstable_readConfig } from 'wrangler';
import { type ApiContract, type ApiDocument, apiContract } from './api-contract.ts';

// Nothing is asked of the Internet: no usage figures, no sample of a request's properties.
process.env.WRANGLER_SEND_METRICS = 'false';
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';

export interface RunningWorker {
  url: string;
  /** Asks, and holds the response against the Worker's own OpenAPI document. */
  fetch(path: string, init?: RequestInit): Promise<Response>;
  /** Runs what cron would, as at the time given. */
  scheduled(at: Date): Promise<void>;
  /** Hands over a mail as Email Routing would; tells why it was refused. */
  email(mail: { from: string; to: string; raw: string }): Promise<{ rejectReason?: string | undefined }>;
  /** Puts messages into the queue that is bound with `queue`; they are delivered soon after. */
  queue(bodies: readonly unknown[]): Promise<void>;
  /** Runs a statement in the database that is bound as DB. */
  sql(statement: string): Promise<unknown[]>;
  stop(): Promise<void>;
}

export interface WorkerBindings {
  /** Binds an empty D1 database as DB. */
  database?: boolean;
  /** Binds RATE_LIMITER with so many requests a minute. */
  perMinute?: number;
  /** Binds SEND_EMAIL for these recipients. */
  sendsTo?: string[];
  /** Makes the Worker the consumer of a queue, and binds it as EVENTS. */
  queue?: boolean;
}

/** The part of a queue that tests use. */
interface Queue {
  sendBatch(messages: { body: unknown }[]): Promise<unknown>;
}

/** The part of D1 that tests use; its own types are those of another runtime. */
interface Database {
  prepare(statement: string): { all(): Promise<{ results: unknown[] }> };
}

const configPath = fileURLToPath(new URL('../../wrangler.toml', import.meta.url));

/** Starts the Worker with settings in place of wrangler.toml's own, and with the bindings that are optional there. */
export async function startWorker(vars: Record<string, string>, bindings?: WorkerBindings): Promise<RunningWorker> {
  const harness = createTestHarness({
    workers: [bindings === undefined ? { configPath, vars } : { config: configWith(vars, bindings) }],
  });
  const { url } = await harness.listen();
  const base = String(url).replace(/\/$/, '');
  let contract: Promise<ApiContract | undefined> | undefined;
  return {
    url: base,
    async fetch(path, init) {
      contract ??= contractOf(base);
      const response = await fetch(`${base}${path}`, init);
      await (await contract)?.check(init?.method ?? 'GET', response);
      return response;
    },
    async scheduled(at) {
      await harness.getWorker().scheduled({ scheduledTime: at });
    },
    async email(mail) {
      const { outcome, rejectReason } = await harness.getWorker().email(mail);
      if (outcome !== 'ok') throw new Error(`the Worker's email() ended in ${outcome}`);
      return { rejectReason };
    },
    async queue(bodies) {
      const { EVENTS } = await harness.getWorker<{ EVENTS: Queue }>().getEnv();
      await EVENTS.sendBatch(bodies.map((body) => ({ body })));
    },
    async sql(statement) {
      const { DB } = await harness.getWorker<{ DB: Database }>().getEnv();
      return (await DB.prepare(statement).all()).results;
    },
    stop: () => harness.close(),
  };
}

/** The Worker's own document; undefined where it is set up wrongly and answers nothing else either. */
async function contractOf(base: string): Promise<ApiContract | undefined> {
  const response = await fetch(`${base}/v1/openapi.json`);
  return response.ok ? apiContract((await response.json()) as ApiDocument) : undefined;
}

function configWith(
  vars: Record<string, string>,
  { database = false, perMinute, sendsTo, queue = false }: WorkerBindings,
) {
  const own = unstable_readConfig({ config: configPath });
  return {
    name: own.name!,
    main: own.main!,
    compatibility_date: own.compatibility_date!,
    compatibility_flags: own.compatibility_flags,
    rules: own.rules,
    vars: { ...(own.vars as Record<string, string>), ...vars },
    ...(database ? { d1_databases: [{ binding: 'DB', database_name: 'mailshim', database_id: 'local' }] } : {}),
    ...(sendsTo === undefined ? {} : { send_email: [{ name: 'SEND_EMAIL', allowed_destination_addresses: sendsTo }] }),
    ...(queue
      ? {
          queues: {
            producers: [{ binding: 'EVENTS', queue: 'mail-events' }],
            consumers: [{ queue: 'mail-events', max_batch_size: 5, max_batch_timeout: 0 }],
          },
        }
      : {}),
    ...(perMinute === undefined
      ? {}
      : {
          ratelimits: [
            { name: 'RATE_LIMITER', namespace_id: '1001', simple: { limit: perMinute, period: 60 as const } },
          ],
        }),
  };
}
