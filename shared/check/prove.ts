// Proves every record before it is shown: the check runs again on the zone with the record in it.
import { enforcementOf, NO_ENFORCEMENT, noLess, noStronger } from '../dmarc/enforcement.ts';
import { parseDmarc } from '../dmarc/parse.ts';
import { registrableDomain } from '../dmarc/public-suffix.ts';
import type { DmarcPolicy } from '../dmarc/types.ts';
import type { QueryBudget } from '../dns/budget.ts';
import { keyOf } from '../dns/cache.ts';
import { type Change, overlay } from '../dns/overlay.ts';
import { type Resolver, recordsOf } from '../dns/types.ts';
import { definitionOf, type Finding, textOf } from '../findings/catalog.ts';
import type { DnsRecord } from '../findings/define.ts';
import { deductions } from '../findings/score.ts';
import type { Withheld } from '../findings/status.ts';
import { freeMailboxProvider } from '../providers/lookup.ts';
import { looksLikeSpf } from '../spf/correct.ts';
import { isSpfRecord } from '../spf/parse.ts';
import { isWithin, toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { proveSpf } from './prove-spf.ts';

/** Records that are proven in one check; an honest zone needs three. */
const MAX_RECORDS = 8;

export interface ProofInput {
  /** The checked domain, as A-labels. */
  domain: string;
  /** Sending addresses given by the user. */
  given: readonly string[];
  findings: readonly Finding[];
  /** Answers from the check; new queries use its budget. */
  resolver: Resolver;
  now: Date;
  /** Queries without an answer in the check, "TXT shop.example": they are unknown with and without the record. */
  unanswered: ReadonlySet<string>;
  /** The findings on the zone with the change; parts of the check that do not depend on it may be reused. */
  recheck: (resolver: Resolver, change: Change) => Promise<readonly Finding[]>;
  /** The policy that the domain's owner asked for: receivers may be asked for as much as this. Absent: for no more than today. */
  asked?: DmarcPolicy;
}

/** The outcome of a proof; `uncovered`: findings that the fault hides and that appear without it. */
type Proof = { withheld: Withheld } | { uncovered: readonly Finding[] };

/**
 * The findings, each with its record proven or withheld. A record is proven where (a) its finding is gone with it and no
 * finding that costs points is new, (b) every sender that passed still passes, (c) it is valid, within SPF's limits and
 * not too large, (d) its name is in the checked domain, (e) receivers reject no more than before, and (f) a record that is
 * based on a guess ends in `~all`. Without an answer it is not proven. Findings of the same area that the fault only hides,
 * such as a key that is both short and damaged, are added to the report. Never throws.
 */
export async function prove(input: ProofInput): Promise<Finding[]> {
  const proofs = new Map<string, Promise<Proof>>();
  const proofOf = (record: DnsRecord) => {
    const key = identityOf(record);
    let proof = proofs.get(key);
    if (proof === undefined) {
      proof =
        proofs.size < MAX_RECORDS
          ? proveRecord(record, input)
          : Promise.resolve({ withheld: { reason: 'unknown', what: record.name } });
      proofs.set(key, proof);
    }
    return proof;
  };
  const findings = await Promise.all(
    input.findings.map(async (found): Promise<Finding> => {
      const record = recordOf(found);
      if (record === undefined) return found;
      const proof = await proofOf(record);
      return 'withheld' in proof ? without(found, record, proof.withheld) : { ...found, proven: true };
    }),
  );
  const uncovered = (await Promise.all(proofs.values())).flatMap((proof) =>
    'uncovered' in proof ? proof.uncovered.map(postponed) : [],
  );
  return [...findings, ...new Map(uncovered.map((found) => [JSON.stringify(found), found])).values()];
}

/** A record that depends on another one being published was not proven on this zone. */
function postponed(found: Finding): Finding {
  const record = recordOf(found);
  return record === undefined ? found : without(found, record, { reason: 'later', what: record.name });
}

/** The arguments are part of every report, so the record is removed from them too. */
function without(found: Finding, record: DnsRecord, withheld: Withheld): Finding {
  const args = Object.entries(found.args).map(([key, value]) => [key, value === record.value ? '' : value]);
  // The members of `args` are the same; only the record's text became ''.
  return { ...found, args: Object.fromEntries(args), withheld } as Finding;
}

/** Findings that propose the same record share its proof. */
function identityOf({ name, type, value }: DnsRecord): string {
  return `${type} ${name} ${value}`;
}

function recordOf(found: Finding): DnsRecord | undefined {
  return textOf(found, 'en').record;
}

/**
 * Why a record that no finding proposes must not be published, such as the next step of a policy; undefined where nothing
 * speaks against it. Never throws.
 */
export async function proveProposal(record: DnsRecord, input: ProofInput): Promise<Withheld | undefined> {
  const proof = await proveRecord(record, input);
  if ('withheld' in proof) return proof.withheld;
  const [uncovered] = proof.uncovered;
  return uncovered === undefined ? undefined : { reason: 'new-problem', what: uncovered.id };
}

async function proveRecord(record: DnsRecord, input: ProofInput): Promise<Proof> {
  const withheld = await objection(record, input);
  const change = changeOf(record);
  if (withheld !== undefined || change === undefined) return { withheld: withheld ?? invalid(record) };
  const zone = watched(overlay(input.resolver, [change]), input.unanswered);
  const after = await input.recheck(zone, change);
  const unknown = zone.unknown();
  const proof = compared(record, input.findings, after);
  return 'uncovered' in proof && unknown !== undefined ? { withheld: unknown } : proof;
}

const invalid = ({ name }: DnsRecord): Withheld => ({ reason: 'invalid', what: name });

/**
 * Why a record must not be published, independent of a finding: all of `prove` except (a). Undefined where it may. Never
 * throws.
 */
export async function objection(
  record: DnsRecord,
  { domain, given, resolver, now, asked }: Pick<ProofInput, 'domain' | 'given' | 'resolver' | 'now' | 'asked'>,
): Promise<Withheld | undefined> {
  const { name, type, value } = record;
  if (freeMailboxProvider(domain) !== undefined) return { reason: 'outside', what: name };
  if (!isWithin(name, domain)) return { reason: isAbove(name, domain) ? 'above' : 'outside', what: name };
  const change = changeOf(record);
  if (change === undefined) return invalid(record);
  const alias = await aliasOf(change, resolver);
  if (alias !== undefined) return { reason: 'alias', what: alias };
  if (type !== 'TXT') return undefined;
  if (isSpfRecord(value)) {
    const zone = watched(overlay(resolver, [change]));
    const withheld = await proveSpf(record, { given, resolver, zone, now });
    return withheld?.reason === 'unknown' ? (zone.unknown() ?? withheld) : withheld;
  }
  return name.startsWith('_dmarc.') ? proveDmarc(record, resolver, asked) : undefined;
}

/** Whether a name is in the zone above the domain, of the same owner by the public suffix list. */
function isAbove(name: string, domain: string): boolean {
  const owner = registrableDomain(domain);
  return owner !== null && owner !== domain && registrableDomain(name.replace(/^_dmarc\./, '')) === owner;
}

/** The target of a CNAME at the name: no other record can be published next to it (RFC 1034 section 3.6.2). */
async function aliasOf({ name, type }: Change, resolver: Resolver): Promise<string | undefined> {
  if (type === 'CNAME') return undefined;
  const answer = await resolver.query(name, type);
  return answer.kind === 'error' ? undefined : answer.aliases[0];
}

/** (e) for DMARC, for both kinds of receivers: several records count as none. */
async function proveDmarc(record: DnsRecord, resolver: Resolver, asked?: DmarcPolicy): Promise<Withheld | undefined> {
  const answer = await resolver.query(record.name, 'TXT');
  if (answer.kind === 'error') return { reason: 'unknown', what: record.name };
  const valid = recordsOf(answer)
    .map((strings) => parseDmarc(strings.join('')))
    .filter((one) => one.valid);
  const [only, ...others] = valid;
  const today = only !== undefined && others.length === 0 ? enforcementOf(only) : NO_ENFORCEMENT;
  const limit = asked === undefined ? today : noLess(today, asked);
  return noStronger(enforcementOf(parseDmarc(record.value)), limit)
    ? undefined
    : { reason: 'stricter', what: record.name };
}

/** (a): the findings that propose the record are gone, and none that costs points is new except those that they hid. */
function compared(record: DnsRecord, before: readonly Finding[], after: readonly Finding[]): Proof {
  const key = identityOf(record);
  const proposing = before.filter((found) => {
    const own = recordOf(found);
    return own !== undefined && identityOf(own) === key;
  });
  const count = (findings: readonly Finding[], id: string) => findings.filter((found) => found.id === id).length;
  for (const id of new Set(proposing.map((found) => found.id))) {
    const left = count(before, id) - count(proposing, id);
    if (count(after, id) > left) return { withheld: { reason: 'not-solved', what: id } };
  }
  const worse = after.filter(
    (found) => definitionOf(found).points > 0 && count(after, found.id) > count(before, found.id),
  );
  const areas = new Set(proposing.map((found) => definitionOf(found).area));
  const lost = (findings: readonly Finding[]) => deductions(findings).reduce((sum, points) => sum + points, 0);
  const other =
    worse.find((found) => !areas.has(definitionOf(found).area)) ?? (lost(after) > lost(before) ? worse[0] : undefined);
  const reported = new Set(proposing.flatMap((found) => definitionOf(found).mentions ?? []));
  const uncovered = worse.filter(({ id }) => !reported.has(id));
  return other === undefined ? { uncovered } : { withheld: { reason: 'new-problem', what: other.id } };
}

/** Records the first query without an answer that had one before, since the record is then not proven. */
function watched(
  resolver: Resolver,
  before: ReadonlySet<string> = new Set(),
): Resolver & { unknown: () => Withheld | undefined } {
  let missing: string | undefined;
  return {
    async query(name, type) {
      const answer = await resolver.query(name, type);
      if (answer.kind === 'error' && answer.reason !== 'badname' && !before.has(keyOf(name, type))) missing ??= name;
      return answer;
    },
    unknown: () => (missing === undefined ? undefined : { reason: 'unknown', what: missing }),
  };
}

/** The queries of a check without an answer so far. */
export function unansweredOf(budget: Pick<QueryBudget, 'trace'>): Set<string> {
  const unanswered = budget.trace().filter(({ outcome }) => !['ok', 'nodata', 'nxdomain'].includes(outcome));
  return new Set(unanswered.map(({ name, type }) => keyOf(name, type)));
}

/** Up to 255 bytes, the most of one character-string (RFC 1035 section 3.3). */
const STRINGS = /.{1,255}/g;

/** The change that publishing the record makes; undefined where its value is invalid for its type. */
export function changeOf(record: DnsRecord): Change | undefined {
  const { name, type, value } = record;
  switch (type) {
    case 'TXT': {
      if (value === '' || /[^\x20-\x7e]/.test(value)) return undefined;
      const strings = value.match(STRINGS) ?? [];
      // Next to an SPF record the name keeps its other texts; the names of the other standards have one record.
      const isReplaced = looksLikeSpf(value) ? looksLikeSpf : () => true;
      return { name, type, change: (present) => [...present.filter((one) => !isReplaced(one.join(''))), strings] };
    }
    case 'A':
    case 'AAAA': {
      const ip = parseIp(value);
      if (ip === undefined || ip.version !== (type === 'A' ? 4 : 6)) return undefined;
      return { name, type, change: (present) => [...new Set([...present, ip.text])] };
    }
    case 'PTR':
    case 'CNAME': {
      const target = toAscii(value);
      return target.ok ? { name, type, change: () => [target.name] } : undefined;
    }
    case 'MX':
      return mxChange(record);
    default:
      return undefined;
  }
}

/** Replaces the record of the finding, else is added to the present ones; a null MX is alone (RFC 7505). */
function mxChange({ name, value, replaces }: DnsRecord): Change | undefined {
  const [, digits, host] = /^(\d{1,5}) (\S+)$/.exec(value) ?? [];
  if (digits === undefined || host === undefined) return undefined;
  const target = toAscii(host);
  if (host !== '.' && !target.ok) return undefined;
  const record = { preference: Number(digits), exchange: target.ok ? target.name : '' };
  const replaced = new Set(['', '.', record.exchange, replaces]);
  return {
    name,
    type: 'MX',
    change: (present) =>
      record.exchange === '' ? [record] : [...present.filter(({ exchange }) => !replaced.has(exchange)), record],
  };
}
