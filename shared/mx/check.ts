// Where the mail for a domain goes: its MX records and their hosts (RFC 5321 section 5.1, RFC 7505).
import { type Answer, type Resolver, recordsOf } from '../dns/types.ts';
import { isWithin, sameName, toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { meantRecords, type RecordInTxt } from './in-txt.ts';
import { addressIn, isNeverAName, isVerification, type MeantExchange, meantExchange } from './names.ts';

/** Hosts that are looked up, the most preferred first; each costs two questions. */
export const MAX_MX_HOSTS = 10;
/** Addresses of one host that are kept in the outcome. */
const MAX_ADDRESSES = 10;
/** Hosts without an address that are searched for one in TXT. */
const MAX_TXT_NAMES = 2;
/** Exchanges whose meant name is looked up; where more were entered wrongly, they were entered alike. */
const MAX_MEANT = 3;
/** No one publishes this name; an answer comes from a wildcard. */
const IMPROBABLE = 'mailshim-no-such-host';
const USUAL_PREFERENCE = 10;

export type MxProblemId =
  /** What was given is no domain name. */
  | 'bad-domain'
  /** Neither MX nor address: RFC 5321 section 5.1 leaves nowhere to send to. */
  | 'no-host'
  /** No MX record, but an address: mail goes there. */
  | 'implicit'
  /** "MX 0 .": the domain says that it takes no mail (RFC 7505). */
  | 'null-mx'
  /** That, beside others: RFC 7505 section 3 forbids it. */
  | 'null-mx-not-alone'
  /** The exchange is an alias: RFC 2181 section 10.3 forbids it. */
  | 'alias'
  /** The exchange is an IP address written where a name belongs. */
  | 'address-literal'
  /** The exchange cannot be a host's name. */
  | 'bad-name'
  /** The exchange is not what was meant: a lost final dot, the domain twice, quotes and the like. */
  | 'misnamed'
  /** The exchange only proved to a provider who owns the domain. */
  | 'verification'
  /** The exchange has no address. */
  | 'no-address'
  /** All of its addresses are private, loopback and so on. */
  | 'unreachable-address'
  /** One exchange is listed more than once. */
  | 'duplicate'
  | 'too-many'
  /** A mail host or its address published as TXT. */
  | 'in-txt'
  | 'no-answer';

export interface MxProblem {
  id: MxProblemId;
  /** The exchange, or the text at fault. */
  detail: string;
  /** Where the problem lies with one: its preference. */
  preference?: number;
}

export interface MxHost {
  preference: number;
  /** In lower case, without the trailing dot. */
  name: string;
  /**
   * 'ok': leads to an address that can be reached; 'verification': left over from proving who owns the domain;
   * 'unknown': DNS did not say; 'not-asked': beyond the limit.
   */
  status:
    | 'ok'
    | 'address-literal'
    | 'bad-name'
    | 'no-address'
    | 'unreachable'
    | 'verification'
    | 'unknown'
    | 'not-asked';
  /** The names that its alias leads to; empty where it is none. */
  aliases: string[];
  addresses: string[];
  /** What was meant, where it is seen to be another name. */
  meant?: MeantExchange;
}

export interface MxOutcome {
  /** 'mx': by MX records; 'implicit': by the domain's own address; 'null': takes no mail; 'none'; 'unknown': no answer. */
  result: 'mx' | 'implicit' | 'null' | 'none' | 'unknown';
  /** As A-labels in lower case; what was given where it is no domain name. */
  domain: string;
  /** False where DNS says that there is no such domain; null where it did not say. */
  exists: boolean | null;
  /** By preference, then by name; of an implicit MX the domain itself. */
  hosts: MxHost[];
  /** Whether mail for the domain has somewhere to go; null where DNS did not say. */
  canReceive: boolean | null;
  /** TXT records of the domain, or of a mail host without an address, that were meant as MX, A or AAAA. */
  inTxt: RecordInTxt[];
  /** Without an MX record: one that leads to a host of the domain which has an address, "10 mail.shop.example."; '' where none is known. */
  proposed: string;
  /** The MX answer is vouched for by DNSSEC, as the resolver says. */
  authenticated: boolean;
  /** What is wrong, by stable ids. */
  problems: MxProblem[];
  /** Questions that got no answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers hold; 0 where one is missing. */
  ttl: number;
}

/**
 * Looks up where the mail for a domain goes; never throws. `domain` may hold U-labels. Three round trips, at
 * most 2 + 2 * MAX_MX_HOSTS + MAX_TXT_NAMES questions; two more for each of MAX_MEANT hosts that were entered wrongly.
 */
export async function checkMx(domain: string, resolver: Resolver): Promise<MxOutcome> {
  const name = toAscii(domain);
  const outcome: MxOutcome = {
    result: 'none',
    domain: name.ok ? name.name : domain.trim().slice(0, 253),
    exists: null,
    hosts: [],
    canReceive: null,
    inTxt: [],
    proposed: '',
    authenticated: false,
    problems: [],
    unknown: [],
    ttl: 0,
  };
  if (!name.ok || parseIp(outcome.domain) !== undefined) {
    outcome.problems.push({ id: 'bad-domain', detail: name.ok ? 'ip-address' : name.problem });
    outcome.canReceive = false;
    return outcome;
  }
  const gathering: Gathering = { resolver, outcome, ttls: [] };
  const [answer, txt] = await Promise.all([
    ask(outcome.domain, 'MX', gathering),
    ask(outcome.domain, 'TXT', gathering),
  ]);
  outcome.exists = answer.kind === 'error' ? null : answer.kind !== 'nxdomain' || answer.aliases.length > 0;
  outcome.authenticated = answer.kind !== 'error' && answer.authenticated;
  if (answer.kind === 'error') outcome.result = 'unknown';
  else if (answer.kind === 'nxdomain') outcome.canReceive = false;
  else if (answer.kind === 'ok' && answer.records.length > 0) await exchanges(answer.records, gathering);
  else await implicit(gathering);

  outcome.inTxt = await meantOf(txt, gathering);
  outcome.proposed = await proposedRecord(gathering);
  for (const { name: at, text } of outcome.inTxt) outcome.problems.push({ id: 'in-txt', detail: `${at} ${text}` });
  if (outcome.result === 'none') outcome.problems.unshift({ id: 'no-host', detail: outcome.domain });
  for (const { name: at } of outcome.unknown) outcome.problems.push({ id: 'no-answer', detail: at });
  outcome.ttl = outcome.unknown.length > 0 || gathering.ttls.length === 0 ? 0 : Math.min(...gathering.ttls);
  return outcome;
}

interface Gathering {
  resolver: Resolver;
  outcome: MxOutcome;
  ttls: number[];
}

async function ask<T extends 'A' | 'AAAA' | 'MX' | 'TXT'>(
  name: string,
  type: T,
  { resolver, outcome, ttls }: Gathering,
) {
  const answer = await resolver.query(name, type);
  if (answer.kind !== 'error') ttls.push(answer.ttl);
  else if (answer.reason !== 'badname') {
    outcome.unknown.push({ name: `${name} ${type}`, detail: `${answer.reason}: ${answer.detail}` });
  }
  return answer;
}

async function exchanges(records: readonly { preference: number; exchange: string }[], gathering: Gathering) {
  const { outcome } = gathering;
  const sorted = records
    .map(({ preference, exchange }) => ({ preference, name: exchange.replace(/\.$/, '').toLowerCase() }))
    .sort((a, b) => a.preference - b.preference || (a.name < b.name ? -1 : 1));
  const real = sorted.filter(({ name }) => name !== '');
  if (real.length === 0) {
    outcome.result = 'null';
    outcome.canReceive = false;
    outcome.problems.push({ id: 'null-mx', detail: '.', preference: sorted[0]!.preference });
    return;
  }
  outcome.result = 'mx';
  if (real.length < sorted.length) outcome.problems.push({ id: 'null-mx-not-alone', detail: '.' });
  const seen = new Set<string>();
  const unique = real.filter(({ name, preference }) => {
    if (!seen.has(name)) return seen.add(name);
    outcome.problems.push({ id: 'duplicate', detail: name.slice(0, 253), preference });
    return false;
  });
  if (unique.length > MAX_MX_HOSTS) outcome.problems.push({ id: 'too-many', detail: String(unique.length) });
  outcome.hosts = await Promise.all(
    unique
      .slice(0, MAX_MX_HOSTS * 2)
      .map(({ preference, name }, index) =>
        index < MAX_MX_HOSTS
          ? host(preference, name, gathering)
          : { preference, name: name.slice(0, 253), status: 'not-asked' as const, aliases: [], addresses: [] },
      ),
  );
  await addMeant(gathering);
  for (const { name, preference, aliases, status, meant } of outcome.hosts) {
    if (aliases.length > 0) outcome.problems.push({ id: 'alias', detail: `${name} ${aliases.at(-1)}`, preference });
    const sure = meant !== undefined && meant.cause !== 'address' && (meant.cause !== 'suffix' || meant.reachable);
    const problem = sure ? 'misnamed' : PROBLEM_OF_STATUS[status];
    if (problem !== undefined) outcome.problems.push({ id: problem, detail: name, preference });
  }
  outcome.canReceive = canReceive(outcome.hosts);
}

/** Finds out what was meant by the hosts that lead nowhere, or only to a wildcard's address. */
async function addMeant(gathering: Gathering): Promise<void> {
  const { outcome } = gathering;
  const { domain, hosts } = outcome;
  const aside = besides(gathering);
  const candidates = hosts.flatMap((one) => {
    if (one.status === 'address-literal') return [{ one, cause: 'address' as const, name: `mail.${domain}` }];
    const hidden = one.status === 'ok' && isWithin(one.name, domain);
    const astray = hidden || one.status === 'no-address' || one.status === 'bad-name';
    const meant = astray ? meantExchange(one.name, domain) : undefined;
    return meant === undefined ? [] : [{ one, ...meant }];
  });
  await Promise.all(
    candidates.slice(0, MAX_MEANT).map(async ({ one, cause, name }) => {
      if (one.status === 'ok' && !(await isWildcard(one, domain, aside))) return;
      const { status, addresses } = await host(one.preference, name, aside);
      const reachable = status === 'unknown' ? null : status === 'ok';
      if (one.status === 'ok' && cause === 'suffix' && reachable !== true) return;
      if (cause === 'address' && !(reachable && addresses.includes(addressIn(one.name, domain)!))) return;
      one.meant = { cause, name, reachable };
    }),
  );
  for (const { one, cause, name } of candidates.slice(MAX_MEANT)) {
    if (one.status !== 'ok' && cause !== 'address') one.meant = { cause, name, reachable: null };
  }
}

/** For questions that only advice rests on: what they leave unknown is no trouble of the mail servers. */
function besides({ resolver, outcome, ttls }: Gathering): Gathering {
  return { resolver, outcome: { ...outcome, unknown: [] }, ttls };
}

/** Whether the addresses of a host are those that any name of the domain has. */
async function isWildcard({ addresses }: MxHost, domain: string, gathering: Gathering): Promise<boolean> {
  const answer = await ask(`${IMPROBABLE}.${domain}`, 'A', gathering);
  return answer.kind === 'ok' && answer.records.every((text) => addresses.includes(parseIp(text)?.text ?? text));
}

/** At the domain; and where nothing else leads to a host, at the host or the name it usually has. */
async function meantOf(txt: Answer<readonly string[]>, gathering: Gathering): Promise<RecordInTxt[]> {
  const { outcome } = gathering;
  const { domain, result } = outcome;
  const textsOf = (answer: Answer<readonly string[]>) => recordsOf(answer).map((strings) => strings.join(''));
  // What is published in another's zone is no mistake of this domain.
  const homeless = outcome.hosts
    .filter(({ status, name }) => status === 'no-address' && isWithin(name, domain))
    .map(({ name }) => name);
  const usual = result === 'none' && outcome.exists === true ? [`mail.${domain}`] : [];
  const names = [...homeless, ...usual].slice(0, MAX_TXT_NAMES);
  const elsewhere = await Promise.all(
    names.map(async (name) => meantRecords(name, textsOf(await ask(name, 'TXT', gathering)))),
  );
  // Beside MX records that work, such a text is a leftover that no one reads.
  const own = result === 'mx' && outcome.canReceive === true ? [] : meantRecords(domain, textsOf(txt));
  return [...own, ...elsewhere.flat()].slice(0, MAX_ADDRESSES);
}

/** For a domain without MX: the host that a TXT record names, or the one that is usual, if it can be reached. */
async function proposedRecord(gathering: Gathering): Promise<string> {
  const { domain, result, exists, inTxt } = gathering.outcome;
  if (exists !== true || (result !== 'none' && result !== 'implicit')) return '';
  const meant = inTxt.filter(({ type, name }) => type === 'MX' && sameName(name, domain)).map(({ value }) => value);
  const values = [...new Set([...meant.slice(0, MAX_TXT_NAMES), `${USUAL_PREFERENCE} mail.${domain}.`])];
  const hosts = await Promise.all(
    values.map((value) => host(0, value.replace(/^\d+ (.*)\.$/, '$1'), besides(gathering))),
  );
  // An alias may not be named (RFC 2181 section 10.3).
  return values.find((_, index) => hosts[index]!.status === 'ok' && hosts[index]!.aliases.length === 0) ?? '';
}

const PROBLEM_OF_STATUS: Partial<Record<MxHost['status'], MxProblemId>> = {
  'address-literal': 'address-literal',
  'bad-name': 'bad-name',
  'no-address': 'no-address',
  unreachable: 'unreachable-address',
  verification: 'verification',
};

/** RFC 5321 section 5.1: without an MX record, the domain is treated as its own only exchange. */
async function implicit(gathering: Gathering): Promise<void> {
  const { outcome } = gathering;
  const own = await host(0, outcome.domain, gathering);
  if (own.status === 'no-address') {
    outcome.canReceive = false;
    return;
  }
  outcome.result = own.status === 'unknown' ? 'unknown' : 'implicit';
  outcome.hosts = [own];
  outcome.canReceive = canReceive(outcome.hosts);
  if (outcome.result === 'implicit') outcome.problems.push({ id: 'implicit', detail: outcome.domain });
  if (own.status === 'unreachable') outcome.problems.push({ id: 'unreachable-address', detail: outcome.domain });
}

function canReceive(hosts: readonly MxHost[]): boolean | null {
  if (hosts.some(({ status }) => status === 'ok')) return true;
  return hosts.some(({ status }) => status === 'unknown' || status === 'not-asked') ? null : false;
}

async function host(preference: number, name: string, gathering: Gathering): Promise<MxHost> {
  const as = (status: MxHost['status'], aliases: readonly string[] = [], addresses: string[] = []): MxHost => ({
    preference,
    name: name.slice(0, 253),
    status,
    aliases: [...aliases].slice(0, 3),
    addresses: addresses.slice(0, MAX_ADDRESSES),
  });
  const { domain } = gathering.outcome;
  if (addressIn(name, domain) !== undefined) return as('address-literal');
  if (isNeverAName(name)) return as('verification');
  const ascii = toAscii(name);
  if (!ascii.ok || ascii.name.includes('_')) return as('bad-name');
  const [four, six] = await Promise.all([ask(ascii.name, 'A', gathering), ask(ascii.name, 'AAAA', gathering)]);
  const answers: readonly Answer<string>[] = [four, six];
  const texts = answers.flatMap((answer) => (answer.kind === 'ok' ? answer.records : []));
  const addresses = [...new Set(texts.map((text) => parseIp(text)?.text ?? text))];
  const aliases = answers.find((answer) => answer.kind !== 'error' && answer.aliases.length > 0);
  const followed = aliases !== undefined && aliases.kind !== 'error' ? aliases.aliases : [];
  const reachable = addresses.some((text) => {
    const ip = parseIp(text);
    return ip !== undefined && !isUnreachable(ip);
  });
  if (reachable) return as('ok', followed, addresses);
  if (answers.some((answer) => answer.kind === 'error' && answer.reason !== 'badname'))
    return as('unknown', followed, addresses);
  if (addresses.length > 0) return as('unreachable', followed, addresses);
  return as(isVerification(ascii.name, domain) ? 'verification' : 'no-address', followed);
}
