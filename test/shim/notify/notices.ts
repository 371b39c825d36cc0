// Reports for the tests, and their bytes as they are sent.
import { type DeliveryStatus, deliveryStatus, type RecipientStatus } from '../../../shim/notify/report.ts';
import { wireChunks } from '../../../shim/prepare/wire.ts';

export const ARRIVED = Date.UTC(2026, 10, 24, 10, 0, 0);
export const NOW = Date.UTC(2026, 10, 24, 10, 5, 7);
export const BOUNDARY = '=_5f0c1b';
export const HEAD = [
  'From: Shop <shop@shop.example>',
  'To: customer@customer.example',
  'Subject: Order 17',
  'Message-ID: <order17@shop.example>',
  '',
  '',
].join('\r\n');

export function failed(address: string, more: Partial<RecipientStatus> = {}): RecipientStatus {
  return {
    address,
    action: 'failed',
    status: '5.1.1',
    diagnostic: 'smtp; 550 5.1.1 no such user',
    remoteMta: 'mx.customer.example',
    lastAttempt: NOW - 1000,
    ...more,
  };
}

export function noticeOf(more: Partial<DeliveryStatus> = {}): DeliveryStatus {
  return {
    reportingMta: 'www.shop.example',
    arrivedAt: ARRIVED,
    now: NOW,
    envelopeFrom: 'shop@shop.example',
    to: 'shop@shop.example',
    from: 'postmaster@shop.example',
    recipients: [failed('customer@customer.example')],
    original: { head: Buffer.from(HEAD), body: [Buffer.from('Thank you.\r\n')] },
    ret: 'headers',
    boundary: BOUNDARY,
    messageId: '<notice1@www.shop.example>',
    ...more,
  };
}

/** As it goes over the wire. */
export function octetsOf(more: Partial<DeliveryStatus> = {}): Buffer {
  return Buffer.concat([...wireChunks(deliveryStatus(noticeOf(more)))]);
}

/** Header section and the three parts with their own headers, one byte per character. */
export function partsOf(octets: Buffer): { head: string; parts: { head: string; body: string }[] } {
  const text = octets.toString('latin1');
  const [top, ...rest] = text.split(`--${BOUNDARY}\r\n`);
  const split = (part: string) => {
    const at = part.indexOf('\r\n\r\n');
    return { head: part.slice(0, at + 2), body: part.slice(at + 4) };
  };
  const parts = rest.map((part, index) =>
    split(index === rest.length - 1 ? part.replace(`\r\n--${BOUNDARY}--\r\n`, '') : part.replace(/\r\n$/, '')),
  );
  return { head: split(top!).head, parts };
}
