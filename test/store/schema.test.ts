import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { areaKey, Database } from '../../src/lib/store/database.js';
import { type Migration, migrate, type Schema } from '../../src/lib/store/schema.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';

const key = (name: string) => areaKey('i', utf8(name));
const text = (bytes: Uint8Array | undefined) => bytes && Buffer.from(bytes).toString();

async function open(t: TestContext): Promise<Database> {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  return db;
}

/** Appends a mark to each value, two records a batch: a record moved twice, or not at all, would show. */
const marking = (to: number, mark: string): Migration => ({
  to,
  name: `marking ${mark}`,
  async next(db, cursor) {
    const found = [];
    for await (const entry of db.scan(utf8('i'), { limit: 2, ...(cursor && { after: cursor }) })) found.push(entry);
    const writes = found.map(([at, value]) => [at, utf8(text(value) + mark)] as const);
    return { writes, cursor: found.length < 2 ? undefined : found[1]![0] };
  },
});

const schema = (...migrations: Migration[]): Schema => ({ what: 'the data', migrations, first: 1, log: () => {} });

/** A database whose process is killed before its next write but one. */
function killedAfter(db: Database, writes: number): Database {
  const mortal = Object.create(db) as Database;
  let left = writes;
  mortal.write = async (batch) => {
    if (left-- === 0) throw new Error('killed');
    return db.write(batch);
  };
  return mortal;
}

async function dump(db: Database): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const area of 'im') for await (const [at, value] of db.scan(utf8(area))) out.set(toHex(at), toHex(value));
  return out;
}

const names = ['a', 'b', 'c', 'd', 'e'];
const fill = (db: Database) => db.write(names.map((name) => [key(name), utf8(name)]));
const values = (db: Database) => names.map((name) => text(db.get(key(name))));

test('steps run in order, once each, and not where the data is new', async (t) => {
  const db = await open(t);
  await fill(db);
  const lines: string[] = [];
  const told = { ...schema(marking(2, '+'), marking(3, '-')), log: (_: object, line: string) => lines.push(line) };
  await migrate(db, told);
  await migrate(db, told);
  assert.deepEqual(
    values(db),
    names.map((name) => `${name}+-`),
  );
  assert.deepEqual(lines, ['the data: marking +', 'the data: migrated', 'the data: marking -', 'the data: migrated']);
  await migrate(db, schema(marking(2, '+'), marking(3, '-'), marking(4, '!')));
  assert.equal(values(db)[0], 'a+-!');
  const fresh = await open(t);
  await migrate(fresh, schema(marking(2, '+')));
  await fill(fresh);
  await migrate(fresh, schema(marking(2, '+')));
  assert.deepEqual(values(fresh), names);
});

test('killed before any of its writes it goes on where it was', async (t) => {
  const steps = schema(marking(2, '+'), marking(3, '-'));
  for (const each of [1, 2, 3]) {
    const db = await open(t);
    await fill(db);
    let kills = 0;
    for (;;) {
      try {
        await migrate(killedAfter(db, each), steps);
        break;
      } catch (error) {
        assert.equal((error as Error).message, 'killed');
        kills += 1;
      }
    }
    assert.ok(kills >= 1, 'it was killed');
    assert.deepEqual(
      values(db),
      names.map((name) => `${name}+-`),
    );
  }
});

test('data of a later release is refused, and not touched', async (t) => {
  const db = await open(t);
  await fill(db);
  await migrate(db, schema(marking(2, '+'), marking(3, '-')));
  const before = await dump(db);
  await assert.rejects(
    migrate(db, schema(marking(2, '+'))),
    (error) => error instanceof Failure && /is of schema 3, this release knows 2/.test(error.message),
  );
  assert.deepEqual(await dump(db), before);
});
