// `npm run demo`: the way of a shop's mail on this machine alone: a name server, the Worker in workerd, a relay with TLS, and mailshim between.
import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SMTPServer } from 'smtp-server';
import { createAuthority } from '../test/support/certificates.ts';
import { respondFrom, startDohServer } from '../test/support/dns-server.ts';
import { startWorker } from '../test/support/worker.ts';
import { type Zone, zoneResolver } from '../test/support/zone.ts';
import { workerdTrouble } from './start/workerd.ts';

const trouble = workerdTrouble();
if (trouble !== undefined) {
  console.error(`mailshim: ${trouble}`);
  process.exit(1);
}

const SENDING_IP = '203.0.113.25';
const OLD_IP = '198.51.100.7';
const WRONG_SPF = `v=spf1 ip4:${OLD_IP} -all`;
const RIGHT_SPF = `v=spf1 ip4:${OLD_IP} ip4:${SENDING_IP} -all`;
const ORDER = `From: "Shop" <orders@shop.example>
To: customer@elsewhere.example
Bcc: archive@shop.example
Subject: Your order 1042

Thank you! Your order 1042 is on its way.
`;

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mailshim-demo-'));
const log = join(folder, 'mailshim.log');
const colour = process.stdout.isTTY
  ? (code: number, text: string) => `\u001b[${code}m${text}\u001b[0m`
  : (_: number, text: string) => text;
const step = (title: string) => console.log(`\n${colour(1, `== ${title}`)}`);
const indent = (text: string) => text.trimEnd().replace(/^/gm, '   ');

// What the zone says of SPF is changed on the way; everything else is right from the start.
const zone = (spf: string): Zone => ({
  'shop.example': { A: ['203.0.113.80'], MX: ['10 mail.shop.example'], TXT: [spf], ttl: 1 },
  'mail.shop.example': { A: [SENDING_IP] },
  '_dmarc.shop.example': { TXT: ['v=DMARC1; p=none; rua=mailto:dmarc@shop.example'] },
  '25.113.0.203.in-addr.arpa': { PTR: ['mail.shop.example'] },
});
let answers = zoneResolver(zone(WRONG_SPF));
const doh = await startDohServer(respondFrom({ query: (name, type) => answers.query(name, type) }));

const authority = createAuthority('Demo authority');
const received: { recipients: string[]; tls: string; message: string }[] = [];
const relay = new SMTPServer({
  secure: true,
  ...authority.issue({ names: ['localhost', '127.0.0.1'] }),
  authOptional: true,
  disabledCommands: ['AUTH'],
  onData(stream, session, done) {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk: Buffer) => chunks.push(chunk));
    stream.on('end', () => {
      const recipients = session.envelope.rcptTo.map(({ address }) => address);
      received.push({
        recipients,
        tls: (session.tlsOptions as { version?: string } | false) ? 'TLS' : 'clear text',
        message: Buffer.concat(chunks).toString('latin1'),
      });
      done(null, 'OK: queued as DEMO1042');
    });
  },
});
await new Promise<void>((resolve) => relay.listen(0, '127.0.0.1', resolve));
const relayPort = (relay.server.address() as { port: number }).port;

if (
  spawnSync(process.execPath, [join(root, 'scripts/build.ts')], { stdio: ['ignore', 'ignore', 'inherit'] }).status !== 0
)
  process.exit(1);
const worker = await startWorker({ DOH_URL: doh.url });

const configuration = join(folder, 'msmtprc');
writeFileSync(join(folder, 'ca.pem'), authority.ca);
writeFileSync(
  configuration,
  `# The relay, as for msmtp …
account default
host localhost
port ${relayPort}
tls on
tls_starttls off
tls_trust_file ${join(folder, 'ca.pem')}
from orders@shop.example
logfile ${log}
# … and who is asked first whether the sender is right.
#mailshim: preflight_url ${worker.url}
#mailshim: preflight_cache ${join(folder, 'cache')}
#mailshim: sending_ip ${SENDING_IP}
`,
  { mode: 0o600 },
);

/** Runs the built shim as PHP does: the mail on standard input, the exit code decides. */
async function sendOrder(): Promise<void> {
  const from = received.length;
  const logged = sizeOf(log);
  const child = spawn(process.execPath, [join(root, 'dist/mailshim.cjs'), '-C', configuration, '-t', '-i'], {
    stdio: ['pipe', 'inherit', 'inherit'],
  });
  child.stdin.end(ORDER);
  const code = await new Promise<number>((resolve) => child.on('close', (status) => resolve(status ?? 1)));
  console.log(`   $ mailshim -t -i < order.eml ; echo $?\n   ${code}`);
  console.log(`\n   The log says:\n${indent(readFileSync(log, 'utf8').slice(logged))}`);
  for (const mail of received.slice(from)) {
    console.log(
      `\n   The relay has, over ${mail.tls}, for ${mail.recipients.join(' and ')}:\n${indent(mail.message.replaceAll('\r', '')).replace(/^ {3}/gm, '   | ')}`,
    );
  }
  if (code !== 0 || received.length !== from + 1) throw new Error('the mail did not reach the relay');
}

async function showReport(): Promise<void> {
  const path = `/v1/check/shop.example?ip=${SENDING_IP}&helo=mail.shop.example&format=text`;
  console.log(`   $ curl '${worker.url}${path}'`);
  console.log(indent(await (await worker.fetch(path)).text()));
  const badge = await (await worker.fetch(`/badge/shop.example.svg?ip=${SENDING_IP}`)).text();
  console.log(`\n   The badge says “${/<title>([^<]*)/.exec(badge)?.[1]}”.`);
}

function sizeOf(file: string): number {
  try {
    return readFileSync(file, 'utf8').length;
  } catch {
    return 0;
  }
}

try {
  console.log('A shop has moved to a new relay, and its SPF record still names the old one.');
  step(`Started: a name server, the Worker at ${worker.url}, a relay with TLS on port ${relayPort}`);
  step('The Worker checks shop.example');
  await showReport();
  step('The shop sends an order mail all the same');
  await sendOrder();
  step(`The shop publishes: shop.example. TXT "${RIGHT_SPF}"`);
  answers = zoneResolver(zone(RIGHT_SPF));
  rmSync(join(folder, 'cache'), { recursive: true, force: true });
  await new Promise((resolve) => setTimeout(resolve, 1100));
  await showReport();
  step('The next order mail');
  await sendOrder();
  step('Done: one mail that receivers would refuse, one that they accept; both arrived at the relay over TLS.');
} finally {
  await worker.stop();
  await new Promise<void>((resolve) => relay.close(resolve));
  await doh.stop();
  rmSync(folder, { recursive: true, force: true });
}
