// A mail to a test inbox: checks it, and stores it with its report for the day of the inbox.
import type { D1Database, ForwardableEmailMessage } from '@cloudflare/workers-types';
import { checkMessage, MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { inspectHeaders } from '../../shared/content/headers.ts';
import { readHeader, withoutSavedLines } from '../../shared/content/read-header.ts';
import { isAllowed } from '../access/domains.ts';
import type { Edge } from '../edge.ts';
import type { Bindings } from '../settings.ts';
import { type Chunks, readBytes } from '../stream.ts';
import { MAX_MAILS } from './inbox.ts';
import { addMail, claimPlace, isOpen, recordRefusal } from './store.ts';

/** The name of Cloudflare's servers in the Received field that they add on top of every mail. */
export const RECEIVED_BY = 'cloudflare-email.net';
/** Characters of a stored report; a value in D1 has at most two million bytes, and a hostile header makes long facts. */
const MAX_REPORT = 400_000;
/** Bytes of a stored source: the header and the text; large attachments are cut off. */
const MAX_SOURCE = 200_000;

/** The parts of Cloudflare's message that are used; `rawSize` is 0 where it is not known beforehand. */
export type IncomingMail = Pick<ForwardableEmailMessage, 'from' | 'to' | 'rawSize' | 'setReject'> & {
  raw: Chunks | null;
};

/**
 * Accepts a mail, or rejects it permanently for a fault of its own; throws where the database fails, so that Cloudflare
 * defers the mail.
 */
export async function receiveMail(mail: IncomingMail, bindings: Bindings, edge: Edge): Promise<void> {
  const settings = edge.settings(bindings);
  const { inboxDomain } = settings;
  const { DB } = bindings;
  const at = mail.to.lastIndexOf('@');
  const local = mail.to.slice(0, at).toLowerCase();
  if (DB === undefined || inboxDomain === undefined) return mail.setReject('There are no test inboxes here');
  if (at === -1 || mail.to.slice(at + 1).toLowerCase() !== inboxDomain) return mail.setReject(UNKNOWN);
  const now = Date.now();
  if (mail.rawSize > MAX_MESSAGE_BYTES) return refuseLarge(mail, DB, local, now);

  const place = await claimPlace(DB, local, now);
  if (place === 'unknown') return mail.setReject(UNKNOWN);
  if (place === 'full') {
    await recordRefusal(DB, local, 'full');
    return mail.setReject(`This test inbox has had its ${MAX_MAILS} mails; make a new one`);
  }
  const raw = await readBytes(mail.raw, MAX_MESSAGE_BYTES);
  if (raw === undefined) return refuseLarge(mail, DB, local, now);
  const { fromDomain } = inspectHeaders(readHeader(withoutSavedLines(raw)).fields, now);
  if (!isAllowed(fromDomain, settings)) {
    await recordRefusal(DB, local, 'other-domain');
    return mail.setReject('These test inboxes are for the domains of their owner only');
  }
  const envelopeFrom = mail.from === '<>' ? '' : mail.from;
  const report = await checkMessage(
    { raw, envelopeFrom, receivedBy: settings.inboxReceivedBy ?? RECEIVED_BY },
    edge.checkContext(bindings),
  );
  const stored = JSON.stringify(report);
  await addMail(DB, place, {
    receivedAt: now,
    report: stored.length <= MAX_REPORT ? stored : JSON.stringify({ ...report, facts: {} }),
    source: new TextDecoder().decode(raw.subarray(0, MAX_SOURCE)),
  });
}

const UNKNOWN = 'There is no such test inbox; it may have expired';

async function refuseLarge(mail: IncomingMail, db: D1Database, local: string, now: number): Promise<void> {
  if (await isOpen(db, local, now)) await recordRefusal(db, local, 'too-large');
  mail.setReject(`A test mail may have ${MAX_MESSAGE_BYTES} bytes`);
}
