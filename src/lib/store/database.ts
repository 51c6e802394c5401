import { mkdir, statfs } from 'node:fs/promises';
import { ClassicLevel, type DatabaseOptions as DatabaseLevelOptions, type IteratorOptions } from 'classic-level';
import { concat, utf8 } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';
import { trimLog } from './level-log.js';

/** The database as it was at one moment, whatever is written since. */
export type Snapshot = ReturnType<ClassicLevel['snapshot']>;

export type Write = readonly [key: Uint8Array, value: Uint8Array | null];

/** What follows from a record's change, in the same batch: writes, and amounts to be added to counted sums. */
export interface Derived {
  writes: Write[];
  sums: { key: Uint8Array; by: bigint }[];
}

/** Works that out from a record as it is stored (undefined: not) and as it will be (null: deleted). */
export type Derive = (key: Uint8Array, stored: Uint8Array | undefined, value: Uint8Array | null) => Derived;

/** What LevelDB holds in memory before it makes a table of it, in bytes; 4 MiB where nothing is said. */
export type DatabaseOptions = Pick<DatabaseLevelOptions<Uint8Array, Uint8Array>, 'writeBufferSize'>;

/** A record's frame, the file system's blocks: beyond the bytes that a batch holds. */
const ROOM_BYTES = 64 * 1024;
/** Opening anew writes what is in memory into a table, and a manifest. */
const ROOM_TO_REOPEN_BYTES = 16 * 1024 * 1024;
/** Batches between two looks at the size of LevelDB's LOG. */
const TRIM_BATCHES = 256;

/**
 * LevelDB, opened by one process at a time: its own lock is a kernel file lock, so a killed holder
 * leaves nothing to clean up.
 *
 * Its log does not survive a write that failed half-way: what is appended behind it, synced or not, is
 * dropped when the log is next read (db/log_writer.cc counts the block's bytes also where they were
 * not written). So nothing is written where there may be no room for it; and after a write that failed
 * all the same the database is opened anew, with a new log, before the next one.
 */
export class Database {
  private tail: Promise<unknown> = Promise.resolve();
  private torn = false;
  private batches = 0;
  /** By the first byte of a key: an area of the database. */
  private readonly derived = new Map<number, Derive>();

  private constructor(
    private readonly level: ClassicLevel<Uint8Array, Uint8Array>,
    private readonly folder: string,
  ) {}

  /** Throws Failure 'locked' where another process holds it. */
  static async open(folder: string, options: DatabaseOptions = {}): Promise<Database> {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
      throw fromSystemError(error, `opening ${folder}`);
    });
    const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, {
      ...{ keyEncoding: 'view', valueEncoding: 'view' },
      ...options,
    });
    await openLevel(level, folder);
    return new Database(level, folder);
  }

  get(key: Uint8Array, snapshot?: Snapshot): Uint8Array | undefined {
    try {
      return snapshot ? this.level.getSync(key, { snapshot }) : this.level.getSync(key);
    } catch (error) {
      throw fromReadError(error);
    }
  }

  /** All or nothing, and on the disk before it returns. */
  write(batch: readonly Write[]): Promise<void> {
    if (batch.length === 0) return Promise.resolve();
    const written = this.tail.then(() => this.writeNow(batch));
    this.tail = written.catch(() => {});
    return written;
  }

  /** From now on whatever is written in an area takes along what follows from it, whoever writes it. */
  derive(area: string, derive: Derive): void {
    this.derived.set(utf8(area)[0]!, derive);
  }

  /** Writes come one after the other: what is stored now is what the batch finds. */
  private complete(batch: readonly Write[]): readonly Write[] {
    const changed = new Map<string, Write>();
    for (const write of batch) if (this.derived.has(write[0][0]!)) changed.set(nameOf(write[0]), write);
    if (changed.size === 0) return batch;
    const whole = [...batch];
    const sums = new Sums(this);
    for (const [key, value] of changed.values()) {
      const { writes, sums: added } = this.derived.get(key[0]!)!(key, this.get(key), value);
      for (const write of writes) whole.push(write);
      for (const { key: sum, by } of added) sums.add(sum, by);
    }
    return [...whole, ...sums.writes()];
  }

  private async writeNow(given: readonly Write[]): Promise<void> {
    if (this.torn) await this.reopen();
    const batch = this.complete(given);
    const bytes = batch.reduce((sum, [key, value]) => sum + key.length + (value?.length ?? 0), ROOM_BYTES);
    await this.needRoom(bytes);
    const chained = this.level.batch();
    for (const [key, value] of batch) {
      if (value === null) chained.del(key);
      else chained.put(key, value);
    }
    try {
      await chained.write({ sync: true });
    } catch (error) {
      this.torn = true;
      throw fromDatabaseError(error);
    }
    this.batches += 1;
    // The batch is written, whatever becomes of remarks.
    if (this.batches % TRIM_BATCHES === 0) await trimLog(this.folder).catch(() => {});
  }

  private async needRoom(bytes: number): Promise<void> {
    const { bavail, bsize } = await statfs(this.folder);
    if (bavail * bsize < bytes) throw fromSystemError({ code: 'ENOSPC' }, 'writing to the database');
  }

  /** A new log. Reads in between fail as temporary, those of snapshots taken before for good. */
  private async reopen(): Promise<void> {
    await this.needRoom(ROOM_TO_REOPEN_BYTES);
    await this.level.close();
    await openLevel(this.level, this.folder);
    this.torn = false;
  }

  /** As it is now, for scans that must agree with each other. Close it: it keeps what it shows on the disk. */
  snapshot(): Snapshot {
    try {
      return this.level.snapshot();
    } catch (error) {
      throw fromReadError(error);
    }
  }

  /** Entries whose key starts with a prefix, in order, as they were at its start; `after` resumes behind a key. */
  async *scan(
    prefix: Uint8Array,
    options: { reverse?: boolean; limit?: number; after?: Uint8Array; snapshot?: Snapshot } = {},
  ): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const upper = prefixEnd(prefix);
    const range = options.reverse
      ? { gte: prefix, lt: options.after ?? upper }
      : { ...(options.after ? { gt: options.after } : { gte: prefix }), lt: upper };
    const { reverse = false, limit = -1, snapshot } = options;
    yield* this.iterate({ ...range, reverse, limit, ...(snapshot && { snapshot }) });
  }

  /** Keys and values from one key up to another, that one left out, in order. */
  async *between(
    from: Uint8Array,
    below: Uint8Array,
    options: { limit?: number; reverse?: boolean } = {},
  ): AsyncGenerator<[Uint8Array, Uint8Array]> {
    yield* this.level.iterator({ gte: from, lt: below, limit: options.limit ?? -1, reverse: options.reverse ?? false });
  }

  /** Entries from one key to another, both included, in order, as a snapshot shows them. */
  async *range(first: Uint8Array, last: Uint8Array, snapshot: Snapshot): AsyncGenerator<[Uint8Array, Uint8Array]> {
    yield* this.iterate({ gte: first, lte: last, snapshot });
  }

  private async *iterate(options: IteratorOptions<Uint8Array, Uint8Array>): AsyncGenerator<[Uint8Array, Uint8Array]> {
    try {
      yield* this.level.iterator(options);
    } catch (error) {
      throw fromReadError(error);
    }
  }

  /** Removes all entries whose key starts with a prefix; cut off, some are left. */
  clear(prefix: Uint8Array): Promise<void> {
    const cleared = this.tail.then(() => this.level.clear({ gte: prefix, lt: prefixEnd(prefix) }));
    this.tail = cleared.catch(() => {});
    return cleared;
  }

  async isEmpty(): Promise<boolean> {
    for await (const _ of this.iterate({ limit: 1 })) return false;
    return true;
  }

  async close(): Promise<void> {
    await this.tail;
    await this.level.close();
  }
}

