// The probe of an own relay: both ports, and what reverse DNS says of its addresses.

import type { CheckContext } from '../../shared/check/types.ts';
import { queryBudget } from '../../shared/dns/budget.ts';
import { isUnknown, recordsOf } from '../../shared/dns/types.ts';
import { type Finding, finding } from '../../shared/findings/catalog.ts';
import { reverseFindings } from '../../shared/findings/host.rules.ts';
import { type RelayPort, relayFindings } from '../../shared/findings/relay.rules.ts';
import { ordered } from '../../shared/findings/score.ts';
import { checkReverse, type ReverseOutcome } from '../../shared/rdns/reverse.ts';
import type { Diagnose } from '../access/connection.ts';
import type { Connect } from './dialogue.ts';
import { type PortTarget, probePort } from './port.ts';

export interface RelayProbe {
  host: string;
  checkedAt: string;
  addresses: string[];
  ports: RelayPort[];
  reverse: ReverseOutcome[];
  /** Worst first. */
  findings: Finding[];
}

/** Addresses whose reverse DNS is looked up. */
const MAX_ADDRESSES = 4;
const PORTS = [465, 587] as const;

/** Probes the host, which the caller has found to be one of the owner's; never throws. */
export async function probeRelay(
  host: string,
  context: CheckContext,
  { connect, diagnose, connectTo }: { connect: Connect; diagnose: Diagnose; connectTo: ReadonlyMap<string, string> },
): Promise<RelayProbe> {
  const resolver = queryBudget(context.resolver, { ...context.budget, now: context.clock }).at(0);
  const [ports, answers] = await Promise.all([
    Promise.all(PORTS.map((port) => probePort(targetOf(host, port, connectTo), connect, diagnose))),
    Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')]),
  ]);
  const addresses = answers.flatMap((answer) => [...recordsOf<string>(answer)]).slice(0, MAX_ADDRESSES);
  const ehlo = ports.find((port) => port.ehlo !== null)?.ehlo ?? undefined;
  const reverse = await Promise.all(addresses.map((address) => checkReverse(address, ehlo, resolver)));
  const names = [...new Set(reverse.flatMap((outcome) => outcome.names.map(({ name }) => name)))];
  const lookups = answers
    .filter(isUnknown)
    .map(({ reason, detail }) => finding('ptr.unknown', { name: host, detail: `${reason}: ${detail}`.slice(0, 200) }));
  const findings = [
    ...relayFindings(host, ports, names),
    // The host was asked for its addresses, so it leads to each of them.
    ...reverse.flatMap((outcome) =>
      reverseFindings({ ...outcome, wanted: { name: host, leads: true } }, { domain: host }),
    ),
    ...lookups,
  ];
  return { host, checkedAt: context.now.toISOString(), addresses, ports, reverse, findings: ordered(findings) };
}

function targetOf(host: string, port: (typeof PORTS)[number], connectTo: ReadonlyMap<string, string>): PortTarget {
  const instead = connectTo.get(`${host}:${port}`);
  if (instead === undefined) return { host, port, address: { hostname: host, port } };
  const [hostname, number] = instead.split(':') as [string, string];
  return { host, port, address: { hostname, port: Number(number) } };
}
