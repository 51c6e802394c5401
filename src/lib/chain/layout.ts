import { concat, u32be, utf8 } from '../util/bytes.js';
import type { Hash } from './types.js';

/**
 * The ledger's areas in its store, a prefix byte each:
 *
 * | area | key | value |
 * |---|---|---|
 * | h | block id | header, total work, and what a child needs to know of its ancestors (entry.ts) |
 * | b | block id | body |
 * | n | u32 height | id of the main chain's block |
 * | s | path of a state key | the key and its value (state-entry.ts): in the tree's order |
 * | t | tree position | inner node |
 * | e | epoch modulo 4 | leaves of the snapshot that its leaders are drawn from (stake/frozen.ts) |
 * | f | u32 height | ids of all blocks stored at that height, for the last k heights |
 * | u | block id | undo record, for the last k blocks of the main chain |
 * | m | name | tip, network |
 * | j | name | a join that is under way (join/records.ts) |
 */
const area = (letter: string) => {
  const prefix = utf8(letter);
  return (key: Uint8Array): Uint8Array => concat(prefix, key);
};

export const headerKey = area('h') as (id: Hash) => Uint8Array;
export const bodyKey = area('b') as (id: Hash) => Uint8Array;
export const stateKey = area('s');
export const treeKey = area('t');
export const undoKey = area('u') as (id: Hash) => Uint8Array;
export const joinKey = area('j');
const heights = area('n');
const siblings = area('f');
const leaves = area('e');
const meta = area('m');

export const heightKey = (height: number): Uint8Array => heights(u32be(height));
export const siblingsKey = (height: number): Uint8Array => siblings(u32be(height));
export const leavesKey = (place: number): Uint8Array => leaves(Uint8Array.of(place));
export const tipKey: Uint8Array = meta(utf8('tip'));
export const networkKey: Uint8Array = meta(utf8('network'));
