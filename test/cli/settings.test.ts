import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { findPaths } from '../../src/lib/cli/paths.js';
import { SETTINGS, type SettingName, Settings } from '../../src/lib/cli/settings.js';
import { tempDir } from '../helpers/temp.js';

test('flag, then environment, then config file, then default; and where each came from', (t) => {
  const file = join(tempDir(t), 'config.json');
  writeFileSync(file, '{"shares":"2/2/3"}');
  const both = new Settings(file, { HOLDFAST_SHARES: '1/2/2' });
  assert.deepEqual(both.find('shares', '4/5/6'), { name: 'shares', value: '4/5/6', source: 'flag' });
  assert.deepEqual(both.find('shares'), { name: 'shares', value: '1/2/2', source: 'environment' });
  const config = new Settings(file, {});
  assert.deepEqual(config.find('shares'), { name: 'shares', value: '2/2/3', source: 'config' });
  const none = new Settings(join(file, 'none'), {});
  assert.throws(() => none.find('shares'), { name: 'Failure' });
  assert.deepEqual(new Settings(`${file}.none`, {}).find('shares'), {
    name: 'shares',
    value: '3/7/10',
    source: 'default',
  });
});

test('an empty variable is one that is not set', () => {
  assert.equal(new Settings('/nonexistent/config.json', { HOLDFAST_SHARES: '' }).find('shares').source, 'default');
});

test('each setting has its own variable', () => {
  const names = Object.keys(SETTINGS) as SettingName[];
  for (const name of names) {
    const { variable } = SETTINGS[name];
    assert.equal(variable, `HOLDFAST_${name.toUpperCase()}`);
    assert.equal(new Settings('/nonexistent/config.json', { [variable]: 'x' }).get(name), 'x');
  }
  assert.equal(new Settings('/nonexistent/config.json', {}).all().length, names.length);
});

test('a config file that is wrong is refused by name, never half obeyed', (t) => {
  const file = join(tempDir(t), 'config.json');
  for (const [text, what] of [
    ['{', /not JSON/],
    ['[]', /not an object/],
    ['{"shaers":"3/7/10"}', /unknown setting shaers/],
    ['{"__proto__":"x"}', /unknown setting __proto__/],
    ['{"shares":3}', /shares must be a string/],
    [' '.repeat(100_000), /too long/],
  ] as const) {
    writeFileSync(file, text);
    assert.throws(() => new Settings(file, {}).find('network'), { code: 'usage', message: what });
  }
});

test('--home puts everything into one directory, and makes it absolute', () => {
  assert.deepEqual(findPaths('/h'), {
    data: '/h',
    config: '/h/config.json',
    policy: '/h/policy.json',
    networks: '/h/networks',
    wallet: '/h/wallet.key',
    log: '/h/log',
  });
  assert.equal(findPaths('h').data, join(process.cwd(), 'h'));
});

test('without it, XDG says where', () => {
  assert.match(findPaths(undefined).data, /holdfast$/);
  assert.notEqual(findPaths(undefined).config, join(findPaths(undefined).data, 'config.json'));
});
