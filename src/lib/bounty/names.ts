import { hmacSha256 } from '../crypto/hash.js';
import { u32be } from '../util/bytes.js';

/** The name of payment i under a contract: 32 bytes that only owner and steward recognise. */
export function contractName(contractSecret: Uint8Array, i: number): Uint8Array {
  return hmacSha256(contractSecret, u32be(i));
}

/**
 * Names expected beyond the last that was seen. Each that appears moves the end, so that no batch which is
 * halved again and again runs out of them: only what lies in bodies that were missed can, and the outbox
 * tells of it.
 */
export const AHEAD = 8;
/** And before the first that is not settled: a reorganisation deeper than what settles brings them back. */
const BEHIND = 2;

/** The payment numbers whose names a steward recognises now: from … to − 1. */
export function expectedNames(contract: {
  /** The first that is not settled. */
  next: number;
  /** The first that was never seen on the ledger; undefined: none was, since `next`. */
  seen?: number | undefined;
}): { from: number; to: number } {
  const { next, seen = 0 } = contract;
  return { from: Math.max(0, next - BEHIND), to: Math.max(next, seen) + AHEAD };
}
