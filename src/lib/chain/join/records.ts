import { sha256 } from '../../crypto/hash.js';
import { concat, readU16be, u16be, u32be, utf8 } from '../../util/bytes.js';
import { encodeCbor } from '../../util/cbor.js';
import { decodeRecord } from '../fields.js';
import { joinKey } from '../layout.js';
import type { Reader, Staging } from '../staging.js';
import type { Hash } from '../types.js';
import type { Part } from './part.js';

/** Where a node joins: the block whose state it takes, and the block below it from which headers are checked. */
export interface JoinTarget {
  height: number;
  id: Hash;
  /** The record of the block from which on every header is checked, as the peers' ledgers store it (records.ts). */
  start: Uint8Array;
}

/**
 * What a target is called where peers are asked whether they know it too. Two of one name are the same in every byte:
 * the work so far, which no id commits to, as well.
 */
export function targetName({ height, id, start }: JoinTarget): Hash {
  return sha256(encodeCbor([height, id, start]));
}

export interface NamedTarget {
  height: number;
  name: Hash;
}

/** How far a join has come. Its parts still wanted and its headers not yet checked are records of their own. */
export interface JoinState {
  target: JoinTarget;
  /** erase: what the store held before goes first. */
  phase: 'erase' | 'fetch';
  /** The header that is wanted next: they come from the target down, each named by the one above. */
  wantedHeight: number;
  wanted: Hash;
  /** Up to this height headers were checked. */
  checked: number;
  /** Entries of the state that are here. */
  entries: number;
}

/**
 * | key | value |
 * |---|---|
 * | m | how far the join has come |
 * | h, u32 height | a header that came and was not checked yet |
 * | p, u16 depth, prefix | the hash of a part of the state that is still wanted |
 */
export const joinRecordKey = joinKey(utf8('m'));
export const joinHeaderKey = (height: number): Uint8Array => joinKey(concat(utf8('h'), u32be(height)));
const PARTS = utf8('p');
export const joinPartKey = ({ depth, prefix }: Part): Uint8Array => joinKey(concat(PARTS, u16be(depth), prefix));
/** The first and the last key that a part can have. */
export const joinPartRange = [joinKey(PARTS), joinKey(Uint8Array.of(PARTS[0]! + 1))] as const;

export function readJoinPart(key: Uint8Array, hash: Hash): Part {
  return { depth: readU16be(key, 2), prefix: key.slice(4), hash };
}

const PHASES = ['erase', 'fetch'] as const;
/** A stored block's record is its header, at most 16 KiB, and little more. */
const START_BYTES = 1 << 16;

export function readJoin(reader: Reader): JoinState | undefined {
  const bytes = reader.get(joinRecordKey);
  if (bytes === undefined) return undefined;
  return decodeRecord(bytes, (f) => ({
    target: { height: f.uint(), id: f.hash(), start: f.bytes(1, START_BYTES) },
    phase: PHASES[f.uint(0, 1)]!,
    wantedHeight: f.uint(),
    wanted: f.hash(),
    checked: f.uint(),
    entries: f.uint(),
  }));
}

export function writeJoin(staging: Staging, join: JoinState | null): void {
  if (!join) {
    staging.put(joinRecordKey, null);
    return;
  }
  const { target, phase, wantedHeight, wanted, checked, entries } = join;
  const start = [target.height, target.id, target.start];
  staging.put(joinRecordKey, encodeCbor([...start, PHASES.indexOf(phase), wantedHeight, wanted, checked, entries]));
}
