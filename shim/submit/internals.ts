// What of nodemailer's connection is used beside its public methods: its types do not name it, and the tests would notice
// where a new version has it no more.

import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';
import type { SmtpError } from './outcome.ts';

export interface Internals {
  /** Lines of the reply to EHLO but the first, without codes. */
  _ehloLines?: string[];
  _supportedExtensions?: string[];
  /** Of SIZE. */
  _maxAllowedSize?: number;
  _envelope: { mailError?: SmtpError; accepted: string[]; rejectedErrors: SmtpError[]; to: string[] };
  _pendingSend: false | { callback(error: SmtpError): void; stream: false };
  /** What hears the next replies, in their order. */
  _responseActions: ((reply: string) => void)[];
  /** Replies that nobody has heard yet. */
  _responseQueue: string[];
  _socket: Socket;
  lastServerResponse?: string | false;
  _envelopeError(reply: string): SmtpError | null;
  _formatError(message: string, type: string, reply: string, command: string): SmtpError;
  _sendCommand(line: string): void;
  _setEnvelope(envelope: object, callback: (error: SmtpError | null) => void): void;
}

export function internalsOf(connection: InstanceType<typeof SMTPConnection>): Internals {
  return connection as unknown as Internals;
}
