import assert from 'node:assert/strict';
import { test } from 'node:test';
import { commands, frozenSurface, surface } from './helpers/surface.js';

test('the surface is the frozen one: `npm run surface` writes it anew, and the change is reviewed', async () => {
  assert.deepEqual(await surface(), frozenSurface());
});

test('no operand is filled from stdin, no flag either: oclif would swallow what belongs to the command', async () => {
  for (const { id, command } of await commands()) {
    for (const [name, { ignoreStdin }] of Object.entries(command.args)) {
      assert.equal(ignoreStdin, true, `${id}: operand ${name}`);
    }
    for (const [name, { allowStdin }] of Object.entries(command.flags ?? {})) {
      assert.ok(!allowStdin, `${id}: --${name}`);
    }
  }
});

test("no command takes oclif's own --json, which changes exit statuses", async () => {
  for (const { id, command } of await commands()) {
    assert.equal(command.enableJsonFlag, false, id);
    assert.ok('json' in command.baseFlags, id);
    assert.notEqual(command.strict, false, `${id} takes operands it does not name`);
  }
});

test('no secret is a flag: argv is for everyone to read', async () => {
  for (const { id, command } of await commands()) {
    for (const name of Object.keys(command.flags ?? {})) {
      assert.doesNotMatch(name, /^(passphrase|password|words|mnemonic|cap|secret)$/, `${id} --${name}`);
    }
  }
});

test('every command says in one line what it does', async () => {
  for (const { id, command } of await commands()) {
    assert.match(command.summary ?? '', /^[a-z].{5,85}[^.]$/, id);
  }
});

/** A controller's pass makes a request id for each act it plans; a signature alone spends nothing. */
const PLANS_ITS_OWN = new Set(['controller:tick', 'controller:start', 'wallet:sign']);

test('whatever spends takes a request id, a dry run, and a limit or a yes', async () => {
  for (const { id, command } of await commands()) {
    const { flags = {} } = command;
    if (PLANS_ITS_OWN.has(id)) continue;
    if (!('max-spend' in flags) || !('yes' in flags)) continue;
    for (const name of ['request-id', 'dry-run']) assert.ok(name in flags, `${id} lacks --${name}`);
  }
});
