import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { deserialize } from 'node:v8';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import { Books } from '../../src/lib/node/books.js';
import type { BlobEntry } from '../../src/lib/node/entries.js';
import { balanceOf, spend } from '../../src/lib/node/spend.js';
import { rowsOf } from '../../src/lib/node/vault-rows.js';
import { areaKey, type Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { equal, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { Card } from '../chain/helpers.js';
import { noise, type TestNode } from '../node/helpers.js';
import { payAct } from '../node/market.js';
import { act, BLOB, BLOB_BYTES, contracted, stewardEntry } from './dealings.js';

const AMOUNT = 50_000n;

/** Answers once, keeps the 32 bytes of the answer, and drops the blob. */
class Hoarder {
  private readonly answers = new Map<string, bigint>();

  constructor(
    private readonly node: TestNode,
    private bytes: Uint8Array | undefined,
  ) {}

  drop(): void {
    this.bytes = undefined;
  }

  /** Grains that it gets of a bounty, by an answer that it works out or kept. */
  async claim(id: string): Promise<bigint> {
    const { context } = this.node;
    const { items, payee } = stewardEntry(this.node, id);
    const { nonce } = items[0]!.item;
    const fresh = this.bytes && createChallenge(nonce, this.bytes.length).update(this.bytes).finish().scalar;
    if (fresh) this.answers.set(toHex(nonce), fresh);
    // Any of those it kept is all that it can try.
    const card = new Card(this.answers.get(toHex(nonce)) ?? [...this.answers.values()][0]!);
    const before = balanceOf(context, payee!);
    const draft = { kind: 'sweep' as const, entries: [{ bounty: fromHex(id)!, to: payee! }] };
    await spend(context, { draft, sign: (message) => card.sign(message) }).catch((error) => {
      if (!isFailure(error)) throw error;
    });
    await this.node.network.world.mine();
    return balanceOf(context, payee!) - before;
  }
}

type Batch = Parameters<Database['write']>[0];

/** What a backup that leaves nothing out would hold: decks with all cards that are left. */
const everything = (db: Database) => db.scan(areaKey(AREAS.BLOBS));

async function blobIn(rows: AsyncIterable<readonly [Uint8Array, Uint8Array]>, uuid: string): Promise<BlobEntry> {
  for await (const [key, value] of rows) if (equal(key, areaKey(AREAS.BLOBS, utf8(uuid)))) return deserialize(value);
  throw new Error(`no record of ${uuid}`);
}

/** An owner, and a steward that answered for its first payment, and then dropped the blob. */
async function answered(t: TestContext, write?: (batch: Batch) => Batch) {
  const { world, owner, steward, uuid, contract } = await contracted(t);
  const { books, params } = owner.context;
  const before = await blobIn(everything(owner.db), uuid);
  const backup = await blobIn(rowsOf(owner.db), uuid);
  const pay = async (): Promise<string> => {
    const [paid] = await act(owner, payAct(owner, [contract], { amount: AMOUNT }));
    await world.mine();
    return paid!.subject!;
  };
  const { write: whole } = owner.db;
  if (write) owner.db.write = (batch) => whole.call(owner.db, write(batch));
  const first = await pay();
  owner.db.write = whole;
  /** As a start after a kill would read it. */
  const onDisk = (await Books.open(owner.db, params)).blobs.get(utf8(uuid))!;

  const hoarder = new Hoarder(steward, noise(BLOB, BLOB_BYTES));
  assert.ok((await hoarder.claim(first)) > AMOUNT - 2_000n, 'it held the blob then');
  hoarder.drop();
  await world.mineMany(world.params.settleDepth);
  const settled = { confidence: 1, paidUntilSlot: 10, dueSlot: 20, credit: 0n, requestId: `settle/${first}` };
  await act(owner, { kind: 'settle', contract, bounty: first, ...settled });
  /** What it gets of the next payment, by an owner that goes on with this deck. */
  const claimWith = async (blob: BlobEntry): Promise<bigint> => {
    await books.commit([books.blobs.put(utf8(uuid), blob)]);
    if (blob.deck.cards.length === 0) {
      await assert.rejects(pay(), /no challenges are left/);
      await act(owner, { kind: 'deal', uuid, count: 4, requestId: 'deal' });
    }
    return hoarder.claim(await pay());
  };
  return { before, backup, onDisk, claimWith };
}

test('threat 25: a deck is restored with the cards drawn since', async (t) => {
  const off = await answered(t);
  assert.ok((await off.claimWith(off.before)) > AMOUNT - 2_000n, 'paid for a blob that it dropped');
  const on = await answered(t);
  assert.equal(await on.claimWith(on.backup), 0n);
});

test('threat 25: a card is drawn again after a kill', async (t) => {
  // Burnt by a write of its own, which the kill comes before.
  const apart = (batch: Batch) => batch.filter(([key]) => String.fromCharCode(key[0]!) !== AREAS.BLOBS);
  const off = await answered(t, apart);
  assert.ok((await off.claimWith(off.onDisk)) > AMOUNT - 2_000n, 'paid for a blob that it dropped');
  const on = await answered(t);
  assert.equal(await on.claimWith(on.onDisk), 0n);
});
