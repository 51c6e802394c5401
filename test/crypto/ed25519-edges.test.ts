import assert from 'node:assert/strict';
import { createPublicKey, verify } from 'node:crypto';
import { test } from 'node:test';
import { ED25519_TORSION_SUBGROUP, ed25519 } from '@noble/curves/ed25519.js';
import fc from 'fast-check';
import sodium from 'sodium-native';
import { isAdmissible, L, P, verifySignature } from '../../src/lib/crypto/ed25519.js';
import { sha512 } from '../../src/lib/crypto/hash.js';
import { concat, fromBigIntLE, fromHex, toBigIntLE, toHex, utf8 } from '../../src/lib/util/bytes.js';
import { type Case, everyCase, published, speccheck, tagged } from './edge-cases.js';

const SPKI = fromHex('302a300506032b6570032100')!;

function bareNode({ key, signature, message }: Case): boolean {
  try {
    const object = createPublicKey({ key: Buffer.from(concat(SPKI, key)), format: 'der', type: 'spki' });
    return verify(null, message, object, signature);
  } catch {
    return false;
  }
}

const bareSodium = ({ key, signature, message }: Case) => sodium.crypto_sign_verify_detached(signature, message, key);

/** The rule in plain code, with another library for the equation it leaves to libraries. */
const ruleWithNode = (c: Case) => isAdmissible(c.signature, c.key) && bareNode(c);

const rule = (c: Case) => verifySignature(c.signature, c.message, c.key);

/** All three, or the verdict is not one. */
function agreed(c: Case): boolean {
  const verdict = rule(c);
  assert.equal(bareSodium(c), verdict, `${c.name}: libsodium`);
  assert.equal(ruleWithNode(c), verdict, `${c.name}: the rule over node:crypto ${process.version}`);
  return verdict;
}

test('12 published edge cases: the rule gives the verdict published for libsodium', () => {
  assert.equal(speccheck.length, 12);
  for (const [i, c] of speccheck.entries()) assert.equal(rule(c), published.accepted.libsodium!.includes(i), c.name);
});

test('926 edge cases: the rule, libsodium alone, and the rule over node:crypto agree on every one', () => {
  assert.equal(everyCase.length, 926);
  const accepted = everyCase.filter(agreed);
  // Counted once; a library that changes its mind shows here.
  assert.equal(accepted.length, 44);
});

test('without the rule, node:crypto takes what libsodium refuses, or not, by its version', () => {
  const taken = speccheck.flatMap((c, i) => (bareNode(c) ? [i] : []));
  const major = Number(process.versions.node.split('.')[0]);
  assert.deepEqual(taken, published.accepted[major >= 24 ? 'node 24, 26' : 'node 20, 22']);
});

test('whatever C2SP flags as of small order, in the key or in R, or as not canonical, is refused', () => {
  const refused = ['low_order_A', 'low_order_R', 'non_canonical_A', 'non_canonical_R'];
  for (const flag of refused) {
    const flagged = tagged.filter(({ flags }) => flags.includes(flag));
    assert.ok(flagged.length > 0, flag);
    for (const c of flagged) assert.equal(rule(c), false, `${c.name}: ${c.flags}`);
  }
});

const { Point } = ed25519;
const torsion = ED25519_TORSION_SUBGROUP.map((hex) => Point.fromHex(hex));

/** Every encoding that decodes to a point of small order: both signs, reduced or not. */
const smallOrder = [
  ...torsion.map((point) => point.toBytes()),
  ...[0n, 1n, P - 1n, P, P + 1n].flatMap((y) => [fromBigIntLE(y, 32), fromBigIntLE(y + (1n << 255n), 32)]),
];

test('every pair of small-order encodings as key and R, under every S that could fit, is refused alike', () => {
  const bases = [Point.BASE.toBytes(), ...smallOrder];
  let tried = 0;
  for (const key of bases) {
    for (const r of bases) {
      for (const s of [0n, 1n, L - 1n, L, L + 1n]) {
        const signature = concat(r, fromBigIntLE(s, 32));
        const c = { name: `${toHex(key)} ${toHex(signature)}`, key, signature, message: utf8('m') };
        assert.equal(agreed(c), false, c.name);
        tried += 1;
      }
    }
  }
  assert.equal(tried, 19 * 19 * 5);
});

/** A signature of a known scalar under A = a·B + S and with R = r·B + T, small-order parts S and T. */
function mixed(a: bigint, r: bigint, keyPart: number, rPart: number, message: Uint8Array): Case {
  const key = Point.BASE.multiply(a).add(torsion[keyPart]!).toBytes();
  const encodedR = Point.BASE.multiply(r).add(torsion[rPart]!).toBytes();
  const k = toBigIntLE(sha512(encodedR, key, message)) % L;
  const signature = concat(encodedR, fromBigIntLE((r + k * a) % L, 32));
  return { name: `mixed ${keyPart} ${rPart}`, key, signature, message };
}

test('property: keys and Rs with a small-order part are judged alike, and taken only where the parts cancel', () => {
  const scalar = fc.bigInt({ min: 1n, max: L - 1n });
  const part = fc.nat(7);
  let accepted = 0;
  fc.assert(
    fc.property(scalar, scalar, part, part, fc.uint8Array({ maxLength: 40 }), (a, r, keyPart, rPart, message) => {
      const c = mixed(a, r, keyPart, rPart, message);
      const k = toBigIntLE(sha512(c.signature.subarray(0, 32), c.key, message)) % L;
      // S·B − k·A − R is what the parts leave: −k·S − T.
      const left = torsion[keyPart]!.multiplyUnsafe(k).add(torsion[rPart]!);
      const verdict = agreed(c);
      assert.equal(verdict, left.is0());
      if (verdict) accepted += 1;
    }),
    { numRuns: 200, examples: [[5n, 7n, 0, 0, utf8('plain')]] },
  );
  assert.ok(accepted > 0);
});
