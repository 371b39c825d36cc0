// A relay that records what it takes and misbehaves as it is told, a connection at a time.
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { createSecureContext, type SecureContext, TLSSocket } from 'node:tls';

export type Stage =
  | 'greeting'
  | 'EHLO'
  | 'STARTTLS'
  /** The handshake itself. */
  | 'TLS'
  /** EHLO once more, under TLS. */
  | 'EHLO again'
  | 'AUTH'
  | 'MAIL'
  | 'RCPT'
  | 'DATA'
  | 'message'
  | 'RSET';
/** Without those of TLS and login. */
export const STAGES: readonly Stage[] = ['greeting', 'EHLO', 'MAIL', 'RCPT', 'DATA', 'message'];
export const SECURE_STAGES: readonly Stage[] = ['STARTTLS', 'TLS', 'EHLO again', 'AUTH'];

export interface RelayFault {
  at: Stage;
  /** Only in this transaction of the connection, from 1; otherwise in each. */
  transaction?: number;
  /**
   * `hang`: says nothing any more. `drop`: ends the connection. `garbage`: says what is no SMTP. `slowly`: the right reply, an
   * octet at a time. `babble`: a reply that never ends. Anything else is the reply.
   */
  does: 'hang' | 'drop' | 'garbage' | 'slowly' | 'babble' | `${number} ${string}`;
}

export interface RecordedMail {
  from: string;
  to: string[];
  /** One octet per character, without dot-stuffing. */
  message: string;
  /** The relay said 250 to it; false where it kept the mail and said something else, or nothing. */
  answered: boolean;
}

export interface FaultRelay {
  port: number;
  mails: RecordedMail[];
  /** Connections taken so far. */
  readonly connections: number;
  /** Connections open now. */
  readonly open: number;
  /** Takes connections no more and ends those that are open, until `start`. */
  stop(): Promise<void>;
  start(): Promise<void>;
}

export interface FaultRelayOptions {
  /** Unless given, one that is free. */
  port?: number;
  /** PEM: STARTTLS is offered, and under it a login that takes any password. */
  tls?: { cert: string; key: string };
  /** Asked for each connection. */
  fault?: () => RelayFault | undefined;
  /** Reply to MAIL, asked each time; `transaction`: of this connection, from 1. */
  begins?: (transaction: number) => RelayFault['does'] | undefined;
  /** Replies by recipient, asked each time; undefined takes it. `taken`: how many this transaction has already. */
  recipient?: (address: string, at: { transaction: number; taken: number }) => string | undefined;
  /** Reply to a message instead of taking it. */
  message?: (message: string, to: readonly string[]) => RelayFault['does'] | undefined;
  /** A message has been answered with 250. */
  answered?: (mail: RecordedMail) => void;
}

/** Milliseconds between octets that come slowly. */
const PACE = 2;

