import { HEADER_VERSION, headerMessage } from '../../../src/lib/chain/header.js';
import type { Params } from '../../../src/lib/chain/params.js';
import type { StakedHeader } from '../../../src/lib/chain/types.js';
import { signWithSeed } from '../../../src/lib/crypto/ed25519.js';
import { hashOf, type Person } from '../helpers.js';
import { keysOf } from './world.js';

const ZERO = new Uint8Array(32);

/** Whose header it is, and the seed of the key that signs it. */
type Signatory = Pick<Person, 'address' | 'seed'>;

/** A header as a bond signs it: nobody who judges evidence looks at what else is in it. */
export function signedHeader(
  params: Params,
  by: Signatory,
  slot: number,
  name: string,
  change: Partial<StakedHeader> = {},
): StakedHeader {
  const leaf = { account: by.address, stake: 1n, ...keysOf(by) };
  const proof = {
    ...{ kind: 'stake' as const, stake: { leaf, index: 0, count: 1, total: 1n, path: [] } },
    ...{ pi: new Uint8Array(80), signature: new Uint8Array(64) },
  };
  const header: StakedHeader = {
    ...{ version: HEADER_VERSION, height: 1, slot, parent: hashOf(name), stateRoot: ZERO, bodyRoot: ZERO, bodySize: 0 },
    ...{ producer: by.address, ancestors: ZERO },
    lottery: { nonce: ZERO, evolving: ZERO, snapshot: ZERO, next: ZERO, since: 0 },
    proof,
    ...change,
  };
  const signature = signWithSeed(by.seed, headerMessage(header, params.derived.genesisId));
  return { ...header, proof: { ...header.proof, signature } };
}

/** Two blocks for one slot. */
export function offence(params: Params, by: Signatory, slot: number, name = '') {
  return { first: signedHeader(params, by, slot, `${name} a`), second: signedHeader(params, by, slot, `${name} b`) };
}
