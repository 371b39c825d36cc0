// Members of nodemailer's connection that its types do not have; the tests fail with a version without them.

import type { Socket } from 'node:net';
import type SMTPConnection from 'nodemailer/lib/smtp-connection';

type Connection = InstanceType<typeof SMTPConnection>;

/** The socket: after STARTTLS nodemailer's own, which no public method gives. */
export function socketOf(connection: Connection): Socket {
  return (connection as unknown as { _socket: Socket })._socket;
}

/**
 * Lines of the reply to EHLO without the first, without codes. Only `send` returns them, after the login that depends on
 * them.
 */
export function offersOf(connection: Connection): readonly string[] {
  return (connection as unknown as { _ehloLines?: string[] })._ehloLines ?? [];
}
