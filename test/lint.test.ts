import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { runProgram } from './helpers/cli.js';
import { projectRoot } from './helpers/root.js';
import { tempDir } from './helpers/temp.js';

test('the formatter and the linter have nothing to say', async (t) => {
  const biome = join(projectRoot(), 'node_modules', '.bin', 'biome');
  const args = ['check', '--colors=off', '--error-on-warnings', '.'];
  const ran = await runProgram(biome, args, { cwd: projectRoot(), home: tempDir(t) });
  assert.equal(ran.status, 0, ran.stdout + ran.stderr);
});
