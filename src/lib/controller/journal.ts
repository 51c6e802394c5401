import * as v from 'valibot';
import { type Act, ActSchema } from '../rpc/snapshot.js';
import { areaKey, Database } from '../store/database.js';
import { migrate, type Schema } from '../store/schema.js';
import { utf8 } from '../util/bytes.js';
import { packJson, unpackJson } from '../util/json.js';

const INTENTS = 'i';
const WARNED = utf8('w');

const WarnedSchema = v.object({ slot: v.number(), asked: v.string(), warnings: v.array(v.string()) });
/** What the controller warned of when it last looked ahead. */
export type Warned = v.InferOutput<typeof WarnedSchema>;
/** No journal was ever of another form. */
const SCHEMA: Schema = { what: "the controller's journal", migrations: [], first: 1, log: () => {} };

/**
 * What the controller is about to do, on disk before it asks. Its database's lock is the controller's:
 * a second one on the same directory fails with `locked`.
 */
export class Journal {
  private constructor(private readonly db: Database) {}

  /** Throws a Failure for a journal from a later release, which is left as it is. */
  static async open(folder: string): Promise<Journal> {
    const db = await Database.open(folder);
    try {
      await migrate(db, SCHEMA);
    } catch (error) {
      await db.close();
      throw error;
    }
    return new Journal(db);
  }

  begin(act: Act): Promise<void> {
    return this.db.write([[intentKey(act), utf8(JSON.stringify(packJson(act)))]]);
  }

  finish(act: Act): Promise<void> {
    return this.db.write([[intentKey(act), null]]);
  }

  /** Intents that were cut off: asked again first, under the same request ids. */
  async unfinished(): Promise<Act[]> {
    const acts: Act[] = [];
    for await (const [key, value] of this.db.scan(utf8(INTENTS))) {
      const parsed = v.safeParse(ActSchema, unpackJson(JSON.parse(Buffer.from(value).toString())));
      if (parsed.success) acts.push(parsed.output);
      else await this.db.write([[key, null]]);
    }
    return acts;
  }

  /** undefined: it never did, or it cannot be read, which costs a warning told twice. */
  warned(): Warned | undefined {
    const value = this.db.get(WARNED);
    if (!value) return undefined;
    const parsed = v.safeParse(WarnedSchema, JSON.parse(Buffer.from(value).toString()));
    return parsed.success ? parsed.output : undefined;
  }

  warn(warned: Warned): Promise<void> {
    return this.db.write([[WARNED, utf8(JSON.stringify(warned))]]);
  }

  close(): Promise<void> {
    return this.db.close();
  }
}

function intentKey(act: Act): Uint8Array {
  return areaKey(INTENTS, utf8(act.requestId));
}
