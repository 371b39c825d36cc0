// The check of one message: its authentication (RFC 9989 sections 4.4 and 5.3), its transmission, and its content.
import { type ContentFacts, inspectContent } from '../content/inspect.ts';
import { MAX_CHECKED_HEADER_BYTES, readHeader, withoutSavedLines } from '../content/read-header.ts';
import type { DkimOutcome, DkimSignatureOutcome } from '../dkim/types.ts';
import { verifyDkim } from '../dkim/verify.ts';
import { evaluateDmarc } from '../dmarc/evaluate.ts';
import { type DmarcInspection, inspectDmarc } from '../dmarc/inspect.ts';
import { registrableDomain } from '../dmarc/public-suffix.ts';
import type { DmarcOutcome } from '../dmarc/types.ts';
import { type QueryBudget, queryBudget } from '../dns/budget.ts';
import type { Resolver } from '../dns/types.ts';
import { checkDnsbl, type DnsblOutcome, MAX_LINK_DOMAINS } from '../dnsbl/check.ts';
import { LINK_LISTS } from '../dnsbl/lists.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import { dkimMessageFindings } from '../findings/dkim.rules.ts';
import { dmarcFindings, dmarcMessageFindings } from '../findings/dmarc.rules.ts';
import { dnsblFindings, linkListFindings } from '../findings/dnsbl.rules.ts';
import { mxFindings, reverseFindings } from '../findings/host.rules.ts';
import { contentFindingsOf, type MessageKind } from '../findings/message.rules.ts';
import type { ScoredPart } from '../findings/score.ts';
import { spfInspectionFindings, spfOutcomeFindings, withoutAllClear } from '../findings/spf.rules.ts';
import { domainOfAddress } from '../message/address.ts';
import { checkMx, type MxOutcome } from '../mx/check.ts';
import { checkReverse, type ReverseOutcome } from '../rdns/reverse.ts';
import { checkHost } from '../spf/check-host.ts';
import { inspectSpf, type SpfInspection } from '../spf/inspect.ts';
import { proposedSpf } from '../spf/propose.ts';
import type { SpfOutcome } from '../spf/types.ts';
import { toAscii } from '../text/domain.ts';
import { withoutForeignZones } from './free-mailbox.ts';
import { type Envelope, envelopeOf } from './message-envelope.ts';
import { prove, unansweredOf } from './prove.ts';
import { assemble } from './report.ts';
import type { CheckContext, Report } from './types.ts';
import { withWantedName } from './wanted-name.ts';
import { scored } from './weights.ts';

/** Bytes of a message; larger ones are not read. A Worker has 128 MB for several requests at once. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

const LF = 10;
const CR = 13;

/** Unverified signatures in a report; a hostile header has thousands. */
const MAX_UNVERIFIED_REPORTED = 2;

/** Pending signatures in a report. */
const MAX_PENDING = 4;

/** Names of `h=` in a report. */
const MAX_SIGNED_REPORTED = 100;

export interface LaterSignature {
  domain: string;
  selector?: string;
}

export interface MessageRequest {
  /** The whole message with CRLF or LF. */
  raw: Uint8Array;
  /** RFC5321.MailFrom; `''` for the null sender. Default: that of Return-Path. */
  envelopeFrom?: string;
  /** Address of the host that sent the message to the receiver, in canonical form. */
  clientIp?: string;
  /** The EHLO name of that host. */
  helo?: string;
  /** Whether it was received over TLS. */
  tls?: boolean;
  /** Name of the receiving host; missing values are read from the topmost Received field with that name, the only trusted one. */
  receivedBy?: string;
  /** Signatures that the message gets later: a missing signature is then unknown, not absent. */
  signedLater?: readonly LaterSignature[];
  /** Default: by header fields and links. */
  kind?: MessageKind;
}

export interface MessageFacts {
  /**
   * The path of the mail as far as it is known.
   * @opaque
   */
  envelope: Envelope;
  /**
   * Header, parts, text, links and attachments.
   * @opaque
   */
  content?: ContentFacts;
  /** `outcome` where the client's address and the envelope sender are known. */
  spf?: { inspection: SpfInspection; outcome?: SpfOutcome };
  /**
   * Each signature with its result (RFC 6376 section 6.1).
   * @opaque
   */
  dkim?: DkimOutcome;
  /** Signatures that an unsigned message gets later; their results in `dmarc` are temperror. */
  pending?: readonly LaterSignature[];
  dmarc?: {
    inspection: DmarcInspection;
    /**
     * The result for this message, with each identifier.
     * @opaque
     */
    outcome: DmarcOutcome;
  };
  ptr?: ReverseOutcome;
  dnsbl?: DnsblOutcome;
  /** Block lists for the domains of the mail's links; absent where it has none. */
  links?: DnsblOutcome;
  mx?: MxOutcome;
}

