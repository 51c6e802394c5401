import { concat, u32be, u64be } from '../util/bytes.js';
import type { Address, Hash } from './types.js';

/**
 * The state's keys: flat, a prefix byte and what follows. Their SHA-256 is the path in the tree.
 *
 * | prefix | then | value |
 * |---|---|---|
 * | a | address | account |
 * | b | bounty id | bounty |
 * | d | advert id | advert |
 * | c | advert id, account | bid |
 * | i | advert id, u32 number | the account of that bid |
 * | q | u64 slot, u32 index | an entry of that slot's expiry queue |
 * | Q | u64 slot | how many entries that slot's queue holds |
 * | x | account | the last slot in which it may not bid |
 * | o | account | its bond |
 * | O | u32 number | the account of that bond |
 * | z | u32 height modulo a cycle's blocks | that block's body size; none: empty |
 * | g | | globals |
 */
const tag = (letter: string) => Uint8Array.of(letter.charCodeAt(0));
const A = tag('a');
const B = tag('b');
const D = tag('d');
const C = tag('c');
const I = tag('i');
const ENTRY = tag('q');
const COUNT = tag('Q');
const X = tag('x');
const BOND = tag('o');
const BOND_NUMBER = tag('O');
const SIZE = tag('z');

export const globalsKey: Uint8Array = tag('g');

export const accountKey = (address: Address): Uint8Array => concat(A, address);
export const bountyKey = (id: Hash): Uint8Array => concat(B, id);
export const advertKey = (id: Hash): Uint8Array => concat(D, id);
export const bidKey = (advert: Hash, account: Address): Uint8Array => concat(C, advert, account);
export const bidderKey = (advert: Hash, number: number): Uint8Array => concat(I, advert, u32be(number));
export const queueKey = (slot: number, index: number): Uint8Array => concat(ENTRY, u64be(slot), u32be(index));
export const queueCountKey = (slot: number): Uint8Array => concat(COUNT, u64be(slot));
export const barredKey = (account: Address): Uint8Array => concat(X, account);
export const bondKey = (account: Address): Uint8Array => concat(BOND, account);
export const bondNumberKey = (index: number): Uint8Array => concat(BOND_NUMBER, u32be(index));
export const bodySizeKey = (place: number): Uint8Array => concat(SIZE, u32be(place));

/** The letter a flat key begins with. */
export function keyKind(key: Uint8Array): string {
  return String.fromCharCode(key[0]!);
}
