// A change told through Cloudflare's binding send_email, as miniflare has it: no relay, and no secret for one.
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { readSettings } from '../../worker/settings.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary, RELAY } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { type Zone, zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const HOUR = 3_600_000;
const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
let zone: Zone = ordinary;
let doh: RunningServer & { url: string };
let worker: RunningWorker;

before(async () => {
  doh = await startDohServer(
    respondFrom({
      async query(name, type) {
        const answer = await zoneResolver(zone).query(name, type);
        // Nothing is kept, so that a change is seen at once.
        return answer.kind === 'error' ? answer : { ...answer, ttl: 0 };
      },
    }),
  );
  const vars = { DOH_URL: doh.url, API_TOKENS: TOKEN, MAIL_FROM: 'alerts@shop.example' };
  worker = await startWorker(vars, { database: true, sendsTo: ['owner@shop.example'] });
});
after(async () => {
  await worker.stop();
  await doh.stop();
});

async function watch(mail: string): Promise<number> {
  const body = JSON.stringify({ ips: [RELAY], selectors: ['mail'], helo: 'mail.shop.example', mail, language: 'ru' });
  return (await worker.fetch('/v1/watch/shop.example', { method: 'PUT', headers, body })).status;
}
/** What was said last of the message that has this state. */
async function lastReply(state: 'delivered' | 'waiting'): Promise<string> {
  const response = await worker.fetch('/v1/watch/shop.example', { headers });
  const { deliveries } = (await response.json()) as { deliveries: { state: string; lastReply: string }[] };
  return deliveries.find((delivery) => delivery.state === state)?.lastReply ?? JSON.stringify(deliveries);
}
/** What the binding took, as miniflare keeps it for developers. */
async function sent() {
  const response = await fetch(`${worker.url}/cdn-cgi/local/explorer/api/local/email/sending`);
  const { result } = (await response.json()) as {
    result: { from: string; to: string[]; subject: string; headers: Record<string, string> }[];
  };
  return result;
}

test('a change for the worse goes out by the binding; a recipient that it does not allow is tried again', async () => {
  assert.equal(await watch('owner@shop.example'), 201);
  const start = Date.now() + HOUR;
  await worker.scheduled(new Date(start));
  zone = { ...ordinary, '25.113.0.203.in-addr.arpa': {} };
  await worker.scheduled(new Date(start + 2 * HOUR));
  assert.match(await lastReply('delivered'), /^taken by Cloudflare as <.+@shop\.example>$/);
  const [mail, ...others] = await sent();
  assert.deepEqual(others, []);
  assert.deepEqual(
    [mail!.from, mail!.to, mail!.subject],
    ['alerts@shop.example', ['owner@shop.example'], 'shop.example: настройки почты ухудшились'],
  );
  assert.equal(mail!.headers['auto-submitted'], 'auto-generated');

  assert.equal(await watch('stranger@shop.example'), 200);
  await worker.fetch('/v1/watch/shop.example/test', { method: 'POST', headers });
  await worker.scheduled(new Date(start + 3 * HOUR));
  assert.equal(await lastReply('waiting'), 'Cloudflare: email to stranger@shop.example not allowed');
  assert.equal((await sent()).length, 1);
});

test('mail needs a sender, and a way', () => {
  const binding = { send: async () => ({ messageId: '' }) };
  const relay = 'smtps://mail.shop.example';
  const from = 'alerts@shop.example';
  const rows: [bindings: object, ways: string[] | undefined][] = [
    [{}, undefined],
    [{ MAIL_FROM: from }, undefined],
    [{ SEND_EMAIL: binding }, undefined],
    [{ MAIL_RELAY: relay }, undefined],
    [{ MAIL_FROM: from, SEND_EMAIL: binding }, ['from', 'binding']],
    [{ MAIL_FROM: from, MAIL_RELAY: relay }, ['from', 'relay']],
    [{ MAIL_FROM: from, MAIL_RELAY: relay, SEND_EMAIL: binding }, ['from', 'binding', 'relay']],
  ];
  for (const [bindings, ways] of rows) {
    const read = readSettings(bindings);
    assert.ok(read.ok);
    assert.deepEqual(read.settings.mail && Object.keys(read.settings.mail), ways);
  }
});
