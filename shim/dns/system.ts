// The system's name servers as a Resolver: UDP, then TCP if the answer is truncated (RFC 1035 section 4.2, RFC 7766).

import { randomInt } from 'node:crypto';
import { createSocket } from 'node:dgram';
import { getServers } from 'node:dns';
import { connect, isIPv6 } from 'node:net';
import type { Answer, DnsErrorReason, RecordData, RecordType, Resolver } from '../../shared/dns/types.ts';
import {
  answersQuestion,
  badName,
  decodeAnswer,
  encodeQuery,
  isTruncated,
  type Question,
} from '../../shared/dns/wire.ts';

export interface SystemResolverOptions {
  /** `address`, `address:port` or `[address]:port`; default: those of the system. */
  servers?: readonly string[];
  /** Milliseconds for one try. */
  timeoutMs?: number;
}

/** Milliseconds; a recursive resolver usually answers much faster. */
const DEFAULT_TIMEOUT = 1500;
const TRIES = 2;

type Reply = { message: Uint8Array } | { reason: DnsErrorReason; detail: string };

/** Queries each server in order, at most twice; never throws. */
export function systemResolver(options: SystemResolverOptions = {}): Resolver {
  const servers = (options.servers ?? getServers()).map(parseServer);
  const timeout = options.timeoutMs ?? DEFAULT_TIMEOUT;
  return {
    async query<T extends RecordType>(name: string, type: T): Promise<Answer<RecordData[T]>> {
      const bad = badName(name);
      if (bad !== undefined) return { kind: 'error', reason: 'badname', detail: bad };
      if (servers.length === 0) return { kind: 'error', reason: 'network', detail: 'no name server is configured' };
      let last: Answer<RecordData[T]> = { kind: 'error', reason: 'network', detail: 'no name server answered' };
      for (let attempt = 0; attempt < TRIES; attempt++) {
        for (const server of servers) {
          const answer = await askServer(server, name, type, timeout);
          // After an error the next server is tried; a negative answer is an answer.
          if (answer.kind !== 'error') return answer;
          last = answer;
        }
      }
      return last;
    },
  };
}

interface Server {
  address: string;
  port: number;
}

function parseServer(text: string): Server {
  const [, address, port = '53'] = /^\[([^\]]+)\](?::(\d+))?$/.exec(text) ?? /^([^:]+)(?::(\d+))?$/.exec(text) ?? [];
  return { address: address ?? text, port: Number(port) };
}

async function askServer<T extends RecordType>(
  server: Server,
  name: string,
  type: T,
  timeout: number,
): Promise<Answer<RecordData[T]>> {
  // A random id, and by connect() a random port, which an attacker would have to guess (RFC 5452 section 9).
  const question: Question & { type: T } = { id: randomInt(65536), name, type };
  const query = encodeQuery(question);
  let reply = await overUdp(server, query, question, timeout);
  if ('message' in reply && isTruncated(reply.message)) reply = await overTcp(server, query, question, timeout);
  if ('message' in reply) return decodeAnswer(reply.message, question);
  return { kind: 'error', reason: reply.reason, detail: `${type} ${name}: ${reply.detail}` };
}

function overUdp(server: Server, query: Uint8Array, question: Question, timeout: number): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(server.address) ? 'udp6' : 'udp4');
    let settled = false;
    const settle = (reply: Reply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.close();
      resolve(reply);
    };
    const late = { reason: 'timeout', detail: `${server.address} did not answer in ${timeout} ms` } as const;
    const timer = setTimeout(() => settle(late), timeout);
    socket.on('error', (error) => settle({ reason: 'network', detail: error.message }));
    socket.on('message', (message) => {
      // Other messages are ignored: they may be forged, and the answer may still come.
      if (answersQuestion(message, question)) settle({ message });
    });
    // Without a route to the server (ENETUNREACH) only this callback gets the error, and send() would throw.
    // The types do not have the argument of the callback.
    socket.connect(server.port, server.address, ((error?: Error | null) => {
      if (error !== undefined && error !== null) {
        settle({ reason: 'network', detail: error.message });
        return;
      }
      if (settled) return;
      socket.send(query, (failed) => {
        if (failed) settle({ reason: 'network', detail: failed.message });
      });
    }) as () => void);
  });
}

function overTcp(server: Server, query: Uint8Array, question: Question, timeout: number): Promise<Reply> {
  return new Promise((resolve) => {
    const socket = connect({ host: server.address, port: server.port });
    let received = Buffer.alloc(0);
    let settled = false;
    const settle = (reply: Reply) => {
      if (settled) return;
      settled = true;
      clearTimeout(timer);
      socket.destroy();
      resolve(reply);
    };
    const late = { reason: 'timeout', detail: `${server.address} did not answer over TCP in ${timeout} ms` } as const;
    const timer = setTimeout(() => settle(late), timeout);
    socket.on('error', (error) => settle({ reason: 'network', detail: error.message }));
    socket.on('close', () => settle({ reason: 'network', detail: `${server.address} closed the connection` }));
    socket.on('connect', () => {
      const length = Buffer.alloc(2);
      length.writeUInt16BE(query.length);
      socket.write(Buffer.concat([length, query]));
    });
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      const message = received.subarray(2, 2 + received.readUInt16BE(0));
      if (answersQuestion(message, question)) settle({ message });
      else settle({ reason: 'malformed', detail: `${server.address} answered another question` });
    });
  });
}