/** Checks a message. Never throws; missing values and queries that were not sent count as unknown. */
export async function checkMessage(
  request: MessageRequest,
  context: CheckContext,
): Promise<Report<{ message: MessageFacts }>> {
  const budget = queryBudget(context.resolver, { ...context.budget, now: context.clock });
  const raw = withoutSavedLines(request.raw);
  const { fields, tooLarge } = readHeader(raw);
  const envelope = envelopeOf(fields, request, context.now.getTime());
  const subject = { kind: 'message' as const, domain: null, ips: listOf(envelope.clientIp), helo: envelope.helo };
  const unread = unreadable(raw, tooLarge);
  if (unread !== undefined) {
    return assemble(
      {
        subject: { ...subject, selectors: [] },
        facts: { message: { envelope } },
        findings: [unread],
        parts: PARTS.map((part) => scored(part, false)),
      },
      budget,
      context,
    );
  }
  const { arrival, receivedFields } = envelope;
  const nullSender = envelope.mailFrom === '';
  const content = inspectContent(raw, { arrival, registrableDomain, receivedFields, nullSender });
  const headerFrom = content.headers.fromDomain;
  const evaluate = async (resolvers: Resolvers, verified?: DkimOutcome) => {
    const gathered = await gather(
      { raw, content, envelope, signedLater: request.signedLater, verified },
      resolvers,
      context,
    );
    const facts: MessageFacts = { envelope, content, ...gathered, dkim: reported(gathered.dkim) };
    return { gathered, facts, findings: findingsOf(facts, content, gathered.dkim, request.kind) };
  };
  const { gathered, facts, findings } = await evaluate(budget);
  const proven = await prove({
    domain: headerFrom,
    given: listOf(envelope.clientIp),
    findings,
    resolver: budget.at(2),
    now: new Date(arrival),
    unanswered: unansweredOf(budget),
    // The body is hashed again only where a key changes.
    recheck: async (resolver, { name }) =>
      (await evaluate({ at: () => resolver }, name.includes('._domainkey.') ? undefined : gathered.dkim)).findings,
  });
  const domain = headerFrom === '' ? null : headerFrom;
  const selectors = [...new Set(gathered.dkim.signatures.flatMap(({ selector }) => selector ?? []))];
  return assemble(
    {
      subject: { ...subject, domain, selectors },
      facts: { message: facts },
      findings: proven,
      parts: partsOf(facts),
    },
    budget,
    context,
  );
}

/** The reason for not reading a message; undefined where it is read. */
function unreadable(raw: Uint8Array, headerTooLarge: boolean): Finding | undefined {
  const bytes = raw.length;
  if (bytes > MAX_MESSAGE_BYTES) return finding('message.too-large', { octets: bytes, limit: MAX_MESSAGE_BYTES });
  if (!raw.includes(LF) && raw.includes(CR)) {
    const cr = raw.reduce((count, byte) => count + (byte === CR ? 1 : 0), 0);
    return finding('message.no-lines', { cr });
  }
  return headerTooLarge ? finding('message.head-too-large', { limit: MAX_CHECKED_HEADER_BYTES }) : undefined;
}

/** The outcome in a report, without the long lists of a hostile signature field. */
function reported(dkim: DkimOutcome): DkimOutcome {
  const signatures = dkim.signatures.map((one) => ({
    ...one,
    signedHeaders: one.signedHeaders.slice(0, MAX_SIGNED_REPORTED),
  }));
  return { ...dkim, signatures };
}

type Gathered = Omit<MessageFacts, 'envelope' | 'content' | 'dkim'> & { dkim: DkimOutcome };

/** The resolvers of the check: its budget, or the zone with a proposed record. */
type Resolvers = Pick<QueryBudget, 'at'> & Partial<Pick<QueryBudget, 'releaseReserve'>>;

interface Read {
  raw: Uint8Array;
  content: ContentFacts;
  envelope: Envelope;
  signedLater: MessageRequest['signedLater'];
  /** The verified signatures, where they are already known. */
  verified: DkimOutcome | undefined;
}

