import { compare } from '../../util/bytes.js';
import { supplyOf } from '../emission.js';
import type { Params } from '../params.js';
import { pushQueue } from '../queue.js';
import type { Run } from '../rules/run.js';
import { readGlobals } from '../state.js';
import type { Address, Globals } from '../types.js';
import { expectedBlocks, isAbsent, missedSince } from './absence.js';
import {
  type Bond,
  type BondState,
  isDrawn,
  isEnough,
  leafOf,
  mayLeave,
  readBonds,
  replaceBond,
  setBond,
} from './bond.js';
import { epochOf } from './epoch.js';
import { SnapshotTree } from './snapshot.js';
import { leaderThreshold } from './threshold.js';

/** What is frozen where an epoch begins. */
export interface Frozen {
  /** The first epoch whose leaders are drawn from it: the one after the entered one, or itself where epochs without a block lie before it. */
  epoch: number;
  tree: SnapshotTree;
}

/**
 * Run by the first block of an epoch before anything else. It writes down the supply that the epoch mints by, books
 * who was absent, lets bonds go that waited, and freezes the bonds as they are: S_e+1, where e is entered, is the
 * state after the last block of e − 1. Where whole epochs went by without a block, the state after the last block
 * before e − 1 is the same, and S_e is frozen too. undefined: the block's epoch was entered before.
 */
export function enterEpoch(run: Run): Frozen | undefined {
  const { context, state } = run;
  const { params, height } = context;
  const epoch = epochOf(params, context.slot);
  const left = readGlobals(state);
  if (epoch === left.epoch) return undefined;
  const skipped = epoch - left.epoch - 1;
  const entries = readBonds(state).map(({ account, bond }): Entry => ({ account, was: bond, bond }));
  bookAbsence(run, entries, left, skipped);
  releaseWaiting(run, entries, left);
  const drawn = entries.filter(({ bond }) => isDrawn(bond));
  const tree = new SnapshotTree(drawn.map(({ account, bond }) => leafOf(account, bond)));
  for (const entry of entries) write(run, entry, skipped);
  const globals = readGlobals(state);
  const supply = supplyOf(globals);
  // It never turns back. The mined blocks end here at the earliest: the height is the parent's.
  const decided = height - 1 >= params.powBlocks && isEnough(tree.snapshot.total, supply);
  state.setGlobals({
    ...globals,
    epoch,
    epochSupply: supply,
    snapshot: skipped > 0 ? tree.snapshot : globals.next,
    next: tree.snapshot,
    stakingSince: globals.stakingSince || (decided ? epoch + 1 : 0),
  });
  return { epoch: skipped > 0 ? epoch : epoch + 1, tree };
}

/** A bond as the epoch finds it, and as it leaves it: read once and written once, for there may be many. */
interface Entry {
  account: Address;
  was: Bond;
  bond: Bond;
}

function write(run: Run, { account, was, bond }: Entry, skipped: number): void {
  const next = isDrawn(bond) ? bond.stake : 0n;
  const drawn: Bond['drawn'] = [skipped > 0 ? next : bond.drawn[1], next];
  if (bond === was && drawn[0] === was.drawn[0] && drawn[1] === was.drawn[1]) return;
  const now = { ...bond, drawn };
  replaceBond(run.state, account, was, now);
  if (now.state.kind !== was.state.kind) run.events.push({ kind: 'bond', account, bond: now, txid: null });
  if (now.state.kind === 'leaving' && was.state.kind !== 'leaving') payBack(run, account, now.state.until);
}

/** Blocks expected of a stake in some staking epochs of one snapshot. */
function expected(params: Params, stake: bigint, total: bigint, epochs: number): bigint {
  if (stake === 0n || epochs <= 0) return 0n;
  const { leaderConstant, epochSlots } = params.derived;
  return expectedBlocks(leaderThreshold(leaderConstant, stake, total), epochs * epochSlots);
}

/**
 * A bond that signed nothing while 20 blocks were expected of it leaves the snapshots from here on. The epoch left is
 * counted by its snapshot; those that went by without a block by the one that was to follow.
 */
function bookAbsence(run: Run, entries: Entry[], left: Globals, skipped: number): void {
  if (left.stakingSince === 0) return;
  const { params } = run.context;
  const own = left.epoch >= left.stakingSince ? 1 : 0;
  for (const entry of entries) {
    const { bond } = entry;
    if (!isDrawn(bond)) continue;
    const { drawn } = bond;
    const signed = bond.signed === left.epoch;
    const inOwn = signed ? 0n : expected(params, drawn[0], left.snapshot.total, own);
    const missed = missedSince(bond.missed, inOwn, signed) + expected(params, drawn[1], left.next.total, skipped);
    if (!(run.context.defences?.isAbsent ?? isAbsent)(missed)) {
      if (missed !== bond.missed) entry.bond = { ...bond, missed };
      continue;
    }
    // Who waits for it back needs not wait: it is drawn no more anyway.
    const state: BondState = bond.state.kind === 'waiting' ? leaving(run) : { kind: 'absent' };
    entry.bond = { ...bond, missed: 0n, state };
  }
}

/**
 * Those who asked first go first. One that is too large to go does not hold up who comes after it: a bond that can
 * never leave would lock all others in.
 */
function releaseWaiting(run: Run, entries: Entry[], left: Globals): void {
  if (left.waiting === 0) return;
  let bonded = entries.reduce((sum, { bond }) => (isDrawn(bond) ? sum + bond.stake : sum), 0n);
  const waiting = entries.filter(({ bond }) => bond.state.kind === 'waiting');
  waiting.sort((a, b) => sinceOf(a) - sinceOf(b) || compare(a.account, b.account));
  for (const entry of waiting) {
    const { bond } = entry;
    if (!(run.context.defences?.mayLeave ?? mayLeave)({ ...left, bonded }, bond.stake)) continue;
    bonded -= bond.stake;
    entry.bond = { ...bond, state: leaving(run) };
  }
}

function sinceOf({ bond }: Entry): number {
  return bond.state.kind === 'waiting' ? bond.state.since : 0;
}

/** Paid back once nothing it signed can be held against it any more. */
function leaving({ context }: Run): Extract<BondState, { kind: 'leaving' }> {
  return { kind: 'leaving', until: context.slot + context.params.derived.bondSlots };
}

function payBack(run: Run, account: Address, until: number): void {
  pushQueue(run.state, until, { kind: 'unbond', account });
}

/** Out of all snapshots to come. */
export function leave(run: Run, account: Address, bond: Bond): void {
  const state = leaving(run);
  book(run, account, { ...bond, state });
  payBack(run, account, state.until);
}

/** Writes a bond's new state down, for the books too. */
export function book(run: Run, account: Address, bond: Bond): void {
  setBond(run.state, account, bond);
  run.events.push({ kind: 'bond', account, bond, txid: run.txid });
}
