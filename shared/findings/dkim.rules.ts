// From DKIM outcomes to findings: published keys, discovery, a message's signatures.
import { MAX_BODIES } from '../dkim/body-hash.ts';
import type { DiscoveryOutcome } from '../dkim/discover.ts';
import type { DkimKeyOutcome } from '../dkim/inspect.ts';
import { ADVISED_RSA_BITS, correctedRecord } from '../dkim/key-record.ts';
import { aliasTarget } from '../dkim/repair-record.ts';
import type { DkimOutcome, DkimSignatureOutcome, KeyFacts } from '../dkim/types.ts';
import { MAX_SIGNATURES } from '../dkim/verify.ts';
import { isWithin } from '../text/domain.ts';
import { type Finding, finding } from './catalog.ts';

/** What is shown of a broken record: enough to know it by. */
const SHOWN = 120;

/** Findings of one key that is known to be in use: nothing published there costs the points of missing DKIM. */
export function dkimKeyFindings(key: DkimKeyOutcome): Finding[] {
  const { name } = key;
  if (key.status === 'unknown') return [finding('dkim.unknown', { name, detail: key.detail ?? 'no answer' })];
  if (key.misplaced !== undefined) return [misplaced(key, key.misplaced)];
  if (key.intendedAlias !== undefined) {
    const target = key.aliases.at(-1)!;
    return [finding('dkim.key-target-dot', { name, target, record: `${key.intendedAlias}.` })];
  }
  if (key.dangling) return [finding('dkim.key-dangling', { name, target: key.aliases.at(-1) ?? '' })];
  if (key.status === 'none') return [finding('dkim.key-missing', { name })];
  const findings = [...recordFindings(name, key)];
  const divided = key.problems.some(({ id }) => id === 'split-records');
  if (key.keyRecords > 1 && !divided) findings.push(finding('dkim.key-several', { name, count: key.keyRecords }));
  return findings;
}

function misplaced({ name, facts, misplacedAlias }: DkimKeyOutcome, wrong: string): Finding {
  if (misplacedAlias !== undefined) {
    return finding('dkim.key-misplaced', { name, wrong, type: 'CNAME', record: `${misplacedAlias}.` });
  }
  return finding('dkim.key-misplaced', { name, wrong, type: 'TXT', record: recordOf(facts) });
}

/** The record to publish instead, '' where its key is not known. */
function recordOf(facts: KeyFacts | undefined): string {
  return facts === undefined ? '' : (correctedRecord(facts) ?? '');
}

function recordFindings(name: string, key: DkimKeyOutcome): Finding[] {
  const { facts, problems } = key;
  const record = recordOf(facts);
  const fatal = problems.find((problem) => problem.fatal);
  if (fatal !== undefined || facts === undefined) {
    const found = key.record ?? '';
    if (fatal?.id === 'cname-as-txt') return [aliasAsText(name, found, key.pastedAliasHasKey === false)];
    return [unusable(name, fatal?.id ?? 'not-a-key', facts, found)];
  }
  const findings: Finding[] = [
    finding('dkim.key-ok', { name, type: facts.type, bits: facts.bits, alias: key.aliases.at(-1) ?? '' }),
  ];
  if (facts.type === 'rsa' && facts.bits < ADVISED_RSA_BITS)
    findings.push(finding('dkim.key-short', { name, bits: facts.bits }));
  if (facts.testing) findings.push(testing(name, facts));
  const ids = new Set(problems.map((problem) => problem.id));
  if (ids.has('pkcs1-form')) findings.push(finding('dkim.key-form', { name, record }));
  if (ids.has('version-not-first') || ids.has('tag-syntax') || ids.has('bad-padding'))
    findings.push(finding('dkim.key-untidy', { name, record }));
  return findings;
}

/** The flag y goes, and all else stays. */
function testing(name: string, facts: KeyFacts): Finding {
  return finding('dkim.key-testing', { name, record: correctedRecord(facts, false) ?? '' });
}

function unusable(name: string, problem: string, facts: KeyFacts | undefined, found: string): Finding {
  if (problem === 'revoked') return finding('dkim.key-revoked', { name });
  if (problem === 'cname-as-txt') return aliasAsText(name, found, false);
  if (problem === 'weak-key') return finding('dkim.key-weak', { name, bits: facts?.bits ?? 0 });
  const shown = found.replace(/[^\x20-\x7e]/g, '?');
  return finding('dkim.key-unusable', {
    name,
    problem,
    found: shown.length > SHOWN ? `${shown.slice(0, SHOWN)}…` : shown,
    record: problem === 'private-key' ? '' : recordOf(facts),
  });
}

/** Within the key's own domain the name leads nowhere new, and what was meant is not known. */
function aliasAsText(name: string, found: string, empty: boolean): Finding {
  const target = aliasTarget(found) ?? '';
  const domain = name.replace(/^.*?\._domainkey\./, '');
  return finding('dkim.key-cname-as-txt', {
    name,
    target,
    record: isWithin(target, domain) ? '' : `${target}.`,
    empty,
  });
}

