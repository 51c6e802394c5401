import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { encodeBase32 } from '../../src/lib/codec/base32.js';
import { packContainer, serverPath } from '../../src/lib/codec/container.js';
import { type Lease, newLease, type Schema } from '../../src/lib/codec/lease.js';
import { sha256 } from '../../src/lib/crypto/hash.js';
import type { RootView } from '../../src/lib/store/blobs-foreign.js';
import { Database } from '../../src/lib/store/database.js';
import { RootBook } from '../../src/lib/store/root-book.js';
import { TahoeTrees } from '../../src/lib/store/tahoe.js';
import type { FollowOptions } from '../../src/lib/store/tahoe-follow.js';
import { toHex, utf8 } from '../../src/lib/util/bytes.js';
import { encodeAll, noise } from '../codec/helpers.js';
import { tempDir } from '../helpers/temp.js';

/** Shares of a file of its own, and the storage index under which a server keeps them. */
export async function sharesOf(name: string, size = 500): Promise<{ si: Uint8Array; shares: Uint8Array[] }> {
  const { shares } = await encodeAll(noise(size, name), { needed: 2, happy: 2, total: 3 });
  return { si: indexOf(name), shares };
}

export function indexOf(name: string): Uint8Array {
  return sha256(utf8(name)).slice(0, 16);
}

export function leaseOf(name: string, expires = 1_700_000_000): Lease {
  return newLease({ renew: noise(32, `renew ${name}`), cancel: noise(32, `cancel ${name}`) }, expires, 1);
}

export const uuidOf = (bytes: Uint8Array) => toHex(sha256(bytes));

/** A storage server's directory, as its server would fill it. */
export class ServerDir {
  constructor(readonly dir: string) {
    mkdirSync(join(dir, 'shares', 'incoming'), { recursive: true });
  }

  path(si: Uint8Array, number: number): string {
    return join(this.dir, serverPath(si, number));
  }

  put(si: Uint8Array, number: number, share: Uint8Array, leases: Lease[] = [leaseOf('a')], schema: Schema = 2): string {
    return this.write(serverPath(si, number), packContainer(share, leases, schema));
  }

  /** Any file at all, in its place by rename, as a server does it. */
  write(path: string, bytes: Uint8Array | string): string {
    const whole = join(this.dir, path);
    mkdirSync(dirname(whole), { recursive: true });
    writeFileSync(whole, bytes);
    return whole;
  }

  remove(si: Uint8Array, number: number): void {
    rmSync(this.path(si, number));
  }

  /** Whatever a program that wrote here would have changed. */
  snapshot(): Map<string, string> {
    const out = new Map<string, string>();
    const walk = (folder: string) => {
      for (const entry of readdirSync(folder, { withFileTypes: true })) {
        const path = join(folder, entry.name);
        const { ino, mode, size, mtimeNs, ctimeNs } = statSync(path, { bigint: true });
        const content = entry.isFile() ? toHex(sha256(readFileSync(path))) : '';
        out.set(path, [ino, mode, size, mtimeNs, ctimeNs, content].join(' '));
        if (entry.isDirectory()) walk(path);
      }
    };
    walk(this.dir);
    return out;
  }
}

/** What a server writes for a mutable file. */
export const MUTABLE = Buffer.concat([Buffer.from('Tahoe mutable container v1\n\x75\x09\x44\x03\x8e'), noise(600)]);

export const siText = (si: Uint8Array) => encodeBase32(si);

export interface Opened {
  db: Database;
  book: RootBook;
  trees: TahoeTrees;
  troubles: string[];
  /** Called back so often: blobs came. */
  changes(): number;
  close(): Promise<void>;
}

/** Trees over a database in `home`, quick to look again. */
export async function openTrees(
  t: TestContext,
  home = tempDir(t),
  options: Partial<FollowOptions> = {},
): Promise<Opened> {
  const db = await Database.open(join(home, 'db'));
  const book = await RootBook.open(db, join(home, 'blobs'));
  const troubles: string[] = [];
  let changes = 0;
  const trees = await TahoeTrees.open(db, book, {
    restMs: () => 20,
    soonMs: 20,
    onChange: () => changes++,
    onTrouble: (_path, message) => troubles.push(message),
    ...options,
  });
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= trees.close().then(() => db.close());
    return closed;
  };
  t.after(close);
  return { db, book, trees, troubles, changes: () => changes, close };
}

/** Waits for what the follower will see by itself. */
export async function until(what: () => boolean | Promise<boolean>, ms = 10_000): Promise<void> {
  for (const deadline = Date.now() + ms; !(await what()); await sleep(10)) {
    if (Date.now() > deadline) throw new Error(`waited in vain for ${what}`);
  }
}

/** The view of the only tree, once it is as wanted. */
export async function viewWhen(trees: TahoeTrees, wanted: (view: RootView) => boolean, ms?: number): Promise<RootView> {
  let view: RootView | undefined;
  await until(async () => {
    [view] = await trees.roots();
    return view !== undefined && wanted(view);
  }, ms);
  return view!;
}

export const isActive = ({ state }: RootView) => state === 'active';
