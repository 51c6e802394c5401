import { createCipheriv, createHash } from 'node:crypto';

const CHUNK = Buffer.alloc(1 << 20);

/** `size` bytes that no compression shortens, the same for the same seed: the key stream of AES-128-CTR. */
export function* noise(seed, size) {
  const key = createHash('sha256').update(seed).digest().subarray(0, 16);
  const stream = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  for (let left = size; left > 0; left -= CHUNK.length) {
    yield stream.update(left < CHUNK.length ? CHUNK.subarray(0, left) : CHUNK);
  }
}
