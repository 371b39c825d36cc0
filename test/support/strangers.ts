// Run in a network namespace of its own: hosts of strangers at public addresses, a name server for them alone, and `npm start`, which is asked about each.
import { spawn } from 'node:child_process';
import { createServer } from 'node:https';
import { createServer as createPlain, type Server } from 'node:net';
import { fileURLToPath } from 'node:url';
import { type Authority, createAuthority, type Issued } from './certificates.ts';
import { respondFrom, startDohServer } from './dns-server.ts';
import { temporaryFolder } from './folder.ts';
import { waitFor } from './wait.ts';
import { type Zone, zoneResolver } from './zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const DAY = 86_400_000;
const POLICY = 'version: STSv1\nmode: testing\nmx: mx.shop.example\nmax_age: 604800\n';

/** A host of a name, by what is wrong with it; undefined where nothing listens. */
export const STRANGERS: Record<string, ((names: string[], own: Authority, other: Authority) => Server) | undefined> = {
  good: (names, own) => https(own.issue({ names })),
  name: (_, own) => https(own.issue({ names: ['www.shop.example', 'cdn.example'] })),
  expired: (names, own) => https(own.issue({ names, notBefore: daysFrom(-9), notAfter: daysFrom(-1) })),
  early: (names, own) => https(own.issue({ names, notBefore: daysFrom(1) })),
  certificate: (names, _, other) => https(other.issue({ names })),
  plain: () => createPlain((socket) => socket.on('error', () => undefined).end('HTTP/1.1 400 Bad Request\r\n\r\n')),
  obsolete: (names, own) =>
    createServer({ ...own.issue({ names }), minVersion: 'TLSv1', maxVersion: 'TLSv1.1', ciphers: 'ALL@SECLEVEL=0' }),
  ended: () => createPlain((socket) => socket.on('error', () => undefined).destroy()),
  refused: undefined,
};

/** The last part of the first one's address, the others follow. */
export const FIRST = 10;
/** The kind that is the relay of this Worker as well. */
export const RELAY_KIND = 'expired';

/** What `npm start` says of one of them. */
export interface Said {
  /** Of the webhook. */
  lastReply: string;
  /** Of the mail, which goes to a relay at the same host. */
  mailReply?: string;
  result: string;
  problems: { id: string; detail: string }[];
}

const daysFrom = (days: number) => new Date(Date.now() + days * DAY);

function https(certificate: Issued): Server {
  return createServer(certificate, (request, response) => {
    // What is between the Worker and its connector is neither shown to a host nor taken from one.
    const clean = !Object.keys(request.headers).some((name) => /^(?:mailshim|cf|mf)-/.test(name));
    response.writeHead(clean ? 200 : 500, { 'mailshim-fault': 'name', 'content-type': 'text/plain' });
    response.end(POLICY);
  });
}

async function main(): Promise<void> {
  const folder = temporaryFolder();
  const [own, other] = [createAuthority(), createAuthority('Another authority')];
  const zone: Zone = {};
  const kinds = Object.keys(STRANGERS);
  for (const [index, kind] of kinds.entries()) {
    const address = `203.0.113.${FIRST + index}`;
    const names = [`hook.${kind}.example`, `mta-sts.${kind}.example`];
    for (const name of names) zone[name] = { A: [address] };
    zone[`${kind}.example`] = { MX: ['10 mx.shop.example'] };
    zone[`_mta-sts.${kind}.example`] = { TXT: ['v=STSv1; id=1'] };
    const server = STRANGERS[kind]?.(names, own, other);
    if (server !== undefined) await new Promise<void>((resolve) => server.listen(443, address, resolve));
  }
  const doh = await startDohServer(respondFrom(zoneResolver(zone)));
  const env = {
    PATH: process.env.PATH ?? '',
    PORT: '0',
    DATA: folder.join('data'),
    DOH_URL: doh.url,
    API_TOKENS: TOKEN,
    CHECKS_PER_RUN: '20',
    WEBHOOK_SECRET: `whsec_${btoa('0123456789abcdefghijklmn')}`,
    MAIL_FROM: 'alerts@shop.example',
    MAIL_RELAY: 'smtps://mail.shop.example',
    CONNECT_TO: `mail.shop.example:465=203.0.113.${FIRST + kinds.indexOf(RELAY_KIND)}:443`,
    NODE_EXTRA_CA_CERTS: folder.write('ca.pem', own.ca),
  };
  const said: Record<string, Said> = {};
  await whileStarted(env, async (api) => {
    for (const kind of kinds) {
      const mail = kind === RELAY_KIND ? { mail: 'owner@shop.example' } : {};
      await api('PUT', `/v1/watch/${kind}.example`, { webhook: `https://hook.${kind}.example/`, ...mail });
      await api('POST', `/v1/watch/${kind}.example/test`);
      const { facts } = (await api('GET', `/v1/mta-sts/${kind}.example`)) as {
        facts: { 'mta-sts': Pick<Said, 'result' | 'problems'> };
      };
      said[kind] = { lastReply: '', ...facts['mta-sts'] };
    }
  });
  // What is due is done at the start.
  await whileStarted(env, async (api, log) => {
    await waitFor(
      () => /"tried":\["/.test(log()),
      () => log(),
    );
    for (const kind of kinds) {
      const { deliveries } = (await api('GET', `/v1/watch/${kind}.example`)) as {
        deliveries: { channel: string; lastReply: string }[];
      };
      for (const { channel, lastReply } of deliveries)
        said[kind]![channel === 'mail' ? 'mailReply' : 'lastReply'] = lastReply;
    }
  });
  folder.remove();
  process.stdout.write(JSON.stringify(said), () => process.exit(0));
}

type Api = (method: string, path: string, body?: object) => Promise<unknown>;

async function whileStarted(
  env: Record<string, string>,
  use: (api: Api, log: () => string) => Promise<void>,
): Promise<void> {
  const root = fileURLToPath(new URL('../..', import.meta.url));
  const child = spawn(process.execPath, ['scripts/start.ts'], { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env });
  const ended = new Promise((resolve) => child.once('close', resolve));
  let log = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      log += text;
    });
  }
  await waitFor(
    () => /listens on/.test(log) || child.exitCode !== null,
    () => log,
  );
  const url = /listens on (\S+)/.exec(log)![1]!;
  try {
    await use(
      async (method, path, body) => {
        const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
        const response = await fetch(`${url}${path}`, { method, headers, ...(body && { body: JSON.stringify(body) }) });
        const text = await response.text();
        if (!response.ok) throw new Error(`${path}: ${text}`);
        return JSON.parse(text);
      },
      () => log,
    );
  } finally {
    child.kill('SIGTERM');
    await ended;
  }
}

if (import.meta.main) await main();
