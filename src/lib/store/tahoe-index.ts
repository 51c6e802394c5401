import { deserialize } from 'node:v8';
import { utf8 } from '../util/bytes.js';
import { areaKey, type Database } from './database.js';
import { AREAS } from './layout.js';
import { Batch, Table } from './table.js';
import type { KnownShare, Skipped } from './tahoe-share.js';
import type { Identity, ShareName, Stamp } from './tahoe-tree.js';

type Copy = KnownShare & {
  /** One of so many copies that its UUID does not lead to it. */
  unlisted?: boolean;
};

/** A file in a share's place, as it was when it was last looked at. */
export type ShareRecord =
  /** Seen, and not looked into: it waits. */
  | { state: 'new'; stamp: Stamp }
  | ({ state: 'good' } & Copy)
  /** Its bytes did not hash to its UUID any more; so it stays until the file changes. */
  | ({ state: 'corrupt'; reason: string } & Copy)
  | { state: 'skipped'; stamp: Stamp; why: Skipped };

export type Counts = Record<'good' | 'bytes' | 'corrupt' | 'skipped' | 'waiting', number>;

export interface TreeState {
  identity: Identity;
  counts: Counts;
  /** Names in the tree that are no share's, and folders that could not be read, at the last scan. */
  strays: number;
  /** The last whole scan: when it ended, and how long it took; null: none did. */
  scannedMs: number | null;
  tookMs: number;
}

export interface Located extends ShareName {
  root: string;
}

export interface Change {
  name: ShareName;
  /** null: the file is gone. */
  to: ShareRecord | null;
  /** Whether it is to be looked into. */
  waits: boolean;
}

export const NO_COUNTS: Counts = { good: 0, bytes: 0, corrupt: 0, skipped: 0, waiting: 0 };
/** Copies of one share that are remembered by its UUID: one is all that is needed, and anybody may upload more. */
export const COPIES_MAX = 8;
const DROPPED_AT_ONCE = 1000;

/**
 * What is known of attached Tahoe trees. Keys sort by root, storage index and number, as a tree is
 * walked; each change of records, of what waits, of UUIDs and of the counts is one batch.
 */
export class TahoeIndex {
  private readonly shares: Table<ShareRecord>;
  private readonly waiting: Table<true>;
  private readonly uuids: Table<string[]>;
  private readonly trees: Table<TreeState>;
  private tail: Promise<unknown> = Promise.resolve();

  constructor(private readonly db: Database) {
    this.shares = new Table(db, AREAS.TAHOE_SHARES);
    this.waiting = new Table(db, AREAS.TAHOE_WAITING);
    this.uuids = new Table(db, AREAS.TAHOE_UUIDS);
    this.trees = new Table(db, AREAS.TAHOE_TREES);
  }

  tree(root: string): TreeState | undefined {
    return this.trees.get(utf8(root));
  }

  record(at: Located): ShareRecord | undefined {
    return this.shares.get(keyOf(at));
  }

  /** The files that had these bytes when they were last looked at. */
  located(uuid: string): Located[] {
    return (this.uuids.get(utf8(uuid)) ?? []).map(parseKey);
  }

  /** Records of a root whose storage index begins so, in order. */
  async *records(root: string, prefix = ''): AsyncGenerator<[Located, ShareRecord]> {
    const start = areaKey(AREAS.TAHOE_SHARES, utf8(`${root}/${prefix}`));
    for await (const [key, value] of this.db.scan(start)) yield [located(key), deserialize(value) as ShareRecord];
  }

  /** Files that wait, at most so many, in order behind `after`. */
  async waits(root: string, limit: number, after?: Located): Promise<Located[]> {
    const out: Located[] = [];
    const start = areaKey(AREAS.TAHOE_WAITING, utf8(`${root}/`));
    const from = after ? { after: areaKey(AREAS.TAHOE_WAITING, keyOf(after)) } : {};
    for await (const [key] of this.db.scan(start, { limit, ...from })) out.push(located(key));
    return out;
  }