export async function startFaultRelay(options: FaultRelayOptions = {}): Promise<FaultRelay> {
  const mails: RecordedMail[] = [];
  const sockets = new Set<Socket>();
  const context = options.tls === undefined ? undefined : createSecureContext(options.tls);
  let connections = 0;
  let port = options.port ?? 0;
  let server: Server;
  const start = async () => {
    server = createServer((socket) => {
      connections++;
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => sockets.delete(socket));
      serve(socket, context, options, options.fault?.(), mails);
    });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(port, '127.0.0.1', resolve);
    });
    port = (server.address() as AddressInfo).port;
  };
  await start();
  return {
    get port() {
      return port;
    },
    mails,
    get connections() {
      return connections;
    },
    get open() {
      return sockets.size;
    },
    start,
    stop: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function serve(
  raw: Socket,
  context: SecureContext | undefined,
  options: FaultRelayOptions,
  fault: RelayFault | undefined,
  mails: RecordedMail[],
): void {
  let from = '';
  let to: string[] = [];
  let body: string[] | undefined;
  let hanging = false;
  let transaction = 0;
  let pending = '';
  let socket = raw;
  const isSecure = () => socket !== raw;
  const perform = (does: RelayFault['does'], right: string) => {
    if (does === 'hang') hanging = true;
    else if (does === 'drop') {
      hanging = true;
      socket.destroy();
    } else if (does === 'garbage') socket.write('\x00\xff what is this\r\n');
    else if (does === 'slowly') void dripInto(socket, right);
    else if (does === 'babble') babble(socket);
    else if (does.startsWith('421')) {
      hanging = true;
      socket.end(`${does}\r\n`);
    } else socket.write(`${does}\r\n`);
  };
  const isDue = (at: Stage) =>
    fault?.at === at && (fault.transaction === undefined || fault.transaction === transaction);
  const say = (at: Stage, reply: string) => {
    if (isDue(at)) perform(fault!.does, `${reply}\r\n`);
    else socket.write(`${reply}\r\n`);
  };
  const take = (message: string) => {
    const instead = options.message?.(message, to) ?? (isDue('message') ? fault!.does : undefined);
    const mail = { from, to, message, answered: true };
    to = [];
    if (instead === undefined || instead === 'slowly') mails.push(mail);
    // Such a relay may have kept the mail or not: this one did.
    else if (!/^[45]/.test(instead)) mails.push({ ...mail, answered: false });
    if (instead === undefined) socket.write('250 2.0.0 Ok: taken\r\n');
    else perform(instead, '250 2.0.0 Ok: taken\r\n');
    if (instead === undefined || instead === 'slowly') options.answered?.(mail);
  };
  const command = (line: string) => {
    const [verb] = line.toUpperCase().split(/[ :]/);
    if (verb === 'EHLO') {
      const offer = context === undefined ? '' : isSecure() ? '250-AUTH PLAIN\r\n' : '250-STARTTLS\r\n';
      say(isSecure() ? 'EHLO again' : 'EHLO', `250-relay.example\r\n${offer}250-8BITMIME\r\n250 SIZE 0`);
    } else if (verb === 'STARTTLS') {
      say('STARTTLS', '220 2.0.0 go ahead');
      if (fault?.at !== 'STARTTLS' || fault.does === 'slowly') secure();
    } else if (verb === 'AUTH') say('AUTH', '235 2.7.0 welcome');
    else if (verb === 'MAIL') {
      from = /<(.*?)>/.exec(line)?.[1] ?? '';
      to = [];
      transaction++;
      const instead = options.begins?.(transaction);
      if (instead === undefined) say('MAIL', '250 2.1.0 Ok');
      else perform(instead, '250 2.1.0 Ok\r\n');
    } else if (verb === 'RCPT') {
      const address = /<(.*?)>/.exec(line)?.[1] ?? '';
      const refusal = options.recipient?.(address, { transaction, taken: to.length });
      if (refusal !== undefined) socket.write(`${refusal}\r\n`);
      else {
        if (!isDue('RCPT') || fault!.does === 'slowly') to.push(address);
        say('RCPT', '250 2.1.5 Ok');
      }
    } else if (verb === 'DATA') {
      if (!isDue('DATA') || fault!.does === 'slowly') body = [];
      say('DATA', '354 go on');
    } else if (verb === 'RSET') say('RSET', '250 2.0.0 Ok');
    else if (verb === 'QUIT') socket.end('221 2.0.0 Bye\r\n');
    else socket.write('502 5.5.2 unknown\r\n');
  };
  const secure = () => {
    raw.removeListener('data', read);
    if (fault?.at === 'TLS' && fault.does !== 'slowly') {
      perform(fault.does, '');
      return;
    }
    socket = new TLSSocket(raw, { isServer: true, secureContext: context! });
    socket.on('error', () => undefined);
    socket.on('data', read);
  };
  const read = (chunk: Buffer) => {
    pending += chunk.toString('latin1');
    for (let end = pending.indexOf('\r\n'); end !== -1 && !hanging; end = pending.indexOf('\r\n')) {
      const line = pending.slice(0, end);
      pending = pending.slice(end + 2);
      if (body === undefined) command(line);
      else if (line !== '.') body.push(line.startsWith('.') ? line.slice(1) : line);
      else {
        const message = `${body.join('\r\n')}\r\n`;
        body = undefined;
        take(message);
      }
    }
  };
  say('greeting', '220 relay.example ESMTP');
  raw.on('data', read);
}

/** Milliseconds between the lines of a reply without end: under any time to wait for an octet. */
const BABBLE = 100;

function babble(socket: Socket): void {
  const timer = setInterval(() => socket.write('250-and\r\n'), BABBLE);
  socket.once('close', () => clearInterval(timer));
}

async function dripInto(socket: Socket, text: string): Promise<void> {
  for (const octet of text) {
    if (socket.destroyed) return;
    socket.write(octet);
    await new Promise((resolve) => setTimeout(resolve, PACE));
  }
}
