// Run on the machine that plays the Internet: the Worker in workerd behind port 80, asking the name server of that machine.
import { connect, createServer } from 'node:net';
import { forwardTo, startDohServer } from './dns-server.ts';
import { startWorker } from './worker.ts';

const [token] = process.argv.slice(2) as [string];
const doh = await startDohServer(forwardTo(53));
const worker = await startWorker(
  {
    DOH_URL: doh.url,
    API_TOKENS: token,
    INBOX_DOMAIN: 'inbox.example',
    INBOX_RECEIVED_BY: 'mx.inbox.example',
  },
  { database: true },
);
const { port } = new URL(worker.url);
createServer((socket) => {
  const inner = connect(Number(port), '127.0.0.1');
  for (const end of [socket, inner]) end.on('error', () => undefined);
  socket.pipe(inner).pipe(socket);
}).listen(80, () => console.log('ready'));
