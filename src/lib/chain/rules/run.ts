import { enforce } from '../errors.js';
import type { LedgerEvent, Reason } from '../events.js';
import type { Overlay } from '../overlay.js';
import type { Params } from '../params.js';
import { rentOwed } from '../rent.js';
import type { SignatureCheck } from '../signatures.js';
import { readAccount, readGlobals } from '../state.js';
import type { Account, Address, AdvertTx, Bounty, Globals, Hash, Tx } from '../types.js';

/** Where a block stands, and what its rules may ask of the chain below it. */
export interface BlockContext {
  params: Params;
  height: number;
  slot: number;
  /** Whether its producer was drawn by stake: then it is the account of a bond. */
  staked: boolean;
  /** The id of this chain's block at a height below this one. */
  blockIdAt(height: number): Hash | undefined;
  check: SignatureCheck;
  /** Only a test that attacks hands any in: no flag, file or genesis leads here. */
  defences?: Partial<Defences> | undefined;
}

/** Rules that each answer a threat (holdfast-security(7)), where another can be put in: then the attack must succeed. */
export interface Defences {
  /** 3: whether a bounty's funder may take it back. */
  mayRevoke(bounty: Bounty, slot: number): boolean;
  /** 7: what of the fee pool a producer gets. */
  poolShare(feePool: bigint): bigint;
  /** 9: what of an advert's fee is consumed. */
  advertFee(advert: AdvertTx): bigint;
  /** 14: where a new account's sequence numbers begin. */
  firstSeq(height: number): bigint;
  /** 14: whether an account's sequence numbers are asked for at all. */
  sequence: boolean;
  /** 15: how many entries of the queue a block works off, by how many its parent put in. */
  queueEntries(queued: number): number;
  /** 21: what the reporter gets of a slashed bond. */
  rewardOf(stake: bigint): bigint;
  /** 28: whether a bond leaves the snapshots to come. */
  isAbsent(missed: bigint): boolean;
  /** 28: whether a bond may go now. */
  mayLeave(globals: Globals, stake: bigint): boolean;
}

/** One transaction (or one entry of the queue, without txid) on its way into the state. */
export interface Run {
  context: BlockContext;
  state: Overlay;
  txid: Hash | null;
  events: LedgerEvent[];
}

export interface TxRun<T extends Tx = Tx> extends Run {
  tx: T;
  txid: Hash;
  signatures: Uint8Array[];
  /** The body's bytes. */
  encoded: Uint8Array;
  /** What the fee must cover: base fee × weight. */
  baseCost: bigint;
  /** What the fee leaves for the producer. */
  tip: bigint;
}

/** An account that is first credited here starts where no earlier life of it can have reached. */
export function freshAccount({ height, slot, defences }: BlockContext): Account {
  return { balance: 0n, seq: defences?.firstSeq?.(height) ?? BigInt(height) << 20n, paid: slot };
}

/** An account, once it has paid the rent that it owes: with nothing left, it leaves at the block's end. */
function charged(run: Run, address: Address): Account | undefined {
  const { params, slot } = run.context;
  const account = readAccount(run.state, address);
  if (!account || slot - account.paid < params.daySlots) return account;
  const { grains, paid } = rentOwed(params, readGlobals(run.state).rentSince, account, slot);
  if (grains === 0n) return account;
  const after = { ...account, balance: account.balance - grains, paid };
  run.state.setAccount(address, after);
  addToPool(run, grains);
  run.events.push({ kind: 'debit', address, amount: grains, reason: 'rent', txid: run.txid, subject: null });
  return after;
}

function add(run: Run, address: Address, amount: bigint): bigint {
  const { slot } = run.context;
  const account = charged(run, address) ?? freshAccount(run.context);
  const balance = account.balance + amount;
  // Nobody owes for the time before there was something to keep.
  const paid = account.balance > 0n ? account.paid : slot;
  run.state.setAccount(address, { ...account, balance, paid });
  return balance;
}

/** Credits without asking whether the account may be so small: checkBalance does, once all is booked. */
export function credit(run: Run, address: Address, amount: bigint, reason: Reason, subject: Hash | null): void {
  add(run, address, amount);
  run.events.push({ kind: 'credit', address, amount, reason, txid: run.txid, subject });
}

/** What would make an account smaller than any may be goes to the fee pool instead. */
export function creditOrPool(run: Run, address: Address, amount: bigint, reason: Reason, subject: Hash | null): void {
  if (amount === 0n) return;
  const balance = charged(run, address)?.balance ?? 0n;
  if (balance + amount >= run.context.params.minAccount) {
    credit(run, address, amount, reason, subject);
    return;
  }
  addToPool(run, amount);
  run.events.push({ kind: 'pooled', address, amount, reason, txid: run.txid, subject });
}

export function addToPool(run: Run, amount: bigint): void {
  const globals = readGlobals(run.state);
  run.state.setGlobals({ ...globals, feePool: globals.feePool + amount });
}

/** Takes `total`, fee included, from the sender and uses its sequence number up. */
export function debit(run: TxRun, from: Address, total: bigint, reason: Reason, subject: Hash | null): void {
  const account = charged(run, from);
  enforce(account !== undefined, 'account-unknown');
  enforce(account.balance >= total, 'insufficient');
  run.state.setAccount(from, { ...account, balance: account.balance - total, seq: account.seq + 1n });
  run.events.push({ kind: 'debit', address: from, amount: total, reason, txid: run.txid, subject });
}

/** A recipient ends with at least the minimum. */
export function checkBalance(run: Run, address: Address): void {
  const balance = readAccount(run.state, address)?.balance ?? 0n;
  enforce(balance >= run.context.params.minAccount, 'below-minimum');
}

/** A sender ends with at least the minimum, or with nothing: then it leaves at the block's end. */
export function checkRemainder(run: Run, address: Address): void {
  if ((readAccount(run.state, address)?.balance ?? 0n) > 0n) checkBalance(run, address);
}

/** Books the fee: what the rules ask for into the pool, the rest as the producer's tip. */
export function takeFee(run: TxRun, required = run.baseCost): void {
  enforce(run.tx.fee >= required, 'fee-low', () => `at least ${required} grains`);
  addToPool(run, required);
  run.tip = run.tx.fee - required;
}
