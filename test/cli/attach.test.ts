import assert from 'node:assert/strict';
import { test } from 'node:test';
import { described, yard } from '../helpers/processes.js';
import { runTranscript } from '../helpers/transcript.js';

/** One deadline for all that is waited for. */
const DEADLINE_MS = 120_000;

test("a Tahoe server's shares earn in place, with commands alone, and nothing is written to its disk", async (t) => {
  const { dir, quiet } = await yard(t);
  await runTranscript('attach.txt', { dir, ms: DEADLINE_MS });
  const left = await quiet(5000);
  assert.deepEqual(left, [], described(left));
});
