// From the content of a message to findings: its header, bytes, parts, links, and unsubscribing.
import type { HeaderProblem } from '../content/headers.ts';
import { MANY_HIDDEN } from '../content/hidden.ts';
import { type ContentFacts, GMAIL_CLIP_BYTES } from '../content/inspect.ts';
import type { Link, LinkProblemId } from '../content/links.ts';
import type { UnsubscribeFacts } from '../content/unsubscribe.ts';
import type { DkimOutcome } from '../dkim/types.ts';
import { domainOfAddress } from '../message/address.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { type Finding, finding } from './catalog.ts';

/** Bytes from which a mail is large: half of what the strictest receivers accept. */
const LARGE = 5 * 1024 * 1024;
/** Visible characters below which a mail consists of images: two short lines. */
const FEW_CHARACTERS = 60;
/** Percent of hidden words that also occur in the visible text, from which they are the same text for another screen. */
const MOSTLY_REPEATED = 60;
/** Percent of the words of the plain text in the HTML, below which they are different texts. */
const HARDLY_COMMON = 30;
/** Characters of an address that are shown. */
const MAX_ADDRESS = 120;
/** Items of one kind that are listed. */
const MAX_NAMED = 5;

/** Whether the mail is known to be bulk mail or known not to be; without a value the mail itself decides. */
export const MESSAGE_KINDS = ['marketing', 'transactional'] as const;
export type MessageKind = (typeof MESSAGE_KINDS)[number];

/** Findings of the message itself, without DNS. `dkim` has the signed header fields. */
export function contentFindingsOf(content: ContentFacts, dkim: DkimOutcome | undefined, kind?: MessageKind): Finding[] {
  return [
    seen(content),
    ...headerFindings(content),
    ...replyToFindings(content),
    ...byteFindings(content),
    ...partFindings(content),
    ...textFindings(content),
    ...linkFindings(content.badLinks),
    ...attachmentFindings(content),
    ...unsubscribeFindings(content, dkim, kind),
  ];
}

function seen({ octets, parts, links, attachments }: ContentFacts): Finding {
  const types = [...new Set(parts.map(({ type }) => type))].slice(0, MAX_NAMED);
  return finding('message.seen', { octets: octets.octets, parts: types, links, attachments: attachments.length });
}

function headerFindings({ headers }: ContentFacts): Finding[] {
  const address = headers.fromAddress.slice(0, MAX_ADDRESS);
  return headers.problems.map((problem) => headerFinding(problem, address));
}

/** Reply-To at a free mailbox that is not the sender's. Mail of a contact form to the shop itself is in order. */
function replyToFindings({ headers }: ContentFacts): Finding[] {
  const { replyTo, fromAddress, fromDomain, recipientDomains } = headers;
  const domain = domainOfAddress(replyTo).toLowerCase();
  if (replyTo === '' || replyTo.toLowerCase() === fromAddress.toLowerCase()) return [];
  if (freeMailboxProvider(domain) === undefined) return [];
  const toItself = (recipient: string) => recipient === fromDomain || fromDomain.endsWith(`.${recipient}`);
  if (fromDomain !== '' && recipientDomains.length > 0 && recipientDomains.every(toItself)) return [];
  return [finding('message.reply-to-free-mailbox', { replyTo: printable(replyTo), domain, fromDomain })];
}

