import { encodeCbor } from '../util/cbor.js';
import { taggedHash } from './hash.js';

/**
 * What the ledger's state keeps of a bounty's items: one hash over their names and nonces, in order.
 * The items themselves are in the transaction.
 */
export function itemsHash(items: readonly { name: Uint8Array; nonce: Uint8Array }[]): Uint8Array {
  return taggedHash('holdfast/items/v1', encodeCbor(items.map(({ name, nonce }) => [name, nonce])));
}
