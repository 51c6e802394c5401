import { open, stat } from 'node:fs/promises';
import { FileSource } from '../store/source.js';
import { spool } from '../store/spool.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { openInput } from './input.js';

/** Opens a file for reading; what is no regular file, stdin above all, is first written to `dir`. */
export async function openSource(name: string, dir: string): Promise<FileSource> {
  if (name === '-') return spool(dir, openInput('-'));
  try {
    // Before it is opened: a named pipe that is closed again would take its writer with it.
    const found = await stat(name);
    if (found.isDirectory()) throw new Failure('usage', `${name} is a directory`, 'name a file, or pipe tar into -');
    // Of what the kernel makes up as it is read, as in /proc, the size is 0.
    if (!found.isFile() || found.size === 0) return await spool(dir, openInput(name));
    const handle = await open(name, 'r');
    return new FileSource(handle, (await handle.stat()).size);
  } catch (error) {
    throw fromSystemError(error, `cannot read ${name}`);
  }
}
