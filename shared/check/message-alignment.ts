// Whether anything proves that a message is from the domain in its From (RFC 9989 sections 4.4 and 5.3).
import type { DkimOutcome, DkimSignatureOutcome } from '../dkim/types.ts';
import type { DmarcOutcome } from '../dmarc/types.ts';
import { type Finding, finding } from '../findings/catalog.ts';
import type { SpfOutcome } from '../spf/types.ts';
import type { MessageFacts } from './message.ts';

/** Signatures that are named one by one. */
const MAX_VOICES = 5;

export interface MessageAlignment {
  /** Null where it depends on what could not be asked. */
  aligned: boolean | null;
  findings: Finding[];
}

/** Joins SPF, DKIM and DMARC. `proposed` is the SPF record that lets the client send, '' where there is none. */
export function alignmentOf(facts: MessageFacts, dkim: DkimOutcome, proposed: string): MessageAlignment {
  const dmarc = facts.dmarc?.outcome;
  // Without a readable From there is nothing to be aligned with; that is a finding of its own.
  if (dmarc === undefined) return { aligned: false, findings: [] };
  const headerFrom = dmarc.domain;
  const bySpf = spfAligned(facts.spf?.outcome, dmarc);
  const byDkim = facts.pending === undefined ? dkimAligned(dkim, dmarc) : pendingAligned(dmarc);
  const voices = {
    headerFrom,
    spf: spfVoice(facts.spf?.outcome, dmarc),
    record: dmarc.spf?.aligned === true && facts.spf?.outcome?.result !== 'pass' ? proposed : '',
    dkim:
      dkim.signatures.length === 0
        ? (facts.pending?.map(({ selector = '?', domain }) => `unknown ${selector} ${domain}`) ?? ['unsigned'])
        : dkim.signatures.slice(0, MAX_VOICES).map((one, index) => dkimVoice(one, dmarc, index)),
  };
  if (bySpf === true && byDkim === true) return { aligned: true, findings: [] };
  if (bySpf === true) {
    // A signature that could not be checked is told by itself.
    return { aligned: true, findings: byDkim === null ? [] : [finding('alignment.spf-only', { headerFrom })] };
  }
  if (byDkim === true) {
    const spf = voices.spf.startsWith('unaligned ') ? voices.spf : 'fails';
    // A null sender is as it should be, and no domain of the sender's could stand there instead.
    const isReported = bySpf === null || facts.envelope.mailFrom === '';
    return { aligned: true, findings: isReported ? [] : [finding('alignment.dkim-only', { headerFrom, spf })] };
  }
  if (bySpf === null || byDkim === null) return { aligned: null, findings: [finding('alignment.unknown', voices)] };
  return { aligned: false, findings: [finding('alignment.none', voices)] };
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

function spfVoice(spf: SpfOutcome | undefined, { spf: identifier }: DmarcOutcome): string {
  if (spf === undefined) return 'none-known';
  const unaligned = spf.result === 'pass' && identifier?.aligned === false;
  return `${unaligned ? 'unaligned' : spf.result} ${spf.domain}`;
}

function dkimVoice(signature: DkimSignatureOutcome, { dkim }: DmarcOutcome, index: number): string {
  const { selector = '?', domain = '?' } = signature;
  return `${stateOf(signature, dkim[index]?.aligned === false)} ${selector} ${domain}`;
}

/** A code of `Voices`, or the id of what is wrong with the signature itself. */
function stateOf({ result, problem }: DkimSignatureOutcome, unaligned: boolean): string {
  if (problem === undefined) return unaligned ? 'unaligned' : 'ok';
  if (problem.id === 'no-key') return 'missing';
  if (problem.id === 'body-altered' || problem.id === 'signature-mismatch') return 'failing';
  if (problem.id === 'not-verified') return 'unchecked';
  if (result === 'temperror') return 'unknown';
  return problem.name === undefined ? problem.id : 'unusable';
}
