// The connection to the relay: TCP, Unix socket or SOCKS5 proxy (RFC 1928), then TLS unless STARTTLS begins it.

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { type Diagnostic, placed } from '../exit.ts';
import { diagnostic } from '../messages/catalogue.ts';
import { bareHost, tlsPlan } from './plan.ts';
import { fingerprintProblem, tlsOptions } from './trust.ts';

/** Default milliseconds to connect; msmtp has the timeout of the system, which is minutes. */
export const CONNECT_TIMEOUT = 30_000;

/** A failure before the first command of SMTP. */
export class OpenError extends Error {
  readonly kind: 'dns' | 'connect' | 'timeout' | 'proxy' | 'handshake' | 'certificate' | 'plaintext';
  readonly diagnostic: Diagnostic;
  constructor(kind: OpenError['kind'], problem: Diagnostic) {
    super(problem.text);
    this.name = 'OpenError';
    this.kind = kind;
    this.diagnostic = problem;
  }
}

export function connectTimeout(account: Account): number {
  // "off" is a day: the wait must end.
  return account.timeoutOff ? 86_400_000 : (account.timeout ?? CONNECT_TIMEOUT);
}

/** "relay.example:465", for messages. */
export function relayName({ host, port, socket }: Account): string {
  return socket ?? endpoint(bareHost(host), port);
}

function endpoint(host: string, port: number): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}

/** @throws OpenError */
export async function openSocket(account: Account): Promise<Socket> {
  const { proxy, socket: path } = account;
  const target = proxy ?? { host: bareHost(account.host), port: account.port };
  const socket = connect(
    path === undefined
      ? {
          host: target.host,
          port: target.port,
          noDelay: true,
          ...(account.sourceIp === undefined ? {} : { localAddress: account.sourceIp }),
        }
      : { path },
  );
  const where = path ?? endpoint(target.host, target.port);
  await settle(socket, 'connect', connectTimeout(account), (error) =>
    error === undefined
      ? new OpenError('timeout', diagnostic('connect.late', { where, seconds: connectTimeout(account) / 1000 }))
      : connectError(error, proxy === undefined ? where : `proxy ${where}`, target.host),
  );
  if (proxy !== undefined && path === undefined) await throughSocks(socket, account, endpoint(proxy.host, proxy.port));
  return socket;
}

function connectError(error: NodeJS.ErrnoException, where: string, host: string): OpenError {
  switch (error.code) {
    case 'ENOTFOUND':
      return new OpenError('dns', diagnostic('dns.no-host', { host }));
    case 'EAI_AGAIN':
      return new OpenError('dns', diagnostic('dns.no-answer', { host }));
    case 'ECONNREFUSED':
      return new OpenError('connect', diagnostic('connect.refused', { where }));
    case 'ETIMEDOUT':
      return new OpenError('timeout', diagnostic('connect.timeout', { where }));
    default:
      return new OpenError('connect', diagnostic('connect.failed', { where, why: error.code ?? error.message }));
  }
}

/** A connection that is opened before it is needed. */
export interface EarlyConnection {
  /** With TLS if the plan has it from the first byte; call once. @throws OpenError, as `openSocket` and `startTls` do */
  take(): Promise<Socket>;
  /** Closes the connection, unless it was taken. */
  abandon(): void;
}

/** Connects, and begins TLS that comes from the first byte, while the caller does other things. */
export function openEarly(account: Account): EarlyConnection {
  const opening = connectAsPlanned(account);
  let taken = false;
  opening.then(
    // An error before the connection is used must not end the process.
    (socket) => socket.on('error', () => undefined),
    // `take` reports the failure.
    () => undefined,
  );
  return {
    async take() {
      taken = true;
      const socket = await opening;
      return socket.destroyed ? connectAsPlanned(account) : socket;
    },
    abandon() {
      if (!taken)
        opening.then(
          (socket) => socket.destroy(),
          () => undefined,
        );
    },
  };
}

async function connectAsPlanned(account: Account): Promise<Socket> {
  const plan = tlsPlan(account);
  const socket = await openSocket(account);
  return plan === 'clear' || plan === 'starttls' ? socket : startTls(socket, account);
}

/** @throws OpenError; `plaintext` if the server sent SMTP in clear text */
export async function startTls(socket: Socket, account: Account): Promise<TLSSocket> {
  const where = relayName(account);
  const secure = connectTls({ ...tlsOptions(account), socket });
  await settle(secure, 'secureConnect', connectTimeout(account), (error) =>
    error === undefined
      ? new OpenError('timeout', diagnostic('tls.late', { where, seconds: connectTimeout(account) / 1000 }))
      : handshakeError(error, account),
  );
  const problem = fingerprintProblem(account, secure);
  if (problem !== undefined) {
    secure.destroy();
    throw new OpenError('certificate', placed(where, problem));
  }
  return secure;
}

/** OpenSSL's codes for data that is not TLS: the first bytes were a greeting in plain text. */
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_UNKNOWN_PROTOCOL']);
/** Verification failures of OpenSSL and of Node's own check of the name. */
const CERTIFICATE_PROBLEM =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME|CRL_|ERROR_IN_CERT)/;

