// The links in the DNS: what receivers find there, by the engine that the Worker runs too, and that our keys are the published ones.

import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import { inspectDkimKey } from '../../shared/dkim/inspect.ts';
import { keysEqual, publicKeyOf } from '../../shared/dkim/private-key.ts';
import type { Resolver } from '../../shared/dns/types.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import { parseIp } from '../../shared/text/ip.ts';
import { seenSender } from '../prepare/seen.ts';
import { type SigningKey, signingKeys } from '../prepare/sign.ts';
import { providerOf } from '../submit/provider.ts';
import type { DoctorContext } from './context.ts';
import { type FindingResult, type Level, type Result, result } from './link.ts';

/** DNS questions of one check; no customer waits for it. */
const MAX_QUERIES = 200;

export async function checkDns(context: DoctorContext): Promise<Result[]> {
  const { account, seen } = context;
  const from = account?.from;
  if (account === undefined || from === undefined || !from.includes('@')) return [];
  const domain = domainOfAddress(from);
  const owner = freeMailboxProvider(domain);
  if (owner !== undefined) {
    // Its DNS is not the shop's to change.
    const isTheirs = providerOf(account) === owner;
    return [
      result(isTheirs ? 'skipped' : 'failure', isTheirs ? 'dns.mailbox' : 'dns.mailbox-elsewhere', {
        domain,
        provider: owner.name,
      }),
    ];
  }
  const helo = seen.greeting ?? seenSender(account).helo;
  const given = account.sendingIps;
  const { address } = seen;
  const check = (ips: readonly string[]) => reportOf(context, domain, ips, helo);
  let report = await check(given.length > 0 || address === undefined ? given : [address]);
  const stale: Result[] = [];
  if (address !== undefined && given.length > 0 && !given.some((ip) => parseIp(ip)?.text === parseIp(address)?.text)) {
    // A relay may send from another address than the one it receives at: only where DNS fits this one is the other old.
    const current = await check([address]);
    if (current.score.value > report.score.value) {
      report = current;
      stale.push(result('failure', 'dns.sending-ip', { given: given.join(' '), address }));
    }
  }
  const keys = await checkKeys(context);
  const shown = mostSevereOf(report.findings).filter(
    (found) => !(found.id.startsWith('dkim.') && keys.some(({ level }) => level === 'failure')),
  );
  const results = shown.flatMap((found) => resultOf(found, seen) ?? []);
  // Where DNS is silent, it is so for each of many names.
  const findings = results.filter(
    (each, at) => each.level !== 'skipped' || results.findIndex(({ finding: { id } }) => id === each.finding.id) === at,
  );
  const { value, low } = report.score;
  const score = low < value ? `${low}–${value}` : String(value);
  // The addresses that a provider sends from are not the shop's to check: all that was asked was answered.
  const isWhole =
    low === value ||
    (providerOf(account) !== undefined && !report.findings.some((found) => definitionOf(found).severity === 'unknown'));
  return [result(isWhole ? 'ok' : 'skipped', 'dns.good', { domain, score }), ...stale, ...findings, ...keys];
}

function reportOf(
  { account, resolver, environment }: DoctorContext,
  domain: string,
  ips: readonly string[],
  helo: string | undefined,
) {
  return checkDomain(
    {
      domain,
      ips,
      selectors: account!.dkim.filter((key) => key.domain === domain).map(({ selector }) => selector),
      parts: DOMAIN_PARTS,
      ...(helo === undefined ? {} : { helo }),
      // SPF is evaluated there (RFC 7208 section 2.4).
      ...(account!.envelopeSender ? { sender: account!.envelopeSender } : {}),
    },
    {
      resolver,
      now: environment.now(),
      clock: () => performance.now(),
      fetch: (url: string, init?: RequestInit) => fetch(url, init),
      budget: { maxQueries: MAX_QUERIES },
    } as never,
  );
}

