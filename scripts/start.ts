// `npm start`: the Worker in workerd on http://127.0.0.1:8787, without an account. DATA=/folder gives it a database and cron; docs/deploy.md
import { mkdirSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import { startCron } from './start/cron.ts';
import { createFront } from './start/front.ts';
import { bundleWorker, type Runtime, startRuntime } from './start/runtime.ts';
import { readStartSettings } from './start/settings.ts';
import { workerdTrouble } from './start/workerd.ts';

/** Status of the process where it was told what cannot be: EX_CONFIG of sysexits.h, at which systemd does not try again. */
const EX_CONFIG = 78;
/** Milliseconds that requests in hand are given at the end. */
const GRACE = 10_000;

const root = fileURLToPath(new URL('..', import.meta.url));
// wrangler, which reads wrangler.toml, tells nobody that it is used.
process.env.WRANGLER_SEND_METRICS = 'false';

function fail(status: number, ...problems: string[]): never {
  for (const problem of problems) console.error(`mailshim: ${problem}`);
  process.exit(status);
}

const read = readStartSettings(process.env, root);
if (!read.ok) fail(EX_CONFIG, ...read.problems);
const { settings } = read;
if (settings.data !== undefined) {
  try {
    // What is kept holds webhooks and mail addresses.
    mkdirSync(settings.data, { recursive: true, mode: 0o700 });
  } catch (error) {
    fail(EX_CONFIG, `the folder DATA cannot be made: ${(error as Error).message}`);
  }
}

const trouble = workerdTrouble();
if (trouble !== undefined) fail(1, trouble);
const runtime = await startRuntime(settings, await bundleWorker(root));
const health = await fetch(new URL('/healthz', runtime.url));
if (!health.ok) {
  const { detail } = (await health.json()) as { detail?: string };
  await runtime.stop();
  fail(EX_CONFIG, detail ?? `the Worker answers ${health.status}`);
}

const front = createFront(runtime.url);
front.on('error', (error: NodeJS.ErrnoException) => {
  const why = error.code === 'EADDRINUSE' ? 'something else listens there' : error.message;
  void runtime.stop().finally(() => fail(1, `cannot listen on ${settings.host} port ${settings.port}: ${why}`));
});
await new Promise<void>((resolve) => front.listen(settings.port, settings.host, resolve));
const { address, family, port } = front.address() as AddressInfo;
console.log(`mailshim: the Worker listens on http://${family === 'IPv6' ? `[${address}]` : address}:${port}`);

const stopCron = settings.data === undefined ? () => undefined : startCron((at) => runScheduled(runtime, at), Date.now);
if (settings.data !== undefined) {
  console.log(`mailshim: its database is in ${settings.data}; what is watched is checked every five minutes`);
}

async function runScheduled({ scheduled }: Runtime, at: Date): Promise<void> {
  try {
    const outcome = await scheduled(at);
    if (outcome !== 'ok') console.error(`mailshim: the run of cron of ${at.toISOString()} ended in: ${outcome}`);
  } catch (error) {
    console.error(`mailshim: the run of cron of ${at.toISOString()} failed: ${(error as Error).message}`);
  }
}

let stopping = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  // The runtime's keeper would end the process at once, and with it the requests in hand.
  process.removeAllListeners(signal);
  process.on(signal, () => {
    if (stopping) return;
    stopping = true;
    stopCron();
    front.close(() => void runtime.stop().then(() => process.exit(0)));
    front.closeIdleConnections();
    setTimeout(() => front.closeAllConnections(), GRACE).unref();
  });
}
