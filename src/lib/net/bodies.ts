import { Failure } from '../util/errors.js';
import { ProtocolError, unreachable } from './errors.js';
import { CHUNK_BYTES, type Framed } from './frames.js';

/** Sends exactly `size` bytes as chunk frames of CHUNK_BYTES, whatever pieces they come in. */
export async function sendBody(
  framed: Framed,
  body: AsyncIterable<Uint8Array>,
  size: number,
  signal?: AbortSignal,
): Promise<void> {
  let left = size;
  let chunk = new Uint8Array(Math.min(CHUNK_BYTES, left));
  let filled = 0;
  for await (const piece of body) {
    if (piece.length > left - filled) throw new Failure('failure', `more than the ${size} bytes announced`);
    for (let offset = 0; offset < piece.length; ) {
      const part = piece.subarray(offset, offset + chunk.length - filled);
      chunk.set(part, filled);
      filled += part.length;
      offset += part.length;
      if (filled < chunk.length) continue;
      await framed.send(chunk, signal);
      left -= filled;
      filled = 0;
      chunk = new Uint8Array(Math.min(CHUNK_BYTES, left));
    }
  }
  if (left > 0) throw new Failure('failure', `${left - filled} of ${size} bytes are missing`);
}

/** Yields chunk frames until `size` bytes came; each must come within idleMs. */
export async function* receiveBody(framed: Framed, size: number, idleMs: number): AsyncGenerator<Uint8Array> {
  for (let left = size; left > 0; ) {
    const chunk = await framed.receive(Math.min(CHUNK_BYTES, left), idleMs);
    if (!chunk) throw unreachable(`the peer stopped ${left} bytes short`);
    if (chunk.length === 0) throw new ProtocolError('an empty chunk');
    left -= chunk.length;
    yield chunk;
  }
}
