import { randomBytes } from 'node:crypto';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Failure, fromSystemError, invariant } from '../util/errors.js';
import type { ForeignBlobs, Place, RootView } from './blobs-foreign.js';
import type { Database } from './database.js';
import type { RootBook, RootEntry } from './root-book.js';
import { FollowedTree, type FollowOptions } from './tahoe-follow.js';
import { type Located, type ShareRecord, TahoeIndex } from './tahoe-index.js';
import { findShares, identityOf, sameStamp, sharePath, stampOf } from './tahoe-tree.js';

const DEFAULTS: FollowOptions = {
  bytesPerSecond: 64 * 1024 * 1024,
  // Scans take at most a twentieth of the time.
  restMs: (tookMs) => Math.max(60_000, 20 * tookMs),
  soonMs: 5_000,
  now: Date.now,
  onChange: () => undefined,
  onTrouble: () => undefined,
};

type Good = ShareRecord & { state: 'good' };

/**
 * The `shares/` trees of Tahoe storage servers, read in place: the immutable shares in them are blobs
 * under the SHA-256 of their own bytes, whatever container and leases are around. Nothing in a tree is
 * ever opened for writing, renamed or removed; no symbolic link in it is followed.
 */
export class TahoeTrees implements ForeignBlobs {
  private readonly trees = new Map<string, FollowedTree>();

  private constructor(
    private readonly index: TahoeIndex,
    private readonly book: RootBook,
    private readonly options: FollowOptions,
  ) {}

  /** Goes on with every tree in the book: what a kill cut off, indexing or forgetting, is taken up again. */
  static async open(db: Database, book: RootBook, options: Partial<FollowOptions> = {}): Promise<TahoeTrees> {
    const trees = new TahoeTrees(new TahoeIndex(db), book, { ...DEFAULTS, ...options });
    for (const root of await trees.index.roots()) if (!book.byId(root)) await trees.index.drop(root);
    for (const entry of book.all('tahoe')) trees.follow(entry);
    return trees;
  }

  find(uuid: string): Place | undefined {
    for (const { tree, at, record } of this.copies(uuid)) {
      const place = tree.missing === undefined ? tree.place(at, record) : undefined;
      if (place) return place;
    }
    return undefined;
  }

  missing(uuid: string): string | undefined {
    return this.copies(uuid).find(({ tree }) => tree.missing !== undefined)?.tree.path;
  }

  bad(uuid: string): { path: string; reason: string } | undefined {
    for (const at of this.index.located(uuid)) {
      const record = this.index.record(at);
      const tree = this.trees.get(at.root);
      if (tree && record?.state === 'corrupt') return { path: sharePath(tree.path, at), reason: record.reason };
    }
    return undefined;
  }

  /** Each blob once, though there be copies. */
  async *entries(): AsyncGenerator<Place> {
    for (const { root } of [...this.trees.values()]) {
      for await (const [at, record] of this.index.records(root)) {
        if (record.state !== 'good') continue;
        const place = this.find(record.uuid);
        const tree = this.trees.get(root);
        if (place && tree && place.path === sharePath(tree.path, at)) yield place;
      }
    }
  }

  async corrupt(uuid: string, reason: string): Promise<void> {
    const place = this.find(uuid);
    const copy = this.copies(uuid).find(({ tree, at }) => sharePath(tree.path, at) === place?.path);
    if (!copy || !place) return;
    const { tree, at, record } = copy;
    const stat = await lstat(place.path, { bigint: true }).catch(() => undefined);
    // Changed since it was hashed, it is another share perhaps, and not a bad one.
    const changed = !stat || !sameStamp(stampOf(stat), record.stamp);
    const to: ShareRecord = changed ? { state: 'new', stamp: record.stamp } : { ...record, state: 'corrupt', reason };
    await this.index.apply(at.root, [{ name: at, to, waits: changed }]);
    if (changed) tree.hurry();
  }

  attach(dir: string): Promise<RootView> {
    return this.inTurn(async () => {
      const path = await findShares(dir);
      const known = this.at(path);
      if (known) {
        known.confirm();
        return known.view();
      }
      this.book.refuseOverlap(path);
      const identity = await identityOf(path);
      if (!identity) throw new Failure('not-found', `${path} is not there`);
      const id = randomBytes(16).toString('hex');
      await this.index.apply(id, [], { identity });
      const entry: RootEntry = { id, path, kind: 'tahoe', capacity: null, reserve: 0, state: 'active', own: false };
      await this.book.save(entry);
      return this.follow(entry).view();
    });
  }

  detach(dir: string): Promise<RootView | undefined> {
    return this.inTurn(async () => {
      const tree = this.at(dir) ?? this.at(join(dir, 'shares'));
      if (!tree) return undefined;
      const view = await tree.view();
      // Out of the book first: what is left of its index after a kill is dropped at the next start.
      await this.book.forget(tree.root);
      this.trees.delete(tree.root);
      await tree.close();
      await this.index.drop(tree.root);
      return view;
    });
  }

  async roots(): Promise<RootView[]> {
    return Promise.all([...this.trees.values()].map((tree) => tree.view()));
  }

  async close(): Promise<void> {
    await this.inTurn(() => Promise.all([...this.trees.values()].map((tree) => tree.close())));
  }

  private follow({ id, path }: RootEntry): FollowedTree {
    invariant(!this.trees.has(id), 'a tree is followed twice');
    const tree = new FollowedTree(id, path, this.index, this.options);
    this.trees.set(id, tree);
    tree.start();
    return tree;
  }

  private at(path: string): FollowedTree | undefined {
    return [...this.trees.values()].find((tree) => tree.path === path);
  }

  private copies(uuid: string): { tree: FollowedTree; at: Located; record: Good }[] {
    return this.index.located(uuid).flatMap((at) => {
      const tree = this.trees.get(at.root);
      const record = tree && this.index.record(at);
      return tree && record?.state === 'good' && record.uuid === uuid ? [{ tree, at, record }] : [];
    });
  }

  private inTurn<R>(work: () => Promise<R>): Promise<R> {
    return this.book.inTurn(work).catch((error) => {
      throw fromSystemError(error, 'attaching a tree');
    });
  }
}
