// The door in front of workerd: hands on what is for the Worker, and nothing that is for the runtime around it.
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';
import { BODY_TIMEOUTS, type Timeouts } from '../../worker/stream.ts';

/** Paths that the runtime itself answers: databases, cron, mail and more, meant for a developer alone. */
const RUNTIME_PATHS = ['/cdn-cgi', '/__cf_local'];
/** Header fields of one connection (RFC 9110 section 7.6.1), which are not handed on. */
const HOP_BY_HOP = [
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
];
/** Seconds until a client is told to come again where workerd does not answer: it is started anew. */
const RETRY_AFTER = 5;

/** What the Worker's own answers have, too; test/worker/deploy.test.ts compares them. */
const USUAL_HEADERS = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'etag,location,retry-after',
} as const;
/** Milliseconds between two looks for requests that do not come to their end. */
const CHECKED_EVERY = 5000;
/** What Node.js finds wrong before there is a request. */
const CLIENT_ERRORS: Record<string, [status: number, title: string]> = {
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not end in time'],
  HPE_HEADER_OVERFLOW: [431, 'The head is too large'],
};

const loopback = new BlockList();
loopback.addSubnet('127.0.0.0', 8, 'ipv4');
loopback.addAddress('::1', 'ipv6');

/**
 * Whose header fields about the client are believed: a proxy on this machine's. To be handed the address of the peer as
 * the socket has it.
 */
export function isTrusted(address: string | undefined): boolean {
  const plain = plainAddress(address);
  if (isIPv4(plain)) return loopback.check(plain, 'ipv4');
  return isIPv6(plain) && loopback.check(plain, 'ipv6');
}

/** `::ffff:192.0.2.1`, as a socket for both families has it, is an IPv4 address. */
function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/i, '');
}

/** The path and query that the Worker sees; undefined for what is not to be handed on. */
export function workerPath(target: string): string | undefined {
  // In origin form two strokes at the start are part of the path, and not a host (RFC 9112 section 3.2.1).
  const text = target.startsWith('/') ? `http://worker.invalid${target}` : target;
  if (!/^https?:\/\//i.test(text) || !URL.canParse(text)) return undefined;
  // What is looked at is what is handed on: dots and their %2e are resolved here.
  const { pathname, search } = new URL(text);
  const folded = decoded(pathname)
    .replace(/\/{2,}/g, '/')
    .toLowerCase();
  const own = RUNTIME_PATHS.some((path) => folded === path || folded.startsWith(`${path}/`));
  return own ? undefined : pathname + search;
}

/**
 * Whether the field Host names a host and nothing else (RFC 9112 section 3.2); the runtime fails at others before the Worker
 * sees them. Stricter than RFC 3986, whose names may have marks that no host has.
 */
export function isHost(host: string): boolean {
  return /^(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::\d{0,5})?$/i.test(host) && URL.canParse(`http://${host}/`);
}

/** The one Host of a request; undefined where it is missing, though HTTP/1.1 needs it, given twice, or names no host. */
function isAddressed({ httpVersion, headersDistinct: { host = [] } }: IncomingMessage): boolean {
  if (host.length === 0) return httpVersion === '1.0';
  // An empty one is that of a request for what has no name (RFC 9112 section 3.2).
  return host.length === 1 && (host[0] === '' || isHost(host[0]!));
}

function decoded(path: string): string {
  return path.replace(/%([0-7][0-9a-f])/gi, (_, octet: string) => String.fromCharCode(Number.parseInt(octet, 16)));
}

/** What is sent to workerd in place of `headers`; only a trusted peer may name the client and how it came. */
export function workerHeaders(headers: IncomingHttpHeaders, peer: string | undefined): IncomingHttpHeaders {
  const trusted = isTrusted(peer);
  const named = String(headers.connection ?? '')
    .toLowerCase()
    .split(',')
    .map((name) => name.trim());
  const sent: IncomingHttpHeaders = {};
  for (const [name, value] of Object.entries(headers)) {
    // cf-… is what Cloudflare says to a Worker, mf-… what workerd's keeper says to it: the latter even names another URL.
    if (/^(?:cf|mf)-/.test(name) || name.startsWith('x-forwarded-')) continue;
    if (HOP_BY_HOP.includes(name) || named.includes(name)) continue;
    sent[name] = value;
  }
  const told = trusted ? headers['cf-connecting-ip'] : plainAddress(peer);
  if (told !== undefined) sent['cf-connecting-ip'] = told;
  sent['x-forwarded-proto'] = trusted && headers['x-forwarded-proto'] === 'https' ? 'https' : 'http';
  return sent;
}

/** Hands on to `worker`; not listening yet. */
export function createFront(worker: URL, patience: Timeouts = BODY_TIMEOUTS): Server {
  const agent = new Agent({ keepAlive: true });
  const options = {
    requireHostHeader: false,
    requestTimeout: patience.whole,
    connectionsCheckingInterval: CHECKED_EVERY,
  };
  const server = createServer(options, (incoming, outgoing) => {
    if (!isAddressed(incoming)) {
      return refuse(outgoing, 400, 'Not a host name', 'The header Host is missing, is given twice, or names no host.');
    }
    const path = workerPath(incoming.url ?? '');
    if (path === undefined) {
      return refuse(outgoing, 404, 'Not found', 'There is nothing here for you.');
    }
    const { hostname: host, port } = worker;
    const headers = workerHeaders(incoming.headers, incoming.socket.remoteAddress);
    const handed = request({ agent, host, port, method: incoming.method, path, headers }, (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
      answer.pipe(outgoing);
      answer.on('error', () => outgoing.destroy());
    });
    handed.on('error', (error) => {
      if (outgoing.headersSent || outgoing.destroyed) return outgoing.destroy();
      console.error(`mailshim: the Worker's runtime did not answer ${incoming.method} ${path}: ${error.message}`);
      refuse(outgoing, 502, 'The Worker does not answer', 'It is being started anew. Come again in a moment.');
    });
    // Nothing is done for a client that goes away before the answer is there.
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) handed.destroy();
    });
    incoming.pipe(handed);
    endStalled(incoming, handed, outgoing, patience.part);
  });
  server.on('checkExpectation', (_, outgoing: ServerResponse) =>
    refuse(outgoing, 417, 'Expectation failed', 'The header Expect may say 100-continue.'),
  );
  // What is no HTTP, and what does not come to its end, has no response object.
  server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
    if (error.code === 'ECONNRESET' || !socket.writable) return socket.destroy();
    socket.end(rawRefusal(...(CLIENT_ERRORS[error.code ?? ''] ?? [400, 'Not HTTP'])));
  });
  server.on('close', () => agent.destroy());
  return server;
}

