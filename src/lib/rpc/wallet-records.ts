import * as v from 'valibot';
import { DraftSchema } from '../wallet/draft.js';

/** What the wallet's commands tell beside balances and history. */
export const DraftRecord = v.object(DraftSchema.entries);
export type DraftRecord = v.InferOutput<typeof DraftRecord>;
