import { test } from 'node:test';
import { checkCase, largeCases } from './chk-cases.js';

for (const item of largeCases(71, 255, [1])) {
  test(`cap of a large file, case ${item.id}: 71 of 255, ${item.length} bytes`, () => checkCase(item));
}
