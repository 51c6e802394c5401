import { deserialize, serialize } from 'node:v8';
import { areaKey, type Database } from '../store/database.js';
import { deriveTable, rebuildBatch, type View } from '../store/derived.js';
import { AREAS, type Area } from '../store/layout.js';
import { toHex, utf8 } from '../util/bytes.js';

/** A table, and what is worked out from its records. */
export interface Derivation {
  area: Area;
  views: readonly View<unknown>[];
}

/** Higher whenever what the views hold, or how, is changed. */
const VIEWS_VERSION = 4;
const MARK = areaKey(AREAS.META, utf8('views'));

interface Mark {
  /** Of which data, in which form: `<schema>.<views>`. */
  form: string;
  /** Where making them goes on; null: they are whole. */
  at: { table: number; cursor: Uint8Array | undefined } | null;
}

/**
 * The views of all tables, whole, and right from now on. Where they are of another form than this release's they are
 * made again from the records, batch by batch: killed anywhere, the next start goes on behind what is done.
 *
 * @param schema the records' version: what a migration moved, views are made from anew
 */
export async function deriveAll(
  db: Database,
  tables: readonly Derivation[],
  schema: number,
  log: (fields: object, message: string) => void,
): Promise<void> {
  const form = `${schema}.${VIEWS_VERSION}`;
  const found = db.get(MARK);
  let mark = found && (deserialize(found) as Mark);
  if (mark?.form !== form) {
    // Cut off in here, the next start begins with it again: nothing says yet that any were made.
    await db.write([[MARK, null]]);
    await db.clear(areaKey(AREAS.INDEX));
    mark = { form, at: { table: 0, cursor: undefined } };
  }
  if (mark.at !== null) await build(db, tables, mark, log);
  for (const { area, views } of tables) deriveTable(db, area, views);
}

async function build(
  db: Database,
  tables: readonly Derivation[],
  { form, at }: Mark,
  log: (fields: object, message: string) => void,
): Promise<void> {
  let place = at;
  while (place !== null) {
    const current = tables[place.table];
    const { writes, cursor }: Awaited<ReturnType<typeof rebuildBatch>> = current
      ? await rebuildBatch(db, current.area, current.views, place.cursor)
      : { writes: [], cursor: undefined };
    const next: Mark['at'] =
      cursor !== undefined
        ? { table: place.table, cursor }
        : place.table + 1 < tables.length
          ? { table: place.table + 1, cursor: undefined }
          : null;
    if (cursor !== undefined) log({ area: current?.area, behind: toHex(cursor.slice(0, 8)) }, 'making the indexes');
    await db.write([...writes, [MARK, serialize({ form, at: next } satisfies Mark)]]);
    place = next;
  }
}
