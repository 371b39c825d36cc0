// The Worker in workerd, on a port of loopback that only this process knows, with its database in a folder.
import { build, stop } from 'esbuild';
import { Log, LogLevel, Miniflare } from 'miniflare';
import { handleConnector } from './connector.ts';
import type { StartSettings } from './settings.ts';

export interface Runtime {
  /** Where it listens, without a stroke at the end. */
  url: URL;
  /** What cron calls. Returns what the Worker said of the run: `ok`, or how it failed. */
  scheduled(at: Date): Promise<string>;
  stop(): Promise<void>;
}

/** Octets of the Worker's one file, as it is handed to workerd. */
export async function bundleWorker(root: string): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [`${root}worker/index.ts`],
    absWorkingDir: root,
    bundle: true,
    format: 'esm',
    target: 'es2024',
    platform: 'neutral',
    // As wrangler resolves packages for a Worker.
    mainFields: ['module', 'main'],
    conditions: ['workerd', 'worker', 'browser'],
    external: ['cloudflare:*', 'node:*'],
    minify: true,
    write: false,
  });
  // Its process would stay as long as this one.
  await stop();
  return outputFiles[0]!.text;
}

export async function startRuntime(settings: StartSettings, script: string): Promise<Runtime> {
  const { data, perMinute, vars } = settings;
  const file = 'index.mjs';
  const miniflare = new Miniflare({
    host: '127.0.0.1',
    port: 0,
    // Neither a sample of a request's properties nor figures of use are asked for or sent.
    cf: false,
    telemetry: { enabled: false },
    // No door but the Worker's own: cron and mail of the development server are not reachable over HTTP.
    unsafeTriggerHandlers: false,
    unsafeLocalExplorer: false,
    enableDevRegistry: false,
    logRequests: false,
    log: new Log(LogLevel.WARN),
    ...(data === undefined ? {} : { resourcePersistencePath: data }),
    workers: [
      {
        config: {
          name: 'mailshim',
          compatibilityDate: settings.compatibilityDate,
          compatibilityFlags: settings.compatibilityFlags,
          manifest: { mainModule: file, modulesRoot: '/', modules: { [file]: { type: 'esm', contents: script } } },
          env: {
            ...Object.fromEntries(Object.entries(vars).map(([name, value]) => [name, { type: 'text', value }])),
            CONNECTOR: { type: 'node-handler', handler: handleConnector },
            ...(data === undefined ? {} : { DB: { type: 'd1', id: 'mailshim' } }),
            ...(perMinute === undefined
              ? {}
              : { RATE_LIMITER: { type: 'rate-limit', namespace: '1001', simple: { limit: perMinute, period: 60 } } }),
          },
          exports: {},
        },
      },
    ],
  });
  const url = await miniflare.ready;
  return {
    url,
    async scheduled(at) {
      const worker = await miniflare.getWorker();
      const { outcome } = await worker.scheduled({ scheduledTime: at, cron: '*/5 * * * *' });
      return outcome;
    },
    stop: () => miniflare.dispose(),
  };
}
