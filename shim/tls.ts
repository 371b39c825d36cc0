// TLS to hosts that strangers name: to addresses that the caller has checked, and with the reason of a failure.

import { once } from 'node:events';
import { connect, isIP, type LookupFunction, type Socket } from 'node:net';
import { checkServerIdentity, type PeerCertificate, connect as startTls, type TLSSocket } from 'node:tls';
import type { ConnectionFault } from '../shared/tls/connection.ts';

export interface Failure {
  fault: ConnectionFault;
  /** Names, a date, or the error of the system. */
  detail: string;
}

/** Milliseconds for connecting and TLS. */
const TIMEOUT_MS = 15_000;
/** Shown names of a certificate. */
const MAX_NAMES = 5;

interface Opening {
  timeoutMs?: number;
  /** Begins TLS by SMTP's STARTTLS (RFC 3207). */
  starttls?: boolean;
}

/** Connects to one of the addresses, or to those of the system's DNS if there are none; the certificate must be valid for the name. */
export function openTls(
  url: URL,
  addresses: readonly string[],
  { timeoutMs = TIMEOUT_MS, starttls = false }: Opening = {},
): Promise<TLSSocket | Failure> {
  const host = url.hostname.replace(/^\[|\]$/g, '');
  const port = url.port === '' ? 443 : Number(url.port);
  return new Promise((resolve) => {
    const where = { host, port, ...(addresses.length === 0 ? {} : { lookup: pinned(addresses) }) };
    const plain = connect(where);
    let socket: Socket = plain;
    const give = (result: TLSSocket | Failure) => {
      clearTimeout(timer);
      if ('fault' in result) {
        socket.destroy();
        plain.destroy();
      }
      resolve(result);
    };
    // Limits the whole handshake, not only a silent connection.
    const timer = setTimeout(() => give({ fault: 'timeout', detail: `no TLS within ${timeoutMs} ms` }), timeoutMs);
    const failed = (error: Error) => give(faultOfError(error));
    plain.on('error', failed);
    plain.on('close', () => give({ fault: 'ended', detail: '' }));
    const secure = () => {
      const tls = startTls({
        socket: plain,
        ...(isIP(host) === 0 ? { servername: host } : {}),
        ...(starttls ? {} : { ALPNProtocols: ['http/1.1'] }),
        minVersion: 'TLSv1.2',
        // Checked below, where the certificate is available for the reason.
        rejectUnauthorized: false,
        // Of the name, not of the socket's address.
        checkServerIdentity: (_, certificate) => checkServerIdentity(host, certificate),
      });
      socket = tls;
      tls.on('error', failed);
      tls.once('secureConnect', () => {
        if (tls.authorized) return give(tls);
        give(faultOfCertificate(String(tls.authorizationError), tls.getPeerCertificate(), host, new Date()));
      });
    };
    plain.once('connect', () => {
      if (starttls) void smtpReady(plain).then((ready) => (ready ? secure() : give(NO_STARTTLS)), failed);
      else secure();
    });
  });
}

const NO_STARTTLS: Failure = { fault: 'protocol', detail: 'it rejects STARTTLS' };
/** Bytes of one reply before TLS. */
const MAX_REPLY = 16 * 1024;

/** Whether the server agrees to begin TLS. */
async function smtpReady(socket: Socket): Promise<boolean> {
  const steps = [
    ['', '220'],
    ['EHLO mailshim.invalid\r\n', '250'],
    ['STARTTLS\r\n', '220'],
  ] as const;
  for (const [line, code] of steps) {
    if (line !== '') socket.write(line);
    let reply = '';
    // The last line of a reply has a space after its code (RFC 5321 section 4.2).
    while (!/(?:^|\n)\d{3}(?: [^\n]*)?\n$/.test(reply)) {
      if (reply.length > MAX_REPLY) return false;
      const [chunk] = (await once(socket, 'data')) as [Buffer];
      reply += chunk.toString('latin1');
    }
    if (!reply.startsWith(code)) return false;
  }
  return true;
}

/** The addresses that the caller has checked, instead of another lookup. */
function pinned(addresses: readonly string[]): LookupFunction {
  const found = addresses.map((address) => ({ address, family: isIP(address) }));
  const first = found[0] ?? { address: '', family: 0 };
  return (_, { all }, done) => {
    if (all === true) done(null, found);
    else done(null, first.address, first.family);
  };
}

/** The fault of a certificate, by the error code of OpenSSL or Node.js. */
export function faultOfCertificate(
  code: string,
  { subject, subjectaltname, valid_from, valid_to }: Partial<PeerCertificate>,
  host: string,
  now: Date,
): Failure {
  if (code === 'CERT_HAS_EXPIRED' && new Date(valid_to ?? '') < now) {
    return { fault: 'expired', detail: `valid until ${day(valid_to)}` };
  }
  if (code === 'CERT_NOT_YET_VALID') return { fault: 'expired', detail: `valid from ${day(valid_from)}` };
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    const names = subjectaltname?.replace(/(?:DNS|IP Address):/g, '').split(', ') ?? [subject?.CN ?? ''].flat();
    const shown = names.slice(0, MAX_NAMES).join(', ');
    return {
      fault: 'name',
      detail: `it is for ${printable(shown)}${names.length > MAX_NAMES ? ', …' : ''}, not for ${host}`,
    };
  }
  return { fault: 'certificate', detail: code.toLowerCase().replaceAll('_', ' ') };
}

function day(text: string | undefined): string {
  const date = new Date(text ?? '');
  return Number.isNaN(date.getTime()) ? '?' : date.toISOString().slice(0, 10);
}

/** For text of a stranger's certificate. */
function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?').slice(0, 150);
}

export function faultOfError(error: NodeJS.ErrnoException): Failure {
  // With one error for each address.
  const first: NodeJS.ErrnoException = error instanceof AggregateError ? error.errors[0] : error;
  const { code = '', message } = first;
  if (code === 'EPROTO' || code.startsWith('ERR_SSL_')) {
    return {
      fault: 'protocol',
      detail: printable(/^ERR_SSL_(.*)/.exec(code)?.[1]?.toLowerCase().replaceAll('_', ' ') ?? code),
    };
  }
  if (code === 'ECONNREFUSED') return { fault: 'refused', detail: '' };
  if (code === 'ETIMEDOUT') return { fault: 'timeout', detail: '' };
  if (code === 'ECONNRESET' || code === 'EPIPE') return { fault: 'ended', detail: '' };
  if (['EHOSTUNREACH', 'ENETUNREACH', 'EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN', 'EACCES', 'EPERM'].includes(code)) {
    return { fault: 'unreachable', detail: code };
  }
  return { fault: 'unknown', detail: printable(code === '' ? message : code) };
}
