// Shop and relay on one server, by nothing but what `mailshim init --relay here` prints: the doctor is green at its end.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/peers.ts';
import {
  bareRelay,
  DOMAIN,
  HOST,
  SENDER,
  SHOP,
  type Sitting,
  sittingMissing,
  startSitting,
  WORKER,
} from '../support/sitting.ts';
import { diagnose, initialised, type Published, phpMailTo, publish, takeOver } from '../support/sitting-steps.ts';

const skip = needs('swaks', 'swaks').missing || sittingMissing();
const WORDS = [
  ...['--yes', '--domain', DOMAIN, '--relay', 'here', '--ip', SHOP, '--sender', SENDER, '--worker', WORKER],
];

/** Lines of the section on the relay, but for the package and the certificate, which this machine has. */
async function runPrinted({ shop }: Sitting, stdout: string): Promise<void> {
  const commands = [...stdout.matchAll(/^ {2}(mailshim relay postfix .* --apply)$/gm)].map(([, command]) => command!);
  assert.equal(commands.length, 1, stdout);
  await shop.shell(`/usr/local/bin/${commands[0]}`);
}

async function isGreen(sitting: Sitting): Promise<string[]> {
  const { code, links } = await diagnose(sitting);
  assert.deepEqual([code, links.filter(({ level }) => level !== 'ok' && level !== 'skipped')], [0, []]);
  return links.map(({ id }) => id);
}

const fromOutside = ({ internet }: Sitting, port: number, to: string, extra: readonly string[] = []) =>
  internet.run('swaks', [
    ...['--server', SHOP, '--port', String(port), '--timeout', '20', '--helo', 'mx.inbox.example'],
    ...['--from', 'customer@inbox.example', '--to', to, '--quit-after', 'RCPT'],
    ...extra,
  ]);

describe('shop and relay on one server', { skip }, () => {
  let sitting: Sitting;
  let published: Published;
  before(async () => {
    sitting = await startSitting();
    await bareRelay(sitting.shop, sitting.authority);
  });
  after(() => sitting?.stop());

  test('init, relay postfix and the records as printed: the doctor is green', async () => {
    const printed = await initialised(sitting, [...WORDS, '--mx', 'mx.provider.example']);
    published = await takeOver(sitting, printed);
    await publish(sitting, published);
    await runPrinted(sitting, printed);
    await isGreen(sitting);
    assert.equal((await sitting.mailshim(['relay', 'audit'])).code, 0);
  });

  test('mailshim test gets ten out of ten, and PHP’s mail() leaves', async () => {
    const ran = await sitting.mailshim(['test', '--wait', '60', '--min-score', '10']);
    assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}`);
    await phpMailTo(sitting, 'someone@inbox.example');
  });

  test('the network finds neither port', async () => {
    for (const port of [25, 465]) {
      const { stdout, stderr } = await fromOutside(sitting, port, 'postmaster@inbox.example');
      assert.match(stdout + stderr, /Connection refused/);
    }
  });

  test('MX that names this machine is an error, in doctor and in init', async () => {
    const printed = await sitting.mailshim(['init', '--dry-run', ...WORDS, '--mx', HOST]);
    assert.match(printed.stderr, /--receive-at MAILBOX/);
    const { fragment, reverse } = published;
    await publish(sitting, { reverse, fragment: fragment.replace('mx.provider.example.', `${HOST}.`) });
    const again = await sitting.mailshim(['init', '--dry-run', ...WORDS]);
    assert.match(again.stderr, /--receive-at MAILBOX/);
    const { links, trouble } = await diagnose(sitting);
    assert.deepEqual(trouble, ['dns.mx-at-relay']);
    const port25 = links.filter(({ says }) => /port 25 is closed, as it should be/.test(says));
    assert.deepEqual(port25, []);
  });

  test('replies are received and sent on by --receive-at', async () => {
    const printed = await initialised(sitting, [...WORDS, '--force', '--receive-at', 'owner@inbox.example']);
    assert.match(printed, new RegExp(`^ {8}10 ${HOST}$`, 'm'));
    await runPrinted(sitting, printed);
    const taken = await fromOutside(sitting, 25, SENDER);
    assert.match(taken.stdout, /250 2\.1\.5 Ok/);
    const relayed = await fromOutside(sitting, 25, 'victim@provider.example');
    assert.match(relayed.stdout, /554 5\.7\.1 .*Relay access denied/);
    assert.ok((await isGreen(sitting)).includes('dns.mx-received'));
    assert.equal((await sitting.mailshim(['relay', 'audit'])).code, 0);
  });
});
