import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { answer } from '../../src/lib/bounty/challenge.js';
import { AnswerQueue, type Asked, type Part } from '../../src/lib/node/answer-queue.js';
import { isFailure } from '../../src/lib/util/errors.js';
import { tempDir } from '../helpers/temp.js';

/** Blobs of these sizes, one after the other in one file, and a queue over them. */
async function world(t: TestContext, sizes: readonly number[], threads = 2) {
  const bytes = randomBytes(sizes.reduce((sum, size) => sum + size, 0));
  const folder = tempDir(t);
  const path = join(folder, 'blobs');
  writeFileSync(path, bytes);
  let start = 0;
  const parts = sizes.map((size, i): Part => {
    const place = { uuid: String(i), path, start, size, root: folder, writable: i % 2 === 0 };
    start += size;
    return { nonce: randomBytes(32), place };
  });
  const queue = new AnswerQueue({ slot: () => 100, slotMs: 1000, threads });
  const expected = ({ nonce, place }: Part) =>
    answer(nonce, place.size, [bytes.subarray(place.start, place.start + place.size)]);
  return { queue, parts, expected, folder };
}

const asked = (parts: readonly Part[], more: Partial<Asked> = {}): Asked => ({
  ...{ id: parts[0]!.place.uuid, amount: 1n, bytes: parts.reduce((sum, { place }) => sum + place.size, 0) },
  ...{ deadlineSlot: 10_000, parts },
  ...more,
});

test('answers are those of the challenge: small, around a group, larger than one, many to a bounty', async (t) => {
  const group = 2 << 20;
  const sizes = [1, 64, 65_536, 65_537, group - 1, group, group + 1, 3 * group + 5, ...Array(150).fill(3000)];
  const { queue, parts, expected } = await world(t, sizes);
  const questions = [...parts.slice(0, 8).map((part) => asked([part])), asked(parts.slice(8)), asked(parts)];
  const answers = await Promise.all(queue.ask(questions));
  for (const [i, { parts }] of questions.entries()) {
    assert.deepEqual(answers[i], await Promise.all(parts.map(expected)));
  }
});

test('what cannot be read fails its own bounty, and no other', async (t) => {
  const { queue, parts, expected, folder } = await world(t, Array(40).fill(5000));
  const gone = { ...parts[3]!, place: { ...parts[3]!.place, path: join(folder, 'gone') } };
  const short = { ...parts[4]!, place: { ...parts[4]!.place, start: 39 * 5000, size: 5001 } };
  symlinkSync(parts[5]!.place.path, join(folder, 'link'));
  const link = { ...parts[5]!, place: { ...parts[5]!.place, path: join(folder, 'link'), writable: false } };
  const bad = new Map<number, readonly Part[]>([
    [3, [gone]],
    [4, [short]],
    [5, [link]],
    [7, [parts[7]!, gone, parts[8]!]],
  ]);
  const settled = await Promise.allSettled(queue.ask(parts.map((part, i) => asked(bad.get(i) ?? [part]))));
  for (const [i, outcome] of settled.entries()) {
    if (bad.has(i)) {
      assert.ok(outcome.status === 'rejected' && isFailure(outcome.reason), `${i}`);
    } else {
      assert.ok(outcome.status === 'fulfilled');
      assert.deepEqual(outcome.value, [await expected(parts[i]!)]);
    }
  }
});

test('the most valuable comes first, also before what was asked earlier', async (t) => {
  const { queue, parts } = await world(t, Array(16).fill((2 << 20) + 1), 1);
  const done: number[] = [];
  const ask = (some: readonly Part[], amount: bigint) =>
    queue
      .ask(some.map((part) => asked([part], { amount })))
      .map((answers, i) => answers.then(() => done.push(parts.indexOf(some[i]!))));
  await Promise.all([...ask(parts.slice(0, 8), 1n), ...ask(parts.slice(8), 10n)]);
  // Two had been begun before anything better was known, and two threads may overtake one another.
  assert.ok(
    done.slice(-4).every((i) => i < 8),
    done.join(' '),
  );
});

test('stopped, it begins nothing, and nobody waits for ever', async (t) => {
  const { queue, parts } = await world(t, Array(20).fill((2 << 20) + 1));
  const all = Promise.allSettled(queue.ask(parts.map((part) => asked([part]))));
  await queue.stop();
  const done = (await all).filter(({ status }) => status === 'fulfilled').length;
  assert.ok(done > 0 && done < 20, `${done}`);
  await assert.rejects(queue.ask([asked([parts[0]!])])[0]!, /stopping/);
});
