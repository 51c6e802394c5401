import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { request } from 'node:http';
import { connect, type NetConnectOpts } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { METHODS } from '../../src/lib/rpc/methods.js';
import { PARAMS_HEADER } from '../../src/lib/rpc/wire.js';
import { yard } from '../helpers/processes.js';
import { Solo, succeeded } from '../helpers/solo.js';

/** Writes bytes, and reads until the other side hangs up, or for so long. */
function raw(where: NetConnectOpts, bytes: string | Uint8Array, ms = 1000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(where);
    let answer = '';
    const late = setTimeout(() => socket.destroy(), ms);
    socket.on('data', (chunk) => {
      answer += chunk.toString('latin1');
    });
    socket.on('error', () => {});
    socket.on('close', () => {
      clearTimeout(late);
      resolve(answer);
    });
    socket.write(bytes);
  });
}

interface Answer {
  status: number;
  code: unknown;
}

function post(socketPath: string, method: string, body: string, headers: Record<string, string> = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      { socketPath, path: `/v1/${method}`, method: 'POST', headers, agent: false },
      (response) => {
        let text = '';
        response.on('data', (chunk) => {
          text += chunk;
        });
        response.on('end', () => resolve({ status: response.statusCode!, code: JSON.parse(text).code }));
      },
    );
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

/** None of these fits any method's parameters. */
const WRONG = ['[]', 'null', '7', '"x"', '{', '{"x":1}', '{"__proto__":{"uuid":1},"x":2}', '\0', 'é'.repeat(1000)];

test('garbage at a live node: refused in due form, nothing changed, and the node lives on', async (t) => {
  const { dir, quiet } = await yard(t);
  const solo = await Solo.create(dir);
  await solo.start(...solo.unlocked, ...solo.mining);
  await solo.height(2);
  await solo.stop();
  const { pid, addresses } = await solo.start(...solo.unlocked);
  const { path } = solo.rpc;
  const before = await solo.books();
  const unharmed = async () => {
    const ran = await solo.run(['node', 'status', '--json']);
    succeeded(ran);
    assert.equal(JSON.parse(ran.stdout).pid, pid);
    assert.deepEqual(await solo.books(), before);
    assert.deepEqual(readdirSync(join(solo.home, 'spool')), []);
  };

  await t.test('what is not HTTP', async () => {
    for (const bytes of ['\0\x01\x02\r\n\r\n', 'hello\r\n\r\n', randomBytes(100_000), '{"jsonrpc":"2.0"}\n\n']) {
      assert.match(await raw({ path }, bytes), /^HTTP\/1\.1 400 /);
    }
    assert.match(
      await raw({ path }, `POST /v1/node.stop HTTP/1.1\r\nx: ${'y'.repeat(100_000)}\r\n\r\n`),
      /^HTTP\/1\.1 4/,
    );
    await unharmed();
  });

  await t.test('methods that there are not', async () => {
    for (const method of ['node.selfdestruct', 'constructor', '../../etc/passwd', '', 'x'.repeat(1000)]) {
      const { status, code } = await post(path, method, '{}');
      assert.deepEqual([status, code], [404, 'not-found'], method);
    }
    await unharmed();
  });

  await t.test('wrong parameters, to every method', async () => {
    for (const [method, { shape }] of Object.entries(METHODS)) {
      for (const wrong of WRONG) {
        // What Node's own client refuses to send in a header is not sent.
        if (shape === 'upload' && /[^ -~]/.test(wrong)) continue;
        const sent =
          shape === 'upload' ? post(path, method, 'bytes', { [PARAMS_HEADER]: wrong }) : post(path, method, wrong);
        const { status, code } = await sent;
        assert.deepEqual([status, code], [400, 'usage'], `${method} ${wrong}`);
      }
    }
    await unharmed();
  });

  await t.test('parameters that are huge, and amounts beyond all bounds', async () => {
    const huge = `{"to":"${'x'.repeat(3 << 20)}","amount":"1"}`;
    assert.deepEqual(await post(path, 'wallet.send', huge), { status: 400, code: 'usage' });
    for (const amount of ['18446744073709551616', '-1', '1.5', '1e3', '0x1', '']) {
      const sent = await post(path, 'wallet.send', JSON.stringify({ to: solo.address, amount }));
      assert.deepEqual(sent, { status: 400, code: 'usage' }, amount);
    }
    await unharmed();
  });

  await t.test('an upload that is refused while its bytes are coming is told why, each time', async () => {
    async function* bytes() {
      for (let i = 0; i < 64; i++) yield new Uint8Array(128 * 1024);
    }
    for (let i = 0; i < 10; i++) {
      const put = solo.rpc.upload('file.put', { name: null, needed: 3, happy: 2, total: 5 }, bytes());
      await assert.rejects(put, { code: 'usage' });
    }
    await unharmed();
  });

  await t.test('callers that hang up, or never say what they want', async () => {
    const head = `POST /v1/file.put HTTP/1.1\r\nhost: x\r\ncontent-length: 1000000\r\n${PARAMS_HEADER}: {"name":null,"needed":1,"happy":1,"total":2}\r\n\r\n`;
    await Promise.all(Array.from({ length: 10 }, () => raw({ path }, head + 'x'.repeat(50_000), 200)));
    const mute = Array.from({ length: 100 }, () => connect({ path }).on('error', () => {}));
    await sleep(200);
    await unharmed();
    for (const socket of mute) socket.destroy();
  });

  await t.test('what is not libp2p, at the port for peers', async () => {
    const [, port] = /\/tcp\/(\d+)/.exec(addresses[0]!)!;
    const where = { host: '127.0.0.1', port: Number(port) };
    const frame = (text: string) => Buffer.concat([Buffer.from([text.length]), Buffer.from(text)]);
    const multistream = frame('/multistream/1.0.0\n');
    const garbage = [
      randomBytes(100_000),
      'GET / HTTP/1.1\r\nhost: x\r\n\r\n',
      Buffer.alloc(100_000, 0xff),
      multistream,
      Buffer.concat([multistream, frame('/noise\n'), randomBytes(10_000)]),
      Buffer.concat([multistream, frame('/noise\n'), Buffer.alloc(65_537)]),
      Buffer.concat([multistream, randomBytes(1000)]),
    ];
    await Promise.all(garbage.map((bytes) => raw(where, bytes)));
    await Promise.all(Array.from({ length: 30 }, () => raw(where, '', 100)));
    await unharmed();
  });

  await solo.stop();
  assert.deepEqual(await quiet(5000), []);
});
