import { concat, equal } from '../util/bytes.js';
import { bodyKey, heightKey, siblingsKey, undoKey } from './layout.js';
import type { Params } from './params.js';
import { eraseEntry, idAt } from './records.js';
import type { Reader, Staging } from './staging.js';
import type { Hash } from './types.js';

/** Blocks of one height that are removed in one block's batch; what is left over goes with those of the next height. */
const SIBLINGS_A_BLOCK = 64;
const ID_BYTES = 32;

/** Remembers a stored block, on whatever branch, until no reorganisation can reach it any more. */
export function listSibling(staging: Staging, height: number, id: Hash): void {
  const listed = siblingsAt(staging, height);
  if (!listed.some((other) => equal(other, id))) staging.put(siblingsKey(height), concat(...listed, id));
}

/** Of a block that is erased before its time. */
export function unlistSibling(staging: Staging, height: number, id: Hash): void {
  const left = siblingsAt(staging, height).filter((other) => !equal(other, id));
  staging.put(siblingsKey(height), left.length > 0 ? concat(...left) : null);
}

/**
 * Lets go of what a new tip makes superfluous, in that block's own batch: the undo record and the side branches k deep,
 * the body a cycle deep, the header two cycles deep (so that whoever joins finds a cycle of them below a state that
 * is kept). Genesis stays. The work is bounded however many blocks were stored.
 */
export function prune(params: Params, staging: Staging, height: number): void {
  const { k, cycleBlocks } = params;
  if (height > k) {
    const main = idAt(staging, height - k);
    if (main) staging.put(undoKey(main), null);
    pruneSiblings(staging, height - k, main);
  }
  const bodiless = height >= cycleBlocks ? idAt(staging, height - cycleBlocks) : undefined;
  if (bodiless) staging.put(bodyKey(bodiless), null);
  const last = height - 2 * cycleBlocks;
  const forgotten = last > 0 ? idAt(staging, last) : undefined;
  if (forgotten) {
    eraseEntry(staging, forgotten);
    staging.put(heightKey(last), null);
  }
}

function pruneSiblings(staging: Staging, height: number, main: Hash | undefined): void {
  const others = siblingsAt(staging, height).filter((id) => !main || !equal(id, main));
  for (const id of others.slice(0, SIBLINGS_A_BLOCK)) eraseEntry(staging, id);
  const left = others.slice(SIBLINGS_A_BLOCK);
  staging.put(siblingsKey(height), null);
  if (left.length > 0) staging.put(siblingsKey(height + 1), concat(...siblingsAt(staging, height + 1), ...left));
}

/** Ids of the blocks stored at a height, as they came. */
export function siblingsAt(reader: Reader, height: number): Hash[] {
  const bytes = reader.get(siblingsKey(height)) ?? new Uint8Array(0);
  return Array.from({ length: bytes.length / ID_BYTES }, (_, i) => bytes.slice(ID_BYTES * i, ID_BYTES * (i + 1)));
}
