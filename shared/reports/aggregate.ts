// DMARC aggregate reports: RFC 9990, RFC 7489 appendix C, the drafts before it, and deviations of reporters.
import { bounded, countOf, domainText, ipText, MAX_COMMENT, mailDomain, secondsOf } from './text.ts';
import type {
  AggregateRecord,
  AggregateReport,
  Disposition,
  DkimOutcome,
  OverrideReason,
  PolicyResult,
  Refusal,
  ReportFault,
  SpfOutcome,
} from './types.ts';
import { decodeXml, readXml, type XmlText } from './xml.ts';

/** Records that are kept of one report; those of the largest senders have a few thousand. */
export const MAX_RECORDS = 20_000;
/** Signatures, SPF results or reasons of one record; RFC 9990 section 3.1 limits signatures to 100. */
const MAX_RESULTS = 20;
const MAX_ERRORS = 10;

/** The namespace of RFC 9990 appendix A. */
const NAMESPACE_9990 = 'urn:ietf:params:xml:ns:dmarc-2.0';
/** RFC 7489 section 7.2.1.1: receiver "!" domain "!" begin "!" end. */
const FILE_NAME = /^([^!/\\]{1,255})!([^!]{1,255})!(\d{6,12})!(\d{6,12})/;

/** RFC 8601 sections 2.7.1 and 2.7.2, with the results of RFC 4408 and the drafts. */
const DKIM_RESULTS = new Set(['none', 'pass', 'fail', 'policy', 'neutral', 'temperror', 'permerror']);
const SPF_RESULTS = new Set(['none', 'pass', 'fail', 'softfail', 'neutral', 'policy', 'temperror', 'permerror']);
const OLD_RESULTS: ReadonlyMap<string, string> = new Map([
  ['unknown', 'temperror'],
  ['error', 'permerror'],
  ['hardfail', 'fail'],
  ['invalid', 'neutral'],
]);
const DISPOSITIONS: readonly Disposition[] = ['none', 'pass', 'quarantine', 'reject'];

export type AggregateOutcome = { ok: true; report: AggregateReport } | { ok: false; refusal: Refusal };

/** Reads the XML of a report; `name` is that of its file, which has domain and period where the XML does not. Never throws. */
export function readAggregate(bytes: Uint8Array, name: string): AggregateOutcome {
  return readAggregateText(decodeXml(bytes), name);
}

/** The same for a decoded text. */
export function readAggregateText(document: XmlText, name: string): AggregateOutcome {
  const builder = new Builder();
  const outcome = readXml(document, 'feedback', builder);
  if (!outcome.ok) return { ok: false, refusal: { ...outcome.refusal, detail: outcome.refusal.detail || name } };
  if (outcome.brokenXml) builder.fault('broken-xml');
  if (outcome.brokenEncoding) builder.fault('broken-encoding');
  if (outcome.trailing) builder.fault('trailing-data');
  if (outcome.doctype) builder.fault('doctype');
  return builder.finished(outcome.namespace, name);
}

/** Distinct texts of a report whose results are kept. */
const MAX_CACHED = 5000;

/** Reads each distinct text once: a large report repeats the same domains ten thousand times. */
function cached<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = read(text);
    if (known.size < MAX_CACHED) known.set(text, value);
    return value;
  };
}

class Builder {
  private readonly domain = cached(domainText);
  private readonly ip = cached(ipText);
  private readonly texts = new Map<string, string>();
  private readonly faults = new Set<ReportFault>();
  private readonly errors: string[] = [];
  private readonly records: AggregateRecord[] = [];
  private record = newRecord();
  private spf: SpfOutcome = newSpf();
  private dkim: DkimOutcome = newDkim();
  private reason: OverrideReason = { type: '', comment: '' };

  fault(fault: ReportFault): void {
    this.faults.add(fault);
  }

  open(name: string): void {
    if (name === 'record') this.record = newRecord();
    else if (name === 'dkim') this.dkim = newDkim();
    else if (name === 'spf') this.spf = newSpf();
    else if (name === 'reason') this.reason = { type: '', comment: '' };
  }

  close(name: string, parent: string, text: string): void {
    switch (parent) {
      case 'dkim':
        return void this.dkimMember(name, text);
      case 'spf':
        return void this.spfMember(name, text);
      case 'reason':
        if (name === 'type') this.reason.type = bounded(text, 60).toLowerCase();
        else if (name === 'comment') this.reason.comment = bounded(text, MAX_COMMENT);
        return;
      case 'auth_results':
        if (name === 'dkim')
          addTo(this.record.dkimResults, this.dkim, this.dkim.domain !== '' || this.dkim.result !== '');
        else if (name === 'spf')
          addTo(this.record.spfResults, this.spf, this.spf.domain !== '' || this.spf.result !== '');
        return;
      case 'policy_evaluated':
        return void this.evaluated(name, text);
      case 'row':
        if (name === 'source_ip') this.source(text);
        else if (name === 'count') this.count(text);
        return;
      case 'identifiers':
      // The name in the drafts.
      case 'identities':
        return void this.identifier(name, text);
      case 'feedback':
        if (name === 'record') this.add();
        else this.metadata(parent, name, text);
        return;
      default:
        this.metadata(parent, name, text);
    }
  }

