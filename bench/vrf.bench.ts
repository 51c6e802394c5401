import { randomBytes } from 'node:crypto';
import { ed25519 } from '@noble/curves/ed25519.js';
import { evaluate, expandSecret, prove, verify } from '../src/lib/crypto/vrf.js';
import { median, print } from './measure.js';

/** What a header's proof costs to check, beside the four multiplications on noble's points it replaces; one thread. */
const RUNS = 9;
const COUNT = 200;
const NOBLE_COUNT = 20;
const secret = randomBytes(32);
const parts = expandSecret(secret);
const proofs = Array.from({ length: COUNT }, () => {
  const alpha = randomBytes(40);
  return { alpha, pi: prove(secret, alpha) };
});
const { Point } = ed25519;
const point = Point.fromBytes(parts.y);
const scalar = Point.Fn.ORDER - 12345n;

function perSecond(count: number, work: (index: number) => unknown): number {
  const began = performance.now();
  for (let index = 0; index < count; index++) work(index);
  return count / ((performance.now() - began) / 1e3);
}

function noble(): void {
  Point.BASE.multiplyUnsafe(scalar);
  for (let index = 0; index < 3; index++) point.multiplyUnsafe(scalar);
}

const rates = { verify: [] as number[], prove: [] as number[], evaluate: [] as number[], noble: [] as number[] };
for (let run = 0; run < RUNS; run++) {
  rates.verify.push(perSecond(COUNT, (i) => verify(parts.y, proofs[i]!.alpha, proofs[i]!.pi)));
  rates.prove.push(perSecond(COUNT, (i) => prove(secret, proofs[i]!.alpha)));
  rates.evaluate.push(perSecond(COUNT, (i) => evaluate(parts, proofs[i]!.alpha)));
  rates.noble.push(perSecond(NOBLE_COUNT, noble));
}
const result = Object.entries(rates).map(([name, list]) => [`${name}_s`, median(list)] as const);
print({ type: 'bench', bench: 'vrf', ...Object.fromEntries(result) });
