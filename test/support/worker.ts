// The Worker in workerd, on a port of loopback, as `npm start` runs it.
import { fileURLToPath } from 'node:url';
import { createTestHarness } from 'wrangler';

// Nothing is asked of the Internet: no usage figures, no sample of a request's properties.
process.env.WRANGLER_SEND_METRICS = 'false';
process.env.CLOUDFLARE_CF_FETCH_ENABLED = 'false';

export interface RunningWorker {
  url: string;
  fetch(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

/** Starts the Worker with settings in place of wrangler.toml's own. */
export async function startWorker(vars: Record<string, string>): Promise<RunningWorker> {
  const harness = createTestHarness({
    workers: [{ configPath: fileURLToPath(new URL('../../wrangler.toml', import.meta.url)), vars }],
  });
  const { url } = await harness.listen();
  const base = String(url).replace(/\/$/, '');
  return {
    url: base,
    fetch: (path, init) => fetch(`${base}${path}`, init),
    stop: () => harness.close(),
  };
}
