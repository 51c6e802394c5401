import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { holdings } from '../../src/lib/chain/block.js';
import { connect, disconnect } from '../../src/lib/chain/connect.js';
import { supplyOf } from '../../src/lib/chain/emission.js';
import { headerId } from '../../src/lib/chain/encoding.js';
import { entryOn } from '../../src/lib/chain/entry.js';
import { readEntry, writeEntry } from '../../src/lib/chain/records.js';
import { checkNow } from '../../src/lib/chain/signatures.js';
import { Staging } from '../../src/lib/chain/staging.js';
import type { Block } from '../../src/lib/chain/types.js';
import { fromHex } from '../../src/lib/util/bytes.js';
import { type MemoryStore, TestChain } from './helpers.js';
import { EVERYTHING, live, openHistory, plans } from './histories.js';

/** mined + minted − burnt, and what all accounts, bounties, deposits and the pool hold, by adding up every entry. */
function supply(chain: TestChain): [bigint, bigint] {
  let held = 0n;
  for (const [key, value] of chain.store.state()) held += holdings(fromHex(key)!, fromHex(value)!);
  return [supplyOf(chain.ledger.globals()), held];
}

/** Applies a block and takes it back over a copy: every key must be as before. */
function assertUndo(chain: TestChain, block: Block): void {
  const copy: MemoryStore = chain.store.copy();
  const parent = readEntry(copy, block.header.parent)!;
  const entry = entryOn(chain.params, parent, block.header, headerId(block.header));
  const staging = new Staging(copy);
  writeEntry(staging, entry, block.body);
  const applied = connect(chain.params, staging, entry, checkNow);
  const undone = disconnect(chain.params, staging, entry);
  assert.deepEqual(undone, applied);
  for (const [key, value] of staging.batch()) {
    if (value === null) copy.map.delete(Buffer.from(key).toString('hex'));
    else copy.map.set(Buffer.from(key).toString('hex'), value);
  }
  assert.deepEqual(copy.dump('nstm'), chain.store.dump('nstm'));
}

test('over random histories no grain is lost or made, and every block can be taken back', async () => {
  const seen = new Map<string, number>();
  await fc.assert(
    fc.asyncProperty(plans, async (plan) => {
      const chain = await openHistory();
      await live(chain, plan, async (block) => {
        assertUndo(chain, block);
        const { connected } = await chain.add(block);
        for (const { kind } of connected[0]!.events) seen.set(kind, (seen.get(kind) ?? 0) + 1);
        const [made, held] = supply(chain);
        assert.equal(held, made);
      });
      const reopened = await TestChain.open(chain.params, chain.store.copy());
      assert.deepEqual(reopened.ledger.tip, chain.ledger.tip);
    }),
    { numRuns: 12, examples: [[EVERYTHING]] },
  );
  for (const kind of [
    'posted',
    'swept',
    'revoked',
    'returned',
    'advert',
    'commit',
    'reveal',
    'settled',
    'forgotten',
    'bond',
  ]) {
    assert.ok((seen.get(kind) ?? 0) > 0, `the histories saw ${kind}`);
  }
});
