import { type ParamsJson, parseParams } from '../chain/params.js';
import { preset, target } from '../chain/presets.js';
import { invariant } from '../util/errors.js';

/** Blocks in a devnet's day. */
const DAY_BLOCKS = 5;
/** Fewer hashes a block than this, and the time of a block is no longer the miner's to choose. */
const LEAST_HASHES = 2;
/** A day of longer blocks would make the demo's audits last longer than a person waits. */
const BLOCK_MS_MAX = 850;
const TWO_256 = 1n << 256n;

export interface Measured {
  /** Milliseconds that a hash takes in the end, under load: the miner's rests and all overhead included. */
  hashMs: number;
}

export interface NewDevnet {
  salt: string;
  genesisTimeMs: number;
}

/** For the throwaway chain: eight hashes a block. */
export const THROWAWAY_BITS = 3;

export function throwawayGenesis(network: NewDevnet): ParamsJson {
  return { ...preset('devnet', { name: 'devnet', ...network }), firstTarget: target(THROWAWAY_BITS) };
}

/**
 * The real devnet's genesis: a first target that gives a block every 1/f slots with what this machine
 * was measured to hash, and a day of five blocks. Where not even two hashes fit into that time, blocks
 * come as they can, and the day is made longer.
 */
export function measuredGenesis(network: NewDevnet, { hashMs }: Measured): { genesis: ParamsJson; blockMs: number } {
  invariant(hashMs > 0, 'a hash takes time');
  const base = preset('devnet', { name: 'devnet', ...network });
  const [num, den] = base.f;
  const wantedMs = (base.slotMs * den) / num;
  const hashes = Math.max(LEAST_HASHES, Math.round(wantedMs / hashMs));
  const blockMs = Math.min(BLOCK_MS_MAX, Math.max(wantedMs, hashes * hashMs));
  const genesis = {
    ...base,
    daySlots: Math.max(base.daySlots, Math.ceil((DAY_BLOCKS * blockMs) / base.slotMs)),
    firstTarget: (TWO_256 / BigInt(hashes) - 1n).toString(16).padStart(64, '0'),
  };
  parseParams(genesis);
  return { genesis, blockMs };
}
