import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The checkout: tests run from the build folder, and read vectors, pages and sources from here. */
export function projectRoot(): string {
  if (process.env.HOLDFAST_ROOT) return process.env.HOLDFAST_ROOT;
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'test', 'vectors'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('no test/vectors above the tests');
    folder = parent;
  }
  return folder;
}

export function vector(name: string): string {
  return readFileSync(join(projectRoot(), 'test', 'vectors', name), 'utf8');
}
