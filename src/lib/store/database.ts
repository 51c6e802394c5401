import { mkdir } from 'node:fs/promises';
import { ClassicLevel } from 'classic-level';
import { concat, utf8 } from '../util/bytes.js';
import { Failure, fromSystemError } from '../util/errors.js';

export type Write = readonly [key: Uint8Array, value: Uint8Array | null];

/**
 * LevelDB, opened by one process at a time: its own lock is a kernel file lock, so a killed holder
 * leaves nothing to clean up.
 */
export class Database {
  private constructor(private readonly level: ClassicLevel<Uint8Array, Uint8Array>) {}

  /** Throws Failure 'locked' where another process holds it. */
  static async open(folder: string): Promise<Database> {
    await mkdir(folder, { recursive: true, mode: 0o700 }).catch((error) => {
      throw fromSystemError(error, `opening ${folder}`);
    });
    const level = new ClassicLevel<Uint8Array, Uint8Array>(folder, { keyEncoding: 'view', valueEncoding: 'view' });
    try {
      await level.open();
    } catch (error) {
      const cause = (error as { cause?: NodeJS.ErrnoException }).cause;
      if (cause?.code === 'LEVEL_LOCKED') {
        throw new Failure(
          'locked',
          `${folder} is in use by another process`,
          'stop it first, or wait with --wait-lock',
        );
      }
      if (/No space left/.test(cause?.message ?? '')) throw fromSystemError({ code: 'ENOSPC' }, `opening ${folder}`);
      throw new Failure('failure', `cannot open the database at ${folder}: ${cause?.message ?? error}`);
    }
    return new Database(level);
  }

  get(key: Uint8Array): Uint8Array | undefined {
    return this.level.getSync(key);
  }

  /** All or nothing, and on the disk before it returns. */
  async write(batch: readonly Write[]): Promise<void> {
    if (batch.length === 0) return;
    const chained = this.level.batch();
    for (const [key, value] of batch) {
      if (value === null) chained.del(key);
      else chained.put(key, value);
    }
    try {
      await chained.write({ sync: true });
    } catch (error) {
      throw fromDatabaseError(error);
    }
  }

  /** Entries whose key starts with a prefix, in order; `after` resumes behind a key. */
  async *scan(
    prefix: Uint8Array,
    options: { reverse?: boolean; limit?: number; after?: Uint8Array } = {},
  ): AsyncGenerator<[Uint8Array, Uint8Array]> {
    const upper = prefixEnd(prefix);
    const range = options.reverse
      ? { gte: prefix, lt: options.after ?? upper }
      : { ...(options.after ? { gt: options.after } : { gte: prefix }), lt: upper };
    yield* this.level.iterator({ ...range, reverse: options.reverse ?? false, limit: options.limit ?? -1 });
  }

  close(): Promise<void> {
    return this.level.close();
  }
}

function fromDatabaseError(error: unknown): Failure {
  const message = `${(error as Error).message} ${(error as { cause?: Error }).cause?.message ?? ''}`;
  if (/No space left/.test(message)) return fromSystemError({ code: 'ENOSPC' }, 'writing to the database');
  return new Failure('failure', `writing to the database: ${message.trim()}`);
}

/** The first key behind all that start with a prefix (no prefix here ends in 0xff). */
function prefixEnd(prefix: Uint8Array): Uint8Array {
  const end = prefix.slice();
  end[end.length - 1]! += 1;
  return end;
}

export function areaKey(area: string, ...parts: Uint8Array[]): Uint8Array {
  return concat(utf8(area), ...parts);
}
