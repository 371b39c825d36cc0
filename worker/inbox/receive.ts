// A mail that arrives at a test inbox: looked at, its report kept, the mail forgotten.
import type { D1Database, ForwardableEmailMessage } from '@cloudflare/workers-types';
import { checkMessage, MAX_MESSAGE_BYTES } from '../../shared/check/message.ts';
import { inspectHeaders } from '../../shared/content/headers.ts';
import { readHeader, withoutSavedLines } from '../../shared/content/read-header.ts';
import { isAllowed } from '../access/domains.ts';
import type { Edge } from '../edge.ts';
import { type Chunks, readOctets } from '../octets.ts';
import type { Bindings } from '../settings.ts';
import { MAX_MAILS } from './inbox.ts';
import { addMail, isOpen, noteRefusal, takePlace } from './store.ts';

/** What Cloudflare's servers call themselves in their Received field, which stands on top of every mail that they take. */
export const RECEIVED_BY = 'cloudflare-email.net';
/** Characters of a stored report; D1 takes two million octets in one value, and a hostile head makes long facts. */
const MAX_REPORT = 400_000;

/** The parts of Cloudflare's message that are used; `rawSize` is 0 where it is not known beforehand. */
export type IncomingMail = Pick<ForwardableEmailMessage, 'from' | 'to' | 'rawSize' | 'setReject'> & {
  raw: Chunks | null;
};

/**
 * Takes a mail. Whatever is wrong with the mail itself is refused for good; where the database fails this throws, and
 * Cloudflare lets the sender try again later.
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

  const place = await takePlace(DB, local, now);
  if (place === 'unknown') return mail.setReject(UNKNOWN);
  if (place === 'full') {
    await noteRefusal(DB, local, 'full');
    return mail.setReject(`This test inbox has had its ${MAX_MAILS} mails; make a new one`);
  }
  const raw = await readOctets(mail.raw, MAX_MESSAGE_BYTES);
  if (raw === undefined) return refuseLarge(mail, DB, local, now);
  const { fromDomain } = inspectHeaders(readHeader(withoutSavedLines(raw)).fields, now);
  if (!isAllowed(fromDomain, settings)) {
    await noteRefusal(DB, local, 'other-domain');
    return mail.setReject('These test inboxes are for the domains of their owner only');
  }
  const envelopeFrom = mail.from === '<>' ? '' : mail.from;
  const report = await checkMessage(
    { raw, envelopeFrom, receivedBy: settings.inboxReceivedBy ?? RECEIVED_BY },
    edge.checkContext(bindings),
  );
  const stored = JSON.stringify(report);
  await addMail(DB, place, now, stored.length <= MAX_REPORT ? stored : JSON.stringify({ ...report, facts: {} }));
}

const UNKNOWN = 'There is no such test inbox; it may have expired';

async function refuseLarge(mail: IncomingMail, db: D1Database, local: string, now: number): Promise<void> {
  if (await isOpen(db, local, now)) await noteRefusal(db, local, 'too-large');
  mail.setReject(`A test mail may have ${MAX_MESSAGE_BYTES} octets`);
}
