import { equal, toHex } from '../../util/bytes.js';
import type { Hash, StakedHeader } from '../types.js';

/** Slots of leaders that are kept in mind: more than k blocks of the main network, some 2 MB. */
const SLOTS_MAX = 1024;

interface Seen {
  header: StakedHeader;
  id: Hash;
  second: Hash | undefined;
}

/**
 * Which headers each leader made for a slot, as far as they were heard of lately. A leader can sign any number for
 * its one slot, so only two count: the second is what it loses its bond by, a third tells nothing new.
 */
export class Twins {
  readonly #seen = new Map<string, Seen>();

  /** @param onTwin hears of each leader's second header for a slot, once */
  constructor(private readonly onTwin: (first: StakedHeader, second: StakedHeader) => void) {}

  /** A header whose leadership was checked. */
  note(header: StakedHeader, id: Hash): void {
    const name = nameOf(header);
    const seen = this.#seen.get(name);
    if (!seen) {
      this.#seen.set(name, { header, id, second: undefined });
      if (this.#seen.size > SLOTS_MAX) for (const oldest of this.#seen.keys()) return void this.#seen.delete(oldest);
      return;
    }
    if (seen.second || equal(seen.id, id)) return;
    seen.second = id;
    this.onTwin(seen.header, header);
  }

  /** 1 for its leader's first header for that slot that was noted, 2 for the second, 3 for any other. */
  placeOf(header: StakedHeader, id: Hash): 1 | 2 | 3 {
    const seen = this.#seen.get(nameOf(header));
    if (!seen || equal(seen.id, id)) return 1;
    return seen.second && equal(seen.second, id) ? 2 : 3;
  }
}

function nameOf({ producer, slot }: StakedHeader): string {
  return `${toHex(producer)} ${slot}`;
}
