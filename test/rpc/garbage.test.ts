import assert from 'node:assert/strict';
import { type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import { alive, lives, served } from './served.js';

/** Threat 22, at the node's socket: garbage is refused with a clear error, and the daemon lives on. */
function raw(path: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let answer = '';
    socket.on('data', (chunk) => {
      answer += chunk;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(answer));
    socket.write(bytes);
  });
}

function post(path: string, url: string, body: string, method = 'POST'): Promise<{ status: number; json: unknown }> {
  return new Promise((resolve, reject) => {
    const outgoing = request({ socketPath: path, path: url, method, agent: false }, (response: IncomingMessage) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode!, json: JSON.parse(text) }));
    });
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

test('what is not HTTP gets one error, and the socket closed', async (t) => {
  const { client, server } = await served(t, alive);
  for (const bytes of ['\x00\x01\x02\x03\r\n\r\n', 'GET\r\n\r\n', Buffer.alloc(1000, 0xff), '{"jsonrpc":"2.0"}\n\n']) {
    const answer = await raw(server.path, bytes);
    assert.match(answer, /^HTTP\/1\.1 400 /);
    assert.match(answer, /"code":"usage"/);
  }
  assert.ok(await lives(client));
});

test('a header that is too long is refused', async (t) => {
  const { client, server } = await served(t, alive);
  const answer = await raw(
    server.path,
    `POST /v1/node.status HTTP/1.1\r\nhost: x\r\nx-long: ${'a'.repeat(70_000)}\r\n\r\n`,
  );
  assert.match(answer, /^HTTP\/1\.1 4/);
  assert.ok(await lives(client));
});

const refused: [name: string, url: string, body: string, status: number, code: string][] = [
  ['no such method', '/v1/node.selfdestruct', '{}', 404, 'not-found'],
  ['a name from the prototype', '/v1/constructor', '{}', 404, 'not-found'],
  ['another path', '/../../etc/passwd', '{}', 404, 'not-found'],
  ['not JSON', '/v1/wallet.unlock', '{', 400, 'usage'],
  ['not an object', '/v1/wallet.unlock', '[]', 400, 'usage'],
  ['a field missing', '/v1/wallet.unlock', '{}', 400, 'usage'],
  ['a field too many', '/v1/wallet.unlock', '{"passphrase":"x","also":1}', 400, 'usage'],
  ['a wrong type', '/v1/wallet.unlock', '{"passphrase":7}', 400, 'usage'],
  ['a passphrase too long', '/v1/wallet.unlock', `{"passphrase":"${'x'.repeat(5000)}"}`, 400, 'usage'],
  ['a body too long', '/v1/wallet.unlock', `{"passphrase":"${'x'.repeat(2 << 20)}"}`, 400, 'usage'],
];

for (const [name, url, body, status, code] of refused) {
  test(`refused: ${name}`, async (t) => {
    const { client, server } = await served(t, alive);
    const answer = await post(server.path, url, body);
    assert.equal(answer.status, status);
    assert.equal((answer.json as { code: string }).code, code);
    assert.doesNotMatch(JSON.stringify(answer.json), /xxxx/, 'the value, maybe a secret, is repeated');
    assert.ok(await lives(client));
  });
}

test('refused: another verb', async (t) => {
  const { server } = await served(t, alive);
  const answer = await post(server.path, '/v1/wallet.unlock', '', 'GET');
  assert.equal(answer.status, 400);
});

test('refused: amounts beyond 64 bits, ids that are none', async (t) => {
  const { server } = await served(t, { ...alive, 'bounty.post': () => assert.fail('the handler was reached') });
  const uuid = 'ab'.repeat(32);
  for (const params of [
    { blob: uuid, amount: '18446744073709551616' },
    { blob: uuid, amount: '-1' },
    { blob: uuid, amount: 1 },
    { blob: uuid.slice(1), amount: '1' },
    { blob: '../../secret', amount: '1' },
  ]) {
    const answer = await post(server.path, '/v1/bounty.post', JSON.stringify(params));
    assert.equal(answer.status, 400);
  }
});

test('more calls than the bound are told to come again', async (t) => {
  let release = () => {};
  const gate = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { client } = await served(t, {
    'wallet.unlock': async () => {
      await gate;
      return {};
    },
  });
  let refusals = 0;
  const calls = Array.from({ length: 300 }, () =>
    client.call('wallet.unlock', { passphrase: 'x' }).then(
      () => 'done',
      (error) => {
        if (++refusals === 300 - 256) release();
        return error.code as string;
      },
    ),
  );
  const ends = await Promise.all(calls);
  assert.equal(ends.filter((end) => end === 'done').length, 256);
  assert.equal(ends.filter((end) => end === 'temporary').length, 44);
});
