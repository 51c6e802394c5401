import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCap } from '../../src/lib/codec/caps.js';
import { decodeFile } from '../../src/lib/codec/decode.js';
import { encodeFile } from '../../src/lib/codec/encode.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { fromHex, toHex } from '../../src/lib/util/bytes.js';
import { checkCase, chkVectors, largeCases } from './chk-cases.js';

const WAYS = [
  [1, 1],
  [1, 3],
  [2, 3],
  [3, 10],
  [71, 255],
  [101, 256],
] as const;

test('the files of vectors run all 120 cases', () => {
  assert.equal(chkVectors.cases.length, 120);
  const large = WAYS.flatMap(([needed, total]) =>
    [1, 2].flatMap((secret) => largeCases(needed, total, [secret as 1 | 2])),
  );
  assert.ok(WAYS.every(([needed, total]) => largeCases(needed, total, [2]).length === 5));
  assert.equal(large.length + chkVectors.cases.filter(({ length }) => length <= 1e6).length, 120);
});

for (const [needed, total] of WAYS) {
  test(`caps of small files, ${needed} of ${total}`, async () => {
    const cases = chkVectors.cases.filter((c) => c.required === needed && c.total === total && c.length <= 1e6);
    assert.equal(cases.length, 10);
    for (const item of cases) await checkCase(item);
  });
}

test('literal caps, both ways', async () => {
  assert.equal(chkVectors.lit.length, 8);
  for (const { dataHex, expected } of chkVectors.lit) {
    const source = bufferSource(fromHex(dataHex)!);
    const params = { needed: 3, happy: 7, total: 10 };
    const made = await encodeFile(source, params, { convergence: new Uint8Array(32) }, () => {
      throw new Error('a literal has no shares');
    });
    assert.deepEqual([made.capText, made.shares, made.verifyCap], [expected, 0, undefined]);
    const cap = parseCap(expected);
    assert.ok(cap.kind === 'lit');
    const out: Uint8Array[] = [];
    await decodeFile(cap, new Map(), (plaintext) => void out.push(plaintext));
    assert.equal(toHex(Buffer.concat(out)), dataHex);
  }
});
