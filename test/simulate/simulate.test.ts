import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Outcome, outcomeOf } from './outcome.js';
import { type Defences, SAFE, SETTING, type Setting } from './setting.js';
import { rowOf } from './verdict.js';

const SMALL: Setting = {
  ...SETTING,
  seed: 'npm test',
  contracts: 200,
  years: 0.25,

  diskAfr: 0,
  availability: 0.999,
};
const without = (defence: keyof Defences): Setting => ({ ...SMALL, defences: { ...SAFE, [defence]: false } });
const unearned = ({ stewards }: Outcome) => stewards.reduce((sum, seat) => sum + seat.unearned, 0);
const honest = outcomeOf(SMALL, 'nobody');

test('a setting is all that a run depends on', () => {
  assert.deepEqual(outcomeOf(SMALL, 'nobody'), honest);
});

test('where all are honest, nothing is lost, pruned or missing, and the ledger keeps count', () => {
  const { owners, counts } = honest;
  assert.equal(
    owners.reduce((sum, { lost }) => sum + lost, 0),
    0,
  );
  assert.deepEqual([counts.pruned, counts.mia], [undefined, undefined]);
  assert.ok(owners.every(({ files }) => files === 2));
});

test('threat 1: a hash state in place of the data is paid only where the data comes before the nonce', () => {
  assert.equal(unearned(outcomeOf(SMALL, 'midstate')), 0);
  assert.ok(unearned(outcomeOf(without('nonceFirst'), 'midstate')) > 0);
});

test('threat 5: colluders are paid for what they did not keep only where shares are not sealed', () => {
  assert.equal(unearned(outcomeOf(SMALL, 'collude')), 0);
  assert.ok(unearned(outcomeOf(without('sealed'), 'collude')) > 0);
});

test('threat 10: who proves and serves nobody is soon replaced only where pieces are fetched now and then', () => {
  const earned = (setting: Setting) => rowOf(setting, outcomeOf(setting, 'withhold'), honest);
  const [on, off] = [earned(SMALL), earned(without('spotChecks'))];
  assert.ok(on.gain < -0.1 && on.holds, `gains ${on.gain}`);
  assert.ok(off.gain > -0.01, `it is no worse off than the honest: ${off.gain}`);
});

test('threats 8 and 9: who lies, or lives on grace with fresh keys or junk, does worse than the honest in its place', () => {
  for (const strategy of ['lie', 'silent', 'fresh-keys', 'junk']) {
    const row = rowOf(SMALL, outcomeOf(SMALL, strategy), honest);
    assert.ok(row.holds && row.gain <= 0, `${strategy} gains ${row.gain}`);
  }
});
