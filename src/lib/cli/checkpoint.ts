import { fromHex } from '../util/bytes.js';
import { Failure } from '../util/errors.js';

/** Throws a usage Failure for anything but a height, a colon and a block's id. */
export function parseCheckpoint(text: string): { height: number; id: Uint8Array } {
  const [, height, id] = /^([1-9][0-9]{0,9}):([0-9a-f]{64})$/.exec(text) ?? [];
  const bytes = id === undefined ? undefined : fromHex(id);
  if (!bytes) throw new Failure('usage', `not a checkpoint: ${text}`, 'give a height and a block id: HEIGHT:ID');
  return { height: Number(height), id: bytes };
}