function headerFinding({ id, detail }: HeaderProblem, address: string): Finding {
  switch (id) {
    case 'missing-from':
      return finding('message.missing-field', { field: 'From' });
    case 'missing-date':
      return finding('message.missing-field', { field: 'Date' });
    case 'missing-message-id':
      return finding('message.no-message-id', {});
    case 'missing-subject':
    case 'empty-subject':
      return finding('message.no-subject', {});
    case 'missing-recipient':
      return finding('message.no-recipient', {});
    case 'duplicate':
      return finding('message.duplicate-field', { field: detail });
    case 'bad-from':
      return finding('message.bad-from', { value: detail });
    case 'several-from':
      return finding('message.several-from', { addresses: detail });
    case 'bad-date':
      return finding('message.bad-date', { value: detail });
    case 'date-future':
    case 'date-past':
      return finding('message.date-off', { value: detail, future: id === 'date-future' });
    case 'bad-message-id':
      return finding('message.bad-message-id', { value: detail });
    case 'fake-reply':
      return finding('message.fake-reply', { subject: detail });
    case 'subject-capitals':
    case 'subject-punctuation':
      return finding('message.subject-shouts', { subject: detail, capitals: id === 'subject-capitals' });
    case 'name-holds-address':
      return finding('message.name-holds-address', { written: detail, address });
    case 'not-a-field':
      return finding('message.not-a-field', { line: detail });
  }
}

function byteFindings({ octets: faults }: ContentFacts): Finding[] {
  const findings: Finding[] = [];
  const { longLines, firstLongLine, longestLine, bareLf, bareCr, nul, octets } = faults;
  if (longLines > 0) {
    findings.push(finding('message.long-lines', { count: longLines, line: firstLongLine, longest: longestLine }));
  }
  if (bareLf + bareCr > 0) findings.push(finding('message.bare-line-ending', { lf: bareLf, cr: bareCr }));
  if (nul > 0) findings.push(finding('message.nul', { count: nul }));
  if (faults.eightBitHead) findings.push(finding('message.raw-head', {}));
  if (octets > LARGE) findings.push(finding('message.large', { octets }));
  return findings;
}

function partFindings({ structureProblems, decodeProblems }: ContentFacts): Finding[] {
  const findings: Finding[] = [];
  const [broken] = structureProblems.filter(({ id }) => id !== 'no-mime-version');
  if (broken !== undefined) {
    const { id: problem, detail } = broken;
    findings.push(finding('content.broken-mime', { problem, detail: printable(detail) }));
  }
  if (structureProblems.some(({ id }) => id === 'no-mime-version'))
    findings.push(finding('content.no-mime-version', {}));
  // One of each kind: a template has the same fault in every part.
  const kinds = new Map(decodeProblems.map((problem) => [problem.id, problem]));
  for (const { id: problem, path: part, detail } of kinds.values()) {
    findings.push(finding('content.bad-encoding', { problem, part, detail: detail === part ? '' : printable(detail) }));
  }
  return findings;
}

function textFindings({ text, html, attachments, parts, commonWords }: ContentFacts): Finding[] {
  const findings: Finding[] = [];
  const written = (text?.characters ?? 0) > 0;
  if (html === undefined) {
    const other = parts.some(({ type }) => !type.startsWith('text/'));
    if (!written && attachments.length === 0 && !other) findings.push(finding('content.empty', {}));
    return findings;
  }
  if (html.characters === 0 && html.images === 0 && !written) findings.push(finding('content.empty', {}));
  else if (!written) findings.push(finding('content.html-only', {}));
  if (commonWords !== undefined && commonWords < HARDLY_COMMON) {
    findings.push(finding('content.forms-differ', { percent: commonWords }));
  }
  if (html.hiddenCharacters >= MANY_HIDDEN && html.hiddenRepeats < MOSTLY_REPEATED) {
    findings.push(finding('content.hidden-text', { characters: html.hiddenCharacters }));
  }
  if (html.images > 0 && html.characters < FEW_CHARACTERS) {
    findings.push(finding('content.image-only', { images: html.images, characters: html.characters }));
  }
  if (html.imagesWithoutText > 0) {
    findings.push(finding('content.images-without-text', { count: html.imagesWithoutText, images: html.images }));
  }
  if (html.active.length > 0) findings.push(finding('content.html-active', { elements: html.active }));
  if (html.octets > GMAIL_CLIP_BYTES) {
    findings.push(finding('content.html-clipped', { octets: html.octets, limit: GMAIL_CLIP_BYTES }));
  }
  return findings;
}

