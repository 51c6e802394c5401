import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { RpcClient } from '../../src/lib/rpc/client.js';
import { createRpcServer } from '../../src/lib/rpc/server.js';
import { tempDir } from '../helpers/temp.js';
import { alive, lives, served } from './served.js';

const log = { error() {} };

test('the socket is in the data directory, for its owner only', async (t) => {
  const { dir, server } = await served(t, alive);
  assert.equal(server.path, join(dir, 'node.sock'));
  assert.equal(statSync(server.path).mode & 0o777, 0o600);
});

test('a path that Linux would cut is replaced by a short one, which the directory records', async (t) => {
  const dir = join(tempDir(t), 'x'.repeat(120));
  const server = await createRpcServer({ dir, handlers: alive, log });
  assert.ok(Buffer.byteLength(server.path) <= 100);
  assert.equal(readFileSync(join(dir, 'node.sock.path'), 'utf8').trim(), server.path);
  assert.equal(statSync(dirname(server.path)).mode & 0o777, 0o700);
  assert.equal(statSync(server.path).mode & 0o777, 0o600);
  assert.ok(await lives(new RpcClient(dir)));
  await server.close(0);
  assert.ok(!existsSync(server.path) && !existsSync(join(dir, 'node.sock.path')));
});

test('two long directories have two sockets', async (t) => {
  const parent = join(tempDir(t), 'y'.repeat(120));
  const one = await createRpcServer({ dir: join(parent, 'a'), handlers: alive, log });
  const two = await createRpcServer({ dir: join(parent, 'b'), handlers: alive, log });
  assert.notEqual(one.path, two.path);
  await Promise.all([one.close(0), two.close(0)]);
});

test('a second node in one directory is refused; the first lives on', async (t) => {
  const { dir, client } = await served(t, alive);
  await assert.rejects(createRpcServer({ dir, handlers: alive, log }), { code: 'locked' });
  assert.ok(await lives(client));
});

test('a socket that a killed node left behind is replaced', async (t) => {
  const dir = tempDir(t);
  const leave = `require('node:net').createServer().listen(${JSON.stringify(join(dir, 'node.sock'))}, () => process.kill(process.pid, 'SIGKILL'))`;
  spawnSync(process.execPath, ['-e', leave]);
  assert.ok(existsSync(join(dir, 'node.sock')));
  await assert.rejects(lives(new RpcClient(dir)), { code: 'unreachable' });
  const server = await createRpcServer({ dir, handlers: alive, log });
  assert.ok(await lives(new RpcClient(dir)));
  await server.close(0);
});

test('closing lets a call under way end', async (t) => {
  const { client, server } = await served(t, {
    'wallet.unlock': async () => {
      await new Promise((resolve) => setTimeout(resolve, 100));
      return {};
    },
  });
  const call = lives(client);
  await new Promise((resolve) => setTimeout(resolve, 50));
  await server.close();
  assert.ok(await call);
});

test('a directory that cannot be made is a clear failure', async (t) => {
  const file = join(tempDir(t), 'file');
  mkdirSync(join(file, '..'), { recursive: true });
  spawnSync('touch', [file]);
  await assert.rejects(createRpcServer({ dir: join(file, 'sub'), handlers: alive, log }), { name: 'Failure' });
});
