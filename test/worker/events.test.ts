// Events of Cloudflare Email Sending: read as bounces and complaints, through a queue of workerd, each once.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Message } from '@cloudflare/workers-types';
import { readSendingEvent } from '../../shared/reports/sending-event.ts';
import { createEdge } from '../../worker/edge.ts';
import { queueHandler } from '../../worker/reports/events.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { ordinary } from '../support/ordinary.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const TOKEN = 'a-token-of-more-than-twenty-characters';
const headers = { authorization: `Bearer ${TOKEN}`, 'content-type': 'application/json' };
let id = 0;
function event(type: string, payload: object = {}, domain = 'shop.example') {
  const common = {
    ...{ eventId: `event-${++id}`, messageId: `<order${id}@${domain}>`, sender: `shop@${domain}` },
    ...{ recipient: 'a@customer.example', subject: 'Your order', terminal: true },
  };
  return {
    type: `cf.email.sending.message.${type}`,
    source: { type: 'email.sending', zoneId: 'z', domain },
    payload: { ...common, ...payload },
    metadata: {
      accountId: 'a',
      eventSubscriptionId: 's',
      eventSchemaVersion: 1,
      eventTimestamp: '2026-11-24T10:05:00Z',
    },
  };
}
const reply = (code: string, smtpResponse: string) => ({
  status: 'bounced',
  smtpEnhancedStatusCode: code,
  smtpResponse,
});

describe('an event', () => {
  const cases: [name: string, body: unknown, read: unknown][] = [
    [
      'a hard bounce',
      event('bounced', { delivery: reply('5.1.1', '550 5.1.1 User unknown'), bounce: { type: 'hard' } }),
      ['bounce', 'failed', '5.1.1', 'no-such-address'],
    ],
    [
      'without a code',
      event('bounced', { bounce: { type: 'hard', reason: '550 mailbox is full' } }),
      ['bounce', 'failed', '5.2.2', 'mailbox-full'],
    ],
    [
      'put off',
      event('deferred', { delivery: reply('4.7.1', '450 4.7.1 Greylisted') }),
      ['bounce', 'delayed', '4.7.1', 'rate'],
    ],
    ['retries at an end', event('bounced', { bounce: { type: 'soft' } }), ['bounce', 'failed', '4.0.0', 'unknown']],
    [
      'rejected by Cloudflare',
      event('rejected', { rejection: { reason: 'suppressed', party: 'recipient', detail: 'on the list' } }),
      ['bounce', 'failed', '5.0.0', 'policy'],
    ],
    ['failed there', event('failed', { failure: { reason: 'internal' } }), ['bounce', 'failed', '4.0.0', 'unknown']],
    ['a complaint', event('complained', { complaint: { type: 'abuse' } }), ['feedback', 'abuse']],
    ['delivered', event('delivered'), 'delivered'],
    ['another event', { ...event('delivered'), type: 'cf.kv.created' }, undefined],
    ['without a sender', event('bounced', { sender: null }), undefined],
    ['a text', 'hello', undefined],
    ['nothing', null, undefined],
    [
      'members of other types',
      event('bounced', { delivery: [], bounce: 7, recipient: {}, subject: 1 }),
      ['bounce', 'failed', '4.0.0', 'unknown'],
    ],
  ];
  for (const [name, body, read] of cases) {
    test(name, () => {
      const found = readSendingEvent(body);
      if (found?.kind !== 'reading') return assert.equal(found?.kind, read);
      const { reading } = found;
      if (reading.kind === 'feedback') return assert.deepEqual([reading.kind, reading.report.type], read);
      const [recipient] = reading.bounce.recipients;
      assert.deepEqual([reading.kind, recipient!.action, recipient!.status, recipient!.reason], read);
    });
  }
});

describe('through a queue', () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  before(async () => {
    doh = await startDohServer(respondFrom(zoneResolver(ordinary)));
    worker = await startWorker({ DOH_URL: doh.url, API_TOKENS: TOKEN }, { database: true, queue: true });
    assert.equal((await worker.fetch('/v1/watch/shop.example', { method: 'PUT', headers, body: '{}' })).status, 201);
  });
  after(async () => {
    await worker.stop();
    await doh.stop();
  });

  test('each is kept once, by the same door as bounces; those of other domains are not', async () => {
    const bounced = event('bounced', { delivery: reply('5.1.1', '550 5.1.1 User unknown'), bounce: { type: 'hard' } });
    await worker.queue([
      ...[
        bounced,
        bounced,
        event('complained', { complaint: { type: 'abuse' } }),
        event('delivered'),
        event('delivered'),
      ],
      ...[event('bounced', {}, 'other.example'), event('delivered', {}, 'other.example'), 'nonsense'],
      event('bounced', { delivery: reply('5.2.2', '552 5.2.2 full'), sender: 'news@news.shop.example' }),
    ]);
    const counts = async () => {
      const response = await worker.fetch('/v1/bounces/shop.example', { headers });
      return (await response.json()) as Record<string, unknown> & { recent: { messageId: string; subject: string }[] };
    };
    let seen = await counts();
    for (let at = 0; at < 100 && seen.failed !== 2; at++) {
      await new Promise((resolve) => setTimeout(resolve, 50));
      seen = await counts();
    }
    const { failed, complained, delivered, recent } = seen;
    assert.deepEqual({ failed, complained, delivered }, { failed: 2, complained: 1, delivered: 2 });
    const { messageId } = bounced.payload;
    assert.ok(recent.some((one) => `<${one.messageId}>` === messageId && one.subject === 'Your order'));
    assert.deepEqual(await worker.sql('SELECT DISTINCT domain FROM reports'), [{ domain: 'shop.example' }]);
  });
});

test('where the database fails, the queue delivers again; what is unreadable it does not', async () => {
  const outcomes: string[] = [];
  const message = (name: string, body: unknown) =>
    ({
      ...{ id: name, timestamp: new Date(), body, attempts: 1 },
      ack: () => outcomes.push(`${name} ack`),
      retry: () => outcomes.push(`${name} retry`),
    }) as unknown as Message;
  const messages = [
    ...[message('1', event('bounced')), message('2', 'x'), message('3', event('delivered'))],
    message('4', event('delivered')),
  ];
  // All tables are there, and no other statement works.
  let asked = 0;
  const statement = {
    bind: () => statement,
    run: async () => ({}),
    first: async () => (asked++ === 0 ? { version: 1000 } : Promise.reject(new Error('D1 is away'))),
    all: async () => Promise.reject(new Error('D1 is away')),
  };
  const bindings = { DB: { prepare: () => statement, batch: async () => Promise.reject(new Error('D1 is away')) } };
  const { error, warn } = console;
  Object.assign(console, { error: () => undefined, warn: () => undefined });
  try {
    await queueHandler(createEdge())({ messages, queue: 'q' } as never, bindings as never, {} as never);
  } finally {
    Object.assign(console, { error, warn });
  }
  assert.deepEqual(outcomes, ['1 retry', '2 ack', '3 retry', '4 retry']);
});
