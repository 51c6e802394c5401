import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import {
  decodeBody,
  decodeHeader,
  decodeSignedTx,
  encodeBody,
  encodeHeader,
  encodeSignedTx,
} from '../../src/lib/chain/encoding.js';
import { LedgerError } from '../../src/lib/chain/errors.js';
import { type Bond, bondCodec } from '../../src/lib/chain/stake/bond.js';
import type { TxKind } from '../../src/lib/chain/types.js';
import { decodeCbor, encodeCbor } from '../../src/lib/util/cbor.js';
import { bytes, headers, signed } from './arbitraries.js';
import { KEPT } from './arbitrary-values.js';

/** What a stranger may do to bytes: change, drop, repeat or insert some, or cut them off. */
interface Bend {
  at: number;
  drop: number;
  insert: Uint8Array;
}

const bends: fc.Arbitrary<Bend[]> = fc.array(
  fc.record({ at: fc.nat(), drop: fc.integer({ min: 0, max: 3 }), insert: bytes(0, 3) }),
  { minLength: 1, maxLength: 3 },
);

function bent(original: Uint8Array, changes: readonly Bend[]): Uint8Array {
  return changes.reduce((out, { at, drop, insert }) => {
    const cut = at % (out.length + 1);
    return Uint8Array.from([...out.subarray(0, cut), ...insert, ...out.subarray(cut + drop)]);
  }, original);
}

/** Bytes either are the one form of what they mean, or are refused as malformed. True: they were taken. */
function isCanonical<T>(
  given: Uint8Array,
  decode: (given: Uint8Array) => T,
  encode: (value: T) => Uint8Array,
): boolean {
  let value: T;
  try {
    value = decode(given);
  } catch (error) {
    assert.ok(error instanceof LedgerError && error.rule === 'malformed', `not refused in due form: ${error}`);
    return false;
  }
  assert.deepEqual(encode(value), given);
  return true;
}

const RUNS = { numRuns: 400 };

test('bent transactions of every kind are canonical or malformed', () => {
  const seen = new Map<TxKind, [taken: number, refused: number]>();
  fc.assert(
    fc.property(signed, bends, (value, changes) => {
      const counts = seen.get(value.tx.kind) ?? [0, 0];
      counts[isCanonical(bent(encodeSignedTx(value), changes), decodeSignedTx, encodeSignedTx) ? 0 : 1] += 1;
      seen.set(value.tx.kind, counts);
    }),
    { numRuns: 1000 },
  );
  assert.equal(seen.size, 11);
  for (const [kind, [, refused]] of seen) assert.ok(refused > 0, kind);
});

test('bent headers, mined and led, are canonical or malformed', () => {
  fc.assert(
    fc.property(headers, bends, (header, changes) => {
      isCanonical(bent(encodeHeader(header), changes), decodeHeader, encodeHeader);
    }),
    RUNS,
  );
});

test('bent bodies are canonical or malformed', () => {
  const bodies = fc.array(bytes(1, 40), { maxLength: 6 });
  fc.assert(
    fc.property(bodies, bends, (body, changes) => {
      isCanonical(bent(encodeBody(body), changes), (given) => decodeBody(given, 1000), encodeBody);
    }),
    RUNS,
  );
});

for (const [name, { codec, values }] of Object.entries(KEPT)) {
  test(`what the state holds: ${name}, bent, is canonical or malformed`, () => {
    let [taken, refused] = [0, 0];
    fc.assert(
      fc.property(values, bends, (value, changes) => {
        assert.deepEqual(codec.decode(codec.encode(value)), value);
        const given = bent(codec.encode(value), changes);
        if (
          isCanonical(
            given,
            (input) => codec.decode(input),
            (one) => codec.encode(one),
          )
        )
          taken += 1;
        else refused += 1;
      }),
      RUNS,
    );
    assert.ok(taken > 0 && refused > 0, `${taken} taken, ${refused} refused`);
  });
}

test('a bond that is drawn names no slot beside its state', () => {
  fc.assert(
    fc.property(KEPT.bond!.values, (value) => {
      const bond = value as Bond;
      const fields = decodeCbor(bondCodec.encode(bond)) as unknown[];
      const given = encodeCbor(fields.with(6, 7) as Parameters<typeof encodeCbor>[0]);
      const named = bond.state.kind === 'waiting' || bond.state.kind === 'leaving';
      assert.equal(isCanonical(given, bondCodec.decode, bondCodec.encode), named);
    }),
  );
});
