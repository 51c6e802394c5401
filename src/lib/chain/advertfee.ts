import { ceilDiv, GIB } from '../util/amounts.js';

/**
 * Four network days of the reserve price for every lot: at least what an owner who never pays could
 * store on stewards' grace, so that living on grace costs more than paying (PROTOCOL §6, threat 9).
 */
export function advertFee(reserve: bigint, size: number, lots: number): bigint {
  return ceilDiv(4n * reserve * BigInt(size) * BigInt(lots), GIB);
}