/** Refuses a request whose body does not go on, whatever waits for the rest of it. */
function endStalled(incoming: IncomingMessage, handed: ClientRequest, outgoing: ServerResponse, part: number): void {
  const timer = setTimeout(() => {
    // It is the Worker that does not read on.
    if (handed.writableNeedDrain) return void timer.refresh();
    if (outgoing.headersSent) return void outgoing.destroy();
    refuse(outgoing, 408, 'The body does not go on', 'The rest of the body did not come in time. Send it again.');
    // An error of it is no longer one to answer.
    handed
      .removeAllListeners('error')
      .on('error', () => undefined)
      .destroy();
  }, part);
  incoming.on('data', () => timer.refresh());
  for (const event of ['end', 'close'] as const) incoming.once(event, () => clearTimeout(timer));
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !name.startsWith('mf-')),
  );
}

function refuse(outgoing: ServerResponse, status: number, title: string, detail: string): void {
  const body = problemText(status, title, detail);
  outgoing.writeHead(status, refusalHeaders(status, body));
  outgoing.end(body);
}

function rawRefusal(status: number, title: string): string {
  const body = problemText(status, title, 'The request is not one of HTTP/1.1, or did not come to its end in time.');
  const lines = Object.entries(refusalHeaders(status, body)).map(([name, value]) => `${name}: ${value}\r\n`);
  return `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\n${lines.join('')}\r\n${body}`;
}

function problemText(status: number, title: string, detail: string): string {
  return `${JSON.stringify({ type: 'about:blank', status, title, detail })}\n`;
}

function refusalHeaders(status: number, body: string): Record<string, string> {
  return {
    'content-type': 'application/problem+json',
    'content-length': String(Buffer.byteLength(body)),
    ...USUAL_HEADERS,
    'cache-control': 'no-store',
    ...(status === 502 ? { 'retry-after': String(RETRY_AFTER) } : {}),
    // What is left of the request's body is not read.
    connection: 'close',
  };
}
