// The entry for everything that arrives at a report address: a mail, or the file of a report.
import { decodedBody } from '../content/decode.ts';
import { readHeader, withoutSavedLines } from '../content/read-header.ts';
import type { Part } from '../content/structure.ts';
import { readInPieces } from './aggregate.ts';
import { hasReplySubject, readAutoReply } from './auto-reply.ts';
import { readBounce } from './bounce.ts';
import { readSesNotice } from './bounce-json.ts';
import { readFeedback } from './feedback.ts';
import { MAX_REPORT_MAIL_BYTES } from './limits.ts';
import { openMail, type ReportMail } from './message.ts';
import { originalOf } from './original.ts';
import { bounded } from './text.ts';
import { readTls } from './tls.ts';
import type { AggregateReport, Carrier, Reading, Refusal, RefusalReason, TlsReport } from './types.ts';
import { MAX_FILES, newBudget, packingOf, type UnpackBudget, unpack } from './unpack.ts';

/** Depth of attached mails that are read: a report that was forwarded as an attachment. */
const MAX_FORWARDED = 1;

const REPORT_NAME = /\.(?:xml|json|zip|gz|xml\.gz|json\.gz)$/i;
/** RFC 7489 section 7.2.1.1 and RFC 8460 section 5.1: receiver "!" domain "!" begin "!" end. */
const NAMED_AS_REPORT = /^[^!\s]{1,255}![^!\s]{1,255}!\d{6,12}!\d{6,12}/;
const REPORT_TYPE =
  /^(?:application\/(?:x-)?(?:gzip|zip|zip-compressed|gzip-compressed|xml|dmarc\+xml|json|tlsrpt\+(?:gzip|json))|text\/xml)$/;
/** RFC 9990 section 4: "Report Domain: … Submitter: …". */
const REPORT_SUBJECT = /report[ -]?domain\s*:|dmarc.{0,40}(?:aggregate|report)|tls.{0,20}report/i;

export interface ReadOptions {
  /** The name of the file, where the bytes are not a mail. */
  name?: string;
  /** The limit for unpacking; counts the work. */
  budget?: UnpackBudget;
  /** Characters of an aggregate report beyond which its records are not read but returned in pieces (`later`). */
  pieceLength?: number;
}

/** Reads a mail, or the XML, JSON, zip or gzip of a report. Never throws; its work is bounded. */
export function readReport(bytes: Uint8Array, options: ReadOptions = {}): Reading {
  if (bytes.length > MAX_REPORT_MAIL_BYTES) return refused('mail-too-large', String(bytes.length));
  const budget = options.budget ?? newBudget();
  if (isBareFile(bytes)) {
    const files = new Files(budget, options.pieceLength);
    files.take(bytes, options.name ?? '', true);
    return files.reading() ?? refused('not-a-report', options.name ?? '');
  }
  return readMail(bytes, { budget, pieceLength: options.pieceLength }, MAX_FORWARDED);
}

/** From, To and the like of the mail with a report; undefined where the bytes are a file. Never throws. */
export function carrierOf(bytes: Uint8Array): Carrier | undefined {
  if (isBareFile(bytes)) return undefined;
  const { fields } = readHeader(withoutSavedLines(bytes));
  return originalOf(fields);
}

interface Bounds {
  budget: UnpackBudget;
  pieceLength: number | undefined;
}

function readMail(bytes: Uint8Array, bounds: Bounds, forwarded: number): Reading {
  const opened = openMail(bytes);
  if (!opened.ok) return refused(opened.reason);
  const { mail } = opened;
  const feedback = readFeedback(mail);
  if (feedback !== undefined) {
    return { kind: feedback.type.startsWith('auth-failure') ? 'failure' : 'feedback', report: feedback };
  }
  // A bounce may return a mail with a report.
  if (!mail.leaves.some(({ type }) => /delivery-status$/.test(type))) {
    const reports = reportsIn(mail, bounds);
    if (reports !== undefined) return reports;
  }
  const automatic = automaticIn(mail);
  if (automatic !== undefined) return automatic;
  return (forwarded > 0 ? inForwarded(mail, bounds, forwarded) : undefined) ?? { kind: 'other' };
}

function automaticIn(mail: ReportMail): Reading | undefined {
  const notice = readSesNotice(mail);
  if (notice !== undefined) return notice;
  const reply = hasReplySubject(mail) ? readAutoReply(mail) : undefined;
  if (reply !== undefined) return { kind: 'auto-reply', reply };
  const bounce = readBounce(mail);
  if (bounce !== undefined) return { kind: 'bounce', bounce };
  const other = readAutoReply(mail);
  return other === undefined ? undefined : { kind: 'auto-reply', reply: other };
}

