import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { deserialize, serialize } from 'node:v8';
import { Ledger } from '../../src/lib/chain/ledger.js';
import { decodeEntry } from '../../src/lib/chain/state-entry.js';
import { Journal } from '../../src/lib/controller/journal.js';
import { Books } from '../../src/lib/node/books.js';
import type { BountyEntry } from '../../src/lib/node/entries.js';
import { blobHandlers } from '../../src/lib/node/handlers/blobs.js';
import { bountyKey, Indexer } from '../../src/lib/node/indexer.js';
import { nodeMigrations } from '../../src/lib/node/migrations.js';
import { openItem, postBounty } from '../../src/lib/node/posting.js';
import { ledgerStore } from '../../src/lib/node/relay.js';
import { SeenAdverts } from '../../src/lib/node/seen.js';
import { areaKey, Database, type Write } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { migrate } from '../../src/lib/store/schema.js';
import { Table } from '../../src/lib/store/table.js';
import { concat, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure } from '../../src/lib/util/errors.js';
import { cheapScrypt } from '../chain/helpers.js';
import { tempDir } from '../helpers/temp.js';
import { DEVNET, paramsOf } from '../plan/samples.js';
import { chunks, noise, type TestNode, World } from './helpers.js';

const CHAIN_STATE = utf8(`${AREAS.CHAIN}s`);
const BOUNTIES = [AREAS.BOUNTIES, AREAS.CLOSED].map((area) => utf8(area)[0]);
const SCHEMA = areaKey(AREAS.META, utf8('schema'));

/** Bounties for whoever has the bytes, of which one is taken back; a node beside that can claim none of them. */
async function stage(t: TestContext): Promise<{ world: World; bystander: TestNode }> {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true });
  const bystander = await world.join('bystander');
  const { context } = owner;
  for (let i = 0; i < 5; i++) {
    const bytes = chunks(noise(`blob ${i}`, 3000));
    const signal = new AbortController().signal;
    await blobHandlers(context)['blob.put']({ name: `blob ${i}`, allowEmpty: false }, bytes, { signal });
    await world.mine();
  }
  for (const blob of await context.books.blobs.all()) {
    const items = [openItem(context, blob.uuid, 50_000n)];
    await context.books.exclusive(() => postBounty(context, { items, payee: null, durationSlots: 30 }));
    await world.mine();
  }
  // Of its own it has none; the owner's stand for bounties as they are, and as they were.
  const { books } = bystander.context;
  const posted = (await context.books.bounties.all()).filter(({ role }) => role === 'owner');
  await books.commit(
    posted.flatMap((entry) => [
      books.bounties.put(bountyKey('owner', entry.id), entry),
      books.closed.put(bountyKey('owner', entry.id), entry),
    ]),
  );
  return { world, bystander };
}

/** A bounty as it was when it was for one blob. */
function forOneBlob(bytes: Uint8Array): Uint8Array {
  const { items, ...rest } = deserialize(bytes) as BountyEntry;
  const { amount, ...item } = items[0]!;
  assert.equal(amount, rest.amount);
  return serialize({ ...rest, ...item });
}

async function dump(db: Database): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  for (const area of Object.values(AREAS))
    for await (const [key, value] of db.scan(utf8(area))) out.set(toHex(key), toHex(value));
  return out;
}

/** As version 1 had it: the state by its flat keys, nothing remembered of bounties, and each of them for one blob. */
async function older(t: TestContext, from: Database): Promise<Database> {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  const writes: Write[] = [];
  for (const [hex, value] of await dump(from)) {
    const key = fromHex(hex)!;
    const bytes = fromHex(value)!;
    if (key[0] === utf8(AREAS.POSTED)[0]) continue;
    if (hex.startsWith(toHex(CHAIN_STATE))) {
      const entry = decodeEntry(bytes);
      writes.push([concat(CHAIN_STATE, entry.key), entry.value]);
    } else if (BOUNTIES.includes(key[0])) writes.push([key, forOneBlob(bytes)]);
    else writes.push([key, bytes]);
  }
  await db.write(writes);
  await db.write([new Table<number>(db, AREAS.META).put(utf8('schema'), 1)]);
  return db;
}

test('data of version 1 becomes what this release would have written, killed at every batch', async (t) => {
  const { world, bystander } = await stage(t);
  const now = await dump(bystander.db);
  const posted = [...now.keys()].filter((key) => key.startsWith(toHex(utf8(AREAS.POSTED))));
  assert.equal(posted.length, 5);
  const db = await older(t, bystander.db);
  assert.notDeepEqual(await dump(db), now);
  const lines: string[] = [];
  const schema = {
    ...{ what: 'the data', migrations: nodeMigrations({ entries: 3, bodies: 2 }), first: 1 },
    log: (fields: object, line: string) => lines.push(`${line} ${JSON.stringify(fields)}`),
  };
  let kills = 0;
  for (let done = false; !done; ) {
    let writes = 0;
    const mortal = Object.create(db) as Database;
    mortal.write = async (batch) => {
      if (writes++ > 0) throw new Error('killed');
      return db.write(batch);
    };
    done = await migrate(mortal, schema).then(
      () => true,
      (error: Error) => {
        assert.equal(error.message, 'killed');
        kills += 1;
        return false;
      },
    );
  }
  assert.ok(kills > 8, `killed ${kills} times`);
  assert.ok(lines.some((line) => /ordering the state by path .*"resumed":true/.test(line)));
  const moved = await dump(db);
  // Structured clones keep the order of the fields, which means nothing.
  for (const [key, value] of now) {
    if (!BOUNTIES.includes(fromHex(key)![0])) continue;
    assert.deepEqual(deserialize(fromHex(moved.get(key)!)!), deserialize(fromHex(value)!));
    moved.set(key, value);
  }
  assert.deepEqual(moved, now);

  // And a node can be opened on it.
  const books = await Books.open(db, world.params);
  const store = ledgerStore(world.params, db, new Indexer(books, () => false), new SeenAdverts(db));
  const ledger = await Ledger.open(world.params, store, { scrypt: cheapScrypt });
  assert.equal(toHex(ledger.tip.id), toHex(bystander.context.ledger.tip.id));
});

test('data of a later release, or of another network, is refused and not touched', async (t) => {
  const db = await Database.open(join(tempDir(t), 'db'));
  t.after(() => db.close());
  await Books.open(db, DEVNET);
  const before = await dump(db);
  await assert.rejects(
    Books.open(db, paramsOf('devnet', 'another')),
    (error) => error instanceof Failure && error.code === 'usage',
  );
  assert.deepEqual(await dump(db), before);
  const version = new Table<number>(db, AREAS.META);
  await db.write([version.put(utf8('schema'), 99)]);
  const newer = await dump(db);
  await assert.rejects(Books.open(db, DEVNET), /the data is of schema 99, this release knows 4/);
  assert.deepEqual(await dump(db), newer);
  assert.ok(newer.has(toHex(SCHEMA)));
});

test("a controller's journal of a later release is refused, and free again for whoever can read it", async (t) => {
  const folder = join(tempDir(t), 'controller');
  await (await Journal.open(folder)).close();
  const db = await Database.open(folder);
  await db.write([new Table<number>(db, AREAS.META).put(utf8('schema'), 2)]);
  await db.close();
  await assert.rejects(Journal.open(folder), /the controller's journal is of schema 2, this release knows 1/);
  await (await Database.open(folder)).close();
});
