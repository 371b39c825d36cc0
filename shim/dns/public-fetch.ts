// HTTPS to hosts that strangers name, for policy files of MTA-STS and the like: only public addresses, no redirects, bounded.

import { request } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Fetch } from '../../shared/dns/doh.ts';
import { type Resolver, recordsOf } from '../../shared/dns/types.ts';
import { type Ip, parseIp } from '../../shared/text/ip.ts';
import { isUnreachable } from '../../shared/text/unreachable.ts';
import { ConnectionError } from '../../shared/tls/connection.ts';
import { faultOfError, openTls } from '../tls.ts';

/** Bytes of a response that are read: more than a policy file may have (RFC 8461 section 3.2). */
const MAX_ANSWER = 128 * 1024;
/** Milliseconds for each of connecting, TLS and the response. */
const PATIENCE = 5000;

/**
 * Connects to the addresses that `resolver` has, and to none if one of them is private: a zone must not give access to the
 * network of this machine. Throws a ConnectionError.
 */
export function publicFetch(resolver: Resolver, isPrivate: (ip: Ip) => boolean = isUnreachable): Fetch {
  return async (url, init) => {
    const target = new URL(url);
    const addresses = await publicAddresses(target.hostname, resolver, isPrivate);
    const socket = await openTls(target, addresses, { timeoutMs: PATIENCE });
    if ('fault' in socket) throw new ConnectionError(socket.fault, socket.detail);
    try {
      return await answerOver(socket, target, init);
    } finally {
      socket.destroy();
    }
  };
}

async function publicAddresses(host: string, resolver: Resolver, isPrivate: (ip: Ip) => boolean): Promise<string[]> {
  const answers = await Promise.all([resolver.query(host, 'A'), resolver.query(host, 'AAAA')]);
  const addresses = answers.flatMap((answer) => [...recordsOf<string>(answer)]);
  if (addresses.length === 0) throw new ConnectionError('unreachable', 'no address');
  for (const address of addresses) {
    const ip = parseIp(address);
    if (ip === undefined || isPrivate(ip)) throw new ConnectionError('unreachable', `private address ${address}`);
  }
  return addresses;
}

/** GET over an open connection; `init` gives header fields and the signal. */
function answerOver(socket: TLSSocket, target: URL, init: RequestInit = {}): Promise<Response> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error) => {
      const { fault, detail } = faultOfError(error);
      reject(new ConnectionError(fault, detail));
    };
    const asked = request({
      createConnection: () => socket,
      path: target.pathname + target.search,
      headers: {
        ...Object.fromEntries(new Headers(init.headers)),
        host: target.host,
        'accept-encoding': 'identity',
        connection: 'close',
      },
      ...(init.signal ? { signal: init.signal } : {}),
    });
    asked.setTimeout(PATIENCE, () => asked.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
    asked.on('error', fail);
    asked.on('response', (response) => {
      const pieces: Buffer[] = [];
      let size = 0;
      const done = () => {
        const { statusCode = 502, headers } = response;
        const body = Buffer.concat(pieces).subarray(0, MAX_ANSWER);
        // Response accepts no body for a status without one (RFC 9110 section 15.3.5).
        const whole = statusCode === 200 ? body : null;
        resolve(
          new Response(whole, { status: statusCode, headers: { 'content-type': headers['content-type'] ?? '' } }),
        );
      };
      response.on('data', (chunk: Buffer) => {
        pieces.push(chunk);
        size += chunk.length;
        if (size >= MAX_ANSWER) done();
      });
      response.on('end', done);
      response.on('error', fail);
    });
    asked.end();
  });
}