  /** `state` is changed in the same batch: its counts by what the records did, and the rest as given. */
  apply(root: string, changes: readonly Change[], state: Partial<TreeState> = {}): Promise<void> {
    return this.exclusive(async () => {
      const batch = new Batch();
      const was = this.tree(root);
      const counts = { ...NO_COUNTS, ...was?.counts };
      for (const change of changes) this.change(batch, { root, ...change.name }, change, counts);
      if (was || state.identity) {
        const blank = { identity: { ino: 0n, bornNs: 0n }, strays: 0, scannedMs: null, tookMs: 0 };
        batch.put(this.trees, utf8(root), { ...blank, ...was, ...state, counts });
      }
      await this.db.write(batch.writes());
    });
  }

  /** Forgets a root. Cut off, it is called again for every root that nobody attached. */
  async drop(root: string): Promise<void> {
    let last: Change[];
    do {
      last = [];
      for await (const [name] of this.records(root)) {
        last.push({ name, to: null, waits: false });
        if (last.length === DROPPED_AT_ONCE) break;
      }
      await this.apply(root, last);
    } while (last.length > 0);
    await this.db.write([this.trees.delete(utf8(root))]);
  }

  /** Roots of which anything is known. */
  async roots(): Promise<string[]> {
    const out: string[] = [];
    for await (const [key] of this.trees.entries()) out.push(Buffer.from(key).toString());
    return out;
  }

  private change(batch: Batch, at: Located, { to, waits }: Change, counts: Counts): void {
    const key = keyOf(at);
    const was = batch.get(this.shares, key);
    count(counts, was, -1);
    count(counts, to, 1);
    counts.waiting += Number(waits) - Number(batch.get(this.waiting, key) ?? false);
    if (waits) batch.put(this.waiting, key, true);
    else batch.delete(this.waiting, key);
    const [old, now] = [uuidOf(was), uuidOf(to)];
    if (old !== undefined && old !== now) this.unlist(batch, old, at);
    const listed = now === undefined || this.list(batch, now, at);
    if (!to) batch.delete(this.shares, key);
    else batch.put(this.shares, key, to.state === 'good' || to.state === 'corrupt' ? { ...to, unlisted: !listed } : to);
  }

  /** False where there are enough copies already. */
  private list(batch: Batch, uuid: string, at: Located): boolean {
    const known = batch.get(this.uuids, utf8(uuid)) ?? [];
    if (known.includes(textOf(at))) return true;
    if (known.length >= COPIES_MAX) return false;
    batch.put(this.uuids, utf8(uuid), [...known, textOf(at)]);
    return true;
  }

  private unlist(batch: Batch, uuid: string, at: Located): void {
    const others = (batch.get(this.uuids, utf8(uuid)) ?? []).filter((text) => text !== textOf(at));
    if (others.length === 0) batch.delete(this.uuids, utf8(uuid));
    else batch.put(this.uuids, utf8(uuid), others);
  }

  private exclusive<R>(work: () => Promise<R>): Promise<R> {
    const run = this.tail.then(work, work);
    this.tail = run.catch(() => undefined);
    return run;
  }
}

function uuidOf(record: ShareRecord | undefined | null): string | undefined {
  return record?.state === 'good' || record?.state === 'corrupt' ? record.uuid : undefined;
}

function count(counts: Counts, record: ShareRecord | undefined | null, by: 1 | -1): void {
  if (!record || record.state === 'new') return;
  counts[record.state] += by;
  if (record.state === 'good') counts.bytes += by * record.size;
}

function textOf({ root, si, number }: Located): string {
  return `${root}/${si}/${String(number).padStart(3, '0')}`;
}

function keyOf(at: Located): Uint8Array {
  return utf8(textOf(at));
}

function parseKey(text: string): Located {
  const [root, si, number] = text.split('/');
  return { root: root!, si: si!, number: Number(number) };
}

function located(key: Uint8Array): Located {
  return parseKey(Buffer.from(key.subarray(1)).toString());
}
