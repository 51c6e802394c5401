import assert from 'node:assert/strict';
import { lstatSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { NO_POLICIES, withStewardTerms } from '../../src/lib/plan/policy-file.js';
import { changePolicyFile, readPolicyFile } from '../../src/lib/store/policy-file.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';

const BID = { price: 100n, capacity: 1 << 30, termDays: 30 };
const refused = (message: RegExp) => (error: unknown) =>
  isFailure(error) && error.code === 'usage' && message.test(error.message) && error.hint !== undefined;

test('without a file the defaults hold; a change makes one, private, and keeps what stands in it', async (t) => {
  const folder = tempDir(t);
  const path = join(folder, 'deep', 'policy.json');
  assert.deepEqual(readPolicyFile(path), { policies: NO_POLICIES, json: undefined });
  await changePolicyFile(path, (json) => withStewardTerms(json, BID));
  assert.equal(statSync(path).mode & 0o777, 0o600);
  assert.equal(readPolicyFile(path).policies.steward.price, 100n);
  writeFileSync(path, '{"owner":{"minPeers":7}}');
  await changePolicyFile(path, (json) => withStewardTerms(json, BID), { write: false });
  assert.equal(readFileSync(path, 'utf8'), '{"owner":{"minPeers":7}}');
  await changePolicyFile(path, (json) => withStewardTerms(json, BID));
  const { owner, steward } = readPolicyFile(path).policies;
  assert.deepEqual([owner.minPeers, steward.capacityBytes], [7, 1 << 30]);
  assert.deepEqual(readdirSync(join(folder, 'deep')), ['policy.json'], 'nothing is left over');
});

test('a bad file is told in a line with its name, and is not written over', async (t) => {
  const path = join(tempDir(t), 'policy.json');
  for (const [text, message] of [
    ['{', /policy\.json: not JSON$/],
    ['{"owner":{"minPears":1}}', /policy\.json: owner\.minPears/],
    ['[]', /policy\.json: file/],
    [' '.repeat(70_000), /policy\.json: too long$/],
  ] as const) {
    writeFileSync(path, text);
    assert.throws(() => readPolicyFile(path), refused(message));
    await assert.rejects(
      changePolicyFile(path, () => ({})),
      refused(message),
    );
    assert.equal(readFileSync(path, 'utf8'), text);
  }
  writeFileSync(path, '{}');
  const bad = { steward: { price: '2' } };
  await assert.rejects(
    changePolicyFile(path, () => bad),
    refused(/price and capacity/),
  );
  assert.equal(readFileSync(path, 'utf8'), '{}');
});

test('a link stays a link, as people who keep such files elsewhere want it', async (t) => {
  const folder = tempDir(t);
  const [path, target] = [join(folder, 'policy.json'), join(folder, 'mine.json')];
  writeFileSync(target, '{}');
  symlinkSync(target, path);
  await changePolicyFile(path, (json) => withStewardTerms(json, BID));
  assert.ok(lstatSync(path).isSymbolicLink());
  assert.equal(readPolicyFile(target).policies.steward.price, 100n);
});

test('two changes at once leave one file or the other', async (t) => {
  const path = join(tempDir(t), 'policy.json');
  const prices = Array.from({ length: 8 }, (_, i) => BigInt(i + 1));
  await Promise.all(prices.map((price) => changePolicyFile(path, (json) => withStewardTerms(json, { ...BID, price }))));
  assert.ok(prices.includes(readPolicyFile(path).policies.steward.price!));
});