function linkFindings(links: readonly Link[]): Finding[] {
  const having = (...ids: LinkProblemId[]) => links.filter(({ problems }) => problems.some((id) => ids.includes(id)));
  const args = (found: readonly Link[]) => ({ address: found[0]!.address, count: found.length });
  const findings: Finding[] = [];
  const elsewhere = having('other-domain');
  if (elsewhere.length > 0) {
    const { shownDomain: shown = '', host } = elsewhere[0]!;
    findings.push(finding('content.link-other-domain', { ...args(elsewhere), shown, host }));
  }
  const numeric = having('ip-address');
  if (numeric.length > 0) findings.push(finding('content.link-ip', args(numeric)));
  const shortened = having('shortened');
  if (shortened.length > 0) findings.push(finding('content.link-shortened', args(shortened)));
  const broken = having('scheme', 'unreadable');
  if (broken.length > 0) findings.push(finding('content.link-broken', args(broken)));
  const plain = having('plain-http');
  if (plain.length > 0) findings.push(finding('content.link-http', args(plain)));
  return findings;
}

function attachmentFindings({ attachments }: ContentFacts): Finding[] {
  const named = (kind: string) =>
    attachments
      .filter((attachment) => attachment.kind === kind)
      .map(({ name }) => name)
      .slice(0, MAX_NAMED);
  const executable = named('executable');
  const suspicious = named('suspicious');
  return [
    ...(executable.length > 0 ? [finding('content.attachment-executable', { names: executable })] : []),
    ...(suspicious.length > 0 ? [finding('content.attachment-suspicious', { names: suspicious })] : []),
  ];
}

function unsubscribeFindings(
  content: ContentFacts,
  dkim: DkimOutcome | undefined,
  kind: MessageKind | undefined,
): Finding[] {
  const { unsubscribe, automatic } = content;
  const { addresses, unreadable, bulkSigns, inText } = unsubscribe;
  if (kind === 'transactional') return [];
  const bulk = kind === 'marketing' || bulkSigns.length > 0;
  if (!bulk) {
    const mayBe = inText === 'unsubscribe' && automatic === null;
    return mayBe ? [finding('content.unsubscribe-in-text', {})] : [];
  }
  const there = addresses.length > 0 || unreadable;
  return [
    ...(there ? oneClickFindings(unsubscribe, dkim) : [finding('content.unsubscribe-missing', { signs: bulkSigns })]),
    ...(inText === 'none' ? [finding('content.unsubscribe-not-visible', {})] : []),
  ];
}

function oneClickFindings(
  { addresses, unreadable, oneClick, badPost }: UnsubscribeFacts,
  dkim: DkimOutcome | undefined,
): Finding[] {
  if (!oneClick) {
    const secure = addresses.some((address) => /^https:/i.test(address));
    const why = unreadable ? 'unreadable' : badPost !== undefined ? 'bad-post' : secure ? 'no-post' : 'no-https';
    return [finding('content.unsubscribe-not-one-click', { why })];
  }
  // RFC 8058 section 4: a valid signature has to cover both fields. Without one, its absence is the finding.
  const valid = dkim?.signatures.filter(({ result }) => result === 'pass') ?? [];
  if (valid.length === 0) return [];
  const names = ['List-Unsubscribe', 'List-Unsubscribe-Post'];
  const missing = valid.map(({ signedHeaders }) => names.filter((name) => !signedHeaders.includes(name.toLowerCase())));
  const least = missing.reduce((best, one) => (one.length < best.length ? one : best));
  return [
    least.length > 0
      ? finding('content.unsubscribe-unsigned', { fields: least })
      : finding('content.unsubscribe-ok', {}),
  ];
}

function printable(text: string): string {
  return text.slice(0, 80).replace(/[^\x20-\x7e]/g, '?');
}
