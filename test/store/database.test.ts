import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import fc from 'fast-check';
import { areaKey, Database, type Write } from '../../src/lib/store/database.js';
import { compare, concat, equal, readU32be, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';
import { otherProcess } from './other-process.js';

async function opened(t: TestContext, folder = join(tempDir(t), 'db')): Promise<Database> {
  const db = await Database.open(folder);
  t.after(() => db.close());
  return db;
}

const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();
const isLocked = (error: unknown) => isFailure(error) && error.code === 'locked' && error.exitStatus === 11;

test('a folder is opened once, and again after it was closed', async (t) => {
  const folder = join(tempDir(t), 'db');
  const first = await Database.open(folder);
  await first.write([[utf8('k'), utf8('v')]]);
  await assert.rejects(Database.open(folder), isLocked);
  await first.close();
  const second = await opened(t, folder);
  assert.equal(text(second.get(utf8('k'))), 'v');
  assert.equal(second.get(utf8('l')), undefined);
});

test('another process keeps a folder locked until it ends, be it by kill -9', async (t) => {
  const folder = join(tempDir(t), 'db');
  const other = otherProcess(t, folder, "console.log('open'); process.stdin.resume();");
  assert.equal(await other.line(), 'open');
  await assert.rejects(Database.open(folder), isLocked);
  await other.kill();
  await opened(t, folder);
});

test('threat 24: a writer killed at any write leaves whole batches, and all that it was told are written', async (t) => {
  const folder = join(tempDir(t), 'db');
  const writer = otherProcess(
    t,
    folder,
    `for (let i = 0; ; i++) {
      const value = new Uint8Array(4);
      new DataView(value.buffer).setUint32(0, i);
      await db.write([[Uint8Array.of(1), value], [Uint8Array.of(2), new Uint8Array(20_000)], [Uint8Array.of(3), value]]);
      console.log(i);
    }`,
  );
  for (let i = 0; i < 20; i++) await writer.line();
  const told = Number((await writer.kill()).at(-1) ?? 19);
  const db = await opened(t, folder);
  const [first, last] = [db.get(Uint8Array.of(1))!, db.get(Uint8Array.of(3))!];
  assert.deepEqual(first, last);
  assert.ok(readU32be(first, 0) >= told, `${readU32be(first, 0)} is there, ${told} was told`);
});

test('a write that cannot be done is a failure and changes nothing', async (t) => {
  const folder = join(tempDir(t), 'db');
  const db = await Database.open(folder);
  await db.write([[utf8('a'), utf8('old')]]);
  await db.close();
  await assert.rejects(db.write([[utf8('a'), utf8('new')]]));
  assert.equal(text((await opened(t, folder)).get(utf8('a'))), 'old');
});

test('what is read while the database is closed fails as temporary, and so does what hung on it before', async (t) => {
  const db = await Database.open(join(tempDir(t), 'db'));
  await db.write([[utf8('a'), utf8('old')]]);
  const snapshot = db.snapshot();
  const scan = db.scan(utf8('a'));
  const walked = async (entries: AsyncIterable<unknown>) => {
    for await (const _ of entries);
  };
  await db.close();
  const temporary = (error: unknown) => isFailure(error) && error.code === 'temporary' && error.exitStatus === 5;
  assert.throws(() => db.get(utf8('a')), temporary);
  assert.throws(() => db.get(utf8('a'), snapshot), temporary);
  assert.throws(() => db.snapshot(), temporary);
  await assert.rejects(walked(scan), temporary);
  await assert.rejects(walked(db.range(utf8('a'), utf8('b'), snapshot)), temporary);
  await assert.rejects(db.isEmpty(), temporary);
});

test('a database that cannot be read is said so, in one line', async (t) => {
  const dir = tempDir(t);
  writeFileSync(join(dir, 'file'), 'not a folder');
  await assert.rejects(Database.open(join(dir, 'file')), (error) => isFailure(error));
  writeFileSync(join(dir, 'CURRENT'), 'garbage\n');
  await assert.rejects(
    Database.open(dir),
    (error) => isFailure(error) && /cannot open the database/.test(error.message),
  );
});

const smallKey = fc
  .tuple(fc.constantFrom('a', 'ab', 'b', 'c'), fc.uint8Array({ maxLength: 3 }))
  .map(([area, rest]) => areaKey(area, rest));
const queries = fc.record({
  prefix: fc.constantFrom('a', 'ab', 'b', 'c', 'd').map((area) => utf8(area)),
  reverse: fc.boolean(),
  limit: fc.option(fc.nat(8), { nil: undefined }),
  after: fc.option(fc.uint8Array({ maxLength: 2 }), { nil: undefined }),
});

/** What a scan must give, out of a sorted list. */
function expected(model: Map<string, Uint8Array>, query: typeof queries extends fc.Arbitrary<infer Q> ? Q : never) {
  const { prefix, reverse, limit } = query;
  const after = query.after && concat(prefix, query.after);
  const keys = [...model.keys()].map((key) => new Uint8Array(Buffer.from(key, 'hex'))).sort(compare);
  const inside = keys.filter((key) => equal(key.subarray(0, prefix.length), prefix));
  const behind = inside.filter((key) => !after || (reverse ? compare(key, after) < 0 : compare(key, after) > 0));
  const ordered = reverse ? behind.reverse() : behind;
  return ordered.slice(0, limit ?? ordered.length).map((key) => Buffer.from(key).toString('hex'));
}

test('a scan gives what starts with the prefix, in order, either way, behind a key, up to a limit', async (t) => {
  const db = await opened(t);
  const model = new Map<string, Uint8Array>();
  const changes = fc.array(fc.tuple(smallKey, fc.option(fc.uint8Array({ maxLength: 4 }))), { maxLength: 20 });
  await fc.assert(
    fc.asyncProperty(changes, queries, async (batch, query) => {
      await db.write(batch satisfies Write[]);
      for (const [key, value] of batch) {
        const name = Buffer.from(key).toString('hex');
        if (value) model.set(name, value);
        else model.delete(name);
      }
      const after = query.after && concat(query.prefix, query.after);
      const { prefix, reverse, limit } = query;
      const found: string[] = [];
      const options = { reverse, ...(limit === undefined ? {} : { limit }), ...(after ? { after } : {}) };
      for await (const [key, value] of db.scan(prefix, options)) {
        const name = Buffer.from(key).toString('hex');
        assert.deepEqual(new Uint8Array(value), model.get(name));
        found.push(name);
      }
      assert.deepEqual(found, expected(model, query));
    }),
    { numRuns: 60 },
  );
});

test('scans of one snapshot agree, whatever is written between them', async (t) => {
  const db = await opened(t);
  await db.write([
    [utf8('a1'), utf8('old')],
    [utf8('b1'), utf8('old')],
  ]);
  const snapshot = db.snapshot();
  await db.write([
    [utf8('a1'), utf8('new')],
    [utf8('b1'), null],
    [utf8('b2'), utf8('new')],
  ]);
  const read = async (options: Parameters<Database['scan']>[1]) => {
    const all: (string | undefined)[] = [];
    for (const prefix of ['a', 'b'])
      for await (const [key, value] of db.scan(utf8(prefix), options)) all.push(text(key), text(value));
    return all;
  };
  assert.deepEqual(await read({ snapshot }), ['a1', 'old', 'b1', 'old']);
  assert.deepEqual(await read({}), ['a1', 'new', 'b2', 'new']);
  await snapshot.close();
});
