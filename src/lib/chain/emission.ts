import type { Params } from './params.js';
import type { Globals } from './types.js';

/** What a block brings into being, in grains. */
export interface Emission {
  mined: bigint;
  minted: bigint;
}

/** No more than this is ever in being: a sum of two amounts still fits 64 bits. */
export const SUPPLY_MAX: bigint = 1n << 63n;

/** All grains in being. */
export function supplyOf({ mined, minted, burnt }: Pick<Globals, 'mined' | 'minted' | 'burnt'>): bigint {
  return mined + minted - burnt;
}

/**
 * What some blocks of one epoch mint, each ⌊supply at the epoch's start · r / blocks a year⌋: Kryder's law (PROTOCOL
 * §7). Storage gets cheaper by a steady part a year, so a token that is to buy constant storage grows in number.
 * Stops where the supply is 2^63.
 */
export function mintedBy(params: Params, epochSupply: bigint, supply: bigint, blocks = 1n): bigint {
  const [num, den] = params.mintRate;
  const each = (epochSupply * BigInt(num)) / (BigInt(den) * BigInt(params.derived.blocksAYear));
  const room = SUPPLY_MAX - supply;
  return blocks * each < room ? blocks * each : room;
}

/** New grains for the producer of a block: a fixed reward until `powBlocks`, from then on what is minted. */
export function emission(params: Params, height: number, globals: Globals): Emission {
  if (height <= params.powBlocks) return { mined: params.miningReward, minted: 0n };
  return { mined: 0n, minted: mintedBy(params, globals.epochSupply, supplyOf(globals)) };
}

/**
 * What a block pays its producer out of the fee pool: a thousandth. Paid straight to the producer,
 * the fees of its own spam would be free (PROTOCOL §11, row 7).
 */
export function poolShare(feePool: bigint): bigint {
  return feePool / 1000n;
}

/** The base fee moves an eighth toward bodies that are half of what their block may have, by at least one grain. */
export function nextBaseFee(params: Params, baseFee: bigint, bodyBytes: number, limit: number): bigint {
  const step = baseFee / 8n > 1n ? baseFee / 8n : 1n;
  if (2 * bodyBytes > limit) return baseFee + step;
  if (2 * bodyBytes === limit) return baseFee;
  return baseFee - step > params.minBaseFee ? baseFee - step : params.minBaseFee;
}
