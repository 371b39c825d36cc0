// A mail sent at once to a real Postfix: envelope and message in one round trip where Postfix offers that, and else by DATA.
import assert from 'node:assert/strict';
import { type AddressInfo, connect, createServer, type Server } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { type Postfix, startPostfix, withoutTrace } from '../support/postfix.ts';
import { runShim } from '../support/program.ts';

const peer = needs('postfix', 'postfix');
const skip = peer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
const CUSTOMER = 'customer@customer.example';
const MAIL = `From: shop@shop.example
To: ${CUSTOMER}
Subject: order
Date: Tue, 24 Nov 2026 10:00:00 +0000
Message-ID: <order@shop.example>
MIME-Version: 1.0
Content-Type: text/plain; charset=utf-8
Content-Transfer-Encoding: 8bit

.
..dots, Größe, ${'a line of nearly the 998 bytes that SMTP allows '.repeat(19)}
From the first column
`;

interface Recorder {
  port: number;
  /** What the client says between two words of the server. */
  turns: string[];
  stop(): void;
}

/** The way to Postfix, in clear text, with what is said on it. */
async function record(target: number): Promise<Recorder> {
  const turns: string[] = [];
  const server: Server = createServer((client) => {
    const relay = connect(target, '127.0.0.1');
    let isClients = false;
    client.on('data', (octets: Buffer) => {
      const text = octets.toString('latin1');
      if (isClients) turns[turns.length - 1] += text;
      else turns.push(text);
      isClients = true;
    });
    relay.on('data', () => {
      isClients = false;
    });
    for (const socket of [client, relay]) socket.on('error', () => undefined);
    client.pipe(relay).pipe(client);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port, turns, stop: () => server.close() };
}

for (const [name, main, turns] of [
  // Postfix's own guard against commands sent ahead of their time has nothing against it.
  ['offers CHUNKING', ['smtpd_data_restrictions = reject_unauth_pipelining'], ['EHLO', 'MAIL', 'QUIT']],
  ['does not offer it', ['smtpd_discard_ehlo_keywords = chunking'], ['EHLO', 'MAIL', 'Received|From', 'QUIT']],
] as const) {
  describe(`a Postfix that ${name}`, { skip }, () => {
    let postfix: Postfix;
    let recorder: Recorder;
    const folder = temporaryFolder();
    before(async () => {
      postfix = await startPostfix({ users: [CUSTOMER], main });
      recorder = await record(postfix.clearPort);
    });
    after(async () => {
      recorder?.stop();
      await postfix?.stop();
      folder.remove();
    });
    const send = (to: readonly string[]) => {
      recorder.turns.length = 0;
      const config = folder.write(
        'rc',
        `account default\nhost 127.0.0.1\nport ${recorder.port}\ntls off\nfrom shop@shop.example\n#mailshim: preflight off\n#mailshim: spool off\n#mailshim: delivery direct\n`,
      );
      return runShim(['-C', config, '-i', ...to], {
        input: MAIL,
        env: { HOME: '/nonexistent', PATH: '/usr/bin:/bin' },
      });
    };

    test('gets it in as many turns as it takes, and every octet of it', async () => {
      assert.deepEqual(await send([CUSTOMER]), { code: 0, stdout: '', stderr: '' });
      assert.equal(recorder.turns.length, turns.length, JSON.stringify(recorder.turns));
      for (const [at, start] of turns.entries()) assert.match(recorder.turns[at]!, new RegExp(`^(${start})`));
      const [message] = await postfix.received(CUSTOMER);
      assert.equal(withoutTrace(message!), Buffer.from(MAIL).toString('latin1'));
    });

    test('and one of two recipients refused: the other has it, and the exit code says so', async () => {
      const ran = await send([CUSTOMER, 'nobody@customer.example']);
      assert.equal(ran.code, 67, ran.stderr);
      assert.match(
        ran.stderr,
        /refused nobody@customer\.example \(550 5\.1\.1 [^\n]*the mail was sent to the other recipients\n$/,
      );
      assert.equal((await postfix.received(CUSTOMER)).length, 1);
    });

    test('and the only one refused: nothing is sent, and Postfix goes on', async () => {
      const ran = await send(['nobody@customer.example']);
      assert.equal(ran.code, 67, ran.stderr);
      assert.deepEqual(await postfix.received(CUSTOMER, 0), []);
      assert.equal((await send([CUSTOMER])).code, 0);
      assert.equal((await postfix.received(CUSTOMER)).length, 1);
    });
  });
}
