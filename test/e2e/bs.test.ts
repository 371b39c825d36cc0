// `mailshim -bs` between Symfony's dialogue and a real Postfix: several mails a session, refusals, signatures, the queue id.

import assert from 'node:assert/strict';
import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { chmodSync } from 'node:fs';
import { after, afterEach, before, describe, test } from 'node:test';
import { verifyDkim } from '../../shared/dkim/verify.ts';
import { keyZone, testKey } from '../shared/dkim/fixtures.ts';
import { temporaryFolder } from '../support/folder.ts';
import { systemVariables } from '../support/hermetic.ts';
import { needs } from '../support/peers.ts';
import { accountFor, type Postfix, startPostfix, withoutTrace } from '../support/postfix.ts';
import { shimCommand } from '../support/program.ts';
import { waitFor } from '../support/wait.ts';

const CUSTOMER = 'customer@customer.example';
const SHOP = 'shop@shop.example';
const ARCHIVE = 'archive@shop.example';
const postfixPeer = needs('postfix', 'postfix');
const skip = postfixPeer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');

/** What a mailer in PHP does: says a line, then reads one whole reply. */
class Mailer {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ended: Promise<number | null>;
  stderr = '';
  #heard = '';
  #wake: () => void = () => undefined;

  constructor(config: string) {
    const [program, words] = shimCommand();
    this.child = spawn(program, [...words, '-C', config, '-bs'], { env: { ...systemVariables, HOME: '/nonexistent' } });
    this.child.stdout.on('data', (chunk: Buffer) => {
      this.#heard += chunk;
      this.#wake();
    });
    this.child.stderr.on('data', (chunk: Buffer) => {
      this.stderr += chunk;
    });
    this.ended = new Promise((resolve) => {
      this.child.once('close', (code) => {
        resolve(code);
        this.#wake();
      });
    });
  }

