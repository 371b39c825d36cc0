// From two bare machines to ten out of ten in one sitting, by nothing but what mailshim prints: init, records, relay postfix, doctor, test.
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { needs } from '../support/peers.ts';
import { SHOP, type Sitting, sittingMissing, startSitting, WORKER } from '../support/sitting.ts';
import { diagnose, PASSWORD, phpMailTo, publish, SHOP_WORDS, setUpRelay, setUpShop } from '../support/sitting-steps.ts';
import { waitFor } from '../support/wait.ts';

const skip = needs('saslpasswd2', 'sasl2-bin').missing || sittingMissing();

async function isGreen(sitting: Sitting): Promise<void> {
  const { code, links } = await diagnose(sitting);
  const other = links.filter(({ level }) => level !== 'ok' && level !== 'skipped');
  assert.deepEqual([code, other], [0, []]);
  assert.ok(links.length > 12);
}

async function getsTen({ mailshim, log }: Sitting): Promise<void> {
  const ran = await mailshim(['test', '--wait', '60', '--min-score', '10']);
  assert.equal(ran.code, 0, `${ran.stdout}${ran.stderr}\n${ran.code === 0 ? '' : await log()}`);
  assert.match(ran.stdout, /^shop\.example 203\.0\.113\.25: 10 of 10$/m);
}

async function phpReachesTheInbox(sitting: Sitting): Promise<void> {
  const asked = async (path: string, method = 'GET') =>
    JSON.parse(await sitting.shop.shell(`curl -sS -X ${method} '${WORKER}${path}'`));
  const { id, address } = await asked('/v1/inbox?domain=shop.example', 'POST');
  await phpMailTo(sitting, address);
  let inbox: { state: string; mails: { report: { score: { low: number } } }[] } = { state: '', mails: [] };
  await waitFor(
    async () => {
      inbox = await asked(`/v1/inbox/${id}?format=json`);
      return inbox.state === 'arrived';
    },
    () => sitting.log(),
  );
  assert.equal(inbox.mails[0]!.report.score.low, 10);
}

describe('a relay that knows the shop by its address, and no daemon', { skip }, () => {
  let sitting: Sitting;
  before(async () => {
    sitting = await startSitting();
  });
  after(() => sitting?.stop());

  test('relay postfix, init, and the records as printed: the doctor is green', async () => {
    await setUpRelay(sitting, ['--allow', SHOP]);
    await publish(sitting, await setUpShop(sitting, []));
    await isGreen(sitting);
  });
  test('mailshim test gets ten out of ten', () => getsTen(sitting));
  test('PHP’s mail() reaches a test inbox', () => phpReachesTheInbox(sitting));
  test('init, run again, finds nothing more to publish', async () => {
    const ran = await sitting.mailshim(['init', '--dry-run', ...SHOP_WORDS]);
    assert.match(ran.stdout, /^ {2}none: all are published$/m);
    assert.doesNotMatch(ran.stdout, /\[(new|CHANGE)\]|\$ORIGIN|Ask the hosting/);
  });
  test('the relay’s own audit finds nothing', async () => {
    const ran = await sitting.onRelay(['relay', 'audit']);
    assert.equal(ran.code, 0, ran.stdout);
  });
});

describe('a relay with a login, and a daemon that sends', { skip }, () => {
  let sitting: Sitting;
  before(async () => {
    sitting = await startSitting();
  });
  after(() => sitting?.stop());

  test('relay postfix, init, and the records as printed: the doctor is green', async () => {
    const { shop } = sitting;
    await shop.shell('useradd --system mailshim');
    await shop.write('/root/password', `${PASSWORD}\n`, { mode: '0600' });
    await setUpRelay(sitting, ['--allow', SHOP, '--sasl-user', 'shop']);
    await publish(sitting, await setUpShop(sitting, ['--login', 'shop', '--password-file', '/root/password']));
    const daemon = shop.start('/usr/local/bin/mailshim', ['daemon'], 'mailshim');
    await waitFor(
      async () => (await shop.run('test', ['-p', '/var/spool/mailshim/awake'])).code === 0 && daemon.exitCode === null,
      () => 'the daemon does not start',
    );
    await isGreen(sitting);
  });
  test('mailshim test gets ten out of ten', () => getsTen(sitting));
  test('PHP’s mail() reaches a test inbox', () => phpReachesTheInbox(sitting));
});
