import { invariant } from '../util/errors.js';
import * as keys from './keys.js';
import type { Overlay } from './overlay.js';
import type { Params } from './params.js';
import { read, readGlobals, type StateView } from './state.js';
import { uintCodec } from './values.js';

/** So many bodies back their median is taken. No cycle is shorter (params.ts). */
export const MEDIAN_BLOCKS = 100;

/** What the state says of the body at a height within the last cycle: bytes, 0 where there was none. */
function sizeAt(params: Params, view: StateView, height: number): number {
  return read(view, keys.bodySizeKey(height % params.cycleBlocks), uintCodec) ?? 0;
}

/** Half a cycle's bytes are dealt evenly: so much is left for every block, whatever the others took. */
export function evenShare({ cycleBytes, cycleBlocks }: Pick<Params, 'cycleBytes' | 'cycleBlocks'>): number {
  return Math.floor(cycleBytes / (2 * cycleBlocks));
}

const burst = (params: Params, size: number) => Math.max(0, size - evenShare(params));

/**
 * The largest body the block at `height` may have, in bytes, from its parent's state: twice the median of the last 100
 * (the lower of the two in the middle; blocks before the first count as empty) between `bodyBytesMin` and
 * `bodyBytesMax`, and no more than keeps a cycle's bodies within `cycleBytes`.
 *
 * The cycle's other half is for bursts: what bodies have beyond the even share. Were the whole cycle one purse, who
 * filled blocks for half a week at the least fee could leave none for the other half, and no claim came through.
 */
export function bodyLimit(params: Params, view: StateView, height: number): number {
  const sizes: number[] = [];
  for (let at = height - MEDIAN_BLOCKS; at < height; at++) sizes.push(at < 0 ? 0 : sizeAt(params, view, at));
  sizes.sort((a, b) => a - b);
  const median = sizes[MEDIAN_BLOCKS / 2 - 1]!;
  const share = evenShare(params);
  const leaving = burst(params, sizeAt(params, view, height));
  const left = params.cycleBytes - params.cycleBlocks * share - (readGlobals(view).bursts - leaving);
  invariant(left >= 0, "a cycle's bodies stay within its bytes");
  return Math.min(params.bodyBytesMax, Math.max(params.bodyBytesMin, 2 * median), share + left);
}

/** Writes a block's body size over that of the block a cycle below. */
export function recordBody(params: Params, state: Overlay, height: number, size: number): void {
  const globals = readGlobals(state);
  const bursts = globals.bursts - burst(params, sizeAt(params, state, height)) + burst(params, size);
  state.setGlobals({ ...globals, bursts });
  state.put(keys.bodySizeKey(height % params.cycleBlocks), uintCodec, size === 0 ? null : size);
}
