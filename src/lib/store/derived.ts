import { deserialize } from 'node:v8';
import { concat, toHex, utf8 } from '../util/bytes.js';
import { areaKey, type Database, type Derived, prefixEnd, readSum, Sums, type Write } from './database.js';
import { AREAS, type Area } from './layout.js';

/** Something that is worked out from a table's records one by one, and kept beside them. */
export interface View<T> {
  /** What a change of one record means for it; undefined: the record was not there, or is deleted. */
  moved(id: Uint8Array, before: T | undefined, after: T | undefined): Derived;
}

const NOTHING = new Uint8Array(0);
/** Records a batch of a rebuilding reads. */
const BATCH = 2048;

/** Keeps the views of a table right from now on. */
export function deriveTable<T>(db: Database, area: Area, views: readonly View<T>[]): void {
  const start = areaKey(area).length;
  db.derive(area, (key, stored, value) => {
    const before = stored && (deserialize(stored) as T);
    const after = value === null ? undefined : (deserialize(value) as T);
    return together(views.map((view) => view.moved(key.slice(start), before, after)));
  });
}

function together(parts: readonly Derived[]): Derived {
  return { writes: parts.flatMap(({ writes }) => writes), sums: parts.flatMap(({ sums }) => sums) };
}

/**
 * The next batch of a table's views, made from its records alone; they must be empty where the first begins.
 *
 * @returns behind which record it goes on; undefined: it was the last
 */
export async function rebuildBatch<T>(
  db: Database,
  area: Area,
  views: readonly View<T>[],
  after: Uint8Array | undefined,
): Promise<{ writes: Write[]; cursor: Uint8Array | undefined }> {
  const prefix = areaKey(area);
  const parts: Derived[] = [];
  let read = 0;
  let cursor: Uint8Array | undefined;
  for await (const [key, value] of db.scan(prefix, { limit: BATCH, ...(after && { after }) })) {
    read += 1;
    cursor = key;
    const record = deserialize(value) as T;
    for (const view of views) parts.push(view.moved(key.slice(prefix.length), undefined, record));
  }
  const { writes, sums } = together(parts);
  const added = new Sums(db);
  for (const { key, by } of sums) added.add(key, by);
  return { writes: [...writes, ...added.writes()], cursor: read < BATCH ? undefined : cursor };
}

/** The writes that turn one set of entries, of which a key says it all, into another. */
export function difference(before: readonly Write[], after: readonly Write[]): Write[] {
  const had = new Set(before.map(([key]) => toHex(key)));
  const has = new Set(after.map(([key]) => toHex(key)));
  return [
    ...before.flatMap(([key]): Write[] => (has.has(toHex(key)) ? [] : [[key, null]])),
    ...after.filter(([key]) => !had.has(toHex(key))),
  ];
}

/** A record's place in an index: `at` names it, to go on behind it. */
export interface Place {
  at: Uint8Array;
  /** What the index finds it by. */
  key: Uint8Array;
  /** The record's key in its table. */
  id: Uint8Array;
}

export interface Range {
  /** Only keys that start so. */
  prefix?: Uint8Array | undefined;
  /** Only keys that are this or greater, behind the prefix. */
  from?: Uint8Array | undefined;
  /** Only keys that are smaller than this, behind the prefix. */
  below?: Uint8Array | undefined;
  /** Go on behind this place. */
  after?: Uint8Array | undefined;
  limit?: number;
}

/** A table's records by something in them; a record may have several places, or none. */
export class Index<T> implements View<T> {
  private readonly base: Uint8Array;

  constructor(
    private readonly db: Database,
    letter: string,
    private readonly keysOf: (record: T) => readonly Uint8Array[],
  ) {
    this.base = areaKey(AREAS.INDEX, utf8(letter));
  }

  moved(id: Uint8Array, before: T | undefined, after: T | undefined): Derived {
    return { writes: difference(this.entries(id, before), this.entries(id, after)), sums: [] };
  }

  private entries(id: Uint8Array, record: T | undefined): Write[] {
    const keys = record === undefined ? [] : this.keysOf(record);
    return keys.map((key) => [concat(this.base, key, id), Uint8Array.of(key.length)]);
  }

  /** Places in the order of their keys. */
  async *places({ prefix = NOTHING, from = NOTHING, below, after, limit = -1 }: Range = {}): AsyncGenerator<Place> {
    const start = concat(this.base, prefix);
    const end = below ? concat(start, below) : prefixEnd(start);
    // Nothing lies between a key and itself with a zero byte behind it.
    const first = after ? concat(after, Uint8Array.of(0)) : concat(start, from);
    for await (const [at, [length]] of this.db.between(first, end, { limit })) {
      const split = this.base.length + length!;
      yield { at, key: at.slice(this.base.length, split), id: at.slice(split) };
    }
  }

  /** The place to go on from behind all that a key finds. */
  behind(key: Uint8Array): Uint8Array {
    // No record's key begins with 0xff.
    return concat(this.base, key, Uint8Array.of(0xff));
  }

  async ids(range: Range = {}): Promise<Uint8Array[]> {
    const out: Uint8Array[] = [];
    for await (const { id } of this.places(range)) out.push(id);
    return out;
  }
}

/** What one record adds to one of a sum's buckets. */
export interface Share {
  bucket: Uint8Array;
  amount: bigint;
}

/** What a table's records add up to, in each of any number of buckets. */
export class Sum<T> implements View<T> {
  private readonly base: Uint8Array;

  constructor(
    private readonly db: Database,
    letter: string,
    private readonly of: (record: T) => readonly Share[],
  ) {
    this.base = areaKey(AREAS.INDEX, utf8(letter));
  }

  moved(_id: Uint8Array, before: T | undefined, after: T | undefined): Derived {
    return { writes: [], sums: [...this.part(before, -1n), ...this.part(after, 1n)] };
  }

  private part(record: T | undefined, sign: bigint): Derived['sums'] {
    const shares = record === undefined ? [] : this.of(record);
    return shares.map(({ bucket, amount }) => ({ key: concat(this.base, bucket), by: sign * amount }));
  }

  get(bucket: Uint8Array): bigint {
    return readSum(this.db.get(concat(this.base, bucket)));
  }
}
