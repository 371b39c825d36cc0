// The reason for a failed TLS connection, as reported by the runtime.

export type ConnectionFault =
  /** From an untrusted issuer, or malformed. */
  | 'certificate'
  /** A valid certificate for other names. */
  | 'name'
  /** A certificate outside of its validity period. */
  | 'expired'
  /** The server does not support TLS 1.2 or newer. */
  | 'protocol'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  /** The connection ended during the handshake, or before the response. */
  | 'ended'
  /** The runtime reports no reason. */
  | 'unknown';

/** In English, for untranslated texts: a log, the last result of a webhook. */
export const FAULT_TEXTS: Record<ConnectionFault, string> = {
  certificate: 'its certificate is not trusted',
  name: 'its certificate is for another name',
  expired: 'its certificate is not valid at this time',
  protocol: 'it does not answer with TLS 1.2 or newer',
  refused: 'it refused the connection',
  unreachable: 'it cannot be reached from here',
  timeout: 'it did not answer in time',
  ended: 'it ended the connection',
  unknown: 'the connection or its TLS failed, and the runtime reports no reason',
};

/** Thrown by a `Fetch` that knows the reason. */
export class ConnectionError extends Error {
  readonly fault: ConnectionFault;
  /** Details: names, a date. */
  readonly detail: string;
  constructor(fault: ConnectionFault, detail = '') {
    super(detail === '' ? FAULT_TEXTS[fault] : `${FAULT_TEXTS[fault]} (${detail})`);
    this.fault = fault;
    this.detail = detail;
  }
}
