// Which mails the outbreak guard takes for an outbreak, and that the others of the same user do not suffer for it.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { OutbreakGuard, type Source, WINDOW } from '../../../shim/delivery/outbreak.ts';
import type { OutbreakData } from '../../../shim/spool/ledger.ts';

const DAY = 86_400_000;
const script: Source = { user: 33, script: '33:mail.php', sender: 'shop@shop.example' };

function guardAt(start: number, data: OutbreakData = { usual: {} }) {
  let now = start;
  const guard = new OutbreakGuard(data, () => now);
  return {
    data,
    pass: (milliseconds: number) => {
      now += milliseconds;
    },
    send: (source: Source, count: number, copies = 1, limit = 10) =>
      Array.from({ length: count }, () => guard.count(source, copies, limit)),
  };
}

describe('the outbreak guard', () => {
  test('what is over the limit within the window is an outbreak, announced once', () => {
    const { send } = guardAt(1e12);
    const found = send(script, 13);
    assert.deepEqual(
      found.map((outbreak) => outbreak?.count),
      [...new Array(10).fill(undefined), 11, 12, 13],
    );
    assert.deepEqual(
      found.slice(10).map((outbreak) => [outbreak!.by, outbreak!.user, outbreak!.script, outbreak!.isNew]),
      [
        ['script', 33, '33:mail.php', true],
        ['script', 33, '33:mail.php', false],
        ['script', 33, '33:mail.php', false],
      ],
    );
  });

  test('a mail counts once for each recipient', () => {
    assert.equal(guardAt(1e12).send(script, 3, 4)[2]?.count, 12);
  });

  test('the window slides: as many in each window, and never too many', () => {
    const { send, pass } = guardAt(1e12);
    for (let window = 0; window < 5; window++) {
      assert.deepEqual(send(script, 10), new Array(10).fill(undefined));
      pass(WINDOW);
    }
  });

  test('mails of another script of the same user and sender are not over for it', () => {
    const { send } = guardAt(1e12);
    send({ ...script, script: '33:injected.php' }, 150);
    assert.deepEqual(send(script, 10), new Array(10).fill(undefined));
  });

  const mixed = (injected: (index: number) => Source) => {
    const { send } = guardAt(1e12);
    const found = { orders: 0, injected: 0 };
    for (let index = 0; index < 40; index++) {
      if (send(injected(index), 1)[0] !== undefined) found.injected++;
      if (index % 5 === 0 && send(script, 1)[0] !== undefined) found.orders++;
    }
    return found;
  };
  test('mails of another script go on in between, though they have one sender', () =>
    assert.deepEqual(
      mixed(() => ({ ...script, script: '33:injected.php' })),
      { orders: 0, injected: 32 },
    ));
  test('nor are they over for mails that name no script', () =>
    assert.deepEqual(
      mixed(() => ({ user: 33, sender: script.sender })),
      { orders: 0, injected: 32 },
    ));

  test('an invented script for each mail: the scripts that are usual go on', () => {
    const { send, pass } = guardAt(1e12);
    send(script, 4);
    pass(WINDOW);
    send(script, 1);
    const forged = Array.from({ length: 30 }, (_, index) => send({ ...script, script: `33:${index}.php` }, 1)[0]);
    assert.deepEqual(
      [forged.filter(Boolean).length, forged.at(-1)?.by, forged.at(-1)?.script],
      [19, 'sender', undefined],
    );
    assert.deepEqual(send(script, 5), new Array(5).fill(undefined));
  });

  test('what one user sends is no matter of another that has the same sender', () => {
    const { send } = guardAt(1e12);
    send({ user: 33, sender: 'a@x.example' }, 150);
    assert.deepEqual(send({ user: 34, sender: 'a@x.example' }, 10), new Array(10).fill(undefined));
  });

  test('a sender that starts anew goes on counting, and does not announce an outbreak again', () => {
    const { send, data } = guardAt(1e12);
    send(script, 8);
    const later = guardAt(1e12 + 1000, JSON.parse(JSON.stringify(data)) as OutbreakData);
    assert.deepEqual(
      later.send(script, 4).map((outbreak) => outbreak?.isNew),
      [undefined, undefined, true, false],
    );
    const last = guardAt(1e12 + 2000, JSON.parse(JSON.stringify(later.data)) as OutbreakData);
    assert.equal(last.send(script, 1)[0]?.isNew, false);
  });

  test('without the header of PHP, the sender and then the user are counted', () => {
    const { send } = guardAt(1e12);
    assert.equal(send({ user: 33, sender: 'a@x.example' }, 11).at(-1)?.by, 'sender');
    const many = guardAt(1e12);
    const each = Array.from({ length: 11 }, (_, index) => many.send({ user: 33, sender: `${index}@x.example` }, 1)[0]);
    assert.deepEqual([each.at(-1)?.by, each.at(-1)?.count], ['user', 11]);
  });

  test('what grew slowly is usual, also after a restart, and an outbreak itself never becomes so', () => {
    const { send, pass, data } = guardAt(1e12);
    let day = 0;
    for (const count of [10, 25, 60, 150]) {
      assert.deepEqual(send(script, count).filter(Boolean), [], `${count} mails`);
      pass(DAY);
      day++;
    }
    const later = guardAt(1e12 + day * DAY, JSON.parse(JSON.stringify(data)) as OutbreakData);
    assert.equal(later.send(script, 440).filter(Boolean).length, 0);
    later.pass(DAY);
    const first = later.send(script, 3000).findIndex(Boolean);
    later.pass(DAY);
    assert.ok(Math.abs(later.send(script, 3000).findIndex(Boolean) - first) < 100);
  });

  test('a thousand invented names fill neither the memory nor the file', () => {
    const { send, data } = guardAt(1e12);
    for (let index = 0; index < 10_000; index++) send({ user: index, sender: `${index}@x.example` }, 1);
    assert.ok(Object.keys(data.usual).length <= 2000 && Object.keys(data.recent ?? {}).length <= 2000);
  });

  test('a clock that was put back loses the count and nothing else', () => {
    const { send, pass } = guardAt(1e12);
    send(script, 9);
    pass(-DAY);
    assert.deepEqual(send(script, 10), new Array(10).fill(undefined));
  });
});
