import { supplyOf } from '../chain/emission.js';
import { LedgerError } from '../chain/errors.js';
import { stateKey, treeKey } from '../chain/layout.js';
import { type Counted, Recount } from '../chain/recount.js';
import { schedule } from '../chain/schedule.js';
import type { Globals, Hash } from '../chain/types.js';
import type { SupplyRecord, SupplyYearRecord } from '../rpc/records.js';
import { areaKey } from '../store/database.js';
import { EMPTY, equal } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';

export async function supplyRecord(context: Context, recount: boolean): Promise<SupplyRecord> {
  const { ledger } = context;
  if (!recount) return summary(ledger.tip.height, ledger.globals());
  const { height, globals, counted, root } = await recountAll(context);
  return { ...summary(height, globals), recount: recountRecord(counted, supplyOf(globals), root) };
}

/** What the genesis leads to, year 0 first. */
export async function* supplyYears({ params }: Context, years: number): AsyncGenerator<SupplyYearRecord> {
  for (const { year, height, mined, minted, supply } of schedule(params, years)) {
    yield {
      ...{ type: 'supply-year', year, height },
      ...{ mined_grains: `${mined}`, minted_grains: `${minted}`, supply_grains: `${supply}` },
    };
  }
}

function summary(height: number, globals: Globals): SupplyRecord {
  const supply = supplyOf(globals);
  return {
    type: 'supply',
    height,
    mined_grains: globals.mined.toString(),
    minted_grains: globals.minted.toString(),
    burnt_grains: globals.burnt.toString(),
    supply_grains: supply.toString(),
    fee_pool_grains: globals.feePool.toString(),
    circulating_grains: (supply - globals.feePool).toString(),
    bonded_grains: globals.bonded.toString(),
  };
}

function recountRecord(counted: Counted, supply: bigint, root: Hash): SupplyRecord['recount'] {
  const { entries, accounts, held, total } = counted;
  const grains = (letter: string) => (held.get(letter) ?? 0n).toString();
  return {
    entries,
    accounts,
    balances_grains: grains('a'),
    bounties_grains: grains('b'),
    deposits_grains: grains('c'),
    bonds_grains: grains('o'),
    fee_pool_grains: grains('g'),
    held_grains: total.toString(),
    adds_up: total === supply && counted.supply === supply,
    committed: counted.committed && equal(counted.root, root),
  };
}

/** Reads the state of the tip to its end, from the disk, while the chain may go on. */
async function recountAll({ books, ledger, chainArea }: Context) {
  // Between two blocks: state, tree and tip are those of one.
  const { snapshot, ...tip } = await books.exclusive(async () => {
    const { height, header } = ledger.tip;
    return { snapshot: books.db.snapshot(), height, root: header.stateRoot, globals: ledger.globals() };
  });
  const recount = new Recount();
  const read = async (area: (key: Uint8Array) => Uint8Array, take: (key: Uint8Array, value: Uint8Array) => void) => {
    const prefix = areaKey(chainArea, area(EMPTY));
    for await (const [key, value] of books.db.scan(prefix, { snapshot })) take(key.slice(prefix.length), value);
  };
  try {
    await read(stateKey, (key, value) => recount.entry(key, value));
    await read(treeKey, (key, value) => recount.node(key, value));
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
    throw new Failure('failure', `an entry of the state cannot be read: ${error.message}`, DAMAGED);
  } finally {
    await snapshot.close();
  }
  return { ...tip, counted: recount.result() };
}

const DAMAGED = 'the ledger in this directory is damaged: remove it, and the node fetches it again';