/** Findings of several keys of one domain: those of each, and that none of them is RSA. */
export function dkimKeysFindings(keys: readonly DkimKeyOutcome[]): Finding[] {
  const findings = keys.flatMap(dkimKeyFindings);
  const usable = keys.filter((key) => key.status === 'ok');
  if (usable.length > 0 && usable.every((key) => key.facts?.type === 'ed25519')) {
    findings.push(finding('dkim.key-ed25519-only', { domain: usable[0]!.domain }));
  }
  return findings;
}

/**
 * Findings of a search for keys. Broken keys cost nothing while a usable one is there: which of them signs is not known.
 * A revoked key at a guessed name never does: a key that was replaced is revoked as it should be.
 */
export function dkimDiscoveryFindings(discovery: DiscoveryOutcome): Finding[] {
  const { domain } = discovery;
  const findings: Finding[] = [];
  const usable = discovery.keys.filter((key) => key.status === 'ok');
  findings.push(...dkimKeysFindings(usable.length > 0 ? usable : discovery.keys));
  if (usable.length === 0) findings.push(...discovery.retired.map((one) => finding('dkim.key-retired', one)));
  if (discovery.wildcard) findings.push(finding('dkim.wildcard', { domain }));
  if (discovery.verdict === 'absent' && discovery.keys.length === 0) findings.push(finding('dkim.absent', { domain }));
  const tried = discovery.tried.map((one) => one.selector);
  if (discovery.verdict === 'not-found') {
    findings.push(finding('dkim.not-found', { domain, tried, providers: discovery.unguessable }));
  }
  if (discovery.verdict === 'unknown') {
    findings.push(finding('dkim.unknown', { name: `_domainkey.${domain}`, detail: 'no answer' }));
  }
  return findings;
}

/** Findings of a message's signatures; where one passes, or may pass, the failing of others costs nothing. */
export function dkimMessageFindings(outcome: DkimOutcome): Finding[] {
  if (outcome.result === 'none') return [finding('dkim.message-unsigned', {})];
  const passing = outcome.signatures.filter((signature) => signature.result === 'pass');
  const findings = passing.flatMap(passed);
  for (const signature of outcome.signatures) {
    const { domain = '', selector = '', problem, result } = signature;
    if (problem === undefined || problem.id === 'not-verified') continue;
    if (result === 'temperror' || (passing.length === 0 && outcome.result !== 'temperror')) {
      findings.push(failed(signature));
    } else {
      const passes = passing.length > 0;
      findings.push(finding('dkim.message-other-fails', { domain, selector, detail: problem.id, passes }));
    }
  }
  if (outcome.signatures.some(({ problem }) => problem?.id === 'not-verified')) {
    findings.push(finding('dkim.message-unchecked', { signatures: MAX_SIGNATURES, bodies: MAX_BODIES }));
  }
  if (passing.length > 0 && passing.every((signature) => signature.algorithm === 'ed25519-sha256')) {
    findings.push(finding('dkim.key-ed25519-only', { domain: passing[0]!.domain ?? '' }));
  }
  return findings;
}

function passed(signature: DkimSignatureOutcome): Finding[] {
  const { domain = '', selector = '', keyName: name = '', key } = signature;
  const bits = key?.bits ?? 0;
  const findings: Finding[] = [
    finding('dkim.message-pass', { domain, selector, algorithm: signature.algorithm ?? '', bits }),
  ];
  const noted = new Set(signature.notes.map((note) => note.id));
  const record = recordOf(key);
  if (noted.has('body-length')) {
    findings.push(finding('dkim.message-body-length', { domain, selector, unsigned: signature.unsignedOctets ?? 0 }));
  }
  if (noted.has('short-key')) findings.push(finding('dkim.key-short', { name, bits }));
  if (noted.has('testing') && key !== undefined) findings.push(testing(name, key));
  if (noted.has('several-keys')) findings.push(finding('dkim.key-several', { name, count: signature.keyRecords ?? 2 }));
  if (noted.has('pkcs1-key')) findings.push(finding('dkim.key-form', { name, record }));
  if (noted.has('from-partly-signed')) findings.push(finding('dkim.message-from-partly-signed', { domain, selector }));
  return findings;
}

function failed(signature: DkimSignatureOutcome): Finding {
  const { domain = '', selector = '', keyName: name = '' } = signature;
  const problem = signature.problem!;
  switch (problem.id) {
    case 'key-unavailable':
      return finding('dkim.unknown', { name, detail: problem.detail });
    case 'no-key':
      return finding('dkim.key-missing', { name });
    case 'body-altered':
      return finding('dkim.message-body-altered', { domain, selector });
    case 'signature-mismatch':
      return finding('dkim.message-signature-mismatch', { domain, selector });
    case 'rsa-sha1':
      return finding('dkim.message-sha1', { domain, selector });
  }
  if (problem.name !== undefined && signature.key !== undefined) {
    return unusable(name, problem.id, signature.key, signature.keyRecord ?? '');
  }
  return finding('dkim.message-invalid', {
    domain,
    selector,
    problem: problem.id,
    tag: problem.tag,
    detail: problem.detail,
  });
}