async function gather(
  { raw, content, envelope, signedLater = [], verified: known }: Read,
  budget: Resolvers,
  context: CheckContext,
): Promise<Gathered> {
  const headerFrom = content.headers.fromDomain;
  const key = context.dnsblKey === undefined ? {} : { key: context.dnsblKey };
  const resolver = budget.at(0);
  const { createHasher } = context;
  const { clientIp, helo, mailFrom, arrival } = envelope;
  // Signatures expire, and a saved message is checked at the time of its arrival.
  const now = new Date(arrival);
  const spfDomain = domainOfSpf(envelope) || headerFrom;
  const deciding = Promise.all([
    known ?? verifyDkim(raw, resolver, now, createHasher === undefined ? {} : { createHasher }),
    clientIp === null || mailFrom === null
      ? undefined
      : checkHost({ ip: clientIp, helo: helo ?? 'unknown', mailFrom }, resolver, { now }),
    spfDomain === '' ? undefined : inspectSpf(spfDomain, resolver),
    clientIp === null ? undefined : reverseOf(clientIp, helo ?? undefined, headerFrom, resolver),
    headerFrom === '' ? undefined : inspectDmarc(headerFrom, resolver),
  ]);
  const supporting = Promise.all([
    headerFrom === '' ? undefined : checkMx(headerFrom, budget.at(1)),
    checkDnsbl({ ip: listOf(clientIp), ...(headerFrom === '' ? {} : { domain: headerFrom }) }, budget.at(1), key),
    checkLinks(content, budget, key),
  ]);
  const [verified, spf, inspection, ptr, dmarcInspection] = await deciding;
  let unchecked = 0;
  const dkim = {
    ...verified,
    signatures: verified.signatures.filter(
      ({ problem }) => problem?.id !== 'not-verified' || unchecked++ < MAX_UNVERIFIED_REPORTED,
    ),
  };
  const pending = dkim.result === 'none' ? signedLater.slice(0, MAX_PENDING) : [];
  const dmarc =
    dmarcInspection === undefined
      ? undefined
      : await evaluateDmarc(
          {
            headerFrom,
            ...(spf === undefined ? {} : { spf: { domain: spf.domain, result: spf.result } }),
            dkim: [
              ...dkim.signatures.map(({ domain = '', result }) => ({ domain, result })),
              ...pending.map(({ domain }) => ({ domain, result: 'temperror' })),
            ],
          },
          resolver,
          { registrableDomain },
        );
  budget.releaseReserve?.();
  const [mx, dnsbl, links] = await supporting;
  return {
    dkim,
    ...(pending.length === 0 ? {} : { pending }),
    ...(inspection === undefined ? {} : { spf: { inspection, ...(spf === undefined ? {} : { outcome: spf }) } }),
    ...(dmarc === undefined || dmarcInspection === undefined
      ? {}
      : { dmarc: { inspection: dmarcInspection, outcome: dmarc } }),
    ...(ptr === undefined ? {} : { ptr }),
    dnsbl,
    ...(links === undefined ? {} : { links }),
    ...(mx === undefined ? {} : { mx }),
  };
}

async function reverseOf(ip: string, helo: string | undefined, headerFrom: string, resolver: Resolver) {
  const outcome = await checkReverse(ip, helo, resolver);
  return headerFrom === '' ? outcome : withWantedName(headerFrom, outcome, resolver);
}

/** Queries linked domains last, and among them the sender's own last, since the sender knows less about the others. */
async function checkLinks(
  { linkHosts, headers }: ContentFacts,
  budget: Resolvers,
  key: { key?: string },
): Promise<DnsblOutcome | undefined> {
  const own = registrableDomain(headers.fromDomain);
  const domains = [...new Set(linkHosts.flatMap((host) => registrableDomain(host) ?? []))];
  const asked = [...domains.filter((domain) => domain !== own), ...domains.filter((domain) => domain === own)];
  if (asked.length === 0) return undefined;
  const options = { ...key, lists: LINK_LISTS, maxDomains: MAX_LINK_DOMAINS };
  return checkDnsbl({ domain: asked }, budget.at(2), options);
}

/** RFC 7208 section 2.4: the domain of MAIL FROM, or the HELO name for the null sender. */
function domainOfSpf({ mailFrom, helo }: Envelope): string {
  if (mailFrom === null) return '';
  const name = toAscii(mailFrom === '' ? (helo ?? '') : domainOfAddress(mailFrom));
  return name.ok && name.name.includes('.') ? name.name : '';
}

