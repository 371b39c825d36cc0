// The links in the DNS: what receivers find there, by the engine that the Worker runs too, and that our keys are the published ones.

import { checkDomain } from '../../shared/check/domain.ts';
import { preflight } from '../../shared/check/preflight.ts';
import { DOMAIN_PARTS } from '../../shared/check/sections.ts';
import { definitionOf, type Finding } from '../../shared/findings/catalog.ts';
import { signingKeys } from '../prepare/sign.ts';
import type { DoctorContext } from './context.ts';
import { type FindingResult, type Level, type Result, result } from './link.ts';

/** DNS questions of one look; nobody waits in a shop. */
const MAX_QUERIES = 200;

export async function checkDns({ account, resolver, environment, seen }: DoctorContext): Promise<Result[]> {
  const from = account?.from;
  if (account === undefined || from === undefined || !from.includes('@')) return [];
  const domain = from.slice(from.lastIndexOf('@') + 1);
  const context = {
    resolver,
    now: environment.now(),
    clock: () => performance.now(),
    fetch: (url: string, init?: RequestInit) => fetch(url, init),
    budget: { maxQueries: MAX_QUERIES },
  };
  const report = await checkDomain(
    {
      domain,
      ips: account.sendingIps.length > 0 || seen.address === undefined ? account.sendingIps : [seen.address],
      selectors: account.dkim.filter((key) => key.domain === domain).map(({ selector }) => selector),
      parts: DOMAIN_PARTS,
      helo: seen.greeting ?? account.host,
    },
    context as never,
  );
  const results: Result[] = report.findings.flatMap((found) => resultOf(found) ?? []);
  const keys = await signingKeys(account).catch(() => []);
  if (keys.length > 0) {
    const answer = await preflight(
      {
        headerFrom: from,
        envelopeFrom: from,
        ...(account.sendingIps.length === 0 ? { relayHost: account.host } : { sendingIps: account.sendingIps }),
        dkim: keys.map(({ domain: signer, selector, publicKey }) => ({ domain: signer, selector, publicKey })),
      },
      context as never,
    );
    const about = answer.findings.filter(({ id }) => id.startsWith('dkim.') || id.startsWith('preflight.'));
    const known = new Set(results.map((each) => (each.id === 'dns.finding' ? JSON.stringify(each.finding) : '')));
    const more = about.filter((found) => !known.has(JSON.stringify(found))).flatMap((found) => resultOf(found) ?? []);
    results.push(...more);
    if (
      !more.some(({ level }) => level === 'failure') &&
      !results.some(
        (each) => each.id === 'dns.finding' && each.level === 'failure' && each.finding.id.startsWith('dkim.'),
      )
    )
      results.push(
        result('ok', 'dns.keys', { names: keys.map(({ selector }) => `${selector}._domainkey.${domain}`).join(', ') }),
      );
  }
  const { value, low } = report.score;
  const score = low < value ? `${low}–${value}` : String(value);
  return [result('ok', 'dns.good', { domain, score }), ...results];
}

const LEVELS: Record<ReturnType<typeof definitionOf>['severity'], Level | undefined> = {
  error: 'failure',
  warning: 'warning',
  notice: undefined,
  info: undefined,
  unknown: 'skipped',
};

function resultOf(finding: Finding): FindingResult | undefined {
  const level = LEVELS[definitionOf(finding).severity];
  return level === undefined ? undefined : { id: 'dns.finding', finding, level };
}
