// Connections to hosts that requests name: through CONNECTOR on an own server, else by the platform's fetch; errors have the reason.
import type { Fetch } from '../../shared/dns/doh.ts';
import { ConnectionError, type ConnectionFault, FAULT_TEXTS } from '../../shared/tls/connection.ts';

/** Header fields: the Worker gives the connector its target, the connector returns the reason of a failure. */
export const URL_FIELD = 'mailshim-url';
export const ADDRESSES_FIELD = 'mailshim-addresses';
export const FAULT_FIELD = 'mailshim-fault';
/** Only the TLS handshake, as of a mail server. */
export const MODE_FIELD = 'mailshim-mode';

/** TLS from the first byte, or after STARTTLS. */
export type TlsMode = 'implicit' | 'starttls';
/** The fault in the TLS of a mail server; undefined where there is none, or where the runtime does not know it. */
export type Diagnose = (address: { hostname: string; port: number }, mode: TlsMode) => Promise<string | undefined>;

/** Characters of the detail of a fault. */
const MAX_DETAIL = 200;
/** Statuses of Cloudflare's own answers for a host whose connection or TLS fails (https://developers.cloudflare.com/support/troubleshooting/http-status-codes/cloudflare-5xx-errors/). */
const PLATFORM_FAULTS: ReadonlyMap<number, ConnectionFault> = new Map([
  [521, 'refused'],
  [522, 'timeout'],
  [523, 'unreachable'],
  [525, 'protocol'],
  [526, 'certificate'],
]);

/** Where to connect for `host:port`: there, or to the other target that CONNECT_TO names. */
export function connectTarget(
  host: string,
  port: number,
  connectTo: ReadonlyMap<string, string>,
): { hostname: string; port: number } {
  const [hostname = host, number = port] = connectTo.get(`${host}:${port}`)?.split(':') ?? [];
  return { hostname, port: Number(number) };
}

/** A service binding, as far as it is used. */
export interface Connector {
  fetch(url: string, init?: RequestInit): Promise<Response>;
}

/** Throws a ConnectionError where there is no answer; an abort by the caller's signal passes through. */
export function untrustedFetch(connector: Connector | undefined): Fetch {
  return connector === undefined
    ? platformFetch
    : (url, init, addresses) => connectorFetch(connector, url, init, addresses);
}

/** Makes a second connection to learn why the TLS of the first one failed; needs a connector. */
export function tlsDiagnosis(connector: Connector | undefined): Diagnose {
  return async ({ hostname, port }, mode) => {
    if (connector === undefined) return undefined;
    try {
      await connectorFetch(connector, `https://${hostname}:${port}/`, { headers: { [MODE_FIELD]: mode } });
      return undefined;
    } catch (error) {
      return error instanceof Error ? error.message : undefined;
    }
  };
}

async function platformFetch(url: string, init?: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw connectionError(error);
  }
  const fault = PLATFORM_FAULTS.get(response.status);
  if (fault === undefined) return response;
  await response.body?.cancel();
  throw new ConnectionError(fault, `HTTP ${response.status}`);
}

async function connectorFetch(
  connector: Connector,
  url: string,
  init: RequestInit = {},
  addresses: readonly string[] = [],
): Promise<Response> {
  const headers = new Headers(init.headers);
  headers.set(URL_FIELD, url);
  if (addresses.length > 0) headers.set(ADDRESSES_FIELD, addresses.join(','));
  let response: Response;
  try {
    response = await connector.fetch('http://connector.invalid/', { ...init, headers });
  } catch (error) {
    throw connectionError(error);
  }
  const fault = response.headers.get(FAULT_FIELD);
  if (fault === null) return response;
  const detail = (await response.text()).slice(0, MAX_DETAIL);
  throw new ConnectionError(isFault(fault) ? fault : 'unknown', detail);
}

function isFault(text: string): text is ConnectionFault {
  return Object.hasOwn(FAULT_TEXTS, text);
}

/** workerd throws "internal error; reference = …" where it hides the reason; the reference is useless here. */
export function connectionError(error: unknown): Error {
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new ConnectionError('unknown', /^internal error\b/i.test(message) ? '' : message.slice(0, MAX_DETAIL));
}
