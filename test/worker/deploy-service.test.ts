// The unit of packaging/ where systemd is the first process, and nginx in front as docs/deploy.md has it.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { IncomingHttpHeaders } from 'node:http';
import { Agent, request } from 'node:https';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createAuthority } from '../support/certificates.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { temporaryFolder } from '../support/folder.ts';
import { type Machine, machineMissing, startMachine } from '../support/machine.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { needs } from '../support/peers.ts';
import { freePorts } from '../support/ports.ts';
import { waitFor } from '../support/wait.ts';
import { zoneResolver } from '../support/zone.ts';

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const unit = readFileSync(`${root}/packaging/mailshim-worker.service`, 'utf8');
const docs = readFileSync(`${root}/docs/deploy.md`, 'utf8');
const TOKEN = 'a-token-of-more-than-twenty-characters';
/** Of 10; what systemd calls OK ends at 4. */
const MAX_EXPOSURE = 2;

const systemd = needs('systemd-analyze', 'systemd');
const nginx = needs('nginx', 'nginx-light');

test('systemd finds nothing wrong with the unit, and little that it leaves open', { skip: systemd.missing }, () => {
  const folder = temporaryFolder();
  try {
    const here = unit.replaceAll('/opt/mailshim/node_modules/.bin/node', process.execPath);
    const file = folder.write('mailshim-worker.service', here, 0o644);
    const verified = spawnSync(systemd.path, ['verify', file], { encoding: 'utf8' });
    assert.deepEqual([verified.status, verified.stderr], [0, '']);
    const rated = spawnSync(systemd.path, ['security', '--offline=true', '--no-pager', file], { encoding: 'utf8' });
    const exposure = /exposure level for \S+: ([\d.]+)/.exec(rated.stdout)?.[1];
    assert.ok(Number(exposure) <= MAX_EXPOSURE, exposure ?? rated.stderr);
  } finally {
    folder.remove();
  }
});

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  body: string;
}

// The machine has a /tmp of its own.
const elsewhere = root.startsWith('/tmp/') ? 'the checkout is in /tmp, which the machine does not see' : false;

