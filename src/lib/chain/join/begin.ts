import { compare, equal } from '../../util/bytes.js';
import { firstEntry } from '../entry.js';
import { enforce } from '../errors.js';
import { makeGenesis } from '../genesis.js';
import { headerId } from '../header.js';
import { headerKey, heightKey, networkKey } from '../layout.js';
import type { Params } from '../params.js';
import { type Entry, readEntry, writeHeader } from '../records.js';
import type { LedgerStore, Staging, StoreSnapshot } from '../staging.js';
import type { Change } from '../state.js';
import { type JoinTarget, joinRecordKey } from './records.js';

/**
 * The block from which headers are checked, out of its record. Throws LedgerError 'checkpoint' where a ledger at the
 * target could not go on from it: transactions may name a block up to a cycle old.
 */
export function startOf(params: Params, { height, start }: JoinTarget): Entry {
  const { header, ...rest } = readEntry({ get: () => start }, new Uint8Array(32))!;
  const entry = { ...rest, header, id: headerId(header) };
  const below = Math.max(0, height - params.cycleBlocks);
  enforce(height > 0 && header.height <= below && header.height >= below - params.cycleBlocks, 'checkpoint');
  enforce(header.height > 0 || equal(entry.id, headerId(makeGenesis(params).header)), 'checkpoint', 'another genesis');
  return entry;
}

/** Where a join begins: genesis, which is never pruned, and the block from which headers are checked. */
export function writeStart(params: Params, staging: Staging, target: JoinTarget): void {
  const genesis = makeGenesis(params).header;
  const start = startOf(params, target);
  staging.put(heightKey(0), headerId(genesis));
  writeHeader(staging, firstEntry(genesis, headerId(genesis)));
  staging.put(heightKey(start.header.height), start.id);
  staging.put(headerKey(start.id), target.start);
  staging.put(networkKey, params.derived.genesisId);
}

const BATCH = 1024;

/**
 * Removes everything but the record of the join, some of it a batch; interrupted, it is begun again. Each key begins
 * with a letter (layout.ts).
 */
export async function eraseLedger(store: LedgerStore, snapshot: StoreSnapshot): Promise<void> {
  let batch: Change[] = [];
  const flush = async () => {
    if (batch.length > 0) await store.write(batch, { connected: [], disconnected: [] });
    batch = [];
  };
  for await (const [key] of snapshot.scan(Uint8Array.of(0), Uint8Array.of(0xff))) {
    if (compare(key, joinRecordKey) === 0) continue;
    batch.push([key, null]);
    if (batch.length >= BATCH) await flush();
  }
  await flush();
}
