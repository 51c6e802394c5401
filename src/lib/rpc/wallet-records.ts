import * as v from 'valibot';
import { DraftSchema } from '../wallet/draft.js';
import { int, time } from './record-fields.js';

/** What the wallet's commands tell beside balances and history. */
export const DraftRecord = v.object(DraftSchema.entries);
export type DraftRecord = v.InferOutput<typeof DraftRecord>;

/** What `wallet restore` brought back. */
export const RestoredRecord = v.object({
  type: v.literal('restored'),
  /** Of the backup, which is the later the higher; null: there was none, and the words alone were restored. */
  generation: v.nullable(int),
  made: v.nullable(time),
  /** Of the ledger, then. */
  height: v.nullable(int),
  files: int,
  blobs: int,
  contracts_owned: int,
  contracts_kept: int,
  /** A later backup was seen, and no copy of it was whole. */
  newer: v.boolean(),
});
export type RestoredRecord = v.InferOutput<typeof RestoredRecord>;
