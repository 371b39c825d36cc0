// DMARC aggregate reports: RFC 9990, RFC 7489 appendix C, the drafts before it, and what reporters make of them.
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

/** Records that are kept of one report; the largest senders' reports have some thousand. */
export const MAX_RECORDS = 20_000;
/** Signatures, SPF results or reasons of one record; RFC 9990 section 3.1 asks for at most 100 signatures. */
const MAX_RESULTS = 20;
const MAX_ERRORS = 10;

/** The namespace of RFC 9990 appendix A. */
const NAMESPACE_9990 = 'urn:ietf:params:xml:ns:dmarc-2.0';
/** RFC 7489 section 7.2.1.1: receiver "!" domain "!" begin "!" end. */
const FILE_NAME = /^([^!/\\]{1,255})!([^!]{1,255})!(\d{6,12})!(\d{6,12})/;

/** RFC 8601 sections 2.7.1 and 2.7.2, with the words of RFC 4408 and the drafts. */
const DKIM_RESULTS = new Set(['none', 'pass', 'fail', 'policy', 'neutral', 'temperror', 'permerror']);
const SPF_RESULTS = new Set(['none', 'pass', 'fail', 'softfail', 'neutral', 'policy', 'temperror', 'permerror']);
const OLD_RESULTS: ReadonlyMap<string, string> = new Map([
  ['unknown', 'temperror'],
  ['error', 'permerror'],
  ['hardfail', 'fail'],
  ['invalid', 'neutral'],
]);
const DISPOSITIONS: ReadonlySet<string> = new Set(['none', 'pass', 'quarantine', 'reject']);

export type AggregateOutcome = { ok: true; report: AggregateReport } | { ok: false; refusal: Refusal };

/** Reads the XML of a report; `name` is that of its file, which gives domain and period where the XML does not. Never throws. */
export function readAggregate(bytes: Uint8Array, name: string): AggregateOutcome {
  return readAggregateText(decodeXml(bytes), name);
}

/** The same of a text. */
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

/** Texts that a report repeats in record after record; beyond these each is read anew. */
const MAX_KNOWN = 5000;

/** Reads each different text once: a large report names the same domains ten thousand times. */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const value = read(text);
    if (known.size < MAX_KNOWN) known.set(text, value);
    return value;
  };
}

class Builder {
  private readonly domain = remembering(domainText);
  private readonly ip = remembering(ipText);
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
      // The drafts' name.
      case 'identities':
        return void this.identifier(name, text);
      case 'feedback':
        if (name === 'record') this.add();
        else this.head(parent, name, text);
        return;
      default:
        this.head(parent, name, text);
    }
  }

  private head(parent: string, name: string, text: string): void {
    if (text === '') return;
    if (name === 'error' && parent === 'report_metadata') {
      if (this.errors.length < MAX_ERRORS) this.errors.push(bounded(text, MAX_COMMENT));
      return;
    }
    const key = `${parent}/${name}`;
    if (HEAD_MEMBERS.has(key) && !this.texts.has(key)) this.texts.set(key, text);
  }

  private evaluated(name: string, text: string): void {
    const { record } = this;
    if (name === 'disposition') record.disposition = this.known<Disposition>(text, DISPOSITIONS);
    else if (name === 'dkim') record.dkim = this.aligned(text);
    else if (name === 'spf') record.spf = this.aligned(text);
    else if (name === 'reason')
      addTo(record.reasons, this.reason, this.reason.type !== '' || this.reason.comment !== '');
  }

  private known<T extends string>(text: string, words: ReadonlySet<string>): T | null {
    const word = text.toLowerCase();
    if (words.has(word)) return word as T;
    if (word !== '') this.fault('bad-result');
    return null;
  }

  /** RFC 7489 knows "pass" and "fail"; some write the result of the check itself, of which only "pass" is aligned. */
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
      if (named === null && begin === undefined && end === undefined) return undefined;
      this.fault('no-period');
      begin ??= named === null ? end! : Number(named[3]);
      end ??= named === null ? begin : Number(named[4]);
    }
    if (begin <= end) return { begin, end };
    this.fault('period-reversed');
    return { begin: end, end: begin };
  }
}

const HEAD_MEMBERS: ReadonlySet<string> = new Set([
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

function addTo<T>(list: T[], item: T, says: boolean): void {
  if (says && list.length < MAX_RESULTS) list.push(item);
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
