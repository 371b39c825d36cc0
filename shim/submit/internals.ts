// What of nodemailer's connection is used beside its public methods. Its types do not name these members; the tests notice
// a version that has them no more.

import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

type Connection = InstanceType<typeof SMTPConnection>;

/** The socket in use: after STARTTLS nodemailer's own, whose certificate and bytes no public method gives. */
export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { _socket: Socket })._socket;
}

/**
 * Lines of the reply to EHLO but the first, without codes. `send` would return them, which is after the login that depends
 * on them.
 */
export function offersOf(connection: Connection): readonly string[] {
  return (connection as unknown as { _ehloLines?: string[] })._ehloLines ?? [];
}
