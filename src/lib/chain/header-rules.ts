import { verify as verifyVrf } from '../crypto/vrf.js';
import { concat, equal, toHex } from '../util/bytes.js';
import { nextTarget } from './asert.js';
import type { Entry } from './entry.js';
import { enforce } from './errors.js';
import { HEADER_VERSION, headerId, isMined, isStaked } from './header.js';
import { rangeRoot } from './mmr.js';
import type { Params } from './params.js';
import { hasWork, realScrypt, type Scrypt } from './pow.js';
import { epochOf } from './stake/epoch.js';
import { checkLeader, type VrfVerifier } from './stake/leader.js';
import { checkLottery, isLedByStake } from './stake/lottery.js';
import { Twins } from './stake/twins.js';
import type { Hash, Header, StakedHeader } from './types.js';

/** How many slots a block may lie ahead of a node's own clock: an expected block's time, at least two seconds. */
export function futureSlots(params: Params): number {
  return Math.max(params.derived.blockSlots, Math.ceil(2000 / params.slotMs));
}

/** Whether so much time went by without a block that one may be mined though stake leads. */
function isRecovering(params: Params, parent: Header, slot: number): boolean {
  return slot - parent.slot >= params.derived.recoverySlots;
}

/**
 * The target of a block that is mined in this slot on a parent; undefined: stake leads there. It may be mined all the
 * same where a chain led by stake stood still for 3k/f slots, at the first target. Without that a chain whose bonds
 * all went away would be lost: no bonds, nobody leads, so nobody could bond. In the blocks so mined the absent leave
 * the snapshots, and new bonds can be made. A fork gains nothing by it: the honest chain grows 3k blocks meanwhile.
 */
export function miningTarget(params: Params, parent: Header, slot: number): bigint | undefined {
  // The parent's word is enough: an epoch's first block can decide for later ones only.
  if (!isLedByStake(params, { slot, lottery: parent.lottery })) return nextTarget(params, parent);
  return isRecovering(params, parent, slot) ? BigInt(`0x${params.firstTarget}`) : undefined;
}

/** Everything about a header that its parent decides, but for the right to produce: microseconds. */
export function checkHeaderForm(params: Params, parent: Entry, header: Header, nowSlot: number): void {
  enforce(header.version === HEADER_VERSION, 'version');
  enforce(equal(header.parent, parent.id) && header.height === parent.header.height + 1, 'height');
  enforce(header.slot > parent.header.slot, 'slot');
  // Before the nonces: an epoch skipped costs a hash, so a slot far ahead must not get there.
  enforce(header.slot <= nowSlot + futureSlots(params), 'future');
  enforce(header.bodySize <= params.bodyBytesMax, 'body-size');
  enforce(equal(header.ancestors, rangeRoot(parent.range)), 'ancestors');
  checkLottery(params, parent, header);
  if (header.proof.kind === 'pow') {
    const target = miningTarget(params, parent.header, header.slot);
    enforce(target !== undefined, 'proof-kind');
    enforce(header.proof.target === target, 'target');
  } else {
    enforce(isLedByStake(params, header), 'proof-kind');
    // What that epoch's leaders are drawn from only the state of the parent tells.
    enforce(epochOf(params, header.slot) <= epochOf(params, parent.header.slot) + 1, 'epoch-skipped');
  }
}

/** What a right to produce is checked with. */
export interface HeaderTools {
  scrypt: Scrypt;
  verifyVrf: VrfVerifier;
  /** Hears of a leader's second header for one slot. */
  onTwin(first: StakedHeader, second: StakedHeader): void;
}

const HERE: HeaderTools = { scrypt: realScrypt, verifyVrf, onTwin: () => undefined };

/** Remembers headers whose right was checked: they come ahead of bodies, and scrypt takes 8 ms, a VRF half of one. */
export class HeaderChecker {
  readonly #params: Params;
  readonly #tools: HeaderTools;
  readonly #good = new Set<string>();
  readonly #twins: Twins;

  constructor(params: Params, tools: Partial<HeaderTools> = {}) {
    this.#params = params;
    this.#tools = { ...HERE, ...tools };
    this.#twins = new Twins(this.#tools.onTwin);
  }

  /** Cheap rules first; the right to produce is proved before anything is stored or passed on. */
  async check(parent: Entry, header: Header, nowSlot: number): Promise<void> {
    checkHeaderForm(this.#params, parent, header, nowSlot);
    const id = headerId(header);
    // The id is not the signature's: another one under the same id is another thing to check.
    const name = toHex(isStaked(header) ? concat(id, header.proof.signature) : id);
    if (this.#good.has(name)) return;
    if (isMined(header)) enforce(await hasWork(header, this.#tools.scrypt), 'proof-of-work');
    if (isStaked(header)) {
      await checkLeader(this.#params, header, this.#tools.verifyVrf);
      this.#twins.note(header, id);
    }
    rememberBounded(this.#good, name, 4096);
  }

  /** 1 or 2 for a leader's first and second header for a slot, 3 for those that need not be passed on any more. */
  placeOf(header: Header, id: Hash): 1 | 2 | 3 {
    return isStaked(header) ? this.#twins.placeOf(header, id) : 1;
  }
}

/** Adds to a set that forgets its oldest member beyond `max`. */
export function rememberBounded(set: Set<string>, name: string, max: number): void {
  set.add(name);
  if (set.size > max) for (const oldest of set) return void set.delete(oldest);
}
