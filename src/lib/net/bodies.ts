import { Failure } from '../util/errors.js';
import { ProtocolError, unreachable } from './errors.js';
import { CHUNK_BYTES, type Framed } from './frames.js';

/** What a transfer may keep us waiting for its peer whatever its size: round trips, a disk that is busy. */
const TRANSFER_MS = 60_000;
/** The slowest peer worth waiting for, counted over a whole body. */
const BYTES_PER_SECOND_MIN = 64 * 1024;
/** Each takes a minute in which 10 points are forgiven: this still adds up. */
const SLOW_POINTS = 25;
/** What setTimeout can count. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** How long a body of `size` bytes may keep us waiting for its peer. */
export const bodyMs = (size: number): number => TRANSFER_MS + (size * 1000) / BYTES_PER_SECOND_MIN;

/**
 * Sends exactly `size` bytes as chunk frames of CHUNK_BYTES, whatever pieces they come in. The stream is
 * aborted where the peer keeps it waiting for more than totalMs.
 */
export async function sendBody(
  framed: Framed,
  body: AsyncIterable<Uint8Array>,
  size: number,
  totalMs: number,
  signal?: AbortSignal,
): Promise<void> {
  const patiently = patience(framed, totalMs);
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
      const full = chunk;
      await patiently(() => framed.send(full, signal));
      left -= filled;
      filled = 0;
      chunk = new Uint8Array(Math.min(CHUNK_BYTES, left));
    }
  }
  if (left > 0) throw new Failure('failure', `${left - filled} of ${size} bytes are missing`);
}

/**
 * Yields chunk frames until `size` bytes came; each must come within idleMs. The stream is aborted where
 * the peer keeps it waiting for more than totalMs.
 */
export async function* receiveBody(
  framed: Framed,
  size: number,
  idleMs: number,
  totalMs: number,
): AsyncGenerator<Uint8Array> {
  const patiently = patience(framed, totalMs);
  for (let left = size; left > 0; ) {
    const max = Math.min(CHUNK_BYTES, left);
    const chunk = await patiently(() => framed.receive(max, idleMs));
    if (!chunk) throw unreachable(`the peer stopped ${left} bytes short`);
    if (chunk.length === 0) throw new ProtocolError('an empty chunk');
    left -= chunk.length;
    yield chunk;
  }
}

/**
 * Counts the time spent in the waits of one transfer, and aborts its stream once they used up totalMs: a
 * peer that lets each chunk come just in time would hold it for ever. What our own disk takes between
 * them is not the peer's fault.
 */
function patience(framed: Framed, totalMs: number) {
  let leftMs = totalMs;
  return async <T>(wait: () => Promise<T>): Promise<T> => {
    const since = performance.now();
    const cut = () => framed.abort(new ProtocolError('a transfer that was too slow', SLOW_POINTS));
    const timer = setTimeout(cut, Math.min(leftMs, TIMER_MS_MAX));
    try {
      return await wait();
    } finally {
      clearTimeout(timer);
      leftMs -= performance.now() - since;
    }
  };
}
