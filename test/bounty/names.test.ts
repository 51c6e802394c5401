import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { contractName, NameWindow, WINDOW } from '../../src/lib/bounty/names.js';
import { toHex, u32be } from '../../src/lib/util/bytes.js';

const secret = (n: number) => new Uint8Array(32).fill(n);

test('a name is the protocol page, word for word', () => {
  const name = createHmac('sha256', secret(1)).update(u32be(77)).digest('hex');
  assert.equal(toHex(contractName(secret(1), 77)), name);
});

test('a window holds the next 1,024 names of each contract, and no more', () => {
  const names = new NameWindow();
  names.add('a', secret(1), 0);
  names.add('b', secret(2), 500);
  const found = (n: number, i: number) => names.lookup(contractName(secret(n), i));
  assert.deepEqual(found(1, 0), { contractId: 'a', i: 0 });
  assert.deepEqual(found(1, WINDOW - 1), { contractId: 'a', i: WINDOW - 1 });
  assert.equal(found(1, WINDOW), undefined);
  assert.equal(found(2, 499), undefined);
  assert.deepEqual(found(2, 500), { contractId: 'b', i: 500 });
  assert.deepEqual(found(2, 500 + WINDOW - 1), { contractId: 'b', i: 500 + WINDOW - 1 });
  assert.equal(found(3, 0), undefined);
  assert.equal(names.lookup(new Uint8Array(31)), undefined);
});

test('a name that shares its first 48 bits with an expected one is not taken for it', () => {
  const names = new NameWindow(16);
  names.add('a', secret(1), 0);
  const forged = Uint8Array.from(contractName(secret(1), 3));
  forged[31]! ^= 1;
  assert.equal(names.lookup(forged), undefined);
});

test('two contracts under one secret share every entry: either can go, the other stays', () => {
  const names = new NameWindow(16);
  names.add('a', secret(1), 0);
  names.add('b', secret(1), 8);
  assert.equal(names.lookup(contractName(secret(1), 10))?.i, 10);
  names.remove('a');
  assert.deepEqual(names.lookup(contractName(secret(1), 10)), { contractId: 'b', i: 10 });
  assert.equal(names.lookup(contractName(secret(1), 3)), undefined);
  names.remove('b');
  assert.equal(names.lookup(contractName(secret(1), 10)), undefined);
});

test('property: whatever was added, advanced and removed, the window is what plain arithmetic says', () => {
  const size = 8;
  const step = fc.record({
    op: fc.constantFrom('add', 'advance', 'remove'),
    id: fc.integer({ min: 0, max: 3 }),
    to: fc.nat(40),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), (steps) => {
      const names = new NameWindow(size);
      const model = new Map<number, number>();
      for (const { op, id, to } of steps) {
        if (op === 'add' && !model.has(id)) {
          names.add(`${id}`, secret(id), to);
          model.set(id, to);
        } else if (op === 'advance') {
          names.advance(`${id}`, to);
          if (model.has(id)) model.set(id, Math.max(model.get(id)!, to));
        } else if (op === 'remove') {
          names.remove(`${id}`);
          model.delete(id);
        }
      }
      assert.equal(names.contracts, model.size);
      for (let id = 0; id <= 3; id += 1) {
        const from = model.get(id) ?? Number.POSITIVE_INFINITY;
        for (let i = 0; i < 50; i += 1) {
          const expected = i >= from && i < from + size ? { contractId: `${id}`, i } : undefined;
          assert.deepEqual(names.lookup(contractName(secret(id), i)), expected);
        }
      }
    }),
    { numRuns: 50 },
  );
});
