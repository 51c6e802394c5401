import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ask, recall, remember } from '../../src/lib/node/requests.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { World } from './helpers.js';

const isUsage = (error: unknown) => isFailure(error) && error.code === 'usage';

test('a request is the same however its arguments are ordered, and whatever only says how to call', () => {
  const argument = fc.tuple(
    fc
      .string({ minLength: 1, maxLength: 5 })
      .filter((key) => !['__proto__', 'requestId', 'dryRun', 'maxSpend'].includes(key)),
    fc.oneof(fc.bigInt(), fc.integer(), fc.string(), fc.boolean(), fc.constant(null)),
  );
  fc.assert(
    fc.property(fc.uniqueArray(argument, { selector: ([key]) => key }), fc.boolean(), (entries, dryRun) => {
      const one = ask('m', { ...Object.fromEntries(entries), requestId: 'id' });
      const more = { dryRun, maxSpend: 5n, nothing: undefined };
      const other = ask('m', { ...more, ...Object.fromEntries(entries.toReversed()), requestId: 'id' });
      assert.deepEqual(other, one);
    }),
  );
});

test('another method, another value or another type is another request', () => {
  const hashes = [
    ask('m', { amount: 5n }),
    ask('m', { amount: 6n }),
    ask('m', { amount: 5 }),
    ask('m', { amount: '5' }),
    ask('n', { amount: 5n }),
    ask('m', { amount: 5n, to: 'x' }),
    ask('m', {}),
  ].map(({ argsHash }) => argsHash);
  assert.equal(new Set(hashes).size, hashes.length);
});

test('what was remembered under an id is recalled, and for nothing else', async (t) => {
  const { context } = await new World(t).join('owner');
  const { books } = context;
  const asked = ask('wallet.send', { to: 'x', amount: 5n, requestId: 'r1' });
  assert.equal(recall(books, asked), undefined);
  await books.commit(remember(books, asked, { paid: 5n }));
  assert.deepEqual(recall(books, asked), { argsHash: asked.argsHash, result: { paid: 5n } });
  assert.equal(recall(books, { ...asked, id: 'r2' }), undefined);
  assert.throws(() => recall(books, ask('wallet.send', { to: 'x', amount: 6n, requestId: 'r1' })), isUsage);
  assert.throws(() => recall(books, ask('bounty.post', { to: 'x', amount: 5n, requestId: 'r1' })), isUsage);
});

test('without an id nothing is remembered', async (t) => {
  const { context } = await new World(t).join('owner');
  const asked = ask('wallet.send', { to: 'x' });
  assert.deepEqual(remember(context.books, asked, 1), []);
  assert.equal(recall(context.books, asked), undefined);
});
