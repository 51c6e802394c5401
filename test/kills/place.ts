import { readAccount, readBounty } from '../../src/lib/chain/state.js';
import { bountyState } from '../../src/lib/node/bounty-state.js';
import type { BountyEntry } from '../../src/lib/node/entries.js';
import { balanceOf } from '../../src/lib/node/spend.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import type { TestNode } from '../node/helpers.js';
import type { Machine } from './machine.js';

/** Where a machine stands, without what is drawn at random (a contract's secret, and all ids that follow from it). */
export async function placeOf({ node, journal }: Machine): Promise<object> {
  const { books, ledger, wallet } = node.context;
  const bounties = [...(await books.bounties.all()), ...(await books.closed.all())];
  const accounts = [wallet.main, ...(await books.accounts.all()).map(({ address }) => address)];
  const distinct = [...new Map(accounts.map((address) => [toHex(address), address])).values()];
  const onLedger = distinct.filter((address) => readAccount(ledger.state, address) !== undefined);
  return {
    balance: onLedger.reduce((sum, address) => sum + balanceOf(node.context, address), 0n),
    accounts: onLedger.length,
    bounties: sorted(bounties.map((entry) => bountyPlace(node, entry))),
    owned: sorted(
      (await books.owned.all()).map(({ uuid, state, payIndex, attempt, confidence, paid, credit, ...rest }) => ({
        ...{ uuid, state, payIndex, attempt, confidence, paid, credit, peer: rest.peer, price: rest.price },
        ...{ covers: rest.coversUntilSlot, paidUntil: rest.paidUntilSlot, out: rest.bounty !== null },
        ...{ start: rest.startSlot, term: rest.termSlots, lost: rest.lost ?? false },
      })),
    ),
    kept: sorted(
      (await books.kept.all()).map(({ uuid, state, peer, price, earned, next, confidence }) => ({
        ...{ uuid, state, peer, price, earned, next, confidence },
      })),
    ),
    blobs: sorted(
      (await books.blobs.all()).map(({ uuid, state, generation, deck, contract }) => ({
        ...{ uuid, state, generation, deal: deck.dealSlot, card: deck.next, placed: contract !== null },
      })),
    ),
    held: sorted(await heldBy(node)),
    adverts: sorted(
      (await books.adverts.all()).map(({ closes, failed, lots, reserve }) => ({
        ...{ closes, failed, reserve },
        lots: lots.map(({ uuid, state, tries }) => ({ uuid, state, tries })),
      })),
    ),
    bids: sorted(
      (await books.bids.all()).map(({ price, revealTx, contract }) => ({
        ...{ price, revealed: revealTx !== null, won: contract !== null },
      })),
    ),
    pending: sorted(
      (await books.pending.all()).map(({ kind, fee, includedHeight }) => ({ kind, fee, includedHeight })),
    ),
    history: sorted(
      (await books.history.all()).map(({ kind, direction, amount, height }) => ({ kind, direction, amount, height })),
    ),
    intents: (await journal.unfinished()).map(({ requestId }) => requestId),
  };
}

function bountyPlace(node: TestNode, entry: BountyEntry): object {
  const items = entry.items.map(({ uuid, index, amount, contract }) => ({ uuid, index, amount, named: !!contract }));
  const there = readBounty(node.context.ledger.state, fromHex(entry.id)!) !== undefined;
  return {
    ...{ items, role: entry.role, amount: entry.amount, state: bountyState(node.context, entry), there },
    ...{ settled: entry.settled, failed: entry.failed, closing: entry.closing !== null, expires: entry.expires },
  };
}

async function heldBy({ context }: TestNode): Promise<string[]> {
  const own = (await context.books.blobs.all()).map(({ uuid }) => uuid);
  const kept = (await context.books.kept.all()).map(({ uuid }) => uuid);
  const held: string[] = [];
  for (const uuid of new Set([...own, ...kept])) if (await context.blobs.has(uuid)) held.push(uuid);
  return held;
}

function sorted<T>(records: T[]): T[] {
  const text = (record: T) => JSON.stringify(record, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  return records.sort((a, b) => (text(a) < text(b) ? -1 : 1));
}
