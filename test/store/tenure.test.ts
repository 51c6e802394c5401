import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { isGone, ownTag } from '../../src/lib/store/tenure.js';

const LINUX = existsSync('/proc/self/stat');

/** The tag with one of its parts, machine, boot, namespace, pid, start, made another. */
function changed(part: number, value: string): string {
  return ownTag()
    .split('-')
    .map((old, at) => (at === part ? value : old))
    .join('-');
}

test('a process that runs is not gone, nor is what cannot be known', () => {
  assert.equal(isGone(ownTag()), false);
  assert.equal(isGone(changed(0, '00000000')), false, 'another machine');
  assert.equal(isGone(changed(2, '00000000')), false, 'another pid namespace, which cannot be looked into');
  for (const text of ['', 'AbCdEf', `${ownTag()}-1`, `x${ownTag()}`]) assert.equal(isGone(text), false, text);
});

test('an earlier boot, and a pid that is used again, are gone', { skip: !LINUX }, () => {
  assert.equal(isGone(changed(1, '00000000')), true);
  assert.equal(isGone(changed(4, '1')), true);
});

test('a process that ended is gone', { skip: !LINUX }, async (t) => {
  const child = fork(fileURLToPath(new URL('./tagging.js', import.meta.url)), { execArgv: [] });
  t.after(() => child.kill('SIGKILL'));
  const [tag] = (await once(child, 'message')) as [string];
  assert.equal(isGone(tag), false);
  child.kill('SIGKILL');
  await once(child, 'exit');
  assert.equal(isGone(tag), true);
});
