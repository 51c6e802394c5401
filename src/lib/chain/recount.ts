import { sha256 } from '../crypto/hash.js';
import { equal, readU16be, readU32be } from '../util/bytes.js';
import { holdings } from './block.js';
import { supplyOf } from './emission.js';
import { globalsKey, keyKind } from './keys.js';
import { decodeEntry } from './state-entry.js';
import {
  decodeInner,
  decodeRef,
  EMPTY_ROOT,
  encodeRef,
  innerHash,
  LEAF_DEPTH,
  pathOf,
  type Ref,
  refHash,
} from './tree-node.js';
import type { Hash } from './types.js';
import { globalsCodec } from './values.js';

export interface Counted {
  entries: number;
  accounts: number;
  /** Grains, by the letter that keys begin with (keys.ts). */
  held: ReadonlyMap<string, bigint>;
  total: bigint;
  /** What the globals among the entries say there is; undefined where they are missing. */
  supply: bigint | undefined;
  root: Hash;
  /** Whether the entries are exactly the leaves below the root. */
  committed: boolean;
}

/**
 * The whole state, added up as it is read, in any order and without keeping any of it. Every subtree that
 * some node points to must be there once, and nothing else be there: the two sides are compared as sums of
 * hashes. So entries, nodes and root hang together, or `committed` is false.
 */
export class Recount {
  readonly #held = new Map<string, bigint>();
  #entries = 0;
  #accounts = 0;
  #supply: bigint | undefined;
  #root: Ref | undefined;
  #misplaced = false;
  /** Sums of hashes, in words of 32 bits without carry: fast, and chance alone is what it must not miss. */
  readonly #balance = new Uint32Array(8);

  /** An entry of the state as it is stored. Throws LedgerError 'malformed' for one that cannot be read. */
  entry(path: Uint8Array, bytes: Uint8Array): void {
    const { key, value } = decodeEntry(bytes);
    const kind = keyKind(key);
    this.#held.set(kind, (this.#held.get(kind) ?? 0n) + holdings(key, value));
    this.#entries += 1;
    if (kind === 'a') this.#accounts += 1;
    if (kind === keyKind(globalsKey)) this.#supply = supplyOf(globalsCodec.decode(value));
    this.#weigh({ depth: LEAF_DEPTH, prefix: pathOf(key), hash: sha256(value) }, 1);
    if (!equal(path, pathOf(key))) this.#misplaced = true;
  }

  /** A record of the tree as it is stored: an inner node, or the root's own. */
  node(key: Uint8Array, bytes: Uint8Array): void {
    if (key.length === 0) {
      this.#root = decodeRef(bytes);
      this.#weigh(this.#root, -1);
      return;
    }
    const { left, right } = decodeInner(bytes);
    const depth = readU16be(key, 0);
    const prefix = new Uint8Array(32);
    prefix.set(key.subarray(2));
    this.#weigh({ depth, prefix, hash: innerHash(depth, prefix, refHash(left), refHash(right)) }, 1);
    this.#weigh(left, -1);
    this.#weigh(right, -1);
  }

  /** There is, or (-1) something points to. */
  #weigh(ref: Ref, sign: 1 | -1): void {
    const hash = sha256(encodeRef(ref));
    for (let i = 0; i < 8; i++) this.#balance[i]! += sign * readU32be(hash, 4 * i);
  }

  result(): Counted {
    const total = [...this.#held.values()].reduce((sum, grains) => sum + grains, 0n);
    return {
      ...{ entries: this.#entries, accounts: this.#accounts, held: this.#held, total, supply: this.#supply },
      root: this.#root ? refHash(this.#root) : EMPTY_ROOT,
      committed: !this.#misplaced && this.#balance.every((word) => word === 0),
    };
  }
}
