// The TXT records that a policy keeps at a name of its own below a domain, such as `_smtp._tls.` and `default._bimi.`.
import { toAscii } from '../text/domain.ts';
import type { Resolver } from './types.ts';

/** What every look-up of this kind tells, found or not; plain data. */
export interface RecordLookup {
  /** As A-labels in lower case; what was given where it is no domain name. */
  domain: string;
  /** `unknown`: no answer; `bad-domain`: nothing was asked. */
  status: 'answered' | 'unknown' | 'bad-domain';
  /** One for each record, its strings joined; empty where there is none. */
  texts: string[];
  problems: { id: 'bad-domain' | 'no-answer'; detail: string }[];
  unknown: { name: string; detail: string }[];
  /** Seconds that the answer holds; 0 where there is none. */
  ttl: number;
}

/** Looks the records up; never throws. One question. */
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
    // A name too long to be asked for has no record.
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