  private metadata(parent: string, name: string, text: string): void {
    if (text === '') return;
    if (name === 'error' && parent === 'report_metadata') {
      if (this.errors.length < MAX_ERRORS) this.errors.push(bounded(text, MAX_COMMENT));
      return;
    }
    const key = `${parent}/${name}`;
    if (METADATA.has(key) && !this.texts.has(key)) this.texts.set(key, text);
  }

  private evaluated(name: string, text: string): void {
    const { record } = this;
    if (name === 'disposition') record.disposition = this.dispositionOf(text);
    else if (name === 'dkim') record.dkim = this.aligned(text);
    else if (name === 'spf') record.spf = this.aligned(text);
    else if (name === 'reason')
      addTo(record.reasons, this.reason, this.reason.type !== '' || this.reason.comment !== '');
  }

  private dispositionOf(text: string): Disposition | null {
    const word = text.toLowerCase();
    const disposition = DISPOSITIONS.find((one) => one === word);
    if (disposition === undefined && word !== '') this.fault('bad-result');
    return disposition ?? null;
  }

  /** RFC 7489 has "pass" and "fail"; some reporters write the result of SPF or DKIM, of which only "pass" is aligned. */
  private aligned(text: string): PolicyResult | null {
    const word = text.toLowerCase();
    if (word === 'pass' || word === 'fail') return word;
    if (word === '') return null;
    this.fault('bad-result');
    return SPF_RESULTS.has(word) || OLD_RESULTS.has(word) ? 'fail' : null;
  }

  private source(text: string): void {
    const ip = this.ip(text);
    this.record.sourceIp = ip.text;
    if (!ip.ok) this.fault('bad-source-ip');
  }

  private count(text: string): void {
    const count = countOf(text);
    if (count === undefined) this.fault('bad-count');
    this.record.count = count ?? 0;
  }

  private identifier(name: string, text: string): void {
    if (name === 'header_from') this.record.headerFrom = this.domain(text);
    else if (name === 'envelope_from') this.record.envelopeFrom = this.domain(text);
    else if (name === 'envelope_to') this.record.envelopeTo = this.domain(text);
  }

  private dkimMember(name: string, text: string): void {
    if (name === 'domain') this.dkim.domain = this.domain(text);
    else if (name === 'selector') this.dkim.selector = bounded(text, 200);
    else if (name === 'result') this.dkim.result = this.resultOf(text, DKIM_RESULTS);
    else if (name === 'human_result') this.dkim.comment = bounded(text, MAX_COMMENT);
  }

  private spfMember(name: string, text: string): void {
    const scope = text.toLowerCase();
    if (name === 'domain') this.spf.domain = this.domain(text);
    else if (name === 'scope') this.spf.scope = scope === 'helo' ? 'helo' : scope.startsWith('mfrom') ? 'mfrom' : '';
    else if (name === 'result') this.spf.result = this.resultOf(text, SPF_RESULTS);
    else if (name === 'human_result') this.spf.comment = bounded(text, MAX_COMMENT);
  }

  private resultOf(text: string, words: ReadonlySet<string>): string {
    const word = text.toLowerCase();
    if (words.has(word)) return word;
    const renamed = OLD_RESULTS.get(word);
    if (renamed === undefined && word !== '') this.fault('bad-result');
    return renamed !== undefined && words.has(renamed) ? renamed : '';
  }

  private add(): void {
    if (this.records.length >= MAX_RECORDS) this.fault('too-many-records');
    else this.records.push(this.record);
    this.record = newRecord();
  }

  finished(namespace: string, file: string): AggregateOutcome {
    const named = FILE_NAME.exec(file.replace(/^.*[/\\]/, ''));
    const text = (key: string, most?: number) => bounded(this.texts.get(key) ?? '', most);
    const domain = mailDomain(this.texts.get('policy_published/domain') ?? named?.[2] ?? '');
    if (domain === undefined) return missing('policy_published/domain');
    const period = this.period(named);
    if (period === undefined) return missing('report_metadata/date_range');
    const email = text('report_metadata/email');
    const organization =
      text('report_metadata/org_name') || email.slice(email.lastIndexOf('@') + 1) || (named?.[1] ?? '');
    if (organization === '') this.fault('no-organization');
    const reportId = text('report_metadata/report_id');
    if (reportId === '') this.fault('no-report-id');
    if (this.records.length === 0) this.fault('no-records');
    const rfc9990 = namespace === NAMESPACE_9990 || this.texts.has('policy_published/discovery_method');
    return {
      ok: true,
      report: {
        form: rfc9990 ? 'rfc9990' : 'rfc7489',
        organization,
        email,
        contact: text('report_metadata/extra_contact_info'),
        reportId,
        ...period,
        generator: text('report_metadata/generator'),
        errors: this.errors,
        policy: {
          domain,
          adkim: text('policy_published/adkim', 20),
          aspf: text('policy_published/aspf', 20),
          p: text('policy_published/p', 20).toLowerCase(),
          sp: text('policy_published/sp', 20).toLowerCase(),
          np: text('policy_published/np', 20).toLowerCase(),
          pct: text('policy_published/pct', 20),
          fo: text('policy_published/fo', 20),
          testing: text('policy_published/testing', 20).toLowerCase(),
          discoveryMethod: text('policy_published/discovery_method', 20).toLowerCase(),
        },
        records: this.records,
        faults: [...this.faults],
        later: [],
      },
    };
  }

