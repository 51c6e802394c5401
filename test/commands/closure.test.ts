import assert from 'node:assert/strict';
import { test } from 'node:test';
import { closure } from '../helpers/imports.js';

test('what the node alone is asked loads no schemas, no curve and no keys', () => {
  const light = [
    'blob/ls',
    'blob/put',
    'blob/check',
    'bounty/post',
    'chain/status',
    'chain/block',
    'chain/proof',
    'chain/submit',
    'chain/supply',
    'chain/tx',
    'file/get',
    'file/put',
    'wallet/send',
  ];
  for (const command of light) {
    const loaded = [...closure(`src/commands/${command}.ts`, ['static'])];
    assert.ok(loaded.includes('src/lib/rpc/client.ts'));
    assert.deepEqual(
      loaded.filter((target) => /^(?:valibot|@noble|@scure|sodium-native)/.test(target)),
      [],
      command,
    );
  }
});
