import { toHex } from '../../util/bytes.js';
import type { Tx } from '../types.js';

/** A sequence number of an account: one transaction takes it. */
export const claimOfSeq = (sender: string, seq: bigint): string => `${sender}/${seq}`;

/** What only one transaction can have: its sender's sequence number, or the objects that it consumes or marks. */
export function claimsOf(tx: Tx): string[] {
  switch (tx.kind) {
    case 'sweep':
      return tx.entries.map(({ bounty }) => toHex(bounty));
    case 'revoke':
      return tx.bounties.map(toHex);
    case 'reveal':
      return [`${toHex(tx.advert)}/${toHex(tx.from)}`];
    default:
      return 'seq' in tx ? [claimOfSeq(toHex(tx.from), tx.seq)] : [];
  }
}
