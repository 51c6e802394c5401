import * as v from 'valibot';
import { hex32, int } from './record-fields.js';

/** Where this node joined the chain instead of following it from genesis. */
export const checkpointTaken = v.object({
  height: int,
  id: hex32,
  /** By the operator, not by agreement of the peers below. */
  chosen: v.boolean(),
  peers: v.array(v.string()),
  /** Whether bodies of the cycle below it are still being fetched. */
  bodies_missing: v.boolean(),
});

/** How far a node is that joins. */
export const joinProgress = v.object({
  height: int,
  id: hex32,
  peers: v.array(v.string()),
  headers: int,
  headers_wanted: int,
  headers_checked: int,
  entries: int,
  /** Of the state. */
  percent: int,
});
