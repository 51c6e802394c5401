import { verifySignature } from '../../crypto/ed25519.js';
import { equal } from '../../util/bytes.js';
import { enforce } from '../errors.js';
import { headerMessage } from '../header.js';
import type { Params } from '../params.js';
import type { StakedHeader } from '../types.js';
import { vrfInput } from './nonce.js';
import { type StakeProof, verifyStake } from './snapshot.js';
import { isLeader, leaderThreshold } from './threshold.js';

/** Checks a VRF proof for a key and an input: beta, or undefined. Injected, since it takes half a millisecond. */
export type VrfVerifier = (
  publicKey: Uint8Array,
  alpha: Uint8Array,
  pi: Uint8Array,
) => Promise<Uint8Array | undefined> | Uint8Array | undefined;

/** Below which a leaf's hash of beta wins a slot. */
export function thresholdOf(params: Params, { leaf, total }: StakeProof): bigint {
  return leaderThreshold(params.derived.leaderConstant, leaf.stake, total);
}

/**
 * The right to lead a slot, by what the header itself says of the lottery (lottery.ts holds that to its parent). From
 * cheap to dear, so that who has no stake is turned away for a few hashes.
 */
export async function checkLeader(params: Params, header: StakedHeader, verifyVrf: VrfVerifier): Promise<void> {
  const { lottery, slot, producer, proof } = header;
  const { stake, pi, signature } = proof;
  enforce(verifyStake(lottery.snapshot, stake), 'stake-proof');
  enforce(equal(producer, stake.leaf.account), 'producer');
  const beta = await verifyVrf(stake.leaf.vrfKey, vrfInput(lottery.nonce, slot), pi);
  enforce(beta !== undefined, 'vrf');
  enforce(isLeader(beta, thresholdOf(params, stake)), 'not-leader');
  const message = headerMessage(header, params.derived.genesisId);
  enforce(verifySignature(signature, message, stake.leaf.signingKey), 'signature', 'the header');
}
