import { sha512 } from '../crypto/hash.js';
import { addPoints, addScalars, pointOf, scalarFromHash } from '../crypto/scalar.js';
import { u32be, utf8 } from '../util/bytes.js';
import { invariant } from '../util/errors.js';

const PAYEE_TAG = utf8('holdfast/payee/v1');

/** What sets payment i's key apart from Q: a scalar that owner and steward both work out. */
export function payeeTweak(contractSecret: Uint8Array, i: number): bigint {
  invariant(contractSecret.length === 32, 'a contract secret is 32 bytes');
  return scalarFromHash(sha512(PAYEE_TAG, contractSecret, u32be(i)));
}

/**
 * The key payment i goes to, Q + tweak·B: fresh each time, so that payments don't link, and only the
 * steward can spend it. Throws a Failure where Q is no valid public key.
 */
export function payeeKey(payeeRoot: Uint8Array, contractSecret: Uint8Array, i: number): Uint8Array {
  return addPoints([payeeRoot, pointOf(payeeTweak(contractSecret, i))]);
}

/** The steward's secret for payment i's key, from q, the secret behind Q. */
export function payeeScalar(payeeRootScalar: bigint, contractSecret: Uint8Array, i: number): bigint {
  return addScalars([payeeRootScalar, payeeTweak(contractSecret, i)]);
}
