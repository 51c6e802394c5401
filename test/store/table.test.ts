import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import fc from 'fast-check';
import { Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { Batch, Table } from '../../src/lib/store/table.js';
import { utf8 } from '../../src/lib/util/bytes.js';
import { tempDir } from '../helpers/temp.js';

interface Row {
  name: string;
  amount: bigint;
  bytes: Uint8Array;
  note: string | null;
  list: number[];
}

const row = (name: string, amount = 1n): Row => ({
  ...{ name, amount, bytes: Uint8Array.of(1, 2), note: null, list: [1, 2] },
});

test('no two tables share an area', () => {
  const areas = Object.values(AREAS);
  assert.equal(new Set(areas).size, areas.length);
  for (const area of areas) assert.match(area, /^[A-Za-z]$/);
});

test('rows come back as they went, each table its own, in the order of their ids', async (t) => {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  const files = new Table<Row>(db, AREAS.FILES);
  const blobs = new Table<Row>(db, AREAS.BLOBS);
  await db.write([
    files.put(utf8('b'), row('b', 1n << 63n)),
    files.put(utf8('a'), row('a')),
    blobs.put(utf8('a'), row('x')),
  ]);
  assert.deepEqual(files.get(utf8('b')), row('b', 1n << 63n));
  assert.equal(files.get(utf8('c')), undefined);
  assert.deepEqual(await files.all(), [row('a'), row('b', 1n << 63n)]);
  assert.deepEqual(await blobs.all(), [row('x')]);
  const last: string[] = [];
  for await (const [id] of files.entries({ reverse: true, limit: 1 })) last.push(Buffer.from(id).toString());
  assert.deepEqual(last, ['b']);
  await db.write([files.delete(utf8('b')), files.delete(utf8('never there'))]);
  assert.deepEqual(await files.all(), [row('a')]);
});

test('a batch reads what it has written, and the tables only what was committed', async (t) => {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  const files = new Table<Row>(db, AREAS.FILES);
  const model = new Map<string, Row>();
  const step = fc.record({ id: fc.constantFrom('a', 'b', 'c'), put: fc.boolean(), amount: fc.bigInt(0n, 9n) });
  const batches = fc.array(fc.record({ steps: fc.array(step, { maxLength: 8 }), commits: fc.boolean() }), {
    maxLength: 5,
  });
  await fc.assert(
    fc.asyncProperty(batches, async (plan) => {
      for (const { steps, commits } of plan) {
        const batch = new Batch();
        const own = new Map(model);
        for (const { id, put, amount } of steps) {
          if (put) batch.put(files, utf8(id), row(id, amount));
          else batch.delete(files, utf8(id));
          if (put) own.set(id, row(id, amount));
          else own.delete(id);
          for (const name of ['a', 'b', 'c']) assert.deepEqual(batch.get(files, utf8(name)), own.get(name));
        }
        const keys = batch.writes().map(([key]) => Buffer.from(key).toString());
        assert.equal(new Set(keys).size, keys.length);
        if (commits) {
          await db.write(batch.writes());
          for (const name of ['a', 'b', 'c']) model.delete(name);
          for (const [name, value] of own) model.set(name, value);
        }
        for (const name of ['a', 'b', 'c']) assert.deepEqual(files.get(utf8(name)), model.get(name));
      }
    }),
    { numRuns: 40 },
  );
});
