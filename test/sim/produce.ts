import { nextTarget } from '../../src/lib/chain/asert.js';
import type { Ledger } from '../../src/lib/chain/ledger.js';
import { mine } from '../../src/lib/chain/pow.js';
import type { MinedBlock } from '../../src/lib/chain/types.js';
import { cheapScrypt } from '../chain/helpers.js';
import type { Setting } from './node.js';
import type { Random } from './random.js';

/**
 * Whether `power` hashes in this slot find a block on the ledger's tip. The hashes of slots that are lost are
 * not worked out: a hash meets the target with a known probability, so the draw has the same distribution.
 */
export function wins({ params, random }: Setting, ledger: Ledger, power: number): boolean {
  const each = Number(nextTarget(params, ledger.tip) >> 203n) / 2 ** 53;
  return random.chance(1 - (1 - each) ** power);
}

/** The nonce that the draw said was there. */
export async function seal(block: MinedBlock, random: Random): Promise<MinedBlock> {
  const { header, body } = block;
  const proof = { ...header.proof, nonce: BigInt(random.u32()) << 16n };
  const found = await mine({ ...header, proof }, 1 << 16, cheapScrypt);
  if (!found) throw new Error('no nonce meets the target');
  return { header: found, body };
}
