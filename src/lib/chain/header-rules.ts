import { equal, toHex } from '../util/bytes.js';
import { nextTarget } from './asert.js';
import type { Entry } from './entry.js';
import { enforce } from './errors.js';
import { HEADER_VERSION, headerId } from './header.js';
import { rangeRoot } from './mmr.js';
import type { Params } from './params.js';
import { hasWork, type Scrypt } from './pow.js';
import { checkLottery } from './stake/lottery.js';
import type { Header, MinedHeader } from './types.js';

/** How many slots a block may lie ahead of a node's own clock: an expected block's time, at least two seconds. */
export function futureSlots(params: Params): number {
  return Math.max(params.derived.blockSlots, Math.ceil(2000 / params.slotMs));
}

/** Everything about a header that its parent decides, but for the work: microseconds. */
export function checkHeaderForm(
  params: Params,
  parent: Entry,
  header: Header,
  nowSlot: number,
): asserts header is MinedHeader {
  enforce(header.version === HEADER_VERSION, 'version');
  enforce(equal(header.parent, parent.id) && header.height === parent.header.height + 1, 'height');
  enforce(header.slot > parent.header.slot, 'slot');
  // Before the nonces: an epoch skipped costs a hash, so a slot far ahead must not get there.
  enforce(header.slot <= nowSlot + futureSlots(params), 'future');
  enforce(header.bodySize <= params.bodyBytesMax, 'body-size');
  enforce(equal(header.ancestors, rangeRoot(parent.range)), 'ancestors');
  checkLottery(params, parent, header);
  enforce(header.proof.kind === 'pow', 'proof-kind');
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
  async check(parent: Entry, header: Header, nowSlot: number): Promise<void> {
    checkHeaderForm(this.#params, parent, header, nowSlot);
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
