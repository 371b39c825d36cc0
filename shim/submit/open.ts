// The connection to the relay: TCP, Unix socket or SOCKS5 proxy (RFC 1928), then TLS where it comes first.

import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import type { Account } from '../config/account.ts';
import { bareHost, tlsPlan } from './plan.ts';
import { fingerprintProblem, tlsOptions } from './trust.ts';

/** Milliseconds to connect where the configuration says nothing; msmtp leaves it to the system, which is minutes. */
export const CONNECT_TIMEOUT = 30_000;

/** What went wrong before a word of SMTP was said. */
export class OpenError extends Error {
  readonly kind: 'dns' | 'connect' | 'timeout' | 'proxy' | 'handshake' | 'certificate' | 'plaintext';
  constructor(kind: OpenError['kind'], message: string) {
    super(message);
    this.name = 'OpenError';
    this.kind = kind;
  }
}

export function connectTimeout(account: Account): number {
  // A day stands for "off": some end there must be.
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
      ? new OpenError('timeout', `${where} did not answer in ${connectTimeout(account) / 1000} s`)
      : connectError(error, proxy === undefined ? where : `proxy ${where}`, target.host),
  );
  if (proxy !== undefined && path === undefined) await throughSocks(socket, account);
  return socket;
}

function connectError(error: NodeJS.ErrnoException, where: string, host: string): OpenError {
  switch (error.code) {
    case 'ENOTFOUND':
      return new OpenError('dns', `host ${host} does not exist in DNS`);
    case 'EAI_AGAIN':
      return new OpenError('dns', `host ${host} could not be looked up for now: DNS does not answer`);
    case 'ECONNREFUSED':
      return new OpenError('connect', `${where} refused the connection; is the relay running, and "port" right?`);
    case 'ETIMEDOUT':
      return new OpenError('timeout', `${where} did not answer; is a firewall in between?`);
    default:
      return new OpenError('connect', `${where}: cannot connect (${error.code ?? error.message})`);
  }
}

/** A connection that may have been asked for before there was anything to say over it. */
export interface Line {
  /** Secured where the plan says so; taken once. @throws OpenError, as `openSocket` and `startTls` do */
  take(): Promise<Socket>;
  /** Hangs up, unless it was taken. */
  abandon(): void;
}

/** Connects, and secures what is TLS from the first byte, while its caller is busy with other things. */
export function openLine(account: Account): Line {
  const opening = connectAsPlanned(account);
  let taken = false;
  opening.then(
    // One that breaks before anybody listens must not end the process.
    (socket) => socket.on('error', () => undefined),
    // Whoever takes it learns of a failure then.
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

/** @throws OpenError; `plaintext` where the server spoke SMTP in clear */
export async function startTls(socket: Socket, account: Account): Promise<TLSSocket> {
  const where = relayName(account);
  const secure = connectTls({ ...tlsOptions(account), socket });
  await settle(secure, 'secureConnect', connectTimeout(account), (error) =>
    error === undefined
      ? new OpenError('timeout', `${where}: no TLS handshake in ${connectTimeout(account) / 1000} s`)
      : handshakeError(error, account),
  );
  const problem = fingerprintProblem(account, secure);
  if (problem !== undefined) {
    secure.destroy();
    throw new OpenError('certificate', `${where}: ${problem}`);
  }
  return secure;
}

/** OpenSSL's words for "this is not TLS": the first bytes were the letters of a greeting. */
const NOT_TLS = new Set(['ERR_SSL_WRONG_VERSION_NUMBER', 'ERR_SSL_PACKET_LENGTH_TOO_LONG', 'ERR_SSL_UNKNOWN_PROTOCOL']);
/** Verification failures of OpenSSL and of Node's own check of the name. */
const CERTIFICATE_PROBLEM =
  /^(CERT_|DEPTH_ZERO_|SELF_SIGNED_|UNABLE_TO_|INVALID_(CA|PURPOSE)|PATH_LENGTH|HOSTNAME_MISMATCH|ERR_TLS_CERT_ALTNAME|CRL_|ERROR_IN_CERT)/;

export function handshakeError(error: NodeJS.ErrnoException, account: Account): OpenError {
  const where = relayName(account);
  const code = error.code ?? '';
  if (NOT_TLS.has(code)) return new OpenError('plaintext', `${where} answers in plain text, not TLS`);
  if (CERTIFICATE_PROBLEM.test(code))
    return new OpenError('certificate', `${where}: ${certificateText(code, error, account)}`);
  return new OpenError('handshake', `${where}: TLS handshake failed (${code || error.message})`);
}

function certificateText(code: string, error: Error, account: Account): string {
  const name = account.tls.hostOverride ?? account.host;
  switch (code) {
    case 'ERR_TLS_CERT_ALTNAME_INVALID':
      return `the certificate is not for ${name} (${error.message.replace(/^.*?: /, '').replace(/^Host: .*? is not /, 'it is not ')}); use the name it is for in "host" or tls_host_override`;
    case 'CERT_HAS_EXPIRED':
      return 'the certificate has expired; renew it at the relay';
    case 'CERT_NOT_YET_VALID':
      return 'the certificate is not valid yet; is the clock right?';
    case 'CERT_REVOKED':
      return `the certificate is revoked by tls_crl_file ${account.tls.crlFile}; replace it at the relay`;
    case 'CRL_HAS_EXPIRED':
      return `the list in tls_crl_file ${account.tls.crlFile} has expired; fetch it anew`;
    case 'UNABLE_TO_GET_CRL':
      return `tls_crl_file ${account.tls.crlFile} has no list of the authority that signed the certificate`;
    case 'INVALID_PURPOSE':
      return 'the certificate is not one for servers; replace it at the relay';
    default: {
      const trust = account.tls.trustFile === 'system' ? 'that this system trusts' : `in ${account.tls.trustFile}`;
      return `the certificate is not signed by an authority ${trust} (${code}); name the right file by tls_trust_file`;
    }
  }
}

/** Waits for one event, an error or the end of time; afterwards the socket carries none of these listeners. */
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
async function throughSocks(socket: Socket, account: Account): Promise<void> {
  const fail = (what: string) => new OpenError('proxy', `proxy ${account.proxy!.host}:${account.proxy!.port}: ${what}`);
  const timer = setTimeout(() => socket.destroy(), connectTimeout(account));
  const reader = socketReader(socket);
  try {
    socket.write(Buffer.from([5, 1, 0]));
    const method = await reader.take(2);
    if (method[0] !== 5 || method[1] !== 0) throw fail('it wants a login, which is not supported');
    const host = bareHost(account.host);
    const name = Buffer.from(host);
    const port = Buffer.from([account.port >> 8, account.port & 255]);
    // Type 3 (a name) serves for addresses too, but some proxies want those as such.
    const address =
      isIP(host) === 4
        ? Buffer.from([1, ...host.split('.').map(Number)])
        : Buffer.concat([Buffer.from([3, name.length]), name]);
    socket.write(Buffer.concat([Buffer.from([5, 1, 0]), address, port]));
    const head = await reader.take(4);
    if (head[1] !== 0) throw fail(`it could not connect to ${relayName(account)} (code ${head[1]})`);
    const length = head[3] === 1 ? 4 : head[3] === 4 ? 16 : (await reader.take(1))[0]!;
    await reader.take(length + 2);
  } catch (error) {
    socket.destroy();
    throw error instanceof OpenError ? error : fail('it closed the connection');
  } finally {
    clearTimeout(timer);
    reader.release();
  }
}

/** Reads by count; `release` gives back what came too early, the relay's greeting perhaps. */
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
