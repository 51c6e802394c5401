import { deserialize, serialize } from 'node:v8';
import { utf8 } from '../util/bytes.js';
import { areaKey, type Database, type Write } from './database.js';
import type { Area } from './layout.js';

/**
 * One kind of record under one prefix. Values are structured clones, so bigint and bytes stay what
 * they are. Writes are collected in a batch, so that what belongs together lands together.
 */
export class Table<T> {
  private readonly prefix: Uint8Array;

  constructor(
    private readonly db: Database,
    private readonly area: Area,
  ) {
    this.prefix = utf8(area);
  }

  get(id: Uint8Array): T | undefined {
    const bytes = this.db.get(areaKey(this.area, id));
    return bytes && (deserialize(bytes) as T);
  }

  put(id: Uint8Array, value: T): Write {
    return [areaKey(this.area, id), serialize(value)];
  }

  delete(id: Uint8Array): Write {
    return [areaKey(this.area, id), null];
  }

  async *entries(
    options: { reverse?: boolean; limit?: number; prefix?: Uint8Array } = {},
  ): AsyncGenerator<[Uint8Array, T]> {
    const start = options.prefix ? areaKey(this.area, options.prefix) : this.prefix;
    for await (const [key, value] of this.db.scan(start, options)) {
      yield [key.slice(this.prefix.length), deserialize(value) as T];
    }
  }

  async all(): Promise<T[]> {
    const out: T[] = [];
    for await (const [, value] of this.entries()) out.push(value);
    return out;
  }
}

/** Changes to several tables that read their own writes, to be committed as one batch. */
export class Batch {
  private readonly changed = new Map<string, { value: unknown; write: Write }>();

  get<T>(table: Table<T>, id: Uint8Array): T | undefined {
    const own = this.changed.get(nameOf(table.delete(id)[0]));
    return own ? ((own.value ?? undefined) as T | undefined) : table.get(id);
  }

  put<T>(table: Table<T>, id: Uint8Array, value: T): void {
    const write = table.put(id, value);
    this.changed.set(nameOf(write[0]), { value, write });
  }

  delete<T>(table: Table<T>, id: Uint8Array): void {
    const write = table.delete(id);
    this.changed.set(nameOf(write[0]), { value: null, write });
  }

  /** Anything else that belongs in the same batch. */
  add(...writes: Write[]): void {
    for (const write of writes) this.changed.set(nameOf(write[0]), { value: write[1], write });
  }

  writes(): Write[] {
    return [...this.changed.values()].map(({ write }) => write);
  }
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}
