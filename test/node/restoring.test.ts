import assert from 'node:assert/strict';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { GetRequest } from '../../src/lib/net/blob-client.js';
import type { Network } from '../../src/lib/net/network.js';
import { backupBytes, vaultKeysOf } from '../../src/lib/node/backup.js';
import { Books } from '../../src/lib/node/books.js';
import type { Context } from '../../src/lib/node/context.js';
import { findVault } from '../../src/lib/node/find-vault.js';
import { restoreBooks } from '../../src/lib/node/restore.js';
import { locatorOf } from '../../src/lib/seal/locator.js';
import { equal, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { Failure, isFailure } from '../../src/lib/util/errors.js';
import { sealVault } from '../../src/lib/wallet/vault.js';
import { encodeRecords } from '../../src/lib/wallet/vault-records.js';
import { bytesOf, chunks, type TestNode, World } from './helpers.js';
import { putBlob } from './market.js';

const policyIn = ({ home }: Context) => join(home, 'policy.json');
const backupOf = ({ context }: TestNode) => bytesOf(backupBytes(context, policyIn(context)));
/** Books that fill several of a vault's chunks. */
async function pad({ context: { books } }: TestNode, blobs: number) {
  const [blob] = await books.blobs.all();
  const named = Array.from({ length: blobs }, (_, i) => ({ ...blob!, uuid: toHex(sha256(utf8(`${i}`))) }));
  await books.commit(named.map((one) => books.blobs.put(utf8(one.uuid), one)));
}
const sealed = (bytes: Uint8Array) => ({ chunks: () => chunks(bytes) });

/** A lost owner, and a fresh machine with its words. */
async function lost(t: TestContext) {
  const world = new World(t);
  const owner = await world.join('owner', { rich: true, reserve: false });
  const heir = await world.join('heir');
  await heir.context.wallet.open(owner.context.wallet.keys());
  return { world, owner, heir };
}

/** Peers that each say that they have copy 0 of the backup, and give these bytes; null: they give none. */
function serving({ context, performers }: TestNode, given: Record<string, Uint8Array | null>) {
  const own = locatorOf(vaultKeysOf(context).readkey(0));
  const network = {
    peerIdBytes: context.network.peerIdBytes,
    providers: async (locators: Uint8Array[]) =>
      new Map([[locators.findIndex((locator) => equal(locator, own)), Object.keys(given)]]),
    get: async (peer: string, { length }: GetRequest) => {
      const bytes = given[peer];
      if (!bytes) throw new Failure('not-found', 'not held, or not yours to read');
      return { size: bytes.length, body: chunks(bytes.subarray(0, length ?? bytes.length)) };
    },
  };
  return findVault({ ...context, network: network as unknown as Network }, performers.spool, 1);
}

function flipped(bytes: Uint8Array, place: number): Uint8Array {
  const out = bytes.slice();
  out[place]! ^= 1;
  return out;
}

test('attack: stewards withhold, corrupt, replay or swap copies: the newest whole one wins, and a later one is named', async (t) => {
  const { world, owner, heir } = await lost(t);
  await putBlob(owner, 'first', 500);
  const old = await backupOf(owner);
  world.slot += 1000;
  // Longer than a chunk, so that a change behind the head shows only once all of it is read.
  await pad(owner, 400);
  const newest = await backupOf(owner);
  const other = await world.join('other', { reserve: false });
  const strange = await backupOf(other);
  const head = { network: new Uint8Array(32), generation: 2 ** 50, schema: 1, height: 0, slot: 0, epoch: 0 };
  const foreign = await bytesOf(
    sealVault(vaultKeysOf(heir.context).key, new Uint8Array(16), encodeRecords(head, undefined, none())),
  );
  const [oldest, late, cut, unread, alone] = await Promise.all([
    serving(heir, { a: old, b: null, c: strange, d: foreign, e: flipped(newest, 5000) }),
    serving(heir, { a: old, b: newest, c: old }),
    serving(heir, { a: old, b: flipped(newest, newest.length - 1) }),
    serving(heir, { a: null, b: strange, c: foreign }),
    serving(heir, { a: newest.subarray(0, 40_000) }),
  ]);
  t.after(() => Promise.all([oldest, late, cut].map((found) => found?.vault.close())));
  assert.ok(oldest && late && cut);
  assert.ok(late.head.generation > oldest.head.generation);
  assert.deepEqual([oldest.newer, late.newer], [false, false], 'nobody can tell of a copy that nobody shows');
  assert.deepEqual([cut.head, cut.newer], [oldest.head, true], 'its head was read, its end was not');
  assert.deepEqual([unread, alone], [undefined, undefined]);
});

async function* none() {}

test('threat 24: killed at every write of a restore, the next try ends in the same place', async (t) => {
  const { owner, heir } = await lost(t);
  for (let i = 0; i < 3; i++) await putBlob(owner, `blob ${i}`, 500);
  const vault = sealed(await backupOf(owner));
  const write = heir.db.write;
  const restart = async () => ({ ...heir.context, books: await Books.open(heir.db, heir.context.params) });
  const ends: unknown[] = [];
  let killed = 0;
  for (let at = 1; ends.length === 0; at++) {
    assert.ok(at < 50, 'a restore of a few blobs takes few writes');
    let writes = 0;
    heir.db.write = async (batch) => {
      if (++writes >= at) throw new Error('killed');
      return write(batch);
    };
    const context = await restart();
    const done = await restoreBooks(context, vault, policyIn(context)).catch((error: Error) => {
      if (error.message !== 'killed') throw error;
    });
    heir.db.write = write;
    if (done) ends.push(done);
    else {
      killed += 1;
      const { books } = await restart();
      assert.notEqual(books.restored?.whole, true, 'books that are half there do not say that they are whole');
    }
  }
  assert.ok(killed >= 3, `${killed} writes`);
  const context = await restart();
  const { books } = context;
  assert.equal(books.restored?.whole, true);
  const uuids = (from: Books) => from.blobs.all().then((all) => all.map(({ uuid }) => uuid).sort());
  assert.deepEqual(await uuids(books), await uuids(owner.context.books));
  assert.equal((ends[0] as { blobs: number }).blobs, 3);
  await assert.rejects(
    restoreBooks(context, vault, policyIn(context)),
    (error) => isFailure(error) && /books here already/.test(error.message),
  );
});
