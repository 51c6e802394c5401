import { equal } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import * as keys from './keys.js';
import {
  accountName,
  type Change,
  type DecodingView,
  decodes,
  GLOBALS_NAME,
  keyOf,
  nameOf,
  type StateView,
} from './state.js';
import type { Account, Address, Advert, Bid, Bounty, Globals, Hash } from './types.js';
import type { Codec } from './values.js';
import * as values from './values.js';

/** What a key holds, encoded, decoded, or both: whichever was asked for. */
class Held {
  static readonly NOTHING = new Held(undefined, undefined, undefined);

  private constructor(
    private encoded: Uint8Array | undefined,
    private decoded: unknown,
    private readonly codec: Codec<unknown> | undefined,
  ) {}

  static bytes(bytes: Uint8Array | undefined): Held {
    return bytes === undefined ? Held.NOTHING : new Held(bytes, undefined, undefined);
  }

  static value<T>(value: T, codec: Codec<T>): Held {
    return new Held(undefined, value, codec as Codec<unknown>);
  }

  bytes(): Uint8Array | undefined {
    if (this.codec && this.encoded === undefined) this.encoded = this.codec.encode(this.decoded);
    return this.encoded;
  }

  value<T>(codec: Codec<T>): T | undefined {
    if (this.decoded === undefined && this.encoded !== undefined) this.decoded = codec.decode(this.encoded);
    return this.decoded as T | undefined;
  }
}

/** Reads every key of a view once, and decodes it once. For as long as the view does not change. */
export class ReadOnce implements DecodingView {
  readonly #view: StateView;
  readonly #held = new Map<string, Held>();

  constructor(view: StateView) {
    this.#view = view;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.#at(nameOf(key)).bytes();
  }

  load<T>(name: string, codec: Codec<T>): T | undefined {
    return this.#at(name).value(codec);
  }

  #at(name: string): Held {
    let held = this.#held.get(name);
    if (!held) {
      held = Held.bytes(this.#view.get(keyOf(name)));
      this.#held.set(name, held);
    }
    return held;
  }
}

/** A key's value as it was and as it is from now on; null: nothing. */
export interface Difference {
  key: Uint8Array;
  old: Uint8Array | null;
  value: Uint8Array | null;
}

/**
 * Changes over a state, kept apart: dropped, they leave no trace; overlays nest. Objects are encoded only where their
 * bytes are asked for, so one that changes a thousand times is encoded once.
 */
export class Overlay implements DecodingView {
  readonly #base: StateView;
  readonly #changed = new Map<string, Held>();
  /** What the running attempt has replaced so far. */
  #before: [name: string, held: Held | undefined][] | undefined;

  constructor(base: StateView) {
    this.#base = base;
  }

  get(key: Uint8Array): Uint8Array | undefined {
    const own = this.#changed.get(nameOf(key));
    return own ? own.bytes() : this.#base.get(key);
  }

  load<T>(name: string, codec: Codec<T>): T | undefined {
    const own = this.#changed.get(name);
    if (own) return own.value(codec);
    if (decodes(this.#base)) return this.#base.load(name, codec);
    const bytes = this.#base.get(keyOf(name));
    return bytes === undefined ? undefined : codec.decode(bytes);
  }

  set(key: Uint8Array, value: Uint8Array): void {
    this.#write(nameOf(key), Held.bytes(value));
  }

  delete(key: Uint8Array): void {
    this.#write(nameOf(key), Held.NOTHING);
  }

  put<T>(key: Uint8Array, codec: Codec<T>, value: T | null): void {
    this.#putNamed(nameOf(key), codec, value);
  }

  #putNamed<T>(name: string, codec: Codec<T>, value: T | null): void {
    this.#write(name, value === null ? Held.NOTHING : Held.value(value, codec));
  }

  /** Where this overlay differs from what it lies on, in no particular order. */
  differences(): Difference[] {
    const differences: Difference[] = [];
    for (const [name, held] of this.#changed) {
      const key = keyOf(name);
      const [old, value] = [this.#base.get(key) ?? null, held.bytes() ?? null];
      const same = old === null || value === null ? old === value : equal(old, value);
      if (!same) differences.push({ key, old, value });
    }
    return differences;
  }

  changes(): Change[] {
    return this.differences().map(({ key, value }) => [key, value]);
  }

  /** The keys written since the overlay was made, whether or not their values differ. */
  touched(): Uint8Array[] {
    return [...this.#changed.keys()].map(keyOf);
  }

  /** Does `work`; where it throws, what it wrote here goes again. Not within another attempt. */
  attempt<T>(work: () => T): T {
    invariant(this.#before === undefined, 'one attempt at a time');
    const before: [name: string, held: Held | undefined][] = [];
    this.#before = before;
    try {
      return work();
    } catch (error) {
      for (const [name, held] of before.reverse()) {
        if (held) this.#changed.set(name, held);
        else this.#changed.delete(name);
      }
      throw error;
    } finally {
      this.#before = undefined;
    }
  }

  #write(name: string, held: Held): void {
    this.#before?.push([name, this.#changed.get(name)]);
    this.#changed.set(name, held);
  }

  setAccount(address: Address, account: Account | null): void {
    this.#putNamed(accountName(address), values.accountCodec, account);
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
    this.#putNamed(GLOBALS_NAME, values.globalsCodec, globals);
  }
}
