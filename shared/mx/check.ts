// The mail servers of a domain: its MX records and their hosts (RFC 5321 section 5.1, RFC 7505).
import { type Answer, type Resolver, recordsOf } from '../dns/types.ts';
import { isWithin, sameName, toAscii } from '../text/domain.ts';
import { parseIp } from '../text/ip.ts';
import { isUnreachable } from '../text/unreachable.ts';
import { addressIn, isNeverAName, isVerification, type MeantExchange, meantExchange } from './names.ts';

/** Hosts that are looked up, the most preferred first; each costs two queries. */
export const MAX_MX_HOSTS = 10;
/** Addresses of one host that are kept in the outcome. */
const MAX_ADDRESSES = 10;
/** Hosts without an address that are searched for one in TXT. */
const MAX_TXT_NAMES = 2;
/** Exchanges whose intended name is looked up; where more are wrong, they have the same error. */
const MAX_MEANT = 3;
/** No domain publishes this name; an answer comes from a wildcard. */
const IMPROBABLE = 'mailshim-no-such-host';
const USUAL_PREFERENCE = 10;

export type MxProblemId =
  /** The input is not a domain name. */
  | 'bad-domain'
  /** Neither MX nor address: no server to send to (RFC 5321 section 5.1). */
  | 'no-host'
  /** No MX record, but an address: mail goes there. */
  | 'implicit'
  /** "MX 0 .": the domain receives no mail (RFC 7505). */
  | 'null-mx'
  /** The null MX next to others: RFC 7505 section 3 forbids it. */
  | 'null-mx-not-alone'
  /** The exchange is an alias: RFC 2181 section 10.3 forbids it. */
  | 'alias'
  /** The exchange is an IP address instead of a name. */
  | 'address-literal'
  /** The exchange is not a valid host name. */
  | 'bad-name'
  /** The exchange has a typing error: a missing final dot, the domain twice, quotes and the like. */
  | 'misnamed'
  /** The exchange only verified the ownership of the domain for a provider. */
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
  /** The preference of the exchange, for a problem of one. */
  preference?: number;
}

export interface MxHost {
  preference: number;
  /** In lower case, without the trailing dot. */
  name: string;
  /**
   * 'ok': has a reachable address; 'verification': left over from verifying the ownership of the domain; 'unknown': no
   * answer; 'not-asked': beyond the limit.
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
  /** The targets of its CNAME records; empty where it has none. */
  aliases: string[];
  addresses: string[];
  /** The intended name, where it is recognized. */
  meant?: MeantExchange;
}

export interface MxOutcome {
  /** 'mx': MX records; 'implicit': the domain's own address; 'null': receives no mail; 'none'; 'unknown': no answer. */
  result: 'mx' | 'implicit' | 'null' | 'none' | 'unknown';
  /** As A-labels in lower case; the input where it is not a domain name. */
  domain: string;
  /** False where the domain does not exist; null without an answer. */
  exists: boolean | null;
  /** By preference, then by name; for an implicit MX the domain itself. */
  hosts: MxHost[];
  /** Whether the domain can receive mail; null without an answer. */
  canReceive: boolean | null;
  /** TXT records of the domain, or of a mail host without an address, that were meant as MX, A or AAAA. */
  inTxt: RecordInTxt[];
  /** Without an MX record: one for a host of the domain with an address, "10 mail.shop.example."; '' where none is known. */
  proposed: string;
  /** The resolver authenticated the MX answer by DNSSEC. */
  authenticated: boolean;
  /** What is wrong, by stable ids. */
  problems: MxProblem[];
  /** Queries without an answer. */
  unknown: { name: string; detail: string }[];
  /** Seconds that the answers may be kept; 0 where one is missing. */
  ttl: number;
}

/**
 * Looks up the mail servers of a domain; never throws. `domain` may have U-labels. Three round trips, at most
 * 2 + 2 * MAX_MX_HOSTS + MAX_TXT_NAMES queries; two more for each of MAX_MEANT hosts with a typing error.
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
  const [first] = sorted;
  if (real.length === 0) {
    outcome.result = 'null';
    outcome.canReceive = false;
    outcome.problems.push({ id: 'null-mx', detail: '.', ...(first && { preference: first.preference }) });
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

/** Finds the intended names of hosts without an address, or with only a wildcard's. */
async function addMeant(gathering: Gathering): Promise<void> {
  const { outcome } = gathering;
  const { domain, hosts } = outcome;
  const separate = separately(gathering);
  const candidates = hosts.flatMap((one) => {
    if (one.status === 'address-literal') return [{ one, cause: 'address' as const, name: `mail.${domain}` }];
    const mayBeWildcard = one.status === 'ok' && isWithin(one.name, domain);
    const mayBeWrong = mayBeWildcard || one.status === 'no-address' || one.status === 'bad-name';
    const meant = mayBeWrong ? meantExchange(one.name, domain) : undefined;
    return meant === undefined ? [] : [{ one, ...meant }];
  });
  await Promise.all(
    candidates.slice(0, MAX_MEANT).map(async ({ one, cause, name }) => {
      if (one.status === 'ok' && !(await isWildcard(one, domain, separate))) return;
      const { status, addresses } = await host(one.preference, name, separate);
      const reachable = status === 'unknown' ? null : status === 'ok';
      if (one.status === 'ok' && cause === 'suffix' && reachable !== true) return;
      if (cause === 'address' && !(reachable && addresses.includes(addressIn(one.name, domain) ?? ''))) return;
      one.meant = { cause, name, reachable };
    }),
  );
  for (const { one, cause, name } of candidates.slice(MAX_MEANT)) {
    if (one.status !== 'ok' && cause !== 'address') one.meant = { cause, name, reachable: null };
  }
}

