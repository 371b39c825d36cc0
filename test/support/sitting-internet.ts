// Run on the machine that plays the Internet: the Worker in workerd behind the door of `npm start`, asking the name server of that machine.
import { createFront } from '../../scripts/start/front.ts';
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
createFront(new URL(worker.url)).listen(80, () => console.log('ready'));
