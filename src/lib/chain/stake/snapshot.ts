import { taggedHash } from '../../crypto/hash.js';
import { compare, equal, u64be } from '../../util/bytes.js';
import { encodeCbor } from '../../util/cbor.js';
import { invariant } from '../../util/errors.js';
import { append, EMPTY_RANGE, type RangeNodes, rangeRoot } from '../mmr.js';
import { proveInclusion, rootByPath } from '../mmr-proof.js';
import type { Address, Hash } from '../types.js';

/** A bond as an epoch's leaders are drawn from it. */
export interface StakeLeaf {
  account: Address;
  /** Grains, above 0. */
  stake: bigint;
  /** Ed25519 key of the VRF (crypto/vrf.ts). */
  vrfKey: Hash;
  /** Ed25519 key that signs headers. */
  signingKey: Hash;
}

/**
 * Who may lead in an epoch, frozen two epochs before. The root commits to the leaves in the order of their accounts,
 * to their number and to the total, so that a header which names the root alone leaves nothing to its sender.
 */
export interface Snapshot {
  root: Hash;
  count: number;
  /** Grains of all leaves. */
  total: bigint;
}

/** What a header carries of its leader: with the snapshot's root it gives σ and both keys. */
export interface StakeProof extends Omit<Snapshot, 'root'> {
  leaf: StakeLeaf;
  /** The leaf's place. */
  index: number;
  /** Bottom up: RFC 9162's inclusion path. */
  path: Hash[];
}

function encodeLeaf({ account, stake, vrfKey, signingKey }: StakeLeaf): Uint8Array {
  return encodeCbor([account, stake, vrfKey, signingKey]);
}

function rootOf(count: number, total: bigint, tree: Hash): Hash {
  return taggedHash('holdfast/snapshot/v1', u64be(count), u64be(total), tree);
}

/** A snapshot with its tree, for who has to prove a leaf of it. */
export class SnapshotTree implements RangeNodes {
  readonly snapshot: Snapshot;
  /** In the order of their accounts. */
  readonly leaves: readonly StakeLeaf[];
  /** A list a level, leaves first. */
  readonly #levels: Hash[][] = [];

  /** @param bonds in any order, one an account */
  constructor(bonds: Iterable<StakeLeaf>) {
    this.leaves = [...bonds].sort((a, b) => compare(a.account, b.account));
    let range = EMPTY_RANGE;
    let total = 0n;
    for (const [index, leaf] of this.leaves.entries()) {
      const before = this.leaves[index - 1];
      invariant(leaf.stake > 0n, 'a snapshot holds no empty bonds');
      invariant(!before || !equal(before.account, leaf.account), 'an account has one bond');
      const appended = append(range, encodeLeaf(leaf));
      for (const { level, hash } of appended.nodes) {
        if (level === this.#levels.length) this.#levels.push([]);
        this.#levels[level]!.push(hash);
      }
      range = appended.range;
      total += leaf.stake;
    }
    this.snapshot = { root: rootOf(range.count, total, rangeRoot(range)), count: range.count, total };
  }

  get(level: number, index: number): Hash | undefined {
    return this.#levels[level]?.[index];
  }

  /** undefined: the account has no leaf. */
  prove(account: Address): StakeProof | undefined {
    const index = this.leaves.findIndex((leaf) => equal(leaf.account, account));
    if (index < 0) return undefined;
    const { count, total } = this.snapshot;
    return { leaf: this.leaves[index]!, index, count, total, path: proveInclusion(this, index, count) };
  }
}

/**
 * Whether a snapshot's root holds this leaf, and this total. Never throws for a proof whose fields have their types.
 */
export function verifyStake(root: Hash, { leaf, index, count, total, path }: StakeProof): boolean {
  if (leaf.stake < 1n || leaf.stake > total || total >= 1n << 64n) return false;
  const tree = rootByPath(count, index, encodeLeaf(leaf), path);
  return tree !== undefined && equal(rootOf(count, total, tree), root);
}