/** For queries that are only for advice: without an answer the mail servers are not unknown. */
function separately({ resolver, outcome, ttls }: Gathering): Gathering {
  return { resolver, outcome: { ...outcome, unknown: [] }, ttls };
}

/** Whether the addresses of a host are those of the domain's wildcard. */
async function isWildcard({ addresses }: MxHost, domain: string, gathering: Gathering): Promise<boolean> {
  const answer = await ask(`${IMPROBABLE}.${domain}`, 'A', gathering);
  return answer.kind === 'ok' && answer.records.every((text) => addresses.includes(parseIp(text)?.text ?? text));
}

/** At the domain, and at hosts without an address or the usual host name. */
async function meantOf(txt: Answer<readonly string[]>, gathering: Gathering): Promise<RecordInTxt[]> {
  const { outcome } = gathering;
  const { domain, result } = outcome;
  const textsOf = (answer: Answer<readonly string[]>) => recordsOf(answer).map((strings) => strings.join(''));
  // Records in another zone are not this domain's mistake.
  const withoutAddress = outcome.hosts
    .filter(({ status, name }) => status === 'no-address' && isWithin(name, domain))
    .map(({ name }) => name);
  const usual = result === 'none' && outcome.exists === true ? [`mail.${domain}`] : [];
  const names = [...withoutAddress, ...usual].slice(0, MAX_TXT_NAMES);
  const elsewhere = await Promise.all(
    names.map(async (name) => meantRecords(name, textsOf(await ask(name, 'TXT', gathering)))),
  );
  // Next to working MX records, such a text is a harmless leftover.
  const own = result === 'mx' && outcome.canReceive === true ? [] : meantRecords(domain, textsOf(txt));
  return [...own, ...elsewhere.flat()].slice(0, MAX_ADDRESSES);
}

/** For a domain without MX: the host of a TXT record, or the usual one, if it is reachable. */
async function proposedRecord(gathering: Gathering): Promise<string> {
  const { domain, result, exists, inTxt } = gathering.outcome;
  if (exists !== true || (result !== 'none' && result !== 'implicit')) return '';
  const meant = inTxt.filter(({ type, name }) => type === 'MX' && sameName(name, domain)).map(({ value }) => value);
  const values = [...new Set([...meant.slice(0, MAX_TXT_NAMES), `${USUAL_PREFERENCE} mail.${domain}.`])];
  const separate = separately(gathering);
  const hosts = await Promise.all(
    values.map(async (value) => ({ value, ...(await host(0, value.replace(/^\d+ (.*)\.$/, '$1'), separate)) })),
  );
  // An alias is not allowed (RFC 2181 section 10.3).
  return hosts.find(({ status, aliases }) => status === 'ok' && aliases.length === 0)?.value ?? '';
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

/** A TXT record, and the record that it was meant to be. */
export interface RecordInTxt {
  /** The name of the TXT record. */
  name: string;
  text: string;
  type: 'MX' | 'A' | 'AAAA';
  /** In zone-file form: "10 mail.shop.example.", "192.0.2.1". */
  value: string;
}

const NAME = '((?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9])';
/** "MX 10 mail.example.org.", "mx: mail.example.org": the line of a guide, typed as TXT. */
const WITH_TYPE = new RegExp(`^(?:in\\s+)?mx(?=[\\s:=])\\s*[:=]?\\s*(?:(\\d{1,5})\\s+)?${NAME}\\.?$`, 'i');
/** "10 mail.example.org" */
const WITH_PREFERENCE = new RegExp(`^(\\d{1,5})\\s+${NAME}\\.?$`, 'i');
/** A name alone, if it is that of a mail host. */
const BARE = new RegExp(`^${NAME}\\.?$`, 'i');
const MAIL_LABEL = /^(?:mail|mx|smtp|imap|pop3?|relay|mta)[0-9-]*$/i;
/** Characters of such a text; a name has up to 253. */
const LONGEST = 280;

/** The records that the TXT records at `name` were meant to be; pure. `texts` are the joined strings of each record. */
export function meantRecords(name: string, texts: readonly string[]): RecordInTxt[] {
  return texts.flatMap((written): RecordInTxt[] => {
    if (written.length > LONGEST) return [];
    const text = written.trim().replace(/^"(.*)"$/, '$1');
    const ip = parseIp(text.replace(/^(?:a|aaaa)\s+/i, ''));
    if (ip !== undefined) return [{ name, text, type: ip.version === 4 ? 'A' : 'AAAA', value: ip.text }];
    const meant = WITH_TYPE.exec(text) ?? WITH_PREFERENCE.exec(text);
    const host = meant?.[2] ?? BARE.exec(text)?.[1];
    if (host === undefined) return [];
    if (meant === null && (sameName(host, name) || !MAIL_LABEL.test(host.replace(/\..*/, '')))) return [];
    const preference = Math.min(65535, Number(meant?.[1] ?? USUAL_PREFERENCE));
    return [{ name, text, type: 'MX', value: `${preference} ${host.toLowerCase()}.` }];
  });
}
