// A recording SMTP server (RFC 5321): takes all it is given, octet for octet, or refuses where an address asks for it.
import { type AddressInfo, createServer, type Socket } from 'node:net';

export interface Recorded {
  /** Argument of MAIL with its parameters, without SIZE: "<a@b.example> BODY=8BITMIME". */
  from: string;
  /** Arguments of RCPT that were taken. */
  to: string[];
  /** One octet per character, without dot-stuffing, line ends as they came. */
  message: string;
}
export interface Recorder {
  port: number;
  /** What came in since the last call. */
  take(): Recorded[];
  stop(): Promise<void>;
}

/** What the server answers to an address with such a local part, and at which command. */
const REFUSALS: readonly [RegExp, 'MAIL' | 'RCPT' | 'DATA', string][] = [
  [/<refused-sender@/, 'MAIL', '553 5.7.1 not owned by auth user'],
  [/<refused@/, 'RCPT', '550 5.1.1 no such user'],
  [/<later@/, 'RCPT', '450 4.2.0 greylisted'],
  [/<spam@/, 'DATA', '554 5.7.1 looks like spam'],
];

export async function startRecorder(): Promise<Recorder> {
  let records: Recorded[] = [];
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    converse(socket, (record) => records.push(record));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    take() {
      const taken = records;
      records = [];
      return taken;
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

function converse(socket: Socket, record: (mail: Recorded) => void): void {
  let buffer = '';
  let mail: Recorded = { from: '', to: [], message: '' };
  let inData = false;
  let begun = false;
  const say = (reply: string) => socket.write(`${reply}\r\n`);
  const refusal = (command: string, argument: string) =>
    REFUSALS.find(([pattern, at]) => at === command && pattern.test(argument))?.[2];
  const command = (line: string) => {
    const argument = line.replace(/^[^:]*:\s*/, '');
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        return say(
          '250-recorder.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-DSN\r\n250 SIZE 60000000',
        );
      case 'MAIL': {
        mail = { from: argument.replace(/ SIZE=\d+/, ''), to: [], message: '' };
        const refused = refusal('MAIL', argument);
        begun = refused === undefined;
        return say(refused ?? '250 2.1.0 Ok');
      }
      case 'RCPT': {
        const refused = begun ? refusal('RCPT', argument) : '503 5.5.1 need MAIL';
        if (refused === undefined) mail.to.push(argument);
        return say(refused ?? '250 2.1.5 Ok');
      }
      case 'DATA':
        if (!begun || mail.to.length === 0) return say('554 5.5.1 no valid recipients');
        inData = true;
        return say('354 go on');
      case 'QUIT':
        say('221 2.0.0 Bye');
        return socket.end();
      default:
        return say('250 2.0.0 Ok');
    }
  };
  say('220 recorder.example ESMTP');
  socket.on('data', (chunk: Buffer) => {
    buffer += chunk.toString('latin1');
    for (;;) {
      if (inData) {
        const end = buffer.startsWith('.\r\n') ? 0 : buffer.indexOf('\r\n.\r\n') + 2;
        if (end === 1) return;
        mail.message = buffer.slice(0, end).replace(/^\./gm, '');
        buffer = buffer.slice(end + 3);
        inData = false;
        begun = false;
        const refused = mail.to.map((to) => refusal('DATA', to)).find((reply) => reply !== undefined);
        if (refused === undefined) record(mail);
        say(refused ?? '250 2.0.0 Ok: queued as RECORDED');
        continue;
      }
      const end = buffer.indexOf('\r\n');
      if (end === -1) return;
      const line = buffer.slice(0, end);
      buffer = buffer.slice(end + 2);
      command(line);
    }
  });
}
