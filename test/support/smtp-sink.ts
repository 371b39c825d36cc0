// An SMTP server inside the test: takes what it is given, or refuses as the test says.
import type { AddressInfo } from 'node:net';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import { createAuthority } from './certificates.ts';

export interface SunkMail {
  from: string;
  to: string[];
  /** One octet per character, as it came over the wire without dot-stuffing. */
  message: string;
  secure: boolean;
  user: unknown;
}
export interface SmtpSink {
  port: number;
  /** PEM of the authority behind the certificate. */
  ca: string;
  /** "AA:BB:…" of the certificate itself. */
  fingerprint: string;
  mails: SunkMail[];
  stop(): Promise<void>;
}

export interface SinkOptions extends SMTPServerOptions {
  /** Replies by recipient: "550 5.1.1 no such user". */
  refuse?: Record<string, string>;
  /** Reply to the message itself. */
  refuseData?: string;
  /** User and password; without them no login is offered. */
  login?: { user: string; password: string };
}

export async function startSmtpSink(options: SinkOptions = {}): Promise<SmtpSink> {
  const { refuse = {}, refuseData, login, ...rest } = options;
  const { X509Certificate } = await import('node:crypto');
  const authority = createAuthority();
  const issued = authority.issue({ names: ['localhost', '127.0.0.1'] });
  const mails: SunkMail[] = [];
  const server = new SMTPServer({
    ...issued,
    authOptional: true,
    disabledCommands: login === undefined ? ['AUTH'] : [],
    onAuth(auth, _session, done) {
      const good =
        auth.username === login?.user &&
        (auth.method === ('CRAM-MD5' as string)
          ? auth.validatePassword(login!.password)
          : auth.password === login?.password);
      if (good) done(null, { user: auth.username });
      else done(replyError('535 5.7.8 Authentication credentials invalid'));
    },
    onRcptTo(address, _session, done) {
      const reply = refuse[address.address];
      done(reply === undefined ? null : replyError(reply));
    },
    onData(stream, session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuseData !== undefined) {
          done(replyError(refuseData));
          return;
        }
        const { mailFrom, rcptTo } = session.envelope;
        mails.push({
          from: mailFrom ? mailFrom.address : '',
          to: rcptTo.map(({ address }) => address),
          message: Buffer.concat(chunks).toString('latin1'),
          secure: session.secure,
          user: session.user,
        });
        done(null, 'OK: queued as SINK1');
      });
    },
    ...rest,
  });
  server.on('error', () => undefined);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.server.address() as AddressInfo).port,
    ca: authority.ca,
    fingerprint: new X509Certificate(issued.cert).fingerprint256,
    mails,
    stop: () => new Promise((resolve) => server.close(() => resolve())),
  };
}

function replyError(reply: string): Error {
  return Object.assign(new Error(reply.slice(4)), { responseCode: Number(reply.slice(0, 3)) });
}
