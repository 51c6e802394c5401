import { invariant } from '../../util/errors.js';
import { supplyOf } from '../emission.js';
import type { Fields } from '../fields.js';
import * as keys from '../keys.js';
import type { Overlay } from '../overlay.js';
import { read, readGlobals, type StateView } from '../state.js';
import type { Address, Globals, Hash } from '../types.js';
import { addressCodec, type Codec, codec } from '../values.js';
import type { StakeLeaf } from './snapshot.js';

/**
 * active: drawn. waiting: its owner asked for it back, but too little would stay; drawn on. leaving: not drawn any
 * more, paid back at a slot. absent: signed nothing while blocks were expected of it; not drawn until it says rebond.
 */
export type BondState =
  | { kind: 'active' | 'absent' }
  /** since: the slot of its unbond. */
  | { kind: 'waiting'; since: number }
  | { kind: 'leaving'; until: number };

export interface Bond {
  /** Grains. */
  stake: bigint;
  vrfKey: Hash;
  signingKey: Hash;
  /** The slot it was made in: nothing signed before is held against it. */
  since: number;
  /** Its place among the numbered bonds. */
  index: number;
  state: BondState;
  /** What was expected of it since it last signed, in units of 2^-32 block (absence.ts). */
  missed: bigint;
  /** The last epoch in which it gave a sign of life. */
  signed: number;
  /** Its stake in the running epoch's snapshot, and in the next one's; 0: none. */
  drawn: [bigint, bigint];
}

const STATES: BondState['kind'][] = ['active', 'waiting', 'leaving', 'absent'];

function slotOf(state: BondState): number {
  if (state.kind === 'waiting') return state.since;
  return state.kind === 'leaving' ? state.until : 0;
}

function readState(f: Fields): BondState {
  const kind = STATES[f.uint(0, STATES.length - 1)]!;
  if (kind === 'waiting') return { kind, since: f.uint() };
  if (kind === 'leaving') return { kind, until: f.uint() };
  f.uint(0, 0);
  return { kind };
}

export const bondCodec: Codec<Bond> = codec<Bond>(
  (b) => [
    ...[b.stake, b.vrfKey, b.signingKey, b.since, b.index, STATES.indexOf(b.state.kind), slotOf(b.state)],
    ...[b.missed, b.signed, ...b.drawn],
  ],
  (f) => ({
    ...{ stake: f.amount(), vrfKey: f.hash(), signingKey: f.hash(), since: f.uint(), index: f.uint() },
    state: readState(f),
    ...{ missed: f.amount(), signed: f.uint(), drawn: [f.amount(), f.amount()] },
  }),
);

export function readBond(view: StateView, account: Address): Bond | undefined {
  return read(view, keys.bondKey(account), bondCodec);
}

/** Whether snapshots to come hold it. */
export function isDrawn({ state }: Bond): boolean {
  return state.kind === 'active' || state.kind === 'waiting';
}

/** All bonds, by their numbers. Its length follows from the supply: none is smaller than `minBond`. */
export function readBonds(view: StateView): { account: Address; bond: Bond }[] {
  return Array.from({ length: readGlobals(view).bonds }, (_, index) => {
    const account = accountAt(view, index);
    const bond = readBond(view, account);
    invariant(bond?.index === index, 'a numbered bond is there, under its number');
    return { account, bond };
  });
}

function accountAt(view: StateView, index: number): Address {
  const account = read(view, keys.bondNumberKey(index), addressCodec);
  invariant(account, 'the numbers of bonds have no gap');
  return account;
}

/** What the globals count of a bond. */
function counted(bond: Bond | undefined): Pick<Globals, 'bonded' | 'waiting'> {
  return {
    bonded: bond && isDrawn(bond) ? bond.stake : 0n,
    waiting: bond?.state.kind === 'waiting' ? 1 : 0,
  };
}

/** Writes a bond that was there before (readBond), or one that `makeBond` numbers; the globals' counts follow. */
export function setBond(state: Overlay, account: Address, bond: Bond): void {
  replaceBond(state, account, readBond(state, account), bond);
}

/** The same for who has read it already. */
export function replaceBond(state: Overlay, account: Address, was: Bond | undefined, bond: Bond): void {
  recount(state, counted(was), counted(bond));
  state.put(keys.bondKey(account), bondCodec, bond);
}

function recount(state: Overlay, old: ReturnType<typeof counted>, now: ReturnType<typeof counted>): void {
  if (old.bonded === now.bonded && old.waiting === now.waiting) return;
  const globals = readGlobals(state);
  const bonded = globals.bonded + now.bonded - old.bonded;
  state.setGlobals({ ...globals, bonded, waiting: globals.waiting + now.waiting - old.waiting });
}

export function makeBond(state: Overlay, account: Address, bond: Omit<Bond, 'index'>): Bond {
  const globals = readGlobals(state);
  const made = { ...bond, index: globals.bonds };
  state.setGlobals({ ...globals, bonds: globals.bonds + 1 });
  state.put(keys.bondNumberKey(made.index), addressCodec, account);
  setBond(state, account, made);
  return made;
}

/** The last bond takes its number, so that all can be walked. */
export function removeBond(state: Overlay, account: Address): void {
  const bond = readBond(state, account);
  invariant(bond, 'only a bond that is there goes');
  recount(state, counted(bond), counted(undefined));
  const globals = readGlobals(state);
  const last = globals.bonds - 1;
  if (bond.index !== last) {
    const moved = accountAt(state, last);
    const movedBond = readBond(state, moved);
    invariant(movedBond, 'a numbered bond is there');
    state.put(keys.bondKey(moved), bondCodec, { ...movedBond, index: bond.index });
    state.put(keys.bondNumberKey(bond.index), addressCodec, moved);
  }
  state.delete(keys.bondNumberKey(last));
  state.delete(keys.bondKey(account));
  state.setGlobals({ ...globals, bonds: last });
}

export function leafOf(account: Address, { stake, vrfKey, signingKey }: Bond): StakeLeaf {
  return { account, stake, vrfKey, signingKey };
}

/** Staking begins where 1/20 of the supply is bonded (PROTOCOL §7). */
export function isEnough(total: bigint, supply: bigint): boolean {
  return total > 0n && 20n * total >= supply;
}

/** Whether a bond may go without leaving less than 1/40 of the supply to draw leaders from. Before staking: always. */
export function mayLeave(globals: Globals, stake: bigint): boolean {
  return globals.stakingSince === 0 || 40n * (globals.bonded - stake) >= supplyOf(globals);
}
