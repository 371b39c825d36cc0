// From the replies of a relay's ports to findings (RFC 8314, RFC 6409, RFC 5321 section 7.1).
import { sameName } from '../text/domain.ts';
import { type Finding, finding } from './catalog.ts';

/** The replies of one port, as far as the transcript goes. */
export interface RelayPort {
  port: number;
  /** `refused`: the greeting rejected the client; `unreachable`: no connection, or no greeting. */
  state: 'open' | 'refused' | 'unreachable';
  /** `none`: plain text where TLS is required. Null if the connection ended before. */
  tls: 'trusted' | 'untrusted' | 'none' | null;
  /** The name in the greeting. */
  banner: string | null;
  /** The name in the reply to EHLO. */
  ehlo: string | null;
  /** SASL mechanisms before TLS. */
  authInClear: string[];
  /** SASL mechanisms after TLS. */
  auth: string[];
  /** Whether mail between two foreign domains was rejected; null if it was not tried. */
  relaying: { result: 'refused' | 'accepted' | 'unknown'; sender: string; recipient: string; reply: string } | null;
  /** The reply of the server if a command failed, or the error of the connection. */
  detail: string;
}

const SHOWN = 200;
const shown = (text: string) => text.slice(0, SHOWN);

/** Findings of all ports; `ptrNames`: the PTR records of the addresses of the host. */
export function relayFindings(host: string, ports: readonly RelayPort[], ptrNames: readonly string[]): Finding[] {
  const findings: Finding[] = ports.flatMap((port) => portFindings(host, port, ports));
  const secure = ports.filter(({ tls }) => tls === 'trusted').map(({ port }) => String(port));
  if (secure.length > 0) findings.push(finding('relay.secure', { host, ports: secure }));
  const accepting = ports.find(({ relaying }) => relaying?.result === 'accepted');
  if (accepting !== undefined) {
    const { sender, recipient } = accepting.relaying!;
    findings.unshift(finding('relay.open', { host, port: accepting.port, sender, recipient }));
  } else {
    const refusing = ports.find(({ relaying }) => relaying?.result === 'refused');
    const unsure = ports.find(({ relaying }) => relaying?.result === 'unknown');
    if (refusing !== undefined) {
      findings.push(finding('relay.closed', { host, reply: shown(refusing.relaying!.reply) }));
    } else if (unsure !== undefined) {
      findings.push(finding('relay.open-unknown', { host, port: unsure.port, reply: shown(unsure.relaying!.reply) }));
    }
  }
  return [...findings, ...nameFindings(host, ports, ptrNames)];
}

function portFindings(host: string, probe: RelayPort, all: readonly RelayPort[]): Finding[] {
  const { port, state, tls, detail } = probe;
  if (state === 'unreachable') {
    // One open port is enough: 587 may be closed if 465 is open (RFC 8314 section 3.3), and vice versa.
    const other = all.some((another) => another !== probe && another.tls === 'trusted');
    return other ? [] : [finding('relay.unreachable', { host, port, detail: shown(detail) })];
  }
  if (state === 'refused') return [finding('relay.greeting', { host, port, reply: shown(detail) })];
  const findings: Finding[] = [];
  if (tls === 'untrusted') findings.push(finding('relay.certificate', { host, port }));
  if (tls === 'none') {
    findings.push(port === 465 ? finding('relay.plain', { host }) : finding('relay.no-starttls', { host, port }));
  }
  if (probe.authInClear.length > 0) {
    findings.push(
      finding('relay.auth-in-clear', { host, port, mechanisms: probe.authInClear.slice(0, 10).map(shown) }),
    );
  }
  if (tls === 'trusted' && probe.auth.length === 0) findings.push(finding('relay.no-auth', { host, port }));
  return findings;
}

function nameFindings(host: string, ports: readonly RelayPort[], ptrNames: readonly string[]): Finding[] {
  const named = ports.find(({ banner, ehlo }) => banner !== null && ehlo !== null);
  if (named === undefined) return [];
  const { banner, ehlo } = named as { banner: string; ehlo: string };
  const one = sameName(banner, ehlo) && (ptrNames.length === 0 || ptrNames.some((name) => sameName(name, ehlo)));
  if (one) return [];
  return [
    finding('relay.name', { host, banner: shown(banner), ehlo: shown(ehlo), ptr: ptrNames.slice(0, 3).map(shown) }),
  ];
}
