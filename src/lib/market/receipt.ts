import * as v from 'valibot';
import type { Address, Hash } from '../chain/types.js';
import { verifySignature } from '../crypto/ed25519.js';
import { taggedHash } from '../crypto/hash.js';
import { equal } from '../util/bytes.js';
import { encodeCbor } from '../util/cbor.js';
import { type Contract, contractId } from './contract.js';
import type { Sign } from './signed.js';
import { bytes, int, parseWire } from './wire.js';

/** The steward's word that it checked the blob and synced it to disk. */
export interface Receipt {
  contractId: Hash;
  uuid: Hash;
  /** Bytes. */
  size: number;
  slot: number;
}

export interface SignedReceipt {
  receipt: Receipt;
  signature: Uint8Array;
}

const Wire = v.strictTuple([bytes(32), bytes(32), int(1), int(0), bytes(64)]);
const MAX_BYTES = 256;

function message({ contractId: id, uuid, size, slot }: Receipt): Uint8Array {
  return taggedHash('holdfast/receipt/v1', encodeCbor([id, uuid, size, slot]));
}

/** `sign` holds the steward's account, the one in the contract. */
export function signReceipt(receipt: Receipt, sign: Sign): SignedReceipt {
  return { receipt, signature: sign(message(receipt)) };
}

export function verifyReceipt({ receipt, signature }: SignedReceipt, account: Address): boolean {
  return verifySignature(signature, message(receipt), account);
}

/** The owner's check: signed by the contract's steward, for this contract's blob. */
export function receiptFits(signed: SignedReceipt, contract: Contract): boolean {
  const { receipt } = signed;
  return (
    equal(receipt.contractId, contractId(contract)) &&
    equal(receipt.uuid, contract.uuid) &&
    receipt.size === contract.size &&
    verifyReceipt(signed, contract.account)
  );
}

export function encodeReceipt({ receipt, signature }: SignedReceipt): Uint8Array {
  return encodeCbor([receipt.contractId, receipt.uuid, receipt.size, receipt.slot, signature]);
}

/** Decodes; verifies nothing. Throws a Failure on whatever is not a receipt in its one form. */
export function decodeReceipt(body: Uint8Array): SignedReceipt {
  const [id, uuid, size, slot, signature] = parseWire(Wire, body, 'receipt', MAX_BYTES);
  return { receipt: { contractId: id, uuid, size, slot }, signature };
}
