// The sitting with one mistake at a time, as people make them: the doctor names each, and nothing else, in both languages.
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { after, before, describe, test } from 'node:test';
import { createAuthority } from '../support/certificates.ts';
import { needs } from '../support/peers.ts';
import { HOST, SHOP, type Sitting, sittingMissing, startSitting } from '../support/sitting.ts';
import {
  DNS_MISTAKES,
  LOGIN_MISTAKES,
  type Mistake,
  RELAY_MISTAKES,
  SHOP_MISTAKES,
} from '../support/sitting-mistakes.ts';
import {
  changeRelay,
  diagnose,
  PASSWORD,
  type Published,
  publish,
  setUpRelay,
  setUpShop,
} from '../support/sitting-steps.ts';
import { waitFor } from '../support/wait.ts';

const skip =
  needs('saslpasswd2', 'sasl2-bin').missing ||
  needs('faketime', 'faketime').missing ||
  needs('nft', 'nftables').missing ||
  sittingMissing();

const OWN = 'etc/mailshimrc etc/mailshim etc/php';
const THEIRS = 'etc/postfix/main.cf etc/postfix/master.cf etc/letsencrypt';
const PUT_BACK = 'tar -C / -xf /root/right.tar';

/** Keeps what is right, to be put back after each mistake. */
async function keep({ shop, relay, authority }: Sitting): Promise<void> {
  await shop.shell(`tar -C / -cf /root/right.tar ${OWN}`);
  await relay.shell(`tar -C / -cf /root/right.tar ${THEIRS}`);
  const day = 86_400_000;
  const from = new Date(Date.now() - 60 * day);
  const certificates = {
    expired: authority.issue({ names: [HOST], notBefore: from, notAfter: new Date(Date.now() - 3 * day) }),
    soon: authority.issue({ names: [HOST], notBefore: from, notAfter: new Date(Date.now() + 5 * day) }),
    other: authority.issue({ names: ['vps25.provider.example'] }),
    unknown: createAuthority('Nobody').issue({ names: [HOST] }),
  };
  for (const [name, { cert, key }] of Object.entries(certificates)) {
    await relay.write(`/root/${name}.pem`, cert);
    await relay.write(`/root/${name}.key`, key, { mode: '0600' });
  }
}

async function make(sitting: Sitting, mistake: Mistake, right: Published): Promise<void> {
  const { zone, reverse, shop, relay } = mistake;
  if (zone !== undefined || reverse !== undefined) {
    const wrong = {
      fragment: zone?.(right.fragment) ?? right.fragment,
      reverse: reverse?.(right.reverse) ?? right.reverse,
    };
    assert.notDeepEqual(wrong, right);
    await publish(sitting, wrong);
  }
  if (shop !== undefined) await sitting.shop.shell(shop);
  if (relay !== undefined) await changeRelay(sitting.relay, relay);
}

async function unmake(sitting: Sitting, mistake: Mistake, right: Published): Promise<void> {
  const { zone, reverse, shop, undo, relay } = mistake;
  if (zone !== undefined || reverse !== undefined) await publish(sitting, right);
  if (shop !== undefined) await sitting.shop.shell(`${undo ?? ''}\ncd /; rm -rf ${OWN}; ${PUT_BACK}`);
  if (relay !== undefined) await changeRelay(sitting.relay, PUT_BACK);
}

async function named(sitting: Sitting, mistake: Mistake, right: Published): Promise<void> {
  const { finds, remedy, clock, code = 2 } = mistake;
  try {
    await make(sitting, mistake, right);
    const [english, russian] = await Promise.all([
      diagnose(sitting, [], clock),
      diagnose(sitting, ['--lang', 'ru'], clock),
    ]);
    assert.deepEqual([english.trouble, english.code], [finds, code], JSON.stringify(english.links, null, 1));
    assert.deepEqual([russian.trouble, russian.code], [finds, code]);
    const found = english.links.filter(({ level }) => level === 'warning' || level === 'failure');
    for (const { remedy: said } of found) assert.match(said ?? '', remedy ?? /./);
  } finally {
    await unmake(sitting, mistake, right);
  }
}

// Each on machines of its own, beside each other.
describe('the doctor names one mistake, and nothing else', { skip, concurrency: 2 }, () => {
  describe('where the relay knows the shop by its address', { concurrency: 1 }, () => {
    let sitting: Sitting;
    let right: Published;
    before(async () => {
      sitting = await startSitting();
      await setUpRelay(sitting, ['--allow', SHOP]);
      right = await setUpShop(sitting, []);
      await publish(sitting, right);
      await keep(sitting);
    });
    after(() => sitting?.stop());

    for (const mistake of SHOP_MISTAKES) test(mistake.name, () => named(sitting, mistake, right));
    test('and with all put back the doctor is green', async () => {
      const { code, trouble } = await diagnose(sitting);
      assert.deepEqual([code, trouble], [0, []]);
    });
  });

  describe('where the relay wants a login and a daemon sends', { concurrency: 1 }, () => {
    let sitting: Sitting;
    let right: Published;
    let daemon: ChildProcess;
    before(async () => {
      sitting = await startSitting();
      await sitting.shop.shell('useradd --system mailshim');
      await sitting.shop.write('/root/password', `${PASSWORD}\n`, { mode: '0600' });
      await setUpRelay(sitting, ['--allow', SHOP, '--sasl-user', 'shop']);
      right = await setUpShop(sitting, ['--login', 'shop', '--password-file', '/root/password']);
      await publish(sitting, right);
      daemon = sitting.shop.start('/usr/local/bin/mailshim', ['daemon'], 'mailshim');
      await isAwake(sitting, true);
      await keep(sitting);
    });
    after(() => sitting?.stop());

    for (const mistake of [...DNS_MISTAKES, ...RELAY_MISTAKES, ...LOGIN_MISTAKES])
      test(mistake.name, () => named(sitting, mistake, right));
    test('a daemon that does not run', async () => {
      await sitting.shop.shell('kill $(pgrep -u mailshim)');
      await waitFor(
        () => daemon.exitCode !== null,
        () => 'the daemon does not end',
      );
      const { code, trouble } = await diagnose(sitting);
      assert.deepEqual([code, trouble], [2, ['spool.daemon']]);
    });
  });
});

async function isAwake({ shop }: Sitting, wanted: boolean): Promise<void> {
  await waitFor(
    async () => ((await shop.run('test', ['-p', '/var/spool/mailshim/awake'])).code === 0) === wanted,
    () => 'the daemon does not start',
  );
}
