import { test } from 'node:test';
import { checkCase, largeCases } from './chk-cases.js';

for (const item of largeCases(101, 256, [1])) {
  test(`cap of a large file, case ${item.id}: 101 of 256, ${item.length} bytes`, () => checkCase(item));
}
