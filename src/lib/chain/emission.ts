import type { Params } from './params.js';

/** New grains for the producer of a block. After `powBlocks` mining earns fees alone, until minting sets in. */
export function subsidy(params: Params, height: number): bigint {
  return height <= params.powBlocks ? params.miningReward : 0n;
}

/**
 * What a block pays its producer out of the fee pool: a thousandth. Paid straight to the producer,
 * the fees of its own spam would be free (PROTOCOL §11, row 7).
 */
export function poolShare(feePool: bigint): bigint {
  return feePool / 1000n;
}

/** The base fee moves an eighth toward half-full blocks, by at least one grain. */
export function nextBaseFee(params: Params, baseFee: bigint, bodyBytes: number): bigint {
  const step = baseFee / 8n > 1n ? baseFee / 8n : 1n;
  if (2 * bodyBytes > params.maxBodyBytes) return baseFee + step;
  if (2 * bodyBytes === params.maxBodyBytes) return baseFee;
  return baseFee - step > params.minBaseFee ? baseFee - step : params.minBaseFee;
}
