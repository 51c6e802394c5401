import { miningTarget } from '../../src/lib/chain/header-rules.js';
import type { Ledger } from '../../src/lib/chain/ledger.js';
import { mine } from '../../src/lib/chain/pow.js';
import { signBlock } from '../../src/lib/chain/stake/lead.js';
import type { Block, LeaderProof, MinedBlock } from '../../src/lib/chain/types.js';
import { cheapScrypt } from '../chain/helpers.js';
import type { Character, Setting } from './node.js';
import type { Random } from './random.js';

/** The right to make a block in a slot: a nonce that a hash was drawn for, or a leader's proof, unsigned. */
export type Right = 'mine' | LeaderProof;

/**
 * Whether somebody may make a block of this slot on the ledger's tip. The hashes of slots that are lost are not
 * worked out: a hash meets the target with a known probability, so the draw has the same distribution.
 */
export function rightTo(setting: Setting, ledger: Ledger, character: Character, slot: number): Right | undefined {
  const { params, random } = setting;
  if (slot <= ledger.tip.slot) return undefined;
  const target = miningTarget(params, ledger.tip.header, slot);
  if (target !== undefined) {
    const each = Number(target >> 203n) / 2 ** 53;
    return random.chance(1 - (1 - each) ** character.power) ? 'mine' : undefined;
  }
  const draw = ledger.draw(slot);
  const stake = draw?.prove(character.owner.address);
  return draw && stake && character.owner.vrf.lead(params, draw, slot, stake);
}

/** A whole block by that right. */
export async function blockBy(
  { params, random }: Setting,
  ledger: Ledger,
  { owner }: Character,
  made: { right: Right; slot: number; candidates: readonly Uint8Array[] },
): Promise<Block> {
  const { right, slot, candidates } = made;
  if (right === 'mine') return seal(ledger.buildBlock(candidates, owner.address, slot), random);
  return signBlock(ledger.buildLed(candidates, right, slot), params, (message) => owner.signHeader(message));
}

/** The nonce that the draw said was there. */
async function seal(block: MinedBlock, random: Random): Promise<MinedBlock> {
  const { header, body } = block;
  const proof = { ...header.proof, nonce: BigInt(random.u32()) << 16n };
  const found = await mine({ ...header, proof }, 1 << 16, cheapScrypt);
  if (!found) throw new Error('no nonce meets the target');
  return { header: found, body };
}
