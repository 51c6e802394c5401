import { requiredFee } from '../chain/sign.js';
import { readAccount } from '../chain/state.js';
import type { Address, NewBounty, PostTx } from '../chain/types.js';
import { FUND_MAX, type Funder, type Funds, take } from '../plan/fund.js';
import type { ActOf } from '../rpc/snapshot.js';
import { Batch } from '../store/table.js';
import { utf8 } from '../util/bytes.js';
import { Failure } from '../util/errors.js';
import type { Context } from './context.js';
import type { BountyEntry, FunderEntry } from './entries.js';
import type { Asked } from './requests.js';
import { balanceOf, complete, costOf, type Draft, type Spent, spend, withMargin } from './spend.js';

/** The number of the next account to be made; 0 is the spending account. */
const COUNTER = 'funder';
/** Looked at by one plan, of what was used and is to be gathered. */
const LEFT_MAX = 256;

export function nextFunder({ books }: Pick<Context, 'books'>): number {
  return Math.max(1, books.counter(COUNTER));
}

export function setNextFunder({ books }: Pick<Context, 'books'>, next: number) {
  return books.setCounter(COUNTER, next);
}

/** One transfer from the spending account makes an account an amount. Call it inside books.exclusive. */
export async function fundAccounts(context: Context, amounts: readonly bigint[], asked?: Asked): Promise<Spent> {
  const { books, wallet } = context;
  const first = nextFunder(context);
  const made = amounts.map((amount, i) => ({ amount, index: first + i, address: wallet.keys().address(first + i) }));
  const outputs = made.map(({ address, amount }) => ({ to: address, amount }));
  return spend(
    context,
    {
      draft: { kind: 'transfer', from: wallet.spending, outputs, memo: new Uint8Array(0) },
      book: (batch, { txid }) => {
        for (const account of made) {
          batch.put(books.accounts, account.address, { kind: 'funder', ...account, txid, stage: 'reserve' });
        }
        batch.add(setNextFunder(context, first + amounts.length));
      },
    },
    { asked },
  );
}

/** The planned making of accounts: where its first number is taken, it was done. */
export async function performFund(context: Context, act: ActOf<'fund'>, asked: Asked): Promise<Spent> {
  if (act.requestId !== `fund/${act.first}`) throw new Failure('usage', 'a funding has its first number in its id');
  if (act.first !== nextFunder(context)) throw new Failure('failure', 'another funding came first');
  return fundAccounts(context, act.amounts, asked);
}

/** All of an account's balance back to the spending account; the account then leaves the ledger. */
export async function gather(context: Context, act: ActOf<'gather'>, asked: Asked): Promise<Spent> {
  const { books, mempool, wallet } = context;
  const from = wallet.keys().address(act.account);
  const entry = books.accounts.get(from);
  if (entry?.kind !== 'funder') throw new Failure('not-found', `no one-time account ${act.account}`);
  if (act.requestId !== `gather/${act.account}/${act.seq}` || mempool.pendingSeq(from) !== act.seq) {
    throw new Failure('failure', 'the account was spent from meanwhile');
  }
  const balance = balanceOf(context, from);
  const draftOf = (amount: bigint) =>
    ({
      ...{ kind: 'transfer' as const, from, outputs: [{ to: wallet.spending, amount }] },
      memo: new Uint8Array(0),
    }) satisfies Draft;
  const { fee } = complete(context, { draft: draftOf(balance) });
  if (fee >= balance) throw new Failure('funds', 'what is on the account does not pay for its gathering');
  return spend(
    context,
    {
      draft: { ...draftOf(balance - fee), fee },
      book: (batch) => batch.put(books.accounts, from, { ...entry, stage: 'left' }),
    },
    { asked },
  );
}

async function* staged({ books }: Context, stage: FunderEntry['stage'], limit = -1): AsyncGenerator<FunderEntry> {
  for (const key of await books.fundersByStage.ids({ prefix: utf8(stage), limit })) {
    const entry = books.accounts.get(key);
    if (entry?.kind === 'funder') yield entry;
  }
}

/** A new account's first sequence number says in which block it was made: its height · 2^20. */
const bornAt = (seq: bigint) => Number(seq >> 20n);

/** In reserve: never spent from, and made so deep that a short reorganisation does not give it another number. */
export async function readyFunders(context: Context): Promise<Funder[]> {
  const ready: Funder[] = [];
  for await (const entry of staged(context, 'reserve')) {
    const found = standing(context, entry);
    if (found !== undefined && found !== 'coming') ready.push(found);
  }
  return ready;
}

/** undefined: it was never made, or spent from. */
function standing(context: Context, { address, index, txid }: FunderEntry): Funder | 'coming' | undefined {
  const { books, ledger, mempool, params } = context;
  const account = readAccount(ledger.state, address);
  if (!account) return txid !== null && books.pending.get(utf8(txid)) ? 'coming' : undefined;
  const { seq } = account;
  if (seq !== BigInt(bornAt(seq)) << 20n || mempool.pendingSeq(address) !== seq) return undefined;
  if (ledger.tip.height - bornAt(seq) < params.settleDepth) return 'coming';
  return { account: index, seq, amount: balanceOf(context, address) };
}

