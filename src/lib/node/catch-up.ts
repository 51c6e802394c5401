import { dealClaim } from '../bounty/batch.js';
import { AHEAD, contractName } from '../bounty/names.js';
import { payeeKey } from '../bounty/payee.js';
import { bountyId } from '../chain/encoding.js';
import type { ReadTx } from '../chain/rules/apply.js';
import { readAccount, readBounty } from '../chain/state.js';
import type { Header, NewBounty } from '../chain/types.js';
import { Batch } from '../store/table.js';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import type { Context } from './context.js';
import type { AccountEntry, BountyEntry, ItemEntry, KeptContract, RestoredEntry } from './entries.js';
import { FunderSearch } from './find-funders.js';
import { bountyKey, type Indexer } from './indexer.js';
import { isCaughtUp } from './status.js';
import { readBody } from './tx-index.js';

/** Payees in a row that nobody paid to, after which no more are looked for. */
const PAYEES_GAP = AHEAD;
/** Contracts whose names fit into memory; of more, the poll alone tells. */
const NAMED_MAX = 50_000;

/** What an owner's contract calls its payments: name → contract and number. */
type Named = Map<string, { contract: string; index: number }>;

/**
 * Books that were restored know nothing of the blocks since the backup. Once the ledger is here, with the bodies of its
 * last cycle, these are gone through for what became of bounties, and the state for what lies on accounts of the wallet.
 * Only then does anybody plan on them. Begun anew after a kill; told twice, nothing changes.
 */
export async function catchUp(context: Context, indexer: Indexer): Promise<void> {
  const { books, wallet, log, changes } = context;
  const { restored } = books;
  if (!restored?.whole || !wallet.unlocked || !isCaughtUp(context) || books.bodiesWanted !== undefined) return;
  const search = await FunderSearch.begin(context);
  await recallBlocks(context, indexer, restored, search);
  await closeReturned(context);
  const payees = await findPayees(context);
  await books.exclusive(() => books.commit([search.end(), books.setRestored(undefined)]));
  log.info({ payees }, 'the restored books have caught up with the ledger');
  changes.tell({ kind: 'books' });
}

async function recallBlocks(
  context: Context,
  indexer: Indexer,
  { height: since }: RestoredEntry,
  search: FunderSearch,
): Promise<void> {
  const { books, ledger, params } = context;
  const named = await namesOf(context);
  for (let height = Math.max(1, since - params.k + 1); height <= ledger.tip.height; height++) {
    await books.exclusive(async () => {
      const id = ledger.idAt(height);
      const header = id && ledger.header(id);
      const body = id && ledger.body(id);
      if (!header || !body) return;
      const txs: ReadTx[] = [];
      for await (const read of readBody(body)) txs.push(read);
      const batch = new Batch();
      for (const read of txs) search.read(batch, read);
      // First, so that what the same block did to it finds it.
      if (height > since) for (const read of txs) foundPayments(context, batch, named, header, read);
      indexer.recall(batch, header, txs);
      await books.commit(batch.writes());
    });
  }
}

async function namesOf({ books }: Context): Promise<Named> {
  const named: Named = new Map();
  let contracts = 0;
  for await (const [, { id, secret, state, payIndex }] of books.owned.entries()) {
    if (state !== 'live') continue;
    if (++contracts > NAMED_MAX) break;
    for (let index = Math.max(0, payIndex - AHEAD); index < payIndex + AHEAD; index++)
      named.set(toHex(contractName(secret, index)), { contract: id, index });
  }
  return named;
}

/** Payments that the original made after the backup: they are this owner's, and not to be made again. */
function foundPayments(context: Context, batch: Batch, named: Named, header: Header, { tx, id }: ReadTx): void {
  if (tx.kind !== 'post') return;
  const { books } = context;
  for (const [i, posted] of tx.bounties.entries()) {
    const items = posted.items.flatMap((item) => {
      const found = named.get(toHex(item.name));
      return found ? [{ item, ...found }] : [];
    });
    const own = toHex(bountyId(id, i));
    if (items.length < posted.items.length || books.bounties.get(bountyKey('owner', own))) continue;
    const entries = dealt(context, batch, posted, items, header.slot);
    const entry = { ...ownerEntry(own, toHex(id), posted, entries), funder: tx.from };
    batch.put(books.bounties, bountyKey('owner', own), entry);
    for (const { contract, index } of items) {
      const owned = batch.get(books.owned, utf8(contract))!;
      const coversUntilSlot = Math.max(owned.paidUntilSlot, Math.min(header.slot, owned.startSlot + owned.termSlots));
      const payIndex = Math.max(owned.payIndex, index + 1);
      batch.put(books.owned, utf8(contract), { ...owned, bounty: own, attempt: 0, coversUntilSlot, payIndex });
    }
  }
}

/** The ledger has the whole amount alone: it is dealt as the stewards deal it. */
function dealt(
  { books }: Context,
  batch: Batch,
  { amount }: NewBounty,
  items: readonly Pick<ItemEntry & { contract: string }, 'item' | 'contract' | 'index'>[],
  slot: number,
): ItemEntry[] {
  const owned = items.map(({ contract }) => batch.get(books.owned, utf8(contract))!);
  const amounts = dealClaim(
    amount,
    owned.map(({ price, size, paidUntilSlot }) => ({ price, size, slots: slot - paidUntilSlot })),
  );
  return items.map((item, i) => ({ ...item, uuid: owned[i]!.uuid, amount: amounts[i]! }));
}

function ownerEntry(id: string, txid: string, { key, amount, payee }: NewBounty, items: ItemEntry[]): BountyEntry {
  return {
    ...{ id, role: 'owner', txid, items, key, amount, payee, openedHeight: null, opened: null, expires: null },
    ...{ closed: null, fits: null, failed: false, closing: null, settled: false },
  };
}

/** What expired long ago, and is in the state no more, went back by itself, or was swept in a block that is pruned. */
async function closeReturned({ books, ledger }: Context): Promise<void> {
  const { tip, state } = ledger;
  for await (const [key, entry] of books.bounties.entries()) {
    if (entry.closed !== null || entry.openedHeight === null || readBounty(state, fromHex(entry.id)!)) continue;
    await books.exclusive(async () => {
      const now = books.bounties.get(key);
      if (!now || now.closed !== null) return;
      const closed = { how: 'returned' as const, height: tip.height, txid: null };
      await books.commit([books.bounties.put(key, { ...now, closed })]);
    });
  }
}

/** One-time accounts that stewards of this wallet were paid to. */
async function findPayees(context: Context): Promise<number> {
  let found = 0;
  for await (const [, contract] of context.books.kept.entries()) found += await payeesOf(context, contract);
  return found;
}

async function payeesOf(context: Context, { id, payee, payeeIndex, secret, next }: KeptContract): Promise<number> {
  const { books, ledger } = context;
  let found = 0;
  for (let index = Math.max(0, next - 1), empty = 0; empty < PAYEES_GAP; index++, empty++) {
    const address = payeeKey(payee, secret, index);
    if (!readAccount(ledger.state, address)) continue;
    empty = -1;
    if (books.accounts.get(address)) continue;
    await add(context, { kind: 'payee', address, contract: id, payeeIndex, secret, index });
    found++;
  }
  return found;
}

function add({ books }: Context, account: AccountEntry): Promise<void> {
  return books.exclusive(() => books.commit([books.accounts.put(account.address, account)]));
}
