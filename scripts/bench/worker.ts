// The Worker in workerd as `npm start` runs it: kept answers beside an empty route of Hono on the same workerd, a check whose answers nobody keeps beside the free plan's limit and, with --against, beside the Worker of another commit.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { Agent, get } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { build } from 'esbuild';
import type { Resolver } from '../../shared/dns/types.ts';
import { respondFrom, startDohServer } from '../../test/support/dns-server.ts';
import { ordinary, RELAY } from '../../test/support/ordinary.ts';
import { type Zone, zoneResolver } from '../../test/support/zone.ts';
import { bundleWorker, type Runtime, startRuntime } from '../start/runtime.ts';
import type { StartSettings } from '../start/settings.ts';
import type { BenchOptions, BenchRow } from './row.ts';
import { SHOP_DIGITS, withoutTransport } from './support/without-transport.ts';

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

/** Turns that two Workers take, so that whatever else the machine does hits both. */
const TURNS = 10;
/** What issue 12 wants of the CPU: of a check beside the commit before, of a 304 beside the answer, of a hostile zone beside an ordinary one. */
const WANTED = { check: 0.6, notModified: 0.2, hostile: 3 };

export default async function bench({ quick, against }: BenchOptions): Promise<BenchRow[]> {
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
    const [emptyRoute] = await measured([empty], KEPT_REQUESTS / part, () => ({ path: '/' }));
    await empty.runtime.stop();
    const worker = await started(settings, script, '/healthz');
    try {
      return [
        ...(await keptRows(worker, part, emptyRoute!)),
        ...(await freshRows(worker, part, emptyRoute!)),
        ...(await notModifiedRows(worker, part)),
        ...(await hostileRows(worker, part)),
        ...(against === undefined ? [] : await againstRows(script, settings, against, part)),
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
          peer: { name: EMPTY, value: empty.startMs },
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

const EMPTY = 'empty Hono route';
const rate = (what: string, { perSecond }: Measured, empty: Measured): BenchRow => ({
  what: `Worker: ${what}`,
  unit: 'requests/s',
  ours: perSecond,
  peer: { name: EMPTY, value: empty.perSecond },
  higherIsBetter: true,
});
const cpu = (what: string, { cpuMs }: Measured, peer: NonNullable<BenchRow['peer']>, target?: number): BenchRow => ({
  what: `Worker: ${what}, CPU`,
  unit: 'ms/request',
  ours: cpuMs,
  peer,
  higherIsBetter: false,
  ...(target === undefined ? {} : { target }),
  note: 'all threads of workerd, with its network and its keeper; Cloudflare counts the Worker alone',
});

async function keptRows(worker: Subject, part: number, empty: Measured): Promise<BenchRow[]> {
  const peer = { name: EMPTY, value: empty.cpuMs };
  const [badge] = await measured([worker], KEPT_REQUESTS / part, () => ({
    path: `/badge/shop.example.svg?ip=${RELAY}`,
  }));
  const [report] = await measured([worker], KEPT_REQUESTS / part, () => ({ path: `/report/shop.example?ip=${RELAY}` }));
  return [
    rate('badge, DNS kept', badge!, empty),
    cpu('badge, DNS kept', badge!, peer),
    rate('report page, DNS kept', report!, empty),
    cpu('report page, DNS kept', report!, peer),
  ];
}

/** A check of a shop that was never asked about, so that no answer of one is of use to the next. */
const freshCheck: Ask = (number) => ({
  path: `/v1/check/shop${number}.example?ip=${RELAY}&selector=mail&helo=mail.shop.example`,
});

async function freshRows(worker: Subject, part: number, empty: Measured): Promise<BenchRow[]> {
  const [check] = await measured([worker], CHECKS / part, freshCheck);
  return [
    rate('full check, nothing kept', check!, empty),
    cpu('full check, nothing kept', check!, { name: 'free plan', value: FREE_CPU }),
  ];
}

/** The answer to a client that has the report, beside the report. */
async function notModifiedRows(worker: Subject, part: number): Promise<BenchRow[]> {
  const path = `/v1/check/shop.example?ip=${RELAY}&selector=mail`;
  const response = await fetch(new URL(path, worker.runtime.url));
  await response.text();
  const tag = response.headers.get('etag') ?? '';
  const count = KEPT_REQUESTS / part;
  const [whole] = await measured([worker], count, () => ({ path }));
  const [short] = await measured([worker], count, () => ({ path, headers: { 'if-none-match': tag }, status: 304 }));
  const peer = { name: 'the full answer', value: whole!.cpuMs };
  return [cpu('not modified (304), DNS kept', short!, peer, WANTED.notModified)];
}

/** The zones that cost most, beside an ordinary one of about as many questions. */
async function hostileRows(worker: Subject, part: number): Promise<BenchRow[]> {
  const ask = (domain: string) => () => ({ path: `/v1/check/${domain}?ip=${RELAY}&selector=mail` });
  const [few] = await measured([worker], CHECKS / part, ask('few.example'));
  const peer = { name: 'ten short includes', value: few!.cpuMs };
  const rows: BenchRow[] = [];
  for (const [domain, what] of Object.entries(HOSTILE)) {
    const [measure] = await measured([worker], CHECKS / part, ask(domain));
    rows.push(cpu(`${what}, DNS kept`, measure!, peer, WANTED.hostile));
  }
  return rows;
}

const HOSTILE = {
  'many.example': 'ten includes of 2,000 addresses',
  'several.example': '150 SPF records',
  'terms.example': 'an SPF record of 2,000 names',
  'reports.example': 'a DMARC record of 1,500 report addresses',
  'keys.example': '1,000 DKIM keys at one name',
  'hosts.example': '1,500 mail hosts',
};

function hostileZones(): Zone {
  const list = <T>(count: number, one: (index: number) => T) => Array.from({ length: count }, (_, index) => one(index));
  const mail = { MX: ['10 mx1.provider.example'], TXT: ['v=spf1 mx -all'] };
  const reports = list(1500, (index) => `mailto:a${index}@r${index}.example`).join(',');
  return {
    'several.example': { MX: mail.MX, TXT: list(150, (index) => `v=spf1 ip4:198.18.0.${index} ~all`) },
    'terms.example': {
      MX: mail.MX,
      TXT: [`v=spf1 ${list(2000, (index) => `a:h${index}.terms.example`).join(' ')} -all`],
    },
    'reports.example': mail,
    '_dmarc.reports.example': { TXT: [`v=DMARC1; p=none; rua=${reports}`] },
    'keys.example': mail,
    'mail._domainkey.keys.example': { TXT: list(1000, (index) => `v=DKIM1; k=rsa; p=MIIB${index}`) },
    'hosts.example': { MX: list(1500, (index) => `10 h${index}.hosts.example`), TXT: mail.TXT },
  };
}

/** Beside another commit, both started for this: a Worker that has answered other things keeps more, and clears it away meanwhile. */
async function againstRows(
  script: string,
  settings: StartSettings,
  revision: string,
  part: number,
): Promise<BenchRow[]> {
  const before = await bundleOf(revision);
  const rows: BenchRow[] = [];
  for (const { what, scripts, target } of [
    { what: 'full check, nothing kept, in turns', scripts: [script, before], target: WANTED.check },
    {
      what: 'full check, nothing kept, in turns, without its fetches',
      scripts: [withoutTransport(script), withoutTransport(before)],
    },
  ]) {
    const subjects: Subject[] = [];
    try {
      for (const one of scripts) subjects.push(await started(settings, one, '/healthz'));
      const [now, then] = await measured(subjects, (2 * CHECKS) / part, freshCheck);
      rows.push(cpu(what, now!, { name: revision, value: then!.cpuMs }, target));
    } finally {
      for (const { runtime } of subjects) await runtime.stop();
    }
  }
  return rows;
}

/** The Worker as it was, built from a work tree that is gone afterwards, with the packages of this one. */
async function bundleOf(revision: string): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'mailshim-bench-'));
  const tree = join(folder, 'tree');
  execFileSync('git', ['worktree', 'add', '--quiet', '--detach', tree, revision], { cwd: root });
  try {
    symlinkSync(join(root, 'node_modules'), join(tree, 'node_modules'));
    return await bundleWorker(`${tree}/`);
  } finally {
    execFileSync('git', ['worktree', 'remove', '--force', tree], { cwd: root });
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Every shop7.example is the ordinary shop; beside them are a zone of ten short includes and the hostile ones. */
function anyShop(): Resolver {
  const known = zoneResolver({
    ...ordinary,
    ...includes('few.example', 1),
    ...includes('many.example', 2000),
    ...hostileZones(),
  });
  return { query: (name, type) => known.query(name.replace(/\bshop\d+\.example$/, 'shop.example'), type) };
}

function includes(domain: string, addresses: number): Zone {
  const names = Array.from({ length: 10 }, (_, index) => `_spf${index}.${domain}`);
  const zone: Zone = {
    [domain]: {
      MX: ['10 mx1.provider.example'],
      TXT: [`v=spf1 ${names.map((name) => `include:${name}`).join(' ')} -all`],
    },
  };
  for (const [index, name] of names.entries()) {
    const terms = Array.from({ length: addresses }, (_, at) => `ip4:198.18.${index}.${at % 250}/31`);
    zone[name] = { TXT: [`v=spf1 ${terms.join(' ')} -all`] };
  }
  return zone;
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
interface Asked {
  path: string;
  headers?: Record<string, string>;
  /** Expected; 200 where absent. */
  status?: number;
}
/** What to ask next; each number once for one Worker. */
type Ask = (number: number) => Asked;

/** Numbers of checks are used up over the whole run: a Worker keeps what it was asked before. */
let number = 10 ** (SHOP_DIGITS - 1);

/** Asks each as often, in turns; the figures in the order of the subjects. */
async function measured(subjects: readonly Subject[], requests: number, ask: Ask): Promise<Measured[]> {
  const agent = new Agent({ keepAlive: true, maxSockets: PARALLEL });
  const rounds = async ({ runtime }: Subject, wanted: number) => {
    let left = wanted;
    await Promise.all(
      Array.from({ length: PARALLEL }, async () => {
        while (left-- > 0) await asked(runtime.url, ask(++number), agent);
      }),
    );
  };
  const sums = subjects.map(() => ({ cpu: 0, took: 0 }));
  const turns = subjects.length > 1 ? TURNS : 1;
  for (const subject of subjects) await rounds(subject, Math.min(WARM, requests));
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, subject] of subjects.entries()) {
      const cpu = cpuOf(subject.pid);
      const start = performance.now();
      await rounds(subject, requests / turns);
      sums[index]!.took += performance.now() - start;
      sums[index]!.cpu += cpuOf(subject.pid) - cpu;
    }
  }
  agent.destroy();
  return sums.map(({ cpu, took }) => ({ perSecond: (requests / took) * 1000, cpuMs: cpu / requests }));
}

function asked(base: URL, { path, headers = {}, status = 200 }: Asked, agent: Agent): Promise<void> {
  return new Promise((resolve, reject) => {
    get(new URL(path, base), { agent, headers }, (response) => {
      if (response.statusCode !== status) reject(new Error(`${path}: ${response.statusCode}`));
      response.resume().on('end', resolve);
    }).on('error', reject);
  });
}
