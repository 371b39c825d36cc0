// Whether a DMARC record asks receivers to reject more than the published one does (RFC 9989 section 4.7, RFC 7489 section 6.3).
import { looksLikeDmarc, parseDmarc } from '../dmarc/parse.ts';
import type { DmarcPolicy, DmarcRecord } from '../dmarc/types.ts';

const LEVEL: Record<DmarcPolicy, number> = { none: 0, quarantine: 1, reject: 2 };

/** Levels of 0 to 2 for the domain, its subdomains and names that do not exist. */
type Levels = readonly [number, number, number];

/**
 * True where some receiver would reject or quarantine more by `proposed` than is asked for in `present`: receivers of
 * RFC 9989 know `t`, those of RFC 7489 know `pct`. Without a record nothing is asked for; of several the mildest counts.
 */
export function isStricterDmarc(proposed: string, present: readonly string[]): boolean {
  const after = parseDmarc(proposed);
  const published = present.filter(looksLikeDmarc).map(parseDmarc);
  const readers = [current, former];
  return readers.some((levels) => {
    const asked = published.map(levels);
    return levels(after).some(
      (level, at) => level > Math.min(...asked.map((one) => one[at]!), asked.length === 0 ? 0 : 2),
    );
  });
}

/** As RFC 9989 has it: `t=y` applies the policy one level lower, `pct` is ignored. */
function current(record: DmarcRecord): Levels {
  const lowered = record.testing ? 1 : 0;
  return each(record, (policy) => Math.max(0, LEVEL[policy] - lowered));
}

/** As RFC 7489 has it: `pct` is the share of mail that the policy holds for, `t` is ignored. */
function former(record: DmarcRecord): Levels {
  const written = record.removed.find((tag) => /^pct=\d{1,3}$/i.test(tag));
  const share = written === undefined ? 1 : Math.min(100, Number(written.slice(4))) / 100;
  // The rest is treated one level lower (RFC 7489 section 6.6.4).
  return each(record, (policy) => Math.max(0, LEVEL[policy] - (1 - share)));
}

function each(record: DmarcRecord, level: (policy: DmarcPolicy) => number): Levels {
  const { policy = 'none', subdomainPolicy = policy, nonExistentPolicy = subdomainPolicy } = record;
  return [level(policy), level(subdomainPolicy), level(nonExistentPolicy)];
}
