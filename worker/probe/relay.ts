// The probe of an own relay: TLS, names, login and relaying on both ports, and reverse DNS of its addresses. No mail is sent.
import type { CheckContext } from '../../shared/check/types.ts';
import { queryBudget } from '../../shared/dns/budget.ts';
import { isUnknown, recordsOf } from '../../shared/dns/types.ts';
import { type Finding, finding } from '../../shared/findings/catalog.ts';
import { reverseFindings } from '../../shared/findings/host.rules.ts';
import { type RelayPort, relayFindings } from '../../shared/findings/relay.rules.ts';
import { ordered } from '../../shared/findings/score.ts';
import { checkReverse, type ReverseOutcome } from '../../shared/rdns/reverse.ts';
import { connectTarget, type Diagnose } from '../access/connection.ts';
import { type Connect, isNoReply, type NoReply, openSmtp, type Reply, type SmtpConnection, succeeded } from './smtp.ts';

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
    Promise.all(
      PORTS.map((port) => probePort({ host, port, address: connectTarget(host, port, connectTo) }, connect, diagnose)),
    ),
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
    // The addresses are those of the host's own A and AAAA records.
    ...reverse.flatMap((outcome) =>
      reverseFindings({ ...outcome, wanted: { name: host, leads: true } }, { domain: host }),
    ),
    ...lookups,
  ];
  return { host, checkedAt: context.now.toISOString(), addresses, ports, reverse, findings: ordered(findings) };
}

export interface PortTarget {
  /** The host's name, for the messages and the EHLO. */
  host: string;
  port: 465 | 587;
  /** Where to connect. */
  address: { hostname: string; port: number };
}

/** Domains without mailboxes (RFC 2606 section 3), which no relay serves. */
const SENDER = 'relay-test@example.com';
const RECIPIENT = 'relay-test@example.net';
/** Milliseconds: a server that sends no greeting for so long expects the client to start TLS. */
const SILENT_MS = 5000;
/** A Worker has no address of its own that a name could resolve to. */
const EHLO = 'EHLO mailshim.invalid';

/** Probes 465 (TLS from the first byte) or 587 (STARTTLS); never throws. */
export async function probePort(target: PortTarget, connect: Connect, diagnose: Diagnose): Promise<RelayPort> {
  const found: RelayPort = {
    port: target.port,
    state: 'unreachable',
    tls: null,
    banner: null,
    ehlo: null,
    authInClear: [],
    auth: [],
    relaying: null,
    detail: '',
  };
  if (target.port === 465) await implicitTls(target, connect, found);
  else await startTls(target, connect, found);
  if (found.tls === 'untrusted') {
    found.detail = (await diagnose(target.address, target.port === 465 ? 'implicit' : 'starttls')) ?? found.detail;
  }
  return found;
}

async function implicitTls(target: PortTarget, connect: Connect, found: RelayPort): Promise<void> {
  const secure = await openSmtp(connect, target.address, 'on');
  const greeting = await secure.reply();
  if (!isNoReply(greeting)) {
    found.tls = 'trusted';
    if (readGreeting(greeting, found)) await readEhlo(secure, found);
    return quit(secure);
  }
  await secure.close();
  // The platform hides why TLS failed. A server that accepts a plain connection and sends nothing expects TLS: so the
  // certificate was the reason.
  const plain = await openSmtp(connect, target.address, 'off', SILENT_MS);
  const word = await plain.reply();
  if (!isNoReply(word)) {
    found.tls = 'none';
    if (readGreeting(word, found)) await readEhlo(plain, found);
    return quit(plain);
  }
  await plain.close();
  found.detail = greeting.text;
  if (word.connected) {
    found.state = 'open';
    found.tls = 'untrusted';
  }
}

async function startTls(target: PortTarget, connect: Connect, found: RelayPort): Promise<void> {
  const dialogue = await openSmtp(connect, target.address, 'starttls');
  const greeting = await dialogue.reply();
  if (!readGreeting(greeting, found)) return quit(dialogue);
  const ehlo = await dialogue.command(EHLO);
  if (!succeeded(ehlo)) {
    found.detail = ehlo.text;
    return quit(dialogue);
  }
  note(ehlo, found);
  found.authInClear = mechanisms(ehlo);
  const offered = ehlo.lines.some((line) => /^STARTTLS\s*$/i.test(line));
  const ready = offered ? await dialogue.command('STARTTLS') : undefined;
  if (ready === undefined || ready.code !== 220) {
    found.tls = 'none';
    found.detail = ready?.text ?? '';
    found.relaying = await relaying(dialogue);
    return quit(dialogue);
  }
  dialogue.startTls();
  const again = await dialogue.command(EHLO);
  if (isNoReply(again)) {
    // A certificate that is not trusted shows as the end of the connection, here and not before.
    found.tls = again.reason === 'timeout' ? null : 'untrusted';
    found.detail = again.text;
    return dialogue.close();
  }
  found.tls = 'trusted';
  found.auth = mechanisms(again);
  found.relaying = await relaying(dialogue);
  return quit(dialogue);
}

/** Reads the greeting; false where the connection is of no further use. */
function readGreeting(greeting: Reply | NoReply, found: RelayPort): boolean {
  if (isNoReply(greeting)) {
    found.detail = greeting.text;
    return false;
  }
  found.state = greeting.code === 220 ? 'open' : 'refused';
  found.detail = greeting.code === 220 ? '' : greeting.text;
  found.banner = nameIn(greeting);
  return greeting.code === 220;
}

async function readEhlo(dialogue: SmtpConnection, found: RelayPort): Promise<void> {
  const ehlo = await dialogue.command(EHLO);
  if (!succeeded(ehlo)) {
    found.detail = ehlo.text;
    return;
  }
  note(ehlo, found);
  if (found.tls === 'trusted') found.auth = mechanisms(ehlo);
  else found.authInClear = mechanisms(ehlo);
  found.relaying = await relaying(dialogue);
}

/** MAIL FROM a stranger, RCPT TO another, and never DATA. */
async function relaying(dialogue: SmtpConnection): Promise<RelayPort['relaying']> {
  const asked = { sender: SENDER, recipient: RECIPIENT };
  const mail = await dialogue.command(`MAIL FROM:<${SENDER}>`);
  if (!succeeded(mail)) return { ...asked, result: mail.code >= 500 ? 'refused' : 'unknown', reply: mail.text };
  const recipient = await dialogue.command(`RCPT TO:<${RECIPIENT}>`);
  const result = succeeded(recipient) ? 'accepted' : recipient.code >= 500 ? 'refused' : 'unknown';
  await dialogue.command('RSET');
  return { ...asked, result, reply: recipient.text };
}

async function quit(dialogue: SmtpConnection): Promise<void> {
  await dialogue.command('QUIT');
  await dialogue.close();
}

function note(ehlo: Reply, found: RelayPort): void {
  found.ehlo = nameIn(ehlo);
}

/** RFC 5321 section 4.2: greeting and EHLO reply begin with the server's name. */
function nameIn({ lines }: Reply): string | null {
  const name = lines[0]?.split(/\s/)[0] ?? '';
  return name === '' ? null : name.toLowerCase();
}

/** RFC 4954 section 3; "AUTH=" is the form of old clients. */
function mechanisms({ lines }: Reply): string[] {
  const line = lines.find((text) => /^AUTH[ =]/i.test(text));
  return line === undefined
    ? []
    : line
        .slice(5)
        .split(/\s+/)
        .filter((word) => word !== '')
        .map((word) => word.toUpperCase());
}
