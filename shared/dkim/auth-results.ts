// DKIM outcomes as results of Authentication-Results (RFC 8601 section 2.7.1, RFC 6008 for header.b).
import type { AuthResult } from '../message/auth-results.ts';
import type { DkimOutcome } from './types.ts';

/** Characters of the signature that identify it (RFC 6008 section 3). */
const SIGNATURE_START = 8;

/** One result per signature, or the one "dkim=none"; for `formatAuthenticationResults`. */
export function dkimAuthResults(outcome: DkimOutcome): AuthResult[] {
  if (outcome.signatures.length === 0) {
    return [{ method: 'dkim', methodVersion: 1, result: 'none', properties: [], comments: [] }];
  }
  return outcome.signatures.map((signature) => {
    const values = {
      d: signature.domain,
      i: signature.identity,
      s: signature.selector,
      a: signature.algorithm,
      b: signature.signature?.slice(0, SIGNATURE_START),
    };
    const entry: AuthResult = {
      method: 'dkim',
      methodVersion: 1,
      result: signature.result,
      properties: [],
      comments: [],
    };
    if (signature.key !== undefined && signature.key.bits > 0) entry.comments.push(`${signature.key.bits}-bit key`);
    if (signature.problem !== undefined) entry.reason = signature.problem.detail;
    for (const [property, value] of Object.entries(values)) {
      if (value !== undefined) entry.properties.push({ ptype: 'header', property, value });
    }
    return entry;
  });
}