export function handshakeError(error: NodeJS.ErrnoException, account: Account): OpenError {
  const where = relayName(account);
  const code = error.code ?? '';
  if (NOT_TLS.has(code))
    return new OpenError('plaintext', diagnostic('tls.plaintext', { where, account: account.name }));
  if (CERTIFICATE_PROBLEM.test(code))
    return new OpenError('certificate', placed(where, certificateProblem(code, error, account)));
  return new OpenError('handshake', diagnostic('tls.failed', { where, why: code || error.message }));
}

function certificateProblem(code: string, error: Error, { host, tls }: Account): Diagnostic {
  const { crlFile: file = '', hostOverride, trustFile } = tls;
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID': {
      const why = error.message.replace(/^.*?: /, '').replace(/^Host: .*? is not /, 'it is not ');
      return diagnostic('certificate.name', { name: hostOverride ?? host, why });
    }
    case 'CERT_HAS_EXPIRED':
      return diagnostic('certificate.expired');
    case 'CERT_NOT_YET_VALID':
      return diagnostic('certificate.not-yet-valid');
    case 'CERT_REVOKED':
      return diagnostic('certificate.revoked', { file });
    case 'CRL_HAS_EXPIRED':
      return diagnostic('certificate.crl-expired', { file });
    case 'UNABLE_TO_GET_CRL':
      return diagnostic('certificate.crl-missing', { file });
    case 'INVALID_PURPOSE':
      return diagnostic('certificate.purpose');
    default: {
      const trust = trustFile === 'system' ? 'that this system trusts' : `in ${trustFile}`;
      return diagnostic('certificate.authority', { trust, why: code });
    }
  }
}

/** Waits for the event, an error or the timeout, and removes its listeners. */
function settle(
  socket: Socket,
  event: 'connect' | 'secureConnect',
  timeout: number,
  describe: (error: NodeJS.ErrnoException | undefined) => OpenError,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (failure?: OpenError) => {
      clearTimeout(timer);
      socket.off(event, succeed);
      socket.off('error', fail);
      socket.off('close', closed);
      if (failure === undefined) {
        resolve();
        return;
      }
      socket.on('error', () => undefined);
      socket.destroy();
      reject(failure);
    };
    const succeed = () => done();
    const fail = (error: NodeJS.ErrnoException) => done(describe(error));
    const closed = () => done(describe(Object.assign(new Error('connection closed'), { code: 'ECONNRESET' })));
    const timer = setTimeout(() => done(describe(undefined)), timeout);
    socket.once(event, succeed);
    socket.once('error', fail);
    socket.once('close', closed);
  });
}

// RFC 1928: no authentication, CONNECT, the name resolved by the proxy.
async function throughSocks(socket: Socket, account: Account, proxy: string): Promise<void> {
  const timer = setTimeout(() => socket.destroy(), connectTimeout(account));
  const reader = socketReader(socket);
  try {
    socket.write(Buffer.from([5, 1, 0]));
    const method = await reader.take(2);
    if (method[0] !== 5 || method[1] !== 0) throw new OpenError('proxy', diagnostic('proxy.login', { proxy }));
    const host = bareHost(account.host);
    const name = Buffer.from(host);
    const port = Buffer.from([account.port >> 8, account.port & 255]);
    // Type 3 (a name) is for addresses too, but some proxies require type 1.
    const address =
      isIP(host) === 4
        ? Buffer.from([1, ...host.split('.').map(Number)])
        : Buffer.concat([Buffer.from([3, name.length]), name]);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), address, port]));
    const head = await reader.take(4);
    const reply = head.readUInt8(1);
    if (reply !== 0)
      throw new OpenError('proxy', diagnostic('proxy.refused', { proxy, where: relayName(account), reply }));
    const length = head[3] === 1 ? 4 : head[3] === 4 ? 16 : (await reader.take(1)).readUInt8(0);
    await reader.take(length + 2);
  } catch (error) {
    socket.destroy();
    throw error instanceof OpenError ? error : new OpenError('proxy', diagnostic('proxy.closed', { proxy }));
  } finally {
    clearTimeout(timer);
    reader.release();
  }
}

/** Reads by count; `release` gives back the bytes that came early, such as the relay's greeting. */
function socketReader(socket: Socket): { take: (count: number) => Promise<Buffer>; release: () => void } {
  let held = Buffer.alloc(0);
  let closed = false;
  let wake: () => void = () => undefined;
  const onData = (chunk: Buffer) => {
    held = Buffer.concat([held, chunk]);
    wake();
  };
  const onEnd = () => {
    closed = true;
    wake();
  };
  socket.on('data', onData);
  for (const event of ['error', 'end', 'close']) socket.on(event, onEnd);
  return {
    async take(count) {
      while (held.length < count) {
        if (closed) throw new Error('closed');
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      const taken = held.subarray(0, count);
      held = held.subarray(count);
      return taken;
    },
    release() {
      socket.off('data', onData);
      for (const event of ['error', 'end', 'close']) socket.off(event, onEnd);
      socket.pause();
      if (held.length > 0 && !closed) socket.unshift(held);
    },
  };
}
