import { sha256 } from '../../crypto/hash.js';
import { compare } from '../../util/bytes.js';
import { invariant } from '../../util/errors.js';
import { enforce } from '../errors.js';
import { stateKey, treeKey } from '../layout.js';
import type { StoreSnapshot } from '../staging.js';
import type { StateEntry } from '../state.js';
import { decodeEntry } from '../state-entry.js';
import { readInner, rootRef } from '../tree.js';
import {
  bit,
  commonBits,
  EMPTY_ROOT,
  innerHash,
  LEAF_DEPTH,
  leafHash,
  pathOf,
  prefixOf,
  refHash,
} from '../tree-node.js';
import type { Hash } from '../types.js';

/**
 * A part of the state: all entries whose paths begin with the first `depth` bits of `prefix`. The hash, which the
 * node above commits to, is that of the topmost node at or below that place; for the whole state, the state root.
 */
export interface Part {
  /** 0 to 256. */
  depth: number;
  /** 32 bytes, zero beyond `depth` bits. */
  prefix: Uint8Array;
  hash: Hash;
}

/** What a peer says to a part: all of its entries, or, where these are too large for one answer, its two halves. */
export type PartAnswer =
  | { kind: 'leaves'; entries: StateEntry[] }
  | { kind: 'inner'; depth: number; prefix: Uint8Array; left: Hash; right: Hash };

/** What a part's entries may take together: more, and it is answered by its halves, unless it is a single entry. */
export const PART_BYTES = 256 * 1024;
/** What an entry takes on top of its key and value, at most, in any encoding of an answer. */
export const ENTRY_OVERHEAD = 16;

export const rootPart = (stateRoot: Hash): Part => ({ depth: 0, prefix: new Uint8Array(32), hash: stateRoot });

export function sizeOf({ key, value }: StateEntry): number {
  return key.length + value.length + ENTRY_OVERHEAD;
}

/**
 * Answers from a snapshot; undefined where its state has no such part. Reads at most PART_BYTES of entries, and of the
 * tree as many nodes as lie above the part.
 */
export async function openPart(
  snapshot: StoreSnapshot,
  part: Part,
  bytesMax = PART_BYTES,
): Promise<PartAnswer | undefined> {
  const tree = { get: (key: Uint8Array) => snapshot.get(treeKey(key)) };
  let ref = rootRef(tree);
  while (ref && ref.depth < part.depth && commonBits(ref.prefix, part.prefix) >= ref.depth) {
    const { left, right } = readInner(tree, ref);
    ref = bit(part.prefix, ref.depth) === 1 ? right : left;
  }
  if (!ref || commonBits(ref.prefix, part.prefix) < part.depth || compare(refHash(ref), part.hash) !== 0)
    return undefined;
  const { depth, prefix } = ref;
  const entries = await entriesBelow(snapshot, depth, prefix, bytesMax);
  if (entries) return { kind: 'leaves', entries };
  const { left, right } = readInner(tree, ref);
  return { kind: 'inner', depth, prefix, left: refHash(left), right: refHash(right) };
}

/** A subtree's entries in the order of their paths: one range of the store. undefined: they are too large together. */
async function entriesBelow(
  snapshot: StoreSnapshot,
  depth: number,
  prefix: Uint8Array,
  bytesMax: number,
): Promise<StateEntry[] | undefined> {
  const entries: StateEntry[] = [];
  let bytes = 0;
  for await (const [, record] of snapshot.scan(stateKey(prefix), stateKey(lastBelow(depth, prefix)))) {
    const entry = decodeEntry(record);
    bytes += sizeOf(entry);
    if (bytes > bytesMax && entries.length > 0) return undefined;
    entries.push(entry);
  }
  return entries;
}

/** The last path that begins with `depth` bits of a prefix. */
function lastBelow(depth: number, prefix: Uint8Array): Uint8Array {
  return prefix.map((byte, i) => byte | (0xff >> Math.min(8, Math.max(0, depth - 8 * i))));
}

/**
 * Holds an answer to the hash that was asked for: the parts still to be asked for, or the entries. Nothing but what the
 * state root commits to passes. Throws LedgerError 'state-part' for anything else: whoever sent it lied.
 */
export function checkPart(part: Part, answer: PartAnswer): { parts: Part[] } | { entries: StateEntry[] } {
  if (answer.kind === 'leaves') {
    const leaves = answer.entries.map(({ key, value }): Leaf => ({ path: pathOf(key), hash: sha256(value) }));
    const bytes = answer.entries.reduce((sum, entry) => sum + sizeOf(entry), 0);
    enforce(bytes <= PART_BYTES || leaves.length === 1, 'state-part', 'too large');
    const ordered = leaves.every(({ path }, i) => i === 0 || compare(leaves[i - 1]!.path, path) < 0);
    enforce(ordered, 'state-part', 'not in order');
    enforce(compare(hashOf(leaves), part.hash) === 0, 'state-part', 'entries');
    return { entries: answer.entries };
  }
  const { depth, prefix, left, right } = answer;
  const inside = Number.isInteger(depth) && depth >= part.depth && depth < LEAF_DEPTH;
  enforce(inside && compare(prefixOf(prefix, depth), prefix) === 0, 'state-part', 'a place');
  enforce(commonBits(prefix, part.prefix) >= part.depth, 'state-part', 'another part');
  enforce(compare(innerHash(depth, prefix, left, right), part.hash) === 0, 'state-part', 'halves');
  // A copy, whatever kind of bytes it came as: slice of a Buffer is none.
  const other = new Uint8Array(prefix);
  other[depth >> 3]! |= 0x80 >> (depth & 7);
  return {
    parts: [
      { depth: depth + 1, prefix, hash: left },
      { depth: depth + 1, prefix: other, hash: right },
    ],
  };
}

interface Leaf {
  path: Uint8Array;
  hash: Hash;
}

/** The hash of the subtree of some leaves, by its definition. A range of them, so that nothing is copied. */
function hashOf(leaves: readonly Leaf[], from = 0, to = leaves.length): Hash {
  if (from === to) return EMPTY_ROOT;
  const first = leaves[from]!;
  if (to - from === 1) return leafHash(first.path, first.hash);
  const depth = commonBits(first.path, leaves[to - 1]!.path);
  let split = from + 1;
  for (let above = to; split < above; ) {
    const middle = (split + above) >> 1;
    if (bit(leaves[middle]!.path, depth) === 1) above = middle;
    else split = middle + 1;
  }
  invariant(split < to, 'sorted leaves of different paths part somewhere');
  return innerHash(depth, prefixOf(first.path, depth), hashOf(leaves, from, split), hashOf(leaves, split, to));
}
