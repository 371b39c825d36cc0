// The Worker in workerd as `npm start` runs it: kept answers beside an empty route of Hono on the same workerd, a check whose answers nobody keeps beside the free plan's limit.
import { readdirSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Resolver } from '../../shared/dns/types.ts';
import { respondFrom, startDohServer } from '../../test/support/dns-server.ts';
import { ordinary, RELAY } from '../../test/support/ordinary.ts';
import { zoneResolver } from '../../test/support/zone.ts';
import { bundleWorker, type Runtime, startRuntime } from '../start/runtime.ts';
import type { StartSettings } from '../start/settings.ts';
import type { BenchOptions, BenchRow } from './row.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
/** Milliseconds of CPU a request, and kilobytes packed: https://developers.cloudflare.com/workers/platform/limits/ */
const FREE_CPU = 10;
const FREE_KILOBYTES = 3 * 1024;
/** Requests under way at once. */
const PARALLEL = 8;
/** Enough for V8 to have compiled what it will. */
const WARM = 300;
const KEPT_REQUESTS = 1500;
const CHECKS = 300;
/** What `--quick` divides these by. */
const QUICK = 5;
/** Length of the kernel's tick, in which /proc counts: USER_HZ is 100 on Linux. */
const TICK_MS = 10;

const EMPTY_ROUTE =
  "import { Hono } from 'hono'; const app = new Hono(); app.get('/', (context) => context.text('ok')); export default app;";

export default async function bench({ quick }: BenchOptions): Promise<BenchRow[]> {
  const part = quick ? QUICK : 1;
  const doh = await startDohServer(respondFrom(anyShop()));
  const settings: StartSettings = {
    host: '127.0.0.1',
    port: 0,
    vars: { DOH_URL: doh.url },
    compatibilityDate: '2026-10-01',
    compatibilityFlags: ['nodejs_compat'],
  };
  try {
    const script = await bundleWorker(root);
    const empty = await started(settings, await bundleEmpty(), '/');
    const emptyRoute = await measured(empty, part, KEPT_REQUESTS, () => '/');
    await empty.runtime.stop();
    const worker = await started(settings, script, '/healthz');
    try {
      const kept = `shop.example.svg?ip=${RELAY}`;
      const badge = await measured(worker, part, KEPT_REQUESTS, () => `/badge/${kept}`);
      const report = await measured(worker, part, KEPT_REQUESTS, () => `/report/shop.example?ip=${RELAY}`);
      let domain = 0;
      const fresh = () => `/v1/check/shop${++domain}.example?ip=${RELAY}&selector=mail&helo=mail.shop.example`;
      const check = await measured(worker, part, CHECKS, fresh);
      const name = 'empty Hono route';
      const rate = (what: string, { perSecond }: Measured): BenchRow => ({
        what: `Worker: ${what}`,
        unit: 'requests/s',
        ours: perSecond,
        peer: { name, value: emptyRoute.perSecond },
        higherIsBetter: true,
      });
      const cpu = (what: string, { cpuMs }: Measured, peer = { name, value: emptyRoute.cpuMs }): BenchRow => ({
        what: `Worker: ${what}, CPU`,
        unit: 'ms/request',
        ours: cpuMs,
        peer,
        higherIsBetter: false,
        note: 'all threads of workerd, with its network and its keeper; Cloudflare counts the Worker alone',
      });
      return [
        rate('badge, DNS kept', badge),
        cpu('badge, DNS kept', badge),
        rate('report page, DNS kept', report),
        cpu('report page, DNS kept', report),
        rate('full check, nothing kept', check),
        cpu('full check, nothing kept', check, { name: 'free plan', value: FREE_CPU }),
        {
          what: 'Worker: bundle, packed',
          unit: 'KB',
          ours: gzipSync(script).length / 1024,
          peer: { name: 'free plan', value: FREE_KILOBYTES },
          higherIsBetter: false,
        },
        {
          what: 'Worker: workerd started, to the first answer',
          unit: 'ms',
          ours: worker.startMs,
          peer: { name, value: empty.startMs },
          higherIsBetter: false,
        },
      ];
    } finally {
      await worker.runtime.stop();
    }
  } finally {
    await doh.stop();
  }
}

/** Every shop7.example is the ordinary shop, so that no answer of one check is of use to the next. */
function anyShop(): Resolver {
  const known = zoneResolver(ordinary);
  return { query: (name, type) => known.query(name.replace(/\bshop\d+\.example$/, 'shop.example'), type) };
}

async function bundleEmpty(): Promise<string> {
  const { outputFiles } = await build({
    stdin: { contents: EMPTY_ROUTE, resolveDir: root },
    bundle: true,
    format: 'esm',
    minify: true,
    write: false,
  });
  return outputFiles[0]!.text;
}

interface Subject {
  runtime: Runtime;
  pid: number;
  startMs: number;
}

async function started(settings: StartSettings, script: string, path: string): Promise<Subject> {
  const before = new Set(runtimes());
  const start = performance.now();
  const runtime = await startRuntime(settings, script);
  await (await fetch(new URL(path, runtime.url))).text();
  const startMs = performance.now() - start;
  const pid = runtimes().find((one) => !before.has(one));
  if (pid === undefined) throw new Error('workerd is not among the processes that this one started');
  return { runtime, pid, startMs };
}

/** Processes of workerd that this one started. */
function runtimes(): number[] {
  return readdirSync('/proc/self/task')
    .flatMap((task) => readFileSync(`/proc/self/task/${task}/children`, 'utf8').trim().split(' '))
    .filter((pid) => pid !== '' && readFileSync(`/proc/${pid}/comm`, 'utf8').trim() === 'workerd')
    .map(Number);
}

/** Milliseconds of CPU that a process has used, in itself and in the kernel: proc(5), /proc/pid/stat. */
function cpuOf(pid: number): number {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // Fields 14 and 15; the name in brackets may hold blanks.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}

interface Measured {
  perSecond: number;
  cpuMs: number;
}

async function measured(
  { runtime, pid }: Subject,
  part: number,
  requests: number,
  path: () => string,
): Promise<Measured> {
  const count = requests / part;
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const rounds = async (wanted: number) => {
    let left = wanted;
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        while (left-- > 0) await asked(new URL(path(), runtime.url), agent);
      }),
    );
  };
  await rounds(WARM / part);
  const cpu = cpuOf(pid);
  const start = performance.now();
  await rounds(count);
  const took = performance.now() - start;
  agent.destroy();
  return { perSecond: (count / took) * 1000, cpuMs: (cpuOf(pid) - cpu) / count };
}

function asked(url: URL, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(url, { agent }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url}: ${response.statusCode}`));
      response.resume().on('end', resolve);
    }).on('error', reject);
  });
}
