// The queue as text and as JSON: listing, showing, changing, and its status.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, writeFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { mailqText, queueCommand } from '../../../shim/commands/queue.ts';
import { statusCommand } from '../../../shim/commands/status.ts';
import type { Environment } from '../../../shim/environment.ts';
import { ExitError } from '../../../shim/exit.ts';
import { commit } from '../../../shim/spool/commit.ts';
import type { LedgerData } from '../../../shim/spool/ledger.ts';
import { Spool } from '../../../shim/spool/queue.ts';
import { newState } from '../../../shim/spool/state.ts';
import { AWAKE } from '../../../shim/spool/wake.ts';
import { type TemporaryFolder, temporaryFolder } from '../../support/folder.ts';

const NOW = Date.UTC(2026, 10, 24, 12);
const MINUTE = 60_000;
const MESSAGE = 'From: shop@shop.example\nTo: a@x.example\nSubject: Order 7\n\nThanks.\n';

describe('the queue', () => {
  let folder: TemporaryFolder;
  let spool: Spool;
  let environment: Environment;
  let sender: number | undefined;
  let number: number;
  beforeEach(() => {
    folder = temporaryFolder();
    spool = new Spool(folder.join('spool'));
    number = 0;
    environment = {
      etc: folder.join('etc'),
      home: undefined,
      configHome: undefined,
      cacheHome: undefined,
      stateHome: folder.join('state'),
      systemSpool: folder.join('none'),
      euid: process.geteuid!(),
      email: undefined,
      smtpServer: undefined,
      host: 'shop.example',
      now: () => new Date(NOW),
      random: (bytes) => '0'.repeat(bytes * 2),
      interactive: false,
    };
    put();
    spool.remove(only(), 'queue');
    // The test takes the part of the sender, so that no command starts one.
    execFileSync('mkfifo', [`${spool.folder}/${AWAKE}`]);
    wake();
  });
  afterEach(() => {
    sleep();
    folder.remove();
  });

  function wake(): void {
    sender = openSync(`${spool.folder}/${AWAKE}`, constants.O_RDONLY | constants.O_NONBLOCK);
  }
  function sleep(): void {
    if (sender !== undefined) closeSync(sender);
    sender = undefined;
  }
  function put(age = 0, message = MESSAGE, envelopeFrom = 'shop@shop.example', recipients = ['a@x.example']): string {
    const seed = '0123456789abcdef0123456789abcdef';
    const submission = { acceptedAt: NOW - age, seed, recipients, envelopeFrom };
    const place = { kind: 'private', folder: spool.folder, setUp: true } as const;
    const random = () => (number++).toString(16).padStart(16, '0');
    return commit(place, submission, [Buffer.from(message)], environment.euid, random).id;
  }
  const only = () => [...spool.ids('queue')][0]!;
  const queue = (...words: string[]) => queueCommand([...words, '--spool', spool.folder], environment);
  const status = (...words: string[]) => statusCommand([...words, '--spool', spool.folder], environment);
  const ledger = (data: Partial<LedgerData>) => writeFileSync(`${spool.folder}/ledger.json`, JSON.stringify(data));
  const refusal = async (...words: string[]): Promise<[number, string]> => {
    try {
      await queue(...words);
    } catch (error) {
      assert.ok(error instanceof ExitError, String(error));
      return [error.code, error.message];
    }
    throw new Error('it was not refused');
  };

  test('a mail that could not be sent at once has an attempt behind it, and its next one before it', async () => {
    const place = { kind: 'private', folder: spool.folder, setUp: true } as const;
    const earlier = { reason: 'the relay is away', uncertain: false };
    const submission = { acceptedAt: NOW - 20_000, seed: '0'.repeat(32), recipients: ['a@x.example'], earlier };
    commit(place, submission, [Buffer.from(MESSAGE)], environment.euid, () => '1'.repeat(16));
    assert.match((await queue()).stdout, /1 attempt: the relay is away; next attempt in 40 s\n/);
    const [mail] = JSON.parse((await queue('--json')).stdout);
    assert.deepEqual([mail.lastAttempt, mail.nextAttempt], ['2026-11-24T11:59:40.000Z', '2026-11-24T12:00:40.000Z']);
  });

  test('a mail is listed with its age, its reason and when it is tried next', async () => {
    assert.equal((await queue()).stdout, 'The queue is empty.\n');
    const id = put(12 * MINUTE);
    spool.save(id, {
      ...newState(),
      attempts: 6,
      nextAttempt: NOW + 5 * MINUTE,
      reason: 'greylisted',
      uncertain: true,
    });
    assert.equal(
      (await queue()).stdout,
      `${id}  waiting      12 min      66 B  shop@shop.example → a@x.example\n    6 attempts: greylisted; next attempt in 5 min\n    it may have been delivered already\n\n1 waiting, 0 held, 0 failed\n`,
    );
    const [mail] = JSON.parse((await queue('--json')).stdout);
    assert.deepEqual(mail, {
      id,
      state: 'queue',
      acceptedAt: '2026-11-24T11:48:00.000Z',
      ageSeconds: 720,
      size: 66,
      sender: 'shop@shop.example',
      recipients: [{ address: 'a@x.example', status: 'waiting' }],
      attempts: 6,
      lastAttempt: null,
      nextAttempt: '2026-11-24T12:05:00.000Z',
      reason: 'greylisted',
      uncertain: true,
    });
  });

  test('a notice is from the null sender; many recipients are counted', async () => {
    put(0, MESSAGE, '', ['a@x.example', 'b@x.example', 'c@x.example', 'd@x.example']);
    assert.match((await queue()).stdout, / {2}<> → a@x\.example, b@x\.example and 2 more\n/);
  });

  test('held, released, retried, deleted; and named in small letters too', async () => {
    const id = put();
    spool.save(id, { ...newState(), attempts: 3, nextAttempt: NOW + MINUTE });
    assert.deepEqual(await queue('hold', id.toLowerCase()), { code: 0, stdout: `${id} is held\n`, complaints: [] });
    assert.ok(spool.has('hold', id));
    assert.equal((await queue('release', '--all')).stdout, `${id} is released\n`);
    assert.equal((await queue('retry', id)).stdout, `${id} is tried again\n`);
    assert.deepEqual([spool.state(id).attempts, spool.state(id).nextAttempt], [3, 0]);
    assert.equal((await queue('delete', id)).stdout, `${id} is deleted\n`);
    assert.equal((await queue()).stdout, 'The queue is empty.\n');
  });

  test('one that failed is tried anew for whom it failed, and not for whom it was delivered', async () => {
    const id = put(0, MESSAGE, 'shop@shop.example', ['a@x.example', 'b@x.example']);
    const settled = {
      'a@x.example': { result: 'delivered', reply: '250 ok' },
      'b@x.example': { result: 'failed', reply: '550 no' },
    } as const;
    spool.move(id, 'queue', 'active');
    spool.fail(id, { ...newState(), attempts: 1, settled });
    assert.match((await queue('--failed')).stdout, /→ b@x\.example\n/);
    await queue('retry', id);
    assert.deepEqual(
      [only(), Object.keys(spool.state(id).settled), spool.state(id).retriedAt],
      [id, ['a@x.example'], NOW],
    );
  });

  test('one that is just being sent is left alone', async () => {
    const id = put();
    spool.move(id, 'queue', 'active');
    const { code, complaints } = await queue('hold', id);
    assert.deepEqual(
      [code, complaints],
      [69, [{ id: 'queue.sending', text: `${id} is being sent at this moment; try again`, code: 69 }]],
    );
  });

  test('wrong words are errors', async () => {
    const id = put();
    assert.deepEqual(await refusal('show', '../../etc/passwd'), [
      66,
      `queue: there is no mail "../../etc/passwd" in ${spool.folder}`,
    ]);
    assert.deepEqual(await refusal('hold'), [64, 'queue: expected the id of a mail, or --all']);
    assert.deepEqual(await refusal('release', id), [64, `queue: ${id} is in queue, where this is not possible`]);
    assert.match((await refusal('list', '--everything'))[1], /^queue list: unknown option '--everything'; see /);
  });

  test('nothing of what a stranger wrote is obeyed by a terminal', async () => {
    const escapes = '\x1b]0;owned\x07 \x1b[2J \x9b31m \x7f\b\r';
    const id = put(0, `Subject: ${escapes}\n\n${escapes}\n`);
    spool.save(id, { ...newState(), attempts: 1, reason: `450 ${escapes}`, dialogue: `S: ${escapes}` });
    for (const text of [
      (await queue('show', id)).stdout,
      (await queue()).stdout,
      mailqText({ ...environment, stateHome: undefined, systemSpool: spool.folder }),
    ])
      assert.doesNotMatch(text.replaceAll('\n', ''), /\p{Cc}/u);
    assert.match((await queue('show', id)).stdout, /^Subject: .*owned/m);
  });

  describe('status', () => {
    const first = async (...words: string[]) => {
      const { code, stdout } = await status(...words);
      return [code, stdout.split('\n')[0]];
    };

    test('nothing waits: well, with a sender or without', async () => {
      assert.deepEqual(await first(), [0, 'OK: mail is being sent']);
      sleep();
      assert.deepEqual(await first(), [0, 'OK: mail is being sent']);
    });

    test('mail that waits is well while it is young and somebody sends it', async () => {
      put(10 * MINUTE);
      assert.equal((await first())[0], 0);
      assert.deepEqual(await first('--warn-age', '9'), [1, 'WARNING: a mail has been queued for 10 min']);
      assert.deepEqual(await first('--critical-age', '9'), [2, 'CRITICAL: a mail has been queued for 10 min']);
      sleep();
      assert.deepEqual(await first(), [2, 'CRITICAL: mail is queued and no sender is running']);
    });

    test('an hour is a warning, six are critical; what is held does not count', async () => {
      const id = put(61 * MINUTE);
      assert.equal((await first())[0], 1);
      await queue('hold', id);
      assert.equal((await first())[0], 0);
      put(361 * MINUTE);
      assert.equal((await first())[0], 2);
    });

    test('a mail that failed is news for a day; a relay that is away matters while mail waits', async () => {
      const id = put();
      spool.move(id, 'queue', 'active');
      spool.fail(id, newState());
      const failure = (age: number) => ledger({ lastFailure: { at: NOW - age, id, reason: '550 \x1b[31mno' } });
      failure(23 * 60 * MINUTE);
      assert.deepEqual(await first(), [1, 'WARNING: a mail failed 23 h 0 min ago']);
      assert.doesNotMatch((await status()).stdout.replaceAll('\n', ''), /\p{Cc}/u);
      failure(25 * 60 * MINUTE);
      assert.equal((await first())[0], 0);
      ledger({ relays: { default: { reason: 'refused the connection', pausedUntil: NOW + MINUTE } } });
      assert.equal((await first())[0], 0);
      put();
      assert.deepEqual(await first(), [1, 'WARNING: account default: refused the connection']);
    });

    test('a configuration that cannot be used matters at once, while its mail waits', async () => {
      put();
      sleep();
      await queue('run');
      wake();
      const [code, line] = await first();
      assert.equal(code, 1);
      assert.match(String(line), /^WARNING: account default: no configuration: /);
      const later = async (milliseconds: number) => {
        const then = { ...environment, now: () => new Date(NOW + milliseconds) };
        return (await statusCommand(['--spool', spool.folder, '--json', '--warn-age', '999'], then)).code;
      };
      assert.equal(await later(60 * MINUTE), 1);
      // Nobody tries that account any more: its mail was deleted, and what waits is another's.
      assert.equal(await later(120 * MINUTE), 0);
    });

    test('as JSON and as metrics, with the same code', async () => {
      put(2 * MINUTE);
      ledger({ delivered: 41, lastSuccess: { at: NOW - MINUTE, id: 'X' } });
      sleep();
      const json = await status('--json');
      const { level, waiting, oldestAge, deliveredTotal, lastSuccess } = JSON.parse(json.stdout);
      assert.deepEqual([json.code, level, waiting, oldestAge, deliveredTotal], [2, 'critical', 1, 120, 41]);
      assert.equal(lastSuccess, '2026-11-24T11:59:00.000Z');
      const metrics = await status('--prometheus');
      assert.equal(metrics.code, 2);
      for (const line of [
        'mailshim_queue_mails{state="waiting"} 1',
        'mailshim_sender_up 0',
        'mailshim_delivered_total 41',
      ])
        assert.ok(metrics.stdout.split('\n').includes(line), line);
      // Version 0.0.4 of the text format.
      for (const line of metrics.stdout.trimEnd().split('\n'))
        assert.match(
          line,
          /^(# HELP [a-z_]+ [^\n]+|# TYPE [a-z_]+ (gauge|counter)|[a-z_]+(\{[a-z]+="[a-z]+"\})? \d+(\.\d+)?)$/,
        );
    });

    test('nonsense is refused', async () => {
      await assert.rejects(
        async () => status('--warn-age', 'soon'),
        /status: --warn-age "soon": expected a number of minutes/,
      );
      await assert.rejects(async () => status('--json', '--prometheus'), ExitError);
    });
  });
});
