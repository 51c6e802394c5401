import assert from 'node:assert/strict';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { yard } from '../helpers/processes.js';
import { KillLoop } from './loop.js';

const KILLS = 12;

// Two at once: a machine of two cores is busy with each start.
test('a node killed again and again while it mines, or leads by stake, and takes payments loses nothing', async (t) => {
  const { dir } = await yard(t);
  const loops = ['one', 'another'].map((seed, i) => {
    const home = join(dir, seed);
    mkdirSync(home);
    return new KillLoop(home, `npm test ${seed}`, i === 1).run(KILLS);
  });
  for (const { kills, acknowledged, payments } of await Promise.all(loops)) {
    assert.equal(kills, KILLS);
    assert.ok(acknowledged > 0 && payments >= acknowledged);
  }
});
