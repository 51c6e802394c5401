import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { tempDir } from '../helpers/temp.js';

/** An open file that holds the bytes, closed and gone after the test. */
export function openWith(t: TestContext, bytes: Uint8Array): number {
  const fd = openSync(join(tempDir(t), 'file'), 'w+');
  t.after(() => closeSync(fd));
  fill(fd, bytes);
  return fd;
}

export function fill(fd: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(fd, bytes, at, bytes.length - at, at);
}