function findingsOf(
  facts: MessageFacts,
  content: ContentFacts,
  dkim: DkimOutcome,
  kind: MessageKind | undefined,
): Finding[] {
  const { envelope, spf, dmarc, ptr, dnsbl, links, mx, pending } = facts;
  const own = contentFindingsOf(content, dkim, kind);
  if (mx?.exists === false) return [finding('check.no-such-domain', { domain: mx.domain }), ...own];
  const { findings: spfFindings, proposed } = spfFindingsOf(spf, envelope);
  const alignment = alignmentOf(facts, dkim, proposed);
  const authentication = [
    ...spfFindings,
    ...(pending === undefined ? dkimMessageFindings(dkim) : []),
    // Where SPF is unknown, or a signature is pending, a failure is not certain.
    ...(dmarc === undefined ||
    (pending !== undefined && dmarc.outcome.result !== 'pass') ||
    (dmarc.outcome.result === 'fail' && alignment.aligned === null)
      ? []
      : dmarcMessageFindings(dmarc.outcome)),
    ...(dmarc === undefined ? [] : dmarcFindings(dmarc.inspection)),
    ...alignment.findings,
    ...(mx === undefined ? [] : mxFindings(mx)),
  ];
  return [
    ...withoutForeignZones(authentication, {
      headerFrom: dmarc?.outcome.domain ?? '',
      spfDomain: spf?.inspection.domain ?? '',
      spfResult: spf?.outcome?.result,
      aligned: alignment.aligned,
      report: content.automatic === 'report',
    }),
    ...(ptr === undefined ? [] : reverseFindings(ptr, { domain: mx?.domain ?? '' })),
    ...(dnsbl === undefined ? [] : dnsblFindings(dnsbl)),
    ...(links === undefined ? [] : linkListFindings(links, dnsbl)),
    ...envelopeFindings(envelope),
    ...own,
  ];
}

function spfFindingsOf(
  spf: MessageFacts['spf'],
  { clientIp, mailFrom }: Envelope,
): { findings: Finding[]; proposed: string } {
  if (spf === undefined) return { findings: [], proposed: '' };
  const { inspection, outcome } = spf;
  const ips = listOf(clientIp);
  const unauthorised = outcome !== undefined && outcome.result !== 'pass' ? ips : [];
  const proposed = proposedSpf(inspection, ips, unauthorised);
  // The HELO name of a null sender need not have a record: alignment is evaluated separately.
  if (mailFrom === '' && inspection.status === 'none' && inspection.count === 0 && inspection.misplaced === undefined)
    return { proposed, findings: [finding('spf.helo-none', { helo: inspection.domain })] };
  return {
    proposed,
    findings: withoutAllClear([
      ...spfInspectionFindings(inspection, ips, [], unauthorised),
      ...(outcome === undefined ? [] : spfOutcomeFindings(outcome, ips, proposed)),
    ]),
  };
}

function envelopeFindings({ clientIp, mailFrom, tls, receivedBy, by, protocol }: Envelope): Finding[] {
  const findings: Finding[] = [];
  if (clientIp === null) findings.push(finding('message.no-client-ip', {}));
  if (mailFrom === null) findings.push(finding('message.no-envelope', {}));
  const receiver = by ?? receivedBy ?? '';
  if (tls === 'unseen') findings.push(finding('message.tls-unseen', {}));
  else if (tls === null) findings.push(finding('message.tls-unknown', {}));
  else if (tls.used) findings.push(finding('message.tls', { by: receiver, version: tls.version }));
  else findings.push(finding('message.not-tls', { by: receiver, protocol: protocol ?? 'SMTP' }));
  return findings;
}

/** The parts of a message's score; of a message that is not read, none is known. */
const PARTS = ['spf-record', 'spf-result', 'dkim', 'dmarc', 'ptr', 'dnsbl', 'tls', 'message'] as const;

function partsOf(facts: MessageFacts): ScoredPart[] {
  const { spf, dkim, dmarc, ptr, dnsbl, envelope } = facts;
  const listed = dnsbl?.listings ?? [];
  const known: Partial<Record<ScoredPart['part'], boolean>> = {
    'spf-record': spf !== undefined && spf.inspection.status !== 'unknown',
    'spf-result': spf?.outcome !== undefined && spf.outcome.result !== 'temperror',
    dkim: dkim?.result !== 'temperror' && facts.pending === undefined,
    // Without a From domain there is no policy, and the finding of From costs more points.
    dmarc: dmarc === undefined || dmarc.inspection.discovery.status !== 'unknown',
    ptr: ptr !== undefined && ptr.result !== 'temperror',
    dnsbl: listed.some(({ kind }) => kind === 'ip') && listed.every(({ status }) => status !== 'unknown'),
    tls: envelope.tls !== null,
    message: true,
  };
  // Where the receiver's field never shows TLS, it is not a part of the check, as the finding explains.
  return PARTS.filter((part) => part !== 'tls' || envelope.tls !== 'unseen').map((part) =>
    scored(part, known[part] === true),
  );
}

