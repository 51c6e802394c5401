import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tempDir } from '../helpers/temp.js';
import { KillLoop } from './loop.js';

const KILLS = 12;

// Two at once: a machine of two cores is busy with each start.
test('a node killed again and again while it mines and takes payments loses nothing', async (t) => {
  const loops = ['one', 'another'].map((seed) => new KillLoop(tempDir(t), `npm test ${seed}`).run(KILLS));
  for (const { kills, acknowledged, payments } of await Promise.all(loops)) {
    assert.equal(kills, KILLS);
    assert.ok(acknowledged > 0 && payments >= acknowledged);
  }
});
