// A mail to the address for reports (Cloudflare Email Routing).
import { MAX_REPORT_MAIL_BYTES } from '../../shared/reports/limits.ts';
import type { Edge } from '../edge.ts';
import type { IncomingMail } from '../inbox/receive.ts';
import { migrated } from '../monitor/schema.ts';
import type { Bindings, Settings } from '../settings.ts';
import { readBytes } from '../stream.ts';
import { takeReport } from './intake.ts';

/** Whether the mail goes to the address for reports; "reports+anything@…" does too. */
export function isForReports(to: string, { reportAddress }: Settings): boolean {
  if (reportAddress === undefined) return false;
  const at = to.lastIndexOf('@');
  const local = to.slice(0, Math.max(at, 0)).replace(/\+.*$/, '');
  return `${local}${to.slice(at)}`.toLowerCase() === reportAddress;
}

/**
 * Takes a report. An invalid report is rejected permanently; if the database fails this throws, and Cloudflare lets the
 * sender try again later.
 */
export async function receiveReport(mail: IncomingMail, bindings: Bindings, edge: Edge): Promise<void> {
  const { DB } = bindings;
  if (DB === undefined) return mail.setReject('Reports are not taken here: there is no database');
  const raw = mail.rawSize > MAX_REPORT_MAIL_BYTES ? undefined : await readBytes(mail.raw, MAX_REPORT_MAIL_BYTES);
  if (raw === undefined) return mail.setReject(`A report may have ${MAX_REPORT_MAIL_BYTES} bytes`);
  const { resolver } = edge.checkContext(bindings);
  const intake = await takeReport(
    { bytes: raw, address: mail.to },
    { db: await migrated(DB), resolver, now: Date.now() },
  );
  switch (intake.result) {
    case 'unreadable':
      return mail.setReject(`The report cannot be read: ${intake.refusal.reason}`);
    case 'not-a-report':
      return mail.setReject('This address takes reports and bounces only');
    case 'not-watched':
      return mail.setReject('The report is about a domain that is not watched here');
    case 'share-full':
      return mail.setReject('There were too many reports of this reporter or about this domain today');
    default:
      return undefined;
  }
}
