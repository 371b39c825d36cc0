// What an attempt means for each recipient, and when a mail goes on over a new connection.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type OverOneSession, overSessions } from '../../../shim/delivery/attempt.ts';
import type { PreparedMail } from '../../../shim/delivery/prepare.ts';
import { fatesOf, isAway } from '../../../shim/delivery/result.ts';
import { EX } from '../../../shim/exit.ts';
import '../../support/hermetic.ts';
import type { Failure, Outcome } from '../../../shim/types.ts';

const failure = (changes: Partial<Failure> = {}): Failure => ({
  kind: 'deferred',
  code: EX.UNAVAILABLE,
  problem: { id: '', text: 'm' },
  uncertain: [],
  scope: 'mail',
  ...changes,
});
const outcome = (changes: Partial<Outcome> = {}): Outcome => ({ accepted: [], refused: [], notes: [], ...changes });
const fates = (of: Outcome, patient = true, changes: Partial<PreparedMail> = {}) => {
  const prepared = {
    envelope: { from: 'f', recipients: ['a', 'b', 'c'] },
    heldBack: [],
    ...changes,
  } as unknown as PreparedMail;
  return Object.fromEntries([...fatesOf({ prepared, outcome: of }, patient)].map(([who, { kind }]) => [who, kind]));
};

describe('the fate of each recipient', () => {
  const cases: [string, Record<string, string>, Record<string, string>][] = [
    [
      'accepted, refused for good and for now',
      fates(
        outcome({
          accepted: [{ recipient: 'a', reply: '250 ok' }],
          refused: [
            { recipient: 'b', reply: '550 no', permanent: true },
            { recipient: 'c', reply: '450 later', permanent: false },
          ],
        }),
      ),
      { a: 'delivered', b: 'failed', c: 'waiting' },
    ],
    [
      'the rest of a mail that was cut off',
      fates(
        outcome({
          accepted: [{ recipient: 'a', reply: '250 ok' }],
          failure: failure({ uncertain: ['b'] }),
        }),
      ),
      { a: 'delivered', b: 'waiting', c: 'waiting' },
    ],
    [
      'a mail that was refused as such',
      fates(outcome({ failure: failure({ kind: 'rejected' }) })),
      { a: 'failed', b: 'failed', c: 'failed' },
    ],
    [
      'a relay that does not accept this client is waited out',
      fates(outcome({ failure: failure({ kind: 'rejected', scope: 'relay' }) })),
      { a: 'waiting', b: 'waiting', c: 'waiting' },
    ],
    [
      'but not by a caller that waits for the answer',
      fates(outcome({ failure: failure({ kind: 'rejected', scope: 'relay' }) }), false),
      { a: 'failed', b: 'failed', c: 'failed' },
    ],
    [
      'an address that stands in for all',
      fates(outcome({ accepted: [{ recipient: 'test', reply: '250 ok' }] }), true, {
        envelope: { from: 'f', recipients: ['test'] },
        redirected: ['a', 'b'],
        heldBack: ['c'],
      }),
      { a: 'delivered', b: 'delivered', c: 'held' },
    ],
  ];
  for (const [name, found, wanted] of cases) test(name, () => assert.deepEqual(found, wanted));
});

test('a relay is away only as long as no mail was offered to it', () => {
  const relay = failure({ scope: 'relay' });
  assert.deepEqual(
    [
      isAway(outcome({ failure: relay })),
      isAway(outcome({ failure: failure() })),
      isAway(outcome({ failure: failure({ unoffered: true }) })),
      isAway(outcome({ failure: { ...relay, uncertain: ['a'] } })),
      isAway(outcome({ failure: relay, accepted: [{ recipient: 'a', reply: '250' }] })),
      isAway(outcome()),
    ],
    [true, false, true, false, false, false],
  );
});

describe('over several connections', () => {
  const run = async (replies: readonly OverOneSession[]) => {
    const asked: string[][] = [];
    const saved: string[][] = [];
    const sofar = await overSessions(
      { from: 'f', recipients: ['a', 'b'] },
      async ({ recipients }) => {
        asked.push([...recipients]);
        return replies[asked.length - 1]!;
      },
      ({ accepted }) => saved.push(accepted.map(({ recipient }) => recipient)),
    );
    return { asked, saved, sofar };
  };
  const served = (...names: string[]) => names.map((recipient) => ({ recipient, reply: '250 ok' }));
  const full = failure({ scope: 'session' });

  test('one that takes no more mail is followed by another, for those that are left', async () => {
    const { asked, saved, sofar } = await run([
      { outcome: outcome({ accepted: served('a'), failure: full }), fresh: true },
      { outcome: outcome({ accepted: served('b') }), fresh: true },
    ]);
    assert.deepEqual(asked, [['a', 'b'], ['b']]);
    assert.deepEqual(saved, [['a']]);
    assert.deepEqual([sofar.accepted.length, sofar.failure], [2, undefined]);
  });

  test('one that was kept open and is closed by now says nothing about the mail', async () => {
    const { asked, saved, sofar } = await run([
      { outcome: outcome({ failure: full }), fresh: false },
      { outcome: outcome({ accepted: served('a', 'b') }), fresh: true },
    ]);
    assert.deepEqual([asked.length, saved, sofar.failure], [2, [], undefined]);
  });

  test('a new one that takes nothing at all ends it', async () => {
    const { asked, sofar } = await run([{ outcome: outcome({ failure: full }), fresh: true }]);
    assert.deepEqual([asked.length, sofar.failure?.scope], [1, 'session']);
  });

  test('a mail that the relay may have is not sent again', async () => {
    const doubt = failure({ scope: 'relay', uncertain: ['a', 'b'] });
    const { asked } = await run([{ outcome: outcome({ failure: doubt }), fresh: false }]);
    assert.equal(asked.length, 1);
  });
});
