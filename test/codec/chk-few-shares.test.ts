import { test } from 'node:test';
import { checkCase, largeCases } from './chk-cases.js';

for (const item of [...largeCases(1, 1), ...largeCases(1, 3), ...largeCases(2, 3), ...largeCases(3, 10)]) {
  const { id, required, total, length } = item;
  test(`cap of a large file, case ${id}: ${required} of ${total}, ${length} bytes`, () => checkCase(item));
}
