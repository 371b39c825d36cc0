// The TXT records of a policy at its own name below a domain, such as `_smtp._tls.` and `default._bimi.`.
import { toAscii } from '../text/domain.ts';
import type { Resolver } from './types.ts';

/** The outcome of such a query; plain data. */
export interface RecordLookup {
  /** As A-labels in lower case; the input where it is not a domain name. */
  domain: string;
  /** `unknown`: no answer; `bad-domain`: no query was sent. */
  status: 'answered' | 'unknown' | 'bad-domain';
  /** The text of each record, its strings joined; empty where there is none. */
  texts: string[];
  problems: { id: 'bad-domain' | 'no-answer'; detail: string }[];
  unknown: { name: string; detail: string }[];
  /** Seconds that the answer may be kept; 0 where there is none. */
  ttl: number;
}

/** Looks up the records; never throws. One query. */
export async function recordsAt(prefix: string, domain: string, resolver: Resolver): Promise<RecordLookup> {
  const name = toAscii(domain);
  const lookup: RecordLookup = {
    domain: name.ok ? name.name : domain.trim().slice(0, 253),
    status: 'answered',
    texts: [],
    problems: [],
    unknown: [],
    ttl: 0,
  };
  if (!name.ok) {
    return { ...lookup, status: 'bad-domain', problems: [{ id: 'bad-domain', detail: name.problem }] };
  }
  const at = `${prefix}.${name.name}`;
  const answer = await resolver.query(at, 'TXT');
  if (answer.kind === 'error') {
    // A name that is too long to be queried has no record.
    if (answer.reason === 'badname') return lookup;
    return {
      ...lookup,
      status: 'unknown',
      problems: [{ id: 'no-answer', detail: at }],
      unknown: [{ name: at, detail: `${answer.reason}: ${answer.detail}` }],
    };
  }
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  return { ...lookup, texts, ttl: answer.ttl };
}
