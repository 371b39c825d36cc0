// A relay that answers each command as a function says, records what it was told, and keeps what it took.
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import type { Account } from '../../shim/config/account.ts';
import { accountFrom } from './account.ts';

export interface Heard {
  /** The command; 'message' for a whole message, 'greeting' before all. */
  line: string;
  /** Number of the connection, from 1. */
  connection: number;
  /** MAIL commands on this connection so far, this one included. */
  mails: number;
  /** Recipients taken in this transaction so far. */
  taken: number;
  /** Recipients named in this transaction so far, this one included. */
  named: number;
}

/** `undefined`: the usual reply; `drop`: ends the connection. What begins with 421 ends it too. */
export type Script = (heard: Heard) => string | undefined;

export interface ScriptedRelay {
  account: Account;
  /** All commands, connection after connection. */
  lines: string[];
  /** Recipients of each message taken. */
  mails: string[][];
  messages: string[];
  readonly connections: number;
  stop(): void;
}

export interface ScriptedOptions {
  offers?: readonly string[];
  /** More lines of the account. */
  config?: string;
  lmtp?: boolean;
  /** TLS from the first byte; the account takes any certificate. */
  tls?: { cert: string; key: string };
}

export async function startScriptedRelay(script: Script, options: ScriptedOptions = {}): Promise<ScriptedRelay> {
  const { offers = ['PIPELINING', '8BITMIME'], config = '', lmtp = false, tls } = options;
  const lines: string[] = [];
  const mails: string[][] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const serve = (socket: Socket) => {
    sockets.add(socket);
    socket.setNoDelay(true);
    socket.on('error', () => undefined);
    const connection = ++connections;
    let pending = '';
    let message: string[] | undefined;
    let count = 0;
    let named = 0;
    let hasSender = false;
    let to: string[] = [];
    const say = (line: string, usual: string): string => {
      const reply = script({ line, connection, mails: count, taken: to.length, named }) ?? usual;
      if (reply === 'drop') socket.destroy();
      else if (reply.startsWith('421') && !socket.writableEnded) socket.end(`${reply}\r\n`);
      else socket.write(`${reply}\r\n`);
      return reply;
    };
    const take = (text: string) => {
      if (!lmtp) {
        if (say('message', '250 2.0.0 Ok: taken').startsWith('2')) mails.push(to);
        messages.push(text);
      } else {
        for (const recipient of to) {
          if (socket.writableEnded || socket.destroyed) return;
          if (say(`message ${recipient}`, `250 2.0.0 <${recipient}> kept`).startsWith('2')) mails.push([recipient]);
        }
      }
      to = [];
    };
    const command = (line: string) => {
      lines.push(line);
      if (/^(EHLO|LHLO)/.test(line))
        say(line, ['250-relay', ...offers.map((offer) => `250-${offer}`), '250 HELP'].join('\r\n'));
      else if (line.startsWith('MAIL')) {
        count++;
        named = 0;
        to = [];
        hasSender = say(line, '250 2.1.0 Ok').startsWith('2');
      } else if (line.startsWith('RCPT')) {
        named++;
        const recipient = /<(.*?)>/.exec(line)![1]!;
        if (say(line, hasSender ? '250 2.1.5 Ok' : '503 5.5.1 MAIL first').startsWith('2') && hasSender)
          to.push(recipient);
      } else if (line === 'DATA') {
        const usual = to.length > 0 ? '354 go on' : '554 5.5.1 no valid recipients';
        if (say(line, usual).startsWith('354')) message = [];
      } else say(line, '250 2.0.0 Ok');
    };
    socket.on('data', (chunk) => {
      pending += chunk.toString('latin1');
      for (
        let end = pending.indexOf('\r\n');
        end !== -1 && !socket.writableEnded && !socket.destroyed;
        end = pending.indexOf('\r\n')
      ) {
        const line = pending.slice(0, end);
        const chunk = message === undefined ? /^BDAT (\d+) LAST$/.exec(line)?.[1] : undefined;
        if (chunk !== undefined) {
          const size = Number(chunk);
          if (pending.length < end + 2 + size) return;
          const text = pending.slice(end + 2, end + 2 + size);
          pending = pending.slice(end + 2 + size);
          lines.push(line);
          if (to.length > 0) take(text);
          else say(line, '554 5.5.1 no valid recipients');
          continue;
        }
        pending = pending.slice(end + 2);
        if (message === undefined) command(line);
        else if (line !== '.') message.push(line.replace(/^\./, ''));
        else {
          const text = `${message.join('\r\n')}\r\n`;
          message = undefined;
          take(text);
        }
      }
    });
    say('greeting', '220 relay');
  };
  const server = tls === undefined ? createServer(serve) : createTlsServer(tls, serve);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const security = tls === undefined ? 'tls off' : 'tls on\ntls_starttls off\ntls_certcheck off';
  const text = `host 127.0.0.1\nport ${port}\n${security}\ntimeout 2\n${lmtp ? 'protocol lmtp\n' : ''}${config}`;
  return {
    account: accountFrom(text),
    lines,
    mails,
    messages,
    get connections() {
      return connections;
    },
    stop() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