  async reply(): Promise<string> {
    for (;;) {
      const whole = /^(?:\d{3}-[^\n]*\n)*\d{3} [^\n]*\n/.exec(this.#heard)?.[0];
      if (whole !== undefined) {
        this.#heard = this.#heard.slice(whole.length);
        return whole.trimEnd();
      }
      if (this.child.exitCode !== null) throw new Error(`no reply, exit ${this.child.exitCode}: ${this.stderr}`);
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  say(text: string): Promise<string> {
    this.child.stdin.write(text);
    return this.reply();
  }

  /** Symfony's order of a message; the reply to the final dot, or to the first command that is refused. */
  async send(recipients: readonly string[], message: string): Promise<string> {
    for (const line of [
      'MAIL FROM:<shop@shop.example>',
      ...recipients.map((recipient) => `RCPT TO:<${recipient}>`),
      'DATA',
    ]) {
      const said = await this.say(`${line}\r\n`);
      if (!/^[23]/.test(said)) return said;
    }
    return this.say(`${message.replace(/^\./gm, '..')}\r\n.\r\n`);
  }
}

describe('-bs before a Postfix', { skip }, () => {
  let postfix: Postfix;
  const folder = temporaryFolder();
  const mailers: Mailer[] = [];
  before(async () => {
    postfix = await startPostfix({ users: [CUSTOMER, ARCHIVE, SHOP] });
    chmodSync(folder.path, 0o755);
  });
  afterEach(() => {
    for (const { child } of mailers.splice(0)) if (child.exitCode === null) child.kill();
  });
  after(async () => {
    await postfix?.stop();
    folder.remove();
  });
  async function start(...lines: string[]): Promise<Mailer> {
    const config = folder.write('rc', accountFor(postfix, lines));
    const mailer = new Mailer(config);
    mailers.push(mailer);
    assert.match(await mailer.reply(), /^220 /);
    assert.match(await mailer.say('HELO [127.0.0.1]\r\n'), /^250 /);
    return mailer;
  }
  async function quit(mailer: Mailer): Promise<void> {
    assert.match(await mailer.say('QUIT\r\n'), /^221 /);
    assert.deepEqual([await mailer.ended, mailer.stderr], [0, '']);
  }
  const mail = (subject: string) =>
    `From: Shop <shop@shop.example>\r\nTo: ${CUSTOMER}\r\nSubject: ${subject}\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\nMessage-ID: <${subject}@shop.example>\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\nСпасибо\r\n.\r\n..two\r\nend \r\n`;

  test('several mails a session arrive as they were written, each with the id of its own in the queue', async () => {
    const mailer = await start();
    const ids = new Set<string>();
    for (const subject of ['one', 'two', 'three']) {
      const said = await mailer.send([CUSTOMER, ARCHIVE], mail(subject));
      const [, id] = /^250 2\.0\.0 Ok: queued as ([0-9A-Za-z]+)$/.exec(said) ?? [];
      assert.ok(id !== undefined, said);
      // Postfix logs by a process of its own.
      await waitFor(() => postfix.log().includes(`${id}: message-id=<${subject}@shop.example>`), postfix.log);
      ids.add(id);
      for (const user of [CUSTOMER, ARCHIVE]) {
        const [delivered] = await postfix.received(user);
        assert.match(delivered!, /^Return-Path: <shop@shop\.example>\n/);
        assert.equal(
          Buffer.from(withoutTrace(delivered!), 'latin1').toString(),
          `${mail(subject)}\r\n`.replaceAll('\r\n', '\n'),
        );
      }
      assert.match(await mailer.say('NOOP\r\n'), /^250 /);
    }
    assert.equal(ids.size, 3);
    await quit(mailer);
  });

  test('a refused recipient is told with the words of Postfix; after RSET the session goes on', async () => {
    const mailer = await start();
    const said = await mailer.send(['nobody@customer.example'], mail('refused'));
    assert.match(said, /^550 5\.1\.1 .*nobody@customer\.example/);
    assert.match(await mailer.say('RSET\r\n'), /^250 /);
    assert.match(await mailer.send([CUSTOMER], mail('after')), /^250 /);
    const [delivered] = await postfix.received(CUSTOMER);
    assert.match(delivered!, /^Subject: after$/m);
    await quit(mailer);
  });

  test('each mail of a session is signed', async () => {
    const mailer = await start(
      'dkim_domain shop.example',
      'dkim_selector rsa2048 ed25519',
      `dkim_key ${folder.write('a.pem', (await testKey('rsa2048')).pem, 0o600)} ${folder.write('b.pem', (await testKey('ed25519')).pem, 0o600)}`,
    );
    for (const subject of ['first', 'second']) {
      assert.match(await mailer.send([CUSTOMER], mail(subject)), /^250 /);
      const [delivered] = await postfix.received(CUSTOMER);
      const outcome = await verifyDkim(Buffer.from(delivered!, 'latin1'), await keyZone(), new Date());
      assert.deepEqual(
        outcome.signatures.map(({ result }) => result),
        ['pass', 'pass'],
      );
    }
    await quit(mailer);
  });

  test('a notification that was asked for comes back from Postfix, with the id it was asked under', async () => {
    const mailer = await start();
    assert.match(await mailer.say('EHLO shop\r\n'), /^250-DSN\r$/m);
    for (const [line, code] of [
      [`MAIL FROM:<${SHOP}> RET=HDRS ENVID=order+2B17`, '250'],
      [`RCPT TO:<${CUSTOMER}> NOTIFY=SUCCESS ORCPT=rfc822;${CUSTOMER}`, '250'],
      ['DATA', '354'],
      [`${mail('told').replace(/^\./gm, '..')}\r\n.`, '250'],
    ] as const)
      assert.equal((await mailer.say(`${line}\r\n`)).slice(0, 3), code, line);
    await postfix.received(CUSTOMER);
    const [told] = await postfix.received(SHOP);
    assert.match(told!, /^Original-Envelope-Id: order\+17$/m);
    assert.match(told!, /^Final-Recipient: rfc822; customer@customer\.example\n(?:.*\n)*?Action: delivered$/m);
    assert.match(told!, /^Content-Type: text\/rfc822-headers$/m);
    await quit(mailer);
  });

  test('a relay that is away is trouble for later, not for ever', async () => {
    const mailer = await start('port 1');
    assert.match(await mailer.send([CUSTOMER], mail('away')), /^451 4\.4\.1 /);
    await quit(mailer);
  });
});
