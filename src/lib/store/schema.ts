import { deserialize, serialize } from 'node:v8';
import { utf8 } from '../util/bytes.js';
import { Failure, invariant } from '../util/errors.js';
import { areaKey, type Database, type Write } from './database.js';

/** Some of what a step moves: writes, and where the next batch goes on; undefined: it was the last. */
export interface Moved {
  writes: Write[];
  cursor: Uint8Array | undefined;
}

/** From one schema version to the next. */
export interface Migration {
  /** The version that the data has when it is through. */
  to: number;
  /** What it does, for the log. */
  name: string;
  /**
   * The next batch behind a cursor (undefined: the first). It reads the database as the batches before left it, so
   * it may not depend on anything that these removed.
   */
  next(db: Database, cursor: Uint8Array | undefined): Promise<Moved>;
}

export interface Schema {
  /** What the database is, for messages. */
  what: string;
  /** In the order of their versions, without a gap; the last one's is the version of this release. */
  migrations: readonly Migration[];
  /** The version that data has which no step led to. */
  first: number;
  log: (fields: object, message: string) => void;
}

/** name → value, as the node's books keep them (layout.ts, META). */
const META = 'm';
const VERSION = areaKey(META, utf8('schema'));
/** Which step is under way, and behind what it goes on. */
const UNDER_WAY = areaKey(META, utf8('migration'));
/** A line in the log each so many batches. */
const BATCHES_A_LINE = 64;

const latest = ({ migrations, first }: Pick<Schema, 'migrations' | 'first'>): number => migrations.at(-1)?.to ?? first;

/** undefined where nothing is written down: a database that is new, or from before versions were. */
function schemaOf(db: Database): number | undefined {
  const bytes = db.get(VERSION);
  return bytes && (deserialize(bytes) as number);
}

/** Throws a Failure for data from a later release, which is left as it is. */
export function refuseNewer(db: Database, schema: Schema): void {
  const found = schemaOf(db);
  if (found === undefined || found <= latest(schema)) return;
  throw new Failure(
    'failure',
    `${schema.what} is of schema ${found}, this release knows ${latest(schema)}`,
    'use the release that wrote it, or a later one',
  );
}

/**
 * Brings older data to this release's version, one step after the other. Each batch says, in the same write, how far
 * it came: killed anywhere, the next start goes on behind what is done. Data from a later release is refused untouched.
 *
 * @returns the version that the data has now
 */
export async function migrate(db: Database, schema: Schema): Promise<number> {
  refuseNewer(db, schema);
  let version = schemaOf(db) ?? ((await db.isEmpty()) ? latest(schema) : schema.first);
  for (const migration of schema.migrations) {
    if (migration.to <= version) continue;
    invariant(migration.to === version + 1, 'migrations without a gap');
    await run(db, migration, schema);
    version = migration.to;
  }
  if (schemaOf(db) === undefined) await db.write([[VERSION, serialize(version)]]);
  return version;
}

async function run(db: Database, migration: Migration, { what, log }: Schema): Promise<void> {
  const begun = db.get(UNDER_WAY);
  const found = begun && (deserialize(begun) as { to: number; cursor: Uint8Array });
  let cursor = found?.to === migration.to ? found.cursor : undefined;
  log({ to: migration.to, resumed: cursor !== undefined }, `${what}: ${migration.name}`);
  let records = 0;
  for (let batch = 1; ; batch++) {
    const moved = await migration.next(db, cursor);
    cursor = moved.cursor;
    records += moved.writes.length;
    if (cursor === undefined) {
      await db.write([...moved.writes, [UNDER_WAY, null], [VERSION, serialize(migration.to)]]);
      log({ to: migration.to, records }, `${what}: migrated`);
      return;
    }
    await db.write([...moved.writes, [UNDER_WAY, serialize({ to: migration.to, cursor })]]);
    if (batch % BATCHES_A_LINE === 0) log({ to: migration.to, records }, `${what}: migrating`);
  }
}
