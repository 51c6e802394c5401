import { createHash } from 'node:crypto';
import { convergenceHasher, KEY_BYTES } from '../codec/keys.js';
import type { Shape } from '../codec/shape.js';
import { type Extent, pieces } from './files.js';

export interface HashJob {
  extent: Extent;
}

export interface KeyJob {
  extent: Extent;
  shape: Shape;
  convergence: Uint8Array;
}

/** SHA-256, 32 bytes. */
export function hashExtent({ extent }: HashJob): Uint8Array {
  const hash = createHash('sha256');
  for (const piece of pieces(extent)) hash.update(piece);
  return Uint8Array.from(hash.digest());
}

/** A file's convergence key: the first of two reads of it. */
export function keyOfExtent({ extent, shape, convergence }: KeyJob): Uint8Array {
  const hasher = convergenceHasher(convergence, shape);
  for (const piece of pieces(extent)) hasher.update(piece);
  return hasher.digest().slice(0, KEY_BYTES);
}
