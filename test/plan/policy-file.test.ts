import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parsePolicy, parseStewardPolicy } from '../../src/lib/plan/policy.js';
import { NO_POLICIES, parsePolicyJson, policyValues, withStewardTerms } from '../../src/lib/plan/policy-file.js';
import { standingOf } from '../../src/lib/plan/steward.js';
import { priceFromTokens, priceText } from '../../src/lib/util/amounts.js';
import { parseBytes, sizeText } from '../../src/lib/util/durations.js';
import { isFailure } from '../../src/lib/util/errors.js';

const STEWARD = { price: '2.5', capacity: '500GiB', reserve: 1000, minSize: '1MiB', termDays: 90 };

test('a file is read into grains and bytes; what it leaves out is the default', () => {
  assert.deepEqual(parsePolicyJson({}), { owner: parsePolicy({}), steward: parseStewardPolicy({}) });
  const { owner, steward } = parsePolicyJson({
    owner: { repairBelow: 5, maxPrice: '3', spendPerDay: '10.5', spendTotal: '0', barter: true },
    steward: STEWARD,
  });
  const said = { repairBelow: 5, maxPrice: 10_000_000n, spendPerDay: 1_050_000_000n, spendTotal: 0n, barter: true };
  assert.deepEqual(owner, { ...parsePolicy({}), ...said });
  assert.deepEqual(steward, {
    ...{ price: 8_333_333n, capacityBytes: 500 * 2 ** 30, reserveBytes: 1000, minSize: 2 ** 20, maxSize: null },
    ...{ termDays: 90, prune: true, drain: false },
  });
});

test('what is unknown, of another type or out of bounds is named in one line', () => {
  const cases: [unknown, RegExp][] = [
    [null, /^bad policy: file: /],
    [[], /^bad policy: file: /],
    [{ owner: [] }, /^bad policy: file: /],
    [{ stewart: {} }, /^bad policy: stewart: /],
    [{ owner: { spendperday: '1' } }, /owner\.spendperday/],
    [{ owner: { spendPerDay: 1.5 } }, /owner\.spendPerDay: must be text, in quotes/],
    [{ owner: { spendPerDay: '1,5' } }, /owner\.spendPerDay: not an amount of tokens: 1,5/],
    [{ owner: { spendPerDay: '999999999999' } }, /owner\.spendPerDay: amount too large/],
    [{ owner: { dust: '1' } }, /owner\.dust/],
    [{ owner: { deckSize: 8, deckLow: 8 } }, /deckLow must be below deckSize/],
    [{ steward: { capacity: 'much' } }, /steward\.capacity: must be a size/],
    [{ steward: { capacity: -1 } }, /steward\.capacity/],
    [{ steward: { prune: 'yes' } }, /steward\.prune/],
    [{ steward: { price: '2' } }, /price and capacity go together/],
    [{ steward: { minSize: 5, maxSize: 4 } }, /maxSize must not be below minSize/],
    [{ steward: { termDays: 366 } }, /steward\.termDays/],
  ];
  for (const [json, message] of cases) {
    assert.throws(
      () => parsePolicyJson(json),
      (error) =>
        isFailure(error) && error.code === 'usage' && message.test(error.message) && !error.message.includes('\n'),
      JSON.stringify(json),
    );
  }
});

test('a standing bid stands where price and capacity are said, and no drain', () => {
  assert.equal(standingOf(NO_POLICIES.steward), null);
  const { steward } = parsePolicyJson({ steward: STEWARD });
  assert.deepEqual(standingOf(steward), {
    ...{ price: 8_333_333n, capacityBytes: 500 * 2 ** 30, termDays: 90 },
    ...{ reserveBytes: 1000, minSize: 2 ** 20, maxSize: null },
  });
  assert.equal(standingOf({ ...steward, drain: true }), null);
});

test('a bid that is left goes into the file and comes out as it was, all else untouched', () => {
  const most = 10n ** 16n;
  const price = fc.bigInt({ min: 0n, max: most });
  const bytes = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  fc.assert(
    fc.property(price, bytes, fc.integer({ min: 1, max: 365 }), (price, capacity, termDays) => {
      const json = withStewardTerms({ owner: { minPeers: 4 }, steward: STEWARD }, { price, capacity, termDays });
      const { owner, steward } = parsePolicyJson(JSON.parse(JSON.stringify(json)));
      assert.deepEqual(
        [steward.price, steward.capacityBytes, steward.termDays, steward.reserveBytes, owner.minPeers],
        [price, capacity, termDays, 1000, 4],
      );
    }),
  );
  assert.deepEqual(withStewardTerms({}, { price: 1n }).steward, { price: '0.0000003' });
});

test('prices and sizes are written as short as they can be read', () => {
  for (const text of ['0', '2', '2.5', '0.000001', '123.45', '1000']) {
    assert.equal(priceText(priceFromTokens(text)), text);
  }
  for (const text of ['0', '1000', '20GiB', '1536MiB', '3TiB', '1KiB']) assert.equal(sizeText(parseBytes(text)), text);
});

test('every value is told, as the file would have it', () => {
  const values = new Map(
    policyValues(parsePolicyJson({ owner: { maxPrice: '3', spendTotal: '1.5' }, steward: STEWARD })).map(
      ({ name, value }) => [name, value],
    ),
  );
  for (const [name, value] of [
    ['owner.maxPrice', '3'],
    ['owner.spendTotal', '1.5'],
    ['owner.spendPerDay', null],
    ['owner.barter', 'false'],
    ['steward.price', '2.5'],
    ['steward.capacity', '500GiB'],
    ['steward.reserve', '1000'],
    ['steward.maxSize', null],
    ['steward.drain', 'false'],
  ] as const) {
    assert.equal(values.get(name), value, name);
  }
  assert.equal(values.has('owner.dust'), false);
  const json = { owner: {}, steward: {} } as Record<string, Record<string, unknown>>;
  for (const [name] of values) json[name.split('.')[0]!]![name.split('.')[1]!] = undefined;
  assert.deepEqual(parsePolicyJson(json), NO_POLICIES, 'each name is one that the file takes');
});
