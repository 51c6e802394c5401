import assert from 'node:assert/strict';
import { test } from 'node:test';
import { described, yard } from '../helpers/processes.js';
import { runTranscript } from '../helpers/transcript.js';

test('blobs on several disks: limits, a missing mount, bytes that rot, a move', async (t) => {
  const { dir, quiet } = await yard(t);
  await runTranscript('disks.txt', { dir, ms: 120_000 });
  const left = await quiet(5000);
  assert.deepEqual(left, [], described(left));
});
