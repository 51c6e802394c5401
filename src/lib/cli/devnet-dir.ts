import { join } from 'node:path';
import type { Paths } from './paths.js';

/** Where a devnet lives that was given no place of its own. */
export function devnetDir(paths: Paths): string {
  return join(paths.data, 'devnet');
}
