/** Where a blob's bytes are: `size` bytes at `start` of a file. */
export interface Place {
  uuid: string;
  path: string;
  /** The offset of the first byte in the file: not zero inside a Tahoe server's container. */
  start: number;
  size: number;
  /** The path of the root. */
  root: string;
  /** false: another program's file, that is never written, renamed or removed. */
  writable: boolean;
}

export type RootState = 'active' | 'draining' | 'missing' | 'scanning';

/** A root as an operator sees it. */
export interface RootView {
  kind: 'blobs' | 'tahoe';
  path: string;
  state: RootState;
  blobs: number;
  bytes: number;
  /** Of the file system; null where it isn't there. */
  freeBytes: number | null;
  capacity: number | null;
  reserve: number;
  /** Files that are no blobs: strays, mutable shares. */
  skipped: number;
  corrupt: number;
}

/**
 * Blobs in trees of another program's, read in place. The store asks here what its own roots do not
 * have, and never writes to a place that comes from here.
 */
export interface ForeignBlobs {
  /** At once, from an index. undefined also where its bytes are known to be bad. */
  find(uuid: string): Place | undefined;
  /** The path of a tree that is not there now and may hold the blob; undefined where none may. */
  missing(uuid: string): string | undefined;
  /** Every blob of the trees that are there. */
  entries(): AsyncIterable<Place>;
  /** Its bytes did not hash to its name: it is not held from here on, until the file changes. */
  corrupt(uuid: string, reason: string): Promise<void>;
  /** Why a blob is not held any more, where `corrupt` said so, and in which file. */
  bad(uuid: string): { path: string; reason: string } | undefined;
  /** An absolute path, with no symbolic link in it; again on one that is attached: looks anew. */
  attach(dir: string): Promise<RootView>;
  /** Forgets a tree; nothing in it changes. undefined where none is attached there. */
  detach(dir: string): Promise<RootView | undefined>;
  roots(): Promise<RootView[]>;
  close(): Promise<void>;
}

/** A node without any. */
export const NO_FOREIGN: Pick<ForeignBlobs, 'find' | 'missing' | 'entries' | 'bad' | 'roots'> = {
  find: () => undefined,
  missing: () => undefined,
  async *entries() {},
  bad: () => undefined,
  roots: async () => [],
};
