// `npm start`: the Worker in workerd on 127.0.0.1:8787, without an account.
// DOH_URL, PORT and every other setting of wrangler.toml may come from the environment.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const SETTINGS = ['DOH_URL', 'DNS_TIMEOUT_MS', 'MAX_QUERIES'];
const vars = SETTINGS.flatMap((name) =>
  process.env[name] === undefined ? [] : ['--var', `${name}:${process.env[name]}`],
);
const wrangler = fileURLToPath(new URL('../node_modules/wrangler/bin/wrangler.js', import.meta.url));

const child = spawn(
  process.execPath,
  [
    wrangler,
    'dev',
    '--port',
    process.env.PORT ?? '8787',
    '--ip',
    process.env.HOST ?? '127.0.0.1',
    '--show-interactive-dev-session=false',
    ...vars,
  ],
  {
    cwd: root,
    stdio: 'inherit',
    env: {
      ...process.env,
      WRANGLER_SEND_METRICS: 'false',
      CLOUDFLARE_CF_FETCH_ENABLED: 'false',
      WRANGLER_HIDE_BANNER: 'true',
    },
  },
);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 0));
