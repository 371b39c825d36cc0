// Why a connection over TLS failed, as far as the runtime says.

export type ConnectionFault =
  /** By an issuer that is not trusted, or broken. */
  | 'certificate'
  /** A valid certificate of other names. */
  | 'name'
  /** A certificate whose time is over, or has not begun. */
  | 'expired'
  /** The server answers, and not with TLS 1.2 or newer. */
  | 'protocol'
  | 'refused'
  | 'unreachable'
  | 'timeout'
  /** The connection ended before TLS was there, or before the answer. */
  | 'ended'
  /** The runtime does not say more than that it failed. */
  | 'unknown';

/** In English, for what is not translated: a log, what a webhook said last. */
export const FAULT_TEXTS: Record<ConnectionFault, string> = {
  certificate: 'its certificate is not trusted',
  name: 'its certificate is for another name',
  expired: 'its certificate is not valid at this time',
  protocol: 'it does not answer with TLS 1.2 or newer',
  refused: 'it refused the connection',
  unreachable: 'it cannot be reached from here',
  timeout: 'it did not answer in time',
  ended: 'it ended the connection',
  unknown: 'the connection or its TLS failed, and the runtime does not say why',
};

/** Thrown by a `Fetch` that knows why it failed. */
export class ConnectionError extends Error {
  readonly fault: ConnectionFault;
  /** What is behind it: names, a date. */
  readonly detail: string;
  constructor(fault: ConnectionFault, detail = '') {
    super(detail === '' ? FAULT_TEXTS[fault] : `${FAULT_TEXTS[fault]} (${detail})`);
    this.fault = fault;
    this.detail = detail;
  }
}
