import * as v from 'valibot';
import { verifySignature } from '../crypto/ed25519.js';
import { encodeCbor } from '../util/cbor.js';
import { type Contract, contractId, decodeContract, encodeContract } from './contract.js';
import { bytes, parseWire } from './wire.js';

/** Ed25519 over a message, by whoever holds the key. */
export type Sign = (message: Uint8Array) => Uint8Array;

/** The owner signs first; the steward by signing accepts. */
export interface SignedContract {
  contract: Contract;
  ownerSignature: Uint8Array;
  stewardSignature: Uint8Array | null;
}

const signature = bytes(64);
const Wire = v.strictTuple([v.instance(Uint8Array), signature, v.nullable(signature)]);
const MAX_BYTES = 4096;

/** `sign` holds the advert's contact key. */
export function offerContract(contract: Contract, sign: Sign): SignedContract {
  return { contract, ownerSignature: sign(contractId(contract)), stewardSignature: null };
}

/** `sign` holds the account that bid. */
export function acceptContract(offer: SignedContract, sign: Sign): SignedContract {
  return { ...offer, stewardSignature: sign(contractId(offer.contract)) };
}

export function verifyOffer({ contract, ownerSignature }: SignedContract): boolean {
  return verifySignature(ownerSignature, contractId(contract), contract.contact);
}

/** Both signatures are there and hold. */
export function verifySigned(signed: SignedContract): boolean {
  const { contract, stewardSignature } = signed;
  if (stewardSignature === null || !verifyOffer(signed)) return false;
  return verifySignature(stewardSignature, contractId(contract), contract.account);
}

export function encodeSigned({ contract, ownerSignature, stewardSignature }: SignedContract): Uint8Array {
  return encodeCbor([encodeContract(contract), ownerSignature, stewardSignature]);
}

/** Decodes; verifies nothing. Throws a Failure on whatever is not a contract in its one form. */
export function decodeSigned(bytes: Uint8Array): SignedContract {
  const [body, ownerSignature, stewardSignature] = parseWire(Wire, bytes, 'signed contract', MAX_BYTES);
  return { contract: decodeContract(body), ownerSignature, stewardSignature };
}
