// Name servers on loopback for a zone in memory: DNS over HTTPS, UDP and TCP, and a DoH front before a real name server.
import { createSocket } from 'node:dgram';
import { createServer as createHttpServer, type IncomingMessage } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import { AUTHENTIC_DATA, decode, encode, RECURSION_AVAILABLE, type Answer as WireRecord } from 'dns-packet';
import type { Answer, RecordData, RecordType, Resolver } from '../../shared/dns/types.ts';

export interface RunningServer {
  port: number;
  stop(): Promise<void>;
}
/** Takes a DNS message, gives the response; null stays silent. */
export type Responder = (message: Buffer) => Promise<Buffer | null>;

/** Answers as a recursive resolver would that knows what `resolver` knows. */
export function respondFrom(resolver: Resolver): Responder {
  return async (message) => {
    const query = decode(message);
    const question = query.questions![0]!;
    const answer = (await resolver.query(question.name, question.type as RecordType)) as Answer<RecordData[RecordType]>;
    if (answer.kind === 'error' && answer.reason === 'timeout') return null;
    const rcode = answer.kind === 'nxdomain' ? 3 : answer.kind === 'error' ? (answer.reason === 'refused' ? 5 : 2) : 0;
    const answers: WireRecord[] = [];
    let authorities: WireRecord[] = [];
    if (answer.kind !== 'error') {
      let owner = question.name;
      for (const target of answer.aliases) {
        answers.push({ type: 'CNAME', name: owner, ttl: answer.ttl, data: target });
        owner = target;
      }
      if (answer.kind === 'ok') {
        for (const data of answer.records) {
          answers.push({
            type: question.type,
            name: owner,
            ttl: answer.ttl,
            data: wireData(question.type as RecordType, data),
          } as WireRecord);
        }
      } else {
        const soa = {
          mname: 'ns.invalid',
          rname: 'hostmaster.invalid',
          serial: 1,
          refresh: 1,
          retry: 1,
          expire: 1,
          minimum: answer.ttl,
        };
        authorities = [{ type: 'SOA', name: 'invalid', ttl: answer.ttl, data: soa }];
      }
    }
    const ad = answer.kind !== 'error' && answer.authenticated ? AUTHENTIC_DATA : 0;
    const flags = RECURSION_AVAILABLE | ad | rcode;
    return encode({ type: 'response', id: query.id ?? 0, flags, questions: [question], answers, authorities });
  };
}

function wireData(type: RecordType, data: unknown): unknown {
  if (type === 'TXT') return (data as readonly string[]).map((octets) => Buffer.from(octets, 'latin1'));
  if (type === 'TLSA') {
    const tlsa = data as RecordData['TLSA'];
    return { ...tlsa, certificate: Buffer.from(tlsa.certificate, 'hex') };
  }
  if (type === 'CAA') {
    const caa = data as RecordData['CAA'];
    return { flags: caa.critical ? 128 : 0, tag: caa.tag, value: caa.value };
  }
  return data;
}

/** Passes messages on to a name server over UDP, over TCP where the answer was truncated. */
export function forwardTo(port: number, host = '127.0.0.1'): Responder {
  return async (message) => {
    const response = await udpExchange(message, port, host);
    return (response[2]! & 2) !== 0 ? tcpExchange(message, port, host) : response;
  };
}

function udpExchange(message: Buffer, port: number, host: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = createSocket('udp4');
    const timer = setTimeout(() => fail(new Error('name server silent')), 5000);
    const fail = (error: Error) => {
      clearTimeout(timer);
      socket.close();
      reject(error);
    };
    socket.once('error', fail);
    socket.once('message', (response) => {
      clearTimeout(timer);
      socket.close();
      resolve(response);
    });
    socket.send(message, port, host);
  });
}

function tcpExchange(message: Buffer, port: number, host: string): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, host, () => socket.write(framed(message)));
    let received = Buffer.alloc(0);
    socket.setTimeout(5000, () => socket.destroy(new Error('name server silent')));
    socket.once('error', reject);
    socket.on('data', (chunk) => {
      received = Buffer.concat([received, chunk]);
      if (received.length < 2 || received.length < 2 + received.readUInt16BE(0)) return;
      socket.destroy();
      resolve(received.subarray(2, 2 + received.readUInt16BE(0)));
    });
  });
}

function framed(message: Buffer): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(message.length);
  return Buffer.concat([length, message]);
}

/** `http://127.0.0.1:PORT/dns-query`, GET and POST (RFC 8484); `port` 0 takes a free one. */
export async function startDohServer(
  respond: Responder,
  port = 0,
): Promise<RunningServer & { url: string; asked(): number }> {
  let asked = 0;
  const server = createHttpServer(async (request, response) => {
    const url = new URL(request.url ?? '/', 'http://loopback');
    const query =
      request.method === 'POST' ? await bodyOf(request) : Buffer.from(url.searchParams.get('dns') ?? '', 'base64url');
    if (url.pathname !== '/dns-query' || query.length < 12) return response.writeHead(400).end();
    asked++;
    const answer = await respond(query).catch(() => undefined);
    if (answer === undefined) return response.writeHead(502).end();
    // Silence, as of a name server that does not answer: the client's own time-out is tested.
    if (answer !== null) response.writeHead(200, { 'content-type': 'application/dns-message' }).end(answer);
  });
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve));
  const bound = (server.address() as { port: number }).port;
  return {
    port: bound,
    url: `http://127.0.0.1:${bound}/dns-query`,
    asked: () => asked,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** A name server on one port of 127.0.0.1, UDP and TCP; over UDP answers above `udpLimit` octets are truncated. */
export async function startNameServer(respond: Responder, udpLimit = 1232): Promise<RunningServer> {
  const tcp = createTcpServer((socket) => {
    let received = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', async (chunk) => {
      received = Buffer.concat([received, chunk]);
      while (received.length >= 2 && received.length >= 2 + received.readUInt16BE(0)) {
        const message = received.subarray(2, 2 + received.readUInt16BE(0));
        received = received.subarray(2 + message.length);
        const answer = await respond(message);
        if (answer !== null) socket.write(framed(answer));
      }
    });
  });
  await new Promise<void>((resolve, reject) => tcp.once('error', reject).listen(0, '127.0.0.1', resolve));
  const port = (tcp.address() as { port: number }).port;
  const udp = createSocket('udp4');
  udp.on('message', async (message, from) => {
    const answer = await respond(message);
    if (answer === null) return;
    udp.send(answer.length > udpLimit ? truncated(answer) : answer, from.port, from.address);
  });
  await new Promise<void>((resolve, reject) => udp.once('error', reject).bind(port, '127.0.0.1', resolve));
  return {
    port,
    stop: async () => {
      await new Promise<void>((resolve) => udp.close(resolve));
      await new Promise<void>((resolve) => tcp.close(() => resolve()));
    },
  };
}

function truncated(answer: Buffer): Buffer {
  const { id, questions } = decode(answer);
  return encode({ type: 'response', id: id ?? 0, flags: 0x200, questions: questions ?? [] });
}
