// A loss of power after each system call: every mail that was accepted arrives, and twice only where the log said so.
import assert from 'node:assert/strict';
import { chmodSync, mkdirSync, readdirSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { runQueue } from '../../shim/commands/daemon.ts';
import { COMMITTED, FOLDERS, prepareSpool } from '../../shim/spool/commit.ts';
import {
  type CrashState,
  crashStates,
  type Disk,
  type Recording,
  readDisk,
  recordDisk,
} from '../support/fault-disk.ts';
import { announcedIn, environmentOf, handIn, type SpoolUnderTest, spoolUnderTest } from '../support/fault-spool.ts';
import { type FaultRelay, type RelayFault, startFaultRelay } from '../support/relay-faults.ts';

const A = 'a@x.example';
const B = 'b@x.example';
const C = 'c@x.example';

describe('a loss of power', () => {
  let relay: FaultRelay;
  let spool: SpoolUnderTest;
  let recording: Recording | undefined;
  let refuse: Record<string, string> = {};
  let refuseMessage: RelayFault['does'] | undefined;

  before(async () => {
    relay = await startFaultRelay({
      recipient: (address) => refuse[address],
      message(_message, to) {
        if (refuseMessage === undefined || refuseMessage === 'drop')
          for (const recipient of to) recording?.see(recipient);
        return refuseMessage;
      },
    });
    spool = spoolUnderTest(relay.port, ['timeout 5']);
  });
  after(async () => {
    await spool.remove();
    await relay.stop();
  });
  beforeEach(() => {
    restore(new Map());
    prepareSpool(spool.spool, process.geteuid!());
    refuse = {};
    refuseMessage = undefined;
  });

  const send = () =>
    runQueue(
      spool.spool,
      // Its configuration is that of this home, for mails that name none.
      environmentOf({ home: spool.folder.path }),
      () => undefined,
      () => undefined,
    );

  async function sendRecorded(): Promise<CrashState[]> {
    const disk = readDisk(spool.spool);
    recording = recordDisk(spool.spool);
    await send();
    const operations = recording.stop();
    recording = undefined;
    refuse = {};
    refuseMessage = undefined;
    return crashStates(disk, operations);
  }

  /** The machine runs again with this on its disk. */
  function restore(disk: Disk): void {
    rmSync(spool.spool, { recursive: true, force: true });
    for (const folder of FOLDERS) mkdirSync(join(spool.spool, folder), { recursive: true, mode: 0o700 });
    if ([...disk.keys()].some((name) => name.startsWith('drop/'))) mkdirSync(join(spool.spool, 'drop'));
    for (const [name, octets] of disk) {
      const mode = name.startsWith('drop/') ? 0o640 | COMMITTED : 0o600;
      writeFileSync(join(spool.spool, name), octets, { mode });
      chmodSync(join(spool.spool, name), mode);
    }
    // Another run of the machine than the one in which it was written.
    if (disk.has('running')) writeFileSync(join(spool.spool, 'running'), 'before');
    truncateSync(spool.folder.join('log'));
  }

  /** How often each got the mail, before the loss and after it, and whether the log said that it may be more than once. */
  async function aftermath({ disk, seen }: CrashState) {
    restore(disk);
    relay.mails.length = 0;
    await send();
    // What was put off once more, by the time written into its state, is asked for by the same command.
    const after = relay.mails.flatMap(({ to, message }) => {
      if (!message.includes('Subject: Undelivered') && !message.includes('multipart/report'))
        assert.match(message, /\r\n\r\nbody of mail\r\n$/);
      return to;
    });
    const times = (recipient: string) => [...seen, ...after].filter((name) => name === recipient).length;
    const announced = announcedIn(spool.log());
    return {
      times,
      isAnnounced: (recipient: string) => announced.has(recipient),
      failed: spool.names('failed').length,
    };
  }

  test('while a mail is committed: there whole, or not at all; once it was accepted, there', async (t) => {
    const disk = readDisk(spool.spool);
    recording = recordDisk(spool.spool);
    handIn(spool, 'mail', [A]);
    recording.see('accepted');
    const states = crashStates(disk, recording.stop());
    recording = undefined;
    let accepted = 0;
    for (const state of states) {
      const { times } = await aftermath(state);
      const isAccepted = state.seen.includes('accepted');
      if (isAccepted) accepted++;
      assert.ok(isAccepted ? times(A) === 1 : times(A) <= 1, `${times(A)} times ${state.description}`);
      assert.deepEqual(spool.names('queue'), []);
      // Half a mail, in a folder where people look for theirs, would be a mail that nobody handed in.
      assert.deepEqual(spool.names('failed'), [], state.description);
    }
    assert.ok(accepted >= 1 && states.length > 5);
    t.diagnostic(`${states.length} states`);
  });

  const deliveries: [name: string, prepare: () => void, recipients: string[]][] = [
    ['a mail is delivered', () => undefined, [A, B]],
    [
      'a recipient is put off, and one refused',
      () => {
        refuse = { [B]: '450 4.2.0 greylisted', [C]: '550 5.1.1 no such user' };
      },
      [A, B, C],
    ],
    [
      'a recipient is put off',
      () => {
        refuse = { [B]: '450 4.2.0 greylisted' };
      },
      [A, B],
    ],
    [
      'all of it is put off',
      () => {
        refuseMessage = '451 4.3.0 later';
      },
      [A, B],
    ],
    [
      'all of it is refused',
      () => {
        refuseMessage = '554 5.7.1 spam';
      },
      [A, B],
    ],
    [
      'the relay leaves after the final dot',
      () => {
        refuseMessage = 'drop';
      },
      [A, B],
    ],
  ];
  for (const [name, prepare, recipients] of deliveries) {
    test(`while ${name}`, async (t) => {
      handIn(spool, 'mail', recipients);
      prepare();
      const refused = new Set(
        Object.entries(refuse)
          .filter(([, reply]) => reply.startsWith('5'))
          .map(([address]) => address),
      );
      const mayFail = refuseMessage?.startsWith('5') ?? false;
      const states = await sendRecorded();
      let twice = 0;
      for (const state of states) {
        const { times, isAnnounced, failed } = await aftermath(state);
        for (const recipient of recipients) {
          const count = times(recipient);
          const known = refused.has(recipient) || mayFail;
          assert.ok(count >= 1 || (known && failed > 0), `${recipient} got nothing; ${state.description}`);
          assert.ok(count <= 2, state.description);
          if (count === 2) {
            twice++;
            assert.ok(isAnnounced(recipient), `${recipient} got it twice without a word; ${state.description}`);
          }
        }
        assert.deepEqual(
          [...readdirSync(join(spool.spool, 'queue')), ...readdirSync(join(spool.spool, 'active'))],
          [],
          state.description,
        );
      }
      t.diagnostic(`${states.length} states; recipients who got it twice, as announced: ${twice}`);
    });
  }

  test('while a daemon takes a mail out of the drop folder, and delivers it', async (t) => {
    const drop = join(spool.spool, 'drop');
    mkdirSync(drop);
    const queued = handIn(spool, 'mail', [A], { file: undefined });
    renameSync(join(spool.spool, 'queue', queued), join(drop, queued));
    chmodSync(join(drop, queued), 0o640 | COMMITTED);
    const states = await sendRecorded();
    let twice = 0;
    for (const state of states) {
      const { times, isAnnounced } = await aftermath(state);
      assert.ok(times(A) >= 1, `${A} got nothing; ${state.description}`);
      if (times(A) > 1) {
        twice++;
        assert.ok(isAnnounced(A), `${A} got it twice without a word; ${state.description}`);
      }
      assert.deepEqual(
        [spool.names('drop'), spool.names('queue'), spool.names('failed')],
        [[], [], []],
        state.description,
      );
    }
    t.diagnostic(`${states.length} states; got it twice, as announced: ${twice}`);
  });

  test('what was settled in order is not in doubt', async () => {
    handIn(spool, 'mail', [A, B]);
    refuse = { [B]: '450 4.2.0 greylisted' };
    await send();
    refuse = {};
    const { times, isAnnounced } = await aftermath({ disk: readDisk(spool.spool), seen: [A], description: '' });
    assert.deepEqual([times(A), times(B), isAnnounced(B)], [1, 1, false]);
  });
});
