import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { holdfast, onTerminal } from '../helpers/cli.js';
import { tempDir } from '../helpers/temp.js';
import { needTool } from '../helpers/tools.js';

const said = (home: string) => JSON.parse(readFileSync(join(home, 'policy.json'), 'utf8')) as object;

test('a terminal is asked what no flag says; flags write the same file', async (t) => {
  if (!needTool(t, 'script')) return;
  const asked = tempDir(t);
  const replies = [
    { after: '(--price)', type: 'cheap\r' },
    { after: 'not an amount of tokens', type: '\u0015' + '2.5\r' },
    { after: '(--capacity)', type: '500GiB\r' },
    { after: '(--reserve)', type: '50GiB\r' },
    { after: '(--min-size)', type: '\r' },
    { after: '(--max-size)', type: '\r' },
    { after: '(--prune)', type: 'n\r' },
  ];
  const ran = await onTerminal('steward init --term 90d', { home: asked, replies });
  assert.equal(ran.status, 0, ran.stdout);
  assert.ok(!ran.stdout.includes('(--term)'), 'what a flag says is not asked');
  const steward = { price: '2.5', capacity: '500GiB', reserve: '50GiB', minSize: 1, termDays: 90, prune: false };
  assert.deepEqual(said(asked), { steward });
  const given = tempDir(t);
  const flags = ['--price', '2.5', '--capacity', '500GiB', '--reserve', '50GiB', '--min-size', '1', '--term', '90d'];
  const scripted = await holdfast(['steward', 'init', ...flags, '--no-prune'], { home: given });
  assert.equal(scripted.status, 0, scripted.stderr);
  assert.equal(readFileSync(join(given, 'policy.json'), 'utf8'), readFileSync(join(asked, 'policy.json'), 'utf8'));
});

test('on a terminal --yes asks nothing', async (t) => {
  if (!needTool(t, 'script')) return;
  const home = tempDir(t);
  const ran = await onTerminal('steward init --price 2 --capacity 1GiB --yes', { home, replies: [] });
  assert.equal(ran.status, 0, ran.stdout);
  assert.deepEqual(said(home), { steward: { price: '2', capacity: '1GiB' } });
});
