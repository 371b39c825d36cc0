// Connections to hosts that strangers name, made by Node for the Worker: to the addresses that the Worker has checked, and with the reason where TLS fails, which workerd keeps to itself.
import { type ClientRequest, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { type Failure, faultOfError, openTls } from '../../shim/tls.ts';
import { ADDRESSES_FIELD, FAULT_FIELD, MODE_FIELD, URL_FIELD } from '../../worker/access/connection.ts';

/** Milliseconds between any two parts of the answer. */
const TIMEOUT_MS = 15_000;
/** Octets of an answer; a policy file has 64 KB at most (RFC 8461 section 3.2). */
const MAX_ANSWER = 1024 * 1024;
/** Not handed on: what belongs to one connection, or is between the Worker and this file. */
const OWN_FIELDS = [
  'connection',
  'host',
  'keep-alive',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  URL_FIELD,
  ADDRESSES_FIELD,
  FAULT_FIELD,
  MODE_FIELD,
];

/** Answers what the Worker asks through its binding CONNECTOR. */
export async function handleConnector(asked: IncomingMessage, answer: ServerResponse): Promise<void> {
  const url = new URL(String(asked.headers[URL_FIELD]));
  const addresses = String(asked.headers[ADDRESSES_FIELD] ?? '')
    .split(',')
    .filter((address) => isIP(address) !== 0);
  const mode = asked.headers[MODE_FIELD];
  const socket = await openTls(url, addresses, { starttls: mode === 'starttls' });
  if ('fault' in socket) return fail(answer, socket);
  if (mode !== undefined) {
    socket.destroy();
    answer.writeHead(204).end();
    return;
  }
  answer.on('close', () => socket.destroy());
  const handed = request({
    createConnection: () => socket,
    method: asked.method,
    path: url.pathname + url.search,
    headers: { ...kept(asked.headers), host: url.host, 'accept-encoding': 'identity', connection: 'close' },
  });
  asked.pipe(handed);
  await relayed(handed, answer);
}

/** Hands the answer on as it comes, within its bounds. */
function relayed(handed: ClientRequest, answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    answer.on('close', resolve);
    handed.setTimeout(TIMEOUT_MS, () => handed.destroy(Object.assign(new Error('silent'), { code: 'ETIMEDOUT' })));
    handed.on('error', (error) => (answer.headersSent ? answer.destroy() : fail(answer, faultOfError(error))));
    handed.on('response', (response) => {
      answer.writeHead(response.statusCode ?? 502, kept(response.headers));
      let length = 0;
      response.on('data', (chunk: Buffer) => {
        length += chunk.length;
        if (length > MAX_ANSWER) answer.destroy();
      });
      response.on('error', () => answer.destroy());
      response.pipe(answer);
    });
  });
}

function kept(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !OWN_FIELDS.includes(name) && !/^(?:cf|mf)-/.test(name)),
  );
}

function fail(answer: ServerResponse, { fault, detail }: Failure): void {
  answer.writeHead(502, { [FAULT_FIELD]: fault, 'content-type': 'text/plain; charset=utf-8' });
  answer.end(detail);
}
