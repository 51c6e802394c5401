import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';

const SHARED_MEMORY = '/dev/shm';

/** As tempDir, in memory where the system has such a folder: what a cut leaves is copied, never read back from a disk. */
export function memoryDir(t: TestContext): string {
  const dir = mkdtempSync(join(isWritable(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir(), 'holdfast-test-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function isWritable(folder: string): boolean {
  try {
    accessSync(folder, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}
