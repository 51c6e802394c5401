import { invariant } from '../util/errors.js';
import * as keys from './keys.js';
import type { Account, Address, Advert, Bid, Bounty, Globals, Hash } from './types.js';
import type { Codec } from './values.js';
import * as values from './values.js';

/** The state by flat key (keys.ts). */
export interface StateView {
  get(key: Uint8Array): Uint8Array | undefined;
}

export interface StateEntry {
  key: Uint8Array;
  value: Uint8Array;
}

/** The state as it is stored: its entries can be had by their paths in the tree, too. */
export interface StoredState extends StateView {
  at(path: Uint8Array): StateEntry | undefined;
  /** The next paths behind one, in the tree's order and around its end (tree-walk.ts). */
  leavesAfter(path: Uint8Array, n: number): Uint8Array[];
}

/** A key and what it holds from now on; null: nothing. */
export type Change = [key: Uint8Array, value: Uint8Array | null];

/** A view that keeps what it decoded. What comes out of it is never changed, only replaced. */
export interface DecodingView extends StateView {
  load<T>(name: string, codec: Codec<T>): T | undefined;
}

/** Longer than any key, of the state and of the store. */
const scratch = Buffer.alloc(512);
const ACCOUNT = keys.accountKey(new Uint8Array(0))[0]!;

/** A key as a text of a character a byte, to find it by. */
export function nameOf(key: Uint8Array): string {
  scratch.set(key);
  return scratch.toString('latin1', 0, key.length);
}

export function keyOf(name: string): Uint8Array {
  const key = new Uint8Array(name.length);
  for (let i = 0; i < key.length; i++) key[i] = name.charCodeAt(i);
  return key;
}

/** The two that every transaction asks for, again and again: without making their keys. */
export const GLOBALS_NAME = nameOf(keys.globalsKey);

export function accountName(address: Address): string {
  scratch[0] = ACCOUNT;
  scratch.set(address, 1);
  return scratch.toString('latin1', 0, 1 + address.length);
}

export function read<T>(view: StateView, key: Uint8Array, codec: Codec<T>): T | undefined {
  if (decodes(view)) return view.load(nameOf(key), codec);
  const bytes = view.get(key);
  return bytes === undefined ? undefined : codec.decode(bytes);
}

export function decodes(view: StateView): view is DecodingView {
  return 'load' in view;
}

export function readAccount(view: StateView, address: Address): Account | undefined {
  if (decodes(view)) return view.load(accountName(address), values.accountCodec);
  return read(view, keys.accountKey(address), values.accountCodec);
}

export function readBounty(view: StateView, id: Hash): Bounty | undefined {
  return read(view, keys.bountyKey(id), values.bountyCodec);
}

export function readAdvert(view: StateView, id: Hash): Advert | undefined {
  return read(view, keys.advertKey(id), values.advertCodec);
}

export function readBid(view: StateView, advert: Hash, account: Address): Bid | undefined {
  return read(view, keys.bidKey(advert, account), values.bidCodec);
}

/** An advert's bids in the order in which the chain took them: what a clearing is a function of. */
export function readBids(view: StateView, advert: Hash): Bid[] {
  const count = readAdvert(view, advert)?.bids ?? 0;
  const bids: Bid[] = [];
  for (let number = 0; number < count; number++) {
    const account = read(view, keys.bidderKey(advert, number), values.addressCodec);
    const bid = account && readBid(view, advert, account);
    if (bid) bids.push(bid);
  }
  return bids;
}

/** The last slot in which an account may not bid; undefined: it may. */
export function readBarredUntil(view: StateView, account: Address): number | undefined {
  return read(view, keys.barredKey(account), values.uintCodec);
}

export function readGlobals(view: StateView): Globals {
  const globals = decodes(view)
    ? view.load(GLOBALS_NAME, values.globalsCodec)
    : read(view, keys.globalsKey, values.globalsCodec);
  invariant(globals, 'a state without globals');
  return globals;
}
