import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { contractName, expectedNames } from '../../src/lib/bounty/names.js';
import { Books } from '../../src/lib/node/books.js';
import type { KeptContract } from '../../src/lib/node/entries.js';
import { areaKey, Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';
import { DEVNET } from '../plan/samples.js';

const secret = (n: number) => new Uint8Array(32).fill(n);
const idOf = (n: number) => toHex(new Uint8Array(32).fill(n));

function contract(n: number, facts: Partial<KeptContract> = {}): KeptContract {
  const terms = { price: 3n, startSlot: 100, termSlots: 1000, maxCredit: 1000n, gracePercent: 150 };
  const paid = { confidence: 0, earned: 0n, lastPaidSlot: 100 };
  const who = { id: idOf(n), uuid: idOf(n % 3), secret: secret(n), size: 10 };
  return { ...who, ...terms, ...paid, next: 0, state: 'live', ...facts } as KeptContract;
}

async function opened(t: TestContext): Promise<{ db: Database; books: Books }> {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  return { db, books: await Books.open(db, DEVNET) };
}

async function index(db: Database): Promise<string[]> {
  const out: string[] = [];
  for await (const [key, value] of db.scan(areaKey(AREAS.INDEX))) out.push(`${toHex(key)} ${toHex(value)}`);
  return out;
}

const step = fc.record({
  id: fc.integer({ min: 0, max: 4 }),
  to: fc.option(
    fc.record({
      next: fc.nat(20),
      seen: fc.nat(25),
      size: fc.nat(1000),
      state: fc.constantFrom<KeptContract['state']>('live', 'ended', 'pruned'),
    }),
  ),
});

test('property: whatever was put and deleted, in whatever batches, names and sums are what plain arithmetic says', async (t) => {
  const { db, books } = await opened(t);
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(step, { maxLength: 4 }), { maxLength: 8 }), async (batches) => {
      const model = new Map<number, KeptContract>();
      for (const batch of batches) {
        await books.commit(
          batch.map(({ id, to }) => {
            const key = utf8(idOf(id));
            if (to === null) model.delete(id);
            else model.set(id, contract(id, to));
            return to === null ? books.kept.delete(key) : books.kept.put(key, model.get(id)!);
          }),
        );
      }
      for (let id = 0; id <= 4; id += 1) {
        const kept = model.get(id);
        const { from, to } = kept?.state === 'live' ? expectedNames(kept) : { from: 0, to: 0 };
        for (let i = 0; i < 40; i += 1) {
          const expected = i >= from && i < to ? { contractId: idOf(id), i } : undefined;
          assert.deepEqual(books.names.lookup(contractName(secret(id), i)), expected);
        }
      }
      const live = [...model.values()].filter(({ state }) => state === 'live');
      const bytes = live.reduce((sum, { size }) => sum + size, 0);
      assert.deepEqual(books.keptSums.live, { contracts: live.length, bytes });
      for (const uuid of [0, 1, 2].map(idOf)) {
        const on = [...model.values()].filter((kept) => kept.uuid === uuid);
        assert.equal(
          books.keptSums.keeps(uuid),
          on.some(({ state }) => state !== 'pruned'),
        );
        assert.equal((await books.keptByUuid.ids({ prefix: Buffer.from(uuid, 'hex') })).length, on.length);
      }
      await books.commit([0, 1, 2, 3, 4].map((id) => books.kept.delete(utf8(idOf(id)))));
      assert.deepEqual(await index(db), [], 'nothing is left of what is gone');
    }),
    { numRuns: 25 },
  );
});

test('a name that shares its first bytes with an expected one is not taken for it', async (t) => {
  const { books } = await opened(t);
  await books.commit([books.kept.put(utf8(idOf(1)), contract(1))]);
  const forged = Uint8Array.from(contractName(secret(1), 3));
  assert.ok(books.names.lookup(forged));
  forged[31]! ^= 1;
  assert.equal(books.names.lookup(forged), undefined);
  assert.equal(books.names.lookup(new Uint8Array(31)), undefined);
});

test('views of data that had none are made from its records, killed at every batch, and are those kept all along', async (t) => {
  const { db, books } = await opened(t);
  const many = Array.from({ length: 5000 }, (_, n) => {
    const id = toHex(new Uint8Array(32).fill(n % 251, 1).fill(n / 251, 0, 1));
    return books.kept.put(utf8(id), contract(n % 3, { id }));
  });
  await books.commit(many);
  const whole = await index(db);
  const older = await Database.open(join(tempDir(t), 'db'));
  t.after(() => older.close());
  await older.write(many);
  let kills = 0;
  for (let done = false; !done; ) {
    let writes = 0;
    const mortal = Object.create(older) as Database;
    mortal.write = async (batch) => {
      if (writes++ > 1) throw new Error('killed');
      return older.write(batch);
    };
    done = await Books.open(mortal, DEVNET).then(
      () => true,
      (error: Error) => {
        assert.equal(error.message, 'killed');
        kills += 1;
        return false;
      },
    );
  }
  assert.ok(kills > 1, `killed ${kills} times`);
  assert.deepEqual(await index(older), whole);
});
