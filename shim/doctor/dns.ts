// The links in the DNS: what receivers find there, by the engine that the Worker runs too, and that our keys are the published ones.

import { checkDomain } from '../../shared/check/domain.ts';
import { DOMAIN_PARTS } from '../../shared/check/section.ts';
import { inspectDkimKey } from '../../shared/dkim/inspect.ts';
import { keysEqual, publicKeyOf } from '../../shared/dkim/private-key.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import { domainOfAddress } from '../../shared/message/address.ts';
import { freeMailboxProvider } from '../../shared/providers/lookup.ts';
import { seenSender } from '../prepare/seen.ts';
import { type SigningKey, signingKeys } from '../prepare/sign.ts';
import { providerOf } from '../submit/provider.ts';
import type { DoctorContext } from './context.ts';
import { type FindingResult, type Level, type Result, result } from './link.ts';

/** DNS questions of one look; nobody waits in a shop. */
const MAX_QUERIES = 200;

export async function checkDns(context: DoctorContext): Promise<Result[]> {
  const { account, resolver, environment, seen } = context;
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
  const report = await checkDomain(
    {
      domain,
      ips: account.sendingIps.length > 0 || seen.address === undefined ? account.sendingIps : [seen.address],
      selectors: account.dkim.filter((key) => key.domain === domain).map(({ selector }) => selector),
      parts: DOMAIN_PARTS,
      ...(helo === undefined ? {} : { helo }),
    },
    {
      resolver,
      now: environment.now(),
      clock: () => performance.now(),
      fetch: (url: string, init?: RequestInit) => fetch(url, init),
      budget: { maxQueries: MAX_QUERIES },
    } as never,
  );
  const keys = await checkKeys(context);
  const told = dearestOf(report.findings).filter(
    (found) => !(found.id.startsWith('dkim.') && keys.some(({ level }) => level === 'failure')),
  );
  const results = told.flatMap((found) => resultOf(found, seen) ?? []);
  // Where DNS is silent, it is so for each of many names.
  const findings = results.filter(
    (each, at) => each.level !== 'skipped' || results.findIndex(({ finding: { id } }) => id === each.finding.id) === at,
  );
  const { value, low } = report.score;
  const score = low < value ? `${low}–${value}` : String(value);
  return [result(low < value ? 'skipped' : 'ok', 'dns.good', { domain, score }), ...findings, ...keys];
}

/** Whole causes, by what comes of them: who mends the one has mended the other. */
const CAUSES: Readonly<Record<string, readonly string[]>> = {
  'mx.none': ['mx.in-txt'],
  'ptr.generic': ['ptr.not-confirmed'],
  'helo.not-ptr': ['ptr.none', 'ptr.not-confirmed', 'ptr.arpa', 'ptr.bad-name', 'ptr.generic'],
};

/** Without what follows from others: of findings with one root the one that costs most stays. */
function dearestOf(findings: readonly Finding[]): Finding[] {
  const dearest = new Map<string, number>();
  const weight = (found: Finding) => {
    const { points, severity } = definitionOf(found);
    return (points ?? 0) + (severity === 'error' ? 1 : 0);
  };
  for (const found of findings) {
    const { root } = definitionOf(found);
    if (root !== undefined) dearest.set(root, Math.max(dearest.get(root) ?? 0, weight(found)));
  }
  return findings.filter((found) => {
    if (CAUSES[found.id]?.some((cause) => findings.some(({ id }) => id === cause)) === true) return false;
    const { root } = definitionOf(found);
    return root === undefined || weight(found) === dearest.get(root);
  });
}

/** What is published for each key that signs here; a key that nobody was asked about is neither right nor wrong. */
export async function checkKeys({ account, resolver }: Pick<DoctorContext, 'account' | 'resolver'>): Promise<Result[]> {
  // Keys that cannot be read have been told of with the configuration.
  const keys = await signingKeys(account!).catch((): SigningKey[] => []);
  const failures: Result[] = [];
  const right: string[] = [];
  const unasked: string[] = [];
  const looked = await Promise.all(
    keys.map(async (key) => ({
      key,
      own: await publicKeyOf(key.pem),
      published: await inspectDkimKey(key.domain, key.selector, resolver, { misplaced: false }),
    })),
  );
  for (const { key, own, published } of looked) {
    const { name, status, facts } = published;
    const record = own.ok ? own.record : '';
    if (status === 'unknown') unasked.push(name);
    else if (status === 'none') failures.push(result('failure', 'dns.key-missing', { name, record }));
    else if (status === 'ok' && keysEqual(key.publicKey, facts?.publicKey ?? '')) right.push(name);
    else failures.push(result('failure', 'dns.key-other', { name, record }));
  }
  if (failures.length > 0) return failures;
  return [
    ...(right.length === 0 ? [] : [result('ok', 'dns.keys', { names: right.join(', ') })]),
    ...(unasked.length === 0 ? [] : [result('skipped', 'dns.keys-unknown', { names: unasked.join(', ') })]),
  ];
}

const LEVELS: Record<ReturnType<typeof definitionOf>['severity'], Level | undefined> = {
  error: 'failure',
  warning: 'warning',
  notice: undefined,
  info: undefined,
  unknown: 'skipped',
};

/** What follows from the relay's name having no address has been told; of a name in EHLO only the relay itself can tell. */
function resultOf(found: Finding, { unresolved, greeting }: DoctorContext['seen']): FindingResult | undefined {
  const level = LEVELS[definitionOf(found).severity];
  const { name } = found.args as { name?: unknown };
  if (unresolved !== undefined && name === unresolved && found.id.startsWith('ptr.')) return undefined;
  if (greeting === undefined && found.id.startsWith('helo.')) return undefined;
  return level === undefined ? undefined : { id: 'dns.finding', finding: found, level };
}
