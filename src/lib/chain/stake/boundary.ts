import { compare } from '../../util/bytes.js';
import { supplyOf } from '../emission.js';
import type { Params } from '../params.js';
import { pushQueue } from '../queue.js';
import type { Run } from '../rules/run.js';
import { readGlobals } from '../state.js';
import type { Address, Globals } from '../types.js';
import { expectedBlocks, isAbsent, missedSince } from './absence.js';
import { type Bond, isDrawn, isEnough, leafOf, mayLeave, readBonds, setBond } from './bond.js';
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
  bookAbsence(run, left, skipped);
  releaseWaiting(run);
  const bonds = readBonds(state);
  const tree = new SnapshotTree(
    bonds.filter(({ bond }) => isDrawn(bond)).map(({ account, bond }) => leafOf(account, bond)),
  );
  for (const { account, bond } of bonds) {
    const next = isDrawn(bond) ? bond.stake : 0n;
    const drawn: Bond['drawn'] = [skipped > 0 ? next : bond.drawn[1], next];
    if (drawn[0] !== bond.drawn[0] || drawn[1] !== bond.drawn[1]) setBond(state, account, { ...bond, drawn });
  }
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
function bookAbsence(run: Run, left: Globals, skipped: number): void {
  if (left.stakingSince === 0) return;
  const { params } = run.context;
  const own = left.epoch >= left.stakingSince ? 1 : 0;
  const after = left.epoch + skipped - Math.max(left.epoch, left.stakingSince - 1);
  for (const { account, bond } of readBonds(run.state)) {
    if (!isDrawn(bond)) continue;
    const { drawn } = bond;
    const signed = bond.signed === left.epoch;
    const inOwn = signed ? 0n : expected(params, drawn[0], left.snapshot.total, own);
    const missed = missedSince(bond.missed, inOwn, signed) + expected(params, drawn[1], left.next.total, after);
    if (!isAbsent(missed)) {
      if (missed !== bond.missed) setBond(run.state, account, { ...bond, missed });
      continue;
    }
    const away = { ...bond, missed: 0n };
    // Who waits for it back needs not wait: it is drawn no more anyway.
    if (bond.state.kind === 'waiting') leave(run, account, away);
    else book(run, account, { ...away, state: { kind: 'absent' } });
  }
}

/**
 * Those who asked first go first. One that is too large to go does not hold up who comes after it: a bond that can
 * never leave would lock all others in.
 */
function releaseWaiting(run: Run): void {
  if (readGlobals(run.state).waiting === 0) return;
  const waiting = readBonds(run.state).flatMap(({ account, bond }) =>
    bond.state.kind === 'waiting' ? [{ account, bond, since: bond.state.since }] : [],
  );
  waiting.sort((a, b) => a.since - b.since || compare(a.account, b.account));
  for (const { account, bond } of waiting) {
    if (mayLeave(readGlobals(run.state), bond.stake)) leave(run, account, bond);
  }
}

/** Out of all snapshots to come, and paid back once nothing it signed can be held against it any more. */
export function leave(run: Run, account: Address, bond: Bond): void {
  const until = run.context.slot + run.context.params.derived.bondSlots;
  book(run, account, { ...bond, state: { kind: 'leaving', until } });
  pushQueue(run.state, until, { kind: 'unbond', account });
}

/** Writes a bond's new state down, for the books too. */
export function book(run: Run, account: Address, bond: Bond): void {
  setBond(run.state, account, bond);
  run.events.push({ kind: 'bond', account, bond, txid: run.txid });
}
