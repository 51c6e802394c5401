import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { isFailure } from '../../src/lib/util/errors.js';
import { Pool } from '../../src/lib/workers/pool.js';
import { Counters } from '../../src/lib/workers/shared.js';
import type { TestJob } from './jobs.js';

const ENTRY = new URL('./jobs.worker.js', import.meta.url);

function poolOf(size: number, idleMs?: number): { run(job: TestJob): Promise<unknown>; pool: Pool } {
  const pool = new Pool(ENTRY, size, idleMs);
  return { pool, run: (job) => pool.run(job) };
}

const waiting = (ms: number): TestJob => ({ do: 'wait', ms, running: new SharedArrayBuffer(4) });

test('a Failure keeps its code, message and hint on its way from a thread; other errors their message', async () => {
  const { run } = poolOf(1);
  for (const hint of ['do this', undefined]) {
    await assert.rejects(run({ do: 'fail', code: 'disk-full', message: 'no room', hint }), (error) => {
      return isFailure(error) && error.code === 'disk-full' && error.message === 'no room' && error.hint === hint;
    });
  }
  await assert.rejects(run({ do: 'throw', message: 'a bug' }), { name: 'TypeError', message: 'a bug' });
});

test('a thread that dies rejects its job and is replaced', async () => {
  const { run } = poolOf(1);
  await run(waiting(0));
  await assert.rejects(run({ do: 'die' }), /worker thread ended/);
  await run(waiting(0));
});

test('a job that cannot be sent is rejected, and leaves its thread to others', async () => {
  const { run } = poolOf(1);
  const job = { ...waiting(0), ms: () => 0 } as unknown as TestJob;
  await assert.rejects(run(job), { name: 'DataCloneError' });
  await run(waiting(0));
});

test('as many jobs run at once as the pool is large, the others in their turn', async () => {
  const { run } = poolOf(2);
  const job = waiting(20);
  const made = (await Promise.all(Array.from({ length: 7 }, () => run(job)))) as { threadId: number; atOnce: number }[];
  assert.equal(Math.max(...made.map(({ atOnce }) => atOnce)), 2);
  assert.ok(new Set(made.map(({ threadId }) => threadId)).size <= 2);
});

test('idle threads end after a while, and new ones are there when they are needed', async () => {
  const { run } = poolOf(1, 30);
  const first = (await run(waiting(0))) as { threadId: number };
  const soon = (await run(waiting(0))) as { threadId: number };
  assert.equal(soon.threadId, first.threadId);
  await sleep(300);
  const later = (await run(waiting(0))) as { threadId: number };
  assert.notEqual(later.threadId, first.threadId);
});

function meeting(members: number, present = members): { jobs: TestJob[]; stop(): void } {
  const counters = Counters.of(1);
  const jobs = Array.from({ length: present }, (): TestJob => ({ do: 'meet', counters: counters.memory, members }));
  return { jobs, stop: () => counters.stop() };
}

test('gangs run whole, one after another, however small the pool and whatever else it does', async () => {
  const { pool, run } = poolOf(1);
  const busy = run(waiting(50));
  const gangs = [meeting(3), meeting(2), meeting(3)];
  const met = await Promise.all(gangs.map(({ jobs, stop }) => pool.gang(jobs, stop)));
  assert.deepEqual(met, [
    ['met', 'met', 'met'],
    ['met', 'met'],
    ['met', 'met', 'met'],
  ]);
  await busy;
});

test('where one of a gang fails or dies the others are stopped, and its error is thrown once all have ended', async () => {
  const { pool } = poolOf(3);
  for (const bad of [
    { do: 'fail', code: 'temporary', message: 'no', hint: undefined },
    { do: 'die' },
  ] satisfies TestJob[]) {
    const { jobs, stop } = meeting(3, 2);
    await assert.rejects(
      pool.gang([...jobs, bad], stop),
      bad.do === 'fail' ? { message: 'no' } : /worker thread ended/,
    );
  }
  const { jobs, stop } = meeting(3);
  assert.deepEqual(await pool.gang(jobs, stop), ['met', 'met', 'met']);
});

test('a process with idle threads ends when it has nothing else to do', () => {
  const script = `
    const { Pool } = await import(${JSON.stringify(new URL('../../src/lib/workers/pool.js', import.meta.url))});
    const pool = new Pool(new URL(${JSON.stringify(ENTRY)}), 2, 600_000);
    await Promise.all([1, 2].map(() => pool.run(${'{ do: "wait", ms: 1, running: new SharedArrayBuffer(4) }'})));
    console.log('done');
  `;
  const ended = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    timeout: 30_000,
  });
  assert.deepEqual([ended.status, ended.stdout.trim(), ended.stderr], [0, 'done', '']);
});