async function openLevel(level: ClassicLevel<Uint8Array, Uint8Array>, folder: string): Promise<void> {
  try {
    await level.open();
  } catch (error) {
    const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
    if (cause?.code === 'LEVEL_LOCKED') {
      throw new Failure('locked', `${folder} is in use by another process`, 'stop it first, or wait with --wait-lock');
    }
    if (/No space left/.test(cause?.message ?? '')) throw fromSystemError({ code: 'ENOSPC' }, `opening ${folder}`);
    throw new Failure('failure', `cannot open the database at ${folder}: ${cause?.message ?? error}`);
  }
}

/** Between a write that failed and the next the database is closed for a moment, with all that hung on it. */
const CLOSED: ReadonlySet<unknown> = new Set([
  'LEVEL_DATABASE_NOT_OPEN',
  'LEVEL_SNAPSHOT_NOT_OPEN',
  'LEVEL_ITERATOR_NOT_OPEN',
]);

function fromReadError(error: unknown): unknown {
  if (!CLOSED.has((error as NodeJS.ErrnoException).code)) return error;
  return new Failure('temporary', 'the database is closed, or is opened anew after a write that failed', 'ask again');
}

function fromDatabaseError(error: unknown): Failure {
  const message = `${(error as Error).message} ${(error as { cause?: Error }).cause?.message ?? ''}`;
  if (/No space left/.test(message)) return fromSystemError({ code: 'ENOSPC' }, 'writing to the database');
  return new Failure('failure', `writing to the database: ${message.trim()}`);
}

/** The first key behind all that start with a prefix, one that is not all 0xff. */
export function prefixEnd(prefix: Uint8Array): Uint8Array {
  let length = prefix.length;
  while (prefix[length - 1] === 0xff) length -= 1;
  const end = prefix.slice(0, length);
  end[length - 1]! += 1;
  return end;
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** A sum as it is stored: 64 bits, big-endian, signed. */
export function readSum(bytes: Uint8Array | undefined): bigint {
  return bytes ? new DataView(bytes.buffer, bytes.byteOffset, 8).getBigInt64(0) : 0n;
}

/** Several changes of one sum in one batch are one write; those that cancel out, as most do, none, and no read. */
export class Sums {
  private readonly changes = new Map<string, { key: Uint8Array; by: bigint }>();

  constructor(private readonly db: Pick<Database, 'get'>) {}

  add(key: Uint8Array, by: bigint): void {
    const name = nameOf(key);
    this.changes.set(name, { key, by: (this.changes.get(name)?.by ?? 0n) + by });
  }

  writes(): Write[] {
    return [...this.changes.values()].flatMap(({ key, by }): Write[] => {
      if (by === 0n) return [];
      const value = readSum(this.db.get(key)) + by;
      if (value === 0n) return [[key, null]];
      const bytes = new Uint8Array(8);
      new DataView(bytes.buffer).setBigInt64(0, value);
      return [[key, bytes]];
    });
  }
}

const prefixes = new Map<string, Uint8Array>();

export function areaKey(area: string, ...parts: Uint8Array[]): Uint8Array {
  let prefix = prefixes.get(area);
  if (!prefix) {
    prefix = utf8(area);
    prefixes.set(area, prefix);
  }
  return concat(prefix, ...parts);
}
