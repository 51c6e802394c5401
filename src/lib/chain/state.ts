import { equal } from '../util/bytes.js';
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

function read<T>(view: StateView, key: Uint8Array, codec: Codec<T>): T | undefined {
  const bytes = view.get(key);
  return bytes === undefined ? undefined : codec.decode(bytes);
}

export function readAccount(view: StateView, address: Address): Account | undefined {
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
  const globals = read(view, keys.globalsKey, values.globalsCodec);
  invariant(globals, 'a state without globals');
  return globals;
}

const nameOf = (key: Uint8Array) => Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
const keyOf = (name: string) => new Uint8Array(Buffer.from(name, 'latin1'));

/** Changes over a state, kept apart: dropped, they leave no trace; overlays nest. */
export class Overlay implements StateView {
  readonly #base: StateView;
  readonly #changed = new Map<string, Uint8Array | null>();

  constructor(base: StateView) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const own = this.#changed.get(nameOf(key));
    return own === undefined ? this.#base.get(key) : (own ?? undefined);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#changed.set(nameOf(key), value);
  }

  delete(key: Uint8Array): void {
    this.#changed.set(nameOf(key), null);
  }

  put<T>(key: Uint8Array, codec: Codec<T>, value: T | null): void {
    if (value === null) this.delete(key);
    else this.set(key, codec.encode(value));
  }

  /** Where this overlay differs from what it lies on, in no particular order. */
  changes(): Change[] {
    const changes: Change[] = [];
    for (const [name, value] of this.#changed) {
      const key = keyOf(name);
      const old = this.#base.get(key);
      const same = value === null ? old === undefined : old !== undefined && equal(old, value);
      if (!same) changes.push([key, value]);
    }
    return changes;
  }

  /** The keys written since the overlay was made, whether or not their values differ. */
  touched(): Uint8Array[] {
    return [...this.#changed.keys()].map(keyOf);
  }

  /** Moves everything into the overlay this one lies on. */
  commit(): void {
    invariant(this.#base instanceof Overlay, 'only an overlay on an overlay commits');
    for (const [name, value] of this.#changed) this.#base.#changed.set(name, value);
    this.#changed.clear();
  }

  setAccount(address: Address, account: Account | null): void {
    this.put(keys.accountKey(address), values.accountCodec, account);
  }

  setBounty(id: Hash, bounty: Bounty | null): void {
    this.put(keys.bountyKey(id), values.bountyCodec, bounty);
  }

  setAdvert(id: Hash, advert: Advert | null): void {
    this.put(keys.advertKey(id), values.advertCodec, advert);
  }

  setBid(advert: Hash, account: Address, bid: Bid | null): void {
    this.put(keys.bidKey(advert, account), values.bidCodec, bid);
  }

  setBidder(advert: Hash, number: number, account: Address | null): void {
    this.put(keys.bidderKey(advert, number), values.addressCodec, account);
  }

  setBarredUntil(account: Address, slot: number | null): void {
    this.put(keys.barredKey(account), values.uintCodec, slot);
  }

  setGlobals(globals: Globals): void {
    this.put(keys.globalsKey, values.globalsCodec, globals);
  }
}
