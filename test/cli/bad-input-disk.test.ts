import assert from 'node:assert/strict';
import { test } from 'node:test';
import { needMounts } from '../helpers/mounts.js';
import { described, yard } from '../helpers/processes.js';
import { needTool } from '../helpers/tools.js';
import { runTranscript } from '../helpers/transcript.js';

test('a full disk: exit 14, nothing lost, and the node lives on', async (t) => {
  const within = needMounts(t);
  if (!within) return;
  const { dir, quiet } = await yard(t);
  await runTranscript('full-disk.txt', { dir, ms: 120_000, within });
  const left = await quiet(5000);
  assert.deepEqual(left, [], described(left));
});

test('a write that fails half-way costs nothing that is written after it', async (t) => {
  if (!needTool(t, 'prlimit')) return;
  const { dir, quiet } = await yard(t);
  await runTranscript('torn-write.txt', { dir, ms: 60_000 });
  const left = await quiet(5000);
  assert.deepEqual(left, [], described(left));
});