/** What a plan funds payments from, what for apart. */
export async function fundsOf(context: Context): Promise<Omit<Funds, 'soon' | 'lots' | 'open'>> {
  const { mempool, params, wallet } = context;
  const ready: Funder[] = [];
  const coming: bigint[] = [];
  for await (const entry of staged(context, 'reserve')) {
    const found = standing(context, entry);
    if (found === 'coming') coming.push(entry.amount);
    else if (found) ready.push(found);
  }
  const left: Funder[] = [];
  for await (const { address, index } of staged(context, 'left', LEFT_MAX)) {
    const seq = readAccount(context.ledger.state, address)?.seq;
    if (seq !== undefined && mempool.pendingSeq(address) === seq)
      left.push({ account: index, seq, amount: balanceOf(context, address) });
  }
  const fees = feesOf(context);
  const spendable = balanceOf(context, wallet.spending) - BigInt(FUND_MAX) * fees.transfer - 2n * params.minAccount;
  return { next: nextFunder(context), spendable: spendable > 0n ? spendable : 0n, ready, coming, left, fees };
}

/** What payments and adverts can be made from, in all, grains: the spending account, and one-time accounts. */
export async function purse(context: Context): Promise<bigint> {
  let sum = balanceOf(context, context.wallet.spending) - context.books.turnover.unposted;
  for (const stage of ['reserve', 'used', 'left'] as const) {
    for await (const { address } of staged(context, stage)) sum += balanceOf(context, address);
  }
  return sum > 0n ? sum : 0n;
}

/** With the margin that whoever sends gives (spend.ts); of as many bytes as there can be. */
export function feesOf({ ledger, params }: Context): Funds['fees'] {
  const some = new Uint8Array(32).fill(1);
  const common = { ref: { height: 0xffff_ffff, id: some }, fee: 0n, from: some, seq: 1n << 62n };
  const item = { name: some, nonce: some };
  const bounty: NewBounty = { amount: 1n << 62n, payee: some, key: some, duration: 0xffff_ffff, items: [item] };
  const feeOf = (tx: Parameters<typeof requiredFee>[2]) =>
    requiredFee(params, withMargin(ledger.globals().baseFee), tx);
  const postOf = (items: number): PostTx => ({
    ...{ ...common, kind: 'post' },
    bounties: [{ ...bounty, items: Array.from({ length: items }, () => item) }],
  });
  const outputs = [{ to: some, amount: 1n << 62n }];
  const transfer = feeOf({ ...common, kind: 'transfer', outputs, memo: new Uint8Array(0) });
  // A list's length takes a byte more here and there.
  const [post, many] = [feeOf(postOf(1)), feeOf(postOf(256))];
  return { post, item: (many - post) / 255n + 1n, transfer };
}

/**
 * The account in reserve that funds a bounty: the smallest that keeps minAccount beside it, so that what comes back finds
 * an account. undefined: none is there yet.
 */
export async function pickFunder(context: Context, bounty: NewBounty): Promise<FunderEntry | undefined> {
  const { books, params, wallet } = context;
  const ready = await readyFunders(context);
  if (ready.length === 0) return undefined;
  const from = wallet.keys().address(ready[0]!.account);
  const need = costOf(complete(context, { draft: { kind: 'post', from, bounties: [bounty] } })) + params.minAccount;
  const found = take(ready, need, ({ amount }) => amount);
  const entry = found && books.accounts.get(wallet.keys().address(found.account));
  return entry?.kind === 'funder' ? entry : undefined;
}

/** Grains that an account for this bounty is made with. */
export function fundingOf(context: Context, bounty: NewBounty): bigint {
  const from: Address = context.wallet.spending;
  const cost = costOf(complete(context, { draft: { kind: 'post', from, bounties: [bounty] } }));
  return cost + feesOf(context).post + context.params.minAccount;
}

/** Of a bounty that is over for good: what its account still holds can be gathered. */
export function leaves(context: Context, batch: Batch, { role, funder }: BountyEntry): void {
  const { books } = context;
  const entry = role === 'owner' && funder ? batch.get(books.accounts, funder) : undefined;
  if (entry?.kind === 'funder' && entry.stage === 'used')
    batch.put(books.accounts, funder!, { ...entry, stage: 'left' });
}

/** Nobody looks again at accounts that are empty and gone, or whose making failed. */
export async function retireFunders(context: Context): Promise<void> {
  const { books, ledger } = context;
  const gone: Uint8Array[] = [];
  for (const stage of ['left', 'reserve'] as const) {
    for await (const { address, txid } of staged(context, stage, LEFT_MAX)) {
      const coming = stage === 'reserve' && txid !== null && books.pending.get(utf8(txid)) !== undefined;
      if (!coming && !readAccount(ledger.state, address)) gone.push(address);
    }
  }
  if (gone.length === 0) return;
  await books.exclusive(async () => {
    const batch = new Batch();
    for (const address of gone) {
      const entry = books.accounts.get(address);
      if (entry?.kind === 'funder' && (entry.stage === 'left' || entry.stage === 'reserve'))
        batch.put(books.accounts, address, { ...entry, stage: 'done' });
    }
    await books.commit(batch.writes());
  });
}