/** The attached reports; undefined where no part seems to be one. */
function reportsIn(mail: ReportMail, { budget, pieceLength }: Bounds): Reading | undefined {
  const claims =
    REPORT_SUBJECT.test(mail.subject) || /\btlsrpt\b/i.test(mail.structure.root.parameters.get('report-type') ?? '');
  if (mail.structure.problems.some(({ id }) => id === 'too-many-parts')) return refused('too-many-parts');
  const files = new Files(budget, pieceLength);
  for (const part of mail.leaves) {
    if (part.body.length === 0 || /^(?:message|image|audio|video)\//.test(part.type)) continue;
    const named = NAMED_AS_REPORT.test(part.filename) || /tlsrpt/.test(part.type);
    const expected = named || claims;
    const worth = named || REPORT_NAME.test(part.filename) || REPORT_TYPE.test(part.type) || startsAsFile(part);
    if (worth) files.take(decodedBody(part), part.filename, expected);
  }
  return files.reading();
}

/** A report in the text itself, or attached under a wrong type and name. */
function startsAsFile(part: Part): boolean {
  if (part.body.length > MAX_REPORT_MAIL_BYTES) return false;
  const start = decodedBody({ ...part, body: part.body.subarray(0, 400) });
  return isBareFile(start);
}

/** By its first bytes: an archive, XML, JSON; a mail starts with a field. */
function isBareFile(bytes: Uint8Array): boolean {
  if (packingOf(bytes) !== 'plain') return true;
  const start = startOf(bytes);
  return isXml(start) || isJson(start);
}

function isXml(start: string): boolean {
  return /^<(?:\?xml|!DOCTYPE|!--|(?:[\w.-]+:)?feedback\b)/i.test(start);
}

function isJson(start: string): boolean {
  return /^\{\s*(?:"|$)/.test(start) && !/^\{\s*"(?:Type|notificationType|eventType)"/.test(start);
}

/** Its first characters without a byte order mark, blanks and the zeros of UTF-16. */
function startOf(bytes: Uint8Array): string {
  return String.fromCharCode(...bytes.subarray(0, 400))
    .replace(/^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)/, '')
    .replace(/\0/g, '')
    .trimStart();
}

/** Reads files: the reports in them, and the reasons for those that are not reports. */
class Files {
  private readonly aggregates: AggregateReport[] = [];
  private readonly tls: TlsReport[] = [];
  private readonly refusals: Refusal[] = [];
  private readonly budget: UnpackBudget;
  private readonly pieceLength: number;
  private taken = 0;

  constructor(budget: UnpackBudget, pieceLength = Number.POSITIVE_INFINITY) {
    this.budget = budget;
    this.pieceLength = pieceLength;
  }

  /** @param expected a file that is not a report is a refusal, not just another attachment */
  take(bytes: Uint8Array, name: string, expected: boolean): void {
    if (++this.taken > MAX_FILES) return void this.refuse({ reason: 'too-many-files', detail: String(MAX_FILES) });
    const unpacked = unpack(bytes, name, this.budget);
    if (!unpacked.ok) {
      if (expected || unpacked.refusal.reason !== 'no-report-inside') this.refuse(unpacked.refusal);
      return;
    }
    for (const file of unpacked.files) {
      const start = startOf(file.bytes.subarray(0, 400));
      if (isXml(start) || (expected && start.startsWith('<')))
        this.add(readInPieces(file.bytes, file.name || name, this.pieceLength), this.aggregates, expected);
      else if (isJson(start)) this.add(readTls(file.bytes, file.name || name), this.tls, expected);
      else if (expected) this.refuse({ reason: 'no-report-inside', detail: file.name || name });
    }
  }

  private add<T>(outcome: { ok: true; report: T } | { ok: false; refusal: Refusal }, to: T[], expected: boolean): void {
    if (outcome.ok) to.push(outcome.report);
    else if (expected || outcome.refusal.reason !== 'not-a-report') this.refuse(outcome.refusal);
  }

  private refuse({ reason, detail }: Refusal): void {
    if (this.refusals.length < MAX_FILES) this.refusals.push({ reason, detail: bounded(detail) });
  }

  reading(): Reading | undefined {
    const { aggregates, tls, refusals } = this;
    if (aggregates.length > 0) return { kind: 'aggregate', reports: aggregates, refusals };
    if (tls.length > 0) return { kind: 'tls', reports: tls, refusals };
    const [refusal] = refusals;
    return refusal && { kind: 'refused', refusal };
  }
}

/** A report that was forwarded as an attachment. */
function inForwarded(mail: ReportMail, bounds: Bounds, forwarded: number): Reading | undefined {
  for (const part of mail.leaves) {
    if (part.type !== 'message/rfc822' && part.type !== 'message/global') continue;
    const inner = readMail(decodedBody(part), bounds, forwarded - 1);
    if (inner.kind === 'aggregate' || inner.kind === 'tls' || inner.kind === 'refused') return inner;
  }
  return undefined;
}

function refused(reason: RefusalReason, detail = ''): Reading {
  return { kind: 'refused', refusal: { reason, detail: bounded(detail) } };
}
