import assert from 'node:assert/strict';
import { test } from 'node:test';
import { holdfast, jsonLines, type Ran } from '../helpers/cli.js';
import { tempDir } from '../helpers/temp.js';

/** One line that says what, perhaps one that says what to do; nothing on stdout. */
function assertError(ran: Ran, status: number, message: RegExp): void {
  assert.equal(ran.stdout, '');
  assert.equal(ran.status, status, ran.stderr);
  const lines = ran.stderr.trimEnd().split('\n');
  assert.match(lines[0]!, message);
  assert.match(lines[0]!, /^holdfast: error: [^A-Z].*[^.]$/);
  assert.ok(lines.length <= 2 && (lines[1] ?? 'holdfast: hint: x').startsWith('holdfast: hint: '), ran.stderr);
}

const usage: [name: string, args: string[], message: RegExp][] = [
  ['an unknown topic', ['blub'], /unknown command: blub/],
  ['an unknown verb', ['network', 'list'], /unknown command: network list/],
  ['an abbreviated verb', ['network', 'sho', 'x'], /unknown command: network sho/],
  ['a topic without a verb', ['network'], /network needs a verb/],
  ['a flag before the command', ['--quiet', 'network', 'ls'], /a command comes first/],
  ['an operand missing', ['network', 'show'], /missing operand: NETWORK/],
  ['an operand too many', ['network', 'show', 'a', 'b'], /too many operands/],
  ['an unknown flag', ['network', 'ls', '--colour'], /unknown flag: --colour/],
  ['a flag without its value', ['network', 'ls', '--home'], /--home expects a value/],
  [
    'a value that is none of the choice',
    ['network', 'create', 'x', '--preset', 'y'],
    /expected --preset=y to be one of/,
  ],
];

for (const [name, args, message] of usage) {
  test(`usage, exit 2: ${name}`, async (t) => {
    assertError(await holdfast(args, { home: tempDir(t) }), 2, message);
  });
}

test('an unknown network is not found, exit 4', async (t) => {
  assertError(await holdfast(['network', 'show', 'x'], { home: tempDir(t) }), 4, /no such network: x/);
});

test('no node is exit 10, with the way to start one', async (t) => {
  const ran = await holdfast(['chain', 'status'], { home: tempDir(t) });
  assertError(ran, 10, /no node is listening/);
  assert.match(ran.stderr, /holdfast: hint: start one with holdfast node start/);
});

test('the command line, where a secret may stand, is never repeated', async (t) => {
  for (const args of [
    ['network', 'show', 'a', 'sekret'],
    ['network', 'ls', '--passphrase=sekret'],
    ['network', 'ls', '--json', 'sekret'],
    ['file', 'encode', '--out', 'x', '--convergence', 'sekret', '--key', 'the sekret', '-'],
  ]) {
    const ran = await holdfast(args, { home: tempDir(t) });
    assert.equal(ran.status, 2);
    assert.doesNotMatch(ran.stdout + ran.stderr, /sekret/);
  }
});

test('a misspelt word gets its neighbour', async () => {
  assert.match((await holdfast(['netwrok', 'ls'])).stderr, /hint: did you mean network\?/);
  assert.match((await holdfast(['network', 'shwo'])).stderr, /hint: did you mean show\?/);
});

test('with --json the error is one object, last on stderr, and the status is the same', async (t) => {
  const home = tempDir(t);
  for (const args of [
    ['network', 'show', 'x'],
    ['network', 'show'],
    ['blub'],
    ['chain', 'status'],
    ['network', 'ls', '-x'],
  ]) {
    const plain = await holdfast(args, { home });
    const json = await holdfast([...args, '--json'], { home });
    assert.equal(json.status, plain.status);
    assert.equal(json.stdout, '');
    const error = jsonLines(json.stderr).at(-1)!;
    assert.equal(error.type, 'error');
    assert.equal(plain.stderr.split('\n')[0], `holdfast: error: ${error.message}`);
    assert.deepEqual(Object.keys(error), ['type', 'code', 'message', 'hint']);
  }
});

test('--json after -- is an operand, not a flag', async (t) => {
  const ran = await holdfast(['network', 'show', '--', '--json'], { home: tempDir(t) });
  assert.equal(ran.stderr.split('\n')[0], 'holdfast: error: no such network: --json');
});

test('-q never hides an error', async (t) => {
  assertError(await holdfast(['network', 'show', 'x', '-q'], { home: tempDir(t) }), 4, /no such network/);
});

test('errors are neither wrapped nor marked, however long', async (t) => {
  const name = 'n'.repeat(300);
  const ran = await holdfast(['network', 'show', name], { home: tempDir(t), env: { COLUMNS: '40' } });
  assert.equal(ran.stderr.split('\n')[0], `holdfast: error: no such network: ${name}`);
});

test('NODE_ENV does not change what is run or said', async (t) => {
  for (const NODE_ENV of ['test', 'development', 'production']) {
    const ran = await holdfast(['network', 'ls'], { home: tempDir(t), env: { NODE_ENV } });
    assert.deepEqual([ran.status, ran.stdout, ran.stderr], [0, '', '']);
  }
});
