import { equal, toHex } from '../util/bytes.js';
import { nextTarget } from './asert.js';
import { enforce } from './errors.js';
import { HEADER_VERSION, headerId } from './header.js';
import type { Params } from './params.js';
import { hasWork, type Scrypt } from './pow.js';
import type { Hash, Header } from './types.js';

/** How many slots a block may lie ahead of a node's own clock: an expected block's time, at least two seconds. */
export function futureSlots(params: Params): number {
  return Math.max(params.derived.blockSlots, Math.ceil(2000 / params.slotMs));
}

/** Everything about a header that its parent's header decides, but for the work: microseconds. */
export function checkHeaderForm(params: Params, parent: { header: Header; id: Hash }, header: Header): void {
  enforce(header.version === HEADER_VERSION, 'version');
  enforce(equal(header.parent, parent.id) && header.height === parent.header.height + 1, 'height');
  enforce(header.slot > parent.header.slot, 'slot');
  enforce(header.bodySize <= params.maxBodyBytes, 'body-size');
  enforce(header.proof.target === nextTarget(params, parent.header), 'target');
}

/** Remembers headers whose work was checked: headers come ahead of bodies, and scrypt takes 8 ms. */
export class HeaderChecker {
  readonly #params: Params;
  readonly #scrypt: Scrypt;
  readonly #good = new Set<string>();

  constructor(params: Params, scrypt: Scrypt) {
    this.#params = params;
    this.#scrypt = scrypt;
  }

  /** Cheap rules first; the right to produce is proved before anything is stored or passed on. */
  async check(parent: { header: Header; id: Hash }, header: Header, nowSlot: number): Promise<void> {
    checkHeaderForm(this.#params, parent, header);
    enforce(header.slot <= nowSlot + futureSlots(this.#params), 'future');
    const name = toHex(headerId(header));
    if (this.#good.has(name)) return;
    enforce(await hasWork(header, this.#scrypt), 'proof-of-work');
    rememberBounded(this.#good, name, 4096);
  }
}

/** Adds to a set that forgets its oldest member beyond `max`. */
export function rememberBounded(set: Set<string>, name: string, max: number): void {
  set.add(name);
  if (set.size > max) for (const oldest of set) return void set.delete(oldest);
}
