import { contractName } from '../bounty/names.js';
import { payeeKey } from '../bounty/payee.js';
import type { ActOf } from '../rpc/snapshot.js';
import { equal, utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import { bountyState } from './bounty-state.js';
import { spotOf } from './checking.js';
import type { Context } from './context.js';
import type { BountyEntry, OwnedContract } from './entries.js';
import { bountyKey } from './indexer.js';
import { bountyOf, ownBlob, ownedContract } from './lookup.js';
import { type PaymentItem, type Posted, postBounty } from './posting.js';
import type { Asked } from './requests.js';

/** The planned payment of contracts with one steward: their numbers give names, the first's the one-time payee. */
export async function payContracts(context: Context, act: ActOf<'pay'>, asked: Asked): Promise<Posted> {
  const { books, params } = context;
  const contracts = act.items.map((item) => payable(context, item));
  const [first] = contracts as [OwnedContract];
  const sum = act.items.reduce((total, { amount }) => total + amount, 0n);
  if (act.requestId !== `pay/${first.id}/${first.payIndex}` || act.amount !== sum || !distinct(contracts)) {
    throw new Failure('usage', 'a payment has its first contract in its id, and each contract once');
  }
  if (contracts.some(({ account }) => !equal(account, first.account))) {
    throw new Failure('usage', 'a payment is for contracts with one steward');
  }
  return postBounty(context, {
    items: contracts.map((contract, i) => contractItem(context, contract, act.items[i]!.amount)),
    payee: payeeKey(first.payee, first.secret, first.payIndex),
    durationSlots: params.derived.claimWindowSlots,
    asked,
    book: (batch, bounty) => {
      for (const [i, contract] of contracts.entries()) {
        const { attempt, coversUntilSlot } = act.items[i]!;
        const paid = { ...contract, bounty, attempt, coversUntilSlot, payIndex: contract.payIndex + 1 };
        batch.put(books.owned, utf8(contract.id), paid);
      }
    },
  });
}

function payable(context: Context, item: ActOf<'pay'>['items'][number]): OwnedContract {
  const contract = ownedContract(context, item.contract);
  if (contract.state !== 'live') throw new Failure('failure', `contract ${contract.id} is ${contract.state}`);
  if (item.payIndex !== contract.payIndex || isOut(context, contract)) {
    throw new Failure('failure', 'another payment of this contract came first');
  }
  return contract;
}

function distinct(contracts: readonly OwnedContract[]): boolean {
  return new Set(contracts.map(({ id }) => id)).size === contracts.length;
}

/** A contract's next payment as an item: its number gives the name. */
export function contractItem(context: Context, contract: OwnedContract, amount: bigint): PaymentItem {
  const { id, uuid, secret, payIndex: index } = contract;
  return { blob: ownBlob(context, uuid), name: contractName(secret, index), contract: id, index, amount };
}

/** Whether the latest payment may yet be claimed, or is claimed and not booked. */
function isOut(context: Context, { bounty }: OwnedContract): boolean {
  const entry = bounty === null ? undefined : bountyOf(context, 'owner', bounty);
  return entry !== undefined && !['expired', 'revoked', 'returned', 'failed'].includes(bountyState(context, entry));
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
    ...(act.spotSlot !== undefined && { spot: { ...spotOf(contract), slot: act.spotSlot } }),
    paid: contract.paid + amountFor(bounty, contract.id),
  };
  const waits = bounty.items.some(
    (item) => item.contract !== null && item.contract !== contract.id && isLatest(context, item.contract, bounty.id),
  );
  await books.commit([
    books.owned.put(utf8(contract.id), settled),
    books.bounties.put(bountyKey('owner', bounty.id), { ...bounty, settled: !waits }),
  ]);
  return settled;
}

function isLatest({ books }: Context, contract: string, bounty: string): boolean {
  return books.owned.get(utf8(contract))?.bounty === bounty;
}

/** Of a bounty's amount what is meant for a contract. */
export function amountFor({ items }: Pick<BountyEntry, 'items'>, contract: string): bigint {
  return items.reduce((sum, item) => (item.contract === contract ? sum + item.amount : sum), 0n);
}
