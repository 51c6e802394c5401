import { equal } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { bodyLimit, recordBody } from './body-limit.js';
import { emission, nextBaseFee, poolShare, supplyOf } from './emission.js';
import { enforce } from './errors.js';
import type { LedgerEvent } from './events.js';
import { bodyRoot, bodySize } from './header.js';
import { keyKind } from './keys.js';
import { type Difference, Overlay, ReadOnce } from './overlay.js';
import type { Params } from './params.js';
import { runQueue } from './queue.js';
import { applyTx, type ReadTx, readTx } from './rules/apply.js';
import { type BlockContext, creditOrPool, type Run } from './rules/run.js';
import { beginRent, scanAccounts } from './scan.js';
import { checkNone } from './signatures.js';
import { bondCodec, readBond, setBond } from './stake/bond.js';
import { enterEpoch, type Frozen } from './stake/boundary.js';
import { checkDrawn } from './stake/lottery.js';
import { type Change, read, readGlobals, type StoredState } from './state.js';
import type { Address, Hash, Header } from './types.js';
import { accountCodec, bidCodec, bountyCodec, globalsCodec } from './values.js';

export interface Executed {
  /** The state's changes, each key once, in no particular order. */
  changes: Change[];
  /** What the same keys, in the same order, held before. */
  before: Change[];
  events: LedgerEvent[];
  /** Of its transactions, in their order. */
  txids: Hash[];
  /** Where it is an epoch's first block: the leaders that it fixed. */
  frozen: Frozen | undefined;
}

/** The body is the one the header commits to. Whether it is too large, the parent's state decides. */
export function checkBody(header: Header, body: readonly Uint8Array[]): void {
  const size = bodySize(body);
  enforce(size === header.bodySize, 'body-size');
  enforce(equal(bodyRoot(body), header.bodyRoot), 'body-root');
}

/** A block in the making: its transactions one at a time, then its end. */
export class BlockRun {
  readonly state: Overlay;
  readonly events: LedgerEvent[] = [];
  readonly txids: Hash[] = [];
  /** Bytes its body may have. */
  readonly bodyLimit: number;
  readonly #context: BlockContext;
  readonly #frozen: Frozen | undefined;
  #verified: BlockContext | undefined;
  #tips = 0n;

  constructor(view: StoredState, context: BlockContext) {
    this.#context = { ...context, blockIdAt: onceEach((height) => context.blockIdAt(height)) };
    const parent = new ReadOnce(view);
    this.state = new Overlay(parent);
    this.bodyLimit = bodyLimit(context.params, parent, context.height);
    this.#frozen = enterEpoch(this.#system());
    beginRent(this.#system());
    runQueue(this.#system());
    scanAccounts(this.#system(), view);
  }

  #system(): Run {
    return { context: this.#context, state: this.state, txid: null, events: this.events };
  }

  /** Throws LedgerError and changes nothing if the transaction breaks a rule. */
  add(bytes: Uint8Array): void {
    this.#apply(readTx(bytes), this.#context);
  }

  /** As `add`, one that was read, and its signatures verified, before. */
  addVerified(read: ReadTx): void {
    this.#verified ??= { ...this.#context, check: checkNone };
    this.#apply(read, this.#verified);
  }

  #apply(read: ReadTx, context: BlockContext): void {
    const applied = applyTx(context, this.state, read);
    this.txids.push(read.id);
    this.#tips += applied.tip;
    for (const event of applied.events) this.events.push(event);
  }

  /** Pays the producer, moves the base fee, lets empty accounts go; checks that no grain came or went unseen. */
  finish(producer: Address, bodyBytes: number): Executed {
    const { params, height } = this.#context;
    const { state } = this;
    invariant(bodyBytes <= this.bodyLimit, 'a body is within its limit');
    recordBody(params, state, height, bodyBytes);
    const globals = readGlobals(state);
    const { mined, minted } = emission(params, height, globals);
    const share = (this.#context.defences?.poolShare ?? poolShare)(globals.feePool);
    const baseFee = nextBaseFee(params, globals.baseFee, bodyBytes, this.bodyLimit);
    const made = { mined: globals.mined + mined, minted: globals.minted + minted };
    state.setGlobals({ ...globals, ...made, feePool: globals.feePool - share, baseFee });
    if (this.#context.staked) this.#markSigned(producer);
    creditOrPool(this.#system(), producer, mined + minted + share + this.#tips, 'mine', null);
    for (const key of state.touched()) {
      if (keyKind(key) === 'a' && read(state, key, accountCodec)?.balance === 0n) state.delete(key);
    }
    const differences = state.differences();
    checkSupply(differences);
    const changes = differences.map(({ key, value }): Change => [key, value]);
    const before = differences.map(({ key, old }): Change => [key, old]);
    return { changes, before, events: this.events, txids: this.txids, frozen: this.#frozen };
  }

  /** Once an epoch will do. The bond may be gone: it leads until the snapshots that hold it are over. */
  #markSigned(producer: Address): void {
    const bond = readBond(this.state, producer);
    const { epoch } = readGlobals(this.state);
    if (bond && bond.signed !== epoch) setBond(this.state, producer, { ...bond, signed: epoch });
  }
}

/** What a state entry holds, in grains. */
export function holdings(key: Uint8Array, value: Uint8Array): bigint {
  switch (keyKind(key)) {
    case 'a':
      return accountCodec.decode(value).balance;
    case 'b':
      return bountyCodec.decode(value).amount;
    case 'c':
      return bidCodec.decode(value).deposit;
    case 'o':
      return bondCodec.decode(value).stake;
    case 'g':
      return globalsCodec.decode(value).feePool;
    default:
      return 0n;
  }
}

/** mined + minted − burnt = balances + bounties + deposits + bonds + fee pool: checked as a difference, on every block. */
function checkSupply(changes: readonly Difference[]): void {
  let held = 0n;
  let supply = 0n;
  for (const { key, old, value } of changes) {
    for (const [bytes, sign] of [
      [value, 1n],
      [old, -1n],
    ] as const) {
      if (!bytes) continue;
      held += sign * holdings(key, bytes);
      if (keyKind(key) !== 'g') continue;
      supply += sign * supplyOf(globalsCodec.decode(bytes));
    }
  }
  invariant(held === supply, `the block changes holdings by ${held} but supply by ${supply}`);
}

/** Asks for each height once. */
function onceEach(blockIdAt: BlockContext['blockIdAt']): BlockContext['blockIdAt'] {
  const known = new Map<number, Hash | undefined>();
  return (height) => {
    if (!known.has(height)) known.set(height, blockIdAt(height));
    return known.get(height);
  };
}

/** Executes a whole block, whose body is its header's (`checkBody`), over its parent's state. Throws LedgerError at the first rule it breaks. */
export function executeBlock(
  params: Params,
  header: Header,
  body: readonly Uint8Array[],
  view: StoredState,
  chain: Pick<BlockContext, 'blockIdAt' | 'check'>,
): Executed {
  const context: BlockContext = {
    params,
    height: header.height,
    slot: header.slot,
    staked: header.proof.kind !== 'pow',
    check: chain.check,
    blockIdAt: (height) => chain.blockIdAt(height),
  };
  const run = new BlockRun(view, context);
  checkDrawn(readGlobals(run.state), header);
  enforce(header.bodySize <= run.bodyLimit, 'body-size');
  for (const tx of body) run.add(tx);
  return run.finish(header.producer, header.bodySize);
}
