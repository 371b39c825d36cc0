// The receivers that docs/watching.md shows, fed with what the Worker sends: PHP behind its own web server, and Node.js.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { signatureHeaders } from '../../worker/monitor/webhook.ts';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { freePorts } from '../support/ports.ts';

const php = needs('php', 'php-cli');
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const documentation = readFileSync(new URL('../../docs/watching.md', import.meta.url), 'utf8');
const snippet = (language: string) => new RegExp(`\`\`\`${language}\n([^]*?)\`\`\``).exec(documentation)![1]!;

const body = JSON.stringify({ type: 'mail.test', data: { domain: 'shop.example', score: null } });
const seconds = () => Math.floor(Date.now() / 1000);
const signed = (timestamp = seconds()) => signatureHeaders('msg_1', body, { secret, timestamp });

/** What must not pass: each changes one thing of a good message. */
async function forgeries(): Promise<{ headers: Record<string, string>; body: string }[]> {
  const headers = await signed();
  return [
    { headers, body: body.replace('shop', 'evil') },
    { headers: { ...headers, 'webhook-id': 'msg_2' }, body },
    { headers: { ...headers, 'webhook-timestamp': String(seconds() + 1) }, body },
    { headers: { ...headers, 'webhook-signature': 'v1,' }, body },
    { headers: {}, body },
    { headers: await signed(seconds() - 3600), body },
    {
      headers: await signatureHeaders('msg_1', body, {
        secret: `whsec_${randomBytes(32).toString('base64')}`,
        timestamp: seconds(),
      }),
      body,
    },
  ];
}

test('the signature is the one of the published example of Standard Webhooks', async () => {
  // The example of https://github.com/standard-webhooks/standard-webhooks, spec section "Signature scheme".
  const headers = await signatureHeaders('msg_p5jXN8AQM9LWM0D4loKWxJek', '{"test": 2432232314}', {
    secret: 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    timestamp: 1614265330,
  });
  assert.equal(headers['webhook-signature'], 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('the receiver in PHP', { skip: php.missing }, async () => {
  const folder = temporaryFolder();
  const [port] = (await freePorts(1)) as [number];
  const server = spawn(php.path, ['-n', '-S', `127.0.0.1:${port}`, folder.write('hook.php', snippet('php'))], {
    env: { WEBHOOK_SECRET: secret },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  try {
    let said = '';
    // It says when it listens.
    await new Promise<void>((resolve, reject) => {
      server.once('exit', () => reject(new Error(said)));
      server.stderr.on('data', (text) => {
        said += text;
        if (/Development Server .* started/.test(said)) resolve();
      });
    });
    const post = (message: { headers: Record<string, string>; body: string }) =>
      fetch(`http://127.0.0.1:${port}/`, { method: 'POST', ...message });
    assert.equal((await post({ headers: await signed(), body })).status, 204);
    for (const [index, forgery] of (await forgeries()).entries()) {
      assert.equal((await post(forgery)).status, 401, String(index));
    }
  } finally {
    server.removeAllListeners('exit');
    server.kill();
    folder.remove();
  }
});

test('the receiver in Node.js', async () => {
  const module = `data:text/javascript,${encodeURIComponent(snippet('js'))}`;
  const { isGenuine } = (await import(module)) as {
    isGenuine(headers: Record<string, string>, body: string, secret: string): boolean;
  };
  assert.equal(isGenuine(await signed(), body, secret), true);
  for (const forgery of await forgeries()) assert.equal(isGenuine(forgery.headers, forgery.body, secret), false);
});