function listOf(ip: string | null): string[] {
  return ip === null ? [] : [ip];
}

/** Signatures in the arguments of a finding. */
const MAX_NAMED_SIGNATURES = 5;

interface MessageAlignment {
  /** Null where it is unknown. */
  aligned: boolean | null;
  findings: Finding[];
}

/** Combines SPF, DKIM and DMARC. `proposed` is the SPF record that authorizes the client, '' where there is none. */
function alignmentOf(facts: MessageFacts, dkim: DkimOutcome, proposed: string): MessageAlignment {
  const dmarc = facts.dmarc?.outcome;
  // Without a valid From there is no alignment; that has its own finding.
  if (dmarc === undefined) return { aligned: false, findings: [] };
  const headerFrom = dmarc.domain;
  const bySpf = spfAligned(facts.spf?.outcome, dmarc);
  const byDkim = facts.pending === undefined ? dkimAligned(dkim, dmarc) : pendingAligned(dmarc);
  const unalignedSpf = facts.spf?.outcome?.result === 'pass' && dmarc.spf?.aligned === false;
  const results = {
    headerFrom,
    spf: spfResult(facts.spf?.outcome, unalignedSpf),
    record: dmarc.spf?.aligned === true && facts.spf?.outcome?.result !== 'pass' ? proposed : '',
    dkim:
      dkim.signatures.length === 0
        ? (facts.pending?.map(({ selector = '?', domain }) => `unknown ${selector} ${domain}`) ?? ['unsigned'])
        : dkim.signatures.slice(0, MAX_NAMED_SIGNATURES).map((one, index) => dkimResult(one, dmarc, index)),
  };
  if (bySpf === true && byDkim === true) return { aligned: true, findings: [] };
  if (bySpf === true) {
    // A signature that could not be checked has its own finding.
    return { aligned: true, findings: byDkim === null ? [] : [finding('alignment.spf-only', { headerFrom })] };
  }
  if (byDkim === true) {
    const spf = unalignedSpf ? results.spf : 'fails';
    // A null sender is correct, and cannot be replaced by a domain of the sender.
    const isExplained = bySpf === null || facts.envelope.mailFrom === '';
    return { aligned: true, findings: isExplained ? [] : [finding('alignment.dkim-only', { headerFrom, spf })] };
  }
  if (bySpf === null || byDkim === null) return { aligned: null, findings: [finding('alignment.unknown', results)] };
  return { aligned: false, findings: [finding('alignment.none', results)] };
}

function spfAligned(spf: SpfOutcome | undefined, { spf: identifier }: DmarcOutcome): boolean | null {
  if (spf === undefined || identifier === undefined) return null;
  if (identifier.aligned === false) return false;
  if (spf.result === 'temperror') return null;
  return spf.result === 'pass' ? identifier.aligned : false;
}

function dkimAligned({ signatures }: DkimOutcome, { dkim }: DmarcOutcome): boolean | null {
  const states = signatures.map(({ result }, index) => {
    const aligned = dkim[index]?.aligned ?? null;
    if (aligned === false) return false;
    if (result === 'temperror') return null;
    return result === 'pass' ? aligned : false;
  });
  if (states.includes(true)) return true;
  return states.includes(null) ? null : false;
}

function pendingAligned({ dkim }: DmarcOutcome): boolean | null {
  return dkim.every(({ aligned }) => aligned === false) ? false : null;
}

function spfResult(spf: SpfOutcome | undefined, unaligned: boolean): string {
  if (spf === undefined) return 'none-known';
  return `${unaligned ? 'unaligned' : spf.result} ${spf.domain}`;
}

function dkimResult(signature: DkimSignatureOutcome, { dkim }: DmarcOutcome, index: number): string {
  const { selector = '?', domain = '?' } = signature;
  return `${stateOf(signature, dkim[index]?.aligned === false)} ${selector} ${domain}`;
}

/** A code of the arguments of `alignment.none`, or the id of the signature's problem. */
function stateOf({ result, problem }: DkimSignatureOutcome, unaligned: boolean): string {
  if (problem === undefined) return unaligned ? 'unaligned' : 'ok';
  if (problem.id === 'no-key') return 'missing';
  if (problem.id === 'body-altered' || problem.id === 'signature-mismatch') return 'failing';
  if (problem.id === 'not-verified') return 'unchecked';
  if (result === 'temperror') return 'unknown';
  return problem.name === undefined ? problem.id : 'unusable';
}