/** Whole causes, by what comes of them: to correct the one is to correct the other. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  'mx.none': ['mx.in-txt'],
  'ptr.generic': ['ptr.not-confirmed'],
  'helo.not-ptr': ['ptr.none', 'ptr.not-confirmed', 'ptr.arpa', 'ptr.bad-name', 'ptr.generic'],
};

/** Without what follows from others: of findings with one root the one that costs most stays. */
function mostSevereOf(findings: readonly Finding[]): Finding[] {
  const most = new Map<string, number>();
  const weight = (found: Finding) => {
    const { points, severity } = definitionOf(found);
    return (points ?? 0) + (severity === 'error' ? 1 : 0);
  };
  for (const found of findings) {
    const { root } = definitionOf(found);
    if (root !== undefined) most.set(root, Math.max(most.get(root) ?? 0, weight(found)));
  }
  return findings.filter((found) => {
    if (CAUSES[found.id]?.some((cause) => findings.some(({ id }) => id === cause)) === true) return false;
    const { root } = definitionOf(found);
    return root === undefined || weight(found) === most.get(root);
  });
}

/** What is published for each key that signs here; a key whose record was not answered is neither right nor wrong. */
export async function checkKeys({ account, resolver }: Pick<DoctorContext, 'account' | 'resolver'>): Promise<Result[]> {
  // Keys that cannot be read were reported with the configuration.
  const keys = await signingKeys(account!).catch((): SigningKey[] => []);
  const failures: Result[] = [];
  const right: string[] = [];
  const unasked: string[] = [];
  const looked = await Promise.all(
    keys.map(async (key) => ({
      key,
      own: await publicKeyOf(key.pem),
      published: await inspectDkimKey(key.domain, key.selector, resolver),
    })),
  );
  for (const { key, own, published } of looked) {
    const { name, status, facts } = published;
    const record = own.ok ? own.record : '';
    if (published.misplaced !== undefined)
      failures.push(result('failure', 'dns.key-misplaced', { name, wrong: published.misplaced, record }));
    else if (status === 'unknown') unasked.push(name);
    else if (status === 'none') failures.push(result('failure', 'dns.key-missing', { name, record }));
    else if (status === 'ok' && keysEqual(key.publicKey, facts?.publicKey ?? '')) right.push(name);
    else failures.push(await wrongKey(name, record, resolver));
  }
  if (failures.length > 0) return failures;
  return [
    ...(right.length === 0 ? [] : [result('ok', 'dns.keys', { names: right.join(', ') })]),
    ...(unasked.length === 0 ? [] : [result('skipped', 'dns.keys-unknown', { names: unasked.join(', ') })]),
  ];
}

/** Why the record at this name is not the right one: cut off, with characters that belong to no record, or another key. */
async function wrongKey(name: string, record: string, resolver: Resolver): Promise<Result> {
  const answer = await resolver.query(name, 'TXT');
  const texts = answer.kind === 'ok' ? answer.records.map((strings) => strings.join('')) : [];
  const bare = (text: string) => text.replace(/\s/g, '');
  for (const text of texts) {
    const own = keyIn(bare(text));
    if (own === undefined) continue;
    const wanted = keyIn(bare(record)) ?? '';
    if (/["\\\u201c-\u201f]/.test(text) && own.replace(/["\\]/g, '').startsWith(wanted))
      return result('failure', 'dns.key-quoted', { name, record });
    if (own.length >= LEAST_CUT && own.length < wanted.length && wanted.startsWith(own))
      return result('failure', 'dns.key-cut', { name, record, length: text.length });
  }
  return result('failure', 'dns.key-other', { name, record });
}

/** Characters of a key that are enough to know it by: the first ones are the same for every RSA key of one length. */
const LEAST_CUT = 64;

function keyIn(record: string): string | undefined {
  return /(?:^|[;"])p=([^;]*)/.exec(record)?.[1];
}

const LEVELS: Record<ReturnType<typeof definitionOf>['severity'], Level | undefined> = {
  error: 'failure',
  warning: 'warning',
  notice: undefined,
  info: undefined,
  unknown: 'skipped',
};

/** What follows from the relay's name having no address is left out; the name in EHLO is known from the relay alone. */
function resultOf(found: Finding, { unresolved, greeting }: DoctorContext['seen']): FindingResult | undefined {
  const level = LEVELS[definitionOf(found).severity];
  const { name } = found.args as { name?: unknown };
  if (unresolved !== undefined && name === unresolved && found.id.startsWith('ptr.')) return undefined;
  if (greeting === undefined && found.id.startsWith('helo.')) return undefined;
  return level === undefined ? undefined : { id: 'dns.finding', finding: found, level };
}
