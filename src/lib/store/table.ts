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

  async *entries(options: { reverse?: boolean; limit?: number } = {}): AsyncGenerator<[Uint8Array, T]> {
    for await (const [key, value] of this.db.scan(this.prefix, options)) {
      yield [key.slice(this.prefix.length), deserialize(value) as T];
    }
  }

  async all(): Promise<T[]> {
    const out: T[] = [];
    for await (const [, value] of this.entries()) out.push(value);
    return out;
  }
}
