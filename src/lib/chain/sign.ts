import { encodeSignedTx, LIMITS, signatureCount, signingMessage } from './encoding.js';
import type { Params } from './params.js';
import { advertFee } from './rules/advert.js';
import { weightOf } from './rules/common.js';
import type { Hash, SignedTx, Tx } from './types.js';

/** Signs 32 bytes; for a sweep `index` says which entry's bounty key is asked for. */
export type Signer = (message: Uint8Array, index: number) => Uint8Array;

export function signTx(tx: Tx, genesisId: Hash, signer: Signer): SignedTx {
  const message = signingMessage(tx, genesisId);
  return { tx, signatures: Array.from({ length: signatureCount(tx) }, (_, index) => signer(message, index)) };
}

/** The least fee at a base fee, in grains, whatever the draft's own fee says. A tip comes on top. */
export function requiredFee(params: Params, baseFee: bigint, draft: Tx): bigint {
  const signatures = Array.from({ length: signatureCount(draft) }, () => new Uint8Array(LIMITS.signature));
  const consumed = draft.kind === 'advert' ? advertFee(draft) : 0n;
  let fee = 0n;
  for (;;) {
    const { length } = encodeSignedTx({ tx: { ...draft, fee }, signatures });
    const needed = weightOf(params, draft, length) * baseFee + consumed;
    // A larger fee takes more bytes, so this grows to a fixed point within a few rounds.
    if (needed <= fee) return fee;
    fee = needed;
  }
}
