import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { deserialize } from 'node:v8';
import { createChallenge } from '../../src/lib/bounty/challenge.js';
import type { BlobEntry } from '../../src/lib/node/entries.js';
import { balanceOf, spend } from '../../src/lib/node/spend.js';
import { rowsOf } from '../../src/lib/node/vault-rows.js';
import { areaKey, type Database } from '../../src/lib/store/database.js';
import { AREAS } from '../../src/lib/store/layout.js';
import { equal, fromHex, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import type { VaultRow } from '../../src/lib/wallet/vault-records.js';
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

/** All of a database's records, and so decks with the cards that are left. */
async function* everything(db: Database): AsyncGenerator<VaultRow> {
  for await (const [key, value] of db.scan(areaKey(AREAS.BLOBS))) yield [key, value];
}

/** What one who hoards answers gets of a payment by an owner whose books are put back from a backup. */
async function restored(t: TestContext, backedUp: (db: Database) => AsyncIterable<VaultRow>): Promise<bigint> {
  const { world, owner, steward, uuid, contract } = await contracted(t);
  const { books } = owner.context;
  let backup: BlobEntry | undefined;
  for await (const [key, value] of backedUp(owner.db)) {
    if (equal(key, areaKey(AREAS.BLOBS, utf8(uuid)))) backup = deserialize(value);
  }
  const hoarder = new Hoarder(steward, noise(BLOB, BLOB_BYTES));
  const pay = async (): Promise<string> => {
    const [paid] = await act(owner, payAct(owner, [contract], { amount: AMOUNT }));
    await world.mine();
    return paid!.subject!;
  };
  const first = await pay();
  assert.ok((await hoarder.claim(first)) > AMOUNT - 2_000n, 'it held the blob then');
  hoarder.drop();
  await world.mineMany(world.params.settleDepth);
  const settled = { confidence: 1, paidUntilSlot: 10, dueSlot: 20, credit: 0n, requestId: `settle/${first}` };
  await act(owner, { kind: 'settle', contract, bounty: first, ...settled });

  await books.commit([books.blobs.put(utf8(uuid), backup!)]);
  if (backup!.deck.cards.length === 0) {
    await assert.rejects(pay(), /no challenges are left/);
    await act(owner, { kind: 'deal', uuid, count: 4, requestId: 'deal' });
  }
  return hoarder.claim(await pay());
}

test('threat 25: a nonce is used twice, by a deck that is restored with the cards drawn since', async (t) => {
  assert.ok((await restored(t, everything)) > AMOUNT - 2_000n, 'paid for a blob that it dropped');
  assert.equal(await restored(t, rowsOf), 0n);
});
