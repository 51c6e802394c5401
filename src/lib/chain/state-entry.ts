import { concat } from '../util/bytes.js';
import { invariant } from '../util/errors.js';
import { stateKey } from './layout.js';
import type { Staging } from './staging.js';
import type { Change, StateEntry } from './state.js';
import { pathOf } from './tree-node.js';

/**
 * An entry of the state lies under its path, so that the store's order is the tree's: a subtree's leaves are one range.
 * The record carries the flat key, which the path does not tell: u8 length ‖ key ‖ value.
 */
export function encodeEntry(key: Uint8Array, value: Uint8Array): Uint8Array {
  invariant(key.length > 0 && key.length < 256, 'a state key of a wrong length');
  return concat(Uint8Array.of(key.length), key, value);
}

export function decodeEntry(bytes: Uint8Array): StateEntry {
  const end = 1 + (bytes[0] ?? 0);
  invariant(end > 1 && bytes.length >= end, 'a damaged state record');
  return { key: bytes.subarray(1, end), value: bytes.subarray(end) };
}

/** Writes a change of the flat state to where the store has it. */
export function putState(staging: Staging, [key, value]: Change, path = pathOf(key)): void {
  staging.put(stateKey(path), value === null ? null : encodeEntry(key, value));
}
