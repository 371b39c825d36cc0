// The door in front of workerd: hands on what is for the Worker, and nothing that is for the runtime around it.
import { Agent, createServer, type IncomingHttpHeaders, request, type Server, type ServerResponse } from 'node:http';
import { BlockList, isIPv4, isIPv6 } from 'node:net';

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

/** Whether the field Host can be part of an address (RFC 9112 section 3.2): the runtime breaks over others before the Worker sees them. */
export function isHost(host: string | undefined): boolean {
  return host === undefined || host === '' || (!/[\s/?#@\\]/.test(host) && URL.canParse(`http://${host}/`));
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
export function createFront(worker: URL): Server {
  const agent = new Agent({ keepAlive: true });
  const server = createServer((incoming, outgoing) => {
    if (!isHost(incoming.headers.host)) {
      return refuse(outgoing, 400, 'Not a host name', 'The header Host names no host, or its port is none.');
    }
    const path = workerPath(incoming.url ?? '');
    if (path === undefined) {
      return refuse(outgoing, 404, 'Not found', 'There is nothing here for you.');
    }
    const handed = request(
      {
        agent,
        host: worker.hostname,
        port: worker.port,
        method: incoming.method,
        path,
        headers: workerHeaders(incoming.headers, incoming.socket.remoteAddress),
      },
      (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
        answer.pipe(outgoing);
        answer.on('error', () => outgoing.destroy());
      },
    );
    handed.on('error', (error) => {
      if (outgoing.headersSent || outgoing.destroyed) return outgoing.destroy();
      console.error(`mailshim: the Worker's runtime did not answer ${incoming.method} ${path}: ${error.message}`);
      refuse(outgoing, 502, 'The Worker does not answer', 'It is being started anew. Come again in a moment.');
    });
    // Whoever goes away before the answer is there is not worked for.
    outgoing.on('close', () => {
      if (!outgoing.writableFinished) handed.destroy();
    });
    incoming.pipe(handed);
  });
  server.on('close', () => agent.destroy());
  return server;
}

function withoutHops(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name) && !name.startsWith('mf-')),
  );
}

function refuse(outgoing: ServerResponse, status: number, title: string, detail: string): void {
  const body = `${JSON.stringify({ type: 'about:blank', status, title, detail })}\n`;
  outgoing.writeHead(status, {
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'content-security-policy': "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'",
    'cache-control': 'no-store',
    ...(status === 502 ? { 'retry-after': String(RETRY_AFTER) } : {}),
    // What is left of the request's body is not read.
    connection: 'close',
  });
  outgoing.end(body);
}