  private period(named: RegExpExecArray | null): { begin: number; end: number } | undefined {
    let begin = secondsOf(this.texts.get('date_range/begin') ?? '');
    let end = secondsOf(this.texts.get('date_range/end') ?? '');
    if (begin === undefined || end === undefined) {
      begin ??= named === null ? end : Number(named[3]);
      if (begin === undefined) return undefined;
      this.fault('no-period');
      end ??= named === null ? begin : Number(named[4]);
    }
    if (begin <= end) return { begin, end };
    this.fault('period-reversed');
    return { begin: end, end: begin };
  }
}

const METADATA: ReadonlySet<string> = new Set([
  ...['org_name', 'email', 'extra_contact_info', 'report_id', 'generator'].map((name) => `report_metadata/${name}`),
  'date_range/begin',
  'date_range/end',
  ...['domain', 'adkim', 'aspf', 'p', 'sp', 'np', 'pct', 'fo', 'testing', 'discovery_method'].map(
    (name) => `policy_published/${name}`,
  ),
]);

function missing(member: string): AggregateOutcome {
  return { ok: false, refusal: { reason: 'member-missing', detail: member } };
}

function addTo<T>(list: T[], item: T, hasContent: boolean): void {
  if (hasContent && list.length < MAX_RESULTS) list.push(item);
}

function newRecord(): AggregateRecord {
  return {
    sourceIp: '',
    count: 0,
    disposition: null,
    dkim: null,
    spf: null,
    reasons: [],
    headerFrom: '',
    envelopeFrom: '',
    envelopeTo: '',
    dkimResults: [],
    spfResults: [],
  };
}
function newDkim(): DkimOutcome {
  return { domain: '', selector: '', result: '', comment: '' };
}
function newSpf(): SpfOutcome {
  return { domain: '', scope: '', result: '', comment: '' };
}

const FIRST_RECORD = /<(?:[\w.-]{1,20}:)?record[\s>]/;
/** Characters before the first record; real reports have a thousand. */
const MAX_PREAMBLE = 16 * 1024;
const RECORD_END = /<\/(?:[\w.-]{1,20}:)?record\s{0,20}>/g;
const ROOT_END = /^\s*<\/(?:[\w.-]{1,20}:)?feedback\s*>/;

/**
 * Reads a report; for one that is longer than `pieceLength` only the first piece, with the others in `later`. Each of them is
 * a document for `readAggregateText`, with the metadata of the report. Never throws.
 */
export function readInPieces(bytes: Uint8Array, name: string, pieceLength: number): AggregateOutcome {
  const document = decodeXml(bytes);
  if (document.text.length <= pieceLength) return readAggregateText(document, name);
  const [first, ...later] = piecesOf(document.text, pieceLength);
  if (first === undefined || later.length === 0) return readAggregateText(document, name);
  const outcome = readAggregateText({ ...document, text: first }, name);
  // The metadata may be after the records: then the whole report is read.
  if (!outcome.ok && outcome.refusal.reason === 'member-missing') return readAggregateText(document, name);
  if (outcome.ok) outcome.report.later = later;
  return outcome;
}

/** Documents of about that length; none where the text is not a complete report. */
function piecesOf(text: string, pieceLength: number): string[] {
  const start = FIRST_RECORD.exec(text)?.index;
  // Each piece repeats the metadata.
  if (start === undefined || start > MAX_PREAMBLE) return [];
  const root = /<((?:[\w.-]{1,20}:)?feedback)[\s>]/.exec(text.slice(0, start))?.[1];
  if (root === undefined) return [];
  const preamble = text.slice(0, start);
  const pieces: string[] = [];
  let from = start;
  let last = start;
  for (const match of text.slice(start).matchAll(RECORD_END)) {
    last = start + match.index + match[0].length;
    if (last - from < pieceLength) continue;
    pieces.push(`${preamble}${text.slice(from, last)}</${root}>`);
    from = last;
  }
  if (last > from) pieces.push(`${preamble}${text.slice(from, last)}</${root}>`);
  // Cut off in the middle of a record: the whole is read, and rejected.
  return ROOT_END.test(text.slice(last, last + 1000)) ? pieces : [];
}
