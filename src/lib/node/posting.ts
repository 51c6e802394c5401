import { sumKeys } from '../bounty/batch.js';
import { deckKey, drawCard, nonceFor } from '../bounty/deck.js';
import { bountyId, txId } from '../chain/encoding.js';
import type { Address, Hash, NewBounty, PostTx } from '../chain/types.js';
import { rounded } from '../plan/fund.js';
import type { Batch } from '../store/table.js';
import { formatTokens } from '../util/amounts.js';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BlobEntry, BountyEntry, ItemEntry } from './entries.js';
import { fundAccounts, fundingOf, fundsOf, pickFunder } from './funders.js';
import { bountyKey } from './indexer.js';
import { ownBlob } from './lookup.js';
import type { Asked } from './requests.js';
import { type Spend, spend } from './spend.js';

export interface Posted {
  bounty: BountyEntry;
  /** Grains it takes from the wallet, fee included. */
  cost: bigint;
}

/** A blob to be proved, and how whoever keeps it recognises that. */
export interface PaymentItem extends Omit<ItemEntry, 'uuid' | 'item'> {
  blob: BlobEntry;
  name: Hash;
}

export interface Payment {
  /** 1 to 256; the amounts' sum is posted. */
  items: readonly PaymentItem[];
  payee: Address | null;
  durationSlots: number;
  asked?: Asked | undefined;
  dryRun?: boolean | undefined;
  maxSpend?: bigint | undefined;
  /** What else the books learn in the same batch. */
  book?: (batch: Batch, bounty: string) => void;
}

/**
 * Posts one bounty for all items, from a one-time account that is used for nothing else. Their cards are burnt in the
 * batch that writes the transaction down. A temporary Failure where no account in reserve has enough.
 */
export async function postBounty(context: Context, payment: Payment): Promise<Posted> {
  const { wallet, books } = context;
  const { items, cards, decks } = drawAll(wallet.keys().vaultKey, payment.items);
  const facts = { items, key: sumKeys(cards), amount: items.reduce((sum, { amount }) => sum + amount, 0n) };
  const bounty = newBounty(payment, facts);
  const funder = await pickFunder(context, bounty);
  if (!funder && !payment.dryRun) {
    throw new Failure('temporary', 'no account in reserve can fund it yet', 'one is made settle_depth blocks before');
  }
  const from = funder?.address ?? wallet.spending;
  let entry: BountyEntry | undefined;
  const one: Spend = {
    draft: { kind: 'post', from, bounties: [bounty] } satisfies Omit<PostTx, 'ref' | 'fee' | 'seq'>,
    book: (batch, { txid }) => {
      const id = toHex(bountyId(fromHex(txid)!, 0));
      entry = newEntry(payment, { ...facts, id, txid, funder: from });
      if (funder) batch.put(books.accounts, from, { ...funder, stage: 'used' });
      batch.put(books.bounties, bountyKey('owner', id), entry);
      for (const blob of decks) batch.put(books.blobs, utf8(blob.uuid), blob);
      payment.book?.(batch, id);
    },
  };
  const { asked, dryRun, maxSpend } = payment;
  const { tx, txid, cost } = await spend(context, one, { asked, dryRun, maxSpend, result: () => entry?.id });
  // A plan's ids are those it would have if it were sent this very moment.
  const planned = () => newEntry(payment, { ...facts, id: toHex(bountyId(txId(tx), 0)), txid, funder: from });
  return { bounty: entry ?? planned(), cost };
}

function newBounty(
  { payee, durationSlots }: Payment,
  { items, key, amount }: Pick<BountyEntry, 'items' | 'key' | 'amount'>,
): NewBounty {
  return { amount, payee, key, duration: durationSlots, items: items.map(({ item }) => item) };
}

/**
 * Makes an account for a payment, where none in reserve is enough and none is coming. True where it can be posted now.
 */
export async function readyFor(context: Context, payment: Payment): Promise<boolean> {
  const { items, cards } = drawAll(context.wallet.keys().vaultKey, payment.items);
  const amount = items.reduce((sum, item) => sum + item.amount, 0n);
  const bounty = newBounty(payment, { items, key: sumKeys(cards), amount });
  if (await pickFunder(context, bounty)) return true;
  const need = fundingOf(context, bounty);
  const { coming } = await fundsOf(context);
  if (!coming.some((held) => held >= need)) await fundAccounts(context, [rounded(need)]);
  return false;
}

interface Drawn {
  items: ItemEntry[];
  cards: Uint8Array[];
  /** The blobs, with those cards burnt. */
  decks: BlobEntry[];
}

/** A card for each item, and its nonce; two where two contracts keep the same blob. */
function drawAll(vaultKey: Uint8Array, items: readonly PaymentItem[]): Drawn {
  const decks = new Map<string, BlobEntry>();
  const cards: Uint8Array[] = [];
  const drawn = items.map(({ blob: found, name, contract, index, amount }) => {
    const { uuid } = found;
    const blob = decks.get(uuid) ?? found;
    const draw = drawCard(blob.deck);
    if (!draw) throw outOfCards(blob);
    decks.set(uuid, { ...blob, deck: { ...blob.deck, next: draw.deck.next } });
    cards.push(draw.card);
    const nonce = nonceFor(deckKey(vaultKey, fromHex(uuid)!), blob.deck.dealSlot, draw.index);
    return { uuid, contract, index, amount, item: { name, nonce } };
  });
  return { items: drawn, cards, decks: [...decks.values()] };
}

function outOfCards({ uuid, state }: BlobEntry): Failure {
  const again = state === 'bare' ? 'adopt' : 'put';
  return new Failure(
    'failure',
    `no challenges are left for blob ${uuid}`,
    `deal anew: holdfast file ${again} the file again`,
  );
}

function newEntry(
  { payee }: Payment,
  facts: Pick<BountyEntry, 'id' | 'txid' | 'items' | 'key' | 'amount'> & { funder: Address },
): BountyEntry {
  return {
    ...facts,
    role: 'owner',
    payee,
    openedHeight: null,
    opened: null,
    expires: null,
    closed: null,
    fits: null,
    failed: false,
    closing: null,
    settled: false,
  };
}

/** Named by the blob's UUID: for whoever holds it. */
export function openItem(context: Context, uuid: string, amount: bigint): PaymentItem {
  return { blob: ownBlob(context, uuid), name: fromHex(uuid)!, contract: null, index: null, amount };
}

/** What a bounty of this amount leaves for its steward must be worth an account. */
export function checkAmount(context: Context, amount: bigint): void {
  const least = context.params.minAccount;
  if (amount < least) throw new Failure('usage', `a bounty holds at least ${formatTokens(least)} tokens`);
}
