import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OwnedContract } from '../../src/lib/node/entries.js';
import { booksHandlers } from '../../src/lib/node/handlers/books.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { hashOf } from '../market/samples.js';
import { World } from './helpers.js';

const id = toHex(hashOf('contract'));

test('whoever follows hears of what changed, and of the slot in which something falls due, once', async (t) => {
  const world = new World(t);
  const node = await world.join('node', { rich: true });
  const { context, performers, seen } = node;
  const { books, changes, params } = context;
  const cut = new AbortController();
  const lines = booksHandlers(context, performers, seen)
    ['books.follow']({}, { signal: cut.signal })
    [Symbol.asyncIterator]();
  let told = 0;
  const next = async () => {
    const { done } = await lines.next();
    if (!done) told += 1;
  };
  const quiet = async (ms: number) => {
    const before = told;
    await sleep(ms);
    assert.equal(told, before);
  };

  await next();
  assert.equal(told, 1, 'as it begins');
  let waiting = next();
  await quiet(2 * params.slotMs);
  const due = world.slot + 3;
  await books.commit([books.owned.put(utf8(id), contractDue(due))]);
  changes.tell({ kind: 'books' });
  await waiting;
  assert.equal(told, 2, 'the books changed');

  waiting = next();
  const began = performance.now();
  // The clock of this world stands still where nobody moves it, and the timer is a real one.
  await quiet(2 * params.slotMs);
  world.slot = due;
  await waiting;
  assert.equal(told, 3, 'its slot came');
  assert.ok(performance.now() - began > 2.5 * params.slotMs);

  waiting = next();
  await quiet(2 * params.slotMs);
  cut.abort();
  await waiting;
  assert.equal(told, 3, 'what is due is told once');
});

function contractDue(slot: number): OwnedContract {
  return {
    ...{ id, signed: hashOf('signed'), uuid: toHex(hashOf('uuid')), peer: 'peer', account: hashOf('account') },
    ...{
      payee: hashOf('q'),
      secret: hashOf('secret'),
      size: 1 << 30,
      price: 50n,
      maxCredit: 1_000_000n,
      startSlot: slot,
    },
    ...{ termSlots: 5000, state: 'live', confidence: 3, paidUntilSlot: slot, credit: 0n, dueSlot: slot, payIndex: 1 },
    ...{ attempt: 0, bounty: null, coversUntilSlot: slot, paid: 0n, outbox: { askedSlot: slot } },
  };
}
