// Events of Cloudflare Email Sending out of a queue: they enter by the same door as reports and bounces.
import type { ExportedHandler } from '@cloudflare/workers-types';
import { domainOfAddress } from '../../shared/message/address.ts';
import { readSendingEvent } from '../../shared/reports/sending-event.ts';
import { mailDomain } from '../../shared/reports/text.ts';
import type { Edge } from '../edge.ts';
import { migrated } from '../monitor/schema.ts';
import type { Bindings } from '../settings.ts';
import { countDelivered } from './bounce-sums.ts';
import { takeReading } from './intake.ts';
import { watchedDomain } from './store.ts';

/**
 * Each event is acknowledged when it is kept, or when it never will be: unreadable, or of a domain that is not watched. Where the
 * database fails, the queue delivers it again. What was delivered is counted by the batch, not kept one by one.
 */
export function queueHandler(edge: Edge): NonNullable<ExportedHandler<Bindings>['queue']> {
  return async ({ messages }, bindings) => {
    if (bindings.DB === undefined) throw new Error('Events are not kept: no database is bound as DB');
    const db = await migrated(bindings.DB);
    const { resolver } = edge.checkContext(bindings);
    const now = Date.now();
    const delivered = new Map<string, (typeof messages)[number][]>();
    for (const message of messages) {
      const event = readSendingEvent(message.body);
      if (event === undefined) {
        console.warn(`Not an event of Email Sending: ${message.id}`);
        message.ack();
      } else if (event.kind === 'delivered') {
        const domain = mailDomain(domainOfAddress(event.sender)) ?? '';
        delivered.set(domain, [...(delivered.get(domain) ?? []), message]);
      } else {
        await attempted([message], () => takeReading(event.reading, event.carrier, undefined, { db, resolver, now }));
      }
    }
    for (const [name, same] of delivered) {
      await attempted(same, async () => {
        const watched = name === '' ? undefined : await watchedDomain(db, [name]);
        if (watched !== undefined) await countDelivered(db, watched.domain, same.length, now);
      });
    }
  };
}

async function attempted(
  messages: readonly { ack(): void; retry(): void }[],
  keep: () => Promise<unknown>,
): Promise<void> {
  try {
    await keep();
    for (const message of messages) message.ack();
  } catch (error) {
    console.error(error);
    for (const message of messages) message.retry();
  }
}
