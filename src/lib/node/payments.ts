import { deckKey, drawCard, nonceFor } from '../bounty/deck.js';
import { contractName } from '../bounty/names.js';
import { payeeKey } from '../bounty/payee.js';
import { bountyId, txId } from '../chain/encoding.js';
import type { Address, Hash, PostTx } from '../chain/types.js';
import type { ActOf } from '../rpc/snapshot.js';
import type { Batch } from '../store/table.js';
import { formatTokens } from '../util/amounts.js';
import { fromHex, toHex, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { bountyState } from './bounty-state.js';
import type { Context } from './context.js';
import type { BlobEntry, BountyEntry, OwnedContract } from './entries.js';
import { bountyKey } from './indexer.js';
import { bountyOf, ownBlob, ownedContract } from './lookup.js';
import type { Asked } from './requests.js';
import { type Spend, spend } from './spend.js';

export interface Posted {
  bounty: BountyEntry;
  /** Grains it takes from the wallet, fee included. */
  cost: bigint;
}

export interface Payment {
  blob: BlobEntry;
  amount: bigint;
  payee: Address | null;
  name: Hash;
  durationSlots: number;
  contract: string | null;
  index: number | null;
  asked?: Asked | undefined;
  dryRun?: boolean | undefined;
  maxSpend?: bigint | undefined;
  /** What else the books learn in the same batch. */
  book?: (batch: Batch, bounty: string) => void;
}

/** Posts one bounty for one blob. The card is burnt in the batch that writes the transaction down. */
export async function postBounty(context: Context, payment: Payment): Promise<Posted> {
  const { wallet, books } = context;
  const { blob } = payment;
  const draw = drawCard(blob.deck);
  if (!draw)
    throw new Failure(
      'failure',
      `no challenges are left for blob ${blob.uuid}`,
      `deal anew: holdfast file ${blob.state === 'bare' ? 'adopt' : 'put'} the file again`,
    );
  const key = deckKey(wallet.keys().vaultKey, fromHex(blob.uuid)!);
  const item = { name: payment.name, nonce: nonceFor(key, blob.deck.dealSlot, draw.index) };
  const bounty = {
    amount: payment.amount,
    payee: payment.payee,
    key: draw.card,
    duration: payment.durationSlots,
    items: [item],
  };
  let entry: BountyEntry | undefined;
  const one: Spend = {
    draft: { kind: 'post', from: wallet.main, bounties: [bounty] } satisfies Omit<PostTx, 'ref' | 'fee' | 'seq'>,
    book: (batch, facts) => {
      const id = toHex(bountyId(fromHex(facts.txid)!, 0));
      entry = newEntry(payment, { id, txid: facts.txid, item, key: draw.card });
      batch.put(books.bounties, bountyKey('owner', id), entry);
      batch.put(books.blobs, utf8(blob.uuid), { ...blob, deck: { ...blob.deck, next: draw.deck.next } });
      payment.book?.(batch, id);
    },
  };
  const { asked, dryRun, maxSpend } = payment;
  const { tx, txid, cost } = await spend(context, one, { asked, dryRun, maxSpend, result: () => entry?.id });
  // A plan's ids are those it would have if it were sent this very moment.
  const planned = () => newEntry(payment, { id: toHex(bountyId(txId(tx), 0)), txid, item, key: draw.card });
  return { bounty: entry ?? planned(), cost };
}

function newEntry(payment: Payment, facts: Pick<BountyEntry, 'id' | 'txid' | 'item' | 'key'>): BountyEntry {
  return {
    ...facts,
    role: 'owner',
    uuid: payment.blob.uuid,
    contract: payment.contract,
    index: payment.index,
    amount: payment.amount,
    payee: payment.payee,
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

/** The planned payment of a contract: its number gives its name and its one-time payee. */
export async function payContract(context: Context, act: ActOf<'pay'>, asked: Asked): Promise<Posted> {
  const { books, params } = context;
  const contract = ownedContract(context, act.contract);
  if (contract.state !== 'live') throw new Failure('failure', `contract ${contract.id} is ${contract.state}`);
  if (act.requestId !== `pay/${contract.id}/${contract.payIndex}` || isOut(context, contract)) {
    throw new Failure('failure', 'another payment of this contract came first');
  }
  return postBounty(context, {
    blob: ownBlob(context, contract.uuid),
    amount: act.amount,
    ...contractPayment(contract),
    durationSlots: params.derived.claimWindowSlots,
    asked,
    book: (batch, bounty) => {
      const { attempt, coversUntilSlot } = act;
      batch.put(books.owned, utf8(contract.id), {
        ...{ ...contract, bounty, attempt, coversUntilSlot, payIndex: contract.payIndex + 1 },
      });
    },
  });
}

/** Whether the latest payment may yet be claimed, or is claimed and not booked. */
function isOut(context: Context, { bounty }: OwnedContract): boolean {
  const entry = bounty === null ? undefined : bountyOf(context, 'owner', bounty);
  return entry !== undefined && !['expired', 'revoked', 'returned', 'failed'].includes(bountyState(context, entry));
}

export function contractPayment(contract: OwnedContract): Pick<Payment, 'payee' | 'name' | 'contract' | 'index'> {
  const index = contract.payIndex;
  return {
    payee: payeeKey(contract.payee, contract.secret, index),
    name: contractName(contract.secret, index),
    contract: contract.id,
    index,
  };
}

/** Books a claim that lies deep enough; the amounts and slots are the plan's. */
export async function settleContract(context: Context, act: ActOf<'settle'>): Promise<OwnedContract> {
  const { books } = context;
  const contract = ownedContract(context, act.contract);
  const bounty = books.bounties.get(bountyKey('owner', act.bounty));
  if (!bounty || contract.bounty !== act.bounty) throw new Failure('failure', 'the payment is booked already');
  const settled: OwnedContract = {
    ...contract,
    confidence: act.confidence,
    paidUntilSlot: act.paidUntilSlot,
    dueSlot: act.dueSlot,
    credit: act.credit,
    attempt: 0,
    bounty: null,
    paid: contract.paid + bounty.amount,
  };
  await books.commit([
    books.owned.put(utf8(contract.id), settled),
    books.bounties.put(bountyKey('owner', bounty.id), { ...bounty, settled: true }),
  ]);
  return settled;
}

/** What a bounty of this amount leaves for its steward must be worth an account. */
export function checkAmount(context: Context, amount: bigint): void {
  const least = context.params.minAccount;
  if (amount < least) throw new Failure('usage', `a bounty holds at least ${formatTokens(least)} tokens`);
}
