import { encodeSignedTx, txId } from '../chain/encoding.js';
import { LedgerError, type RuleCode } from '../chain/errors.js';
import { balanceAt } from '../chain/rent.js';
import { requiredFee, signTx } from '../chain/sign.js';
import type { Address, BlockRef, Tx } from '../chain/types.js';
import type { TxRecord } from '../rpc/records.js';
import { Batch } from '../store/table.js';
import { formatTokens } from '../util/amounts.js';
import { toHex, utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { type Context, currentSlot } from './context.js';
import { type Asked, remember } from './requests.js';

/** A transaction without what only the moment of signing knows; with a fee where it has to be just that. */
export type Draft<T extends Tx = Tx> = T extends Tx
  ? Omit<T, 'ref' | 'fee' | 'seq'> & { seq?: bigint; fee?: bigint }
  : never;

export interface Spend {
  draft: Draft;
  /** What the books learn with it, in the same batch; ids are known only here. */
  book?: (batch: Batch, facts: { txid: string; tx: Tx }) => void;
  /** Who signs: a sweep's entries are signed each with its bounty's key. */
  sign?: (message: Uint8Array, index: number) => Uint8Array;
}

export interface SpendOptions {
  /** Remembered with its result in the same batch as the transactions. */
  asked?: Asked | undefined;
  result?: (spent: readonly Spent[]) => unknown;
  dryRun?: boolean | undefined;
  /** Grains that all of them together may take from the wallet. */
  maxSpend?: bigint | undefined;
}

export interface Spent {
  txid: string;
  tx: Tx;
  /** What it takes from the wallet, fee, deposit and amount: grains. */
  cost: bigint;
  record: TxRecord;
}

interface Built extends Spent {
  bytes: Uint8Array;
  book: Spend['book'];
}

/**
 * Half as much again as the base fee of now: it may have moved by the time of inclusion. What is too
 * much is the producer's tip.
 */
export const withMargin = (baseFee: bigint) => (baseFee * 3n + 1n) / 2n;

/**
 * Builds, signs, checks against the pool, writes down, and only then lets go: all of them or none, and
 * nothing that could be mined before the books know of it. Call it inside books.exclusive: two spends at
 * once would take the same sequence number.
 */
export async function spendAll(
  context: Context,
  spends: readonly Spend[],
  options: SpendOptions = {},
): Promise<Spent[]> {
  const { books, log } = context;
  const built = buildAll(context, spends, options);
  if (options.dryRun) return built;
  await books.commit(bookAll(context, built, options));
  for (const { bytes, txid, tx } of built) {
    release(context, bytes);
    log.info({ txid, kind: tx.kind }, 'transaction sent');
  }
  return built;
}

/** Each on top of those before it, as the pool would take them; the pool is as it was afterwards. */
function buildAll(context: Context, spends: readonly Spend[], options: SpendOptions): Built[] {
  const built: Built[] = [];
  try {
    for (const one of spends) built.push(build(context, one, options.dryRun ?? false));
  } finally {
    forget(context, built);
  }
  withinLimit(
    built.reduce((sum, { cost }) => sum + cost, 0n),
    options.maxSpend,
  );
  return built;
}

/** What the pool no longer takes, a block having come in between, is sent again later (resend.ts). */
function release(context: Context, bytes: Uint8Array): void {
  try {
    context.mempool.add(bytes, currentSlot(context));
    void context.network.publishTx(bytes);
  } catch (error) {
    if (!(error instanceof LedgerError)) throw error;
  }
}

export async function spend(context: Context, one: Spend, options: SpendOptions = {}): Promise<Spent> {
  const [spent] = await spendAll(context, [one], options);
  return spent!;
}

function build(context: Context, one: Spend, dryRun: boolean): Built {
  const tx = complete(context, one);
  const signed = signTx(tx, context.params.derived.genesisId, one.sign ?? signerOf(context, tx));
  const bytes = encodeSignedTx(signed);
  const txid = toHex(txId(tx));
  refuseAs(() => context.mempool.add(bytes, currentSlot(context)));
  const status = dryRun ? ('planned' as const) : ('pending' as const);
  const record = { type: 'tx' as const, txid, kind: tx.kind, fee_grains: tx.fee.toString(), status };
  return { txid, tx, bytes, cost: costOf(tx), record, book: one.book };
}

function bookAll(context: Context, built: readonly Built[], { asked, result }: SpendOptions) {
  const { books } = context;
  const batch = new Batch();
  for (const one of built) {
    batch.put(books.pending, utf8(one.txid), pendingTx(context, one, asked?.id ?? null));
    one.book?.(batch, one);
  }
  if (asked) batch.add(...remember(books, asked, result?.(built) ?? null));
  return batch.writes();
}

/** What is written down of a transaction before it is let go. */
export function pendingTx(context: Context, sent: Pick<Built, 'txid' | 'bytes' | 'tx'>, requestId: string | null) {
  const { txid, bytes, tx } = sent;
  return {
    ...{ txid, bytes, kind: tx.kind, requestId, fee: tx.fee, seq: 'seq' in tx ? tx.seq : null },
    ...{ includedHeight: null, refusedHeight: null, createdSlot: currentSlot(context) },
  };
}

function forget(context: Context, built: readonly Built[]): void {
  if (built.length === 0) return;
  context.mempool.remove(
    built.map(({ tx }) => txId(tx)),
    currentSlot(context),
  );
}

export function complete(context: Context, { draft }: Spend): Tx {
  if (draft.fee !== undefined) return { ...draft, ...sequence(context, draft), ref: recentBlock(context) } as Tx;
  const bare = { ...draft, ...sequence(context, draft), ref: recentBlock(context), fee: 0n } as Tx;
  const baseFee = context.ledger.globals().baseFee;
  const fee = requiredFee(context.params, withMargin(baseFee), bare);
  return { ...bare, fee };
}

function sequence({ mempool }: Context, draft: Draft): { seq?: bigint } {
  if (draft.kind === 'sweep' || draft.kind === 'revoke' || draft.kind === 'reveal' || draft.kind === 'evidence')
    return {};
  const seq = mempool.pendingSeq(draft.from);
  if (seq === undefined) throw noFunds();
  return { seq };
}

/** settle_depth below the tip: a short reorganisation does not void what names it. */
export function recentBlock({ ledger, params }: Pick<Context, 'ledger' | 'params'>): BlockRef {
  const height = Math.max(0, ledger.tip.height - params.settleDepth);
  return { height, id: ledger.idAt(height)! };
}

function signerOf(context: Context, tx: Tx): (message: Uint8Array) => Uint8Array {
  return (message) => {
    invariant('from' in tx, 'a sweep is signed by its bounties');
    return context.wallet.sign(tx.from, message);
  };
}

function refuseAs(work: () => unknown): void {
  try {
    work();
  } catch (error) {
    throw explain(error);
  }
}

const HINTS: Partial<Record<RuleCode, string>> = {
  'bond-absent': 'holdfast stake bond --again',
  'bond-leaving': 'holdfast stake status says when it comes back',
  'bond-unknown': 'make one with holdfast stake bond AMOUNT',
};

/** The ledger's refusals, as an operator can act on them. */
export function explain(error: unknown): Error {
  if (!(error instanceof LedgerError)) return error as Error;
  switch (error.rule) {
    case 'insufficient':
    case 'account-unknown':
      return noFunds();
    case 'seq-high':
    case 'seq-low':
    case 'pool-full':
      return new Failure(
        'temporary',
        `the ledger does not take it now: ${error.message}`,
        'try again after the next block',
      );
    default:
      return new Failure('failure', `the ledger refuses it: ${error.message}`, HINTS[error.rule]);
  }
}

function noFunds(): Failure {
  return new Failure('funds', 'not enough funds for this and its fee', 'holdfast wallet balance shows what there is');
}

export function balanceOf(context: Pick<Context, 'ledger' | 'params' | 'clock'>, address: Address): bigint {
  return balanceAt(context.params, context.ledger.state, address, currentSlot(context));
}

/** What a sweep, revoke or reveal costs comes out of what it closes, not out of an account. */
export function costOf(tx: Tx): bigint {
  switch (tx.kind) {
    case 'transfer':
      return tx.outputs.reduce((sum, { amount }) => sum + amount, tx.fee);
    case 'post':
      return tx.bounties.reduce((sum, { amount }) => sum + amount, tx.fee);
    case 'bond':
      return tx.amount + tx.fee;
    case 'advert':
    case 'unbond':
    case 'rebond':
      return tx.fee;
    case 'commit':
      return tx.deposit + tx.fee;
    default:
      return 0n;
  }
}

/** Throws where a spend would pass the limit its caller set. */
export function withinLimit(cost: bigint, limit: bigint | undefined): void {
  if (limit === undefined || cost <= limit) return;
  throw new Failure('over-limit', `this costs ${formatTokens(cost)} tokens, more than --max-spend allows`);
}
