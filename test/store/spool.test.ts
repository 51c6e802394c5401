import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { Spool, spool } from '../../src/lib/store/spool.js';
import { tempDir } from '../helpers/temp.js';

async function* pieces(...sizes: number[]): AsyncGenerator<Uint8Array> {
  for (const [at, size] of sizes.entries()) yield new Uint8Array(size).fill(at + 1);
}

test('what is spooled is read at any offset, and has no name meanwhile', async (t) => {
  const dir = tempDir(t);
  const file = await spool(dir, pieces(3, 0, 4));
  assert.equal(file.size, 7);
  assert.deepEqual([...(await file.read(2, 3))], [1, 3, 3]);
  const parts: number[][] = [];
  for await (const chunk of file.chunks(5)) parts.push([...chunk]);
  assert.deepEqual(parts, [
    [1, 1, 1, 3, 3],
    [3, 3],
  ]);
  await assert.rejects(file.read(5, 3), /ended early/);
  assert.deepEqual([...readFileSync(file.fd)], [1, 1, 1, 3, 3, 3, 3]);
  assert.deepEqual(readdirSync(dir), []);
  await file.close();
});

test('where files have a name at first, it goes before a byte is written', async (t) => {
  const dir = tempDir(t);
  const platform = Object.getOwnPropertyDescriptor(process, 'platform')!;
  Object.defineProperty(process, 'platform', { ...platform, value: 'elsewhere' });
  t.after(() => Object.defineProperty(process, 'platform', platform));
  const file = await spool(
    dir,
    (async function* () {
      assert.deepEqual(readdirSync(dir), []);
      yield new Uint8Array([7]);
    })(),
  );
  assert.deepEqual([...(await file.read(0, 1))], [7]);
  await file.close();
});

test('the next piece is asked for when the last is written', async (t) => {
  const dir = tempDir(t);
  let inFlight = 0;
  const source = async function* () {
    for (let i = 0; i < 20; i++) {
      assert.equal(++inFlight, 1);
      yield new Uint8Array(1 << 16);
      inFlight--;
    }
  };
  await (await spool(dir, source())).close();
});

test('an input that breaks leaves nothing, and its error stands', async (t) => {
  const dir = tempDir(t);
  const broken = async function* () {
    yield new Uint8Array(1000);
    throw new Error('the pipe broke');
  };
  await assert.rejects(spool(dir, broken()), /the pipe broke/);
  assert.deepEqual(readdirSync(dir), []);
});

test('a folder that is not there is made, and one that cannot be is told', async (t) => {
  const dir = tempDir(t);
  await (await spool(join(dir, 'a', 'b'), pieces(1))).close();
  writeFileSync(join(dir, 'file'), '');
  await assert.rejects(spool(join(dir, 'file', 'c'), pieces(1)), /cannot keep the input/);
});

test("the node's place is swept of what a kill left there", async (t) => {
  const home = tempDir(t);
  mkdirSync(join(home, 'spool'));
  writeFileSync(join(home, 'spool', '.spool-1234'), 'left');
  const own = await Spool.open(home);
  assert.deepEqual(readdirSync(join(home, 'spool')), []);
  const file = await own.take(pieces(9));
  assert.equal(file.size, 9);
  await file.close();
});

test('a process killed in the middle of a spool leaves nothing of it', async (t) => {
  if (!existsSync('/proc/self/fd')) return t.skip('there is no /proc to look for the spool in');
  const dir = tempDir(t);
  const child = fork(fileURLToPath(new URL('./spooling.js', import.meta.url)), [dir], { execArgv: [] });
  t.after(() => child.kill('SIGKILL'));
  for (let bytes = 0; bytes < 3 << 16; ) [bytes] = (await once(child, 'message')) as [number];
  const fds = `/proc/${child.pid}/fd`;
  const held = readdirSync(fds).flatMap((fd) => {
    const target = readlinkSync(join(fds, fd));
    return target.startsWith(dir) ? [target] : [];
  });
  assert.equal(held.length, 1, 'the spool is open');
  assert.match(held[0]!, / \(deleted\)$/);
  assert.deepEqual(readdirSync(dir), []);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.deepEqual(readdirSync(dir), []);
});
