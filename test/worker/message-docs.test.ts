// docs/message.md: its commands run as they stand, against the Worker in workerd; its table is that of the catalogue.
import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { catalog } from '../../shared/findings/catalog.ts';
import { GOOD } from '../shared/content/messages.ts';
import { type RunningServer, respondFrom, startDohServer } from '../support/dns-server.ts';
import { type TemporaryFolder, temporaryFolder } from '../support/folder.ts';
import { needs } from '../support/peers.ts';
import { startPostfix } from '../support/postfix.ts';
import { waitFor } from '../support/wait.ts';
import { type RunningWorker, startWorker } from '../support/worker.ts';
import { zoneResolver } from '../support/zone.ts';

const curl = needs('curl', 'curl');
const postfixPeer = needs('postfix', 'postfix');
const noPostfix = postfixPeer.missing || (process.getuid?.() === 0 ? false : 'Postfix needs root to start');
const swaks = needs('swaks', 'swaks');
const docs = readFileSync(fileURLToPath(new URL('../../docs/message.md', import.meta.url)), 'utf8');
const scripts = [...docs.matchAll(/^```sh\n([\s\S]*?)^```$/gm)].map(([, code]) => code!);
const TOKEN = 'a-token-of-the-owner-0123456789';

test('the table names every finding of a mail that costs points, with its points', () => {
  const told = [
    ...docs.matchAll(/^\| `((?:message|content)\.[a-z0-9-]+)` \| ([\d.]+)(?:, at most (\d+) left)? \|/gm),
  ].map(([, id, points, cap]) => ({ id, points: Number(points), cap: cap === undefined ? undefined : Number(cap) }));
  const defined = Object.entries(catalog)
    .filter(([id, { points }]) => /^(?:message|content)\./.test(id) && points > 0)
    .map(([id, { points, cap }]: [string, { points: number; cap?: number }]) => ({ id, points, cap }));
  const byId = (one: { id: string | undefined }, other: { id: string | undefined }) =>
    (one.id ?? '') < (other.id ?? '') ? -1 : 1;
  assert.deepEqual(told.sort(byId), defined.sort(byId));
});

