import { invariant } from '../../util/errors.js';
import type { StateView } from '../state.js';
import { type Entry, keyOf, nameOf, same } from './entry.js';

/**
 * The state with everything that waits applied, kept key by key: for each key those that touched it, in
 * their order. So taking one out, or a new tip, says by comparison which others see something else now;
 * nobody else is applied again. (As build systems do: Mokhov, Mitchell, Peyton Jones, Build Systems à la
 * Carte, ICFP 2018, "early cutoff".)
 */
export class Lanes implements StateView {
  readonly #base: StateView;
  readonly #lanes = new Map<string, Entry[]>();

  constructor(base: StateView) {
    this.#base = base;
  }

  /** As the last one left it. */
  get(key: Uint8Array): Uint8Array | undefined {
    const name = nameOf(key);
    const lane = this.#lanes.get(name);
    return lane ? lane.at(-1)!.touched.get(name)!.left : this.#base.get(key);
  }

  /** As one with that place finds it; what is looked at is written down. */
  at(order: number): { view: StateView; found: Map<string, Uint8Array | undefined> } {
    const found = new Map<string, Uint8Array | undefined>();
    const get = (key: Uint8Array) => {
      const name = nameOf(key);
      if (found.has(name)) return found.get(name);
      const value = this.#before(name, key, order);
      found.set(name, value);
      return value;
    };
    return { view: { get }, found };
  }

  insert(entry: Entry): void {
    for (const name of entry.touched.keys()) {
      const lane = this.#lanes.get(name);
      if (!lane) this.#lanes.set(name, [entry]);
      else if (lane.at(-1)!.order < entry.order) lane.push(entry);
      else lane.splice(after(lane, entry.order), 0, entry);
    }
  }

  remove(entry: Entry): void {
    for (const name of entry.touched.keys()) {
      const lane = this.#lanes.get(name)!;
      const at = after(lane, entry.order) - 1;
      invariant(lane[at] === entry, 'an entry is in the lane of each key it touched');
      if (lane.length === 1) this.#lanes.delete(name);
      else lane.splice(at, 1);
    }
  }

  /** The first in a key's lane that finds something else there now. Those after it are asked about once it is applied anew. */
  stale(name: string): Entry | undefined {
    const lane = this.#lanes.get(name);
    if (!lane) return undefined;
    let value = this.#base.get(keyOf(name));
    for (const entry of lane) {
      const touch = entry.touched.get(name)!;
      if (!same(touch.found, value)) return entry;
      value = touch.left;
    }
    return undefined;
  }

  /** The next after a place, where it finds something else now. */
  staleAfter(name: string, order: number): Entry | undefined {
    const lane = this.#lanes.get(name);
    const next = lane?.[after(lane, order)];
    if (!next) return undefined;
    return same(next.touched.get(name)!.found, this.#before(name, keyOf(name), next.order)) ? undefined : next;
  }

  #before(name: string, key: Uint8Array, order: number): Uint8Array | undefined {
    const lane = this.#lanes.get(name);
    const last = lane?.[firstFrom(lane, order) - 1];
    return last ? last.touched.get(name)!.left : this.#base.get(key);
  }
}

/** Where the first one stands whose place is not before `order`. */
function firstFrom(lane: readonly Entry[], order: number): number {
  if (lane.at(-1)!.order < order) return lane.length;
  let [low, high] = [0, lane.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (lane[middle]!.order < order) low = middle + 1;
    else high = middle;
  }
  return low;
}

const after = (lane: readonly Entry[], order: number): number => firstFrom(lane, order + 1);
