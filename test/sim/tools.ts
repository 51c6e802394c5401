import type { VrfVerifier } from '../../src/lib/chain/stake/leader.js';
import { verifySignature } from '../../src/lib/crypto/ed25519.js';
import type { SignatureVerifier } from '../../src/lib/crypto/signatures.js';
import { verify } from '../../src/lib/crypto/vrf.js';
import { cheapScrypt } from '../chain/helpers.js';

const REMEMBERED_MAX = 1 << 17;
const verdicts = new Map<string, boolean>();

function isGood(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): boolean {
  const name = Buffer.concat([signature, publicKey, message]).toString('latin1');
  const known = verdicts.get(name);
  if (known !== undefined) return known;
  if (verdicts.size >= REMEMBERED_MAX) verdicts.clear();
  const good = verifySignature(signature, message, publicKey);
  verdicts.set(name, good);
  return good;
}

/** What one node verified, the others of the same process need not verify again. */
const verifyOnce: SignatureVerifier = () => {
  const bad: number[] = [];
  let count = 0;
  return {
    add(signature, message, publicKey) {
      if (!isGood(signature, message, publicKey)) bad.push(count);
      count += 1;
    },
    bad: async () => bad,
    drop: () => undefined,
  };
};

const betas = new Map<string, Uint8Array | undefined>();

const verifyVrfOnce: VrfVerifier = (publicKey, alpha, pi) => {
  const name = Buffer.concat([publicKey, alpha, pi]).toString('latin1');
  if (betas.size >= REMEMBERED_MAX) betas.clear();
  if (!betas.has(name)) betas.set(name, verify(publicKey, alpha, pi));
  return betas.get(name);
};

export const simTools = { scrypt: cheapScrypt, verifier: verifyOnce, verifyVrf: verifyVrfOnce };
