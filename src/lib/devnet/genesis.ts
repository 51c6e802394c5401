import { type ParamsJson, parseParams } from '../chain/params.js';
import { preset } from '../chain/presets.js';
import { invariant } from '../util/errors.js';

/** Blocks in a devnet's day. */
const DAY_BLOCKS = 5;
const TWO_256 = 1n << 256n;

export interface Measured {
  /** Milliseconds from one block to the next, at the target below, under load. */
  blockMs: number;
  target: bigint;
}

export interface NewDevnet {
  salt: string;
  genesisTimeMs: number;
}

/** For the throwaway chain: as easy as a core's share of the work may be. */
export function throwawayGenesis(network: NewDevnet): ParamsJson {
  return preset('devnet', { name: 'devnet', ...network });
}

/**
 * The real devnet's genesis, after what was measured: a first target that gives a block every 1/f slots
 * with what this machine can hash, and a day of five blocks as they really come.
 */
export function measuredGenesis(network: NewDevnet, { blockMs, target }: Measured): ParamsJson {
  invariant(blockMs > 0, 'time passed between blocks');
  const base = throwawayGenesis(network);
  const [num, den] = base.f;
  const wantedMs = (base.slotMs * den) / num;
  // Hashes a block, as expected; so many more or fewer in the time that a block should take.
  const hashes = Number(TWO_256 / target) * (wantedMs / blockMs);
  const firstTarget = TWO_256 / BigInt(Math.max(1, Math.round(hashes))) - 1n;
  const daySlots = Math.max(base.daySlots, Math.ceil((DAY_BLOCKS * Math.min(blockMs, MEASURED_MS_MAX)) / base.slotMs));
  const json = { ...base, daySlots, firstTarget: firstTarget.toString(16).padStart(64, '0') };
  parseParams(json);
  return json;
}

/** One slow stretch at the start must not make every audit of the devnet slow. */
const MEASURED_MS_MAX = 850;
