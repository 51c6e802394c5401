import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nearest } from '../../src/lib/cli/nearest.js';
import { route } from '../../src/lib/cli/route.js';

const IDS = ['blob:put', 'blob:get', 'demo', 'node:start'];

test('topic and verb name a command; the rest is its own', () => {
  assert.deepEqual(route(IDS, ['blob', 'put', 'x', '--json']), { kind: 'run', id: 'blob:put', argv: ['x', '--json'] });
  assert.deepEqual(route(IDS, ['demo', 'file']), { kind: 'run', id: 'demo', argv: ['file'] });
});

test('help stands anywhere before --, and as the first word', () => {
  assert.deepEqual(route(IDS, ['blob', 'put', 'x', '-h']), { kind: 'command-help', id: 'blob:put' });
  assert.deepEqual(route(IDS, ['help', 'blob', 'put']), { kind: 'command-help', id: 'blob:put' });
  assert.deepEqual(route(IDS, ['blob', '--help']), { kind: 'topic-help', id: 'blob' });
  assert.deepEqual(route(IDS, []), { kind: 'topic-help', id: '' });
  assert.equal(route(IDS, ['blob', 'put', '--', '--help']).kind, 'run');
});

test('nothing is guessed', () => {
  for (const argv of [['blo', 'put'], ['blob', 'pu'], ['blob'], ['BLOB', 'PUT'], ['blob:put'], ['-v', 'demo'], ['']]) {
    assert.throws(() => route(IDS, argv), { code: 'usage' });
  }
});

test('a neighbour is at most two edits away', () => {
  assert.equal(nearest('stauts', ['status', 'start']), 'did you mean status?');
  assert.equal(nearest('pt', ['put', 'get']), 'did you mean put?');
  assert.equal(nearest('entirely', ['put', 'get']), undefined);
  assert.equal(nearest('xx', ['ls']), undefined);
});