describe('the commands', { skip: curl.missing }, () => {
  let doh: RunningServer & { url: string };
  let worker: RunningWorker;
  let folder: TemporaryFolder;
  before(async () => {
    const zone = { 'shop.example': { A: ['203.0.113.80'], TXT: ['v=spf1 ip4:203.0.113.25 -all'] } };
    doh = await startDohServer(respondFrom(zoneResolver(zone)));
    worker = await startWorker(
      { DOH_URL: doh.url, INBOX_DOMAIN: 'test.example', API_TOKENS: TOKEN, INBOX_RECEIVED_BY: 'mx.shop.example' },
      { database: true },
    );
    folder = temporaryFolder('mailshim-docs-');
    const date = new Date().toUTCString().replace('GMT', '+0000');
    writeFileSync(join(folder.path, 'mail.eml'), GOOD.replace(/^Date:.*$/m, `Date: ${date}`));
    writeFileSync(join(folder.path, 'header'), `authorization: Bearer ${TOKEN}\n`, { mode: 0o600 });
  });
  after(async () => {
    await worker?.stop();
    await doh?.stop();
    folder?.remove();
  });

  /** The addresses and paths of the page, as they are here. */
  const placed = (script: string) =>
    script
      .replaceAll('https://mailshim.example.workers.dev', worker.url)
      .replaceAll('http://127.0.0.1:8787', worker.url)
      .replaceAll('/etc/mailshim/inbox-header', join(folder.path, 'header'));
  let runs = 0;
  /** As a reader would run it, with the one address put in. */
  const run = (script: string, args: string[] = [], environment: Record<string, string> = {}, input = '') =>
    new Promise<{ status: number; stdout: string; stderr: string }>((resolve) => {
      const file = join(folder.path, `script${++runs}.sh`);
      writeFileSync(file, placed(script));
      chmodSync(file, 0o755);
      const child = execFile(
        '/bin/sh',
        [file, ...args],
        { cwd: folder.path, env: { ...process.env, ...environment }, timeout: 60_000 },
        (error, stdout, stderr) => resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      );
      child.stdin?.end(input);
    });
  const scriptWith = (part: string) => scripts.find((script) => script.includes(part)) ?? assert.fail(part);
  const newInbox = async () =>
    JSON.parse((await run(scriptWith('-X POST'))).stdout) as { address: string; reports: string };

  test('a mail as a file, as received by a server, and in CI', async () => {
    const whole = await run(scriptWith('sender=bounce'));
    assert.match(whole.stdout, /^shop\.example 203\.0\.113\.25: /, whole.stderr);
    assert.match(whole.stdout, /\[spf\.pass\]/);
    assert.match((await run(scriptWith('received_by='))).stdout, /^shop\.example: /);
    const failing = await run(scriptWith('--fail-with-body'));
    assert.equal(failing.status, 22);
    assert.match(failing.stdout, /\[dkim\.message-unsigned\]/);
  });

  test('Postfix hands mail over TLS to the script of the page, set up by its lines: a report that knows of all', {
    skip: noPostfix || swaks.missing,
  }, async () => {
    const { address, reports } = await newInbox();
    const [, master, main] = /```\n# master\.cf\n([\s\S]*?)\n# main\.cf\n([\s\S]*?)```/.exec(docs) ?? assert.fail();
    const script = join(folder.path, 'to-inbox');
    writeFileSync(script, placed(scriptWith('exit 75')), { mode: 0o755 });
    chmodSync(folder.path, 0o755);
    // On the machine of the test there is no user of that name, and the file is read by another.
    chmodSync(join(folder.path, 'header'), 0o644);
    const postfix = await startPostfix({
      users: ['anna@client.example'],
      master: master!.replace('/usr/local/bin/to-inbox', script).replace('user=mailshim', 'user=nobody'),
      main: [
        main!.replace(/test(\\?)\.shop\\?\.example/g, 'test$1.example').trim(),
        'myhostname = mx.shop.example',
        'smtpd_relay_restrictions = reject_unauth_destination',
        'smtpd_authorized_xclient_hosts = 127.0.0.1',
      ],
    });
    try {
      const sendTo = (recipient: string) =>
        execFileSync(
          swaks.path,
          [
            ...['--server', '127.0.0.1', '--port', String(postfix.plainPort), '--tls', '--data', '@mail.eml'],
            ...['--from', 'bounce@shop.example', '--to', recipient, '--helo', 'mail.shop.example'],
            ...['--xclient-addr', '203.0.113.25', '--xclient-name', 'mail.shop.example'],
          ],
          { cwd: folder.path, stdio: 'pipe', encoding: 'utf8' },
        );
      assert.throws(() => sendTo('info@test.example'));
      const refusal = /<info@test\.example>: Recipient address rejected: There is no such test inbox/;
      await waitFor(() => refusal.test(postfix.log()), postfix.log);
      sendTo(address);
      const waited = await run(scriptWith('until ['), [], { REPORTS: reports });
      assert.match(waited.stdout, /^shop\.example 203\.0\.113\.25: /, postfix.log());
      assert.match(waited.stdout, /\[spf\.pass\]/);
      assert.match(waited.stdout, /mx\.shop\.example received it over TLSv1\.[23]/);
    } finally {
      await postfix.stop();
      chmodSync(folder.path, 0o700);
    }
  });

  test('as JSON', async () => {
    const { stdout } = await run(scriptWith('application/json'));
    const report = JSON.parse(stdout) as { subject: { domain: string }; findings: { id: string }[] };
    assert.equal(report.subject.domain, 'shop.example');
    assert.ok(report.findings.some(({ id }) => id === 'message.missing-field'));
  });

  test('a mail server hands a mail over by the script, and the loop that waits prints the report', async () => {
    const { address, reports } = await newInbox();
    const deliver = scriptWith('exit 75');
    const waiting = run(scriptWith('until ['), [], { REPORTS: reports });
    const mail = readFileSync(join(folder.path, 'mail.eml'), 'latin1');
    assert.equal((await run(deliver, ['bounce@shop.example', address], {}, mail)).status, 0);
    assert.match((await waiting).stdout, /^shop\.example: /);
    assert.equal((await run(deliver, ['', 'nobody@test.example'], {}, mail)).status, 69);
    writeFileSync(join(folder.path, 'header'), 'authorization: Bearer wrong\n');
    assert.equal((await run(deliver, ['', address], {}, mail)).status, 75);
  });
});
