import { evaluate, expandSecret, prove, type SecretParts, vrfPublicKey } from '../../crypto/vrf.js';
import { equal } from '../../util/bytes.js';
import { headerMessage } from '../header.js';
import type { Params } from '../params.js';
import type { Hash, LeaderProof, StakedBlock } from '../types.js';
import type { Draw } from './draw.js';
import { thresholdOf } from './leader.js';
import { vrfInput } from './nonce.js';
import type { StakeProof } from './snapshot.js';
import { isLeader } from './threshold.js';

/** A bond's VRF key, with what is derived from it once. */
export class VrfKey {
  readonly publicKey: Uint8Array;
  readonly #parts: SecretParts;

  /** @param secret 32 bytes */
  constructor(private readonly secret: Uint8Array) {
    this.publicKey = vrfPublicKey(secret);
    this.#parts = expandSecret(secret);
  }

  /** The right to lead a slot, unsigned, where the draw wins it for this leaf: some 0.2 ms to learn that it does not. */
  lead(params: Params, { nonce }: Draw, slot: number, stake: StakeProof): LeaderProof | undefined {
    if (!equal(stake.leaf.vrfKey, this.publicKey)) return undefined;
    const beta = evaluate(this.#parts, vrfInput(nonce, slot));
    if (!isLeader(beta, thresholdOf(params, stake))) return undefined;
    return { kind: 'stake', stake, pi: this.prove(nonce, slot), signature: new Uint8Array(64) };
  }

  prove(nonce: Hash, slot: number): Uint8Array {
    return prove(this.secret, vrfInput(nonce, slot));
  }
}

/** The block, its header signed. Whoever signs two of one slot loses the bond: note the slot down first. */
export function signBlock(
  { header, body }: StakedBlock,
  params: Params,
  sign: (message: Uint8Array) => Uint8Array,
): StakedBlock {
  const signature = sign(headerMessage(header, params.derived.genesisId));
  return { header: { ...header, proof: { ...header.proof, signature } }, body };
}
