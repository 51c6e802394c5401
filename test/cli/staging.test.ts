import assert from 'node:assert/strict';
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readlinkSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeTo } from '../../src/lib/cli/encoding.js';
import { writeSecret } from '../../src/lib/cli/outfile.js';
import { makeStaging } from '../../src/lib/cli/staging.js';
import { ownTag } from '../../src/lib/store/tenure.js';
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

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  test(`an encode that ${signal} ends among its shares leaves nothing there`, async (t) => {
    const home = tempDir(t);
    const out = join(home, 'media');
    const child = encoding(t, home, '--shares', '101/256', '--segment-size', '101', '--out', out, '-');
    const gone = once(child, 'exit');
    child.stdin!.end(Buffer.alloc(300_000));
    await seen(() => (staged(out).length > 0 ? true : undefined));
    child.kill(signal);
    assert.deepEqual(await gone, [null, signal]);
    assert.deepEqual(readdirSync(out), []);
  });
}

test('what is written with --out takes no place of its own once it is there, nor leaves what a killed one left', async (t) => {
  const dir = tempDir(t);
  const dead = ownTag().replace(/\d+$/, '0');
  writeFileSync(join(dir, `.holdfast-${dead}.01020304`), 'half');
  await writeSecret(join(dir, 'a'.repeat(255)), 'whole');
  assert.deepEqual(readdirSync(dir), ['a'.repeat(255)]);
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) assert.equal(process.listenerCount(signal), 0, signal);
});

test('a named pipe in a share’s place is not waited for', async (t) => {
  const home = tempDir(t);
  const out = join(home, 'media');
  mkdirSync(out);
  execFileSync('mkfifo', [join(out, '0')]);
  const ran = await holdfast(['file', 'encode', '--out', out, '-'], { home, input: 'x'.repeat(100), ms: 20_000 });
  assert.equal(ran.status, 1);
  assert.match(ran.stderr, /media\/0 is another file's share/);
  assert.deepEqual(readdirSync(out), ['0']);
});

for (const size of [40, 400]) {
  test(`a file of ${size} bytes that has more when it is encoded is not taken for a whole one`, async (t) => {
    const dir = tempDir(t);
    writeFileSync(join(dir, 'file'), 'x'.repeat(size + 1));
    const handle = await open(join(dir, 'file'));
    t.after(() => handle.close());
    const how = { secret: { key: new Uint8Array(16) }, server: false };
    const source = { fd: handle.fd, size };
    const encoded = encodeTo(join(dir, 'out'), source, { needed: 1, happy: 1, total: 2 }, how);
    await assert.rejects(encoded, { code: 'temporary', message: 'the file changed while it was being encoded' });
    assert.deepEqual(existsSync(join(dir, 'out')) ? readdirSync(join(dir, 'out')) : [], []);
  });
}

test('what a running process is at, or anybody else left, is not touched', async (t) => {
  const dir = tempDir(t);
  const running = await makeStaging(dir);
  t.after(() => running.remove());
  for (const name of ['.holdfast-AbCdEf', '.holdfast-', '.holdfast-notes.txt']) mkdirSync(join(dir, name));
  const before = readdirSync(dir);
  const own = await makeStaging(dir);
  t.after(() => own.remove());
  assert.notEqual(own.path, running.path);
  assert.deepEqual(readdirSync(dir).sort(), [...before, basename(own.path)].sort());
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
