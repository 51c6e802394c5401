import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeBase32, encodeBase32 } from '../../src/lib/codec/base32.js';
import { formatCap, parseCap, verifyCapOf } from '../../src/lib/codec/caps.js';
import {
  CONTAINER_HEADER_BYTES,
  containerLeases,
  containerShare,
  packContainer,
  SNIFF_BYTES,
  sniffFile,
} from '../../src/lib/codec/container.js';
import { bufferSource } from '../../src/lib/codec/source.js';
import { equal, utf8 } from '../../src/lib/util/bytes.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { FUZZ_RUNS, mutations } from './fuzzing.js';
import { encodeAll, noise } from './helpers.js';

const { cap, shares } = await encodeAll(noise(300), { needed: 2, happy: 1, total: 3, segmentSize: 64 });
const lit = formatCap({ kind: 'lit', data: noise(30) });
const texts = [formatCap(cap), formatCap(verifyCapOf(cap)), lit, 'URI:LIT:'];

test('mangled caps: exactly one text is accepted for a cap, and a refusal does not repeat it', () => {
  const latin = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1');
  const text = fc.oneof(
    fc.tuple(fc.constantFrom(...texts), mutations).map(([from, mutate]) => latin(mutate(utf8(from)))),
    fc
      .tuple(fc.constantFrom(...texts), fc.nat(200), fc.string({ maxLength: 3 }))
      .map(([from, at, more]) => from.slice(0, at) + more + from.slice(at + more.length)),
    fc
      .array(fc.constantFrom('URI', ':', 'CHK', 'LIT', 'CHK-Verifier', '3', '10', '0', 'a', '7'), { maxLength: 14 })
      .map((parts) => parts.join('')),
    fc.string({ unit: 'binary', maxLength: 200 }),
  );
  fc.assert(
    fc.property(text, (given) => {
      try {
        assert.equal(formatCap(parseCap(given)), given);
      } catch (error) {
        assert.ok(isFailure(error) && error.code === 'usage', `${error}`);
        const said = `${error.message} ${error.hint}`;
        for (const secret of given.match(/[a-z2-7]{16,}/g) ?? []) assert.ok(!said.includes(secret), said);
      }
    }),
    { numRuns: 10 * FUZZ_RUNS },
  );
});

test('base32 is read back from exactly one text', () => {
  fc.assert(
    fc.property(fc.oneof(fc.stringMatching(/^[a-z2-7]{0,60}$/), fc.string()), (text) => {
      const bytes = decodeBase32(text);
      if (bytes) assert.equal(encodeBase32(bytes), text);
    }),
    { numRuns: 10 * FUZZ_RUNS },
  );
});

const leases = [1, 2].map((owner) => ({
  owner,
  renew: noise(32, 'renew'),
  cancel: noise(32, 'cancel'),
  expires: 1_700_000_000,
}));

test('mangled containers: a share and leases within the file, or one clear line', async () => {
  const original = packContainer(shares[0]!, leases);
  const bytes = fc.oneof(
    mutations.map((mutate) => mutate(original)),
    fc.uint8Array({ maxLength: 200 }),
  );
  await fc.assert(
    fc.asyncProperty(bytes, async (file) => {
      const kind = sniffFile(file.subarray(0, SNIFF_BYTES));
      assert.ok(kind === undefined || ['share', 'container', 'mutable'].includes(kind));
      try {
        const source = bufferSource(file);
        const share = await containerShare(source);
        let found = 0;
        for await (const lease of containerLeases(source)) found += lease.renew.length === 32 ? 1 : 0;
        assert.equal(CONTAINER_HEADER_BYTES + share.size + 72 * found, file.length);
        const inside = await share.read(0, share.size);
        assert.ok(equal(inside, file.subarray(CONTAINER_HEADER_BYTES, CONTAINER_HEADER_BYTES + share.size)));
      } catch (error) {
        assert.ok(isFailure(error) && error.code === 'failure', `${(error as Error).stack}`);
      }
    }),
    { numRuns: 5 * FUZZ_RUNS },
  );
});
