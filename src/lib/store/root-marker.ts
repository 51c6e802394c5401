import { randomBytes } from 'node:crypto';
import { type Stats, statSync } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { join } from 'node:path';
import * as v from 'valibot';
import { writeFileDurably } from './files.js';

/** In each root: which one it is. A mount point without its disk has none, another disk another. */
export const MARKER_NAME = 'holdfast-root.json';
const MARKER_BYTES_MAX = 4096;

const hex32 = v.pipe(v.string(), v.regex(/^[0-9a-f]{64}$/));
const Marker = v.object({
  version: v.literal(1),
  id: v.pipe(v.string(), v.regex(/^[0-9a-f]{32}$/)),
  /** The genesis id of the network whose blobs these are. */
  network: hex32,
});
export type Marker = v.InferOutput<typeof Marker>;

/** undefined where there is none that this version knows. Throws what the file system throws, but for absence. */
export async function readMarker(root: string): Promise<Marker | undefined> {
  const handle = await open(join(root, MARKER_NAME), 'r').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined;
    throw error;
  });
  if (!handle) return undefined;
  try {
    const buffer = Buffer.alloc(MARKER_BYTES_MAX);
    const { bytesRead } = await handle.read(buffer, 0, MARKER_BYTES_MAX, 0);
    return v.parse(Marker, JSON.parse(buffer.toString('utf8', 0, bytesRead)));
  } catch (error) {
    if (error instanceof SyntaxError || v.isValiError(error)) return undefined;
    throw error;
  } finally {
    await handle.close();
  }
}

/** Durably written; a kill before that leaves a root without a marker, which is none. */
export async function makeMarker(root: string, network: string): Promise<Marker> {
  const marker: Marker = { version: 1, id: randomBytes(16).toString('hex'), network };
  await writeFileDurably(join(root, MARKER_NAME), `${JSON.stringify(marker)}\n`);
  return marker;
}

/**
 * Whether a root is there: its marker is, with its id. The file is read anew only where it is not the
 * one that was read last, so that asking costs one stat.
 */
export class Presence {
  private known = '';

  constructor(
    private readonly root: string,
    private readonly id: string,
  ) {}

  /** At once: false where it has to be looked at again. */
  get isSame(): boolean {
    try {
      return seenAs(statSync(join(this.root, MARKER_NAME))) === this.known;
    } catch {
      return false;
    }
  }

  async check(): Promise<boolean> {
    try {
      const seen = seenAs(await stat(join(this.root, MARKER_NAME)));
      if (seen === this.known) return true;
      if ((await readMarker(this.root))?.id !== this.id) return false;
      this.known = seen;
      return true;
    } catch {
      // Whatever keeps it from being read (a dead disk, a server that went away) keeps its blobs as well.
      return false;
    }
  }
}

function seenAs({ dev, ino, mtimeMs, size }: Stats): string {
  return [dev, ino, mtimeMs, size].join();
}