describe('the unit and nginx', { skip: systemd.missing || nginx.missing || elsewhere || machineMissing() }, () => {
  const authority = createAuthority();
  const agent = new Agent({ ca: authority.ca, keepAlive: false });
  let machine: Machine;
  let doh: RunningServer & { url: string };
  let port: number;
  let tlsPort: number;

  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
    const ports = (await freePorts(3)) as [number, number, number];
    [port, tlsPort] = ports;
    machine = await startMachine();
    await machine.write('/etc/systemd/system/mailshim-worker.service', unit);
    // The checkout stands where the unit looks for it, wherever it is here.
    await machine.shell('mkdir -p /opt/mailshim /etc/systemd/system/mailshim-worker.service.d');
    const modules = spawnSync('readlink', ['-f', `${root}/node_modules`], { encoding: 'utf8' }).stdout.trim();
    await machine.write(
      '/etc/systemd/system/mailshim-worker.service.d/here.conf',
      `[Service]\nBindReadOnlyPaths=${root}:/opt/mailshim ${modules}\n`,
    );
    await machine.write(
      '/etc/mailshim-worker.env',
      `PORT=${port}\nDOH_URL=${doh.url}\nAPI_TOKENS=${TOKEN}\nRATE_LIMIT=3\n`,
      { mode: '0600' },
    );
    const { cert, key } = authority.issue({ names: ['check.shop.example'] });
    await machine.shell('mkdir -p /etc/letsencrypt/live/check.shop.example');
    await machine.write('/etc/letsencrypt/live/check.shop.example/fullchain.pem', cert);
    await machine.write('/etc/letsencrypt/live/check.shop.example/privkey.pem', key, { mode: '0600' });
    const site = /```nginx\n([\s\S]*?)```/
      .exec(docs)![1]!
      .replace(/listen \[::\]:.*\n/g, '')
      .replace(/listen 443 /g, `listen 127.0.0.1:${tlsPort} `)
      .replace(/listen 80;/g, `listen 127.0.0.1:${ports[2]};`)
      .replace('127.0.0.1:8787', `127.0.0.1:${port}`);
    await machine.write('/etc/nginx/sites-enabled/default', site);
    await machine.shell('nginx -t && systemctl daemon-reload');
  });
  after(async () => {
    await machine?.stop();
    await doh?.stop();
  });

  const journal = () => machine.shell('journalctl -o cat --no-pager -u mailshim-worker.service');
  const listens = (times: number) =>
    waitFor(
      async () => (await journal()).split('the Worker listens').length > times,
      async () => `it does not start: ${await journal()}`,
    );
  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET', body = ''): Promise<Answer> =>
    new Promise((resolve, reject) => {
      const asked = request(
        {
          agent,
          host: '127.0.0.1',
          port: tlsPort,
          servername: 'check.shop.example',
          path,
          method,
          headers: { host: 'check.shop.example', ...headers },
        },
        (response) => {
          let text = '';
          response.setEncoding('utf8').on('data', (chunk: string) => {
            text += chunk;
          });
          response.on('end', () =>
            resolve({ status: response.statusCode ?? 0, headers: response.headers, body: text }),
          );
        },
      );
      asked.on('error', reject);
      asked.end(body);
    });

  test('the unit starts it as a user of its own, with its database', async () => {
    const started = await machine.run('systemctl', ['start', 'mailshim-worker', 'nginx']);
    assert.equal(started.code, 0, await journal());
    await listens(1);
    const pid = (await machine.shell('systemctl show -P MainPID mailshim-worker')).trim();
    const status = await machine.shell(`cat /proc/${pid}/status`);
    assert.doesNotMatch(status, /^Uid:\s+0\s/m);
    assert.match(status, /^NoNewPrivs:\s+1$/m);
    assert.match(status, /^Seccomp:\s+2$/m);
    assert.match(status, /^CapBnd:\s+0+$/m);
  });

  test('over TLS it answers, knows that it is TLS, and believes no stranger about his address', async () => {
    const page = await ask(`/report/shop.example?ip=${RELAY}`);
    assert.equal(page.status, 200, page.body);
    assert.match(String(page.headers['strict-transport-security']), /max-age/);
    assert.match(page.body, /https:\/\/check\.shop\.example\/badge\/shop\.example/);
    // nginx is on this machine, and so is this test: an own address is not limited, a made-up one would be.
    for (let i = 0; i < 5; i++) {
      assert.equal((await ask('/', { 'cf-connecting-ip': '203.0.113.5' })).status, 200);
    }
    for (const path of ['/cdn-cgi/local/scheduled', '//cdn-cgi/local/scheduled', '/%63dn-cgi/local/email']) {
      assert.equal((await ask(path)).status, 404, path);
    }
  });

  test('what is watched is checked by cron, and is there after a crash', async () => {
    const authorization = `Bearer ${TOKEN}`;
    const put = await ask(
      '/v1/watch/shop.example',
      { authorization, 'content-type': 'application/json' },
      'PUT',
      JSON.stringify({ ips: [RELAY] }),
    );
    assert.equal(put.status, 201, put.body);
    await machine.shell('systemctl kill --signal=SIGKILL mailshim-worker');
    await listens(2);
    const entries = async () => {
      const { status, body } = await ask('/v1/history/shop.example');
      // Not checked yet.
      if (status === 404) return 0;
      assert.equal(status, 200, body);
      return (JSON.parse(body) as { entries: unknown[] }).entries.length;
    };
    await waitFor(
      async () => (await entries()) === 1,
      async () => `nothing was checked: ${await journal()}`,
    );
    await machine.shell('systemctl restart mailshim-worker');
    await listens(3);
    assert.equal(await entries(), 1);
  });

  test('a setting that is wrong is said in the journal, and not tried again and again', async () => {
    await machine.shell('echo MAX_QUERIES=many >> /etc/mailshim-worker.env; systemctl restart mailshim-worker');
    await waitFor(
      async () => (await machine.run('systemctl', ['is-failed', '-q', 'mailshim-worker'])).code === 0,
      async () => `it does not end: ${await journal()}`,
    );
    assert.match(await journal(), /mailshim: MAX_QUERIES must be a whole number from 5 to 1000/);
    assert.match(await machine.shell('systemctl show -P ExecMainStatus mailshim-worker'), /^78$/m);
  });
});
