import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { makeStaging } from '../../src/lib/cli/staging.js';
import { cleanEnv, holdfast, holdfastCommand } from '../helpers/cli.js';
import { needMounts } from '../helpers/mounts.js';
import { tempDir } from '../helpers/temp.js';
import { runTranscript } from '../helpers/transcript.js';

/** `file encode` of a stdin that does not end by itself. */
function encoding(t: TestContext, home: string, ...argv: string[]): ChildProcess {
  const [program, script] = holdfastCommand();
  const child = spawn(program, [script, 'file', 'encode', ...argv], {
    env: cleanEnv({ home }),
    stdio: ['pipe', 'ignore', 'inherit'],
  });
  child.stdin!.on('error', () => {});
  t.after(() => child.kill('SIGKILL'));
  return child;
}

async function killed(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
}

/** Waits until `find` finds something. */
async function seen<T>(find: () => T | undefined): Promise<T> {
  for (;;) {
    const found = find();
    if (found !== undefined) return found;
    await sleep(10);
  }
}

const staged = (dir: string) =>
  (existsSync(dir) ? readdirSync(dir) : []).filter((name) => name.startsWith('.holdfast-'));

test('what an encode leaves that is killed among its shares, the next one into the directory removes', async (t) => {
  const home = tempDir(t);
  const out = join(home, 'media');
  const child = encoding(t, home, '--shares', '101/256', '--segment-size', '101', '--out', out, '-');
  child.stdin!.end(Buffer.alloc(300_000));
  const [left] = await seen(() => (staged(out).length > 0 ? staged(out) : undefined));
  await killed(child);
  assert.deepEqual(staged(out), [left]);

  const next = await holdfast(['file', 'encode', '--out', out, '-'], { home, input: 'x'.repeat(100) });
  assert.equal(next.stderr, '');
  assert.deepEqual(readdirSync(out).sort(), [...Array(10).keys()].map(String).sort());
});

test('what a running process is at, or anybody else left, is not touched', async (t) => {
  const dir = tempDir(t);
  const running = await makeStaging(dir);
  for (const name of ['.holdfast-AbCdEf', '.holdfast-', '.holdfast-notes.txt']) mkdirSync(join(dir, name));
  const before = readdirSync(dir);
  const own = await makeStaging(dir);
  assert.notEqual(own, running);
  assert.deepEqual(readdirSync(dir).sort(), [...before, own.slice(dir.length + 1)].sort());
});

test('an encode that is killed while its stdin still comes leaves nothing at all', async (t) => {
  if (!existsSync('/proc/self/fd')) return t.skip('there is no /proc to look for the spool in');
  const home = tempDir(t);
  const child = encoding(t, home, '--out', join(home, 'media'), '-');
  child.stdin!.write(Buffer.alloc(200_000));
  await seen(() => descriptors(child.pid!).find((target) => target.startsWith(home)));
  assert.deepEqual(readdirSync(home), []);
  await killed(child);
  assert.deepEqual(readdirSync(home), []);
});

/** What a process has open; a descriptor may be closed while one looks. */
function descriptors(pid: number): string[] {
  const dir = `/proc/${pid}/fd`;
  return readdirSync(dir).flatMap((fd) => {
    try {
      return readlinkSync(join(dir, fd));
    } catch {
      return [];
    }
  });
}

test('without a node, too, a full disk is exit 14, and leaves nothing half-done', async (t) => {
  const within = needMounts(t);
  if (within) await runTranscript('files-full-disk.txt', { dir: tempDir(t), ms: 60_000, within });
});
